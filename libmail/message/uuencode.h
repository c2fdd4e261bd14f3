/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_UUENCODE_H
#define LIBMAIL_MESSAGE_UUENCODE_H

/*
 * uuencode - files in the text of a message: "begin 644 name", lines, "end" (POSIX uuencode; the historical form
 * and "begin-base64"), streaming.
 *
 * Text may stand before, between and behind files, and comes back as it was. Lines end with LF or CR LF. A file begins
 * only at a line that has the whole form and is followed by a line of data; it ends at "end", and where a line can be
 * no data, which is then text again. Names and modes are reported as written: nothing here says that they are safe.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/span.h"

enum {
	UUENCODE_LINE_MAX = 1024, /* octets in a line that may be part of a file; a longer one is text */
	UUENCODE_PIECE = 1024,	  /* octets that one data event has at most */
};

struct uuencode_events {
	/* A file begins. The name is as written, blanks trimmed, at most UUENCODE_LINE_MAX octets. */
	void (*begin)(void *context, struct span name, unsigned mode);
	void (*data)(void *context, struct span bytes);
	/* It is over; `whole` is false where there was no "end", or what was before it was not as it should be. */
	void (*end)(void *context, bool whole);
	/* Text around the files, with its line ends. May be NULL, as the others. */
	void (*text)(void *context, struct span piece);
};

struct uuencode {
	const struct uuencode_events *events;
	void *context;
	int state;
	bool broken;	/* of the file at hand */
	bool long_line; /* the rest of a line that is too long is text */
	uint64_t junk;	/* octets in files that were no data */
	size_t begin;	/* octets of a "begin" line at the front of `line`, waiting for the next line */
	size_t n;
	char line[2 * UUENCODE_LINE_MAX + 4];
	struct base64_decode base64;
};

void uuencode_init(struct uuencode *u, const struct uuencode_events *events, void *context);
/* The result does not depend on where the pieces were cut. */
void uuencode_feed(struct uuencode *u, struct span piece);
void uuencode_end(struct uuencode *u);

/* Encode a whole file; lines of at most 61 octets and LF. The name must have no control byte: -1, and nothing put. */
int uuencode_put(struct buf *out, const char *name, unsigned mode, struct span bytes);

#endif
