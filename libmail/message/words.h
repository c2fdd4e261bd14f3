/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_WORDS_H
#define LIBMAIL_MESSAGE_WORDS_H

/*
 * words - text of any language in header fields: encoded words, RFC 2047.
 *
 * The put functions write a part of a field whose beginning ("Subject: ")
 * stands in *out already; they look back at it to know how full the line is,
 * and fold with LF before a blank. No line becomes longer than HEADER_LINE_WANTED
 * unless one of its words is; none that holds an encoded word is longer than 76.
 *
 * Text is UTF-8, or, when it is not valid as such, bytes that are labelled
 * "unknown-8bit" (RFC 1428). Control bytes become blanks: neither a
 * line end nor a NUL gets out. Encoded words are at most 75 octets, hold whole
 * characters, and are Q or B, whichever is shorter for the text.
 */

#include "base/buf.h"
#include "base/span.h"

enum { WORDS_MAX = 75 /* octets in an encoded word, RFC 2047 2 */ };

/* A display name (RFC 5322 phrase): as atoms, as a quoted string, or encoded. Blanks at its ends are left out. */
void words_put_phrase(struct buf *out, struct span text);

/*
 * Unstructured text (Subject, Comments): what is printable ASCII stays as it is, only folded at its
 * blanks; the other words, those that look like encoded ones, and whatever is too long for a line are
 * encoded. Unfolded and decoded it is the text again, save for blanks at its ends.
 */
void words_put_text(struct buf *out, struct span text);

/* Blanks, behind a fold if they and n more octets do not fit on the line. */
void words_put_gap(struct buf *out, struct span blanks, size_t n);

/*
 * Append the text with its encoded words decoded to UTF-8 (bytes that are no character become U+FFFD, control
 * characters too); words in charsets that charset.h does not know, and malformed ones, stay as written.
 * Blanks between two decoded words are left out; a character that was split between them is joined.
 */
void words_decode(struct buf *out, struct span text);

#endif
