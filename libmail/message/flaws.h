/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_FLAWS_H
#define LIBMAIL_MESSAGE_FLAWS_H

/*
 * flaws - what is wrong with a header field as it is written, whatever it says: RFC 5322 2.2, 3.6. What lint.h reports
 * and normalise.h mends is the same.
 */

#include <stdbool.h>

#include "base/span.h"
#include "message/header.h"

enum flaw {
	FLAW_LONG = 1 << 0,	   /* a line of more than HEADER_LINE_MAX octets */
	FLAW_CONTROL = 1 << 1,	   /* NUL or another control character but the tab */
	FLAW_BARE_CR = 1 << 2,	   /* a CR that no LF follows */
	FLAW_8BIT = 1 << 3,	   /* bytes with the high bit: needs RFC 6532, and says no charset */
	FLAW_BLANK_LINE = 1 << 4,  /* a continuation of nothing but blanks, which some take for the end of the header */
	FLAW_BLANK_COLON = 1 << 5, /* blanks between the name and its colon */
};

/* The bits that hold; *line is the offset of the line where the first of them was met, from 0. */
unsigned flaws_find(const struct header_field *field, size_t *line);

/*
 * A field that may stand in a header once only has a number from 1 to FLAWS_SINGLE_MAX, any other 0: those of every
 * part, or with `message` also those of a message.
 */
enum { FLAWS_SINGLE_MAX = 20 };
unsigned flaws_single(struct span name, bool message);

#endif
