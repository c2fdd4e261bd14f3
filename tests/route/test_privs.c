/* SPDX-License-Identifier: ISC */
#include "route/privs.h"

#include "support/check_main.h"

struct row {
	const char *name;
	const char *fault; /* NULL: found */
};

static const struct row rows[] = {
	{ "nobody", NULL },
	{ "", "default_privs: there is no account \"\"" },
	{ NULL, "default_privs: there is no account \"\"" },
	{ "no-such-account", "default_privs: there is no account \"no-such-account\"" },
	{ "root", "default_privs: root has root's rights" },
};

START_TEST(test_default)
{
	const struct row *row = &rows[_i];
	struct arena a = { 0 };
	struct account who;
	struct fault f;
	int rc = privs_find_default(&a, row->name, &who, &f);

	ck_assert_int_eq(rc, row->fault ? -1 : 0);
	if (rc < 0) {
		ck_assert_str_eq(f.text, row->fault);
		ck_assert_int_eq(f.kind, FAULT_TEMP);
	} else {
		ck_assert_str_eq(who.name, row->name);
		ck_assert_uint_ne(who.uid, 0);
		ck_assert_str_eq(who.home, "/");
	}
	arena_clear(&a);
}
END_TEST

START_TEST(test_owner)
{
	struct stat st = { .st_uid = 4000000000U, .st_gid = 77 };
	struct arena a = { 0 };
	struct account who;
	struct fault f;

	ck_assert_int_eq(privs_find_owner(&a, &st, &who, &f), 0);
	ck_assert_str_eq(who.name, "#4000000000");
	ck_assert_uint_eq(who.uid, 4000000000U);
	ck_assert_uint_eq(who.gid, 77);
	st.st_uid = 0;
	ck_assert_int_eq(privs_find_owner(&a, &st, &who, &f), 0);
	ck_assert_str_eq(who.name, "root");
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_default, 0, COUNT(rows));
	tcase_add_test(tc, test_owner);
}

CHECK_MAIN(privs, add_tests)
