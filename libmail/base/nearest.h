/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_NEAREST_H
#define LIBMAIL_BASE_NEAREST_H

/*
 * nearest - which known name did somebody mean who wrote an unknown one?
 *
 * Offer every known name, then ask. The measure is the edit distance
 * (insertions, deletions and replacements of one byte); a name is near when at most
 * a third of the longer of the two would have to change. Nothing is near a word longer than NEAREST_MAX.
 */

#include <stddef.h>

#include "base/span.h"

enum { NEAREST_MAX = 64 /* bytes */ };

struct nearest {
	struct span word;
	const char *best;
	size_t distance; /* of best; less counts as nearer */
};

void nearest_init(struct nearest *n, struct span word);
/* `name` is borrowed. */
void nearest_offer(struct nearest *n, const char *name);
/* The nearest of those that were offered, the first of several; NULL if none is near. */
const char *nearest_name(const struct nearest *n);

#endif
