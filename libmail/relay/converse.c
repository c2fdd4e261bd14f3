/* SPDX-License-Identifier: ISC */
/*
 * converse - SMTP with a local program.
 */
#include "relay/converse.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "relay/recipients.h"
#include "route/canonical.h"

enum { VERB_MAX = 8 /* octets of a line that are looked at */ };

struct conversation {
	const struct converse_rules *rules;
	struct smtp_session session;
	struct submit submit;
	struct arena arena; /* of the message that is being received */
	struct buf out;
	struct fault refused; /* batch: the first fault */

	/* Batch: the line that is not whole yet. */
	char line[VERB_MAX];
	size_t column;
	char last;     /* the last byte of it */
	bool is_text;  /* it is a line of a message */
	bool skipping; /* of one that was refused before it began */
};

/* ---- what the session asks ---- */

static struct route *route_of(const struct conversation *c)
{
	return c->rules->submit->intake.route;
}

static int take_sender(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	const struct conversation *c = ctx;

	e->origin = arena_printf(a, "uid %ld", c->rules->client->uid);
	if (canonical_load(route_of(c), f) < 0)
		return -1;
	return canonical_rewrite(route_of(c), a, CANONICAL_ENVELOPE_SENDER, span_str(e->sender), &e->sender, f);
}

static int take_recipient(void *ctx, struct arena *a, const struct envelope *e, struct envelope_rcpt *r,
			  struct fault *f)
{
	const struct conversation *c = ctx;

	(void)e;
	if (recipients_rewrite(a, route_of(c), r, f) < 0)
		return -1;
	return route_check(route_of(c), a, span_str(r->address), f);
}

static int begin(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	struct conversation *c = ctx;

	submit_reset(&c->submit);
	return submit_begin(&c->submit, a, e, f);
}

static void put(void *ctx, const void *p, size_t n)
{
	struct conversation *c = ctx;

	submit_put(&c->submit, span_of(p, n));
}

static int end(void *ctx, const struct envelope *e, uint64_t octets, struct fault *f)
{
	struct conversation *c = ctx;
	const struct submit_rules *rules = c->rules->submit;
	struct repair_rules repair = { .origin = rules->origin,
				       .host = rules->hostname,
				       .id = e->id,
				       .sender = e->sender,
				       .now = clock_wall(),
				       .map = canonical_map,
				       .ctx = route_of(c) };
	int rc;

	(void)octets;
	rc = submit_end(&c->submit, f);
	if (rc == 0)
		rc = submit_repair(&c->submit, &c->arena, &repair, f);
	if (rc == 0)
		rc = submit_commit(&c->submit, f);
	if (rc == 0 && c->rules->accepted && !rules->socket && !c->submit.in.direct)
		c->rules->accepted(c->rules->ctx, e->id);
	submit_reset(&c->submit);
	arena_reset(&c->arena);
	return rc;
}

static void abort_message(void *ctx)
{
	struct conversation *c = ctx;

	submit_reset(&c->submit);
}

static int verify(void *ctx, const char *address, struct fault *f)
{
	struct conversation *c = ctx;
	int rc = route_check(route_of(c), &c->arena, span_str(address), f);

	arena_reset(&c->arena);
	return rc;
}

static void refused(void *ctx, const char *what, const struct fault *f, const char *id)
{
	struct conversation *c = ctx;

	(void)id;
	if (!c->rules->batch)
		return;
	if (c->refused.kind == FAULT_NONE)
		c->refused = *f;
	if (c->rules->refused)
		c->rules->refused(c->rules->ctx, what, f);
}

static const struct smtp_callbacks callbacks = {
	.sender = take_sender,
	.recipient = take_recipient,
	.begin = begin,
	.put = put,
	.end = end,
	.abort = abort_message,
	.verify = verify,
	.refused = refused,
};

/* ---- bytes ---- */

static int reply(struct conversation *c, int out, struct fault *f)
{
	int rc = c->rules->batch ? 0 : disk_write(out, c->out.p, c->out.n, "the reply", f);

	buf_reset(&c->out);
	return rc;
}

/* With `blanks` those at the end do not count. */
static bool line_is(const struct conversation *c, struct span want, bool blanks)
{
	struct span line = span_of(c->line, c->column);

	if (c->column >= VERB_MAX)
		return false;
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return span_is_nocase(blanks ? span_trim(line) : line, want);
}

static void put_text(struct conversation *c, struct span text)
{
	size_t n = c->column < VERB_MAX ? VERB_MAX - c->column : 0;

	if (text.n == 0)
		return;
	if (c->column == 0)
		c->is_text = c->session.state == SMTP_DATA;
	memcpy(c->line + c->column % VERB_MAX, text.p, text.n < n ? text.n : n);
	c->column += text.n;
	c->last = text.p[text.n - 1];
	if (!c->skipping)
		smtp_session_feed(&c->session, text.p, text.n);
}

/*
 * Nobody waits for the reply to DATA here: where it was refused the message follows all the same, and must not be
 * taken for commands.
 */
static void end_line(struct conversation *c)
{
	bool is_cr = c->column && c->last == '\r';

	if (c->skipping && line_is(c, SPAN("."), false)) {
		c->skipping = false;
		smtp_session_feed(&c->session, "RSET\r\n", 6);
	} else if (!c->skipping) {
		smtp_session_feed(&c->session, is_cr ? "\n" : "\r\n", is_cr ? 1 : 2);
	}
	if (!c->is_text && line_is(c, SPAN("DATA"), true) && c->session.state != SMTP_DATA)
		c->skipping = true;
	c->column = 0;
	c->is_text = c->session.state == SMTP_DATA;
}

/* The session wants CR LF. Dots are as they would be on the wire. What BDAT counts is as it is. */
static void feed_batch(struct conversation *c, struct span bytes)
{
	while (bytes.n) {
		size_t n = span_find(bytes, '\n');

		if (c->session.state == SMTP_CHUNK) {
			n = bytes.n < c->session.chunk_left ? bytes.n : (size_t)c->session.chunk_left;
			smtp_session_feed(&c->session, bytes.p, n);
			bytes = span_from(bytes, n);
		} else {
			put_text(c, span_of(bytes.p, n));
			if (n < bytes.n)
				end_line(c);
			bytes = span_from(bytes, n + 1);
		}
		buf_reset(&c->out);
	}
}

/* 1, 0 at the end of the input or the time, -1. */
static int read_some(struct conversation *c, int in, char *room, struct span *bytes, struct fault *f)
{
	int64_t deadline = clock_mono_ms() + (int64_t)c->rules->timeout * 1000;
	struct pollfd p = { .fd = in, .events = POLLIN };
	ssize_t n;
	int rc;

	do
		rc = poll(&p, 1, clock_until_ms(deadline));
	while (rc < 0 && errno == EINTR);
	if (rc == 0)
		smtp_session_stop(&c->session, "4.4.2", "Timeout");
	if (rc <= 0)
		return rc < 0 ? fault_errno(f, "cannot wait for input") : 0;
	do
		n = read(in, room, SMTP_PIECE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_errno(f, "cannot read a command");
	*bytes = span_of(room, (size_t)n);
	return n > 0;
}

static int run(struct conversation *c, int in, int out, struct fault *f)
{
	char room[SMTP_PIECE];
	struct span bytes;
	int rc = reply(c, out, f);

	while (rc == 0 && smtp_session_is_open(&c->session)) {
		rc = read_some(c, in, room, &bytes, f);
		if (rc <= 0)
			break;
		if (c->rules->batch)
			feed_batch(c, bytes);
		else
			smtp_session_feed(&c->session, bytes.p, bytes.n);
		rc = reply(c, out, f);
	}
	return rc == 0 ? reply(c, out, f) : rc;
}

int converse(const struct converse_rules *rules, int in, int out, struct fault *f)
{
	struct conversation *c = arena_heap(sizeof(*c));
	int rc;

	*c = (struct conversation){ .rules = rules };
	buf_init(&c->out, smtp_session_out_max(rules->server));
	submit_init(&c->submit, rules->submit);
	smtp_session_init(&c->session, rules->server, rules->client, &callbacks, c, &c->out);
	smtp_session_greet(&c->session);
	/* A batch need not say who it is. */
	if (rules->batch)
		feed_batch(c, SPAN("HELO localhost\n"));
	rc = run(c, in, out, f);
	if (rc == 0 && rules->batch && smtp_session_is_open(&c->session) && !smtp_session_is_idle(&c->session))
		rc = fault_perm(f, 501, "5.6.0", "the input ends within a message or a command");
	if (rc == 0 && c->refused.kind != FAULT_NONE) {
		*f = c->refused;
		rc = -1;
	}
	smtp_session_clear(&c->session);
	submit_clear(&c->submit);
	arena_clear(&c->arena);
	buf_clear(&c->out);
	free(c);
	return rc;
}
