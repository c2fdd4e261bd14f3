/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_POST_H
#define LIBMAIL_LIST_POST_H

/*
 * post - a message becomes a post: judged (list/policy.h), shaped (list/shape.h), addressed (list/audience.h), and put
 * into the queue once (list/outbox.h), whatever is killed meanwhile and however often it is brought.
 */

#include "list/place.h"
#include "list/policy.h"
#include "list/run.h"

/*
 * r->in came for the list; t->word is a topic, or "". 0: it was sent, is held, or was refused or dropped, which the
 * list's log says; -1: temporary, and it should be brought again.
 */
int post_run(struct list_run *r, const struct list_target *t, struct fault *f);

/*
 * Send r->in as it was judged. 1; 0: it is a duplicate of a post that was sent (by its Message-ID; without one by its
 * header and the beginning of its text); -1. *number is the post's.
 */
int post_send(struct list_run *r, const struct policy *policy, uint64_t *number, struct fault *f);

/*
 * What makes a post that was sent due: pages of the archive, digests, probes. It takes time, so not under the list's
 * lock. What fails is logged, and for the next time.
 */
void post_follow_up(struct list_run *r);

#endif
