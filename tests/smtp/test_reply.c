/* SPDX-License-Identifier: ISC */
#include "smtp/reply.h"

#include "support/check_main.h"

static const struct {
	int code;
	const char *status, *text, *want;
} puts_[] = {
	{ 250, NULL, "mx.example", "250 mx.example\r\n" },
	{ 250, "2.0.0", "Ok", "250 2.0.0 Ok\r\n" },
	{ 250, NULL, "mx.example\nSIZE 10\nDSN", "250-mx.example\r\n250-SIZE 10\r\n250 DSN\r\n" },
	{ 550, "5.1.1", "a\nb", "550-5.1.1 a\r\n550 5.1.1 b\r\n" },
	{ 550, "5.1.1", "a\r\nb", "550-5.1.1 a?\r\n550 5.1.1 b\r\n" },
	{ 550, "5.1.1", "a\033]0;x\007\177\xc3\xa9", "550 5.1.1 a?]0;x????\r\n" },
	{ 250, NULL, "", "250 \r\n" },
	{ 250, NULL, "a\n\nb", "250-a\r\n250-\r\n250 b\r\n" },
	{ 250, NULL, "a\n", "250 a\r\n" },
};

START_TEST(test_put)
{
	struct buf out;

	buf_init(&out, 1000);
	reply_put(&out, puts_[_i].code, puts_[_i].status, "%s", puts_[_i].text);
	ck_assert_str_eq(buf_str(&out), puts_[_i].want);
	buf_clear(&out);
}
END_TEST

/* Whatever the length, no line is longer than 512 octets and no octet of the text is lost. */
START_TEST(test_put_long)
{
	static const char *const words[] = { "x", "word ", "a longer piece of text, with blanks " };
	struct buf text, out, joined;
	struct span rest;

	buf_init(&text, 10000);
	buf_init(&out, 10000);
	buf_init(&joined, 10000);
	while (text.n < 2000)
		buf_put_str(&text, words[_i]);
	reply_put(&out, 554, "5.0.0", "%s", buf_str(&text));
	rest = buf_span(&out);
	while (rest.n) {
		struct span line = span_cut(&rest, '\n');

		ck_assert_int_le(line.n + 1, REPLY_PUT_MAX);
		ck_assert_int_eq(line.p[line.n - 1], '\r');
		ck_assert_int_eq(line.p[3], rest.n ? '-' : ' ');
		for (size_t i = 10; i < line.n - 1; i++)
			if (line.p[i] != ' ')
				buf_put_char(&joined, line.p[i]);
	}
	for (size_t i = 0, at = 0; i < text.n; i++)
		if (text.p[i] != ' ')
			ck_assert_int_eq(joined.p[at++], text.p[i]);
	buf_clear(&text);
	buf_clear(&out);
	buf_clear(&joined);
}
END_TEST

START_TEST(test_put_fault)
{
	struct buf out;
	struct fault f;

	buf_init(&out, 1000);
	fault_perm(&f, 0, "5.1.0", "p");
	reply_put_fault(&out, &f);
	fault_temp(&f, 0, "4.1.0", "t");
	reply_put_fault(&out, &f);
	fault_perm(&f, 550, "", "e");
	reply_put_fault(&out, &f);
	fault_usage(&f, "u");
	reply_put_fault(&out, &f);
	ck_assert_str_eq(buf_str(&out), "554 5.1.0 p\r\n451 4.1.0 t\r\n550 e\r\n501 5.3.5 u\r\n");
	buf_clear(&out);
}
END_TEST

#define ROW(text)                                                                                                      \
	{                                                                                                              \
		(text), sizeof(text) - 1                                                                               \
	}
/* want: "code status text|" for each reply, "incomplete" or "fault" at the end. */
static const struct {
	struct {
		const char *p;
		size_t n;
	} in;
	const char *want;
} feeds[] = {
	{ ROW("250 ok\r\n"), "250 - ok|" },
	{ ROW("250\r\n"), "250 - |" },
	{ ROW("250 \r\n"), "250 - |" },
	{ ROW("250 ok\n"), "250 - ok|" },
	{ ROW("250 2.1.0 ok\r\n"), "250 2.1.0 ok|" },
	{ ROW("250 2.1.0\r\n"), "250 2.1.0 |" },
	{ ROW("550-5.1.1 no such\r\n550 5.1.1 user\r\n"), "550 5.1.1 no such\nuser|" },
	{ ROW("250-mx\r\n250-SIZE 10\r\n250 DSN\r\n"), "250 - mx\nSIZE 10\nDSN|" },
	{ ROW("250 a\r\n354 b\r\n"), "250 - a|354 - b|" },
	{ ROW("550 5.1.1 a\r\n450 b\r\n"), "550 5.1.1 a|450 - b|" },
	{ ROW("550 4.1.1 x\r\n"), "550 - 4.1.1 x|" },
	{ ROW("550 5.1 x\r\n"), "550 - 5.1 x|" },
	{ ROW("550 5.1.1x\r\n"), "550 - 5.1.1x|" },
	{ ROW("550 5.1234.1 x\r\n"), "550 - 5.1234.1 x|" },
	{ ROW("550 5.123.456 x\r\n"), "550 5.123.456 x|" },
	{ ROW("553-\r\n553\r\n"), "553 - \n|" },
	{ ROW("250 a\rb\r\n"), "250 - a\\015b|" },
	{ ROW("250 a\0b\r\n"), "250 - a\\000b|" },
	{ ROW("250 \033[2J\r\n"), "250 - \\033[2J|" },
	{ ROW("250 \xc3\xa9\xff\r\n"), "250 - \xc3\xa9\\377|" },
	{ ROW("250 a"), "incomplete" },
	{ ROW("250-a\r\n"), "incomplete" },
	{ ROW(""), "incomplete" },
	{ ROW("\r\n"), "fault" },
	{ ROW("2\r\n"), "fault" },
	{ ROW("25x ok\r\n"), "fault" },
	{ ROW("250x\r\n"), "fault" },
	{ ROW("250\tok\r\n"), "fault" },
	{ ROW("999 ok\r\n"), "fault" },
	{ ROW("199 ok\r\n"), "fault" },
	{ ROW("-250 ok\r\n"), "fault" },
	{ ROW("553-a\nMAIL FROM:<x>\r\n"), "fault" },
	{ ROW("250-a\r\n550 b\r\n"), "fault" },
	{ ROW("220 a\r\nEHLO x\r\n"), "220 - a|fault" },
};

static void feed_all(struct span in, size_t piece, struct buf *got)
{
	struct reply r;
	struct fault f = { .kind = FAULT_NONE };
	int rc = 0;

	reply_init(&r);
	while (in.n && rc >= 0) {
		size_t used;

		rc = reply_feed(&r, in.p, in.n < piece ? in.n : piece, &used, &f);
		if (rc == 1)
			buf_printf(got, "%d %s %s|", r.code, r.status[0] ? r.status : "-", buf_str(&r.text));
		in = span_from(in, used);
	}
	if (rc < 0) {
		ck_assert_int_eq(f.kind, FAULT_TEMP);
		ck_assert_str_eq(f.status, "4.5.0");
		buf_put_str(got, "fault");
	} else if (rc == 0) {
		buf_put_str(got, "incomplete");
	}
	reply_clear(&r);
}

START_TEST(test_feed)
{
	for (size_t piece = 1; piece <= 100; piece = piece * 2 + 1) {
		struct buf got;

		buf_init(&got, 10000);
		feed_all(span_of(feeds[_i].in.p, feeds[_i].in.n), piece, &got);
		ck_assert_str_eq(buf_str(&got), feeds[_i].want);
		buf_clear(&got);
	}
}
END_TEST

/* What a hostile server may send without end is cut off. */
static const struct {
	const char *unit;
	size_t times, most;
} floods[] = {
	{ "x", 1 << 20, REPLY_LINE_MAX },
	{ "250 x", 1 << 20, REPLY_LINE_MAX },
	{ "250-x\r\n", 100000, (REPLY_LINES_MAX + 1) * 7 },
	{ "250-"
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxx\r\n",
	  10000, REPLY_TEXT_MAX * 2 },
};

START_TEST(test_flood)
{
	size_t n = strlen(floods[_i].unit), fed = 0, used;
	struct reply r;
	struct fault f;
	int rc = 0;

	reply_init(&r);
	for (size_t i = 0; i < floods[_i].times && rc == 0; i++) {
		rc = reply_feed(&r, floods[_i].unit, n, &used, &f);
		fed += used;
	}
	ck_assert_int_eq(rc, -1);
	ck_assert_int_le(fed, floods[_i].most + n);
	ck_assert_int_le(r.text.size, 2 * REPLY_TEXT_MAX);
	reply_clear(&r);
}
END_TEST

static const struct {
	const char *in;
	enum fault_kind kind;
	int code;
	const char *status, *text;
} faults[] = {
	{ "550-5.1.1 no\r\n550 5.1.1 user\r\n", FAULT_PERM, 550, "5.1.1", "no user" },
	{ "550 no\r\n", FAULT_PERM, 550, "5.0.0", "no" },
	{ "451 4.7.1 later\r\n", FAULT_TEMP, 451, "4.7.1", "later" },
	{ "421 x\r\n", FAULT_TEMP, 421, "4.0.0", "x" },
	{ "354 go\r\n", FAULT_TEMP, 354, "4.5.0", "Unexpected reply: 354 go" },
};

START_TEST(test_fault)
{
	struct reply r;
	struct fault f;
	size_t used;

	reply_init(&r);
	ck_assert_int_eq(reply_feed(&r, faults[_i].in, strlen(faults[_i].in), &used, &f), 1);
	ck_assert_int_eq(reply_fault(&r, &f), -1);
	ck_assert_int_eq(f.kind, faults[_i].kind);
	ck_assert_int_eq(f.reply, faults[_i].code);
	ck_assert_str_eq(f.status, faults[_i].status);
	ck_assert_str_eq(f.text, faults[_i].text);
	reply_clear(&r);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_put, 0, COUNT(puts_));
	tcase_add_loop_test(tc, test_put_long, 0, 3);
	tcase_add_test(tc, test_put_fault);
	tcase_add_loop_test(tc, test_feed, 0, COUNT(feeds));
	tcase_add_loop_test(tc, test_flood, 0, COUNT(floods));
	tcase_add_loop_test(tc, test_fault, 0, COUNT(faults));
}

CHECK_MAIN(reply, add_tests)
