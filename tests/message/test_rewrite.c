/* SPDX-License-Identifier: ISC */
#include "message/rewrite.h"

#include "support/check_main.h"

enum { ROOM = 1 << 24 };

START_TEST(test_side)
{
	ck_assert_int_eq(rewrite_side_of(SPAN("FROM")), REWRITE_SENDER);
	ck_assert_int_eq(rewrite_side_of(SPAN("Resent-Sender")), REWRITE_SENDER);
	ck_assert_int_eq(rewrite_side_of(SPAN("cc")), REWRITE_RECIPIENT);
	ck_assert_int_eq(rewrite_side_of(SPAN("Resent-To")), REWRITE_RECIPIENT);
	ck_assert_int_eq(rewrite_side_of(SPAN("Subject")), REWRITE_NOTHING);
	ck_assert_int_eq(rewrite_side_of(SPAN("Fro")), REWRITE_NOTHING);
	ck_assert_int_eq(rewrite_side_of(SPAN("From-")), REWRITE_NOTHING);
	ck_assert_int_eq(rewrite_side_of(SPAN("")), REWRITE_NOTHING);
}
END_TEST

/* al@x.example becomes R@new.example, and a bare name gets @o.example. */
static size_t rewrite_field(struct span text, struct buf *out)
{
	struct arena a = { 0 };
	struct header_field field;
	struct rewrite w;
	struct address address;
	int rc;

	buf_init(out, ROOM);
	ck_assert_int_eq(header_next(&text, &field), 1);
	rewrite_begin(&w, &field, out);
	while ((rc = rewrite_next(&w, &a, &address)) != 0) {
		if (rc < 0 || !address.mailbox[0])
			continue;
		if (strcmp(address.mailbox, "al@x.example") == 0)
			rewrite_put(&w, &address, "R@new.example");
		else if (address.domain.n == 0)
			rewrite_put(&w, &address, arena_printf(&a, "%s@o.example", address.mailbox));
	}
	rewrite_end(&w);
	arena_clear(&a);
	return w.changes;
}

static const struct {
	const char *in, *want; /* want NULL: the same */
} rows[] = {
	{ "From: al@x.example\n", "From: R@new.example\n" },
	{ "From: al@x.example", "From: R@new.example" },
	{ "To: al@x.example, bo@x.example,\n\tAl <al@x.example>\n",
	  "To: R@new.example, bo@x.example,\n\tAl <R@new.example>\n" },
	{ "To: al@x.example\r\n , al@x.example\r\n", "To: R@new.example\r\n , R@new.example\r\n" },
	/* all that is not an address stays */
	{ "To : \"al@x.example\"  (al@x.example (nested))\n  < al@x.example > (c), Group: al@x.example (x);, \n",
	  "To : \"al@x.example\"  (al@x.example (nested))\n  < R@new.example > (c), Group: R@new.example (x);, \n" },
	{ "cc:=?utf-8?q?al=40x=2Eexample?= <al@x.example>\n", "cc:=?utf-8?q?al=40x=2Eexample?= <R@new.example>\n" },
	{ "From: root (Cron Daemon)\n", "From: root@o.example (Cron Daemon)\n" },
	{ "To: <@a.example,@b.example:al@x.example>\n", "To: <@a.example,@b.example:R@new.example>\n" },
	{ "To: \"al\"@x.example, \"a l\"@x.example\n", "To: R@new.example, \"a l\"@x.example\n" },
	{ "To: al (\"\n\t) @ x.example\n", "To: R@new.example\n" },
	/* no change at all */
	{ "To: bo@x.example ,\n\t , <bo@x.example>\n \n", NULL },
	{ "To: al@x.example al@x.example\n", NULL },
	{ "To: al@x.example <al@x.example> x\n", NULL },
	{ "To: (al@x.example\n", NULL },
	{ "To: \"al@x.example\n", NULL },
	{ "To: <al@x.example\n", NULL },
	{ "To: <>\n", NULL },
	{ "To: al@x.example@x.example\n", NULL },
	{ "To:\n", NULL },
	{ "To: ,,;\n", NULL },
	{ "To: undisclosed:;\n", NULL },
};

START_TEST(test_field)
{
	const char *want = rows[_i].want ? rows[_i].want : rows[_i].in;
	struct buf out;

	ck_assert_int_eq(rewrite_field(span_str(rows[_i].in), &out) > 0, rows[_i].want != NULL);
	ck_assert_str_eq(buf_str(&out), want);
	buf_clear(&out);
}
END_TEST

/* Whatever it grows to is there, and time is linear. */
START_TEST(test_large)
{
	enum { N = 100000 };
	struct buf in, out;

	buf_init(&in, ROOM);
	buf_put_str(&in, "To: a");
	for (int i = 1; i < N; i++)
		buf_put_str(&in, ",a");
	buf_put_str(&in, "\n");
	ck_assert_uint_eq(rewrite_field(buf_span(&in), &out), N);
	ck_assert_uint_eq(out.n, in.n + N * strlen("@o.example"));
	buf_clear(&in);
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_side);
	tcase_add_loop_test(tc, test_field, 0, COUNT(rows));
	tcase_add_test(tc, test_large);
}

CHECK_MAIN(rewrite, add_tests)
