/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_WORKLIST_H
#define LIBMAIL_RELAY_WORKLIST_H

/*
 * worklist - which messages are to be tried: what has just come, in order, before what is due.
 *
 * It is a memory of what the spool says; a message may be in it twice, or be gone.
 */

#include "queue/spool.h"
#include "relay/agenda.h"

struct worklist {
	struct worklist_item *head, **tail;
	struct agenda agenda;
	int64_t rescan; /* monotonic, milliseconds: when the spool is looked at again */
};

void worklist_init(struct worklist *w);
void worklist_clear(struct worklist *w);

/* To be tried next; `forced`: even if it is not due. */
void worklist_add(struct worklist *w, const char *id, bool forced);
/* To be tried at `due`, seconds since 1970. */
void worklist_defer(struct worklist *w, int64_t due, const char *id);

/*
 * Look through new/ and deferred/ and begin the agenda anew; with `all`, everything is due. Removes what crashed
 * writers left. -1: a directory cannot be read now; what could be read is on the list.
 */
int worklist_scan(struct worklist *w, struct spool *s, bool all, struct fault *f);

/* The next one that may be tried now; false when there is none. */
bool worklist_take(struct worklist *w, char id[ENTROPY_ID + 1], bool *forced);
bool worklist_is_due(const struct worklist *w);
/* When there will be something to do, monotonic milliseconds. */
int64_t worklist_wake(const struct worklist *w);

#endif
