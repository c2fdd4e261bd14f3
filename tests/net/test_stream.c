/* SPDX-License-Identifier: ISC */
#include "net/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/check_main.h"

START_TEST(test_socket)
{
	struct stream s;
	char got[4];
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	stream_plain(&s, ends[0], ends[0]);
	ck_assert(stream_is_quiet(&s));
	ck_assert_int_eq(stream_events(&s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	ck_assert_int_eq(stream_read(&s, got, 4), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(write(ends[1], "abc", 3), 3);
	ck_assert(!stream_is_quiet(&s));
	ck_assert(!stream_is_pending(&s));
	ck_assert_int_eq(stream_read(&s, got, 4), 3);
	ck_assert(stream_is_quiet(&s));
	ck_assert_int_eq(stream_write(&s, "de", 2), 2);
	ck_assert_int_eq(read(ends[1], got, 4), 2);
	close(ends[1]);
	ck_assert(!stream_is_quiet(&s));
	ck_assert_int_eq(stream_read(&s, got, 4), 0);
	/* Without a signal. */
	ck_assert_int_eq(stream_write(&s, "f", 1), -1);
	ck_assert_int_eq(errno, EPIPE);
	stream_finish(&s);
	ck_assert_int_eq(fcntl(ends[0], F_GETFD) >= 0, 1);
	stream_close(&s);
	ck_assert_int_eq(s.in, -1);
	ck_assert_int_eq(s.out, -1);
	ck_assert_int_eq(fcntl(ends[0], F_GETFD), -1);
	stream_close(&s);
}
END_TEST

START_TEST(test_pipes)
{
	struct stream s;
	int in[2], out[2];
	char got[4];

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(out), 0);
	stream_plain(&s, in[0], out[1]);
	ck_assert(stream_is_quiet(&s));
	ck_assert_int_eq(write(in[1], "abc", 3), 3);
	ck_assert(!stream_is_quiet(&s));
	ck_assert_int_eq(stream_read(&s, got, 4), 3);
	ck_assert_int_eq(stream_write(&s, "de", 2), 2);
	ck_assert_int_eq(read(out[0], got, 4), 2);
	stream_close(&s);
	ck_assert_int_eq(fcntl(in[0], F_GETFD), -1);
	ck_assert_int_eq(fcntl(out[1], F_GETFD), -1);
	close(in[1]);
	close(out[0]);
}
END_TEST

/* Something that is no socket: what it says is what counts. */
struct channel {
	int reads, writes, closed;
	bool pending;
	int error;
};

static ssize_t channel_read(void *impl, void *p, size_t n)
{
	struct channel *c = impl;

	c->reads++;
	errno = c->error;
	if (c->error || n == 0)
		return -1;
	*(char *)p = 'x';
	return 1;
}

static ssize_t channel_write(void *impl, const void *p, size_t n)
{
	struct channel *c = impl;

	(void)p;
	c->writes++;
	return (ssize_t)n;
}

static bool channel_is_pending(const void *impl)
{
	const struct channel *c = impl;

	return c->pending;
}

static short channel_events(const void *impl, short events)
{
	(void)impl;
	return events == POLLOUT ? POLLIN : events;
}

static void channel_close(void *impl)
{
	struct channel *c = impl;

	c->closed++;
}

static const struct stream_ops ops = { channel_read, channel_write, channel_is_pending, channel_events, channel_close };

START_TEST(test_channel)
{
	struct channel c = { .error = EAGAIN };
	struct stream s;
	int ends[2];
	char byte;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	s = (struct stream){ .in = ends[0], .out = ends[0], .ops = &ops, .impl = &c };
	ck_assert_int_eq(stream_events(&s, POLLOUT), POLLIN);
	ck_assert(stream_is_quiet(&s));
	ck_assert_int_eq(c.reads, 0);
	/* The socket has something, that turns out to be the channel's own affair. */
	ck_assert_int_eq(write(ends[1], "ticket", 6), 6);
	ck_assert(stream_is_quiet(&s));
	ck_assert_int_eq(c.reads, 1);
	c.error = ECONNRESET;
	ck_assert(!stream_is_quiet(&s));
	c.error = 0;
	ck_assert(!stream_is_quiet(&s));
	c.pending = true;
	ck_assert(stream_is_pending(&s));
	ck_assert(!stream_is_quiet(&s));
	ck_assert_int_eq(stream_read(&s, &byte, 1), 1);
	ck_assert_int_eq(stream_write(&s, "abc", 3), 3);
	ck_assert_int_eq(c.writes, 1);
	stream_finish(&s);
	ck_assert_int_eq(c.closed, 1);
	/* And now it is the socket. */
	ck_assert_int_eq(stream_read(&s, &byte, 1), 1);
	ck_assert_int_eq(byte, 't');
	stream_close(&s);
	ck_assert_int_eq(c.closed, 1);
	close(ends[1]);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_socket);
	tcase_add_test(tc, test_pipes);
	tcase_add_test(tc, test_channel);
}

CHECK_MAIN(stream, add_tests)
