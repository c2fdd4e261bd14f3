/* SPDX-License-Identifier: ISC */
#include "base/entropy.h"

#include <stdint.h>

#include "base/clock.h"
#include "support/check_main.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

START_TEST(test_fill)
{
	unsigned char a[1024] = { 0 }, b[1024] = { 0 };
	int seen[256] = { 0 }, kinds = 0;

	entropy_fill(a, sizeof(a));
	entropy_fill(b, sizeof(b));
	ck_assert(memcmp(a, b, sizeof(a)) != 0);
	for (size_t i = 0; i < sizeof(a); i++)
		seen[a[i]] = seen[b[i]] = 1;
	for (int i = 0; i < 256; i++)
		kinds += seen[i];
	/* 2,048 bytes miss 64 of the 256 values with a probability below 2^-500. */
	ck_assert_int_gt(kinds, 192);
	entropy_fill(a, 0);
}
END_TEST

START_TEST(test_id_form)
{
	char id[ENTROPY_ID + 1];

	entropy_id(id);
	ck_assert_uint_eq(strlen(id), ENTROPY_ID);
	ck_assert_uint_eq(strspn(id, alphabet), ENTROPY_ID);
}
END_TEST

/* The first eleven characters are the time, so that names sort by age. */
START_TEST(test_id_tells_time)
{
	int64_t before = clock_wall_us(), time = 0;
	char id[ENTROPY_ID + 1];

	entropy_id(id);
	for (int i = 0; i < 11; i++)
		time = time * 32 + (strchr(alphabet, id[i]) - alphabet);
	ck_assert_int_ge(time, before);
	ck_assert_int_le(time, clock_wall_us());
}
END_TEST

START_TEST(test_ids_differ)
{
	enum { N = 2000 };
	static char ids[N][ENTROPY_ID + 1];

	for (int i = 0; i < N; i++)
		entropy_id(ids[i]);
	qsort(ids, N, sizeof(ids[0]), (int (*)(const void *, const void *))strcmp);
	for (int i = 1; i < N; i++)
		ck_assert_str_ne(ids[i - 1], ids[i]);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_fill);
	tcase_add_test(tc, test_id_form);
	tcase_add_test(tc, test_id_tells_time);
	tcase_add_test(tc, test_ids_differ);
}

CHECK_MAIN(entropy, add_tests)
