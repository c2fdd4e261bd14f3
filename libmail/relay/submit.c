/* SPDX-License-Identifier: ISC */
/*
 * submit - local submission.
 *
 * The input is kept, because it is read twice: the repair of the header needs to know about the body.
 */
#include "relay/submit.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "message/trace.h"

enum {
	HEADER_GROWTH = 4,	  /* a repaired header may be so many times as large as header_size_limit */
	TRACE_MAX = 16 << 10,	  /* octets of a Received field */
	RECIPIENTS_DEFAULT = 100, /* in one transaction, with a server that names no limit: RFC 5321 4.5.3.1.8 */
};

void submit_init(struct submit *s, const struct submit_rules *rules)
{
	*s = (struct submit){ .rules = rules };
	spill_init(&s->raw, rules->intake.message_size_limit);
	repair_scan_init(&s->scan, rules->header_size_limit, rules->dot_ends);
	buf_init(&s->header, HEADER_GROWTH * rules->header_size_limit);
}

void submit_clear(struct submit *s)
{
	if (s->begun && !s->rules->socket)
		intake_abort(&s->in);
	s->begun = false;
	repair_scan_clear(&s->scan);
	spill_clear(&s->raw);
	buf_clear(&s->header);
}

void submit_reset(struct submit *s)
{
	const struct submit_rules *rules = s->rules;

	submit_clear(s);
	submit_init(s, rules);
}

static int put(struct submit *s, struct span piece, struct fault *f)
{
	if (spill_put(&s->raw, piece, f) < 0)
		return -1;
	return repair_scan_feed(&s->scan, piece, f);
}

void submit_put(struct submit *s, struct span piece)
{
	if (s->failure.kind == FAULT_NONE)
		put(s, piece, &s->failure);
}

int submit_read(struct submit *s, int fd, struct fault *f)
{
	char piece[SPILL_PIECE];

	while (!repair_scan_is_ended(&s->scan)) {
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, "cannot read the message");
		if (put(s, span_of(piece, (size_t)n), f) < 0)
			return -1;
	}
	return 0;
}

int submit_end(struct submit *s, struct fault *f)
{
	if (s->failure.kind == FAULT_NONE)
		return repair_scan_end(&s->scan, f);
	if (f)
		*f = s->failure;
	return -1;
}

int submit_repair(struct submit *s, struct arena *a, const struct repair_rules *repair, struct fault *f)
{
	return repair_header(a, &s->scan, repair, &s->header, &s->result, f);
}

int submit_begin(struct submit *s, struct arena *a, struct envelope *e, struct fault *f)
{
	s->arena = a;
	s->envelope = e;
	if (s->rules->socket)
		entropy_id(e->id);
	else if (intake_begin(&s->in, &s->rules->intake, a, e, f) < 0)
		return -1;
	s->begun = true;
	return 0;
}

static int put_body(struct submit *s, struct repair_body *body, struct buf *out,
		    void (*put_to)(void *ctx, const void *p, size_t n), void *ctx, struct fault *f)
{
	struct span piece;
	off_t at = 0;
	int rc;

	while ((rc = spill_next(&s->raw, &at, &piece, f)) > 0) {
		if (repair_body_feed(body, piece, out, f) < 0)
			return -1;
		put_to(ctx, out->p, out->n);
		buf_reset(out);
	}
	if (rc < 0 || repair_body_end(body, out, f) < 0)
		return -1;
	put_to(ctx, out->p, out->n);
	return 0;
}

int submit_put_to(struct submit *s, void (*put_to)(void *ctx, const void *p, size_t n), void *ctx, struct fault *f)
{
	struct repair_body body;
	struct buf out;
	int rc;

	put_to(ctx, s->header.p, s->header.n);
	repair_body_init(&body, &s->scan);
	buf_init(&out, (size_t)REPAIR_GROWTH * SPILL_PIECE + REPAIR_ROOM);
	rc = put_body(s, &body, &out, put_to, ctx, f);
	buf_clear(&out);
	repair_body_clear(&body);
	return rc;
}

/* ---- into the spool, or a Maildir ---- */

static void put_intake(void *ctx, const void *p, size_t n)
{
	struct submit *s = ctx;

	intake_put(&s->in, p, n);
}

static void put_trace(struct submit *s)
{
	const struct envelope *e = s->envelope;
	struct trace trace = { .uid = (long)getuid(),
			       .by = s->rules->hostname,
			       .id = e->id,
			       .forpath = e->n == 1 ? e->rcpts[0].address : NULL,
			       .when = clock_wall() };
	struct buf field;

	buf_init(&field, TRACE_MAX);
	trace_put_received(&field, &trace);
	intake_put(&s->in, field.p, field.n);
	buf_clear(&field);
}

static int take_in(struct submit *s, struct fault *f)
{
	if (s->rules->trace)
		put_trace(s);
	if (submit_put_to(s, put_intake, s, f) < 0) {
		intake_abort(&s->in);
		return -1;
	}
	return intake_commit(&s->in, f);
}

/* ---- to the server behind the socket ---- */

struct file_out {
	struct spill spill;
	struct fault fault;
};

static void put_file(void *ctx, const void *p, size_t n)
{
	struct file_out *out = ctx;

	if (out->fault.kind == FAULT_NONE)
		spill_put(&out->spill, span_of(p, n), &out->fault);
}

static struct transaction_rcpt *as_rcpts(struct arena *a, const struct envelope *e)
{
	struct transaction_rcpt *rcpts = arena_alloc(a, e->n * sizeof(*rcpts));

	for (size_t i = 0; i < e->n; i++) {
		rcpts[i].address = e->rcpts[i].address;
		rcpts[i].orcpt = e->rcpts[i].orcpt;
		rcpts[i].notify = e->rcpts[i].notify;
	}
	return rcpts;
}

static int connect_to(const struct submit *s, struct client *c, struct fault *f)
{
	struct dial_target to;

	return dial_parse(span_str(s->rules->socket), "", &to, f) < 0 ? -1 : client_open(c, &to, f);
}

/* Nobody has told them anything: it was not tried. */
static void fail_rest(struct transaction_rcpt *rcpts, size_t n, const struct fault *f)
{
	for (size_t i = 0; i < n; i++)
		rcpts[i].outcome = *f;
}

/*
 * The server limits the recipients of a message (RFC 9422): to more of them it is sent more than once, as
 * the 452 of RFC 5321 4.5.3.1.10 would have it.
 */
static void transact_all(struct client *c, const struct transaction *message, struct transaction_rcpt *rcpts, size_t n)
{
	size_t most = c->rcpt_max ? (size_t)c->rcpt_max : RECIPIENTS_DEFAULT, done = 0;
	struct fault f;

	while (done < n) {
		struct transaction t = *message;

		t.rcpts = rcpts + done;
		t.n = n - done < most ? n - done : most;
		done += t.n;
		if (transaction_run(c, &t, NULL, NULL, &f) < 0) {
			fail_rest(rcpts + done, n - done, &f);
			return;
		}
	}
}

static int send_file(struct submit *s, int fd, off_t size, struct fault *f)
{
	static const char *const rets[] = { [ENVELOPE_RET_FULL] = "FULL", [ENVELOPE_RET_HDRS] = "HDRS" };
	const struct envelope *e = s->envelope;
	struct transaction message = { .sender = e->sender,
				       .fd = fd,
				       .size = size,
				       .is_8bit = e->body == ENVELOPE_8BITMIME,
				       .smtputf8 = e->smtputf8,
				       .envid = e->envid,
				       .ret = rets[e->ret],
				       .hold_until = e->hold_until,
				       .deliver_by = e->deliver_by,
				       .priority = e->priority,
				       .require_tls = e->require_tls,
				       .verp = e->verp };
	struct client c;

	client_init(&c, &s->rules->client);
	s->handed = as_rcpts(s->arena, e);
	if (connect_to(s, &c, f) < 0) {
		client_clear(&c);
		return -1;
	}
	transact_all(&c, &message, s->handed, e->n);
	client_quit(&c);
	client_clear(&c);
	for (size_t i = 0; i < e->n; i++)
		if (s->handed[i].outcome.kind == FAULT_NONE)
			return 0;
	*f = s->handed[0].outcome;
	return -1;
}

static int hand_over(struct submit *s, struct fault *f)
{
	struct file_out out = { .fault = { .kind = FAULT_NONE } };
	int fd, rc = -1;

	spill_init(&out.spill, 0);
	if (submit_put_to(s, put_file, &out, f) == 0) {
		if (out.fault.kind != FAULT_NONE)
			*f = out.fault;
		else if ((fd = spill_file(&out.spill, f)) >= 0)
			rc = send_file(s, fd, out.spill.size, f);
	}
	spill_clear(&out.spill);
	return rc;
}

int submit_commit(struct submit *s, struct fault *f)
{
	int rc = s->rules->socket ? hand_over(s, f) : take_in(s, f);

	s->begun = false;
	return rc;
}
