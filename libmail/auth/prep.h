/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_PREP_H
#define LIBMAIL_AUTH_PREP_H

/*
 * prep - user names and passwords before they are compared or hashed: SASLprep, RFC 4013.
 *
 * Spaces of all kinds become U+0020, invisible characters (RFC 3454 B.1) are dropped, and the text is normalised
 * (message/nfkc.h). Control characters, private use, non-characters, what is not UTF-8 and what is longer than NFKC_MAX
 * are refused, and so is a text in two directions, or one that is written to the left and does not begin and end with a
 * character that is (message/bidi.h). ASCII stays what it is.
 */

#include "base/buf.h"
#include "base/span.h"

/* Append the prepared text, NFKC_GROWTH octets for one at most: 0, or -1 for what is not allowed. */
int prep_put(struct buf *out, struct span text);

#endif
