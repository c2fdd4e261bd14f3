/* SPDX-License-Identifier: ISC */
#include "base/account.h"

#include <unistd.h>

#include "support/check_main.h"

START_TEST(test_find)
{
	struct arena a = { 0 };
	struct account root, same;
	struct fault f;

	ck_assert_int_eq(account_find(&a, "root", &root, &f), 1);
	ck_assert_str_eq(root.name, "root");
	ck_assert_uint_eq(root.uid, 0);
	ck_assert_int_eq(root.home[0], '/');
	ck_assert_str_eq(root.mail, "");
	ck_assert_ptr_nonnull(root.full_name);
	ck_assert_int_eq(account_find_uid(&a, 0, &same, &f), 1);
	ck_assert_str_eq(same.name, "root");
	arena_clear(&a);
}
END_TEST

START_TEST(test_missing)
{
	static const char *const names[] = { "no-such-account", "", "root:x", "../root", "ROOT", "root\n", "-f" };
	struct arena a = { 0 };
	struct account out = { .name = "untouched" };
	struct fault f;

	for (int i = 0; i < COUNT(names); i++)
		ck_assert_msg(account_find(&a, names[i], &out, &f) == 0, "%s", names[i]);
	ck_assert_int_eq(account_find_uid(&a, 4000000000U, &out, &f), 0);
	ck_assert_str_eq(out.name, "untouched");
	arena_clear(&a);
}
END_TEST

START_TEST(test_group)
{
	struct fault f;
	gid_t gid = 77;

	ck_assert_int_eq(account_find_group("root", &gid, &f), 1);
	ck_assert_uint_eq(gid, 0);
	gid = 77;
	ck_assert_int_eq(account_find_group("no-such-group", &gid, &f), 0);
	ck_assert_uint_eq(gid, 77);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_missing);
	tcase_add_test(tc, test_group);
}

CHECK_MAIN(account, add_tests)
