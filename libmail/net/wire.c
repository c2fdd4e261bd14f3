/* SPDX-License-Identifier: ISC */
/*
 * wire - one session of a protocol on descriptors.
 */
#include "net/wire.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/deflate.h"
#include "net/splice.h"

enum { STACK_RELEASED = 128 << 10 /* octets below what is in use; the kernel maps nothing else there */ };

void wire_tune(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void wire_refuse(int fd, const char *text)
{
	ssize_t ignored = send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);

	(void)ignored;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When is the time of a client up that is waited for since then? */
static int64_t limit(const struct wire *w, int64_t waiting_since)
{
	bool stress = w->is_under_stress && w->is_under_stress(w->server);

	if (w->protocol->deadline)
		return earlier(w->deadline, w->protocol->deadline(w->session, stress));
	return earlier(w->deadline,
		       waiting_since + earlier(w->timeout, stress ? WIRE_STRESS_SECONDS : WIRE_TIMEOUT_MAX) * 1000);
}

/* It has earned a reply, or only sent n bytes more. */
static void extend(struct wire *w, bool replied, size_t n)
{
	int64_t farthest = w->protocol->deadline ? INT64_MAX : clock_mono_ms() + (int64_t)w->timeout * 1000;

	w->deadline = replied || farthest == INT64_MAX
			      ? farthest
			      : earlier(farthest, w->deadline + (int64_t)n * 1000 / WIRE_RATE_MIN);
}

static void look_at_server(struct wire *w)
{
	if (!w->told_to_end || !*w->told_to_end || w->is_draining)
		return;
	w->is_draining = true;
	w->grace = clock_mono_ms() + WIRE_GRACE_SECONDS * 1000;
	if (w->draining)
		w->draining(w->server);
}

/*
 * How long may be waited now: in slices, because stress may begin meanwhile and
 * then time is shorter, and for ticks. 0 when the time is up.
 */
static int slice_ms(const struct wire *w, int64_t waiting_since)
{
	int64_t now = clock_mono_ms(), until = limit(w, waiting_since);

	if (w->is_draining)
		until = earlier(until, w->grace);
	if (until <= now)
		return 0;
	return until - now < WIRE_TICK_SECONDS * 1000 ? (int)(until - now) : WIRE_TICK_SECONDS * 1000;
}

static struct timespec duration(int ms)
{
	return (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
}

/*
 * 1: ready; 0: a signal came, look at the server; -1: the time is up. Or 2: there is something at `watched` (-1:
 * nothing is watched), or `watched_ms` are over (-1: they never are).
 */
static int wait_for(struct wire *w, short events, int watched, int watched_ms)
{
	short wanted = stream_events(&w->stream, events);
	struct pollfd p[2] = { { .fd = wanted & POLLIN ? w->stream.in : w->stream.out, .events = wanted },
			       { .fd = watched, .events = POLLIN } };
	int64_t since, until = INT64_MAX;

	if ((events & POLLIN) && stream_is_pending(&w->stream))
		return 1;
	since = clock_mono_ms();
	if (watched_ms >= 0)
		until = since + watched_ms;
	for (;;) {
		int ms = slice_ms(w, since), left = clock_until_ms(until);
		struct timespec t = duration(ms < left ? ms : left);
		int n;

		if (ms == 0)
			return -1;
		n = ppoll(p, 2, &t, w->unblocked);
		if (n > 0)
			return p[0].revents ? 1 : 2;
		if (n < 0)
			return 0;
		if (left <= ms)
			return 2;
		if (w->protocol->tick)
			w->protocol->tick(w->session);
	}
}

static int write_all(struct wire *w, struct buf *out)
{
	size_t at = 0;

	if (out->overflow)
		return -1;
	if (out->n)
		w->is_resting = false;
	while (at < out->n) {
		ssize_t n = stream_write(&w->stream, out->p + at, out->n - at);
		bool is_full = n < 0 && (errno == EAGAIN || errno == EINTR);

		if ((n < 0 && !is_full) || (is_full && wait_for(w, POLLOUT, -1, -1) < 0))
			return -1;
		at += n > 0 ? (size_t)n : 0;
	}
	buf_reset(out);
	return 0;
}

/*
 * What is sent in several small packets waits for an acknowledgement in
 * between, when the client has not set TCP_NODELAY; a late one costs it 40 ms.
 * The option holds for a moment only, so it is set where no reply carries one.
 */
static void acknowledge(const struct wire *w)
{
	int on = 1;

	setsockopt(w->in, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

/* The session may not say anything in clear any more, so whatever goes wrong is the end. */
static int secure(struct wire *w, void *session)
{
	int64_t last = clock_mono_ms() + WIRE_HANDSHAKE_SECONDS * 1000;
	struct tlsio_info info;
	struct fault f;
	int rc = w->protocol->start_tls(session, &w->stream, &f);

	extend(w, true, 0);
	w->deadline = earlier(w->deadline, last);
	while (rc == 0) {
		rc = tlsio_handshake(&w->stream, &f);
		look_at_server(w);
		if (rc == 0 && wait_for(w, POLLIN, -1, -1) < 0)
			rc = fault_temp(&f, 454, "4.7.0", "TLS with %s: the handshake took too long", w->peer);
	}
	if (rc > 0)
		tlsio_info(&w->stream, &info);
	w->protocol->tls_ended(session, rc > 0 ? &info : NULL, &f);
	extend(w, true, 0);
	return rc > 0 ? 0 : -1;
}

static enum wire_end stop(struct wire *w, void *session, enum wire_end why, struct buf *out)
{
	w->protocol->stop(session, why);
	return write_all(w, out) < 0 ? WIRE_LOST : why;
}

/* A peer that is gone is not waited for, nor when we go down. */
static void pause_replies(struct wire *w, long ms)
{
	int64_t until = clock_mono_ms() + ms;
	struct pollfd p = { .fd = w->in, .events = 0 };
	int left;

	while ((left = clock_until_ms(until)) > 0 && !(w->told_to_end && *w->told_to_end)) {
		struct timespec t = duration(left);

		if (ppoll(&p, 1, &t, w->unblocked) > 0)
			return;
	}
}

/* What was fed may have been a password. */
static void feed(struct wire *w, void *session, char *piece, size_t n)
{
	w->protocol->feed(session, piece, n);
	explicit_bzero(piece, n);
	if (w->protocol->pause_ms)
		pause_replies(w, w->protocol->pause_ms(session));
}

/* Write all that is to be said now: 0, or -1. Where the answer is long the server may be told to end meanwhile. */
static int answer(struct wire *w, void *session, struct buf *out)
{
	bool more = w->protocol->produce;

	while (more) {
		more = w->protocol->produce(session);
		if (w->protocol->pause_ms)
			pause_replies(w, w->protocol->pause_ms(session));
		if (!more)
			break;
		if (write_all(w, out) < 0)
			return -1;
		look_at_server(w);
		if (w->is_draining && clock_mono_ms() > w->grace)
			return -1;
	}
	return write_all(w, out);
}

static enum wire_end hand_over(struct wire *w, const struct wire_other *other)
{
	static const enum wire_end ends[] = {
		[SPLICE_DONE] = WIRE_DONE, [SPLICE_TIMEOUT] = WIRE_TIMEOUT, [SPLICE_SHUTDOWN] = WIRE_SHUTDOWN
	};
	const struct splice s = {
		.client = &w->stream,
		.host = other->stream,
		.rest = other->rest,
		.timeout = other->timeout,
		.told_to_end = w->told_to_end,
		.unblocked = w->unblocked,
	};
	enum splice_end why = splice_run(&s);

	look_at_server(w);
	return ends[why];
}

/*
 * The pages of the stack below those in use, where logins and answers were. The nearest one stays, for the call itself.
 */
static void release_stack(void)
{
	char here;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), end = ((uintptr_t)&here & ~(page - 1)) - page;

	madvise((void *)(end - STACK_RELEASED), STACK_RELEASED, MADV_DONTNEED);
}

/* A session that may wait for hours gives back what the last answer took. */
static void rest(struct wire *w, void *session, struct buf *out)
{
	w->protocol->rest(session);
	buf_clear(out);
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	release_stack();
	w->is_resting = true;
}

/* As wait_for(); 0 also where the session has looked, and may have something to say. */
static int await(struct wire *w, void *session, struct buf *out)
{
	bool will_rest = w->protocol->rest && !w->is_resting;
	int ms = -1, fd = w->protocol->watched ? w->protocol->watched(session, &ms) : -1, rc;
	bool first_rests = will_rest && (ms < 0 || ms > WIRE_REST_MS);
	int64_t since = clock_mono_ms();

	rc = wait_for(w, POLLIN, fd, first_rests ? WIRE_REST_MS : ms);
	if (rc != 2)
		return rc;
	if (will_rest && clock_mono_ms() - since >= WIRE_REST_MS)
		rest(w, session, out);
	else if (w->protocol->look && w->protocol->look(session))
		w->is_resting = false;
	return 0;
}

/* Read what the client says, and feed it: 0, or -1. In a function of its own, as a resting session has no `piece`. */
static int __attribute__((noinline)) take(struct wire *w, void *session, const struct buf *out)
{
	char piece[WIRE_PIECE];
	ssize_t n = stream_read(&w->stream, piece, sizeof(piece));

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return -1;
	if (n < 0)
		return 0;
	w->is_resting = false;
	feed(w, session, piece, (size_t)n);
	extend(w, out->n > 0, (size_t)n);
	if (out->n == 0 && !w->protocol->produce)
		acknowledge(w);
	return 0;
}

static enum wire_end converse(struct wire *w, void *session, struct buf *out)
{
	struct wire_other other;

	extend(w, true, 0);
	if (w->tls_first && secure(w, session) < 0)
		return WIRE_DONE;
	for (;;) {
		if (answer(w, session, out) < 0)
			return WIRE_LOST;
		if (!w->protocol->is_open(session))
			return WIRE_DONE;
		if (w->protocol->wants_tls && w->protocol->wants_tls(session) && secure(w, session) < 0)
			return WIRE_DONE;
		if (w->protocol->wants_deflate && w->protocol->wants_deflate(session) &&
		    deflate_begin(&w->stream, NULL) < 0)
			return WIRE_LOST;
		if (w->protocol->wants_plain && w->protocol->wants_plain(session) && deflate_end(&w->stream) < 0)
			return WIRE_LOST;
		if (w->protocol->other && w->protocol->other(session, &other))
			return hand_over(w, &other);
		look_at_server(w);
		if (w->is_draining && w->protocol->is_idle(session))
			return stop(w, session, WIRE_SHUTDOWN, out);
		if (w->protocol->prepare)
			w->protocol->prepare(session);
		switch (await(w, session, out)) {
		case -1:
			return stop(w, session, w->is_draining ? WIRE_SHUTDOWN : WIRE_TIMEOUT, out);
		case 0:
			continue;
		}
		if (take(w, session, out) < 0)
			return WIRE_LOST;
	}
}

/*
 * To close a socket with unread bytes in it resets the connection, and the peer
 * may never see what we said last.
 */
static void linger(struct wire *w)
{
	int64_t until = clock_mono_ms() + WIRE_LINGER_MS;
	char piece[WIRE_PIECE];
	struct pollfd p = { .fd = w->in, .events = POLLIN };

	if (recv(w->in, piece, sizeof(piece), MSG_DONTWAIT) <= 0 || shutdown(w->out, SHUT_WR) < 0)
		return;
	while (poll(&p, 1, clock_until_ms(until)) > 0)
		if (recv(w->in, piece, sizeof(piece), MSG_DONTWAIT) <= 0)
			return;
}

void wire_run(struct wire *w, const struct peer *peer)
{
	enum wire_end why;
	struct buf out;
	void *session;

	w->is_draining = w->is_resting = false;
	w->peer = peer->text;
	stream_plain(&w->stream, w->in, w->out);
	buf_init(&out, w->protocol->out_max(w->ctx));
	w->session = session = w->protocol->open(w->ctx, peer, &out);
	why = converse(w, session, &out);
	w->protocol->close(session, why);
	stream_finish(&w->stream);
	if (why != WIRE_LOST)
		linger(w);
	buf_clear(&out);
}
