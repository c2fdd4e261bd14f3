/* SPDX-License-Identifier: ISC */
/*
 * mboxlock - an mbox file is locked.
 */
#include "store/mboxlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"

enum { PAUSE_MS = 100 };

static int is_locked(const char *path, struct fault *f)
{
	errno = EAGAIN;
	return fault_temp(f, 451, "4.2.0", "mailbox %s is locked", path);
}

/* 1: somebody has it; where it cannot be made there is none. */
static int lock_dot(struct lock *l, const char *path, struct fault *f)
{
	char name[PATH_MAX];
	struct lock_rules rules = { .name = name, .stale = MBOXLOCK_STALE_SECONDS, .wait = MBOXLOCK_WAIT_SECONDS };
	int n = snprintf(name, sizeof(name), "%s.lock", path);

	if (n < 0 || (size_t)n >= sizeof(name))
		return fault_perm(f, 550, "5.3.5", "mailbox path is longer than %zu bytes", sizeof(name) - 6);
	return lock_take(l, AT_FDCWD, &rules, NULL) > 0 ? is_locked(path, f) : 0;
}

static int lock_fcntl(const char *path, int fd, bool shared, struct fault *f)
{
	struct flock whole = { .l_type = shared ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };
	struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	int64_t deadline = clock_mono_ms() + MBOXLOCK_WAIT_SECONDS * 1000;

	while (fcntl(fd, F_SETLK, &whole) < 0) {
		if (errno != EACCES && errno != EAGAIN && errno != EINTR)
			return fault_errno(f, "cannot lock %s", path);
		if (clock_mono_ms() > deadline)
			return is_locked(path, f);
		nanosleep(&pause, NULL);
	}
	return 0;
}

int mboxlock_take(struct lock *l, const char *path, int fd, bool shared, struct fault *f)
{
	*l = (struct lock){ .held = false };
	if (lock_dot(l, path, f) < 0)
		return -1;
	if (lock_fcntl(path, fd, shared, f) == 0)
		return 0;
	lock_release(l);
	return -1;
}
