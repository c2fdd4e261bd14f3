/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_PROSE_H
#define LIBMAIL_MESSAGE_PROSE_H

/*
 * prose - the text of a message (message/body.h) as HTML, for people to read in a browser.
 *
 * - Paragraphs, divided by empty lines, are <p dir="auto">; their line ends stay, for "white-space: pre-wrap".
 * - What is set in columns, and patches, are <pre>: lines with tabs or several blanks within, and all that follows the
 *   head of a patch.
 * - Lines that begin with ">" are <blockquote class="q1">, nested to PROSE_DEPTH_MAX; quotations of PROSE_FOLD lines
 *   and more are within <details>.
 * - The signature, behind "-- ", is <div class="sig">.
 * - http and https URLs are links with rel="nofollow noopener"; nothing else is one.
 * - Mail addresses, also those in URLs, are obscured.
 *
 * Everything is escaped by markup.h. Time is linear. What is put is well-formed by itself whatever comes.
 */

#include "base/buf.h"
#include "base/span.h"

enum {
	PROSE_DEPTH_MAX = 6,  /* quotations within each other that are told apart */
	PROSE_FOLD = 12,      /* lines of a quotation that is folded up */
	PROSE_URL_MAX = 2000, /* octets of an address that becomes a link */
};

enum prose_addresses {
	PROSE_AT,     /* "al at example.net" */
	PROSE_HIDDEN, /* "al@..." */
	PROSE_SHOWN,
};

/* Lines end with LF. */
void prose_put(struct buf *out, struct span text, enum prose_addresses addresses);

/* One line of text, a name or a subject: escaped, its addresses obscured, without links. */
void prose_put_line(struct buf *out, struct span text, enum prose_addresses addresses);
/* The same as plain text, to be kept; not escaped. */
void prose_obscure(struct buf *out, struct span text, enum prose_addresses addresses);

#endif
