/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_FLOW_H
#define LIBMAIL_IMAP_FLOW_H

/*
 * flow - a piece of a message on its way to the client: read in pieces, decoded for BINARY, line ends made CR LF, cut
 *to the window that a partial FETCH names. Memory is bounded whatever the size.
 *
 *	imap_flow_init(&w, from, to, ENCODING_7BIT, false);
 *	imap_flow_window(&w, skip, octets);
 *	while (!imap_flow_is_done(&w))
 *		imap_flow_put(&w, source, out, &f);
 *
 * A flow is plain memory: a copy that was made before a step may go on with another window, if that begins behind what
 * had passed by then. So a client that fetches a large part bit by bit has it read once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "message/crlf.h"
#include "message/encoding.h"

struct imap_source;

enum { IMAP_FLOW_PIECE = 16 << 10 /* octets of a file at a time */ };

struct imap_flow {
	uint64_t start, at, end; /* in the file */
	uint64_t passed;	 /* octets of what is put that are behind us, those of the window too */
	enum encoding encoding;
	bool is_ended; /* what the decoder held back has come */
	struct encoding_decode decode;
	struct crlf crlf;
};

/* Can it be decoded? */
bool imap_flow_decodes(enum encoding encoding);

/*
 * Between two places of a message. Any encoding that is no identity is decoded. `binary`: NULs stay, else they are
 * CRLF_NUL, as literals cannot have them.
 */
void imap_flow_init(struct imap_flow *w, uint64_t from, uint64_t to, enum encoding encoding, bool binary);
/* Begin at this octet, which is not behind w->passed, and put so many at most. */
void imap_flow_window(struct imap_flow *w, uint64_t from, uint64_t octets);
bool imap_flow_is_done(const struct imap_flow *w);
/* The next step: 0; -1 the file cannot be read. */
int imap_flow_put(struct imap_flow *w, struct imap_source *source, struct buf *out, struct fault *f);

/* How many octets it is in all, from the beginning. Reads and decodes it. */
int imap_flow_measure(const struct imap_flow *w, struct imap_source *source, uint64_t *octets, struct fault *f);

#endif
