/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_DIGEST_H
#define LIBMAIL_LIST_DIGEST_H

/*
 * digest - several posts in one message, for members who want it so: "Friends Digest, Vol 2026, Issue 12".
 *
 * `digest` says when: "daily" and "weekly" as soon as a post of an earlier day or week (from Monday, in the zone of
 * this process) waits, at the next post or by a timer; "N posts" when so many wait. digest_max posts, or
 * digest_max_size octets of them, make a digest at once. A member has it in the form that `digest_form` says, with
 * MEMBER_PLAIN_DIGEST as text: a multipart/digest (RFC 2046 5.1.5), or RFC 1153 with attachments as notes.
 *
 * The posts are those of the Maildir archive/, or undigested/ where there is none, whose UIDs are their numbers. What
 * somebody has removed there is left out.
 *
 * Nobody gets a digest twice, and no post is left out, wherever the process is killed: each form is written durably
 * into digests/, then the file `digest` says up to which post that is, and only then they go into the queue. Who comes
 * next sends what the file knows of, and removes what it does not. Memory does not grow with the posts.
 */

#include "list/posts.h"
#include "list/run.h"

/* The file `digest`: up to which post everything was sent, and what the last one was called. */
struct digest_state {
	uint64_t last;
	unsigned volume, issue; /* a year, and a number in it; 0: there has been none */
};

/* 1, 0 there is none yet, -1. */
int digest_read_state(struct list *l, struct digest_state *s, struct fault *f);

/* Posts waiting: are they due now? `when` of the first that waits. */
bool digest_is_due(const struct list_settings *s, size_t posts, uint64_t octets, int64_t first, int64_t now);

/*
 * Send what is due; with `force` whatever waits. Takes the list's lock. Cheap when nothing is due. A list whose
 * `digest` is "no" sends none.
 */
int digest_run(struct list_run *r, bool force, struct fault *f);

#endif
