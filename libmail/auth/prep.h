/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_PREP_H
#define LIBMAIL_AUTH_PREP_H

/*
 * prep - user names and passwords before they are compared or hashed: SASLprep (RFC 4013), but for the Unicode
 * normalisation (NFKC), for which libc has no tables: clients normalise before they send.
 *
 * What is done: spaces of all kinds become U+0020, invisible characters (RFC 3454 B.1) are dropped. Control
 * characters, private use, non-characters, and what is not UTF-8 are refused. ASCII stays what it is.
 */

#include "base/buf.h"
#include "base/span.h"

/* Append the prepared text, which is never longer than it was: 0, or -1 for what is not allowed. */
int prep_put(struct buf *out, struct span text);

#endif
