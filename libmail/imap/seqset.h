/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SEQSET_H
#define LIBMAIL_IMAP_SEQSET_H

/*
 * seqset - a set of message numbers or UIDs, as ranges: sequence-set of RFC 9051 9, "1,5:7,*:20" or "$" (RFC 5182).
 *
 * As it is read a set stands as it was written: "*" is SEQSET_STAR. seqset_resolve() gives it its value and brings the
 * ranges in order; only then is the set good for anything else. Sets that are made with seqset_add() in ascending order
 * are in order at once. 8 octets a range, in an arena; a set that is read has as many ranges as its text allows.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

#define SEQSET_STAR UINT32_C(0) /* in a set that is not resolved */

struct seqset_range {
	uint32_t first, last;
};

struct seqset {
	struct seqset_range *v;
	size_t n, room;
	bool is_saved; /* it was "$": the ranges are to be those of the last search */
};

/* The whole of `text`, unresolved: 0, or -1 when it is no set. Numbers are 1 to 4294967295 without zeros in front. */
int seqset_parse(struct arena *a, struct span text, struct seqset *out);

/*
 * "*" becomes `star`, the largest number in use; 0: there is none, and ranges with "*" in them are left out. Then
 * ranges are sorted and those that touch are joined: n log n.
 */
void seqset_resolve(struct seqset *s, uint32_t star);

/* Add a range: cheap when it is behind all others or touches the last, else seqset_resolve() is to follow. */
void seqset_add(struct arena *a, struct seqset *s, uint32_t first, uint32_t last);

/* Of sets in order: the first range that does not end before the number; n if there is none (log n). */
size_t seqset_find(const struct seqset *s, uint32_t number);
/* Is it in it? How many numbers are in it? The largest; 0 when it is empty. */
bool seqset_has(const struct seqset *s, uint32_t number);
uint64_t seqset_count(const struct seqset *s);
uint32_t seqset_last(const struct seqset *s);

/* The numbers in ascending order. Start with a zeroed iterator. */
struct seqset_iter {
	size_t range;
	uint32_t offset;
};
bool seqset_next(const struct seqset *s, struct seqset_iter *it, uint32_t *number);

#endif
