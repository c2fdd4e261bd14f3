/* SPDX-License-Identifier: ISC */
#include "base/names.h"

#include "base/account.h"
#include "support/check_main.h"

/* Who is in the files is found afterwards; static binaries are asked by the CI's variants. */
START_TEST(test_init)
{
	struct arena a = { 0 };
	struct account root;

	names_init();
	ck_assert_int_eq(account_find(&a, "root", &root, NULL), 1);
	ck_assert_uint_eq(root.uid, 0);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_init);
}

CHECK_MAIN(names, add_tests)
