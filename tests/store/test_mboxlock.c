/* SPDX-License-Identifier: ISC */
#include "store/mboxlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

/* Does another process get the lock of fcntl(2), at once? */
static bool is_free(const char *path, short type)
{
	struct flock whole = { .l_type = type, .l_whence = SEEK_SET };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open(path, O_RDWR);

		_exit(fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status == 0;
}

START_TEST(test_both)
{
	const char *path = tempdir_write("mbox", "", 0600);
	int fd = open(path, O_RDWR);
	struct lock l;
	struct fault f;

	for (int shared = 0; shared <= 1; shared++) {
		ck_assert_int_eq(mboxlock_take(&l, path, fd, shared, &f), 0);
		ck_assert_int_eq(access(tempdir_path("mbox.lock"), F_OK), 0);
		ck_assert(!is_free(path, F_WRLCK));
		ck_assert_int_eq(is_free(path, F_RDLCK), shared);
		lock_release(&l);
		ck_assert_int_ne(access(tempdir_path("mbox.lock"), F_OK), 0);
	}
	close(fd);
	ck_assert(is_free(path, F_WRLCK));
}
END_TEST

/* No file can be made there. */
START_TEST(test_without_dot)
{
	const char *path = tempdir_write("d/mbox", "", 0600);
	int fd = open(path, O_RDWR);
	struct lock l;
	struct fault f;

	/* Of root a child that is somebody else. */
	chmod(tempdir_path("d"), 0555);
	if (geteuid() != 0 || seteuid(65534) == 0) {
		ck_assert_int_eq(mboxlock_take(&l, path, fd, false, &f), 0);
		ck_assert(!l.held);
		if (getuid() == 0)
			ck_assert_int_eq(seteuid(0), 0);
		ck_assert(!is_free(path, F_RDLCK));
	}
	chmod(tempdir_path("d"), 0700);
	close(fd);
}
END_TEST

START_TEST(test_long_name)
{
	char path[PATH_MAX];
	struct lock l;
	struct fault f;

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(mboxlock_take(&l, path, -1, false, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_PERM);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_both);
	tcase_add_test(tc, test_without_dot);
	tcase_add_test(tc, test_long_name);
}

CHECK_MAIN(mboxlock, add_tests)
