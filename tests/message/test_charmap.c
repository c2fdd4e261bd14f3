/* SPDX-License-Identifier: ISC */
#include "message/charmap.h"

#include <stdio.h>

#include "message/casemap_data.h"
#include "message/hangul.h"
#include "message/nfkc_data.h"
#include "support/check_main.h"

/* 100 to 102 become 200 to 202; 110, 112 and 114 the same and 10; 120 and 121 what is listed. */
static const struct charmap_run runs[] = { { 100, 3, 1, 200 }, { 110, 3, 2, 120 }, { 120, 2, 0, 1 } };
static const uint16_t listed[] = { 9, 0, 3 };
static const uint32_t text[] = { 2, 7, 8, 1, 5 };
static const struct charmap map = { runs, sizeof(runs) / sizeof(runs[0]), listed, text };

static const struct {
	uint32_t c;
	const char *want;
} rows[] = {
	{ 0, "0" },
	{ 99, "99" },
	{ 100, "200" },
	{ 102, "202" },
	{ 103, "103" },
	{ 110, "120" },
	{ 111, "111" },
	{ 114, "124" },
	{ 115, "115" },
	{ 116, "116" },
	{ 120, "7 8" },
	{ 121, "5" },
	{ 122, "122" },
	{ HANGUL_FIRST, "4352 4449" },
	{ HANGUL_FIRST + 1, "4352 4449 4520" },
	{ HANGUL_LAST + 1, "55204" },
	{ UINT32_MAX, "4294967295" },
};

START_TEST(test_find)
{
	uint32_t out[CHARMAP_MAX];
	size_t n = charmap_find(&map, rows[_i].c, out), at = 0;
	char got[CHARMAP_MAX * 12] = "";

	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%u", i ? " " : "", (unsigned)out[i]);
	ck_assert_str_eq(got, rows[_i].want);
}
END_TEST

/* Sorted, apart from each other, none within the syllables of Hangul, and nothing that is longer than was said. */
static void check(const struct charmap *m)
{
	uint32_t from = 0x80;

	for (size_t i = 0; i < m->nruns; i++) {
		const struct charmap_run *run = &m->runs[i];
		uint32_t last = run->first + (run->n - 1) * (run->step ? run->step : 1u);

		ck_assert_uint_ge(run->first, from);
		ck_assert(last < HANGUL_FIRST || run->first > HANGUL_LAST);
		from = last + 1;
		for (size_t k = 0; run->step == 0 && k < run->n; k++) {
			ck_assert_uint_ge(m->text[m->listed[run->to + k]], 1);
			ck_assert_uint_le(m->text[m->listed[run->to + k]], CHARMAP_MAX);
		}
	}
}

START_TEST(test_made)
{
	uint32_t out[CHARMAP_MAX];

	check(&casemap_data);
	check(&nfkc_data);
	ck_assert_uint_eq(charmap_find(&casemap_data, 0xfdfa, out), CHARMAP_MAX);
	ck_assert_uint_eq(charmap_find(&nfkc_data, 0xfdfa, out), CHARMAP_MAX);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, COUNT(rows));
	tcase_add_test(tc, test_made);
}

CHECK_MAIN(charmap, add_tests)
