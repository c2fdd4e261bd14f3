/* SPDX-License-Identifier: ISC */
/*
 * deflate - a stream whose bytes are compressed both ways.
 */
#include "net/deflate.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/module.h"
#include "net/deflate_backend.h"

struct deflate {
	struct stream below;
	void *z;
	struct span in;	    /* what came and is to be decompressed */
	bool may_have_more; /* the last read was as long as it could be */
	struct buf out;	    /* compressed, to be sent */
	size_t sent;
	size_t taken; /* octets that *out stands for */
	char bytes[DEFLATE_PIECE];
};

static const struct deflate_backend *backend;

int deflate_load(struct fault *f)
{
	if (!backend)
		backend = module_open("zlib", f);
	return backend ? 0 : -1;
}

/* One read from below at a time, so that somebody who sends what comes to nothing is met by the clock. */
static ssize_t read_stream(void *impl, void *p, size_t n)
{
	struct deflate *d = impl;
	ssize_t got = d->in.n || d->may_have_more ? backend->get(d->z, &d->in, p, n) : 0;

	if (got == 0) {
		ssize_t came = stream_read(&d->below, d->bytes, sizeof(d->bytes));

		d->may_have_more = false;
		if (came <= 0)
			return came;
		d->in = span_of(d->bytes, (size_t)came);
		got = backend->get(d->z, &d->in, p, n);
	}
	d->may_have_more = got == (ssize_t)n;
	if (got > 0)
		return got;
	if (got == -2)
		return 0;
	errno = got == 0 ? EAGAIN : EPROTO;
	return -1;
}

/* The caller hears that the bytes were taken when all that they have become is sent. */
static ssize_t write_stream(void *impl, const void *p, size_t n)
{
	struct deflate *d = impl;

	if (d->out.n == 0) {
		d->taken = n < DEFLATE_PIECE ? n : DEFLATE_PIECE;
		d->sent = 0;
		if (backend->put(d->z, span_of(p, d->taken), &d->out) < 0) {
			errno = EPROTO;
			return -1;
		}
	}
	while (d->sent < d->out.n) {
		ssize_t sent = stream_write(&d->below, d->out.p + d->sent, d->out.n - d->sent);

		if (sent < 0)
			return -1;
		d->sent += (size_t)sent;
	}
	buf_clear(&d->out);
	return (ssize_t)d->taken;
}

static bool is_pending(const void *impl)
{
	const struct deflate *d = impl;

	return d->in.n || d->may_have_more || stream_is_pending(&d->below);
}

static short events(const void *impl, short wanted)
{
	const struct deflate *d = impl;

	return stream_events(&d->below, wanted);
}

static void close_stream(void *impl)
{
	struct deflate *d = impl;

	stream_finish(&d->below);
	backend->close(d->z);
	buf_clear(&d->out);
	free(d);
}

static const struct stream_ops ops = {
	.read = read_stream, .write = write_stream, .is_pending = is_pending, .events = events, .close = close_stream
};

int deflate_begin(struct stream *s, struct fault *f)
{
	void *z = backend->open();
	struct deflate *d;

	if (!z)
		return fault_temp(f, 451, "4.3.0", "there is no memory to compress with");
	d = arena_heap(sizeof(*d));
	*d = (struct deflate){ .below = *s, .z = z };
	buf_init(&d->out, 4 * DEFLATE_PIECE);
	s->ops = &ops;
	s->impl = d;
	return 0;
}

int deflate_end(struct stream *s)
{
	struct deflate *d = s->impl;

	if (d->in.n || d->out.n)
		return -1;
	*s = d->below;
	backend->close(d->z);
	buf_clear(&d->out);
	free(d);
	return 0;
}
