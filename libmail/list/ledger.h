/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_LEDGER_H
#define LIBMAIL_LIST_LEDGER_H

/*
 * ledger - the file `bounces` of a list: what came back, and what was done about it, a line each.
 *
 *	2026-11-22T15:00:00Z bounce al@example.net 2 5.1.1 12 550 5.1.1 no such user
 *	2026-11-27T15:00:00Z probe al@example.net 1 - - -
 *	2026-11-27T15:01:00Z returned al@example.net 1 5.1.1 17 550 5.1.1 no such user
 *	2026-11-28T15:00:00Z reset al@example.net 0 - - by hand
 *	2026-11-22T15:02:00Z pause - 31 5.7.26 12 -
 *
 * When, what, who, a number, a status, a post, and to the end of the line a text; "-" is nothing. It is appended to,
 *and what has become too old to count is cut off at its front from time to time. A line that is none (a crash has torn
 *it, somebody has edited the file) is passed over.
 */

#include <stdint.h>

#include "base/buf.h"
#include "list/list.h"

enum {
	LEDGER_TEXT_MAX = 300,	   /* octets of a text; a longer one ends with "..." */
	LEDGER_COMPACT = 64 << 10, /* octets of a file that is worth being shortened */
};

enum ledger_what {
	LEDGER_BOUNCE,	 /* number: halves of a bounce that it is (list/blame.h) */
	LEDGER_PROBE,	 /* number: of the probe, from 1 */
	LEDGER_RETURNED, /* a probe came back; number: of the probe; post: the last one that he got */
	LEDGER_RESET,	 /* what was before counts no more; text: why */
	LEDGER_PAUSE,	 /* bounces of this post do not count; number: how many members had sent it back */
};

struct ledger_entry {
	int64_t when; /* seconds since 1970 */
	enum ledger_what what;
	struct span who; /* identity of a member (members.h); of a pause empty */
	unsigned number;
	struct span status; /* "5.1.1", or empty */
	uint64_t post;	    /* 0: not known */
	struct span text;   /* escaped as base/printable.h does when it is written */
};

/* The file; of one that is not there nothing. Lives in the arena. */
int ledger_read(struct list *l, struct arena *a, struct span *text, struct fault *f);

/* The next entry from the front of *rest: 1, 0 at the end. Spans point into the text, or are in the arena. */
int ledger_next(struct span *rest, struct arena *a, struct ledger_entry *out);

/* A line, with its end. */
void ledger_put(struct buf *out, const struct ledger_entry *e);

/* Append, durably. Under the list's lock. */
int ledger_append(struct list *l, const struct ledger_entry *entries, size_t n, struct fault *f);

/*
 * Cut off what is older than `before`, if that is more than half of a file of more than LEDGER_COMPACT octets. Under
 * the list's lock. `text` is the file as it is now.
 */
int ledger_compact(struct list *l, struct span text, int64_t before, struct fault *f);

#endif
