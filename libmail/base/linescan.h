/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_LINESCAN_H
#define LIBMAIL_BASE_LINESCAN_H

/*
 * linescan - run over text at the speed of memory: count its lines, find the next that begins with some character.
 */

#include <stdint.h>

#include "base/span.h"

struct linescan {
	uint64_t lines; /* LFs */
	uint64_t bare;	/* those of them that no CR precedes */
};

/*
 * The offset, from 1 on, of the first c that follows an LF in s; s.n when there is none. What is in front of it is
 * added to *count. `previous` is the byte before s, 0 if there is none.
 */
size_t linescan_find(struct span s, char c, char previous, struct linescan *count);

/* Add all of s to *count. */
void linescan_count(struct span s, char previous, struct linescan *count);

#endif
