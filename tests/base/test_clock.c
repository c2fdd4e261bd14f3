/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

#include "support/check_main.h"

START_TEST(test_wall)
{
	time_t before = time(NULL);
	int64_t us = clock_wall_us(), s = clock_wall();
	time_t after = time(NULL);

	/* time(2) may use the coarse clock, which lags by a tick. */
	ck_assert_int_ge(us / 1000000, before);
	ck_assert_int_le(us / 1000000, after + 1);
	ck_assert_int_ge(s, us / 1000000);
	ck_assert_int_le(s, after + 1);
}
END_TEST

START_TEST(test_mono_advances)
{
	int64_t start = clock_mono_ms();

	nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000000 }, NULL);
	ck_assert_int_ge(clock_mono_ms() - start, 19);
	ck_assert_int_lt(clock_mono_ms() - start, 10000);
}
END_TEST

START_TEST(test_until)
{
	int64_t now = clock_mono_ms();

	ck_assert_int_eq(clock_until_ms(now - 5), 0);
	ck_assert_int_eq(clock_until_ms(INT64_MIN / 2), 0);
	ck_assert_int_eq(clock_until_ms(INT64_MAX / 2), INT_MAX);
	ck_assert_int_gt(clock_until_ms(now + 60000), 50000);
	ck_assert_int_le(clock_until_ms(now + 60000), 60000);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_wall);
	tcase_add_test(tc, test_mono_advances);
	tcase_add_test(tc, test_until);
}

CHECK_MAIN(clock, add_tests)
