/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_PROBE_H
#define LIBMAIL_LIST_PROBE_H

/*
 * probe - nobody is removed because of what reports say, but because a message to him alone came back.
 *
 * A member whose bounces have reached bounce_score_limit is sent a probe, which tells him what he has missed. It has a
 * sender of its own that is signed (TOKEN_PROBE), so that only this message's coming back counts. While the first is
 * under way he still gets mail. When one comes back he is paused, and sent the next after probe_after. After
 * remove_after that came back he is removed, and the owners are told. When one has not come back within probe_after all
 * is forgotten, and he is told which posts he has missed.
 *
 * Whoever is killed between two steps leaves a state from which probe_tick() goes on: a probe may be sent twice,
 * nothing is forgotten, and nobody is removed for less.
 */

#include "list/run.h"
#include "list/score.h"

/* Send a member his next probe. Under the list's lock, as all here. */
int probe_send(struct list_run *r, const struct score *s, struct fault *f);

/* A probe of this member came back, for this reason. Ignored where none is under way. */
int probe_returned(struct list_run *r, const char *address, struct span status, struct span text, struct fault *f);

/* Do what is due now: for the list's next post or bounce, or a timer. Takes the lock. */
int probe_tick(struct list_run *r, struct fault *f);

/* Forget all bounces of a member, who gets mail again if he was paused. Takes the lock. 1, 0 there was nothing. */
int probe_forgive(struct list_run *r, const char *address, const char *why, struct fault *f);

#endif
