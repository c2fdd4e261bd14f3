/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_CASEMAP_H
#define LIBMAIL_MESSAGE_CASEMAP_H

/*
 * casemap - texts that are the same but for the case of their letters: the collation i;unicode-casemap, RFC 5051.
 *
 * Each character becomes its titlecase form, fully decomposed: so "straße" stays apart from "STRASSE", but what is
 * written with combining accents equals what is written with accented letters, and full-width letters, ligatures and
 * the like equal the plain ones. Two texts are equal, one contains another, or comes before it, when the octets of what
 * they become do.
 */

#include "base/buf.h"
#include "base/span.h"

enum {
	CASEMAP_GROWTH = 11,	 /* octets of output for one of input at most */
	CASEMAP_ROOM = 12 << 10, /* which *out must have besides */
};

/* Append what UTF-8 becomes. Octets that are no character stay as they are. */
void casemap_put(struct buf *out, struct span text);

#endif
