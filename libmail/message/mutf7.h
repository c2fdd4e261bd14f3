/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_MUTF7_H
#define LIBMAIL_MESSAGE_MUTF7_H

/*
 * mutf7 - modified UTF-7, in which IMAP4rev1 and Maildir++ write the names of mailboxes (RFC 3501 5.1.3).
 *
 * Strict both ways: a text has exactly one encoding, and what is not one is refused, so that no two names mean the same
 * and no "/" or NUL hides in one.
 */

#include "base/buf.h"
#include "base/span.h"

/* Append the encoding of UTF-8 text. -1, and nothing appended, when it is not valid UTF-8 or has control characters. */
int mutf7_put(struct buf *out, struct span utf8);

/* Append the UTF-8 text that is meant. -1, and nothing appended, when `text` is not what mutf7_put() makes of it. */
int mutf7_parse(struct buf *out, struct span text);

#endif
