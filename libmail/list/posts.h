/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_POSTS_H
#define LIBMAIL_LIST_POSTS_H

/*
 * posts - the file of that name: a line for each post that a list has sent, in the order of their numbers.
 *
 *	12 2026-11-22T15:00:00Z 0a1xk3f0q8zj2m5t 4096 carla@example.org lunch%20on%20Friday
 *
 * Number, when, hash, octets, who From names, and the subject, decoded. The hash is of the Message-ID, so that the same
 * post is not sent twice, and a bounce of it tells which post it is about.
 */

#include <stdint.h>

#include "list/list.h"

enum {
	POSTS_HASH = 16,	 /* characters: digits and small letters, 80 bits of SHA-256 */
	POSTS_SUBJECT_MAX = 500, /* octets of a subject that are kept; a longer one ends with "..." */
};

struct post {
	uint64_t number; /* from 1 */
	int64_t when;	 /* seconds since 1970 */
	const char *hash;
	uint64_t octets;
	struct span from, subject; /* UTF-8, maybe empty; from the file: of the text, or in the arena */
};

/* Of a Message-ID with its angle brackets, or of whatever else stands for the post. Needs the module "crypto". */
const char *posts_hash(struct arena *a, struct span bytes, struct fault *f);

/* The file, for posts_next(): 0, -1. */
int posts_read(struct list *l, struct arena *a, struct span *text, struct fault *f);
/* The next from the front of *rest: 1, 0 at the end. A line that is none is passed over. */
int posts_next(struct span *rest, struct arena *a, struct post *out);

/* Is one with this hash among them? 1 and its line (strings in the arena), 0, -1. */
int posts_find_hash(struct list *l, struct arena *a, const char *hash, struct post *out, struct fault *f);
/* The number of the post with this Message-ID: 1, 0 none is known, -1. */
int posts_find(struct list *l, const char *message_id, uint64_t *number, struct fault *f);
/* The number of the last post, 0: there has been none. */
int posts_last(struct list *l, uint64_t *number, struct fault *f);

/* Append one, durably. Under the list's lock. */
int posts_append(struct list *l, const struct post *p, struct fault *f);

#endif
