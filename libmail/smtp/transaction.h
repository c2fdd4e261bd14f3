/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_SMTP_TRANSACTION_H
#define LIBMAIL_SMTP_TRANSACTION_H

/*
 * transaction - one message through a client connection: MAIL, RCPT, DATA.
 *
 * With PIPELINING the three go out in one packet, and those of the next
 * transaction follow the end of this one's message in the same packet (RFC 2920 3.1 allows
 * it), so that a kept connection costs one round trip a message. Every
 * recipient gets an outcome of its own, with LMTP also after the message.
 * No more than TRANSACTION_AHEAD recipients are waited for at a time, so that neither side has to keep what
 * the other is not ready to read.
 */

#include <sys/types.h>

#include "queue/envelope.h"
#include "smtp/client.h"

enum { TRANSACTION_AHEAD = 400 };

struct transaction_rcpt {
	const char *address;
	const char *orcpt; /* decoded, or NULL */
	unsigned notify;   /* 1 never, 2 success, 4 failure, 8 delay; 0: not said */
	/* The outcome: kind FAULT_NONE with the server's reply in reply, status and text, or a fault. */
	struct fault outcome;
	bool remote;   /* the server said it, not we */
	bool accepted; /* by RCPT */
};

struct transaction {
	const char *sender;
	struct transaction_rcpt *rcpts;
	size_t n;
	/* the message: LF lines in a file, read with pread(2) */
	int fd;
	off_t at, size;
	struct patch patch; /* what of it is these recipients' own */
	const char *prefix; /* header fields to send in front of it, LF lines; or NULL */
	bool is_8bit;	    /* it may have 8-bit bytes; for a server without 8BITMIME they are made 7-bit */
	bool smtputf8;	    /* if an address or the header needs it, a server without it gets nothing: 5.6.7 */
	const char *envid;  /* decoded, or NULL */
	const char *ret;    /* "FULL", "HDRS", or NULL */
	/* As in queue/envelope.h. What the server does not offer is not said; but without REQUIRETLS nothing is sent
	 * that needs it, nor without FUTURERELEASE what is to be held, nor without XVERP what has `verp`. */
	int64_t hold_until;
	struct envelope_by deliver_by;
	int priority;
	bool require_tls;
	const char *verp; /* the server is to make a sender for each recipient: delimiters; or NULL */

	bool begun;    /* its commands are queued or sent, ... */
	size_t queued; /* ... RCPT for so many recipients, */
	bool has_data; /* and DATA */
	bool answered; /* the server has replied to its MAIL */
};

/*
 * Run it to its end. `next` (may be NULL) is asked for when the message is about to be sent: the transaction that
 * will be run behind it, or NULL.
 *
 * 0: every recipient has an outcome and the connection can be used again. -1: the
 * connection is closed; recipients without an outcome got a temporary fault; *f is that
 * fault. When t->answered is false then nothing of it reached the server, so on a kept connection it may be
 * tried again on a new one. A `next` that was begun must be run on this connection, or started anew on another
 * (transaction_rewind).
 */
int transaction_run(struct client *c, struct transaction *t, struct transaction *(*next)(void *ctx), void *ctx,
		    struct fault *f);
void transaction_rewind(struct transaction *t);

#endif
