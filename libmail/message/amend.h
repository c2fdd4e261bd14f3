/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_AMEND_H
#define LIBMAIL_MESSAGE_AMEND_H

/*
 * amend - repair the header of a message that streams by, and let the body pass.
 *
 * What repair.h does to a header, where the whole message is not to be kept for a second pass: fields are added,
 * addresses completed, Bcc removed. The body stays as it is, byte for byte, so nothing is said about its
 * encoding. In memory is the header only. Lines end with LF.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "message/repair.h"

struct amend {
	struct repair_rules rules;
	size_t limit;
	struct buf head; /* until its end has come */
	bool is_over;	 /* the header has been handed on */
	struct fault failure;
	void (*put)(void *ctx, const void *p, size_t n);
	/* The header as it came, before it is repaired: a fault refuses the message. NULL after amend_init(). */
	int (*check)(void *ctx, struct span header, struct fault *f);
	void *ctx;
};

/*
 * The message comes out by put(). header_limit: octets; a longer header is a permanent fault 552 5.3.4. What the
 * rules point to must live until amend_end().
 */
void amend_init(struct amend *m, const struct repair_rules *rules, size_t header_limit,
		void (*put)(void *ctx, const void *p, size_t n), void *ctx);
/* The message, in pieces of any size. A fault is kept for amend_end(), and nothing comes out any more. */
void amend_feed(struct amend *m, struct span piece);
/* That was all: a header that has no body comes out. */
int amend_end(struct amend *m, struct fault *f);
void amend_clear(struct amend *m);

#endif
