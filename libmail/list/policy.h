/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_POLICY_H
#define LIBMAIL_LIST_POLICY_H

/*
 * policy - what becomes of a message that somebody sends to a list: it is sent on, waits for a moderator, is refused,
 * or is dropped.
 *
 * Rules are asked in the order of the table in policy.c, and the first that has an opinion decides: loops and machines'
 * answers are dropped, what `posters` denies is dropped, what is too large or not allowed is refused, and what a person
 * should look at is held. Who writes is told by From; he is a member if that is a member's address, without what
 * follows a delimiter in its local part ("al+work@" is al@) or in the member's, or if the envelope's sender is. Both
 * are what the message says: a list that only moderators may write to gives its moderators the option "moderated" to
 * have their posts confirmed.
 */

#include "list/dmarc.h"
#include "list/incoming.h"
#include "list/run.h"
#include "list/shape.h"

enum policy_verdict { POLICY_POST, POLICY_HOLD, POLICY_REJECT, POLICY_DISCARD };

struct policy {
	enum policy_verdict verdict;
	const char *rule;	/* a word, for the log: "loop" */
	const char *why;	/* a sentence, for people; "" */
	const char *author;	/* who posts, an address, or "" */
	bool is_member, no_ack; /* a member; who is not told that his post was sent */
	struct span topics;	/* of config's `topics`, those of the post */
	enum shape_guard guard;
};

/*
 * Judge r->in. `topic` is what the address said behind the list's name, or "". -1: it cannot be told now. Strings live
 * in the arena.
 */
int policy_judge(struct list_run *r, struct arena *a, const char *topic, struct policy *out, struct fault *f);

/* The same for a post that a moderator has accepted: verdict and rule are POLICY_POST, "accepted". */
int policy_accepted(struct list_run *r, struct arena *a, const char *topic, struct policy *out, struct fault *f);

#endif
