/* SPDX-License-Identifier: ISC */
#include "message/crlf.h"
#include "support/check_main.h"

enum { ROOM = 1000 };

static const struct {
	const char *in, *want;
} rows[] = {
	{ "", "" },
	{ "a", "a" },
	{ "\n", "\r\n" },
	{ "\r\n", "\r\n" },
	{ "\r", "\r" },
	{ "\r\r\n", "\r\r\n" },
	{ "a\rb\nc\r\nd\n\ne", "a\rb\r\nc\r\nd\r\n\r\ne" },
	{ "\n\n\n", "\r\n\r\n\r\n" },
	{ "\n\r\n\n", "\r\n\r\n\r\n" },
	{ "all\r\nhave\r\none\r\n", "all\r\nhave\r\none\r\n" },
};

/* Every window, and pieces of every size. */
START_TEST(test_windows)
{
	struct span in = span_str(rows[_i].in), want = span_str(rows[_i].want);

	for (size_t piece = 1; piece <= in.n + 1; piece++)
		for (size_t skip = 0; skip <= want.n + 1; skip++)
			for (size_t left = 0; left <= want.n + 1; left++) {
				struct span part = span_from(want, skip);
				struct crlf c;
				struct buf out;

				crlf_init(&c, skip, left);
				buf_init(&out, ROOM);
				for (size_t at = 0; at < in.n; at += piece)
					crlf_feed(&c, span_of(in.p + at, in.n - at < piece ? in.n - at : piece), &out);
				part.n = part.n < left ? part.n : left;
				ck_assert(span_is(buf_span(&out), part));
				ck_assert_uint_eq(c.left, left - part.n);
				buf_clear(&out);
			}
}
END_TEST

START_TEST(test_as_is)
{
	struct crlf c;
	struct buf out;

	crlf_init(&c, 2, 3);
	c.as_is = true;
	buf_init(&out, ROOM);
	crlf_feed(&c, SPAN("a\n\nb\nc"), &out);
	ck_assert_str_eq(buf_str(&out), "\nb\n");
	buf_reset(&out);
	crlf_init(&c, 1, 5);
	c.hides_nul = true;
	crlf_feed(&c, SPAN("\0\0a\n\0\0\0"), &out);
	ck_assert_str_eq(buf_str(&out), "\x80"
					"a\r\n\x80");
	buf_clear(&out);
}
END_TEST

START_TEST(test_full)
{
	struct crlf c;
	struct buf out;

	crlf_init(&c, 0, 100);
	buf_init(&out, 3);
	crlf_feed(&c, SPAN("\n\n"), &out);
	ck_assert(out.overflow);
	ck_assert_uint_eq(c.left, 100);
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_windows, 0, COUNT(rows));
	tcase_add_test(tc, test_as_is);
	tcase_add_test(tc, test_full);
}

CHECK_MAIN(crlf, add_tests)
