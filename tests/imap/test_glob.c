/* SPDX-License-Identifier: ISC */
#include "imap/glob.h"

#include "support/check_main.h"

static const struct {
	const char *pattern, *matches, *others; /* names with blanks between */
} rows[] = {
	{ "*", "INBOX a a/b a/b/c", "" },
	{ "%", "INBOX a", "a/b /" },
	{ "", "", "a" },
	{ "a", "a", "A b aa a/a" },
	{ "a*", "a ab a/b", "b ba" },
	{ "a%", "a ab", "a/b b" },
	{ "%/%", "a/b", "a a/b/c" },
	{ "*/c", "a/c a/b/c", "c a/cc" },
	{ "a/%/c", "a/b/c a//c", "a/c a/b/b/c" },
	{ "%b", "b ab", "a/b" },
	{ "*b", "b ab a/b", "ba" },
	{ "%%%", "a abc", "a/b" },
	{ "%*%", "a a/b", "" },
	{ "*%/x", "a/x a/b/x", "x" },
	{ "*a*b*c*", "abc xaybzc a/b/c aabbcc", "acb ab" },
	{ "inbox", "INBOX inbox", "Inbox" },
	{ "iN%", "INBOX", "INBOX/a" },
	{ "inbox/*", "INBOX/a INBOX/a/b", "INBOX" },
	{ "Inbox/A", "INBOX/A", "INBOX/a" },
	{ "*box", "INBOX", "INBOX/BOX" },
	{ "?", "?", "a" },
	{ "[a]", "[a]", "a" },
	{ "\xc3\xa4%", "\xc3\xa4 \xc3\xa4x", "\xc3" },
};

static bool match(const char *pattern, struct span name)
{
	struct arena a = { 0 };
	struct glob g;
	bool rc;

	glob_init(&g, &a, span_str(pattern));
	rc = glob_match(&g, name);
	/* Nothing stays from the time before. */
	ck_assert_int_eq(glob_match(&g, name), rc);
	arena_clear(&a);
	return rc;
}

START_TEST(test_rows)
{
	struct span rest = span_str(rows[_i].matches), name;

	while ((name = span_word(&rest)).n > 0)
		ck_assert_msg(match(rows[_i].pattern, name), "%s: %.*s", rows[_i].pattern, SPAN_ARG(name));
	rest = span_str(rows[_i].others);
	while ((name = span_word(&rest)).n > 0)
		ck_assert_msg(!match(rows[_i].pattern, name), "%s: %.*s", rows[_i].pattern, SPAN_ARG(name));
}
END_TEST

/* Longer than a word of bits, with the wildcards at any place. */
START_TEST(test_long)
{
	char name[200], pattern[400];

	for (size_t n = 1; n < sizeof(name); n++) {
		memset(name, 'a', n);
		name[n - 1] = 'b';
		name[n] = '\0';
		ck_assert(match(name, span_str(name)));
		ck_assert(!match(name, span_of(name, n - 1)));
		for (size_t i = 0; i < n; i++) {
			memcpy(pattern, name, n + 1);
			pattern[i] = i % 2 ? '*' : '%';
			ck_assert(match(pattern, span_str(name)));
			pattern[i] = 'c';
			ck_assert(!match(pattern, span_str(name)));
		}
	}
}
END_TEST

/* What takes other matchers longer than the universe is old. */
START_TEST(test_slow)
{
	static char name[1001], pattern[8001];
	struct arena a = { 0 };
	struct glob g;

	memset(name, 'a', sizeof(name) - 1);
	for (size_t i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, i % 4 ? "*a" : "%a", 2);
	pattern[1000] = '\0';
	for (int i = 0; i < 2; i++) {
		glob_init(&g, &a, span_str(pattern));
		for (int k = 0; k < 1000; k++)
			ck_assert_int_eq(glob_match(&g, span_of(name, 1000)), i == 0);
		pattern[999] = 'b';
	}
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_slow);
}

CHECK_MAIN(glob, add_tests)
