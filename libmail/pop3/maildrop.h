/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_POP3_MAILDROP_H
#define LIBMAIL_POP3_MAILDROP_H

/*
 * maildrop - a Maildir as the callbacks of a POP3 session want it (pop3/session.h).
 *
 * The process has the rights of the mailbox's owner. What is new stays in new/ until it was read, so that other
 * programs still see it as new.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "pop3/session.h"
#include "store/lock.h"
#include "store/mailbox.h"

enum {
	MAILDROP_LOCK_SECONDS = 2,     /* to wait for another session to end */
	MAILDROP_TOUCH_MS = 60 * 1000, /* between two signs of life in the lock file */
};

/* The names are Dovecot's. */
struct maildrop_rules {
	const char *pop3_uidl_format;
	bool pop3_lock_session;	   /* one session has the mailbox for itself */
	bool pop3_no_flag_updates; /* that a message was read is not noted */
};

struct maildrop {
	const struct maildrop_rules *rules;
	struct mailbox box;
	struct lock lock;
	bool is_open;
	int64_t touched; /* monotonic ms */

	/* Where the uidlist has O fields, or messages cannot be read: the mailbox's index of each message, and the
	 * sizes in that order; else NULL. */
	size_t *index;
	uint64_t *sizes;
	size_t n;
	/* Messages that cannot be read are not shown: a client would ask for them, fail, and never come to the next. */
	size_t unreadable;
	const char *first_unreadable; /* its name */

	/* The message that is being sent. */
	size_t i;
	int fd; /* -1: none, or all that is left was read ahead */
	off_t left;
	char *ahead;		  /* its first octets, read before they were asked for; POP3_READ at most */
	size_t ahead_at, ahead_n; /* those from _at to _n are still to be given */

	/* Sizes that names or cache have wrong. */
	struct arena arena;
	struct maildrop_size {
		struct maildrop_size *next;
		size_t i;
		uint64_t octets;
	} * found;

	/* For the log. */
	uint64_t retrieved, retrieved_octets, removed;
};

/*
 * Open the mailbox at `path`, made if there is none: 0; 1 when another session has it (the fault says so); -1. All
 * sizes are known then, and *out lives as long as the maildrop is open.
 */
int maildrop_open(struct maildrop *m, const char *path, const struct maildrop_rules *rules, struct pop3_maildrop *out,
		  struct fault *f);
/* Also what was never opened, if it is zeroed. */
void maildrop_close(struct maildrop *m);

/* As pop3_callbacks. */
int maildrop_uidl(struct maildrop *m, size_t i, struct buf *out, struct fault *f);
int maildrop_begin(struct maildrop *m, size_t i, struct fault *f);
long maildrop_read(struct maildrop *m, void *p, size_t n, struct fault *f);
void maildrop_end(struct maildrop *m, size_t i, uint64_t octets);
void maildrop_prepare(struct maildrop *m, size_t i);
void maildrop_mark_read(struct maildrop *m, size_t i);
int maildrop_remove(struct maildrop *m, size_t i, struct fault *f);

/* The session lives: to be called once in a while, costs nothing in between. */
void maildrop_touch(struct maildrop *m);

#endif
