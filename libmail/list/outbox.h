/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_OUTBOX_H
#define LIBMAIL_LIST_OUTBOX_H

/*
 * outbox - posts between the list and the queue: each goes out once, whatever is killed when.
 *
 * Under the list's lock a post is written as the queue file that it is going to be, durably, with the name
 * outbox/NUMBER.HASH.ID: from then on it is accepted. Then it is put into the archive, written down in `posts`, and
 * renamed into the queue; each of these may be done twice. Whoever has the lock next finds what is left in outbox/ and
 * goes on with it, before he looks whether a post is a duplicate.
 */

#include "list/posts.h"
#include "list/run.h"

/* All that was left there. Under the list's lock. */
int outbox_recover(struct list_run *r, struct fault *f);

/*
 * Accept what the writer has: on 0 it is in outbox/; on -1 there is nothing. `nobody`: it has no recipients, and is not
 * for the queue.
 */
int outbox_commit(struct list_run *r, struct spool_writer *w, uint64_t number, const char *hash, bool nobody,
		  struct fault *f);

#endif
