/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_STREAM_H
#define LIBMAIL_NET_STREAM_H

/*
 * stream - bytes to and from a peer: in the clear, through TLS, or through a channel that somebody else dialled.
 *
 * Nothing here waits. A call that cannot go on says so by EAGAIN, and stream_events() then says what to poll for: TLS
 * may have to read before it can write. (The one exception: a plain stream on a descriptor that is blocking and no
 * socket.)
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct stream_ops {
	/* As read(2) and send(2) of a non-blocking socket: EAGAIN when it would wait. 0 from read: the peer has closed.
	 */
	ssize_t (*read)(void *impl, void *p, size_t n);
	ssize_t (*write)(void *impl, const void *p, size_t n);
	/* Are there bytes that poll(2) does not know of? */
	bool (*is_pending)(const void *impl);
	/* What to poll for after EAGAIN of a call that wanted `events`. */
	short (*events)(const void *impl, short events);
	/* Say goodbye as far as that needs no waiting, and free impl. The descriptors are the stream's. */
	void (*close)(void *impl);
};

struct stream {
	int in, out;		      /* what to poll; -1: not connected. They may be the same, and no sockets */
	const struct stream_ops *ops; /* NULL: plain read(2) and send(2) on the descriptors */
	void *impl;
};

/* In the clear. -1, -1: not connected. */
void stream_plain(struct stream *s, int in, int out);

/* As the functions of stream_ops. A write that fails raises no signal. */
ssize_t stream_read(struct stream *s, void *p, size_t n);
ssize_t stream_write(struct stream *s, const void *p, size_t n);
bool stream_is_pending(const struct stream *s);
/* Asked before the first call, too: what to poll for to go on with `events`, POLLIN, POLLOUT or both. */
short stream_events(const struct stream *s, short events);

/* Has nothing come, not even the end? For a peer who has no reason to speak; if it did, a byte may be lost by asking.
 */
bool stream_is_quiet(struct stream *s);

/* Say goodbye; what remains is a plain stream on the same descriptors. */
void stream_finish(struct stream *s);
/* The same, and the descriptors are closed. */
void stream_close(struct stream *s);

#endif
