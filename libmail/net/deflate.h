/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_DEFLATE_H
#define LIBMAIL_NET_DEFLATE_H

/*
 * deflate - a stream whose bytes are compressed both ways, on top of another: IMAP's COMPRESS=DEFLATE, RFC 4978 (RFC
 * 1951 without a head).
 *
 * What is written in one go is compressed without regard to what went before it, so that its length says nothing of
 * that: else who can have a client ask for text of his own learns what stands beside it (CRIME). It costs some of the
 * gain.
 *
 * Memory: DEFLATE_MEMORY about, as long as it lasts. What the peer sends becomes no larger than is asked for, whatever
 * it is; a peer that ends its side of the compression has closed.
 */

#include "base/fault.h"
#include "net/stream.h"

enum {
	DEFLATE_PIECE = 8192,	    /* octets that are compressed, or wait to be decompressed, at a time */
	DEFLATE_MEMORY = 128 << 10, /* octets */
};

/* Load what is needed: 0; -1 temporary, when it is not there. */
int deflate_load(struct fault *f);

/*
 * From here on: 0, -1 temporary. deflate_load() has succeeded. A write that would wait is to be repeated with the same
 * bytes.
 */
int deflate_begin(struct stream *s, struct fault *f);

/*
 * Up to here, when all that was written is sent: the stream is what it was before. -1: bytes have come behind the
 * compressed ones already, of which it cannot be told where they begin; then the stream is of no use any more.
 */
int deflate_end(struct stream *s);

#endif
