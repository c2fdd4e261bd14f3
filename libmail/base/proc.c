/* SPDX-License-Identifier: ISC */
/*
 * proc - whose rights a process has, and running commands.
 *
 * Rights are worked out before a fork and before any id changes: looking up
 * groups may read files that the account itself cannot read.
 */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { GROUPS_MAX = 1024, RIGHTS_SECONDS = 10, RIGHTS_NAME_MAX = 256 };

struct rights {
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	int ngroups;
};

/* What the process was before proc_assume(). */
static struct rights own;
static bool assumed;

/* And before proc_raise_files(). */
static struct rlimit own_files;
static bool raised;

static uid_t own_uid(void)
{
	return assumed ? own.uid : geteuid();
}

static int cannot_become(const struct account *who, struct fault *f)
{
	return fault_errno(f, "cannot become %s (user id %ju, group id %ju)", who->name, (uintmax_t)who->uid,
			   (uintmax_t)who->gid);
}

/* Is it the system's account of that name, so that the group file speaks of the same person? */
static int is_system_account(const struct account *who, struct fault *f)
{
	struct arena a = { 0 };
	struct account found;
	/* The names of virtual accounts are addresses; no module of nsswitch.conf needs to be loaded to know. */
	int rc = who->is_virtual || strchr(who->name, '@') ? 0 : account_find(&a, who->name, &found, f);

	if (rc == 1)
		rc = found.uid == who->uid;
	arena_clear(&a);
	return rc;
}

static int find_rights(const struct account *who, struct rights *r, struct fault *f)
{
	int rc = is_system_account(who, f);

	if (rc < 0)
		return -1;
	r->uid = who->uid;
	r->gid = who->gid;
	r->ngroups = 1;
	r->groups[0] = who->gid;
	if (rc == 0)
		return 0;
	r->ngroups = GROUPS_MAX;
	if (getgrouplist(who->name, who->gid, r->groups, &r->ngroups) < 0)
		return fault_temp(f, 451, "4.3.5", "%s is in more than %d groups", who->name, GROUPS_MAX);
	return 0;
}

/*
 * Mail comes in runs for the same people, and to ask the system for an account's groups costs more than to
 * deliver a message: the last answer holds for RIGHTS_SECONDS.
 */
static int find_rights_again(const struct account *who, const struct rights **out, struct fault *f)
{
	static struct {
		char name[RIGHTS_NAME_MAX];
		struct rights rights;
		int64_t until; /* monotonic, milliseconds */
	} last;
	int64_t now = clock_mono_ms();
	bool is_same = last.until > now && strcmp(last.name, who->name) == 0 && last.rights.uid == who->uid &&
		       last.rights.gid == who->gid;

	*out = &last.rights;
	if (is_same)
		return 0;
	last.until = 0;
	if (find_rights(who, &last.rights, f) < 0)
		return -1;
	if (strlen(who->name) < sizeof(last.name)) {
		memcpy(last.name, who->name, strlen(who->name) + 1);
		last.until = now + RIGHTS_SECONDS * 1000;
	}
	return 0;
}

static int set_groups(const struct rights *r)
{
	return setgroups((size_t)r->ngroups, r->groups);
}

static int not_permitted(const struct account *who, struct fault *f)
{
	return fault_temp(f, 451, "4.3.5", "not permitted to act as %s: this process has user id %ju", who->name,
			  (uintmax_t)own_uid());
}

bool proc_is(const struct account *who)
{
	return who->uid == own_uid();
}

bool proc_may_be(const struct account *who)
{
	return own_uid() == 0 || proc_is(who);
}

static int remember_own(struct fault *f)
{
	own.uid = geteuid();
	own.gid = getegid();
	own.ngroups = getgroups(GROUPS_MAX, own.groups);
	return own.ngroups < 0 ? fault_errno(f, "cannot read this process's groups") : 0;
}

int proc_assume(const struct account *who, struct fault *f)
{
	const struct rights *r;

	proc_restore();
	if (proc_is(who))
		return 0;
	if (!proc_may_be(who))
		return not_permitted(who, f);
	if (find_rights_again(who, &r, f) < 0 || remember_own(f) < 0)
		return -1;
	/* The user id last: without it there is no right to change the others. */
	assumed = true;
	if (set_groups(r) == 0 && setegid(r->gid) == 0 && seteuid(r->uid) == 0)
		return 0;
	cannot_become(who, f);
	proc_restore();
	return -1;
}

void proc_restore(void)
{
	if (!assumed)
		return;
	if (seteuid(own.uid) < 0 || setegid(own.gid) < 0 || set_groups(&own) < 0)
		abort();
	assumed = false;
}

/* All three ids of each kind, and proof that they stay so. Async-signal-safe. */
static int become(const struct rights *r)
{
	uid_t real, effective, saved;

	if (set_groups(r) < 0 || setresgid(r->gid, r->gid, r->gid) < 0 || setresuid(r->uid, r->uid, r->uid) < 0)
		return -1;
	if (getresuid(&real, &effective, &saved) < 0)
		return -1;
	if (real == r->uid && effective == r->uid && saved == r->uid && (r->uid == 0 || setuid(0) < 0))
		return 0;
	errno = EPERM;
	return -1;
}

int proc_drop(const struct account *who, struct fault *f)
{
	struct rights r;

	proc_restore();
	if (proc_is(who))
		return 0;
	if (!proc_may_be(who))
		return not_permitted(who, f);
	if (find_rights(who, &r, f) < 0)
		return -1;
	return become(&r) < 0 ? cannot_become(who, f) : 0;
}

unsigned long proc_raise_files(unsigned long wanted)
{
	struct rlimit now, more;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return wanted;
	if (now.rlim_cur >= wanted)
		return now.rlim_cur;
	if (!raised)
		own_files = now;
	more = now;
	more.rlim_cur = more.rlim_max < wanted ? more.rlim_max : wanted;
	if (setrlimit(RLIMIT_NOFILE, &more) < 0)
		return now.rlim_cur;
	raised = true;
	return more.rlim_cur;
}

void proc_restore_files(void)
{
	if (raised)
		setrlimit(RLIMIT_NOFILE, &own_files);
	raised = false;
}

void proc_ignore_sigpipe(void)
{
	sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
}

int proc_detach(struct fault *f)
{
	pid_t pid;
	int null;

	/* What waits in stdio would be written twice. */
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fault_errno(f, "cannot fork");
	if (pid > 0)
		return 1;
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return fault_errno(f, "cannot open /dev/null");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fd != null && dup2(null, fd) < 0)
			return fault_errno(f, "cannot replace descriptor %d", fd);
	if (null > STDERR_FILENO)
		close(null);
	else
		fcntl(null, F_SETFD, 0);
	return 0;
}

/* What the child could not do before the command ran, sent through a pipe that the exec closes. */
struct report {
	int error;
	char what[32];
};

enum { REPORT_FD = STDERR_FILENO + 1, MOVED_FD = 16 };

/* The descriptors of a run; -1 where there is none. */
struct channels {
	int input;     /* the child's */
	int output[2]; /* read end, write end */
	int report[2];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_channels(struct channels *ch)
{
	close_fd(&ch->input);
	for (int i = 0; i < 2; i++) {
		close_fd(&ch->output[i]);
		close_fd(&ch->report[i]);
	}
}

/* A close-on-exec copy that is out of the way of 0 to 3, which the child puts in order by dup2(). */
static int move_up(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, MOVED_FD);
}

static int make_pipe(int ends[2])
{
	int low[2];

	if (pipe2(low, O_CLOEXEC) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		ends[i] = move_up(low[i]);
		close(low[i]);
	}
	if (ends[0] < 0 || ends[1] < 0)
		return -1;
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

static int open_channels(struct channels *ch, int input)
{
	int fd = input >= 0 ? input : open("/dev/null", O_RDONLY | O_CLOEXEC);

	*ch = (struct channels){ -1, { -1, -1 }, { -1, -1 } };
	ch->input = move_up(fd);
	if (fd != input && fd >= 0)
		close(fd);
	if (ch->input >= 0 && make_pipe(ch->output) == 0 && make_pipe(ch->report) == 0)
		return 0;
	int error = errno;

	close_channels(ch);
	errno = error;
	return -1;
}

/* From here to exec: the child, which calls only async-signal-safe functions. */

static void __attribute__((noreturn)) give_up(const char *what)
{
	struct report report = { .error = errno };
	ssize_t ignored;

	memcpy(report.what, what, strnlen(what, sizeof(report.what) - 1));
	ignored = write(REPORT_FD, &report, sizeof(report));
	(void)ignored;
	_exit(127);
}

static void close_from(int first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0)
		return;
#endif
	for (long fd = first, end = sysconf(_SC_OPEN_MAX); fd < end; fd++)
		close((int)fd);
}

static void set_descriptors(const struct channels *ch, bool errors_apart)
{
	if (dup3(ch->report[1], REPORT_FD, O_CLOEXEC) < 0)
		_exit(127);
	if (dup2(ch->input, STDIN_FILENO) < 0 || dup2(ch->output[1], STDOUT_FILENO) < 0 ||
	    (!errors_apart && dup2(ch->output[1], STDERR_FILENO) < 0))
		give_up("set up its descriptors");
	close_from(REPORT_FD + 1);
}

static void reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* exec(3) takes pointers to writable strings for history's sake, and does not write. */
static char *const *as_exec_vector(const char *const *v)
{
	char *const *out;

	memcpy(&out, &v, sizeof(out));
	return out;
}

static void __attribute__((noreturn))
run_child(const struct proc_command *c, const struct rights *r, const struct channels *ch)
{
	static const char *const plain_env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", NULL };
	const char *const shell[] = { "sh", "-c", c->shell, NULL };

	setsid();
	set_descriptors(ch, c->errors_apart);
	proc_restore_files();
	reset_signals();
	umask(077);
	if (r && become(r) < 0)
		give_up("take the account's rights");
	if (c->dir && chdir(c->dir) < 0)
		give_up("enter its directory");
	environ = (char **)(uintptr_t)as_exec_vector(c->env ? c->env : plain_env);
	if (c->argv)
		execvp(c->argv[0], as_exec_vector(c->argv));
	else
		execv("/bin/sh", as_exec_vector(shell));
	give_up("be executed");
}

/* The parent's side. */

static void keep(struct buf *output, const char *bytes, size_t n)
{
	size_t max = output->max < PROC_OUTPUT_MAX ? output->max : PROC_OUTPUT_MAX;
	size_t room = output->n < max ? max - output->n : 0;

	buf_put(output, bytes, n < room ? n : room);
}

/* A command that never stops to write must not keep us from looking at the clock. */
enum { DRAIN_READS = 32 };

/* Keep what there is room for, drop the rest. False: nothing will come any more. */
static bool drain(int fd, struct buf *output)
{
	char bytes[4096];

	for (int i = 0; i < DRAIN_READS; i++) {
		ssize_t got = read(fd, bytes, sizeof(bytes));

		if (got < 0)
			return errno == EAGAIN || errno == EINTR;
		if (got == 0)
			return false;
		if (output)
			keep(output, bytes, (size_t)got);
	}
	return true;
}

/* Has it ended? It stays a zombie, so that its process group's number is not used again. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

static int open_pidfd(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0U);
#else
	(void)pid;
	return -1;
#endif
}

/* A kernel without pidfd is asked again and again; output's end comes with the process's end as a rule. */
enum { ASK_AGAIN_MS = 20 };

/* Read until the process has ended (true) or the deadline has passed. */
static bool wait_until(pid_t pid, struct channels *ch, struct buf *output, int64_t deadline)
{
	int pidfd = open_pidfd(pid);
	bool ended;

	while (!(ended = has_ended(pid))) {
		struct pollfd fds[] = { { ch->output[0], POLLIN, 0 }, { pidfd, POLLIN, 0 } };
		int ms = clock_until_ms(deadline);

		if (ms == 0)
			break;
		if (pidfd < 0 && ms > ASK_AGAIN_MS)
			ms = ASK_AGAIN_MS;
		poll(fds, 2, ms);
		if (fds[0].revents && !drain(ch->output[0], output))
			close_fd(&ch->output[0]);
	}
	if (ch->output[0] >= 0)
		drain(ch->output[0], output);
	close_fd(&pidfd);
	return ended;
}

/* The child may not have come to its setsid() yet. */
static void signal_group(pid_t pid, int number)
{
	if (kill(-pid, number) < 0)
		kill(pid, number);
}

static int stop(pid_t pid, const struct proc_command *c, struct channels *ch, struct buf *output, struct fault *f)
{
	bool ended;

	signal_group(pid, SIGTERM);
	wait_until(pid, ch, output, clock_mono_ms() + PROC_GRACE_MS);
	signal_group(pid, SIGKILL);
	ended = wait_until(pid, ch, output, clock_mono_ms() + PROC_GRACE_MS);
	if (ended)
		waitpid(pid, NULL, 0);
	return fault_temp(f, 451, "4.3.0", "the command took longer than %ld seconds%s: %s", c->time_limit,
			  ended ? "" : ", and cannot be stopped", c->shell ? c->shell : c->argv[0]);
}

static int check_report(const struct proc_command *c, int fd, struct fault *f)
{
	struct report report;
	ssize_t got = read(fd, &report, sizeof(report));

	if (got != (ssize_t)sizeof(report))
		return 0;
	errno = report.error;
	return fault_errno(f, "the command cannot %s: %s", report.what, c->argv ? c->argv[0] : c->shell);
}

static int64_t deadline_of(long seconds)
{
	int64_t now = clock_mono_ms();

	return seconds > (INT64_MAX - now) / 1000 ? INT64_MAX : now + (int64_t)seconds * 1000;
}

static int watch(pid_t pid, const struct proc_command *c, struct channels *ch, struct buf *output, int *status,
		 struct fault *f)
{
	if (!wait_until(pid, ch, output, deadline_of(c->time_limit)))
		return stop(pid, c, ch, output, f);
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return fault_errno(f, "cannot wait for the command");
	return check_report(c, ch->report[0], f);
}

int proc_run(const struct proc_command *c, struct buf *output, int *status, struct fault *f)
{
	bool change = c->as && !proc_is(c->as);
	struct rights r;
	struct channels ch;
	pid_t pid;
	int rc;

	if (assumed)
		return fault_bug(f, "proc_run() was called with assumed rights");
	if (change && !proc_may_be(c->as))
		return not_permitted(c->as, f);
	if (change && find_rights(c->as, &r, f) < 0)
		return -1;
	if (open_channels(&ch, c->input) < 0)
		return fault_errno(f, "cannot open pipes for the command");
	pid = fork();
	if (pid == 0)
		run_child(c, change ? &r : NULL, &ch);
	close_fd(&ch.input);
	close_fd(&ch.output[1]);
	close_fd(&ch.report[1]);
	rc = pid < 0 ? fault_errno(f, "cannot fork") : watch(pid, c, &ch, output, status, f);
	close_channels(&ch);
	return rc;
}

/* As in capget(2), and capabilities(7); not every libc comes with the kernel's headers. */
enum {
	CAPABILITY_VERSION = 0x20080522,
	CAPABILITY_DAC_READ_SEARCH = 2,
	CAPABILITY_SETGID = 6,
	CAPABILITY_SETUID = 7,
};

static int set_capabilities(uint32_t set)
{
	struct {
		uint32_t version;
		int pid;
	} head = { .version = CAPABILITY_VERSION };
	struct {
		uint32_t effective, permitted, inheritable;
	} data[2] = { { 0 } };

	data[0].permitted = data[0].effective = set;
	return (int)syscall(SYS_capset, &head, data);
}

/* Root becomes somebody who has these capabilities and can gain no others. */
static int keep_only(uid_t uid, gid_t gid, uint32_t set, struct fault *f)
{
	if (prctl(PR_SET_KEEPCAPS, 1) < 0 || setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0 || set_capabilities(set) < 0 || prctl(PR_SET_KEEPCAPS, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fault_errno(f, "cannot give up root");
	return 0;
}

int proc_keep_reading(uid_t uid, gid_t gid, struct fault *f)
{
	return geteuid() == 0 ? keep_only(uid, gid, 1u << CAPABILITY_DAC_READ_SEARCH, f) : 0;
}

static bool suspended;

int proc_suspend(uid_t uid, gid_t gid, struct fault *f)
{
	if (geteuid() != 0 || uid == 0)
		return 0;
	if (keep_only(uid, gid, 1u << CAPABILITY_SETUID | 1u << CAPABILITY_SETGID, f) < 0)
		return -1;
	suspended = true;
	return 0;
}

int proc_resume(struct fault *f)
{
	if (!suspended)
		return 0;
	if (setresuid(0, 0, 0) < 0)
		return fault_errno(f, "cannot become root again");
	suspended = false;
	return 0;
}

int proc_keep_only(int fd)
{
	enum { KEPT = STDERR_FILENO + 1 };

	if (fd != KEPT && dup3(fd, KEPT, O_CLOEXEC) < 0)
		_exit(127);
	close_from(KEPT + 1);
	return KEPT;
}
