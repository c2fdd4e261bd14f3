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
#include "message/address.h"
#include "message/header.h"

/* The fields that have addresses, and whose they are. */
enum rewrite_side { REWRITE_NOTHING, REWRITE_SENDER, REWRITE_RECIPIENT };
enum rewrite_side rewrite_side_of(struct span field_name);

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

#endif
