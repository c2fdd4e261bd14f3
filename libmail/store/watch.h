/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_WATCH_H
#define LIBMAIL_STORE_WATCH_H

/*
 * watch - be told when something changes in folders, in the tree of folders, or in a file: inotify(7), and stat(2)
 *where that is not to be had.
 *
 * How an IMAP session in IDLE uses it, without waiting itself:
 *
 *	watch_init(&w)                                at the start; nothing is opened
 *	watch_add(&w, 0, WATCH_FOLDER, m.path)        IDLE begins
 *	... whoever does the I/O polls watch_fd(&w) for reading, if it is not -1, for watch_wait_ms(&w) at most
 *	while (watch_next(&w, &id))                   when that is readable or the time is over
 *		mailbox_doubt(&m), mailbox_refresh(&m, ...)     or, if watch_is_arrival(&w), mailbox_expect(&m)
 *	watch_remove(&w, 0)                           DONE
 *	watch_clear(&w)
 *
 * It is a hint, never more: what changed is found by looking. Something may be told that turns out to be nothing; a
 * change is told at least once. That a message goes from new/ to cur/ and keeps its flags is not told, as every session
 * does that to every message.
 *
 * Instances of inotify are few (128 a user, and all virtual users may be one), and its watches are limited. Where they
 * run out, and for a change by another machine on a network file system, directories' times are compared: every
 * WATCH_POLL_MS where there is no inotify, every WATCH_RECHECK_MS besides it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WATCH_POLL_MS = 500,
	WATCH_RECHECK_MS = 30000,
	WATCH_MAX = 4096, /* folders and trees in one watch; watch_add() does nothing beyond it */
};

enum watch_kind {
	WATCH_FOLDER, /* its messages: new/ and cur/ */
	WATCH_TREE,   /* a Maildir's root: folders made, removed and renamed, and the file "subscriptions" */
	WATCH_FILE,   /* a file that is replaced by another, made or removed; in a directory that is there */
};

/* A zeroed struct is none: watch_init() it. */
struct watch {
	int fd; /* of inotify; -1: none yet, or none to be had */
	struct watch_place *places;
	size_t n, room;
	size_t polled;	   /* how many of them have no watch of inotify */
	int64_t looked_ms; /* when times were compared last */
	bool no_instance;  /* inotify_init(2) has failed */
	bool arrival;	   /* what watch_next() told last */
};

void watch_init(struct watch *w);
void watch_clear(struct watch *w);

/*
 * Watch what is at `path`, from now on; `id` is the caller's name for it. Never fails: what cannot be watched is
 * polled, and what is not there is told when it comes.
 */
void watch_add(struct watch *w, uint32_t id, enum watch_kind kind, const char *path);
/* All that have this id. */
void watch_remove(struct watch *w, uint32_t id);

/* To be polled for reading; -1: there is none. It may become another with watch_add(). */
int watch_fd(const struct watch *w);
/* How long to wait for it at most before watch_next() is asked; -1 when nothing is watched. */
int watch_wait_ms(const struct watch *w);

/* Something changed in *id: true, once for each, then false. Never blocks. */
bool watch_next(struct watch *w, uint32_t *id);
/* And of that: nothing but that messages came into new/, all of which inotify has told. */
bool watch_is_arrival(const struct watch *w);

/* Is all that happens in what has this id told at once? No part of it is polled, and no other machine changes it. */
bool watch_sees_all(const struct watch *w, uint32_t id);

#endif
