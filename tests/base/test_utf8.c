/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"
#include "support/check_main.h"

static const struct {
	const char *text;
	size_t length; /* of the character in front, 0: none */
	uint32_t value;
} rows[] = {
	{ "a", 1, 'a' },
	{ "\x7f", 1, 0x7f },
	{ "\xc2\x80", 2, 0x80 },
	{ "\xc3\xa4x", 2, 0xe4 },
	{ "\xdf\xbf", 2, 0x7ff },
	{ "\xe0\xa0\x80", 3, 0x800 },
	{ "\xed\x9f\xbf", 3, 0xd7ff },
	{ "\xee\x80\x80", 3, 0xe000 },
	{ "\xef\xbf\xbf", 3, 0xffff },
	{ "\xf0\x90\x80\x80", 4, 0x10000 },
	{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
	{ "\x80", 0, 0 },
	{ "\xc3", 0, 0 },
	{ "\xc3(", 0, 0 },
	{ "\xe2\x82", 0, 0 },
	{ "\xe2\x82(", 0, 0 },
	{ "\xf0\x9f\x98", 0, 0 },
	{ "\xc0\x80", 0, 0 },	      /* overlong NUL */
	{ "\xc1\xbf", 0, 0 },	      /* overlong */
	{ "\xe0\x9f\xbf", 0, 0 },     /* overlong */
	{ "\xf0\x8f\xbf\xbf", 0, 0 }, /* overlong */
	{ "\xed\xa0\x80", 0, 0 },     /* surrogate */
	{ "\xed\xbf\xbf", 0, 0 },     /* surrogate */
	{ "\xf4\x90\x80\x80", 0, 0 }, /* above U+10FFFF */
	{ "\xf5\x80\x80\x80", 0, 0 },
	{ "\xff", 0, 0 },
};

START_TEST(test_one)
{
	struct span s = span_str(rows[_i].text), rest = s;
	uint32_t c = 12345;

	ck_assert_uint_eq(utf8_length(s), rows[_i].length);
	ck_assert_int_eq(utf8_next(&rest, &c), rows[_i].length ? 1 : -1);
	ck_assert_uint_eq(s.n - rest.n, rows[_i].length ? rows[_i].length : 1);
	ck_assert_uint_eq(c, rows[_i].length ? rows[_i].value : 12345);
	ck_assert_int_eq(utf8_is_valid(s), rows[_i].length != 0);
}
END_TEST

START_TEST(test_put)
{
	struct buf out;

	buf_init(&out, 100);
	utf8_put(&out, rows[_i].value);
	if (rows[_i].length)
		ck_assert(span_is(buf_span(&out), span_of(rows[_i].text, rows[_i].length)));
	buf_clear(&out);
}
END_TEST

START_TEST(test_put_none)
{
	struct buf out;

	buf_init(&out, 100);
	utf8_put(&out, 0xd800);
	utf8_put(&out, 0x110000);
	ck_assert_str_eq(buf_str(&out), "\xef\xbf\xbd\xef\xbf\xbd");
	buf_clear(&out);
}
END_TEST

/* A bad byte at each place of a long text: the fast path over ASCII must not step over it. */
START_TEST(test_prefix)
{
	char text[] = "abcdefgh\xc3\xa4ijklmnopqrstuvwxyz0123456789\xe2\x82\xac!";
	size_t n = sizeof(text) - 1;

	ck_assert_uint_eq(utf8_prefix(span_of(text, n)), n);
	for (size_t i = 0; i < n; i++) {
		char old = text[i];
		size_t got;

		text[i] = (char)0xff;
		got = utf8_prefix(span_of(text, n));
		ck_assert_msg(got <= i && got + 2 >= i, "bad byte at %zu: prefix %zu", i, got);
		ck_assert(!utf8_is_valid(span_of(text, n)));
		text[i] = old;
	}
	ck_assert_uint_eq(utf8_prefix(SPAN("")), 0);
	ck_assert(utf8_is_valid(span_of(NULL, 0)));
	ck_assert_int_eq(utf8_next(&(struct span){ "", 0 }, NULL), 0);
}
END_TEST

static const struct {
	struct span text;
	bool valid;
} streams[] = {
	{ SPAN_INIT(""), true },
	{ SPAN_INIT("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"), true },
	{ SPAN_INIT("a\xc3"), false },
	{ SPAN_INIT("\xe2\x82z"), false },
	{ SPAN_INIT("\xe0\x80\x80"), false },
	{ SPAN_INIT("\xf0\x9f\x98\xc3\xa4"), false },
	{ SPAN_INIT("\x80"), false },
	{ SPAN_INIT("\xf4\x90\x80\x80"), false },
};

START_TEST(test_check)
{
	struct span text = streams[_i].text;

	for (size_t piece = 1; piece <= text.n + 1; piece++) {
		struct utf8_check check = { 0 };

		for (size_t i = 0; i < text.n; i += piece)
			utf8_check_feed(&check, span_of(text.p + i, text.n - i < piece ? text.n - i : piece));
		ck_assert_int_eq(utf8_check_end(&check), streams[_i].valid);
	}
}
END_TEST

START_TEST(test_begun)
{
	struct span text = SPAN("\xf0\x9f\x98\x80");

	ck_assert(!utf8_is_begun(SPAN("")) && !utf8_is_begun(SPAN("a")) && !utf8_is_begun(text));
	for (size_t n = 1; n < text.n; n++)
		ck_assert(utf8_is_begun(span_of(text.p, n)));
	ck_assert(!utf8_is_begun(SPAN("\xf0\x80")) && !utf8_is_begun(SPAN("\x80")) && !utf8_is_begun(SPAN("\xe2z")));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_check, 0, COUNT(streams));
	tcase_add_test(tc, test_begun);
	tcase_add_loop_test(tc, test_one, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_put, 0, COUNT(rows));
	tcase_add_test(tc, test_put_none);
	tcase_add_test(tc, test_prefix);
}

CHECK_MAIN(utf8, add_tests)
