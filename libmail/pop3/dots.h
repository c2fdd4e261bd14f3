/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_POP3_DOTS_H
#define LIBMAIL_POP3_DOTS_H

/*
 * dots - a stored message as a multi-line response, RFC 1939 3: LF lines become CR LF lines, a line that begins with a
 * dot gets a second one, and "." ends it. For TOP it stops behind the header and so many lines.
 *
 * Nothing else is changed: CR LF stays CR LF, a bare CR and a NUL stay what they are. As some clients take a bare
 * CR for a line end, a dot behind one gets a second dot too, so that no message can end a response on its own.
 *
 * One pass, fed in pieces of any size; the result does not depend on where they were cut. *out must have room
 * for dots_room() of each piece.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

#define DOTS_ALL UINT64_MAX

struct dots {
	uint64_t octets; /* of the message with CR LF lines, as LIST counts them: without dots and end added here */
	uint64_t left;	 /* lines of the body that may still come; DOTS_ALL: no limit */
	bool in_body, is_full;
	char last;	    /* octet; LF before the first */
	bool is_empty_line; /* nothing, or a CR, has come since the last LF */
};

/* `lines` of the body; DOTS_ALL: the whole message. */
void dots_init(struct dots *d, uint64_t lines);

static inline size_t dots_room(size_t n)
{
	return 2 * n + 2;
}

/* How much of the piece was used: all, or less when dots_is_full(). */
size_t dots_feed(struct dots *d, struct span piece, struct buf *out);
/* Has TOP all its lines? Nothing more is taken. */
bool dots_is_full(const struct dots *d);

enum { DOTS_END = 5 /* octets that dots_end() puts at most */ };
/* End the last line if nothing else did, and the response. */
void dots_end(struct dots *d, struct buf *out);

#endif
