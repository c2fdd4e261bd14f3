/* SPDX-License-Identifier: ISC */
#include "auth/seat.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static const uint8_t here[SEAT_CLIENT] = { [15] = 1 }, there[SEAT_CLIENT] = { [15] = 2 };
static int directory;

static void set_up(void)
{
	directory = open(tempdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void tear_down(void)
{
	close(directory);
	tempdir_remove();
}

static int open_file(void)
{
	struct fault f;
	int fd = seat_open(directory, "seats", &f);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Each open file is a holder, in whatever process. */
START_TEST(test_limit)
{
	int a = open_file(), b = open_file(), c = open_file(), d = open_file();
	struct fault f;

	ck_assert_int_eq(seat_take(a, SPAN("al"), here, 2, &f), 1);
	ck_assert_int_eq(seat_take(b, SPAN("al"), here, 2, &f), 1);
	ck_assert_int_eq(seat_take(c, SPAN("al"), here, 2, &f), 0);
	ck_assert_int_eq(seat_take(c, SPAN("al"), there, 2, &f), 1);
	ck_assert_int_eq(seat_take(d, SPAN("bo"), here, 1, &f), 1);
	close(a);
	a = open_file();
	ck_assert_int_eq(seat_take(a, SPAN("al"), here, 2, &f), 1);
	/* Given back while the file stays open; nobody else's. */
	seat_return(a);
	ck_assert_int_eq(seat_take(c, SPAN("al"), here, 2, &f), 1);
	ck_assert_int_eq(seat_take(a, SPAN("al"), here, 2, &f), 0);
	close(a);
	close(b);
	close(c);
	close(d);
}
END_TEST

/* However a process ends, its seat is free. */
START_TEST(test_killed)
{
	int fd = open_file(), status;
	struct fault f;
	pid_t pid = fork();

	if (pid == 0) {
		int own = open_file();

		if (seat_take(own, SPAN("al"), here, 1, &f) == 1 && seat_take(fd, SPAN("al"), here, 1, &f) == 0)
			raise(SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(seat_take(fd, SPAN("al"), here, 1, &f), 1);
	close(fd);
}
END_TEST

START_TEST(test_no_file)
{
	struct fault f;

	ck_assert_int_eq(symlinkat("/dev/null", directory, "link"), 0);
	ck_assert_int_eq(seat_open(directory, "link", &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_int_eq(seat_take(-1, SPAN("al"), here, 1, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_killed);
	tcase_add_test(tc, test_no_file);
}

CHECK_MAIN(seat, add_tests)
