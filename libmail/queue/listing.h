/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_QUEUE_LISTING_H
#define LIBMAIL_QUEUE_LISTING_H

/*
 * listing - the messages of a spool, oldest first, and which of them are meant.
 *
 * Only ids are held in memory (18 bytes a message); each message is read when it is
 * its turn. A message that a relay finishes or moves meanwhile is left out or found where
 * it is then.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/opt.h"
#include "queue/spool.h"

/* All that is given must match; of a list one. Globs as fnmatch(3)'s, without regard to case. */
struct listing_select {
	struct opt_list sender;	     /* globs; the null sender is "" or "<>" */
	struct opt_list recipient;   /* globs, of a recipient that is not done */
	struct opt_list destination; /* globs, of the domain of such a recipient */
};

bool listing_selects(const struct listing_select *select, const struct envelope *e);

struct listing_entry {
	char id[ENTROPY_ID + 1];
	char box; /* enum spool_box */
};

struct listing {
	struct spool *spool;
	struct listing_entry *entries;
	size_t n, room, at;
};

/* Read the names in the boxes, a set of 1 << SPOOL_x. The caller clears it. */
int listing_open(struct listing *l, struct spool *s, unsigned boxes, struct fault *f);
void listing_clear(struct listing *l);

/*
 * The next message that is still there, claimed as `how` says: to be given back
 * with spool_release(). 1; 0 at the end; -1 at one that is damaged, or
 * cannot be read now: *entry names it in any case, and the iteration goes on. With SPOOL_CLAIM_WORK messages that
 * somebody else works on are left out.
 */
int listing_next(struct listing *l, enum spool_claim how, struct arena *a, struct listing_entry *entry,
		 struct spool_message *m, struct fault *f);

#endif
