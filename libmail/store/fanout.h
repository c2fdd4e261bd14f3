/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_FANOUT_H
#define LIBMAIL_STORE_FANOUT_H

/*
 * fanout - the same message into several Maildirs of one owner: written and synced once,
 * hard-linked into the others; copied where a link cannot be made.
 */

#include "base/arena.h"
#include "base/fault.h"
#include "store/maildir.h"

enum { FANOUT_MAX = 64 };

struct fanout {
	struct maildir *mailboxes; /* in the arena */
	size_t n;
	size_t first;	      /* the one that is written to */
	struct fault *faults; /* NULL: all or none; else, in the arena, how it stands with each (FAULT_NONE: well) */
	struct maildir_writer writer;
};

/* Opens all (creating them), begins in the first. On a fault nothing is left open. */
int fanout_begin(struct fanout *o, struct arena *a, const char *const *paths, size_t n, struct fault *f);
/* The same, but each mailbox for itself: o->faults says which failed, also after the commit. -1: all did. */
int fanout_begin_each(struct fanout *o, struct arena *a, const char *const *paths, size_t n, struct fault *f);
void fanout_put(struct fanout *o, const void *p, size_t n);
/* Durable in all (or in each that has no fault) on return 0. On -1 it is in none, unless this process or the machine
 * ended meanwhile. */
int fanout_commit(struct fanout *o, struct fault *f);
void fanout_abort(struct fanout *o);

#endif
