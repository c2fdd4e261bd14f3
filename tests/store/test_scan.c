/* SPDX-License-Identifier: ISC */
#include "store/scan.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct scan s;
static int cur = -1, new = -1;

static void setup(void)
{
	memset(&s, 0, sizeof(s));
	tempdir_write("cur/.x", "", 0600);
	tempdir_write("new/.x", "", 0600);
	cur = open(tempdir_path("cur"), O_RDONLY | O_DIRECTORY);
	new = open(tempdir_path("new"), O_RDONLY | O_DIRECTORY);
}

static void teardown(void)
{
	scan_clear(&s);
	close(cur);
	close(new);
	tempdir_remove();
}

static const char *name_of(const char *base)
{
	const struct scan_entry *e = scan_find(&s, span_str(base));

	return e ? e->name : NULL;
}

START_TEST(test_names)
{
	tempdir_write("new/1.a", "", 0600);
	tempdir_write("cur/2.a:2,S", "", 0600);
	tempdir_write("cur/:2,S", "", 0600);
	ck_assert_int_eq(scan_folder(&s, cur, new, &fault), 0);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_uint_eq(s.in_new, 1);
	ck_assert(!s.stable);
	ck_assert_str_eq(name_of("1.a"), "1.a");
	ck_assert_str_eq(name_of("2.a"), "2.a:2,S");
	ck_assert_ptr_null(name_of("2"));
	usleep(50000);
	ck_assert_int_eq(scan_folder(&s, cur, new, &fault), 0);
	ck_assert(s.stable);
}
END_TEST

/* By two names: two files are two messages, one file with two links is one. */
START_TEST(test_twins)
{
	tempdir_write("cur/1.a:2,S", "", 0600);
	tempdir_write("cur/1.a:2,F", "", 0600);
	tempdir_write("new/2.a", "", 0600);
	ck_assert_int_eq(linkat(new, "2.a", cur, "2.a:2,", 0), 0);
	ck_assert_int_eq(scan_folder(&s, cur, new, &fault), 0);
	ck_assert_uint_eq(s.twins, 1);
	ck_assert_str_eq(name_of("2.a"), "2.a:2,");
	ck_assert_uint_eq(s.in_new, 0);
}
END_TEST

/* What the second reading passed over is taken from the first, if it is there. */
START_TEST(test_missed)
{
	struct scan earlier = { 0 };

	tempdir_write("cur/1.a:2,", "", 0600);
	tempdir_write("cur/2.a:2,", "", 0600);
	tempdir_write("cur/3.a:2,", "", 0600);
	ck_assert_int_eq(scan_folder(&earlier, cur, new, &fault), 0);
	ck_assert_int_eq(unlinkat(cur, "1.a:2,", 0), 0);
	ck_assert_int_eq(unlinkat(cur, "2.a:2,", 0), 0);
	ck_assert_int_eq(scan_folder(&s, cur, new, &fault), 0);
	tempdir_write("cur/2.a:2,", "", 0600);
	scan_add_missed(&s, &earlier, cur, new);
	ck_assert_ptr_null(name_of("1.a"));
	ck_assert_str_eq(name_of("2.a"), "2.a:2,");
	ck_assert_str_eq(name_of("3.a"), "3.a:2,");
	scan_clear(&earlier);
}
END_TEST

START_TEST(test_unreadable)
{
	ck_assert_int_eq(scan_folder(&s, -1, new, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_uint_eq(s.n, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_twins);
	tcase_add_test(tc, test_missed);
	tcase_add_test(tc, test_unreadable);
}

CHECK_MAIN(scan, add_tests)
