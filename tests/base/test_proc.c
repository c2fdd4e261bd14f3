/* SPDX-License-Identifier: ISC */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"

static struct account nobody(void)
{
	static struct arena a;
	struct account who;
	struct fault f;

	ck_assert_int_eq(account_find(&a, "nobody", &who, &f), 1);
	return who;
}

static struct account me(void)
{
	return (struct account){
		.name = "me", .uid = geteuid(), .gid = getegid(), .home = "/", .full_name = "", .mail = ""
	};
}

struct shell_row {
	const char *shell;
	const char *output;
	int code; /* exit code, or minus the signal */
};

static const struct shell_row shell_rows[] = {
	{ "exit 0", "", 0 },
	{ "echo out; echo err >&2; exit 75", "out\nerr\n", 75 },
	{ "cat", "input", 0 },
	{ "kill -9 $$", "", -SIGKILL },
	{ "umask", "0077\n", 0 },
	{ "echo $A-$B", "1-two words\n", 0 },
	{ "pwd", "/usr\n", 0 },
	/* Only the standard descriptors, and the one that ls opens, are there. */
	{ "ls /proc/self/fd | tr '\\n' ' '", "0 1 2 3 ", 0 },
	/* Signals 32 and 33 are the C library's: whoever runs the tests may ignore them, and nobody can change it. */
	{ "grep -E 'SigIgn|SigBlk' /proc/self/status | tr -d '\\t\\n' | sed 's/00018\\(0*\\)$/00000\\1/'",
	  "SigBlk:0000000000000000SigIgn:0000000000000000", 0 },
	/* A session of its own: the number of the session is the shell's. */
	{ "test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo leader", "leader\n", 0 },
	/* What goes on in the background is not waited for, even if it holds the pipe. */
	{ "sleep 5 & echo gone", "gone\n", 0 },
	{ "exec 1>&- 2>&-; sleep 0.1; exit 3", "", 3 },
};

static int run(const struct proc_command *c, struct buf *output, int *status, struct fault *f)
{
	int ends[2], rc;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "input", 5), 5);
	close(ends[1]);
	struct proc_command with = *c;

	with.input = ends[0];
	if (with.time_limit == 0)
		with.time_limit = 20;
	rc = proc_run(&with, output, status, f);
	close(ends[0]);
	return rc;
}

START_TEST(test_shell)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "A=1", "B=two words", NULL };
	const struct shell_row *row = &shell_rows[_i];
	struct proc_command c = { .shell = row->shell, .env = env, .dir = "/usr" };
	struct buf out;
	struct fault f;
	int status, extra = open("/dev/null", O_RDONLY); /* inherited, unless it is closed */
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	proc_ignore_sigpipe();
	buf_init(&out, 1000);
	ck_assert_int_eq(run(&c, &out, &status, &f), 0);
	ck_assert_int_eq(WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), row->code);
	ck_assert_str_eq(buf_str(&out), row->output);
	buf_clear(&out);
	close(extra);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}
END_TEST

START_TEST(test_errors_apart)
{
	const struct proc_command c = {
		.shell = "echo out; echo err >&2", .input = -1, .time_limit = 10, .errors_apart = true
	};
	struct buf output;
	struct fault f;
	int status;

	buf_init(&output, 100);
	ck_assert_int_eq(proc_run(&c, &output, &status, &f), 0);
	ck_assert_str_eq(buf_str(&output), "out\n");
	buf_clear(&output);
}
END_TEST

START_TEST(test_argv)
{
	/* No shell is between: blanks and shell characters arrive as they are. */
	const char *const argv[] = { "printf", "%s|", "a b", "$(id)", "-x", NULL };
	struct proc_command c = { .argv = argv };
	struct buf out;
	struct fault f;
	int status;

	buf_init(&out, 1000);
	ck_assert_int_eq(run(&c, &out, &status, &f), 0);
	ck_assert_str_eq(buf_str(&out), "a b|$(id)|-x|");
	buf_clear(&out);
}
END_TEST

START_TEST(test_cannot_start)
{
	const char *const missing[] = { "/nonexistent/program", NULL };
	const struct {
		struct proc_command c;
		const char *text;
	} rows[] = {
		{ { .argv = missing },
		  "the command cannot be executed: /nonexistent/program: No such file or directory" },
		{ { .shell = "true", .dir = "/nonexistent" },
		  "the command cannot enter its directory: true: No such file or directory" },
	};
	struct fault f;
	int status;

	for (int i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(run(&rows[i].c, NULL, &status, &f), -1);
		ck_assert_str_eq(f.text, rows[i].text);
		ck_assert_int_eq(f.kind, FAULT_TEMP);
	}
}
END_TEST

/* 4 MB of output: read to the end, PROC_OUTPUT_MAX bytes kept, never an overflow. */
START_TEST(test_output_limit)
{
	static const size_t max[] = { 100000, 100 };
	struct proc_command c = { .shell = "head -c 4000000 /dev/zero | tr '\\0' x; echo end >&2; exit 4" };

	for (int i = 0; i < COUNT(max); i++) {
		struct buf out;
		struct fault f;
		int status;

		buf_init(&out, max[i]);
		ck_assert_int_eq(run(&c, &out, &status, &f), 0);
		ck_assert_uint_eq(out.n, max[i] < PROC_OUTPUT_MAX ? max[i] : PROC_OUTPUT_MAX);
		ck_assert(!out.overflow);
		ck_assert_int_eq(WEXITSTATUS(status), 4);
		buf_clear(&out);
	}
}
END_TEST

static bool is_alive(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	stat = fopen(path, "r");
	if (!stat)
		return false;
	if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(stat);
	return state != 'Z';
}

/* The time limit ends the whole group: one that ignores TERM, its children, and one that writes without end. */
START_TEST(test_time_limit)
{
	static const char *const shells[] = {
		"sleep 100 & echo $!; exec sleep 100",
		"trap '' TERM; sleep 100 & echo $!; while :; do sleep 1; done",
		"sleep 100 & echo $!; exec yes",
	};
	struct proc_command c = { .shell = shells[_i], .time_limit = 1 };
	int64_t start = clock_mono_ms();
	struct buf out;
	struct fault f;
	int status;
	pid_t pid;

	buf_init(&out, 10000);
	ck_assert_int_eq(run(&c, &out, &status, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert(strstr(f.text, "took longer than 1 seconds"));
	ck_assert_int_ge(clock_mono_ms() - start, 1000);
	ck_assert_int_lt(clock_mono_ms() - start, 50000);
	pid = (pid_t)strtol(buf_str(&out), NULL, 10);
	ck_assert_int_gt(pid, 1);
	for (int i = 0; i < 2000 && is_alive(pid); i++)
		usleep(10000);
	ck_assert(!is_alive(pid));
	buf_clear(&out);
}
END_TEST

/* Without descriptors 0 to 2 the pipes must not end up as the child's input or output by accident. */
START_TEST(test_closed_standard_descriptors)
{
	int saved[3], status, rc;
	struct proc_command c = { .shell = "cat; echo out; echo err >&2", .input = -1, .time_limit = 20 };
	struct buf out;
	struct fault f;

	buf_init(&out, 1000);
	for (int fd = 0; fd < 3; fd++)
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 50);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	rc = proc_run(&c, &out, &status, &f);
	for (int fd = 0; fd < 3; fd++) {
		ck_assert_int_ge(saved[fd], 0);
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_str_eq(buf_str(&out), "out\nerr\n");
	buf_clear(&out);
}
END_TEST

/* Nothing stays open in the parent, whether the command ran or not. */
START_TEST(test_no_descriptor_is_left)
{
	const char *const missing[] = { "/nonexistent/program", NULL };
	struct proc_command c[] = { { .shell = "true" }, { .argv = missing } };
	int before = open("/dev/null", O_RDONLY), after, status;

	close(before);
	for (int i = 0; i < COUNT(c); i++)
		run(&c[i], NULL, &status, NULL);
	after = open("/dev/null", O_RDONLY);
	close(after);
	ck_assert_int_eq(before, after);
}
END_TEST

/* Our limit is raised, and a command's is what it was. */
START_TEST(test_files)
{
	struct rlimit before, now;
	int status;
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 100, before.rlim_max }), 0);
	ck_assert_uint_eq(proc_raise_files(50), 100);
	getrlimit(RLIMIT_NOFILE, &now);
	ck_assert_uint_eq(now.rlim_cur, 100);
	ck_assert_uint_eq(proc_raise_files(120), 120);
	getrlimit(RLIMIT_NOFILE, &now);
	ck_assert_uint_eq(now.rlim_cur, 120);
	ck_assert_int_eq(run(&(struct proc_command){ .shell = "ulimit -n" }, &out, &status, NULL), 0);
	ck_assert_str_eq(buf_str(&out), "100\n");
	proc_restore_files();
	getrlimit(RLIMIT_NOFILE, &now);
	ck_assert_uint_eq(now.rlim_cur, 100);
	/* No more than the hard limit. */
	ck_assert_uint_eq(proc_raise_files((unsigned long)RLIM_INFINITY), before.rlim_max);
	getrlimit(RLIMIT_NOFILE, &now);
	ck_assert_uint_eq(now.rlim_cur, before.rlim_max);
	setrlimit(RLIMIT_NOFILE, &before);
	buf_clear(&out);
}
END_TEST

START_TEST(test_own_rights)
{
	struct account who = me();
	struct fault f;

	ck_assert(proc_is(&who));
	ck_assert(proc_may_be(&who));
	ck_assert_int_eq(proc_assume(&who, &f), 0);
	ck_assert_int_eq(geteuid(), who.uid);
	proc_restore();
	ck_assert_int_eq(proc_drop(&who, &f), 0);
}
END_TEST

/* Run `body` in a child; its exit code. */
static int in_child(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(body());
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int assume_and_restore(void)
{
	struct account who = nobody(), root = me();
	gid_t before[100], groups[100];
	int n = getgroups(100, before);
	struct fault f;

	if (proc_assume(&who, &f) < 0)
		return 1;
	if (geteuid() != who.uid || getegid() != who.gid || getuid() != 0)
		return 2;
	if (getgroups(100, groups) != 1 || groups[0] != who.gid)
		return 3;
	if (open("/etc/shadow", O_RDONLY) >= 0)
		return 4;
	if (proc_is(&who) || !proc_is(&root) || !proc_may_be(&who))
		return 5;
	if (proc_run(&(struct proc_command){ .shell = "true", .time_limit = 5 }, NULL, &(int){ 0 }, &f) == 0 ||
	    f.kind != FAULT_BUG)
		return 6;
	proc_restore();
	if (geteuid() != 0 || getegid() != root.gid || getgroups(100, groups) != n ||
	    memcmp(before, groups, (size_t)n * sizeof(*groups)) != 0)
		return 7;
	proc_restore();
	return 0;
}

static int drop_for_good(void)
{
	struct account who = nobody(), root = { .name = "root", .uid = 0, .gid = 0 };
	struct fault f;

	if (proc_drop(&who, &f) < 0)
		return 1;
	if (getuid() != who.uid || geteuid() != who.uid || getgid() != who.gid || getgroups(0, NULL) != 1)
		return 2;
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0)
		return 3;
	if (proc_may_be(&root) || proc_assume(&root, &f) == 0)
		return 4;
	if (f.kind != FAULT_TEMP || !strstr(f.text, "not permitted to act as root"))
		return 5;
	return proc_drop(&root, &f) == 0 ? 6 : 0;
}

/* A virtual account does not get the groups of a system account that happens to have its name. */
static int assume_namesake(void)
{
	struct account who = { .name = "root", .uid = 12345, .gid = 12346 };
	gid_t groups[100];
	struct fault f;

	if (setgroups(2, (gid_t[]){ 0, 4 }) < 0 || proc_assume(&who, &f) < 0)
		return 1;
	return geteuid() == 12345 && getgroups(100, groups) == 1 && groups[0] == 12346 ? 0 : 2;
}

static int run_as_nobody(void)
{
	struct account who = nobody();
	struct proc_command c = { .shell = "id -u; id -G; id -ru", .as = &who, .input = -1, .time_limit = 20 };
	struct buf out;
	struct fault f;
	char want[100];
	int status;

	buf_init(&out, 1000);
	if (proc_run(&c, &out, &status, &f) < 0 || status != 0)
		return 1;
	snprintf(want, sizeof(want), "%u\n%u\n%u\n", who.uid, who.gid, who.uid);
	return strcmp(buf_str(&out), want) == 0 && geteuid() == 0 ? 0 : 2;
}

/* Every file can be read, and none be written; nobody else's rights can be taken. */
static int keep_reading(void)
{
	struct account root = { .name = "root", .uid = 0, .gid = 0 };
	struct fault f;

	if (proc_keep_reading(65534, 65534, &f) < 0)
		return 1;
	if (getuid() != 65534 || geteuid() != 65534 || getegid() != 65534 || getgroups(0, NULL) != 0)
		return 2;
	if (open("/etc/shadow", O_RDONLY | O_CLOEXEC) < 0)
		return 3;
	if (open("/etc/shadow", O_RDWR | O_CLOEXEC) >= 0 || setuid(0) == 0 || chown("/tmp", 65534, 65534) == 0)
		return 4;
	return proc_drop(&root, &f) == 0 ? 5 : 0;
}

/* As somebody else without rights, until it is known whom to become; then for good, without any. */
static int suspend_and_drop(void)
{
	struct account who = { .name = "virtual@example", .uid = 65533, .gid = 65532 };
	struct fault f;

	if (proc_suspend(65534, 65534, &f) < 0 || geteuid() != 65534 || getegid() != 65534 || getgroups(0, NULL) != 0)
		return 1;
	if (open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0 || chown("/tmp", 65534, 65534) == 0)
		return 2;
	if (proc_resume(&f) < 0 || geteuid() != 0 || chown("/tmp", 65534, 65534) == 0 || kill(getppid(), 0) < 0)
		return 3;
	if (proc_drop(&who, &f) < 0 || getuid() != 65533 || getgid() != 65532)
		return 4;
	return setuid(0) == 0 || seteuid(65534) == 0 || setgid(65534) == 0 || proc_resume(&f) < 0 || getuid() != 65533
		       ? 5
		       : 0;
}

START_TEST(test_rights_of_others)
{
	static int (*const bodies[])(void) = { assume_and_restore, drop_for_good, assume_namesake,
					       run_as_nobody,	   keep_reading,  suspend_and_drop };

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(in_child(bodies[_i]), 0);
}
END_TEST

/* The child of proc_detach is the leader of a session, without our standard descriptors. */
static void __attribute__((noreturn)) detach(int report)
{
	int rc = proc_detach(NULL);
	struct stat null, st;

	if (rc != 0)
		_exit(rc == 1 ? 0 : 9);
	if (stat("/dev/null", &null) < 0 || getsid(0) != getpid())
		_exit(1);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &st) < 0 || st.st_rdev != null.st_rdev)
			_exit(2);
	_exit(write(report, "fine", 4) == 4 ? 0 : 3);
}

START_TEST(test_detach)
{
	char got[5] = "";
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		detach(ends[1]);
	close(ends[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(ends[0], got, 4), 4);
	ck_assert_str_eq(got, "fine");
	close(ends[0]);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_shell, 0, COUNT(shell_rows));
	tcase_add_test(tc, test_errors_apart);
	tcase_add_test(tc, test_argv);
	tcase_add_test(tc, test_cannot_start);
	tcase_add_test(tc, test_output_limit);
	tcase_add_loop_test(tc, test_time_limit, 0, 3);
	tcase_add_test(tc, test_closed_standard_descriptors);
	tcase_add_test(tc, test_no_descriptor_is_left);
	tcase_add_test(tc, test_files);
	tcase_add_test(tc, test_own_rights);
	tcase_add_loop_test(tc, test_rights_of_others, 0, 6);
	tcase_add_test(tc, test_detach);
}

CHECK_MAIN(proc, add_tests)
