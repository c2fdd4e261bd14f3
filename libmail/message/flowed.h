/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_FLOWED_H
#define LIBMAIL_MESSAGE_FLOWED_H

/*
 * flowed - text/plain; format=flowed, RFC 3676: paragraphs that every program shows as they should be, also one that
 * does not know it.
 *
 * A line that ends with a blank goes on in the next. Lines end with LF or CR LF. Both functions are streams by
 * paragraph: text may be given in pieces that end with whole lines, and put together what they put is the same, except
 * that a paragraph does not go on behind the end of a piece.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"

enum {
	FLOWED_WIDTH = 72,	/* columns of a line that we write, unless a word is longer */
	FLOWED_LINE_MAX = 998,	/* octets: a word that is longer is cut, RFC 3676 4.2 */
	FLOWED_QUOTE_MAX = 100, /* depth of quotation that is told apart */
};

/*
 * Write text whose lines are paragraphs, however long. Lines that begin with ">" are quotations and flow with their
 * mark. Blanks at the end of lines are left out, except in the signature's "-- ".
 */
void flowed_put(struct buf *out, struct span text);

/* Read it: each paragraph becomes a line, quotations with ">" marks and a blank. `delsp`: the parameter DelSp is "yes".
 */
void flowed_parse(struct buf *out, struct span text, bool delsp);

#endif
