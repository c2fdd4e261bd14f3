/* SPDX-License-Identifier: ISC */
#include "message/needle.h"

#include "support/check_main.h"

static const struct {
	const char *needle, *text;
	bool want;
} rows[] = {
	{ "", "", true },
	{ "", "anything", true },
	{ "a", "", false },
	{ "a", "A", true },
	{ "A", "a", true },
	{ "ab", "a", false },
	{ "needle", "nothing here that is like it, but for NEEDLE at the end", true },
	{ "needle", "needle", true },
	{ "needle", "needl", false },
	{ "needle", "a needleless haystack", true },
	{ "needle", "a n-eedle in the haystack of thirty and more octets", false },
	{ "[1]", "a{1}b", false },
	{ "@", "`", false },
	{ "a b", "a\tb", false },
	{ "ss", "\xc3\x9f", false },
	{ "k", "273 \xe2\x84\xaa", true },
	{ "\xef\xac\x83", "OFFICE", true },
	{ "ffi", "o\xef\xac\x83 x", true },
	{ "fur", "f\xc3\xbcr", false },
	{ "F\xc3\x9cR", "etwas f\xc3\xbcr dich", true },
	{ "F\xc3\x9cR", "etwas fu\xcc\x88r dich", true },
	{ "\xd0\xbf\xd1\x80\xd0\xb8", "\xd0\x9f\xd0\xa0\xd0\x98\xd0\x92\xd0\x95\xd0\xa2", true },
	{ "\xc3\xa9", "E", false },
};

static bool find(const char *needle, struct span text, size_t piece)
{
	struct arena a = { 0 };
	struct needle n;
	struct haystack h;
	bool found;

	needle_init(&n, &a, span_str(needle));
	haystack_init(&h, &n, 1, &found);
	haystack_feed(&h, span_of(text.p, 0));
	for (size_t at = 0; at < text.n; at += piece)
		haystack_feed(&h, span_of(text.p + at, at + piece < text.n ? piece : text.n - at));
	haystack_clear(&h);
	arena_clear(&a);
	return found;
}

START_TEST(test_find)
{
	struct span text = span_str(rows[_i].text);

	ck_assert_int_eq(find(rows[_i].needle, text, text.n + 1), rows[_i].want);
	/* Pieces hold whole characters. */
	for (size_t piece = 1; piece < 9 && !span_has_8bit(text); piece++)
		ck_assert_int_eq(find(rows[_i].needle, text, piece), rows[_i].want);
}
END_TEST

/* At every place of a text, which ends where memory does for all that a sanitizer knows. */
START_TEST(test_places)
{
	struct arena a = { 0 };
	struct needle n;

	needle_init(&n, &a, SPAN("Jumped over"));
	for (size_t size = 0; size < 70; size++)
		for (size_t at = 0; at + 11 <= size; at++) {
			char *text = arena_alloc(&a, size);

			memset(text, 'j', size);
			ck_assert(!needle_is_in(&n, span_of(text, size)));
			memcpy(text + at, "jUMPED OVER", 11);
			ck_assert(needle_is_in(&n, span_of(text, size)));
		}
	arena_clear(&a);
}
END_TEST

START_TEST(test_many)
{
	struct arena a = { 0 };
	struct needle n[3];
	struct haystack h;
	bool found[3];

	needle_init(&n[0], &a, SPAN("one"));
	needle_init(&n[1], &a, SPAN("two"));
	needle_init(&n[2], &a, SPAN("f\xc3\xbcnf"));
	haystack_init(&h, n, 3, found);
	haystack_feed(&h, SPAN("all on"));
	haystack_feed(&h, SPAN("e f"));
	ck_assert(found[0] && !found[1] && !found[2]);
	haystack_feed(&h, SPAN("\xc3\xbc"));
	haystack_feed(&h, SPAN("n"));
	haystack_feed(&h, SPAN("ft"));
	ck_assert(found[2] && h.left == 1);
	haystack_restart(&h);
	haystack_feed(&h, SPAN("wo"));
	ck_assert(!found[1]);
	haystack_feed(&h, SPAN(" t\xc3\xbcwo"));
	haystack_feed(&h, SPAN("-two"));
	ck_assert(found[1] && h.left == 0);
	haystack_reset(&h);
	ck_assert(!found[0] && !found[1] && !found[2] && h.left == 3);
	haystack_clear(&h);
	arena_clear(&a);
}
END_TEST

/* Texts that are made to be compared in vain: that they come to an end soon is the test. */
START_TEST(test_hostile)
{
	struct arena a = { 0 };
	size_t size = 4 << 20, m = 30000;
	char *text = arena_alloc(&a, size), *pattern = arena_alloc(&a, m + 1);
	struct needle n;

	memset(text, 'a', size);
	memset(pattern, 'a', m);
	pattern[_i == 0 ? 0 : _i == 1 ? m / 2 : m - 2] = 'b';
	needle_init(&n, &a, span_str(pattern));
	/* The octets that are looked for are there, and the rest nearly is. */
	for (size_t i = n.probe[0]; i + 1 < size; i += 50000)
		text[i] = 'b';
	ck_assert(!needle_is_in(&n, span_of(text, n.text.n - 1)));
	memcpy(text + size - m, pattern, m);
	ck_assert(needle_is_in(&n, span_of(text, size)));
	memset(text, 'a', size);
	memset(pattern, 'a', m);
	pattern[m - 1] = 'b';
	needle_init(&n, &a, span_str(pattern));
	n.probe[0] = n.probe[1] = 0;
	n.want[0] = n.want[1] = 'a';
	ck_assert(!needle_is_in(&n, span_of(text, size)));
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, COUNT(rows));
	tcase_add_test(tc, test_places);
	tcase_add_test(tc, test_many);
	tcase_add_loop_test(tc, test_hostile, 0, 3);
}

CHECK_MAIN(needle, add_tests)
