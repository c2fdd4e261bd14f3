/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_INCOMING_H
#define LIBMAIL_LIST_INCOMING_H

/*
 * incoming - a message that came for a list: its bytes, which may be many, and the fields that decide about it.
 *
 * Line ends are LF, or CR LF as they come. A "From " line in front is dropped, with Return-Path and Delivered-To lines
 * left where they are. The header is in memory, and has INCOMING_HEADER_MAX octets at most: more is refused
 * (552 5.3.4).
 */

#include "base/arena.h"
#include "base/spill.h"
#include "message/address.h"
#include "message/header.h"

enum { INCOMING_HEADER_MAX = 1 << 20 /* octets */ };

struct incoming {
	struct spill raw;   /* the message as it came */
	struct span header; /* with its empty line; in the arena */
	off_t body_at;	    /* in raw */
	struct arena arena;
	const char *sender;	/* envelope; "" the null sender */
	const char *recipient;	/* envelope, as it came */
	const char *from;	/* the mailbox of From, "" none or several */
	const char *message_id; /* "<a@b>", "" none or none that is valid */
	const char *subject;	/* unfolded, still encoded; "" none */
};

/*
 * Read all of `fd`. `max` octets at most, 0: no limit (552 5.3.4). sender and recipient are copied. A message without
 * any header field is a permanent fault 550 5.6.0.
 */
int incoming_read(struct incoming *in, int fd, long max, const char *sender, const char *recipient, struct fault *f);
void incoming_clear(struct incoming *in);

/* The body of the first field of that name, unfolded, in the message's arena; NULL: there is none. */
const char *incoming_field(struct incoming *in, struct span name);

/* How many fields of that name there are. */
size_t incoming_count(const struct incoming *in, struct span name);

/*
 * Whom a header names in To and Cc, and in those of whoever has sent it again, one by one: 1; 0 at the end; -1 at what
 * is no address, and the call may be repeated. Start with { .rest = the header }.
 */
struct incoming_named {
	struct span rest, body; /* of the header, and of a field */
	bool is_resent;		/* by Resent-To or Resent-Cc */
};
int incoming_next_named(struct incoming_named *w, struct arena *a, struct address *out);

/*
 * Is it written by a machine, so that nobody must be answered: Auto-Submitted other than "no" (RFC 3834), Precedence
 * bulk, junk, list or auto_reply, X-Auto-Response-Suppress and the like, the null sender, mailer-daemon, or a list's
 * (List-Id, List-Unsubscribe)? NULL: no; else what says so.
 */
const char *incoming_automatic(struct incoming *in);

#endif
