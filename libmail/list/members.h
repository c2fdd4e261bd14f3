/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_MEMBERS_H
#define LIBMAIL_LIST_MEMBERS_H

/*
 * members - the files members, moderators and owners: a line a person.
 *
 *	# a comment
 *	al@example.net
 *	Bo@example.org digest since=2026-11-22 topics=beer,wine name="Bo Green"
 *
 * Options are separated by blanks, in any order. An address is kept as it was given; who it is, its identity, is the
 * same for "AL@Example.NET" and "al@example.net.". Files are appended to or replaced under the list's lock, so reading
 * needs none: a reader sees what was there when it opened the file. A last line without line end is what a crash has
 * left, and no member; the next change makes a comment of it.
 *
 * Memory is the file's size, and for many look-ups 8 to 16 octets a member. Time is linear.
 */

#include <stdbool.h>
#include <stdint.h>

#include "list/list.h"
#include "list/member.h"

enum {
	MEMBERS_FILE_MAX = 64 << 20, /* octets: a million members */
	MEMBERS_SCANS = 8,	     /* look-ups that scan before the index is built */
};

struct members {
	const char *path; /* of the file, for faults */
	char *text;
	size_t n;		    /* octets of whole lines */
	size_t torn;		    /* octets behind them */
	struct members_slot *slots; /* the index, when it is built */
	size_t nslots;
	uint64_t seed;
	unsigned scans;
};

/* `file`: "members", "moderators", "owners". One that is not there has nobody. */
int members_open(struct members *m, struct list *l, const char *file, struct fault *f);
void members_close(struct members *m);

/* Begin with a zeroed walk. */
struct members_walk {
	size_t at;
	size_t line; /* of the member that was returned last, from 1 */
};

/* The next: 1; 0 at the end; -1 at a line that is none, and the call may be repeated. The fault says "FILE:LINE: ...".
 * Spans live until members_close(). */
int members_next(struct members *m, struct members_walk *w, struct member *out, struct fault *f);

/* 1; 0 there is none of that identity. Wrong lines are skipped. */
int members_find(struct members *m, const char *address, struct member *out);

/* How many members there are, wrong lines not among them. */
size_t members_count(struct members *m);

/*
 * Under the lock, which is taken if need be: look, append, sync. 1 added, 0 there is one of that identity, -1: an
 * address that cannot be a member's is a permanent fault 553 5.1.3.
 */
int members_add(struct list *l, const char *file, const struct member *m, struct fault *f);

/* The file without it: 1, 0 there was none, -1. */
int members_remove(struct list *l, const char *file, const char *address, struct fault *f);

/* Its line anew, also how its address is written: 1, 0 there is none, -1. */
int members_change(struct list *l, const char *file, const struct member *m, struct fault *f);

/* Several at once in one write: each as members_add(). `added` counts those that were not there. */
int members_add_all(struct list *l, const char *file, const struct member *m, size_t n, size_t *added, struct fault *f);
/* Several removed in one write. */
int members_remove_all(struct list *l, const char *file, const char *const *addresses, size_t n, size_t *removed,
		       struct fault *f);

#endif
