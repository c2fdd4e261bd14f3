/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_DEFLATE_BACKEND_H
#define LIBMAIL_NET_DEFLATE_BACKEND_H

/*
 * deflate_backend - what deflate.c finds in the module "zlib".
 */

#include <sys/types.h>

#include "base/buf.h"
#include "base/span.h"

struct deflate_backend {
	void *(*open)(void);
	void (*close)(void *z);
	/* Append the bytes, compressed, and all of it can be read by the peer then: 0, -1. */
	int (*put)(void *z, struct span bytes, struct buf *out);
	/* Decompress from the front of *in, which moves: octets in `out`; 0: more is needed; -1 wrong; -2 the end. */
	ssize_t (*get)(void *z, struct span *in, char *out, size_t room);
};

#endif
