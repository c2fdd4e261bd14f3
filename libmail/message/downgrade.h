/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_DOWNGRADE_H
#define LIBMAIL_MESSAGE_DOWNGRADE_H

/*
 * downgrade - a message with an 8-bit body for a server that takes 7 bits (RFC 6152 3).
 *
 * The text, or each part that has 8-bit bytes, becomes quoted-printable, and its header says so; all else stays byte
 *for byte. Header fields with 8-bit bytes stay too: they need SMTPUTF8, not this. Two passes over the same LF lines:
 *
 *	downgrade_init(&d);
 *	... downgrade_scan(&d, piece, &f) ...        the message from its first byte
 *	downgrade_begin(&d, &out, &f);               puts the header; or says that there is nothing to do
 *	... downgrade_feed(&d, piece, &out, &f) ...  the same again
 *	downgrade_end(&d, &out, &f);
 *	downgrade_clear(&d);
 *
 * *out must have room for REPAIR_GROWTH times the piece and REPAIR_ROOM octets at each call, and for the header.
 */

#include "message/repair.h"

enum { DOWNGRADE_HEADER_MAX = 1 << 20 /* octets; a longer one is a fault */ };

struct downgrade {
	struct repair_scan scan;
	struct repair_body body;
	bool begun;
};

void downgrade_init(struct downgrade *d);
int downgrade_scan(struct downgrade *d, struct span piece, struct fault *f);
/* 0; 1: nothing needs to be changed, the message may be sent as it is; -1. */
int downgrade_begin(struct downgrade *d, struct buf *out, struct fault *f);
int downgrade_feed(struct downgrade *d, struct span piece, struct buf *out, struct fault *f);
int downgrade_end(struct downgrade *d, struct buf *out, struct fault *f);
void downgrade_clear(struct downgrade *d);

#endif
