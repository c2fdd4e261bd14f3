/* SPDX-License-Identifier: ISC */
/*
 * failfs - a library for LD_PRELOAD under which the Nth system call that changes
 * something fails, is cut short, or is the last that the process makes.
 *
 *	FAIL_COUNT=FILE  where this process and all that it starts count the calls. Needed.
 *	FAIL_AT=N        the Nth call is hit; 0 or absent: none
 *	FAIL_LASTING=1   and all later ones that could fail for the same reason
 *	FAIL_CALL=NAME   only calls of this name count: write, fsync, rename, ...; absent: all of the table
 *	FAIL_HOW=HOW     EIO ENOSPC EDQUOT EMFILE EACCES EAGAIN ENOMEM: the call fails with this error, not done
 *	                 kill: the process ends by SIGKILL instead of making the call
 *	                 crash: so does its whole process group
 *	                 after: the call is made, then the process group ends by SIGKILL
 *	                 short: write half of the bytes (other calls are left alone)
 *	FAIL_LOG=FILE    a line for each counted call: number, name, path or paths (of a descriptor: of what it is open
 *	                 on); and a line "NUMBER failed" behind some of those that fail by themselves
 *
 * An error is only injected where the kernel could give it: a call that cannot run out of
 * space is counted, and made. The decision is in one table below.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call {
	CALL_OPEN,
	CALL_WRITE,
	CALL_SYNC,
	CALL_RENAME,
	CALL_LINK,
	CALL_UNLINK,
	CALL_MKDIR,
	CALL_CLOSE,
	CALL_TRUNCATE,
	CALL_TIMES,
	CALL_CHOWN,
	CALL_FORK,
	CALL_SOCKET,
	CALL_CONNECT,
	CALL_SEND,
};

/* Which errors a call can meet, as bits of enum reason. */
enum reason { CAN_IO = 1, CAN_SPACE = 2, CAN_FILES = 4, CAN_ACCESS = 8, CAN_AGAIN = 16, CAN_MEMORY = 32 };

static const struct {
	const char *name;
	unsigned can;
} calls[] = {
	[CALL_OPEN] = { "open", CAN_IO | CAN_SPACE | CAN_FILES | CAN_ACCESS | CAN_MEMORY },
	[CALL_WRITE] = { "write", CAN_IO | CAN_SPACE },
	[CALL_SYNC] = { "fsync", CAN_IO | CAN_SPACE },
	[CALL_RENAME] = { "rename", CAN_IO | CAN_SPACE | CAN_ACCESS },
	[CALL_LINK] = { "link", CAN_IO | CAN_SPACE | CAN_ACCESS },
	[CALL_UNLINK] = { "unlink", CAN_IO | CAN_ACCESS },
	[CALL_MKDIR] = { "mkdir", CAN_IO | CAN_SPACE | CAN_ACCESS },
	[CALL_CLOSE] = { "close", CAN_IO | CAN_SPACE },
	[CALL_TRUNCATE] = { "ftruncate", CAN_IO | CAN_SPACE },
	[CALL_TIMES] = { "futimens", CAN_IO | CAN_ACCESS },
	[CALL_CHOWN] = { "fchown", CAN_IO | CAN_ACCESS },
	[CALL_FORK] = { "fork", CAN_AGAIN | CAN_MEMORY },
	[CALL_SOCKET] = { "socket", CAN_FILES | CAN_MEMORY },
	[CALL_CONNECT] = { "connect", CAN_ACCESS | CAN_AGAIN },
	[CALL_SEND] = { "send", CAN_IO | CAN_MEMORY },
};

static const struct {
	const char *name;
	int error;
	unsigned reason;
} errors[] = {
	{ "EIO", EIO, CAN_IO },		  { "ENOSPC", ENOSPC, CAN_SPACE },  { "EDQUOT", EDQUOT, CAN_SPACE },
	{ "EMFILE", EMFILE, CAN_FILES },  { "EACCES", EACCES, CAN_ACCESS }, { "EAGAIN", EAGAIN, CAN_AGAIN },
	{ "ENOMEM", ENOMEM, CAN_MEMORY },
};

enum how { HOW_NOT, HOW_ERROR, HOW_KILL, HOW_CRASH, HOW_AFTER, HOW_SHORT };

static struct {
	bool ready, lasting;
	enum how how;
	int error;
	unsigned reason;
	long at;
	const char *only;
	long *count; /* shared with every process that is started */
	const char *log;
} plan;

static long number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : 0;
}

static void choose_how(const char *how)
{
	static const char *const names[] = { "", "", "kill", "crash", "after", "short" };

	for (enum how h = HOW_KILL; how && h <= HOW_SHORT; h++)
		if (strcmp(how, names[h]) == 0)
			plan.how = h;
	for (size_t i = 0; how && i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(how, errors[i].name) != 0)
			continue;
		plan.how = HOW_ERROR;
		plan.error = errors[i].error;
		plan.reason = errors[i].reason;
	}
}

/* The real calls, below any wrapper: what failfs itself does must not be counted. */
static int raw_open(const char *path, int flags)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0666);
}

static void __attribute__((constructor)) make_ready(void)
{
	const char *path = getenv("FAIL_COUNT");
	int fd;

	if (plan.ready || !path)
		return;
	plan.at = number("FAIL_AT");
	plan.lasting = number("FAIL_LASTING") != 0;
	plan.only = getenv("FAIL_CALL");
	choose_how(getenv("FAIL_HOW"));
	plan.log = getenv("FAIL_LOG");
	fd = raw_open(path, O_RDWR | O_CREAT);
	if (fd < 0 || syscall(SYS_ftruncate, fd, 4096L) < 0)
		_exit(99);
	plan.count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (plan.count == MAP_FAILED)
		_exit(99);
	plan.ready = true;
}

/* No descriptor is kept: the program may close all that it does not know, and use the number for another file. */
static void put_log(const char *line, size_t n)
{
	int fd = plan.log ? raw_open(plan.log, O_WRONLY | O_CREAT | O_APPEND) : -1;

	if (fd < 0)
		return;
	syscall(SYS_write, fd, line, n);
	syscall(SYS_close, fd);
}

/* What a call works on: one or two names, each relative to a directory descriptor; or a descriptor alone. */
struct objects {
	int fd;
	const char *path; /* NULL: the descriptor itself */
	int fd2;
	const char *path2;
};

static void put_path(int fd, const char *path, char *out, size_t size)
{
	char link[64];
	long n;

	if (path && (path[0] == '/' || fd == AT_FDCWD)) {
		snprintf(out, size, " %s", path);
		return;
	}
	if (fd == AT_FDCWD) {
		out[0] = '\0';
		return;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	out[0] = ' ';
	n = syscall(SYS_readlink, link, out + 1, size - 1);
	n = n < 0 ? 0 : n;
	snprintf(out + 1 + n, size - 1 - (size_t)n, "%s%s", path ? "/" : "", path ? path : "");
}

static void note(long n, enum call call, struct objects o)
{
	char line[2 * PATH_MAX + 64], from[PATH_MAX], to[PATH_MAX];
	int length;

	if (!plan.log)
		return;
	put_path(o.fd, o.path, from, sizeof(from));
	put_path(o.fd2, o.path2, to, sizeof(to));
	length = snprintf(line, sizeof(line), "%ld %s%s%s\n", n, calls[call].name, from, to);
	put_log(line, (size_t)length);
}

/* What happens to this call. */
static enum how decide(enum call call, struct objects o)
{
	int error = errno;
	long n;

	if (!plan.ready || (plan.only && strcmp(plan.only, calls[call].name) != 0))
		return HOW_NOT;
	n = __atomic_add_fetch(plan.count, 1, __ATOMIC_SEQ_CST);
	note(n, call, o);
	errno = error;
	if (plan.at == 0 || n < plan.at || (n > plan.at && !plan.lasting))
		return HOW_NOT;
	switch (plan.how) {
	case HOW_ERROR:
		if (!(calls[call].can & plan.reason))
			return HOW_NOT;
		errno = plan.error;
		return HOW_ERROR;
	case HOW_KILL:
		kill(getpid(), SIGKILL);
		return HOW_NOT;
	case HOW_CRASH:
		kill(0, SIGKILL);
		return HOW_NOT;
	default:
		return plan.how;
	}
}

static void finish(enum how how)
{
	if (how == HOW_AFTER)
		kill(0, SIGKILL);
}

/* The log has the call already; this is how it ended. */
static void note_failure(long result)
{
	char line[64];
	int error = errno;

	if (result != -1 || !plan.log || !plan.ready)
		return;
	put_log(line, (size_t)snprintf(line, sizeof(line), "%ld failed\n", *plan.count));
	errno = error;
}

#define FD(fd)		      ((struct objects){ fd, NULL, AT_FDCWD, NULL })
#define PATH(dir, path)	      ((struct objects){ dir, path, AT_FDCWD, NULL })
#define PATHS(a, from, b, to) ((struct objects){ a, from, b, to })

/* Inside a wrapper: `real` is the next definition of the same function. */
#define REAL(name)                                                                                                     \
	static __typeof__(name) *real;                                                                                 \
	if (!real)                                                                                                     \
	*(void **)&real = dlsym(RTLD_NEXT, #name)
#define WRAP(call, objects, expression)                                                                                \
	do {                                                                                                           \
		enum how how_ = decide(call, objects);                                                                 \
		if (how_ == HOW_ERROR)                                                                                 \
			return -1;                                                                                     \
		__typeof__(expression) result_ = (expression);                                                         \
		note_failure((long)result_);                                                                           \
		finish(how_);                                                                                          \
		return result_;                                                                                        \
	} while (0)

/* Standard output and error are not what is tested; sockets and files are. */
static bool is_stdio(int fd)
{
	return fd <= STDERR_FILENO;
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(ap, mode_t) : 0;
}

#define OPEN(name)                                                                                                     \
	int name(const char *path, int flags, ...)                                                                     \
	{                                                                                                              \
		va_list ap;                                                                                            \
		mode_t mode;                                                                                           \
		REAL(name);                                                                                            \
		va_start(ap, flags);                                                                                   \
		mode = mode_of(flags, ap);                                                                             \
		va_end(ap);                                                                                            \
		if (!(flags & O_CREAT))                                                                                \
			return real(path, flags, mode);                                                                \
		WRAP(CALL_OPEN, PATH(AT_FDCWD, path), real(path, flags, mode));                                        \
	}
#define OPENAT(name)                                                                                                   \
	int name(int dir, const char *path, int flags, ...)                                                            \
	{                                                                                                              \
		va_list ap;                                                                                            \
		mode_t mode;                                                                                           \
		REAL(name);                                                                                            \
		va_start(ap, flags);                                                                                   \
		mode = mode_of(flags, ap);                                                                             \
		va_end(ap);                                                                                            \
		if (!(flags & O_CREAT))                                                                                \
			return real(dir, path, flags, mode);                                                           \
		WRAP(CALL_OPEN, PATH(dir, path), real(dir, path, flags, mode));                                        \
	}
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *p, size_t n)
{
	enum how how;
	ssize_t done;

	REAL(write);
	if (is_stdio(fd))
		return real(fd, p, n);
	how = decide(CALL_WRITE, FD(fd));
	if (how == HOW_ERROR)
		return -1;
	done = real(fd, p, how == HOW_SHORT && n > 1 ? n / 2 : n);
	finish(how);
	return done;
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	REAL(writev);
	if (is_stdio(fd))
		return real(fd, v, n);
	/* Cut short: the first piece only. */
	enum how how = decide(CALL_WRITE, FD(fd));
	if (how == HOW_ERROR)
		return -1;
	ssize_t done = real(fd, v, how == HOW_SHORT && n > 1 ? 1 : n);
	finish(how);
	return done;
}

#define PWRITE(name, type)                                                                                             \
	ssize_t name(int fd, const void *p, size_t n, type at)                                                         \
	{                                                                                                              \
		REAL(name);                                                                                            \
		enum how how = decide(CALL_WRITE, FD(fd));                                                             \
		if (how == HOW_ERROR)                                                                                  \
			return -1;                                                                                     \
		ssize_t done = real(fd, p, how == HOW_SHORT && n > 1 ? n / 2 : n, at);                                 \
		finish(how);                                                                                           \
		return done;                                                                                           \
	}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

int close(int fd)
{
	REAL(close);
	if (is_stdio(fd))
		return real(fd);
	/* Linux frees the descriptor even when close() fails. */
	enum how how = decide(CALL_CLOSE, FD(fd));
	if (how == HOW_ERROR) {
		int error = errno;

		real(fd);
		errno = error;
		return -1;
	}
	int result = real(fd);
	finish(how);
	return result;
}

#define SIMPLE(call, type, name, parameters, objects, ...)                                                             \
	type name parameters                                                                                           \
	{                                                                                                              \
		REAL(name);                                                                                            \
		WRAP(call, objects, real(__VA_ARGS__));                                                                \
	}
SIMPLE(CALL_SYNC, int, fsync, (int fd), FD(fd), fd)
SIMPLE(CALL_SYNC, int, fdatasync, (int fd), FD(fd), fd)
SIMPLE(CALL_SYNC, int, sync_file_range, (int fd, off64_t at, off64_t n, unsigned how), FD(fd), fd, at, n, how)
SIMPLE(CALL_RENAME, int, rename, (const char *from, const char *to), PATHS(AT_FDCWD, from, AT_FDCWD, to), from, to)
SIMPLE(CALL_RENAME, int, renameat, (int a, const char *from, int b, const char *to), PATHS(a, from, b, to), a, from, b,
       to)
SIMPLE(CALL_RENAME, int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
       PATHS(a, from, b, to), a, from, b, to, flags)
SIMPLE(CALL_LINK, int, link, (const char *from, const char *to), PATHS(AT_FDCWD, from, AT_FDCWD, to), from, to)
SIMPLE(CALL_LINK, int, linkat, (int a, const char *from, int b, const char *to, int flags), PATHS(a, from, b, to), a,
       from, b, to, flags)
SIMPLE(CALL_LINK, int, symlink, (const char *from, const char *to), PATH(AT_FDCWD, to), from, to)
SIMPLE(CALL_LINK, int, symlinkat, (const char *from, int b, const char *to), PATH(b, to), from, b, to)
SIMPLE(CALL_UNLINK, int, unlink, (const char *path), PATH(AT_FDCWD, path), path)
SIMPLE(CALL_UNLINK, int, unlinkat, (int dir, const char *path, int flags), PATH(dir, path), dir, path, flags)
SIMPLE(CALL_MKDIR, int, mkdir, (const char *path, mode_t mode), PATH(AT_FDCWD, path), path, mode)
SIMPLE(CALL_MKDIR, int, mkdirat, (int dir, const char *path, mode_t mode), PATH(dir, path), dir, path, mode)
SIMPLE(CALL_MKDIR, int, mkfifo, (const char *path, mode_t mode), PATH(AT_FDCWD, path), path, mode)
SIMPLE(CALL_MKDIR, int, mkfifoat, (int dir, const char *path, mode_t mode), PATH(dir, path), dir, path, mode)
SIMPLE(CALL_TRUNCATE, int, ftruncate, (int fd, off_t size), FD(fd), fd, size)
SIMPLE(CALL_TRUNCATE, int, ftruncate64, (int fd, off64_t size), FD(fd), fd, size)
SIMPLE(CALL_TIMES, int, futimens, (int fd, const struct timespec times[2]), FD(fd), fd, times)
SIMPLE(CALL_TIMES, int, utimensat, (int dir, const char *path, const struct timespec times[2], int flags),
       PATH(dir, path), dir, path, times, flags)
SIMPLE(CALL_CHOWN, int, fchown, (int fd, uid_t uid, gid_t gid), FD(fd), fd, uid, gid)
SIMPLE(CALL_CHOWN, int, fchownat, (int dir, const char *path, uid_t uid, gid_t gid, int flags), PATH(dir, path), dir,
       path, uid, gid, flags)
SIMPLE(CALL_FORK, pid_t, fork, (void), FD(AT_FDCWD), )
SIMPLE(CALL_SOCKET, int, socket, (int domain, int type, int protocol), FD(AT_FDCWD), domain, type, protocol)
SIMPLE(CALL_CONNECT, int, connect, (int fd, const struct sockaddr *to, socklen_t n), FD(fd), fd, to, n)
SIMPLE(CALL_SEND, ssize_t, send, (int fd, const void *p, size_t n, int flags), FD(fd), fd, p, n, flags)
SIMPLE(CALL_SEND, ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), FD(fd), fd, m, flags)
