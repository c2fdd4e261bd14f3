/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_CHARMAP_H
#define LIBMAIL_MESSAGE_CHARMAP_H

/*
 * charmap - what each character of Unicode becomes: one character or several. The maps are made by tools/mkcasemap.
 *
 * Syllables of Hangul are split in every map, see hangul.h, and stand in none. Other characters that are not there stay
 * as they are.
 */

#include <stddef.h>
#include <stdint.h>

enum { CHARMAP_MAX = 18 /* characters that one becomes at most: U+FDFA */ };

/* `n` characters from `first` on, in ascending order; the runs do not overlap. */
struct charmap_run {
	uint32_t first;
	uint16_t n;
	uint16_t step; /* between them, and between what they become; 0: they are listed, and follow each other */
	uint32_t to;   /* what the first becomes; of listed ones: its place in `listed` */
};

struct charmap {
	const struct charmap_run *runs;
	size_t nruns;		/* at least 1 */
	const uint16_t *listed; /* places in `text`, where a number of characters stands, and then these */
	const uint32_t *text;
};

/* What c becomes, and how many characters that are: 1 to CHARMAP_MAX. */
size_t charmap_find(const struct charmap *map, uint32_t c, uint32_t out[CHARMAP_MAX]);

#endif
