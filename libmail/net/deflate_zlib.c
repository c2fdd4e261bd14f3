/* SPDX-License-Identifier: ISC */
/*
 * deflate_zlib - the module "zlib".
 *
 * What we send has a window of 8 KiB, as each part stands alone anyway; what comes may have the largest.
 */
#define ZLIB_CONST
#include <stdlib.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/module.h"
#include "net/deflate_backend.h"

enum { WINDOW_OUT = -13, WINDOW_IN = -15, MEMORY = 6 /* both as zlib has them; < 0: without a head */ };

struct zlib {
	z_stream out, in;
};

static void close_zlib(void *z)
{
	struct zlib *x = z;

	deflateEnd(&x->out);
	inflateEnd(&x->in);
	free(x);
}

static void *open_zlib(void)
{
	struct zlib *x = arena_heap(sizeof(*x));

	*x = (struct zlib){ .out = { .next_in = NULL } };
	if (deflateInit2(&x->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_OUT, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK &&
	    inflateInit2(&x->in, WINDOW_IN) == Z_OK)
		return x;
	/* There is no memory. */
	close_zlib(x);
	return NULL;
}

static int put(void *z, struct span bytes, struct buf *out)
{
	struct zlib *x = z;
	char *room;

	x->out.next_in = (const Bytef *)bytes.p;
	x->out.avail_in = (uInt)bytes.n;
	do {
		uInt size = (uInt)bytes.n + 64;

		room = buf_room(out, size);
		if (!room)
			return -1;
		x->out.next_out = (Bytef *)room;
		x->out.avail_out = size;
		if (deflate(&x->out, Z_FULL_FLUSH) == Z_STREAM_ERROR)
			return -1;
		buf_added(out, size - x->out.avail_out);
	} while (x->out.avail_out == 0);
	return 0;
}

static ssize_t get(void *z, struct span *in, char *out, size_t room)
{
	struct zlib *x = z;
	int rc;

	x->in.next_in = (const Bytef *)in->p;
	x->in.avail_in = (uInt)in->n;
	x->in.next_out = (Bytef *)out;
	x->in.avail_out = (uInt)room;
	rc = inflate(&x->in, Z_SYNC_FLUSH);
	*in = span_from(*in, in->n - x->in.avail_in);
	if (x->in.avail_out < room)
		return (ssize_t)(room - x->in.avail_out);
	if (rc == Z_STREAM_END)
		return -2;
	return rc == Z_OK || rc == Z_BUF_ERROR ? 0 : -1;
}

static const struct deflate_backend backend = { .open = open_zlib, .close = close_zlib, .put = put, .get = get };

MODULE_EXPORT(zlib, &backend);
