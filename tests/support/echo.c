/* SPDX-License-Identifier: ISC */
/*
 * echo - a protocol for tests of what carries protocols.
 */
#include "support/echo.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"

enum { LINE_MAX_BYTES = 1 << 20 };

struct echo {
	struct buf line, *out;
	bool is_open;
	long pause_ms;
};

static void *echo_open(void *ctx, const struct peer *peer, struct buf *out)
{
	struct echo *e = arena_heap(sizeof(*e));

	(void)ctx;
	(void)peer;
	*e = (struct echo){ .out = out, .is_open = true };
	buf_init(&e->line, LINE_MAX_BYTES);
	buf_put_str(out, "hello\n");
	return e;
}

static size_t echo_out_max(void *ctx)
{
	(void)ctx;
	return LINE_MAX_BYTES;
}

static void obey(struct echo *e)
{
	if (span_is(buf_span(&e->line), SPAN("quit"))) {
		buf_put_str(e->out, "bye");
		e->is_open = false;
	} else if (span_is(buf_span(&e->line), SPAN("pid"))) {
		buf_printf(e->out, "%ld", (long)getpid());
	} else if (span_is(buf_span(&e->line), SPAN("die"))) {
		raise(SIGKILL);
	} else if (span_starts(buf_span(&e->line), SPAN("pause "))) {
		e->pause_ms = strtol(buf_str(&e->line) + strlen("pause "), NULL, 10);
		buf_put_str(e->out, "paused");
	} else {
		buf_put_span(e->out, buf_span(&e->line));
	}
	buf_put_char(e->out, '\n');
	buf_reset(&e->line);
}

static long echo_pause_ms(void *session)
{
	struct echo *e = session;
	long ms = e->pause_ms;

	e->pause_ms = 0;
	return ms;
}

static void echo_feed(void *session, const char *p, size_t n)
{
	struct echo *e = session;

	for (size_t i = 0; i < n && e->is_open; i++)
		if (p[i] == '\n')
			obey(e);
		else
			buf_put_char(&e->line, p[i]);
}

static bool echo_is_open(void *session)
{
	const struct echo *e = session;

	return e->is_open;
}

static bool echo_is_idle(void *session)
{
	const struct echo *e = session;

	return e->line.n == 0;
}

static void echo_stop(void *session, enum wire_end why)
{
	struct echo *e = session;

	buf_put_str(e->out, why == WIRE_TIMEOUT ? "timeout\n" : "shutdown\n");
	e->is_open = false;
}

static void echo_close(void *session, enum wire_end why)
{
	struct echo *e = session;

	(void)why;
	buf_clear(&e->line);
	free(e);
}

const struct wire_protocol echo_protocol = {
	.open = echo_open,
	.out_max = echo_out_max,
	.feed = echo_feed,
	.pause_ms = echo_pause_ms,
	.is_open = echo_is_open,
	.is_idle = echo_is_idle,
	.stop = echo_stop,
	.close = echo_close,
};
