/* SPDX-License-Identifier: ISC */
#include "message/flowed.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

#define W10 "aaaa bbbb "
#define W70 W10 W10 W10 W10 W10 W10 W10

/* A text, and what becomes of it. Read again it is the text. */
static const struct {
	const char *text, *want;
} puts_[] = {
	{ "", "" },
	{ "one\ntwo\n", "one\ntwo\n" },
	{ "\n\n", "\n\n" },
	{ W70 W70 "end\n", W70 "\n" W70 "\nend\n" },
	{ " blank\n", "  blank\n" },
	{ "From me\n", " From me\n" },
	{ W70 "From x\n", W70 "\n From x\n" },
	{ "-- \nname\n", "-- \nname\n" },
	{ "> quoted\n>> twice\n", "> quoted\n>> twice\n" },
	{ "> " W70 "more\n", "> " W70 "\n> more\n" },
	{ "> -- \n", "> -- \n" },
	{ ">\n", ">\n" },
};

START_TEST(test_put)
{
	struct buf out, back;

	buf_init(&out, ROOM);
	buf_init(&back, ROOM);
	flowed_put(&out, span_str(puts_[_i].text));
	ck_assert_str_eq(buf_str(&out), puts_[_i].want);
	flowed_parse(&back, buf_span(&out), false);
	/* An empty quotation gets its blank. */
	ck_assert_str_eq(buf_str(&back), strcmp(puts_[_i].text, ">\n") == 0 ? "> \n" : puts_[_i].text);
	buf_clear(&out);
	buf_clear(&back);
}
END_TEST

static const struct {
	const char *text;
	bool delsp;
	const char *want;
} parses[] = {
	{ "a \nb\n", false, "a b\n" },
	{ "a \r\nb\r\n", false, "a b\n" },
	{ "a \nb\n", true, "ab\n" },
	{ "a  \nb\n", true, "a b\n" },
	{ "a \n", false, "a \n" },
	{ "a \n> b \n> c\n>> d\n", false, "a \n> b c\n>> d\n" },
	{ "a \n-- \nb\n", false, "a \n-- \nb\n" },
	{ " >a\n", false, ">a\n" },
	{ "no end", false, "no end\n" },
};

START_TEST(test_parse)
{
	struct buf out;

	buf_init(&out, ROOM);
	flowed_parse(&out, span_str(parses[_i].text), parses[_i].delsp);
	ck_assert_str_eq(buf_str(&out), parses[_i].want);
	buf_clear(&out);
}
END_TEST

/* Whatever the text is, no line is over the limit, and time is linear: there is an end. */
START_TEST(test_long)
{
	static const char *const units[] = { "x", "xx ", "\xc3\xa9", ">", " ", "> x\n" };
	const size_t n = 1 << 18;
	struct buf text, out;
	struct span rest;

	buf_init(&text, 2 * n);
	buf_init(&out, 8 * n);
	while (text.n < n)
		buf_put_str(&text, units[_i]);
	flowed_put(&out, buf_span(&text));
	for (rest = buf_span(&out); rest.n > 0;)
		ck_assert_uint_le(span_cut(&rest, '\n').n, FLOWED_LINE_MAX);
	ck_assert(!out.overflow);
	buf_clear(&text);
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_put, 0, COUNT(puts_));
	tcase_add_loop_test(tc, test_parse, 0, COUNT(parses));
	tcase_add_loop_test(tc, test_long, 0, 6);
}

CHECK_MAIN(flowed, add_tests)
