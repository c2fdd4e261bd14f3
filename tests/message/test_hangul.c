/* SPDX-License-Identifier: ISC */
#include "message/hangul.h"

#include "support/check_main.h"

static const struct {
	uint32_t c;
	size_t n;
	uint32_t parts[HANGUL_PARTS];
} rows[] = {
	{ HANGUL_FIRST, 2, { 0x1100, 0x1161 } },
	{ 0xac01, 3, { 0x1100, 0x1161, 0x11a8 } },
	{ 0xd4db, 3, { 0x1111, 0x1171, 0x11b6 } }, /* Unicode's own example */
	{ 0xd55c, 3, { 0x1112, 0x1161, 0x11ab } },
	{ HANGUL_LAST, 3, { 0x1112, 0x1175, 0x11c2 } },
	{ HANGUL_FIRST - 1, 0, { 0 } },
	{ HANGUL_LAST + 1, 0, { 0 } },
	{ 0, 0, { 0 } },
	{ 0x1100, 0, { 0 } },
};

START_TEST(test_split)
{
	uint32_t parts[HANGUL_PARTS];
	size_t n = hangul_split(rows[_i].c, parts);

	ck_assert_uint_eq(n, rows[_i].n);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(parts[i], rows[_i].parts[i]);
}
END_TEST

static const struct {
	uint32_t first, second, want;
} pairs[] = {
	{ 0x1100, 0x1161, HANGUL_FIRST },
	{ HANGUL_FIRST, 0x11a8, 0xac01 },
	{ 0xd788, 0x11c2, HANGUL_LAST },
	{ 0xac01, 0x11a8, 0 },	     /* has its trailing consonant */
	{ HANGUL_FIRST, 0x11a7, 0 }, /* one before the first, one behind the last */
	{ HANGUL_FIRST, 0x11c3, 0 },
	{ 0x1113, 0x1161, 0 },
	{ 0x1100, 0x1176, 0 },
	{ 0x1100, 0x1160, 0 },
	{ 0x10ff, 0x1161, 0 },
	{ 0x1161, 0x1100, 0 },
	{ 'a', 0x11a8, 0 },
};

START_TEST(test_join)
{
	ck_assert_uint_eq(hangul_join(pairs[_i].first, pairs[_i].second), pairs[_i].want);
}
END_TEST

/* What was split becomes the same again. */
START_TEST(test_all)
{
	for (uint32_t c = HANGUL_FIRST; c <= HANGUL_LAST; c++) {
		uint32_t parts[HANGUL_PARTS], whole;
		size_t n = hangul_split(c, parts);

		whole = hangul_join(parts[0], parts[1]);
		ck_assert_uint_eq(n == 3 ? hangul_join(whole, parts[2]) : whole, c);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_split, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_join, 0, COUNT(pairs));
	tcase_add_test(tc, test_all);
}

CHECK_MAIN(hangul, add_tests)
