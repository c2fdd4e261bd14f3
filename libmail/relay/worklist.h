/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_WORKLIST_H
#define LIBMAIL_RELAY_WORKLIST_H

/*
 * worklist - which messages are to be tried: what has just come, in order, before what is due.
 *
 * New mail has three turns of four when older mail is due, so that neither waits for the end of the other.
 * It is a memory of what the spool says; a message may be in it twice, or be gone.
 */

#include "queue/spool.h"
#include "relay/agenda.h"

struct worklist {
	struct worklist_list {
		struct worklist_item *head, **tail;
	} fresh, backlog; /* what comes now; what the spool has, or a destination had put off */
	unsigned turns;
	struct agenda agenda;
	struct arena names; /* domains that items are about */
	int64_t rescan;	    /* monotonic, milliseconds: when the spool is looked at again */
	int64_t offset;	    /* of the clock from the monotonic one at the last scan, seconds */
	int64_t asked;	    /* ... when somebody wanted everything on the agenda to be tried */
};

/* A message whose turn it is. */
struct worklist_turn {
	char id[ENTROPY_ID + 1];
	int64_t asked; /* somebody wants it tried, due or not: since then, monotonic milliseconds; 0: nobody does */
	const char *domain; /* only if it waits for recipients there; NULL: in any case */
};

void worklist_init(struct worklist *w);
void worklist_clear(struct worklist *w);

/* To be tried next; `asked`: even if it is not due, because somebody wants it now. */
void worklist_add(struct worklist *w, const char *id, bool asked);
/* The reason to put it off is gone: to be tried even if it is not due, but not before what is new. */
void worklist_release(struct worklist *w, const char *id);
/* There is room for it again, as it was taken from the list. */
void worklist_return(struct worklist *w, const char *id);
/* To be tried at `due`, seconds since 1970. */
void worklist_defer(struct worklist *w, int64_t due, const char *id);

/*
 * Look through new/ and deferred/ and begin the agenda anew; with `all`, everything is due. At the first time, and
 * after the clock was set, what is due later than in `horizon` seconds is looked at now. Removes what crashed writers
 * left. -1: a directory cannot be read now; what could be read is on the list.
 */
int worklist_scan(struct worklist *w, struct spool *s, bool all, long horizon, struct fault *f);
/* Put every message on the list for those that wait for this domain (see relay_flush_destination()). */
int worklist_flush(struct worklist *w, struct spool *s, struct span domain, struct fault *f);

/* The next one that may be tried now; false when there is none. */
bool worklist_take(struct worklist *w, struct worklist_turn *turn);
bool worklist_is_due(const struct worklist *w);
/* When there will be something to do, monotonic milliseconds. */
int64_t worklist_wake(const struct worklist *w);

#endif
