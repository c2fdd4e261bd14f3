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

/* al@x becomes S@new or R@new by the field's side, a bare name gets @o.example, broken@x is a fault. */
static int map(void *ctx, struct arena *a, const char *mailbox, enum rewrite_side side, const char **out,
	       struct fault *f)
{
	size_t *asked = ctx;

	++*asked;
	*out = mailbox;
	if (strcmp(mailbox, "broken@x.example") == 0)
		return fault_temp(f, 451, "4.3.5", "the table is broken");
	if (strcmp(mailbox, "evil@x.example") == 0)
		*out = "a@b\r\nBcc: everybody@x.example";
	else if (strcmp(mailbox, "al@x.example") == 0)
		*out = side == REWRITE_SENDER ? "S@new.example" : "R@new.example";
	else if (strcmp(mailbox, "long@x.example") == 0)
		*out = "a-very-long-name-that-makes-lines-grow-and-grow@a-very-long-domain-name.new.example";
	else if (!strchr(mailbox, '@'))
		*out = arena_printf(a, "%s@o.example", mailbox);
	return 0;
}

static void put(void *to, const void *p, size_t n)
{
	buf_put(to, p, n);
}

/* The message in pieces of this size. */
static int rewrite_in(struct span message, size_t piece, size_t header_max, struct buf *out, size_t *asked,
		      struct fault *f)
{
	const struct rewrite_rules rules = {
		.map = map, .ctx = asked, .header_max = header_max, .put = put, .to = out
	};
	struct rewrite_stream s;

	*asked = 0;
	buf_init(out, ROOM);
	rewrite_stream_begin(&s, &rules);
	for (size_t i = 0; i < message.n; i += piece)
		rewrite_stream_put(&s, message.p + i, message.n - i < piece ? message.n - i : piece);
	return rewrite_stream_end(&s, f);
}

static const struct {
	const char *in, *want; /* want NULL: the same */
} rows[] = {
	{ "From: al@x.example\n\nal@x.example\n", "From: S@new.example\n\nal@x.example\n" },
	{ "To: al@x.example, bo@x.example,\n\tAl <al@x.example>\n\n",
	  "To: R@new.example, bo@x.example,\n\tAl <R@new.example>\n\n" },
	/* all that is not an address stays */
	{ "To : \"al@x.example\"  (al@x.example (nested))\n  < al@x.example > (c), Group: al@x.example (x);, \n\n",
	  "To : \"al@x.example\"  (al@x.example (nested))\n  < R@new.example > (c), Group: R@new.example (x);, \n\n" },
	{ "cc:=?utf-8?q?al=40x=2Eexample?= <al@x.example>\n\n", "cc:=?utf-8?q?al=40x=2Eexample?= <R@new.example>\n\n" },
	{ "From: root (Cron Daemon)\n\n", "From: root@o.example (Cron Daemon)\n\n" },
	{ "To: <@a.example,@b.example:al@x.example>\n\n", "To: <@a.example,@b.example:R@new.example>\n\n" },
	{ "To: \"al\"@x.example, \"a l\"@x.example\n\n", "To: R@new.example, \"a l\"@x.example\n\n" },
	{ "To: al (\"\n\t) @ x.example\n\n", "To: R@new.example\n\n" },
	{ "Resent-From: al@x.example\nResent-Bcc: al@x.example\nReply-To: al@x.example\n\n",
	  "Resent-From: S@new.example\nResent-Bcc: R@new.example\nReply-To: S@new.example\n\n" },
	/* no change at all */
	{ "Subject: al@x.example\nReceived: from al@x.example\nX-To: al@x.example\n\n", NULL },
	{ "To: bo@x.example ,\n\t , <bo@x.example>\n \n\n", NULL },
	{ "To: al@x.example al@x.example\nFrom: al@x.example <al@x.example> x\nCc: (al@x.example\n\n", NULL },
	{ "To: \"al@x.example\nCc: <al@x.example\nBcc: <>\nSender: al@x.example@x.example\n\n", NULL },
	{ "To:\nCc: ,,;\nFrom: undisclosed:;\n\n", NULL },
	{ "To: evil@x.example\n\n", NULL },
	/* where the header ends */
	{ "\nFrom: al@x.example\n\n", NULL },
	{ "no header\nFrom: al@x.example\n\n", NULL },
	{ "From: al@x.example\nno field\nTo: al@x.example\n\nTo: al@x.example\n",
	  "From: S@new.example\nno field\nTo: al@x.example\n\nTo: al@x.example\n" },
	{ "From: al@x.example\n", "From: S@new.example\n" },
	{ "From: al@x.example", "From: S@new.example\n" },
	{ "", NULL },
};

START_TEST(test_stream)
{
	struct span in = span_str(rows[_i].in);
	const char *want = rows[_i].want ? rows[_i].want : rows[_i].in;
	struct buf out;
	struct fault f;
	size_t asked;

	for (size_t piece = 1; piece <= in.n + 1; piece++) {
		ck_assert_int_eq(rewrite_in(in, piece, 10000, &out, &asked, &f), 0);
		ck_assert_msg(span_is(buf_span(&out), span_str(want)), "pieces of %zu: %s", piece, buf_str(&out));
		buf_clear(&out);
	}
}
END_TEST

/* A line that grew over the limit is folded; one that did not is the sender's. */
START_TEST(test_long_line)
{
	struct buf in, out;
	struct span rest;
	struct fault f;
	size_t asked;

	buf_init(&in, ROOM);
	buf_put_str(&in, "To: ");
	for (int i = 0; i < 30; i++)
		buf_put_str(&in, "long@x.example, ");
	buf_put_str(&in, "last@x.example\n\nbody\n");
	ck_assert_int_eq(rewrite_in(buf_span(&in), in.n, 10000, &out, &asked, &f), 0);
	ck_assert_uint_eq(asked, 31);
	rest = buf_span(&out);
	while (rest.n)
		ck_assert_uint_le(span_cut(&rest, '\n').n, HEADER_LINE_MAX);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "last@x.example\n\nbody\n"));
	buf_clear(&in);
	buf_clear(&out);
}
END_TEST

START_TEST(test_fault)
{
	struct buf out;
	struct fault f;
	size_t asked;

	ck_assert_int_eq(rewrite_in(SPAN("To: broken@x.example, al@x.example\nCc: al@x.example\n\nx\n"), 7, 10000, &out,
				    &asked, &f),
			 -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_str_eq(f.text, "the table is broken");
	ck_assert_uint_eq(asked, 1);
	buf_clear(&out);
}
END_TEST

/* What is over the limit passes as it is, and is not kept in memory. */
START_TEST(test_header_max)
{
	struct span in = SPAN("From: al@x.example\nX: 1234567890\nTo: al@x.example\n\nx\n");
	struct buf out;
	struct fault f;
	size_t asked;

	for (size_t piece = 1; piece <= in.n; piece++) {
		ck_assert_int_eq(rewrite_in(in, piece, 33, &out, &asked, &f), 0);
		ck_assert_str_eq(buf_str(&out), "From: S@new.example\nX: 1234567890\nTo: al@x.example\n\nx\n");
		buf_clear(&out);
	}
}
END_TEST

/* A list of names that grow beyond all measure is refused; time is linear. */
START_TEST(test_growth)
{
	struct buf in, out;
	struct fault f;
	size_t asked;

	buf_init(&in, ROOM);
	buf_put_str(&in, "To: a");
	for (int i = 0; i < 30000; i++)
		buf_put_str(&in, ",a");
	buf_put_str(&in, "\n\n");
	ck_assert_int_eq(rewrite_in(buf_span(&in), 4096, in.n, &out, &asked, &f), -1);
	ck_assert_str_eq(f.status, "5.3.4");
	buf_clear(&in);
	buf_clear(&out);
}
END_TEST

START_TEST(test_clear)
{
	struct rewrite_stream s = { 0 };

	rewrite_stream_clear(&s);
	rewrite_stream_clear(&s);
	ck_assert_int_eq(rewrite_stream_end(&s, NULL), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_side);
	tcase_add_loop_test(tc, test_stream, 0, COUNT(rows));
	tcase_add_test(tc, test_long_line);
	tcase_add_test(tc, test_fault);
	tcase_add_test(tc, test_header_max);
	tcase_add_test(tc, test_growth);
	tcase_add_test(tc, test_clear);
}

CHECK_MAIN(rewrite, add_tests)
