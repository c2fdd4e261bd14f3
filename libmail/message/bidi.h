/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_BIDI_H
#define LIBMAIL_MESSAGE_BIDI_H

/*
 * bidi - which way characters are written: as far as RFC 3454 6 asks for it, so that a name does not look like another
 * one. The table bidi_data.c is made from Unicode's by tools/mkbidi.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum bidi_direction {
	BIDI_NONE,  /* digits, marks, signs; what is not assigned */
	BIDI_LEFT,  /* to the right: LCat, RFC 3454 D.2 */
	BIDI_RIGHT, /* to the left: RandALCat, RFC 3454 D.1 */
};

enum bidi_direction bidi_direction(uint32_t c);

/*
 * May the text be a string (RFC 3454 6)? With a character that is written to the left it may have none that is written
 * to the right, and it begins and ends with such. Of what is UTF-8.
 */
bool bidi_is_plain(struct span text);

struct bidi_range {
	uint32_t first, last;
	uint8_t direction;
};

extern const struct bidi_range bidi_ranges[]; /* ascending */
extern const size_t bidi_nranges;

#endif
