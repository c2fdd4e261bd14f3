/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_CASEMAP_DATA_H
#define LIBMAIL_MESSAGE_CASEMAP_DATA_H

/*
 * casemap_data - the table of casemap.c, made from Unicode's UnicodeData.txt by tools/mkcasemap.
 *
 * Characters that are not here, and are no Hangul syllables, stay as they are.
 */

#include <stddef.h>
#include <stdint.h>

/* `n` characters from `first` on, in ascending order; the runs do not overlap. */
struct casemap_run {
	uint32_t first;
	uint16_t n;
	uint16_t step; /* between them, and between what they become; 0: they are listed, and follow each other */
	uint32_t to;   /* what the first becomes; of listed ones: its place in casemap_listed[] */
};

extern const struct casemap_run casemap_runs[];
extern const size_t casemap_nruns;
/* Places in casemap_text[], where a number of characters stands, and then these. */
extern const uint16_t casemap_listed[];
extern const uint32_t casemap_text[];

#endif
