/* SPDX-License-Identifier: ISC */
/*
 * splice - two streams that speak with each other.
 *
 * Each direction is either waiting for something to say or has something to be rid of, so one pollfd is enough for it.
 */
#include "net/splice.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/clock.h"

struct half {
	struct stream *from, *to;
	bool ended, broken;
	size_t at, n; /* bytes[at .. n-1] are to be written */
	char bytes[SPLICE_PIECE];
};

static bool is_transient(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void take(struct half *h)
{
	ssize_t n = stream_read(h->from, h->bytes, sizeof(h->bytes));

	h->at = 0;
	h->n = n > 0 ? (size_t)n : 0;
	h->ended = n == 0 || (n < 0 && !is_transient());
}

static void give(struct half *h)
{
	ssize_t n = stream_write(h->to, h->bytes + h->at, h->n - h->at);

	h->broken = n < 0 && !is_transient();
	h->at += n > 0 ? (size_t)n : 0;
}

static void step(struct half *h)
{
	if (h->at == h->n && !h->ended)
		take(h);
	if (h->at < h->n)
		give(h);
}

static bool is_over(const struct half *h)
{
	return h->broken || (h->ended && h->at == h->n);
}

static struct pollfd wish(const struct half *h)
{
	const struct stream *s = h->at < h->n ? h->to : h->from;
	short events = stream_events(s, h->at < h->n ? POLLOUT : POLLIN);

	return (struct pollfd){ .fd = events & POLLIN ? s->in : s->out, .events = events };
}

/* What poll(2) does not know of. */
static bool has_more(const struct half *h)
{
	return h->at == h->n && stream_is_pending(h->from);
}

/* Let whoever can go on: false when nobody could by then. */
static bool advance(struct half v[2], int64_t until, const sigset_t *unblocked)
{
	struct pollfd p[2] = { wish(&v[0]), wish(&v[1]) };
	bool more[2] = { has_more(&v[0]), has_more(&v[1]) };
	int ms = more[0] || more[1] ? 0 : clock_until_ms(until);
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	int n = ppoll(p, 2, &t, unblocked);
	bool moved = false;

	for (size_t i = 0; i < 2; i++)
		if (more[i] || (n > 0 && p[i].revents)) {
			step(&v[i]);
			moved = true;
		}
	return moved;
}

static enum splice_end run(const struct splice *s, struct half v[2])
{
	int64_t now = clock_mono_ms(), quiet_since = now, grace = INT64_MAX;

	while (!is_over(&v[0]) && !is_over(&v[1])) {
		int64_t until = quiet_since + (int64_t)s->timeout * 1000;

		if (s->told_to_end && *s->told_to_end) {
			grace = grace < now + SPLICE_GRACE_MS ? grace : now + SPLICE_GRACE_MS;
			until = quiet_since + SPLICE_QUIET_MS < grace ? quiet_since + SPLICE_QUIET_MS : grace;
		}
		bool moved = advance(v, until, s->unblocked);

		/* What has come while this process was kept waiting is not silence. */
		now = clock_mono_ms();
		if (now >= until && (!moved || now >= grace))
			return grace < INT64_MAX ? SPLICE_SHUTDOWN : SPLICE_TIMEOUT;
		if (moved)
			quiet_since = now;
	}
	return SPLICE_DONE;
}

enum splice_end splice_run(const struct splice *s)
{
	struct half *v = arena_heap(2 * sizeof(*v));
	enum splice_end why;

	for (size_t i = 0; i < 2; i++) {
		v[i].from = i == 0 ? s->client : s->host;
		v[i].to = i == 0 ? s->host : s->client;
		v[i].ended = v[i].broken = false;
		v[i].at = v[i].n = 0;
	}
	if (s->rest.n) {
		memcpy(v[0].bytes, s->rest.p, s->rest.n);
		v[0].n = s->rest.n;
	}
	why = run(s, v);
	explicit_bzero(v, 2 * sizeof(*v));
	free(v);
	return why;
}
