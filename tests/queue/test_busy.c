/* SPDX-License-Identifier: ISC */
#include "queue/busy.h"

#include <fcntl.h>
#include <stdio.h>
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

/* Who they are is found among many, and a lock of fcntl(2) is none. */
START_TEST(test_many)
{
	enum { FILES = 60 };
	int fds[FILES];
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct busy b;

	for (int i = 0; i < FILES; i++) {
		char name[20];

		snprintf(name, sizeof(name), "%d", i);
		fds[i] = open(tempdir_write(name, "x", 0600), O_RDWR | O_CLOEXEC);
		ck_assert_int_eq(i % 2 ? flock(fds[i], LOCK_EX) : fcntl(fds[i], F_SETLK, &whole), 0);
	}
	busy_read(&b);
	for (int i = 0; i < FILES; i++) {
		if (i % 2 == 0 || access("/proc/locks", R_OK) == 0)
			ck_assert_int_eq(busy_is(&b, fds[i]), i % 2);
		close(fds[i]);
	}
	busy_clear(&b);
	tempdir_remove();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_busy);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(busy, add_tests)
