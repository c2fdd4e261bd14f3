/* SPDX-License-Identifier: ISC */
#include "base/machine.h"

#include "support/check_main.h"

/* The compiler's own answer, which has another way to it. */
START_TEST(test_like_compiler)
{
#if defined(__x86_64__) || defined(__i386__)
	ck_assert_int_eq(machine_has_ssse3(), __builtin_cpu_supports("ssse3") != 0);
	ck_assert_int_eq(machine_has_avx2(), __builtin_cpu_supports("avx2") != 0);
#else
	ck_assert(!machine_has_ssse3());
	ck_assert(!machine_has_avx2());
#endif
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_like_compiler);
}

CHECK_MAIN(machine, add_tests)
