/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_CHARSET_H
#define LIBMAIL_MESSAGE_CHARSET_H

/*
 * charset - text in any charset that mail uses, to UTF-8. The one place that knows iconv(3).
 *
 * Charsets are known by a table of names and their aliases: what a stranger writes is never given to iconv, whose
 * rarer converters have had their accidents. As browsers do, ISO-8859-1 is read as windows-1252 and
 * GB2312 as GB18030, their supersets, because that is what senders mean. US-ASCII, UTF-8 and ISO-8859-1 need no iconv.
 *
 * A byte that belongs to no character shows as U+FFFD. With CHARSET_EXACT its two hexadecimal digits follow, and
 * a U+FFFD of the text itself (and with CHARSET_LINE a control character) is written in the same way, by its bytes in
 * UTF-8. So nothing is lost: of UTF-8, each U+FFFD XX in the output is one byte XX of the input.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"

enum {
	CHARSET_LINE = 1,    /* for a line: control characters but the tab count as broken, too */
	CHARSET_EXACT = 2,   /* see above */
	CHARSET_GROWTH = 10, /* octets of output for one of input at most, and CHARSET_ROOM */
	CHARSET_ROOM = 256,
};

enum { CHARSET_HELD = 16 };

struct charset {
	const struct charset_row *row;
	void *iconv;
	unsigned how;
	size_t broken;		 /* bytes that belonged to no character, so far */
	char held[CHARSET_HELD]; /* the beginning of a character that a piece cut */
	size_t nheld;
};

/* The usual name of a charset, "utf-8", "iso-8859-15"; NULL when it is not known. Case and a language behind "*" are
 * ignored. */
const char *charset_name(struct span name);

/* 0; -1 when it is not known, or this machine's iconv does not know it. */
int charset_open(struct charset *c, struct span name, unsigned how);
/* The result does not depend on where the pieces were cut. */
void charset_feed(struct charset *c, struct span piece, struct buf *out);
/* The text is over; the next begins in the charset's initial state. */
void charset_end(struct charset *c, struct buf *out);
void charset_close(struct charset *c);
/* Is an octet below 0x80 that begins a character ASCII, whatever came before? Not in ISO-2022, UTF-7, UTF-16 and
 * UTF-32. */
bool charset_has_ascii(const struct charset *c);

/*
 * All at once. An unknown charset: -1, and the text is put as UTF-8, its other bytes broken. *broken (may be NULL) is
 * how many bytes were.
 */
int charset_put(struct buf *out, struct span name, struct span text, unsigned how, size_t *broken);

#endif
