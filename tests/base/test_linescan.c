/* SPDX-License-Identifier: ISC */
#include "base/linescan.h"
#include "base/arena.h"
#include "support/check_main.h"

/* The same, one byte after the other. */
static size_t find(struct span s, char c, char previous, struct linescan *count)
{
	for (size_t i = 0; i < s.n; previous = s.p[i++]) {
		if (i > 0 && s.p[i] == c && previous == '\n')
			return i;
		count->lines += s.p[i] == '\n';
		count->bare += s.p[i] == '\n' && previous != '\r';
	}
	return s.n;
}

/* Every length and place around the blocks, with what is looked for anywhere or nowhere. */
START_TEST(test_find)
{
	static const char *const alphabets[] = { "x\n", "\n", "\r\n", "x-\r\n", "-\n", "x" };
	const char *alphabet = alphabets[_i];
	char text[700];
	unsigned seed = 7;

	for (size_t n = 0; n < sizeof(text); n += n < 140 ? 1 : 37) {
		struct linescan got = { 0 }, want = { 0 };

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = alphabet[(seed >> 16) % strlen(alphabet)];
			/* Mostly late, else the first would be all that is found. */
			if (text[i] == '-' && seed >> 24 > 9)
				text[i] = 'y';
		}
		ck_assert_uint_eq(linescan_find(span_of(text, n), '-', '\r', &got),
				  find(span_of(text, n), '-', '\r', &want));
		ck_assert_uint_eq(got.lines, want.lines);
		ck_assert_uint_eq(got.bare, want.bare);
		got = want = (struct linescan){ 0 };
		linescan_count(span_of(text, n), 'x', &got);
		find(span_of(text, n), '\x01', 'x', &want);
		ck_assert_uint_eq(got.lines, want.lines);
		ck_assert_uint_eq(got.bare, want.bare);
	}
}
END_TEST

/* More than a lane of counters holds. */
START_TEST(test_many)
{
	const size_t n = 1 << 20;
	char *text = arena_heap(n);
	struct linescan count = { 0 };

	memset(text, '\n', n);
	linescan_count(span_of(text, n), '\0', &count);
	ck_assert_uint_eq(count.lines, n);
	ck_assert_uint_eq(count.bare, n);
	memset(text, '\0', n);
	text[n - 2] = '\n';
	count = (struct linescan){ 0 };
	ck_assert_uint_eq(linescan_find(span_of(text, n), '\0', '\0', &count), n - 1);
	ck_assert_uint_eq(count.lines, 1);
	linescan_count(span_of(text, n), '\0', &count);
	ck_assert_uint_eq(count.lines, 2);
	free(text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, 6);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(linescan, add_tests)
