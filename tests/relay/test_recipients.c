/* SPDX-License-Identifier: ISC */
#include "relay/recipients.h"

#include "base/clock.h"
#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

static struct village v;
static struct envelope e;
static struct recipients r;

static void start(void)
{
	village_init(&v, "alias: al\ndead: nosuch\nboth: al, bo\nall: al, bo, carla\nnone: /dev/null\n"
			 "mixed: nosuch, c@far.example\n");
	village_start(&v);
	e = (struct envelope){ 0 };
	recipients_init(&r, &v.arena, &v.route, &e);
}

static const struct {
	const char *list, *want; /* addresses with blanks; NULL: refused */
} lists[] = {
	{ "al", "al@m.example" },
	{ "al,bo", "al@m.example bo@m.example" },
	{ "al bo@x.example", NULL },
	{ "al, al, AL@m.example, al@m.example", "al@m.example AL@m.example" },
	{ "Al <al@x.example>, \"b, c\" <d@x.example>", "al@x.example d@x.example" },
	{ "friends: al, bo;", "al@m.example bo@m.example" },
	{ "al,,bo,", "al@m.example bo@m.example" },
	{ "-x@x.example", "-x@x.example" },
	{ "", NULL },
	{ ",", NULL },
	{ "<>", NULL },
	{ "a@b@c", NULL },
	{ "al\n", NULL },
	{ "\x1b@x", NULL },
};

START_TEST(test_list)
{
	struct buf b;
	struct fault f;
	int rc;

	start();
	rc = recipients_add_list(&r, lists[_i].list, &f);
	ck_assert_msg((rc == 0) == (lists[_i].want != NULL), "row %d: %d", _i, rc);
	buf_init(&b, 1000);
	for (size_t i = 0; i < e.n && rc == 0; i++)
		buf_printf(&b, "%s%s", i ? " " : "", e.rcpts[i].address);
	if (rc == 0)
		ck_assert_str_eq(buf_str(&b), lists[_i].want);
	else
		ck_assert_str_eq(f.status, "5.1.3");
	buf_clear(&b);
	village_clear(&v);
}
END_TEST

static const struct {
	const char *delimiters, *sender, *want; /* of bo; NULL: refused */
} verps[] = {
	{ "+=", "list@x.example", "list+bo=m.example@x.example" },
	{ "-=", "a+b@x.example", "a+b-bo=m.example@x.example" },
	{ "=", "list@x.example", NULL },
	{ "..", "list@x.example", NULL },
	{ "+=", "", NULL },
};

START_TEST(test_verp)
{
	struct fault f = { 0 };
	int rc;

	start();
	e.sender = verps[_i].sender;
	rc = recipients_set_verp(&r, verps[_i].delimiters, &f);
	if (verps[_i].want) {
		ck_assert_int_eq(rc, 0);
		ck_assert_int_eq(recipients_add_list(&r, "bo, \"b c\"@m.example", &f), 0);
		ck_assert_str_eq(e.rcpts[0].sender, verps[_i].want);
		/* No sender can be made of it, so it is everybody's. */
		ck_assert_ptr_null(e.rcpts[1].sender);
		ck_assert_str_eq(envelope_sender_of(&e, &e.rcpts[1]), verps[_i].sender);
	} else {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(f.kind, FAULT_USAGE);
	}
	village_clear(&v);
}
END_TEST

static const struct {
	const char *notify, *ret, *envid;
	unsigned flags; /* of notify */
	enum fault_kind fault;
} dsn[] = {
	{ NULL, NULL, NULL, ENVELOPE_NOTIFY_UNSET, FAULT_NONE },
	{ "never", "full", "abc", ENVELOPE_NOTIFY_NEVER, FAULT_NONE },
	{ "Success,DELAY", "HDRS", "", ENVELOPE_NOTIFY_SUCCESS | ENVELOPE_NOTIFY_DELAY, FAULT_NONE },
	{ "failure, delay ", NULL, NULL, ENVELOPE_NOTIFY_FAILURE | ENVELOPE_NOTIFY_DELAY, FAULT_NONE },
	{ "never,delay", NULL, NULL, 0, FAULT_USAGE },
	{ "always", NULL, NULL, 0, FAULT_USAGE },
	{ NULL, "body", NULL, 0, FAULT_USAGE },
	{ NULL, NULL, "a\nb", 0, FAULT_PERM },
};

START_TEST(test_dsn)
{
	struct fault f = { 0 };
	int rc;

	start();
	rc = recipients_set_dsn(&r, dsn[_i].notify, dsn[_i].ret, dsn[_i].envid, &f);
	ck_assert_int_eq(f.kind, dsn[_i].fault);
	ck_assert_int_eq(rc, dsn[_i].fault == FAULT_NONE ? 0 : -1);
	if (rc == 0) {
		ck_assert_int_eq(recipients_add(&r, "al", &f), 0);
		ck_assert_uint_eq(e.rcpts[0].notify, dsn[_i].flags);
		ck_assert_pstr_eq(e.envid, dsn[_i].envid && dsn[_i].envid[0] ? dsn[_i].envid : NULL);
	}
	village_clear(&v);
}
END_TEST

static const struct {
	const char *list;
	bool fine;
} checks[] = {
	{ "al", true },	     { "alias", true },	      { "x@far.example", true }, { "nosuch, al", true },
	{ "nosuch", false }, { "nosuch,no2", false }, { "dead", false },
};

START_TEST(test_check)
{
	struct fault f = { 0 };

	start();
	ck_assert_int_eq(recipients_add_list(&r, checks[_i].list, &f), 0);
	ck_assert_int_eq(recipients_check(&r, &f), checks[_i].fine ? 0 : -1);
	if (!checks[_i].fine)
		ck_assert_str_eq(f.status, "5.1.1");
	village_clear(&v);
}
END_TEST

/* Where no relay runs: what nobody could deliver is not taken. */
static const struct {
	const char *list;
	bool fine;
} reaches[] = {
	{ "al", true },	      { "c@far.example", true }, { "none", true },	    { "mixed", true },
	{ "dead, al", true }, { "dead", false },	 { "dead, nosuch", false },
};

START_TEST(test_reach)
{
	struct fault f = { 0 };

	start();
	ck_assert_int_eq(recipients_add_list(&r, reaches[_i].list, &f), 0);
	ck_assert_int_eq(recipients_check_reach(&r, &f), reaches[_i].fine ? 0 : -1);
	if (!reaches[_i].fine)
		ck_assert_ptr_nonnull(strstr(f.text, "only it can deliver to <dead@m.example>"));
	village_clear(&v);
}
END_TEST

/* The Maildirs of al and bo are nearly full. He who has several is refused when none of them takes it. */
static const struct {
	const char *address;
	uint64_t octets;
	bool fine;
} quotas[] = {
	{ "al@m.example", 1, true },	 { "al@m.example", 2, false },	{ "alias@m.example", 2, false },
	{ "bo@m.example", 2, false },	 { "both@m.example", 1, true }, { "both@m.example", 2, false },
	{ "all@m.example", 2, true },	 { "dead@m.example", 2, true }, { "c@far.example", 2, true },
	{ "nosuch@m.example", 2, true }, { "none@m.example", 2, true },
};

START_TEST(test_quota)
{
	struct fault f = { 0 };

	start();
	tempdir_write("home/al/Maildir/maildirsize", "10S\n9 1\n", 0600);
	tempdir_write("home/bo/Maildir/maildirsize", "10S\n9 1\n", 0600);
	ck_assert_int_eq(recipients_check_quota(&v.arena, &v.route, quotas[_i].address, quotas[_i].octets, &f),
			 quotas[_i].fine ? 0 : -1);
	if (!quotas[_i].fine)
		ck_assert_str_eq(f.status, "5.2.2");
	village_clear(&v);
}
END_TEST

START_TEST(test_many)
{
	enum { N = 100001 };
	int64_t before;
	struct fault f;

	start();
	before = clock_mono_ms();
	for (int i = 0; i < 2 * N; i++)
		ck_assert_int_eq(recipients_add(&r, arena_printf(&v.arena, "u%d@x.example", i % N), &f), 0);
	ck_assert_uint_eq(e.n, N);
	ck_assert_str_eq(e.rcpts[N - 1].address, "u100000@x.example");
	ck_assert_int_lt(clock_mono_ms() - before, 10000);
	village_clear(&v);
}
END_TEST

START_TEST(test_utf8)
{
	struct fault f;

	start();
	ck_assert_int_eq(recipients_add(&r, "al@x.example", &f), 0);
	ck_assert(!e.smtputf8);
	ck_assert_int_eq(recipients_add(&r, "m\xc3\xbcller@x.example", &f), 0);
	ck_assert(e.smtputf8);
	ck_assert_int_eq(recipients_add(&r, "m\xfcller@x.example", &f), -1);
	village_clear(&v);
}
END_TEST

/* By another name the report still says the one that was given. */
START_TEST(test_rewrite)
{
	static const struct {
		const char *address, *orcpt, *want, *want_orcpt;
	} rows[] = {
		{ "al@x.example", NULL, "al@x.example", NULL },
		{ "al", NULL, "al@m.example", NULL },
		{ "dupont", NULL, "Henri.Dupont@m.example", "rfc822;dupont@m.example" },
		{ "DUPONT", "rfc822;given@x.example", "Henri.Dupont@m.example", "rfc822;given@x.example" },
		{ "m\xc3\xbcller", NULL, "mueller@x.example", "utf-8;m\xc3\xbcller@m.example" },
		{ "same@x.example", NULL, "SAME@x.example", NULL },
	};
	struct fault f;

	village_init(&v, "");
	v.route.recipient_canonical_maps = tempdir_write("canonical",
							 "dupont Henri.Dupont\nm\xc3\xbcller mueller@x.example\n"
							 "same@x.example SAME@x.example\nbad |, x\n",
							 0600);
	village_start(&v);
	ck_assert_int_eq(route_load(&v.route, &f), 0);
	for (int i = 0; i < COUNT(rows); i++) {
		struct envelope_rcpt rcpt = { .address = rows[i].address, .orcpt = rows[i].orcpt };

		ck_assert_int_eq(recipients_rewrite(&v.arena, &v.route, &rcpt, &f), 0);
		ck_assert_str_eq(rcpt.address, rows[i].want);
		ck_assert_pstr_eq(rcpt.orcpt, rows[i].want_orcpt);
	}
	e = (struct envelope){ 0 };
	recipients_init(&r, &v.arena, &v.route, &e);
	ck_assert_int_eq(recipients_add_list(&r, "dupont, Henri.Dupont", &f), 0);
	ck_assert_uint_eq(e.n, 1);
	ck_assert_int_eq(recipients_add_list(&r, "bad", &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	village_clear(&v);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_list, 0, COUNT(lists));
	tcase_add_loop_test(tc, test_verp, 0, COUNT(verps));
	tcase_add_loop_test(tc, test_dsn, 0, COUNT(dsn));
	tcase_add_loop_test(tc, test_check, 0, COUNT(checks));
	tcase_add_loop_test(tc, test_reach, 0, COUNT(reaches));
	tcase_add_loop_test(tc, test_quota, 0, COUNT(quotas));
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_utf8);
	tcase_add_test(tc, test_rewrite);
}

CHECK_MAIN(recipients, add_tests)
