/* SPDX-License-Identifier: ISC */
#include "relay/agenda.h"

#include <stdio.h>

#include "support/check_main.h"

static void id_of(char out[ENTROPY_ID + 1], unsigned number)
{
	snprintf(out, ENTROPY_ID + 1, "%016u", number);
}

START_TEST(test_empty)
{
	struct agenda a = { 0 };
	char id[ENTROPY_ID + 1];
	int64_t due;

	ck_assert(!agenda_first(&a, &due));
	ck_assert(!agenda_take(&a, INT64_MAX, id, &due));
	agenda_clear(&a);
}
END_TEST

START_TEST(test_due)
{
	struct agenda a = { 0 };
	char id[ENTROPY_ID + 1];
	int64_t due;

	agenda_add(&a, 20, "BBBBBBBBBBBBBBBB");
	agenda_add(&a, 10, "AAAAAAAAAAAAAAAA");
	ck_assert(agenda_first(&a, &due));
	ck_assert_int_eq(due, 10);
	ck_assert(!agenda_take(&a, 9, id, &due));
	ck_assert(agenda_take(&a, 10, id, &due));
	ck_assert_str_eq(id, "AAAAAAAAAAAAAAAA");
	ck_assert(!agenda_take(&a, 19, id, &due));
	ck_assert(agenda_take(&a, 1000, id, &due));
	ck_assert_str_eq(id, "BBBBBBBBBBBBBBBB");
	ck_assert_int_eq(due, 20);
	ck_assert(!agenda_take(&a, INT64_MAX, id, &due));
	agenda_clear(&a);
}
END_TEST

/* In order of time, whatever the order in which they came; each once, times equal or not. */
START_TEST(test_order)
{
	enum { N = 20000 };
	static bool seen[N];
	struct agenda a = { 0 };
	char id[ENTROPY_ID + 1];
	int64_t last = INT64_MIN, due;
	uint64_t x = 88172645463325252u;

	for (unsigned i = 0; i < N; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		id_of(id, i);
		agenda_add(&a, (int64_t)(x % 5000) - 100, id);
		/* Some are taken in between. */
		if (i % 5 == 4 && agenda_take(&a, 4900, id, &due)) {
			unsigned number = (unsigned)strtoul(id, NULL, 10);

			ck_assert(!seen[number]);
			seen[number] = true;
		}
	}
	while (agenda_take(&a, INT64_MAX, id, &due)) {
		unsigned number = (unsigned)strtoul(id, NULL, 10);

		ck_assert_int_ge(due, last);
		last = due;
		ck_assert(!seen[number]);
		seen[number] = true;
	}
	for (unsigned i = 0; i < N; i++)
		ck_assert(seen[i]);
	agenda_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_due);
	tcase_add_test(tc, test_order);
}

CHECK_MAIN(agenda, add_tests)
