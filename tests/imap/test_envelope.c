/* SPDX-License-Identifier: ISC */
#include "imap/envelope.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

#define MISSING "\"MISSING_MAILBOX\" \"MISSING_DOMAIN\""

/* The value of From, and the list that it becomes. */
static const struct {
	const char *in, *want;
} addresses[] = {
	{ "a@b.c", "((NIL NIL \"a\" \"b.c\"))" },
	{ "Al Q. Doe  <a@b>", "((\"Al Q. Doe\" NIL \"a\" \"b\"))" },
	{ "\"Doe, \\\"Al\\\"\" <a@b>", "((\"Doe, \\\"Al\\\"\" NIL \"a\" \"b\"))" },
	{ "\"Doe,\tAl\" \tx <a@b>", "((\"Doe, Al x\" NIL \"a\" \"b\"))" },
	{ "Al \"Q\" (x) Doe <a@b>", "((\"Al Q Doe\" NIL \"a\" \"b\"))" },
	{ "=?utf-8?q?J=C3=B6rg?= <a@b>", "((\"=?utf-8?q?J=C3=B6rg?=\" NIL \"a\" \"b\"))" },
	{ "J\xc3\xb6rg <a@b\xc3\xbc.de>", "(({5}\r\nJ\xc3\xb6rg NIL \"a\" {6}\r\nb\xc3\xbc.de))" },
	{ "root (Cron \\) Daemon)", "((\"Cron ) Daemon\" NIL \"root\" \"MISSING_DOMAIN\"))" },
	{ "\"a b\"@c, x@[1.2.3.4]", "((NIL NIL \"a b\" \"c\")(NIL NIL \"x\" \"[1.2.3.4]\"))" },
	{ "<@r1,@r2:a@b>", "((NIL \"@r1,@r2\" \"a\" \"b\"))" },
	{ "A Group: a@b, Al <c@d>;, e@f",
	  "((NIL NIL \"A Group\" NIL)(NIL NIL \"a\" \"b\")(\"Al\" NIL \"c\" \"d\")(NIL NIL NIL NIL)(NIL NIL \"e\" "
	  "\"f\"))" },
	{ "undisclosed-recipients:;", "((NIL NIL \"undisclosed-recipients\" NIL)(NIL NIL NIL NIL))" },
	{ ":;", "((NIL NIL \"\" NIL)(NIL NIL NIL NIL))" },
	{ "Some Name", "((\"Some Name\" NIL " MISSING "))" },
	{ "Al <foo bar@b> x, c@d", "((\"Al <foo bar@b> x\" NIL " MISSING ")(NIL NIL \"c\" \"d\"))" },
	{ "\"open <a@b>", "((\"\\\"open <a@b>\" NIL " MISSING "))" },
	{ "<>", "((NIL NIL " MISSING "))" },
	{ "Nobody <>", "((\"Nobody\" NIL " MISSING "))" },
	{ "", "NIL" },
	{ " ,, (just a comment)", "NIL" },
};

static const char *put(struct arena *a, const struct mime_envelope *e)
{
	struct buf out;
	const char *text;

	buf_init(&out, ROOM);
	imap_envelope_put(&out, a, e);
	text = arena_span(a, buf_span(&out));
	buf_clear(&out);
	return text;
}

START_TEST(test_addresses)
{
	struct mime_envelope e = { .to = addresses[_i].in };
	struct arena a = { 0 };

	ck_assert_str_eq(put(&a, &e), arena_printf(&a, "(NIL NIL NIL NIL NIL %s NIL NIL NIL NIL)", addresses[_i].want));
	arena_clear(&a);
}
END_TEST

/* Whole envelopes. */
static const struct {
	struct mime_envelope e;
	const char *want;
} whole[] = {
	{ { 0 }, "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ { .date = "d", .subject = "", .message_id = "<i@d>", .in_reply_to = "<r@d>" },
	  "(\"d\" \"\" NIL NIL NIL NIL NIL NIL \"<r@d>\" \"<i@d>\")" },
	{ { .subject = "a\"b\\c", .from = "a@b", .sender = "", .reply_to = "(c)" },
	  "(NIL \"a\\\"b\\\\c\" ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) NIL NIL NIL "
	  "NIL NIL)" },
	{ { .from = "a@b", .sender = "c@d", .reply_to = "e@f", .cc = "g@h", .bcc = "i@j" },
	  "(NIL NIL ((NIL NIL \"a\" \"b\")) ((NIL NIL \"c\" \"d\")) ((NIL NIL \"e\" \"f\")) NIL ((NIL NIL \"g\" "
	  "\"h\")) "
	  "((NIL NIL \"i\" \"j\")) NIL NIL)" },
	{ { .subject = "caf\xc3\xa9" }, "(NIL {5}\r\ncaf\xc3\xa9 NIL NIL NIL NIL NIL NIL NIL NIL)" },
};

START_TEST(test_whole)
{
	struct arena a = { 0 };

	ck_assert_str_eq(put(&a, &whole[_i].e), whole[_i].want);
	arena_clear(&a);
}
END_TEST

/* Kinds of text that have hurt others, over and over. */
static const char *const repeated[] = { "(", "\"", "<", "a@b,", "a:", "x:;", "\\", "(a)", "@a,", "[", "a b " };

START_TEST(test_linear)
{
	enum { OCTETS = 250 << 10 };
	struct arena a = { 0 };
	char *text = arena_alloc(&a, OCTETS + 10);
	struct mime_envelope e = { .from = text };
	struct buf out;

	for (size_t n = 0; n < OCTETS; n += strlen(repeated[_i]))
		memcpy(text + n, repeated[_i], strlen(repeated[_i]) + 1);
	buf_init(&out, 64 << 20);
	imap_envelope_put(&out, &a, &e);
	ck_assert(!out.overflow && out.p[out.n - 1] == ')');
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_addresses, 0, COUNT(addresses));
	tcase_add_loop_test(tc, test_whole, 0, COUNT(whole));
	tcase_add_loop_test(tc, test_linear, 0, COUNT(repeated));
}

CHECK_MAIN(envelope, add_tests)
