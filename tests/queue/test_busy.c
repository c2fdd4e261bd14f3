/* SPDX-License-Identifier: ISC */
#include "queue/busy.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

START_TEST(test_busy)
{
	int locked = open(tempdir_write("locked", "x", 0600), O_RDONLY | O_CLOEXEC);
	int shared = open(tempdir_write("shared", "x", 0600), O_RDONLY | O_CLOEXEC);
	int free_one = open(tempdir_write("free", "x", 0600), O_RDONLY | O_CLOEXEC);
	struct busy b;

	ck_assert_int_eq(flock(locked, LOCK_EX), 0);
	ck_assert_int_eq(flock(shared, LOCK_SH), 0);
	busy_read(&b);
	if (access("/proc/locks", R_OK) == 0)
		ck_assert(busy_is(&b, locked));
	ck_assert(!busy_is(&b, shared));
	ck_assert(!busy_is(&b, free_one));
	ck_assert(!busy_is(&b, -1));
	busy_clear(&b);
	ck_assert(!busy_is(&b, locked));

	ck_assert_int_eq(flock(locked, LOCK_UN), 0);
	busy_read(&b);
	ck_assert(!busy_is(&b, locked));
	busy_clear(&b);
	close(locked);
	close(shared);
	close(free_one);
	tempdir_remove();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_busy);
}

CHECK_MAIN(busy, add_tests)
