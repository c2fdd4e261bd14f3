/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_SUBSCRIBE_H
#define LIBMAIL_LIST_SUBSCRIBE_H

/*
 * subscribe - how somebody comes onto a list and leaves it: what is asked, what was confirmed, and who is told.
 *
 * Nothing is kept of what was asked: the right to confirm is in the address that the question came from
 * (list/token.h). So confirming twice does no harm, and a million questions take no room. What those who ask are told
 * never depends on whether an address is on the list; that is told to the address alone.
 */

#include <stdbool.h>

#include "list/members.h"
#include "list/run.h"
#include "list/token.h"

/*
 * It is decided: on the list, welcomed, owners told, as the list's settings say, and logged. 1; 0 was there already;
 * -1. An address of the list itself is a permanent fault.
 */
int subscribe(struct list_run *r, const struct member *m, struct fault *f);
/* The same the other way: 1; 0 was not there. */
int unsubscribe(struct list_run *r, const char *address, struct fault *f);

/*
 * Somebody asks by mail; `is_own`: From has this address, else it is for somebody else. 1 done at once, where the
 * list's settings allow that; 0 whatever there is to say has been written to the address itself, if it is not too
 * often for one day; -1. Of flags MEMBER_DIGEST and MEMBER_NOMAIL last until the confirmation. Not to be called with
 * subscription = closed.
 */
int subscribe_ask(struct list_run *r, const struct member *m, bool is_own, struct fault *f);
int unsubscribe_ask(struct list_run *r, const char *address, bool is_own, struct fault *f);

/* An owner asks, or somebody in his name: the question goes to `owner`. 0, -1. */
int subscribe_ask_owner(struct list_run *r, const char *owner, const char *address, bool add, struct fault *f);

/*
 * Do what a token, which was checked, is for: subscribe (or ask the moderators to approve it), unsubscribe. 1; 0 that
 * was done before; -1: permanent 550 5.7.1 if it is not for that, or nobody knows for whom. `hints` is text in which
 * the address may stand if the token has but its hash: sender, subject and body of the message; empty: only members are
 * tried.
 */
int subscribe_by_token(struct list_run *r, const struct token *t, struct span hints, struct fault *f);

/* Where a browser can do it: list_http_url/NAME/WORD-TOKEN-WHO; "" where there is no such service. NULL: a fault. */
const char *subscribe_url(struct list_run *r, struct arena *a, enum token_action action, const char *who,
			  struct fault *f);

#endif
