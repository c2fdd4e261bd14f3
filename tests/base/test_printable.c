/* SPDX-License-Identifier: ISC */
#include "base/printable.h"
#include "support/check_main.h"

static const struct {
	const char *in;
	size_t n;
	const char *want, *want_lines; /* NULL: the same */
} rows[] = {
	{ "", 0, "", NULL },
	{ "al@example.org", 14, "al@example.org", NULL },
	{ "back\\slash", 10, "back\\slash", NULL },
	{ "a\nb\tc", 5, "a\\012b\\011c", "a\nb\tc" },
	{ "a\r\n", 3, "a\\015\\012", "a\\015\n" },
	{ "\0", 1, "\\000", NULL },
	{ "\x1b]0;title\a", 10, "\\033]0;title\\007", NULL },
	{ "\x7f", 1, "\\177", NULL },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xac", 9, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xac", NULL },
	{ "\xe4", 1, "\\344", NULL },
	{ "\x9b"
	  "31m",
	  4, "\\23331m", NULL },
	{ "\xc2\x9b"
	  "31m",
	  5, "\\u{9b}31m", NULL },
	{ "x\xe2\x80\xaey", 5, "x\\u{202e}y", NULL },
	{ "a\xe2\x80\x8b"
	  "b",
	  5, "a\\u{200b}b", NULL },
	{ "\xef\xbb\xbf", 3, "\\u{feff}", NULL },
	{ "\xf3\xa0\x81\xa1", 4, "\\u{e0061}", NULL },
};

START_TEST(test_put)
{
	struct span s = span_of(rows[_i].in, rows[_i].n);
	struct buf out;

	buf_init(&out, 1000);
	printable_put(&out, s);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_reset(&out);
	printable_put_lines(&out, s);
	ck_assert_str_eq(buf_str(&out), rows[_i].want_lines ? rows[_i].want_lines : rows[_i].want);
	buf_clear(&out);
}
END_TEST

/* No byte by itself does anything to a terminal. */
START_TEST(test_any_byte)
{
	char byte = (char)_i;
	struct buf out;

	buf_init(&out, 100);
	printable_put(&out, span_of(&byte, 1));
	ck_assert_uint_gt(out.n, 0);
	for (size_t i = 0; i < out.n; i++)
		ck_assert(out.p[i] >= 0x20 && out.p[i] < 0x7f);
	buf_clear(&out);
}
END_TEST

START_TEST(test_width)
{
	ck_assert_uint_eq(printable_width(SPAN("")), 0);
	ck_assert_uint_eq(printable_width(SPAN("abc")), 3);
	ck_assert_uint_eq(printable_width(SPAN("\xc3\xa4\xe2\x82\xac")), 2);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_put, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_any_byte, 0, 256);
	tcase_add_test(tc, test_width);
}

CHECK_MAIN(printable, add_tests)
