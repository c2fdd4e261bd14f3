/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_AUDIENCE_H
#define LIBMAIL_LIST_AUDIENCE_H

/*
 * audience - who gets a post: the members as recipients of one queue file, by domain, so that the relay finds those
 * together who may share a transaction.
 *
 * Left out are members with nomail, those who are paused, those with digest where the list has digests, the author with
 * notmetoo, who has chosen other topics, whom To or Cc names where he (nodupes) or the list (`nodupes`) says so, and
 * the list's own address. With VERP (`verp` in config) each has a signed sender of his own (TOKEN_BOUNCES), and if the
 * post has a place for it (queue/patch.h) his own one-click address; without, all share the bounces address. A bounce
 * is asked for, with the header only: NOTIFY=FAILURE, RET=HDRS; ENVID says what it is about, and without VERP ORCPT
 * whom.
 */

#include "list/run.h"
#include "queue/envelope.h"

struct audience {
	const char *author; /* who posts, an address, or "" */
	struct span topics; /* of the post, separated by commas; empty: it is for all */
	struct span header; /* of the post, as it came: its To and Cc; or empty */
	const char *envid;  /* of the queue file */
	bool oneclick;	    /* fill in `put` for the envelope's patch */
};

/*
 * Fill e->rcpts, which live in the arena, and e->sender, ret and envid. e->n may be 0. -1: the members cannot be read,
 * or there is no key.
 */
int audience_fill(struct list_run *r, struct arena *a, const struct audience *who, struct envelope *e, struct fault *f);

#endif
