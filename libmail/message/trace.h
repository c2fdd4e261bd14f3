/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_TRACE_H
#define LIBMAIL_MESSAGE_TRACE_H

/*
 * trace - the fields that say where a message has been: Received (RFC 5321
 * 4.4), Return-Path, Delivered-To; and the loop checks that read them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct trace {
	const char *helo;     /* what the client called itself; NULL: a local submission */
	const char *client;   /* its address, "192.0.2.1" or "IPv6:..."; NULL: none */
	const char *name;     /* its verified name; NULL: unknown */
	const char *protocol; /* RFC 3848: "ESMTP", "LMTP", "SMTP"; NULL: local */
	const char *tls;      /* "TLSv1.3 with cipher X (256 bits)", NULL: in clear */
	const char *user;     /* who has authenticated; NULL: not to be shown */
	long uid;	      /* of a local submission, -1: not known */
	const char *by;	      /* this host */
	const char *id;	      /* queue id */
	const char *forpath;  /* the recipient if it is the only one, else NULL */
	int64_t when;	      /* seconds since 1970 */
};

/* A Received field, folded, lines end with LF. Whatever the strings hold, the result is one well-formed field. */
void trace_put_received(struct buf *out, const struct trace *t);

/* How many Received fields the header has. */
size_t trace_hops(struct span header);

/* Is there a "Delivered-To: mailbox" (domain compared without case)? */
bool trace_delivered_to(struct span header, struct span mailbox);

#endif
