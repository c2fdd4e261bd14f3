/* SPDX-License-Identifier: ISC */
/*
 * lock - lock files.
 *
 * Two processes may find the same lock stale. So it is looked at again just before it is removed, and whoever
 * removed one waits a little before making his own: the other then sees a fresh one.
 */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/span.h"

enum {
	PAUSE_MS = 5,	    /* the first pause; each is twice the one before */
	PAUSE_MAX_MS = 250, /* the longest */
	YOUNG = 2,	    /* seconds in which the process of a lock is not asked for */
	OWNER_MAX = 512,    /* octets of "PID:HOST" */
};

const struct lock_rules lock_pop3_session = {
	.name = "dovecot-pop3-session.lock", .stale = 300, .wait = 10, .is_signed = true
};
const struct lock_rules lock_uidlist = {
	.name = "dovecot-uidlist.lock", .guards = "dovecot-uidlist", .stale = 120, .wait = 122, .is_signed = true
};

static void pause_ms(unsigned ms)
{
	unsigned random;
	struct timespec t;

	entropy_fill(&random, sizeof(random));
	ms += random % (ms + 1);
	t = (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	nanosleep(&t, NULL);
}

static void host_name(char out[HOST_NAME_MAX + 1])
{
	if (gethostname(out, HOST_NAME_MAX + 1) < 0)
		out[0] = '\0';
	out[HOST_NAME_MAX] = '\0';
}

/* The process of a lock made on this machine; 0 where that is not known. */
static pid_t owner_of(int dir, const char *name)
{
	char text[OWNER_MAX], host[HOST_NAME_MAX + 1];
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	struct span pid, rest;
	uint64_t number;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	rest = span_trim(span_of(text, (size_t)n));
	pid = span_cut(&rest, ':');
	host_name(host);
	if (span_number(pid, INT_MAX, &number) < 0 || number == 0 || !span_is(rest, span_str(host)))
		return 0;
	return (pid_t)number;
}

static int64_t later(const struct stat *st)
{
	return st->st_mtime > st->st_ctime ? st->st_mtime : st->st_ctime;
}

static bool is_stale(int dir, const struct lock_rules *rules, const struct stat *st)
{
	int64_t now = clock_wall(), last = later(st);
	struct stat guarded;
	pid_t owner;

	if (st->st_mtime + YOUNG > now && st->st_mtime <= now)
		return false;
	owner = owner_of(dir, rules->name);
	/* Our own number: this process holds no lock that it tries to take, so it is one before us that had it. */
	if (owner > 0)
		return owner == getpid() || (kill(owner, 0) < 0 && errno == ESRCH);
	if (rules->is_signed && st->st_size == 0 && now > st->st_mtime + LOCK_EMPTY)
		return true;
	if (rules->guards && fstatat(dir, rules->guards, &guarded, 0) == 0 && guarded.st_mtime > last)
		last = guarded.st_mtime;
	return now > last + rules->stale;
}

static void remove_stale(int dir, const struct lock_rules *rules, const struct stat *seen)
{
	struct stat st;

	if (fstatat(dir, rules->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == seen->st_ino &&
	    st.st_mtime == seen->st_mtime)
		unlinkat(dir, rules->name, 0);
	pause_ms(PAUSE_MS);
}

/* 0 made, 1 there is one, -1. */
static int make(struct lock *l, struct fault *f)
{
	char text[OWNER_MAX], host[HOST_NAME_MAX + 1];
	int fd = openat(l->dir, l->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;
	int n;

	if (fd < 0 && errno == EEXIST)
		return 1;
	if (fd < 0 || fstat(fd, &st) < 0) {
		int error = errno;

		fault_errno(f, "cannot make the lock %s", l->name);
		if (fd >= 0)
			close(fd);
		errno = error;
		return -1;
	}
	host_name(host);
	n = snprintf(text, sizeof(text), "%ld:%s", (long)getpid(), host);
	/* Left empty on a full disk: it still locks, and is judged by its age. */
	if (write(fd, text, (size_t)n) != n) {
		int ignored = ftruncate(fd, 0);

		(void)ignored;
	}
	l->fd = fd;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	l->held = true;
	return 0;
}

int lock_take(struct lock *l, int dir, const struct lock_rules *rules, struct fault *f)
{
	int64_t deadline = clock_mono_ms() + rules->wait * 1000;
	unsigned pause = PAUSE_MS;
	int n = snprintf(l->name, sizeof(l->name), "%s", rules->name);

	l->dir = dir;
	l->held = false;
	if (n < 0 || (size_t)n >= sizeof(l->name))
		return fault_perm(f, 550, "5.3.5", "lock name is longer than %zu bytes", sizeof(l->name) - 1);
	for (;;) {
		struct stat st;
		int rc = make(l, f);

		if (rc <= 0)
			return rc;
		if (fstatat(dir, l->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (is_stale(dir, rules, &st)) {
			remove_stale(dir, rules, &st);
			continue;
		}
		if (clock_mono_ms() >= deadline)
			break;
		pause_ms(pause);
		pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
	}
	fault_temp(f, 451, "4.2.0", "%s is held by somebody else", l->name);
	return 1;
}

bool lock_is_held(const struct lock *l)
{
	struct stat st;

	if (!l->held || fstatat(l->dir, l->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (st.st_dev == l->dev && st.st_ino == l->ino)
		return true;
	/* sshfs and its like make up a number whenever they look: then it is what was written into the file. */
	return owner_of(l->dir, l->name) == getpid();
}

int lock_touch(const struct lock *l, struct fault *f)
{
	if (!lock_is_held(l))
		return fault_temp(f, 451, "4.2.0", "the lock %s was taken over by somebody else", l->name);
	if (utimensat(l->dir, l->name, NULL, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_errno(f, "cannot touch the lock %s", l->name);
	return 0;
}

void lock_release(struct lock *l)
{
	int error = errno;

	if (lock_is_held(l))
		unlinkat(l->dir, l->name, 0);
	if (l->held)
		close(l->fd);
	l->held = false;
	errno = error;
}
