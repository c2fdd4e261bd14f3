/* SPDX-License-Identifier: ISC */
/*
 * stream - bytes to and from a peer: in the clear, or through something.
 */
#include "net/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

void stream_plain(struct stream *s, int in, int out)
{
	*s = (struct stream){ .in = in, .out = out };
}

ssize_t stream_read(struct stream *s, void *p, size_t n)
{
	return s->ops ? s->ops->read(s->impl, p, n) : read(s->in, p, n);
}

ssize_t stream_write(struct stream *s, const void *p, size_t n)
{
	ssize_t sent;

	if (s->ops)
		return s->ops->write(s->impl, p, n);
	sent = send(s->out, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent < 0 && errno == ENOTSOCK ? write(s->out, p, n) : sent;
}

bool stream_is_pending(const struct stream *s)
{
	return s->ops && s->ops->is_pending(s->impl);
}

short stream_events(const struct stream *s, short events)
{
	return s->ops ? s->ops->events(s->impl, events) : events;
}

bool stream_is_quiet(struct stream *s)
{
	struct pollfd p = { .fd = s->in, .events = POLLIN };
	char byte;

	if (!s->ops)
		return recv(s->in, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
		       (errno == EAGAIN || (errno == ENOTSOCK && poll(&p, 1, 0) == 0));
	/* What has come may be the channel's own affair, as a session ticket is. */
	return !stream_is_pending(s) && (poll(&p, 1, 0) == 0 || (stream_read(s, &byte, 1) < 0 && errno == EAGAIN));
}

void stream_finish(struct stream *s)
{
	if (s->ops)
		s->ops->close(s->impl);
	s->ops = NULL;
	s->impl = NULL;
}

void stream_close(struct stream *s)
{
	stream_finish(s);
	if (s->in >= 0)
		close(s->in);
	if (s->out >= 0 && s->out != s->in)
		close(s->out);
	s->in = s->out = -1;
}
