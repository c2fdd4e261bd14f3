/* SPDX-License-Identifier: ISC */
#include "base/span.h"
#include "support/check_main.h"

static const struct {
	const char *a, *b;
	bool is, is_nocase, starts, starts_nocase, ends_nocase;
} pairs[] = {
	{ "", "", true, true, true, true, true },
	{ "abc", "abc", true, true, true, true, true },
	{ "abc", "ABC", false, true, false, true, true },
	{ "abc", "", false, false, true, true, true },
	{ "", "a", false, false, false, false, false },
	{ "abcd", "ab", false, false, true, true, false },
	{ "abcd", "CD", false, false, false, false, true },
	{ "ab", "abc", false, false, false, false, false },
	/* Only ASCII letters fold: 0x5b is "[" and 0x7b "{", 0xc4 and 0xe4 are umlauts in Latin-1. */
	{ "[", "{", false, false, false, false, false },
	{ "\xc4", "\xe4", false, false, false, false, false },
};

START_TEST(test_compare)
{
	struct span a = span_str(pairs[_i].a), b = span_str(pairs[_i].b);

	ck_assert_int_eq(span_is(a, b), pairs[_i].is);
	ck_assert_int_eq(span_is_nocase(a, b), pairs[_i].is_nocase);
	ck_assert_int_eq(span_starts(a, b), pairs[_i].starts);
	ck_assert_int_eq(span_starts_nocase(a, b), pairs[_i].starts_nocase);
	ck_assert_int_eq(span_ends_nocase(a, b), pairs[_i].ends_nocase);
}
END_TEST

START_TEST(test_empty_may_be_null)
{
	struct span none = { NULL, 0 }, rest = none;

	ck_assert(span_is(none, span_str("")));
	ck_assert(span_is(none, span_str(NULL)));
	ck_assert(span_starts(none, none));
	ck_assert(span_ends_nocase(none, none));
	ck_assert(span_ends_nocase(span_str("a"), none));
	ck_assert_uint_eq(span_find(none, 'x'), 0);
	ck_assert_uint_eq(span_find_last(none, 'x'), 0);
	ck_assert_uint_eq(span_trim(none).n, 0);
	ck_assert_uint_eq(span_cut(&rest, ',').n, 0);
	ck_assert_uint_eq(span_word(&rest).n, 0);
	ck_assert(!span_has_control(none));
	ck_assert(!span_has_8bit(none));
}
END_TEST

START_TEST(test_find)
{
	struct span s = SPAN("a/b/c");

	ck_assert_uint_eq(span_find(s, '/'), 1);
	ck_assert_uint_eq(span_find_last(s, '/'), 3);
	ck_assert_uint_eq(span_find(s, 'x'), s.n);
	ck_assert_uint_eq(span_find_last(s, 'x'), s.n);
	ck_assert_uint_eq(span_find_last(SPAN("/"), '/'), 0);
	ck_assert_uint_eq(span_from(s, 2).n, 3);
	ck_assert_uint_eq(span_from(s, 5).n, 0);
	ck_assert_uint_eq(span_from(s, 99).n, 0);
}
END_TEST

static const struct {
	const char *p;
	size_t n;
	bool control, eight_bit;
} bytes[] = {
	{ "plain text", 10, false, false }, { "tab\t", 4, true, false }, { "nul\0", 4, true, false },
	{ "\x1f", 1, true, false },	    { "\x20", 1, false, false }, { "~\x7f", 2, true, false },
	{ "\xc3\xa4", 2, false, true },	    { "\x80", 1, false, true },	 { "\xff\r", 2, true, true },
};

START_TEST(test_classes)
{
	struct span s = span_of(bytes[_i].p, bytes[_i].n);

	ck_assert_int_eq(span_has_control(s), bytes[_i].control);
	ck_assert_int_eq(span_has_8bit(s), bytes[_i].eight_bit);
}
END_TEST

/* Each octet in each place of a line that is longer than what is looked at in one go, behind others that come close. */
START_TEST(test_control_anywhere)
{
	for (int octet = 0; octet < 256; octet++)
		for (size_t at = 0; at < 19; at++) {
			char line[20] = " ! ~\x80 !\xff ~ !\x80 ~! ~!";

			line[at] = (char)octet;
			ck_assert_msg(span_has_control(span_of(line, 19)) == (octet < 0x20 || octet == 0x7f),
				      "%02x at %zu", octet, at);
		}
}
END_TEST

static const struct {
	const char *in, *want;
} trims[] = {
	{ "", "" }, { "a", "a" }, { "  a b\t", "a b" }, { "\r\n", "" }, { "a\r\n", "a" }, { "\va", "\va" },
};

START_TEST(test_trim)
{
	ck_assert(span_is(span_trim(span_str(trims[_i].in)), span_str(trims[_i].want)));
}
END_TEST

START_TEST(test_cut)
{
	static const char *const want[] = { "a", "", "b", "" };
	struct span rest = SPAN("a,,b,");

	for (int i = 0; i < COUNT(want); i++) {
		struct span head = span_cut(&rest, ',');

		ck_assert_msg(span_is(head, span_str(want[i])), "%d: \"%.*s\"", i, SPAN_ARG(head));
	}
	ck_assert_uint_eq(rest.n, 0);
}
END_TEST

START_TEST(test_word)
{
	struct span rest = SPAN("  MAIL\tFROM:<a b> \r\n");

	ck_assert(span_is(span_word(&rest), SPAN("MAIL")));
	ck_assert(span_is(span_word(&rest), SPAN("FROM:<a")));
	ck_assert(span_is(span_word(&rest), SPAN("b>")));
	ck_assert_uint_eq(span_word(&rest).n, 0);
	ck_assert_uint_eq(rest.n, 0);
}
END_TEST

static const struct {
	const char *in;
	uint64_t max, want;
	int rc;
} numbers[] = {
	{ "0", 0, 0, 0 },
	{ "1", 0, 0, -1 },
	{ "007", 7, 7, 0 },
	{ "8", 7, 0, -1 },
	{ "65535", 65535, 65535, 0 },
	{ "65536", 65535, 0, -1 },
	{ "18446744073709551615", UINT64_MAX, UINT64_MAX, 0 },
	{ "18446744073709551616", UINT64_MAX, 0, -1 },
	{ "99999999999999999999999999", UINT64_MAX, 0, -1 },
	{ "9", 5, 0, -1 },
	/* Each digit is above the maximum, and the number modulo 2^64 is 3. */
	{ "8889888899899899989998898888898989888989889998989989988999888899", 7, 0, -1 },
	{ "", 9, 0, -1 },
	{ "+1", 9, 0, -1 },
	{ "-1", 9, 0, -1 },
	{ " 1", 9, 0, -1 },
	{ "1 ", 9, 0, -1 },
	{ "1a", 99, 0, -1 },
	{ "\xb2", 9, 0, -1 },
};

START_TEST(test_number)
{
	uint64_t got = 4711;

	ck_assert_int_eq(span_number(span_str(numbers[_i].in), numbers[_i].max, &got), numbers[_i].rc);
	ck_assert_uint_eq(got, numbers[_i].rc == 0 ? numbers[_i].want : 4711);
}
END_TEST

START_TEST(test_list_word)
{
	struct span rest = SPAN(" a.example,b.example ,\t, [::1]\n");

	ck_assert(span_is(span_list_word(&rest), SPAN("a.example")));
	ck_assert(span_is(span_list_word(&rest), SPAN("b.example")));
	ck_assert(span_is(span_list_word(&rest), SPAN("[::1]")));
	ck_assert_uint_eq(span_list_word(&rest).n, 0);
	ck_assert_uint_eq(span_list_word(&rest).n, 0);
	ck_assert(span_list_has(SPAN("a, B"), SPAN("b")));
	ck_assert(!span_list_has(SPAN("a, bc"), SPAN("b")));
	ck_assert(!span_list_has(SPAN(", ,"), SPAN("")));
	ck_assert(!span_list_has(span_str(NULL), SPAN("a")));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_list_word);
	tcase_add_loop_test(tc, test_compare, 0, COUNT(pairs));
	tcase_add_test(tc, test_empty_may_be_null);
	tcase_add_test(tc, test_find);
	tcase_add_loop_test(tc, test_classes, 0, COUNT(bytes));
	tcase_add_test(tc, test_control_anywhere);
	tcase_add_loop_test(tc, test_trim, 0, COUNT(trims));
	tcase_add_test(tc, test_cut);
	tcase_add_test(tc, test_word);
	tcase_add_loop_test(tc, test_number, 0, COUNT(numbers));
}

CHECK_MAIN(span, add_tests)
