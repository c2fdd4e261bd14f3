/* SPDX-License-Identifier: ISC */
#include "net/online.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check_main.h"

enum { NO_NAMESPACE = 2 };

static int look_alone(bool loopback)
{
	struct ifreq lo = { .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 && unshare(CLONE_NEWNET) < 0)
		return NO_NAMESPACE;
	memcpy(lo.ifr_name, "lo", sizeof("lo"));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (loopback && (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0))
		return NO_NAMESPACE;
	return online();
}

/* Where there is nothing but the loopback interface there is no network. */
START_TEST(test_alone)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(look_alone(_i));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_ne(WEXITSTATUS(status), 1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_alone, 0, 2);
}

CHECK_MAIN(online, add_tests)
