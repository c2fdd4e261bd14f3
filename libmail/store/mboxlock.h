/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_MBOXLOCK_H
#define LIBMAIL_STORE_MBOXLOCK_H

/*
 * mboxlock - an mbox file is locked as mail programs have always done it: by FILE.lock, and by fcntl(2).
 *
 * Programs that know only one of the two are kept out by that. Where no file can be made in the directory (/var/mail,
 * for who is not in its group) the other must do.
 */

#include <stdbool.h>

#include "base/fault.h"
#include "store/lock.h"

enum {
	MBOXLOCK_WAIT_SECONDS = 30,   /* for each of the two */
	MBOXLOCK_STALE_SECONDS = 300, /* age of a FILE.lock that says of nobody whose it is */
};

/*
 * Lock the open file. Shared: for whoever only reads. -1: temporary, 451 4.2.0 with errno EAGAIN, when somebody else
 * has it all the time. Both locks end when the file is closed and lock_release() was called.
 */
int mboxlock_take(struct lock *l, const char *path, int fd, bool shared, struct fault *f);

#endif
