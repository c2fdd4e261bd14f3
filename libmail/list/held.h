/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_HELD_H
#define LIBMAIL_LIST_HELD_H

/*
 * held - messages that wait for a moderator: files held/ID, which say why in front.
 *
 *	letterbox-held 1
 *	told 1                             0: moderators and author have not been told yet
 *	held 1795305600                    seconds since 1970
 *	rule members
 *	sender <carla@example.net>         the envelope
 *	recipient <friends@example.org>
 *	topic beer                         or nothing
 *	author <carla@example.net>
 *	reason its author is not a member of the list
 *
 *	...message...
 *
 * The ID is the hash that is going to be the post's in `posts`: so a message that is brought twice waits once, and its
 * author is told once. Moderators (or if there is none, the owners) get the message with a signed address each to
 *accept and to reject it, good for 14 days: a reply accepts. It is dropped after `held_days`.
 */

#include "list/policy.h"
#include "list/run.h"

enum {
	HELD_ID = 16,		    /* characters: digits and small letters */
	HELD_HEAD_MAX = 16 << 10,   /* octets in front of the message */
	HELD_ATTACHED_MAX = 1 << 20 /* octets of a message that moderators get whole; of a longer one its header */
};

struct held {
	const char *id, *rule, *sender, *recipient, *topic, *author, *why;
	const char *subject; /* decoded */
	int64_t when;
	bool told;
	off_t at, size; /* of the message in the file */
};

/* Hold r->in: durable, and moderators and author have been told. `hash` is posts_hash() of it. */
int held_add(struct list_run *r, const struct policy *policy, const char *topic, const char *hash, struct fault *f);

/* Open one: its descriptor in *fd, the caller's to close. 1, 0 there is none (any more), -1. */
int held_open(struct list *l, struct arena *a, const char *id, struct held *out, int *fd, struct fault *f);

/* Those that there are, the oldest first; -1. Ones that cannot be read are passed over. */
int held_list(struct list *l, struct arena *a, struct held **out, size_t *n, struct fault *f);

/* Send it on; tell its author that it is not (`note` says why, or is ""). 1; 0 there is none (any more); -1. */
int held_accept(struct list_run *r, const char *id, struct fault *f);
int held_reject(struct list_run *r, const char *id, const char *note, struct fault *f);

/* Drop what has waited longer than held_days. */
int held_expire(struct list_run *r, struct fault *f);

#endif
