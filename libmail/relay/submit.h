/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_SUBMIT_H
#define LIBMAIL_RELAY_SUBMIT_H

/*
 * submit - local submission: what a program hands over is made a valid message (message/repair.h) and
 * accepted, by intake.h or, for a process that may not write the spool, by the server
 * behind a UNIX socket.
 *
 *	submit_init(&s, &rules);
 *	submit_read(&s, 0, &f);                         or submit_put() as often as you like
 *	submit_end(&s, &f);
 *	submit_repair(&s, &arena, &repair, &f);         s.header and s.result say what came of it
 *	submit_begin(&s, &arena, &envelope, &f);        envelope.id is known now
 *	submit_commit(&s, &f);                          0: durable
 *	submit_clear(&s);
 *
 * submit_begin() may also come first. After a fault, or instead of submit_commit(), submit_reset()
 * leaves no trace and is ready for the next message.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "base/spill.h"
#include "message/repair.h"
#include "relay/intake.h"
#include "smtp/client.h"
#include "smtp/transaction.h"

struct submit_rules {
	struct intake_rules intake;
	const char *socket;	    /* hand it over here; NULL: intake */
	struct client_rules client; /* for that */
	const char *hostname;
	const char *origin; /* domain of addresses without one */
	size_t header_size_limit;
	bool dot_ends; /* a line that is a single dot ends the input */
	bool trace;    /* put a Received field in front */
};

struct submit {
	const struct submit_rules *rules;
	struct spill raw; /* as it came */
	struct repair_scan scan;
	struct fault failure; /* of submit_put() */
	struct buf header;    /* the repaired one */
	struct repair_result result;
	struct arena *arena;
	struct envelope *envelope;
	struct intake in; /* without a socket */
	bool begun;
	struct transaction_rcpt *handed; /* with a socket: what the server said to each recipient */
};

void submit_init(struct submit *s, const struct submit_rules *rules);
void submit_clear(struct submit *s);
void submit_reset(struct submit *s);

/* A piece of the message. A fault is remembered for submit_end(). */
void submit_put(struct submit *s, struct span piece);
/* All of a descriptor. */
int submit_read(struct submit *s, int fd, struct fault *f);

/* That was the message: s->scan says what it is. Also the fault of a submit_put(). */
int submit_end(struct submit *s, struct fault *f);

int submit_repair(struct submit *s, struct arena *a, const struct repair_rules *repair, struct fault *f);

/* The envelope must live, as must what is in the arena, until the message is committed or reset. Its id is set. */
int submit_begin(struct submit *s, struct arena *a, struct envelope *e, struct fault *f);
/* With a socket 0 means that it was accepted for some recipient: look at s->handed. */
int submit_commit(struct submit *s, struct fault *f);

/* The repaired message in pieces, LF lines; for who wants to look at it. */
int submit_put_to(struct submit *s, void (*put)(void *ctx, const void *p, size_t n), void *ctx, struct fault *f);

#endif
