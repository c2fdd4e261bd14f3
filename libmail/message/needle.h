/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_NEEDLE_H
#define LIBMAIL_MESSAGE_NEEDLE_H

/*
 * needle - is a text in another, in any language and whatever the case of its letters (message/casemap.h)?
 *
 * Needles are looked for in a stream of text, many at once: struct haystack. What is ASCII is looked at where it lies,
 * at the speed of memory; only pieces with other characters are mapped. Time is linear whatever the texts are.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

struct needle {
	struct span text;      /* as casemap.h makes it */
	size_t probe[2];       /* offsets of the two octets that are rarest in mail */
	unsigned char want[2]; /* these, */
	unsigned char mask[2]; /* and what is or'ed to an octet before it is compared */
};

enum {
	NEEDLE_PIECE = 64 << 10, /* octets that are mapped at a time at most */
};

/* Text is UTF-8; the empty one is in everything. */
void needle_init(struct needle *n, struct arena *a, struct span text);

/* Is it in s? The case of ASCII letters does not matter, so s may be ASCII as it is, or what casemap.h made. */
bool needle_is_in(const struct needle *n, struct span s);

struct haystack {
	const struct needle *needles; /* the caller's */
	size_t n;
	bool *found;  /* of each; the caller's */
	size_t left;  /* how many have not been found */
	size_t reach; /* the longest of them, less one */
	struct buf seam, mapped;
};

/* Nothing has been found yet, but what is empty. */
void haystack_init(struct haystack *h, const struct needle *needles, size_t n, bool *found);
/* Begin anew, with the same needles. */
void haystack_reset(struct haystack *h);
/* Another text; what was found stays found. */
void haystack_restart(struct haystack *h);
/* More of the text: UTF-8, whole characters. A needle that a cut went through is found. */
void haystack_feed(struct haystack *h, struct span piece);
void haystack_clear(struct haystack *h);

#endif
