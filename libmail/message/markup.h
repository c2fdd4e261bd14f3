/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_MARKUP_H
#define LIBMAIL_MESSAGE_MARKUP_H

/*
 * markup - text from strangers as HTML and XML.
 *
 * What comes out can stand in an element or between the quotes of an attribute, and is nothing but text there: "&",
 * "<", ">" and both kinds of quotes are written as references. It is valid UTF-8 without control characters: bytes
 * that are no character, and characters that are none (U+FFFE), become U+FFFD; tab and LF stay, where lines are wanted,
 * and are blanks else; other control characters are left out, and so are those that are invisible and can turn the
 * direction of what follows (U+202A to U+202E, U+2066 to U+2069) or fill up a word. Marks that scripts need (U+200C to
 * U+200F) stay: they do not reach beyond the element, which is <bdi> or has dir="auto" where a name or a text of
 * somebody else stands in one of ours.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* One line of text. */
void markup_put(struct buf *out, struct span text);
void markup_put_str(struct buf *out, const char *text);
/* Several: LF and tab stay. */
void markup_put_lines(struct buf *out, struct span text);

/*
 * A link's address from a stranger, for an attribute: what RFC 3986 does not allow in a URL, and "'" and "@", is
 * written as %XX, and "&" as a reference.
 */
void markup_put_url(struct buf *out, struct span url);
/* A name as one component of a path: everything but letters, digits, "-", "." and "_" is written as %XX. */
void markup_put_component(struct buf *out, struct span name);

/* "<time datetime="2026-11-22T08:00:00Z">22 Nov 2026, 08:00 UTC</time>"; `with_time` false: the day alone. */
void markup_put_time(struct buf *out, int64_t when, bool with_time);

#endif
