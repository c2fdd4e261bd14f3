/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_CRLF_H
#define LIBMAIL_MESSAGE_CRLF_H

/*
 * crlf - stored text as it is on the wire, and nothing else changed: an LF that no CR precedes becomes CR LF. A bare CR
 * and a NUL stay what they are. (lines.h is for text that others will read as lines, and changes those.)
 *
 * A stream with a window: octets in front of it are passed over, those behind it are not put. What is put does not
 * depend on the pieces. Passing over is as quick as counting.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* What stands for a NUL where a protocol has none: RFC 9051 6.4.5. */
#define CRLF_NUL '\x80'

struct crlf {
	uint64_t skip; /* octets, with CR LF, that are still to be passed over */
	uint64_t left; /* that are still to be put */
	char last;     /* octet that was fed, 0 before the first */
	/* false after crlf_init(): */
	bool as_is;	/* there is only the window, line ends are not converted */
	bool hides_nul; /* a NUL becomes CRLF_NUL */
};

static inline void crlf_init(struct crlf *c, uint64_t skip, uint64_t left)
{
	*c = (struct crlf){ .skip = skip, .left = left };
}

/* Asks *out for twice the piece at most, and changes nothing if that does not give it. */
void crlf_feed(struct crlf *c, struct span piece, struct buf *out);

#endif
