/* SPDX-License-Identifier: ISC */
#include "list/letter.h"

#include "support/check_main.h"
#include "support/listcase.h"

static const struct {
	const char *message, *want;
} rows[] = {
	{ "From: a@b\n\nhelp\nend", "help\nend\n" },
	{ "From: a@b\n\n", "" },
	{ "From: a@b\nContent-Type: text/plain; charset=iso-8859-1\n\ncaf\xe9\n", "caf\xc3\xa9\n" },
	{ "From: a@b\nContent-Transfer-Encoding: base64\n\naGVscAo=\n", "help\n" },
	{ "From: a@b\nContent-Type: text/html\n\n<p>one<p>two", "one\n\ntwo\n" },
	{ "From: a@b\nContent-Type: application/pdf\n\nhelp\n", "" },
	{ "From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\n\ntwo\n--x\n"
	  "Content-Disposition: attachment\n\nthree\n--x--\n",
	  "one\ntwo\n" },
};

static const char *text_of(struct listcase *c, const char *message)
{
	struct buf out;
	const char *text;

	listcase_incoming(c, "a@b.example", "friends@example.org", message);
	buf_init(&out, LETTER_MAX);
	ck_assert_int_eq(letter_text(&c->in, &out, NULL), 0);
	ck_assert(!out.overflow);
	text = arena_span(&c->arena, buf_span(&out));
	buf_clear(&out);
	return text;
}

START_TEST(test_text)
{
	struct listcase c;

	listcase_begin(&c, NULL);
	ck_assert_str_eq(text_of(&c, rows[_i].message), rows[_i].want);
	listcase_end(&c);
}
END_TEST

/* Much more than is looked at. */
START_TEST(test_long)
{
	struct listcase c;
	struct buf message;
	size_t n;

	listcase_begin(&c, NULL);
	buf_init(&message, 4 << 20);
	buf_put_str(&message, _i ? "From: a@b\nContent-Type: text/html\n\n" : "From: a@b\n\n");
	while (message.n < 3 << 20)
		buf_put_str(&message, "<li>line\n");
	n = strlen(text_of(&c, buf_str(&message)));
	ck_assert_uint_le(n, LETTER_MAX);
	ck_assert_uint_ge(n, LETTER_MAX - 100);
	buf_clear(&message);
	listcase_end(&c);
}
END_TEST

static const struct {
	const char *text, *want;
} addresses[] = {
	{ "", "" },
	{ "al@example.net", "al@example.net " },
	{ "(al@example.net), <bo+x@a.example>.", "al@example.net bo+x@a.example " },
	{ "to put al@example.net.\n@ b@ @c d@e", "al@example.net d@e " },
	{ "a@b@c", "a@b " },
	{ "r\xc3\xa9n\xc3\xa9@example.net", "r\xc3\xa9n\xc3\xa9@example.net " },
	{ "@@@@", "" },
};

START_TEST(test_addresses)
{
	struct span rest = span_str(addresses[_i].text), found;
	struct arena a = { 0 };
	const char *got = "";

	while (letter_next_address(&rest, &found) > 0)
		got = arena_printf(&a, "%s%.*s ", got, SPAN_ARG(found));
	ck_assert_str_eq(got, addresses[_i].want);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_text, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_long, 0, 2);
	tcase_add_loop_test(tc, test_addresses, 0, COUNT(addresses));
}

CHECK_MAIN(letter, add_tests)
