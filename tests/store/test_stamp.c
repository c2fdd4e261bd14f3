/* SPDX-License-Identifier: ISC */
#include "store/stamp.h"

#include <fcntl.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

START_TEST(test_changes)
{
	struct timespec times[2] = { { .tv_sec = 1000, .tv_nsec = 5 }, { .tv_sec = 1000, .tv_nsec = 5 } };
	struct stamp before, after, none;
	int dir, fd;

	tempdir_write("f", "a", 0600);
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY);
	fd = open(tempdir_path("f"), O_RDWR | O_APPEND);
	ck_assert_int_eq(futimens(fd, times), 0);
	ck_assert_int_eq(stamp_at(dir, "f", &before), 0);
	ck_assert_int_eq(stamp_of(fd, &after), 0);
	ck_assert(stamp_is(&before, &after));
	ck_assert_int_eq(before.mtime_ns, INT64_C(1000000000005));
	/* The same time, another length. */
	ck_assert_int_eq(write(fd, "b", 1), 1);
	ck_assert_int_eq(futimens(fd, times), 0);
	ck_assert_int_eq(stamp_of(fd, &after), 0);
	ck_assert(!stamp_is(&before, &after));
	ck_assert_int_eq(stamp_at(dir, "none", &none), 0);
	ck_assert_int_eq(none.mtime_ns, 0);
	ck_assert(!stamp_is(&none, &after));
	ck_assert_int_eq(stamp_of(-1, &none), -1);
	close(fd);
	close(dir);
	tempdir_remove();
}
END_TEST

START_TEST(test_age)
{
	struct stamp s = { .mtime_ns = INT64_C(5000000999) };

	ck_assert(stamp_is_older(&s, 5000000 + 2000, 2));
	ck_assert(!stamp_is_older(&s, 5000000 + 1999, 2));
	/* A time that is still to come is never old. */
	ck_assert(!stamp_is_older(&s, 1000000, 2));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_changes);
	tcase_add_test(tc, test_age);
}

CHECK_MAIN(stamp, add_tests)
