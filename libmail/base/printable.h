/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_PRINTABLE_H
#define LIBMAIL_BASE_PRINTABLE_H

/*
 * printable - text from strangers, made safe to show on a terminal.
 *
 * Control characters (C0, DEL, C1) could move the cursor or set the
 * title, bidirectional controls and invisible characters could make one
 * address look like another. They are written out: a byte as \ooo, a character as \u{202e}.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* May the character be shown as it is? */
bool printable_is(uint32_t character);

/* Append s, escaped. */
void printable_put(struct buf *out, struct span s);

/* The same with line ends and tabs kept: for whole messages. */
void printable_put_lines(struct buf *out, struct span s);

/* How many characters of UTF-8 there are: about the columns that they take. */
size_t printable_width(struct span s);

#endif
