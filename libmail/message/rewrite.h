/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_REWRITE_H
#define LIBMAIL_MESSAGE_REWRITE_H

/*
 * rewrite - other addresses in the header of a message, and all else as it was.
 *
 * Only the octets of an addr-spec are replaced, from its first to its last: display names, comments, folding, order,
 * and fields without a change stay byte for byte. (A comment within an addr-spec is part of it.)
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "message/address.h"
#include "message/header.h"

/* The fields that have addresses, and whose they are. */
enum rewrite_side { REWRITE_NOTHING, REWRITE_SENDER, REWRITE_RECIPIENT };
enum rewrite_side rewrite_side_of(struct span field_name);

/* ---- one field ---- */

struct rewrite {
	const struct header_field *field;
	struct buf *out;
	struct span rest;
	const char *done; /* so much of the field has been put */
	size_t changes;
};

/*
 * rewrite_begin(), then as long as rewrite_next() is not 0 (it is address_next()) perhaps rewrite_put(), then
 * rewrite_end(): *out has got the field with its changes, unfolded where it was unfolded, and however long its lines
 * are now. The mailbox must be a valid one.
 */
void rewrite_begin(struct rewrite *w, const struct header_field *field, struct buf *out);
int rewrite_next(struct rewrite *w, struct arena *a, struct address *address);
void rewrite_put(struct rewrite *w, const struct address *address, const char *mailbox);
void rewrite_end(struct rewrite *w);

/* ---- a message in pieces ---- */

enum { REWRITE_GROWTH = 4 /* a field may become so many times as large as header_max */ };

struct rewrite_rules {
	/*
	 * What the mailbox becomes (or it itself), a valid one, in the arena. Asked for every address in the header
	 * that is one, with or without a domain.
	 */
	int (*map)(void *ctx, struct arena *a, const char *mailbox, enum rewrite_side side, const char **out,
		   struct fault *f);
	void *ctx;
	size_t header_max; /* octets of header that are looked at; what follows passes as it is */
	/* Where the message goes. */
	void (*put)(void *to, const void *p, size_t n);
	void *to;
};

/* Zeroed it is a valid one that nothing was begun in. */
struct rewrite_stream {
	const struct rewrite_rules *rules;
	struct buf header;
	struct arena arena;
	size_t seen;
	bool in_body;
	struct fault fault;
};

/*
 * Feed a message in LF lines, in pieces of any size; it is put on with its header rewritten, and lines over
 * HEADER_LINE_MAX folded where it was changed. The header ends at its empty line, or in effect at a line that is no
 * field. rewrite_stream_end() says whether every address could be mapped: -1 with the first fault, or
 * 552 5.3.4 when a field grew over its limit. Either way it
 * or rewrite_stream_clear() ends the stream.
 */
void rewrite_stream_begin(struct rewrite_stream *s, const struct rewrite_rules *rules);
void rewrite_stream_put(struct rewrite_stream *s, const void *p, size_t n);
int rewrite_stream_end(struct rewrite_stream *s, struct fault *f);
void rewrite_stream_clear(struct rewrite_stream *s);

#endif
