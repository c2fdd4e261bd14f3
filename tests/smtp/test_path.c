/* SPDX-License-Identifier: ISC */
#include "smtp/path.h"

#include "base/clock.h"
#include "support/check_main.h"

enum { ALL = PATH_SIZE | PATH_8BITMIME | PATH_SMTPUTF8 | PATH_DSN };

#define A100 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* want: the address, or NULL and the code and status. */
static const struct {
	const char *arguments, *want;
	int code;
	const char *status;
} paths[] = {
	{ "FROM:<al@example.org>", "al@example.org", 0, NULL },
	{ "from:<al@example.org>", "al@example.org", 0, NULL },
	{ "FROM: <al@example.org>", "al@example.org", 0, NULL },
	{ "FROM:al@example.org", "al@example.org", 0, NULL },
	{ "FROM: al@example.org SIZE=1", "al@example.org", 0, NULL },
	{ "FROM:<>", "", 0, NULL },
	{ "FROM:<al>", "al", 0, NULL },
	{ "FROM:<a+b=c@example.org>", "a+b=c@example.org", 0, NULL },
	{ "FROM:<-f@example.org>", "-f@example.org", 0, NULL },
	{ "FROM:<\"a b\"@example.org>", "\"a b\"@example.org", 0, NULL },
	{ "FROM:<\"a>b\"@example.org>", "\"a>b\"@example.org", 0, NULL },
	{ "FROM:<\"al\"@example.org>", "al@example.org", 0, NULL },
	{ "FROM:<\"a\\\"b\"@example.org>", "\"a\\\"b\"@example.org", 0, NULL },
	{ "FROM:<al@[192.0.2.1]>", "al@[192.0.2.1]", 0, NULL },
	{ "FROM:<al@[IPv6:2001:db8::1]>", "al@[IPv6:2001:db8::1]", 0, NULL },
	{ "FROM:<@a.example,@b.example:al@example.org>", "al@example.org", 0, NULL },
	{ "FROM:<${run{id}}@example.org>", "${run{id}}@example.org", 0, NULL },
	{ "FROM:<\xc3\xa9@example.org> SMTPUTF8", "\xc3\xa9@example.org", 0, NULL },

	{ "", NULL, 501, "5.5.4" },
	{ "<al@example.org>", NULL, 501, "5.5.4" },
	{ "TO:<al@example.org>", NULL, 501, "5.5.4" },
	{ "FROM:", NULL, 501, "5.1.7" },
	{ "FROM:<al@example.org", NULL, 501, "5.1.7" },
	{ "FROM:al@example.org>", NULL, 501, "5.1.7" },
	{ "FROM:<<al@example.org>>", NULL, 501, "5.1.7" },
	{ "FROM:<al@example.org>x", NULL, 501, "5.1.7" },
	{ "FROM:<al@example.org>SIZE=1", NULL, 501, "5.1.7" },
	{ "FROM:<a b@example.org>", NULL, 501, "5.1.7" },
	{ "FROM:<;sleep 66;>", NULL, 501, "5.1.7" },
	{ "FROM:<\"|id\"@>", NULL, 501, "5.1.7" },
	{ "FROM:<al@>", NULL, 501, "5.1.7" },
	{ "FROM:<@example.org>", NULL, 501, "5.1.7" },
	{ "FROM:<@a.example:>", NULL, 501, "5.1.7" },
	{ "FROM:<@a b:al@example.org>", NULL, 501, "5.1.7" },
	{ "FROM:<@a.example,:al@example.org>", NULL, 501, "5.1.7" },
	{ "FROM:<,@a.example:al@example.org>", NULL, 501, "5.1.7" },
	{ "FROM:<\"al@example.org>", NULL, 501, "5.1.7" },
	{ "FROM:<al\"@example.org>", NULL, 501, "5.1.7" },
	{ "FROM:<al\\>", NULL, 501, "5.1.7" },
	{ "FROM:<> x=\"", NULL, 555, "5.5.4" },
	{ "FROM:<a..b@example.org>", NULL, 501, "5.1.7" },
	{ "FROM:<al@[192.0.2.1>", NULL, 501, "5.1.7" },
	{ "FROM:<a\x01@example.org>", NULL, 501, "5.5.4" },
	{ "FROM:<al@example.org>\tSIZE=1", NULL, 501, "5.5.4" },
	{ "FROM:<\xc3\xa9@example.org>", NULL, 553, "5.6.7" },
	{ "FROM:<\xc0\x80@example.org> SMTPUTF8", NULL, 501, "5.1.7" },
	{ "FROM:<\xed\xa0\x80@example.org> SMTPUTF8", NULL, 501, "5.1.7" },
	{ "FROM:<a@" A100 A100 A100 A100 A100 A100 A100 A100 A100 A100 A100 ">", NULL, 501, "5.1.7" },
};

START_TEST(test_path)
{
	struct arena a = { 0 };
	struct envelope e = { .n = 0 };
	uint64_t size;
	struct fault f = { .kind = FAULT_NONE };
	int rc = path_parse_mail(&a, span_str(paths[_i].arguments), ALL, &e, &size, &f);

	ck_assert_msg(rc == (paths[_i].want ? 0 : -1), "%s: %s", paths[_i].arguments, f.text);
	if (rc == 0) {
		ck_assert_str_eq(e.sender, paths[_i].want);
	} else {
		ck_assert_int_eq(f.reply, paths[_i].code);
		ck_assert_str_eq(f.status, paths[_i].status);
	}
	arena_clear(&a);
}
END_TEST

/* want: "size body utf8 ret envid", or the fault's code. */
static const struct {
	const char *parameters, *want;
} mails[] = {
	{ "", "0 0 0 0 -" },
	{ " ", "0 0 0 0 -" },
	{ " SIZE=1000 BODY=8BITMIME", "1000 1 0 0 -" },
	{ " size=1000 body=7bit", "1000 0 0 0 -" },
	{ "  SIZE=0   SMTPUTF8  ", "0 0 1 0 -" },
	{ " RET=HDRS ENVID=QQ314159", "0 0 0 2 QQ314159" },
	{ " RET=FULL ENVID=a+2Bb+3D", "0 0 0 1 a+b=" },
	{ " SIZE=99999999999999999999", "18446744073709551615 0 0 0 -" },
	{ " SIZE=18446744073709551616", "18446744073709551615 0 0 0 -" },
	{ " SIZE=", "501" },
	{ " SIZE", "501" },
	{ " SIZE=-1", "501" },
	{ " SIZE=+1", "501" },
	{ " SIZE=1x", "501" },
	{ " SIZE=000000000000000000001", "501" },
	{ " SIZE=1 SIZE=2", "501" },
	{ " BODY=BINARYMIME", "501" },
	{ " SMTPUTF8=1", "501" },
	{ " RET=BOTH", "501" },
	{ " ENVID=", "501" },
	{ " ENVID=a+0Ab", "501" },
	{ " ENVID=a+00b", "501" },
	{ " ENVID=a+ZZ", "501" },
	{ " ENVID=a+", "501" },
	{ " ENVID=a+0", "501" },
	{ " ENVID=a=b", "501" },
	{ " ENVID=" A100, "0 0 0 0 " A100 },
	{ " ENVID=" A100 "a", "501" },
	{ " NOTIFY=NEVER", "555" },
	{ " AUTH=<>", "555" },
	{ " HOLDFOR=10", "555" },
	{ " =", "555" },
};

START_TEST(test_mail)
{
	struct arena a = { 0 };
	struct envelope e = { .n = 0 };
	uint64_t size;
	struct fault f = { .kind = FAULT_NONE };
	const char *line = arena_printf(&a, "FROM:<al@example.org>%s", mails[_i].parameters), *got;

	if (path_parse_mail(&a, span_str(line), ALL, &e, &size, &f) < 0)
		got = arena_printf(&a, "%d", f.reply);
	else
		got = arena_printf(&a, "%llu %d %d %d %s", (unsigned long long)size, e.body, e.smtputf8, e.ret,
				   e.envid ? e.envid : "-");
	ck_assert_msg(strcmp(got, mails[_i].want) == 0, "%s: %s (%s)", line, got, f.text);
	arena_clear(&a);
}
END_TEST

/* want: "notify orcpt" in hexadecimal and text, or the fault's code. */
static const struct {
	const char *arguments, *want;
	bool utf8;
} rcpts[] = {
	{ "TO:<bo@example.org>", "bo@example.org 0 -", false },
	{ "TO:<postmaster>", "postmaster 0 -", false },
	{ "TO:<bo@example.org> NOTIFY=NEVER", "bo@example.org 1 -", false },
	{ "TO:<bo@example.org> NOTIFY=SUCCESS,failure,DELAY", "bo@example.org e -", false },
	{ "TO:<bo@example.org> ORCPT=rfc822;bo+2Btag@example.org", "bo@example.org 0 rfc822;bo+tag@example.org",
	  false },
	{ "TO:<bo@example.org> ORCPT=utf-8;\xc3\xa9@example.org", "bo@example.org 0 utf-8;\xc3\xa9@example.org",
	  false },
	{ "TO:<bo@example.org> ORCPT=utf-8;\\x{e9}@example.org", "bo@example.org 0 utf-8;\\x{e9}@example.org", false },
	{ "TO:<\xc3\xa9@example.org>", "\xc3\xa9@example.org 0 -", true },
	{ "TO:<\xc3\xa9@example.org>", "553", false },
	{ "TO:<>", "501", false },
	{ "TO:", "501", false },
	{ "TO:<.>", "501", false },
	{ "TO:<a b@c>", "501", false },
	{ "TO:<../../x@example.org>", "501", false },
	{ "FROM:<bo@example.org>", "501", false },
	{ "TO:<bo@example.org> NOTIFY=NEVER,FAILURE", "501", false },
	{ "TO:<bo@example.org> NOTIFY=", "501", false },
	{ "TO:<bo@example.org> NOTIFY=,", "501", false },
	{ "TO:<bo@example.org> NOTIFY=FAILURE,", "501", false },
	{ "TO:<bo@example.org> NOTIFY=SOMETIMES", "501", false },
	{ "TO:<bo@example.org> ORCPT=rfc822;", "501", false },
	{ "TO:<bo@example.org> ORCPT=;x", "501", false },
	{ "TO:<bo@example.org> ORCPT=bo@example.org", "501", false },
	{ "TO:<bo@example.org> ORCPT=rfc822;a+0Ab", "501", false },
	{ "TO:<bo@example.org> ORCPT=utf-8;\xff", "501", false },
	{ "TO:<bo@example.org> ORCPT=rfc822;" A100 A100 A100 A100 A100, "501", false },
	{ "TO:<bo@example.org> SIZE=1", "555", false },
	{ "TO:<bo@example.org> SMTPUTF8", "555", false },
};

START_TEST(test_rcpt)
{
	struct arena a = { 0 };
	struct envelope_rcpt r;
	struct fault f = { .kind = FAULT_NONE };
	const char *got;

	if (path_parse_rcpt(&a, span_str(rcpts[_i].arguments), ALL, rcpts[_i].utf8, &r, &f) < 0)
		got = arena_printf(&a, "%d", f.reply);
	else
		got = arena_printf(&a, "%s %x %s", r.address, r.notify, r.orcpt ? r.orcpt : "-");
	ck_assert_msg(strcmp(got, rcpts[_i].want) == 0, "%s: %s (%s)", rcpts[_i].arguments, got, f.text);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *arguments, *want;
} vrfys[] = {
	{ "bo", "bo" },
	{ "bo@example.org", "bo@example.org" },
	{ "<bo@example.org>", "bo@example.org" },
	{ "\xc3\xa9@example.org SMTPUTF8", "\xc3\xa9@example.org" },
	{ "<\xc3\xa9@example.org>", "553" },
	{ "<>", "501" },
	{ "bo SIZE=1", "555" },
};

START_TEST(test_vrfy)
{
	struct arena a = { 0 };
	struct fault f = { .kind = FAULT_NONE };
	const char *got;

	if (path_parse_vrfy(&a, span_str(vrfys[_i].arguments), ALL, &got, &f) < 0)
		got = arena_printf(&a, "%d", f.reply);
	ck_assert_str_eq(got, vrfys[_i].want);
	arena_clear(&a);
}
END_TEST

/* A parameter is unknown where its extension is not offered, and AUTH= says nothing where it is. */
START_TEST(test_extensions)
{
	struct arena a = { 0 };
	struct envelope e = { .n = 0 };
	uint64_t size;
	struct fault f;

	ck_assert_int_eq(path_parse_mail(&a, SPAN("FROM:<al> SIZE=1"), 0, &e, &size, &f), -1);
	ck_assert_int_eq(f.reply, 555);
	ck_assert_int_eq(path_parse_mail(&a, SPAN("FROM:<al> AUTH=a+2Bb"), PATH_AUTH, &e, &size, &f), 0);
	ck_assert_str_eq(e.sender, "al");
	ck_assert_int_eq(path_parse_mail(&a, SPAN("FROM:<al> AUTH=x+0Ay"), PATH_AUTH, &e, &size, &f), -1);
	ck_assert_int_eq(f.reply, 501);
	arena_clear(&a);
}
END_TEST

/* want: "hold by mode trace priority tls", the times counted from now; or the fault's code. */
static const struct {
	const char *parameters, *want;
} terms[] = {
	{ "", "0 0 - 0 0 0" },
	{ " HOLDFOR=60", "60 0 - 0 0 0" },
	{ " HOLDFOR=0", "0 0 - 0 0 0" },
	{ " HOLDFOR=999999999", "999999999 0 - 0 0 0" },
	{ " HOLDFOR=1000000000", "501" },
	{ " HOLDFOR=", "501" },
	{ " HOLDFOR=-5", "501" },
	{ " HOLDUNTIL=1999-12-31T23:59:59Z", "0 0 - 0 0 0" },
	{ " HOLDUNTIL=2026-12-31", "501" },
	{ " HOLDFOR=60 HOLDUNTIL=2999-12-31T23:59:59Z", "501" },
	{ " HOLDUNTIL=1999-12-31T23:59:59Z HOLDFOR=60", "501" },
	{ " BY=120;R", "0 120 R 0 0 0" },
	{ " BY=120;rt", "0 120 R 1 0 0" },
	{ " BY=-120;NT", "0 -120 N 1 0 0" },
	{ " BY=0;N", "0 0 N 0 0 0" },
	{ " BY=+5;N", "0 5 N 0 0 0" },
	{ " BY=0;R", "501" },
	{ " BY=-1;R", "501" },
	{ " BY=120", "501" },
	{ " BY=;R", "501" },
	{ " BY=-;N", "501" },
	{ " BY=120;X", "501" },
	{ " BY=120;RX", "501" },
	{ " BY=120;RTT", "501" },
	{ " MT-PRIORITY=4", "0 0 - 0 4 0" },
	{ " MT-PRIORITY=-9", "0 0 - 0 -9 0" },
	{ " MT-PRIORITY=10", "501" },
	{ " MT-PRIORITY=+4", "501" },
	{ " MT-PRIORITY=-", "501" },
	{ " MT-PRIORITY=", "501" },
	{ " REQUIRETLS", "0 0 - 0 0 1" },
	{ " REQUIRETLS=yes", "501" },
};

START_TEST(test_terms)
{
	enum { TERMS = ALL | PATH_FUTURERELEASE | PATH_DELIVERBY | PATH_MT_PRIORITY | PATH_REQUIRETLS };
	struct arena a = { 0 };
	struct envelope e = { .n = 0 };
	int64_t now = clock_wall();
	uint64_t size;
	struct fault f = { .kind = FAULT_NONE };
	const char *line = arena_printf(&a, "FROM:<al@example.org>%s", terms[_i].parameters), *got;

	if (path_parse_mail(&a, span_str(line), TERMS, &e, &size, &f) < 0)
		got = arena_printf(&a, "%d", f.reply);
	else
		got = arena_printf(&a, "%lld %lld %c %d %d %d", e.hold_until ? (long long)(e.hold_until - now) : 0,
				   e.deliver_by.mode ? (long long)(e.deliver_by.at - now) : 0,
				   e.deliver_by.mode ? (char)e.deliver_by.mode : '-', e.deliver_by.trace, e.priority,
				   e.require_tls);
	/* A second may have begun meanwhile. */
	if (clock_wall() == now)
		ck_assert_msg(strcmp(got, terms[_i].want) == 0, "%s: %s (%s)", line, got, f.text);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *parameter, *want; /* NULL: 501 */
} verps[] = {
	{ " XVERP", "" },     { " xverp=-=", "-=" },  { " XVERP===", "==" }, { " XVERP=", NULL },
	{ " XVERP=+", NULL }, { " XVERP=+=-", NULL }, { " XVERP=ab", NULL }, { " XVERP XVERP", NULL },
};

START_TEST(test_verp)
{
	struct arena a = { 0 };
	struct envelope e = { .n = 0 };
	struct fault f = { .kind = FAULT_NONE };
	uint64_t size;
	const char *line = arena_printf(&a, "FROM:<al@example.org>%s", verps[_i].parameter);
	int rc = path_parse_mail(&a, span_str(line), PATH_XVERP, &e, &size, &f);

	if (verps[_i].want) {
		ck_assert_msg(rc == 0, "%s: %s", line, f.text);
		ck_assert_str_eq(e.verp, verps[_i].want);
	} else {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(f.reply, 501);
	}
	ck_assert_int_eq(path_parse_mail(&a, SPAN("FROM:<al@example.org>"), PATH_XVERP, &e, &size, &f), 0);
	ck_assert_ptr_null(e.verp);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_path, 0, COUNT(paths));
	tcase_add_loop_test(tc, test_mail, 0, COUNT(mails));
	tcase_add_loop_test(tc, test_terms, 0, COUNT(terms));
	tcase_add_loop_test(tc, test_verp, 0, COUNT(verps));
	tcase_add_loop_test(tc, test_rcpt, 0, COUNT(rcpts));
	tcase_add_loop_test(tc, test_vrfy, 0, COUNT(vrfys));
	tcase_add_test(tc, test_extensions);
}

CHECK_MAIN(path, add_tests)
