/* SPDX-License-Identifier: ISC */
#include "base/checksum.h"
#include "support/check_main.h"

enum { MOST = 40 };

/* Another bit, another length or another beginning: another sum. */
START_TEST(test_differs)
{
	unsigned char bytes[MOST + 1] = { 0 };
	uint64_t sum;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37);
	sum = checksum_add(0, bytes, (size_t)_i);
	ck_assert(sum == checksum_add(0, bytes, (size_t)_i));
	ck_assert(sum != checksum_add(0, bytes, (size_t)_i + 1));
	ck_assert(sum != checksum_add(1, bytes, (size_t)_i));
	for (size_t bit = 0; bit < (size_t)_i * 8; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		ck_assert(sum != checksum_add(0, bytes, (size_t)_i));
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
}
END_TEST

/* Zeros count, also at the end. */
START_TEST(test_zeros)
{
	static const unsigned char zeros[MOST] = { 0 };

	ck_assert(checksum_add(0, zeros, 8) != checksum_add(0, zeros, 9));
	ck_assert(checksum_add(0, zeros, 7) != checksum_add(0, zeros, 8));
	ck_assert(checksum_add(0, NULL, 0) == checksum_add(0, zeros, 0));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_differs, 0, MOST);
	tcase_add_test(tc, test_zeros);
}

CHECK_MAIN(checksum, add_tests)
