/* SPDX-License-Identifier: ISC */
/*
 * transaction - one message through a client connection.
 */
#include "smtp/transaction.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/disk.h"
#include "message/address.h"
#include "message/downgrade.h"
#include "message/idna.h"
#include "message/lines.h"
#include "message/xtext.h"

enum { PIECE = 32 << 10, LINE_MAX_OCTETS = 4096, SECONDS_MAX = 999999999 };

/* ---- commands ---- */

static const struct {
	unsigned flag;
	const char *word;
} notify_words[] = { { 1, "NEVER" }, { 2, "SUCCESS" }, { 4, "FAILURE" }, { 8, "DELAY" } };

/* Both are in seconds from now, of nine digits at most. */
static intmax_t seconds_until(int64_t when)
{
	int64_t left = when - clock_wall();

	if (left > SECONDS_MAX)
		return SECONDS_MAX;
	return left < -SECONDS_MAX ? -SECONDS_MAX : left;
}

static void put_terms(struct buf *out, const struct client *c, const struct transaction *t)
{
	const struct envelope_by *by = &t->deliver_by;

	if (t->require_tls)
		buf_put_str(out, " REQUIRETLS");
	if (t->hold_until && seconds_until(t->hold_until) > 0)
		buf_printf(out, " HOLDFOR=%jd", seconds_until(t->hold_until));
	if (by->mode != ENVELOPE_BY_NONE && (c->extensions & SMTP_DELIVERBY))
		buf_printf(out, " BY=%jd;%c%s", seconds_until(by->at), (char)by->mode, by->trace ? "T" : "");
	if (t->priority && (c->extensions & SMTP_MT_PRIORITY))
		buf_printf(out, " MT-PRIORITY=%d", t->priority);
	if (t->verp)
		buf_printf(out, " XVERP=%s", t->verp);
}

/* Can it be written in ASCII? Of local parts there is one form only. */
static bool has_ascii_form(const char *address)
{
	struct arena a = { 0 };
	struct span local, domain;
	bool has;

	address_split(span_str(address), &local, &domain);
	has = !span_has_8bit(local) && (!span_has_8bit(domain) || idna_to_ascii(&a, domain));
	arena_clear(&a);
	return has;
}

/* Whoever does not know SMTPUTF8 knows domains all the same, in ASCII: RFC 5891. */
static void put_mailbox(struct buf *out, const struct client *c, const char *address)
{
	struct arena a = { 0 };
	const char *ascii = NULL;
	struct span local, domain;

	address_split(span_str(address), &local, &domain);
	if (!(c->extensions & SMTP_SMTPUTF8) && span_has_8bit(domain))
		ascii = idna_to_ascii(&a, domain);
	if (ascii)
		buf_printf(out, "%.*s@%s", SPAN_ARG(local), ascii);
	else
		buf_put_str(out, address);
	arena_clear(&a);
}

static void put_mail(struct buf *out, const struct client *c, const struct transaction *t)
{
	buf_put_str(out, "MAIL FROM:<");
	put_mailbox(out, c, t->sender);
	buf_put_char(out, '>');
	/* Nobody knows yet how large it will be in 7 bits. */
	if ((c->extensions & SMTP_SIZE) && (!t->is_8bit || (c->extensions & SMTP_8BITMIME)))
		buf_printf(out, " SIZE=%jd", (intmax_t)t->size);
	if (t->is_8bit && (c->extensions & SMTP_8BITMIME))
		buf_put_str(out, " BODY=8BITMIME");
	if (t->smtputf8 && (c->extensions & SMTP_SMTPUTF8))
		buf_put_str(out, " SMTPUTF8");
	if (t->ret && (c->extensions & SMTP_DSN))
		buf_printf(out, " RET=%s", t->ret);
	if (t->envid && (c->extensions & SMTP_DSN)) {
		buf_put_str(out, " ENVID=");
		xtext_put(out, span_str(t->envid));
	}
	put_terms(out, c, t);
}

static void put_notify(struct buf *out, unsigned notify)
{
	const char *before = " NOTIFY=";

	for (size_t i = 0; i < sizeof(notify_words) / sizeof(notify_words[0]); i++) {
		if (!(notify & notify_words[i].flag))
			continue;
		buf_put_str(out, before);
		buf_put_str(out, notify_words[i].word);
		before = ",";
	}
}

/* ORCPT is "type;xtext": the type is not encoded (RFC 3461 4.2). */
static void put_orcpt(struct buf *out, const char *orcpt)
{
	struct span value = span_str(orcpt), type = span_cut(&value, ';');

	buf_put_str(out, " ORCPT=");
	buf_put_span(out, type);
	buf_put_char(out, ';');
	/* RFC 6533 3: such an address has an encoding of its own, and was kept in it. */
	if (span_is_nocase(type, SPAN("utf-8")))
		buf_put_span(out, value);
	else
		xtext_put(out, value);
}

static void put_rcpt(struct buf *out, const struct client *c, const struct transaction_rcpt *r)
{
	buf_put_str(out, "RCPT TO:<");
	put_mailbox(out, c, r->address);
	buf_put_char(out, '>');
	if (!(c->extensions & SMTP_DSN))
		return;
	put_notify(out, r->notify);
	if (r->orcpt)
		put_orcpt(out, r->orcpt);
}

static void queue(struct client *c, const struct buf *line)
{
	client_command(c, "%s", buf_str(line));
	if (line->overflow)
		c->out.overflow = true;
}

static void queue_mail(struct client *c, const struct transaction *t)
{
	struct buf line;

	buf_init(&line, LINE_MAX_OCTETS);
	put_mail(&line, c, t);
	queue(c, &line);
	buf_clear(&line);
}

static void queue_rcpt(struct client *c, const struct transaction_rcpt *r)
{
	struct buf line;

	buf_init(&line, LINE_MAX_OCTETS);
	put_rcpt(&line, c, r);
	queue(c, &line);
	buf_clear(&line);
}

/* The trace shows each command before its reply, also when they went out together. */
static void trace_mail(const struct client *c, const struct transaction *t)
{
	struct buf line;

	if (!c->rules->trace)
		return;
	buf_init(&line, LINE_MAX_OCTETS);
	put_mail(&line, c, t);
	c->rules->trace(c->rules->ctx, '>', buf_span(&line));
	buf_clear(&line);
}

static void trace_rcpt(const struct client *c, const struct transaction_rcpt *r)
{
	struct buf line;

	if (!c->rules->trace)
		return;
	buf_init(&line, LINE_MAX_OCTETS);
	put_rcpt(&line, c, r);
	c->rules->trace(c->rules->ctx, '>', buf_span(&line));
	buf_clear(&line);
}

static void trace_word(const struct client *c, const char *word)
{
	if (c->rules->trace)
		c->rules->trace(c->rules->ctx, '>', span_str(word));
}

/* ---- outcomes ---- */

static void set_all(struct transaction *t, const struct fault *f, bool remote, bool accepted_only)
{
	for (size_t i = 0; i < t->n; i++) {
		struct transaction_rcpt *r = &t->rcpts[i];

		if (r->outcome.reply != 0 || (accepted_only && !r->accepted))
			continue;
		r->outcome = *f;
		r->remote = remote;
		if (r->outcome.reply == 0)
			r->outcome.reply = 451;
	}
}

/* What the last reply means to a recipient: a fault, or success in the server's words. */
static struct fault outcome_of(const struct client *c, int want)
{
	struct fault out = { .kind = FAULT_NONE };
	const struct reply *r = &c->reply;

	if (r->code / 100 != want) {
		reply_fault(r, &out);
		return out;
	}
	out.reply = r->code;
	snprintf(out.status, sizeof(out.status), "%s", r->status[0] ? r->status : "2.0.0");
	snprintf(out.text, sizeof(out.text), "%d %s%s%.*s", r->code, r->status, r->status[0] ? " " : "",
		 (int)span_find(buf_span(&r->text), '\n'), buf_str(&r->text));
	return out;
}

static bool may_pipeline(const struct client *c)
{
	return c->extensions & SMTP_PIPELINING;
}

/* A server that answers what it was not asked would have every later reply taken for another one's. */
static int check_step(struct client *c, struct fault *f)
{
	if (c->in.n == 0)
		return 0;
	fault_temp(f, 451, "4.5.0", "Protocol error: host %s answers before it is asked", c->host);
	client_close(c);
	return -1;
}

/* ---- the stages ---- */

/* Keep the server busy; `answered` recipients have their reply. */
static void queue_ahead(struct client *c, struct transaction *t, size_t answered)
{
	/* In batches: a packet for each reply would be none the better. */
	if (t->has_data || t->queued - answered > TRANSACTION_AHEAD / 2)
		return;
	while (t->queued < t->n && t->queued - answered < TRANSACTION_AHEAD && c->out.n < CLIENT_OUT_HIGH)
		queue_rcpt(c, &t->rcpts[t->queued++]);
	t->has_data = t->queued == t->n;
	if (t->has_data)
		client_command(c, "DATA");
}

static void begin(struct client *c, struct transaction *t)
{
	t->begun = true;
	if (!may_pipeline(c))
		return;
	if (c->needs_reset)
		client_command(c, "RSET");
	queue_mail(c, t);
	queue_ahead(c, t, 0);
}

static int reset(struct client *c, struct fault *f)
{
	if (!c->needs_reset)
		return 0;
	if (!may_pipeline(c))
		client_command(c, "RSET");
	trace_word(c, "RSET");
	if (client_read_reply(c, c->rules->mail_timeout, "RSET", f) < 0)
		return -1;
	c->needs_reset = false;
	return 0;
}

static int say_mail(struct client *c, struct transaction *t, struct fault *f)
{
	struct fault out;

	if (!may_pipeline(c))
		queue_mail(c, t);
	trace_mail(c, t);
	if (client_read_reply(c, c->rules->mail_timeout, "sending MAIL FROM", f) < 0)
		return -1;
	t->answered = true;
	out = outcome_of(c, 2);
	if (out.kind != FAULT_NONE)
		set_all(t, &out, true, false);
	return 0;
}

static int say_rcpt(struct client *c, struct transaction_rcpt *r, struct fault *f)
{
	struct fault out;

	if (!may_pipeline(c)) {
		if (check_step(c, f) < 0)
			return -1;
		queue_rcpt(c, r);
	}
	trace_rcpt(c, r);
	if (client_read_reply(c, c->rules->rcpt_timeout, "sending RCPT TO", f) < 0)
		return -1;
	out = outcome_of(c, 2);
	/* When MAIL was refused its reply is the reason, not the 503 that follows from it. */
	if (r->outcome.reply != 0)
		return 0;
	r->accepted = out.kind == FAULT_NONE;
	if (!r->accepted) {
		r->outcome = out;
		r->remote = true;
	}
	return 0;
}

static bool any_accepted(const struct transaction *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rcpts[i].accepted)
			return true;
	return false;
}

/* 1 the message is to be sent, 0 not, -1 the connection is gone. */
static int say_data(struct client *c, struct transaction *t, struct fault *f)
{
	struct fault out;

	if (!may_pipeline(c)) {
		if (!any_accepted(t)) {
			c->needs_reset = true;
			return 0;
		}
		if (check_step(c, f) < 0)
			return -1;
		client_command(c, "DATA");
	}
	trace_word(c, "DATA");
	if (client_read_reply(c, c->rules->data_init_timeout, "sending DATA", f) < 0)
		return -1;
	if (c->reply.code == 354)
		return check_step(c, f) < 0 ? -1 : 1;
	out = outcome_of(c, 3);
	if (out.kind == FAULT_NONE)
		fault_temp(&out, 451, "4.5.0", "unexpected reply %d to DATA", c->reply.code);
	set_all(t, &out, true, true);
	c->needs_reset = true;
	return 0;
}

/* ---- the body ---- */

/* Whatever the client has said of it: many send 8 bits without a word. */
static bool is_downgraded(const struct client *c)
{
	return !(c->extensions & SMTP_8BITMIME);
}

/* The message in pieces: 1, 0 at its end. It cannot be ended properly after a fault: only breaking off tells that. */
static int next_piece(struct client *c, const struct transaction *t, off_t *done, char room[PIECE], struct span *out,
		      struct fault *f)
{
	off_t left = t->size - *done;
	size_t n = left < PIECE ? (size_t)left : PIECE;

	if (n == 0)
		return 0;
	if (disk_read_at(t->fd, room, n, t->at + *done, "queue file", f) < 0) {
		client_close(c);
		return -1;
	}
	patch_apply(&t->patch, *done, room, n);
	*done += (off_t)n;
	*out = span_of(room, n);
	return 1;
}

static int put_lines(struct client *c, struct lines *lines, struct span text, struct fault *f)
{
	while (text.n) {
		size_t n = text.n < PIECE ? text.n : PIECE;
		int64_t deadline = clock_mono_ms() + c->rules->data_xfer_timeout * 1000;

		lines_smtp_out_feed(lines, span_of(text.p, n), &c->out);
		text = span_from(text, n);
		if (c->out.n >= CLIENT_OUT_HIGH && client_flush(c, deadline, "sending message body", f) < 0)
			return -1;
	}
	return 0;
}

static int send_as_it_is(struct client *c, const struct transaction *t, struct lines *lines, struct fault *f)
{
	char room[PIECE];
	struct span piece;
	off_t done = 0;
	int rc;

	while ((rc = next_piece(c, t, &done, room, &piece, f)) > 0)
		if (put_lines(c, lines, piece, f) < 0)
			return -1;
	return rc;
}

/* 0, -1; 1: there is nothing to do, or it cannot be read as a message: it is sent as it is. */
static int look_through(struct client *c, const struct transaction *t, struct downgrade *d, struct buf *out,
			struct fault *f)
{
	char room[PIECE];
	struct span piece;
	off_t done = 0;
	int rc;

	while ((rc = next_piece(c, t, &done, room, &piece, f)) > 0)
		if (downgrade_scan(d, piece, NULL) < 0)
			return 1;
	return rc < 0 ? -1 : downgrade_begin(d, out, NULL) != 0;
}

static int put_downgraded(struct client *c, struct lines *lines, struct buf *out, struct fault *f)
{
	int rc = put_lines(c, lines, buf_span(out), f);

	buf_reset(out);
	return rc;
}

static int send_downgraded(struct client *c, const struct transaction *t, struct downgrade *d, struct buf *out,
			   struct lines *lines, struct fault *f)
{
	char room[PIECE];
	struct span piece;
	off_t done = 0;
	int rc = look_through(c, t, d, out, f);

	if (rc > 0)
		return send_as_it_is(c, t, lines, f);
	if (rc == 0)
		rc = put_downgraded(c, lines, out, f);
	while (rc == 0 && (rc = next_piece(c, t, &done, room, &piece, f)) > 0) {
		rc = downgrade_feed(d, piece, out, f);
		if (rc < 0)
			client_close(c);
		else
			rc = put_downgraded(c, lines, out, f);
	}
	if (rc == 0 && downgrade_end(d, out, f) == 0)
		return put_downgraded(c, lines, out, f);
	client_close(c);
	return -1;
}

static int send_7bit(struct client *c, const struct transaction *t, struct lines *lines, struct fault *f)
{
	struct downgrade d;
	struct buf out;
	int rc;

	downgrade_init(&d);
	buf_init(&out, (size_t)REPAIR_GROWTH * PIECE + REPAIR_ROOM + DOWNGRADE_HEADER_MAX);
	rc = send_downgraded(c, t, &d, &out, lines, f);
	buf_clear(&out);
	downgrade_clear(&d);
	return rc;
}

static int send_body(struct client *c, const struct transaction *t, struct fault *f)
{
	struct lines lines;
	int rc;

	lines_smtp_out_init(&lines);
	if (t->prefix)
		lines_smtp_out_feed(&lines, span_str(t->prefix), &c->out);
	rc = is_downgraded(c) ? send_7bit(c, t, &lines, f) : send_as_it_is(c, t, &lines, f);
	if (rc < 0)
		return -1;
	lines_smtp_out_end(&lines, &c->out);
	buf_put(&c->out, ".\r\n", 3);
	return 0;
}

/* One reply, or with LMTP one for each accepted recipient. */
static int read_results(struct client *c, struct transaction *t, struct fault *f)
{
	struct fault out;

	trace_word(c, ".");
	if (!c->rules->lmtp) {
		if (client_read_reply(c, c->rules->data_done_timeout, "sending end of data", f) < 0)
			return -1;
		out = outcome_of(c, 2);
		set_all(t, &out, true, true);
		return 0;
	}
	for (size_t i = 0; i < t->n; i++) {
		if (!t->rcpts[i].accepted)
			continue;
		if (client_read_reply(c, c->rules->data_done_timeout, "sending end of data", f) < 0)
			return -1;
		t->rcpts[i].outcome = outcome_of(c, 2);
		t->rcpts[i].remote = true;
	}
	return 0;
}

/* A server that took DATA without a recipient gets an empty message, and its reply does not matter. */
static int end_empty(struct client *c, struct fault *f)
{
	if (c->rules->lmtp) {
		/* As many replies as recipients: none to wait for, so that breaking off is the only safe end. */
		client_close(c);
		return fault_temp(f, 451, "4.5.0", "Protocol error: host %s takes DATA without a recipient", c->host);
	}
	buf_put(&c->out, ".\r\n", 3);
	trace_word(c, ".");
	c->needs_reset = true;
	return client_read_reply(c, c->rules->data_done_timeout, "sending end of data", f);
}

static int say_envelope(struct client *c, struct transaction *t, struct fault *f)
{
	if (reset(c, f) < 0 || say_mail(c, t, f) < 0)
		return -1;
	if (!may_pipeline(c) && t->rcpts[0].outcome.reply != 0) {
		c->needs_reset = true;
		return 0;
	}
	for (size_t i = 0; i < t->n; i++) {
		if (may_pipeline(c))
			queue_ahead(c, t, i);
		if (say_rcpt(c, &t->rcpts[i], f) < 0)
			return -1;
	}
	return say_data(c, t, f);
}

/* 1: an 8-bit byte in the header; 0: none; -1: it cannot be read. */
static int has_8bit_header(const struct transaction *t)
{
	char room[PIECE];
	char last = '\n';

	for (off_t done = 0; done < t->size;) {
		off_t left = t->size - done;
		size_t n = left < PIECE ? (size_t)left : PIECE, i = 0;

		if (disk_read_at(t->fd, room, n, t->at + done, "queue file", NULL) < 0)
			return -1;
		for (; i < n && !(last == '\n' && room[i] == '\n'); last = room[i++])
			if (room[i] & 0x80)
				return 1;
		if (i < n)
			return 0;
		done += (off_t)n;
	}
	return 0;
}

/* Its sender offered to use more letters; has he? */
static bool needs_utf8(const struct transaction *t)
{
	if (!has_ascii_form(t->sender))
		return true;
	for (size_t i = 0; i < t->n; i++)
		if (!has_ascii_form(t->rcpts[i].address))
			return true;
	return has_8bit_header(t) != 0;
}

/* What this server cannot take is known without asking it. */
static bool is_refused(const struct client *c, struct transaction *t)
{
	struct fault out;

	if (c->size_limit > 0 && (uint64_t)t->size > c->size_limit) {
		fault_perm(&out, 552, "5.3.4", "message size %jd exceeds the limit %ju of host %s", (intmax_t)t->size,
			   (uintmax_t)c->size_limit, c->host);
	} else if (t->smtputf8 && !(c->extensions & SMTP_SMTPUTF8) && needs_utf8(t)) {
		fault_perm(&out, 553, "5.6.7", "message needs SMTPUTF8, which host %s does not offer", c->host);
	} else if (t->require_tls && !(c->extensions & SMTP_REQUIRETLS)) {
		fault_perm(&out, 550, "5.7.30", "message needs REQUIRETLS, which host %s does not offer", c->host);
	} else if (t->deliver_by.strict && !c->rules->lmtp && !(c->extensions & SMTP_DELIVERBY)) {
		fault_perm(&out, 550, "5.3.3",
			   "message is to be returned when it is late, and host %s does not offer DELIVERBY", c->host);
	} else if (t->hold_until && seconds_until(t->hold_until) > 0 && !(c->extensions & SMTP_FUTURERELEASE)) {
		fault_temp(&out, 451, "4.3.3", "message is to be held, and host %s does not offer FUTURERELEASE",
			   c->host);
	} else if (t->verp && !(c->extensions & SMTP_XVERP)) {
		fault_temp(&out, 451, "4.3.3", "each recipient is to have a sender, and host %s does not offer XVERP",
			   c->host);
	} else {
		return false;
	}
	set_all(t, &out, false, false);
	return true;
}

static int converse(struct client *c, struct transaction *t, struct transaction *(*next)(void *ctx), void *ctx,
		    struct fault *f)
{
	struct transaction *following;
	int go;

	if (!t->begun && check_step(c, f) < 0)
		return -1;
	if (!t->begun)
		begin(c, t);
	go = say_envelope(c, t, f);
	if (go <= 0)
		return go;
	if (!any_accepted(t))
		return end_empty(c, f);
	if (send_body(c, t, f) < 0)
		return -1;
	following = may_pipeline(c) && next ? next(ctx) : NULL;
	if (following && !is_refused(c, following))
		begin(c, following);
	return read_results(c, t, f);
}

int transaction_run(struct client *c, struct transaction *t, struct transaction *(*next)(void *ctx), void *ctx,
		    struct fault *f)
{
	struct fault local = { 0 };

	if (!t->begun && is_refused(c, t))
		return 0;
	c->transactions++;
	if (converse(c, t, next, ctx, &local) < 0) {
		set_all(t, &local, false, false);
		*f = local;
		return -1;
	}
	if (c->reply.code == 421) {
		client_close(c);
		return fault_temp(f, 451, "4.4.2", "host %s closed the connection", c->host);
	}
	return 0;
}

void transaction_rewind(struct transaction *t)
{
	t->begun = t->answered = t->has_data = false;
	t->queued = 0;
	for (size_t i = 0; i < t->n; i++) {
		t->rcpts[i].outcome = (struct fault){ 0 };
		t->rcpts[i].accepted = t->rcpts[i].remote = false;
	}
}
