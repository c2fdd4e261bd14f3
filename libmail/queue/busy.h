/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_QUEUE_BUSY_H
#define LIBMAIL_QUEUE_BUSY_H

/*
 * busy - which messages are being worked on, without touching their locks.
 *
 * To try a lock is to hold it for a moment, in which a relay would pass over the message.
 * So the kernel's list is read (/proc/locks). Where there is none, nothing is known to be busy.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { BUSY_MAX = 100000 /* locks that are looked at */ };

struct busy {
	ino_t *inodes; /* sorted */
	size_t n, room;
};

void busy_read(struct busy *b);
void busy_clear(struct busy *b);

/* Does some process hold the lock of the open file? */
bool busy_is(const struct busy *b, int fd);

#endif
