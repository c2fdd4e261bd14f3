/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_LOCK_H
#define LIBMAIL_STORE_LOCK_H

/*
 * lock - lock files: made with O_EXCL, holding "PID:HOST", as Dovecot and other mail software make them.
 *
 * They work between machines that share a file system. A lock is stale, and is taken over, when its process was on
 * this machine and is gone; or, where that cannot be known (another machine, another format), when neither it
 * nor the file that it guards has changed for `stale` seconds. Whoever holds one longer than that touches it.
 */

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/fault.h"

enum { LOCK_EMPTY = 30 /* seconds that an empty one holds where they are signed */ };

/* What is locked, and how patient one is. */
struct lock_rules {
	const char *name;   /* of the lock file */
	const char *guards; /* the file that it stands for; or NULL */
	long stale;	    /* seconds without a sign of life */
	long wait;	    /* seconds before giving up; 0: at once */
	bool is_signed;	    /* whoever makes one writes his name into it at once: an empty one is left from a crash */
};

/* As Dovecot's: a POP3 session that has the mailbox for itself. Touch it at least every 5 minutes. */
extern const struct lock_rules lock_pop3_session;
/* Whoever writes dovecot-uidlist or dovecot-keywords, or moves messages from new/ to cur/. */
extern const struct lock_rules lock_uidlist;

struct lock {
	int dir;
	char name[PATH_MAX];
	dev_t dev;
	ino_t ino;
	int fd; /* kept open, so that no other file gets the number */
	bool held;
};

/* Take it: 0; 1 when somebody else has it and the wait is over; -1 with errno kept when it cannot be made. */
int lock_take(struct lock *l, int dir, const struct lock_rules *rules, struct fault *f);
/* Is it still ours? Somebody may have thought it stale: to be asked just before what it protects is changed. */
bool lock_is_held(const struct lock *l);
/* A sign of life. -1: it is not ours any more. */
int lock_touch(const struct lock *l, struct fault *f);
/* Remove it, if it is still ours. Does nothing when it was never taken (zeroed). Keeps errno. */
void lock_release(struct lock *l);

#endif
