/* SPDX-License-Identifier: ISC */
#include "base/enclose.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

enum { CANNOT = 99 };

#if defined(__x86_64__) || defined(__aarch64__)
static const bool has_filter = true;
#else
static const bool has_filter = false;
#endif

static const char *inside, *outside, *from;

static bool has_landlock(void)
{
#ifdef SYS_landlock_create_ruleset
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 2;
#else
	return false;
#endif
}

static int write_in(const char *dir)
{
	int fd, at = open(dir, O_PATH | O_DIRECTORY);

	fd = openat(at, "new", O_WRONLY | O_CREAT, 0600);
	return fd < 0 ? errno : 0;
}

/* Each: errno, or 0. */
static int try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int try_mount(void)
{
	return mount("none", outside, "tmpfs", 0, NULL) < 0 ? errno : 0;
}

static int try_unshare(void)
{
	return unshare(CLONE_NEWUSER) < 0 ? errno : 0;
}

static int try_execute(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int try_write_inside(void)
{
	return write_in(inside);
}

static int try_write_outside(void)
{
	return write_in(outside);
}

static int try_link(void)
{
	char to[4200];

	if (write_in(inside) != 0)
		return CANNOT;
	snprintf(to, sizeof(to), "%s/sub/new", inside);
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0) < 0 ? errno : 0;
}

static int try_read_outside(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

static int try_socket(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0 ? errno : 0;
}

static int try_fork(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : CANNOT;
}

static int try_load(void)
{
	return dlopen("libm.so.6", RTLD_NOW) || dlopen("libc.so", RTLD_NOW) ? 0 : CANNOT;
}

static int try_null(void)
{
	return open("/dev/null", O_RDWR) < 0 ? errno : 0;
}

static int try_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : CANNOT;
}

enum need { NOTHING, FILTER, LANDLOCK };

static const struct {
	int (*attempt)(void);
	int want;
	enum need need;
} rows[] = {
	{ try_ptrace, EPERM, FILTER },
	{ try_mount, EPERM, FILTER },
	{ try_unshare, EPERM, FILTER },
	{ try_execute, EPERM, FILTER },
	{ try_write_outside, EACCES, LANDLOCK },
	{ try_write_inside, 0, NOTHING },
	{ try_link, 0, NOTHING },
	{ try_read_outside, 0, NOTHING },
	{ try_socket, 0, NOTHING },
	{ try_fork, 0, NOTHING },
	{ try_load, 0, NOTHING },
	{ try_null, 0, NOTHING },
	{ try_privileges, 0, NOTHING },
};

static void prepare(void)
{
	inside = tempdir_path("inside");
	outside = tempdir_path("outside");
	from = tempdir_path("inside/new");
	mkdir(inside, 0700);
	mkdir(outside, 0700);
	mkdir(tempdir_path("inside/sub"), 0700);
}

/* The exit code of a child that is enclosed and tries it. */
static int run_child(int (*attempt)(void), const struct enclosure *e)
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(enclose(e, NULL) < 0 ? CANNOT : attempt());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

START_TEST(test_denied)
{
	struct enclosure e = { .write = NULL };

	prepare();
	e.write = inside;
#ifdef __SANITIZE_ADDRESS__
	if (rows[_i].attempt == try_ptrace)
		return;
#endif
	if ((rows[_i].need == FILTER && !has_filter) || (rows[_i].need == LANDLOCK && !has_landlock()))
		return;
	ck_assert_int_eq(run_child(rows[_i].attempt, &e), rows[_i].want);
}
END_TEST

static int try_etc(void)
{
	return open("/etc/letterbox-test", O_WRONLY | O_CREAT | O_EXCL, 0600) < 0 ? errno : 0;
}

/* Mailboxes may be anywhere, but not among the system's files. */
START_TEST(test_anywhere)
{
	struct enclosure e = { .writes_mailboxes = true, .may_execute = true };

	prepare();
	ck_assert_int_eq(run_child(try_write_inside, &e), 0);
	ck_assert_int_eq(run_child(try_execute, &e), 0);
	if (has_landlock())
		ck_assert_int_eq(run_child(try_etc, &e), EACCES);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_denied, 0, COUNT(rows));
	tcase_add_test(tc, test_anywhere);
}

CHECK_MAIN(enclose, add_tests)
