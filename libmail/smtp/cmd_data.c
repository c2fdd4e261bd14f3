/* SPDX-License-Identifier: ISC */
/*
 * cmd_data - DATA, and what DATA and BDAT have in common: a message that
 * streams in.
 */
#include "smtp/cmd.h"

#include "base/clock.h"
#include "message/trace.h"
#include "smtp/reply.h"

enum { RECEIVED_MAX = 4096 /* octets of a Received field; trace.c shortens what is longer */ };

/* RFC 3848, RFC 6531 4.3. After HELO there is one word for all. */
static const char *protocol(struct smtp_session *s)
{
	const char *base = s->server->lmtp ? "LMTP" : s->esmtp && !s->envelope.smtputf8 ? "ESMTP" : "SMTP";

	return arena_printf(&s->arena, "%s%s%s%s", s->envelope.smtputf8 ? "UTF8" : "", base,
			    s->tls && s->esmtp ? "S" : "", s->authenticated && s->esmtp ? "A" : "");
}

static void put_received(struct smtp_session *s)
{
	const struct envelope *e = &s->envelope;
	bool local = !s->client->address && s->client->uid >= 0;
	char tls[TLSIO_TEXT_MAX];
	struct trace t = {
		.helo = local ? NULL : s->helo,
		.client = s->client->address,
		.name = s->client->name,
		.protocol = protocol(s),
		.tls = s->tls ? tlsio_text(s->tls, tls) : NULL,
		.user = s->authenticated && s->server->show_user ? s->sasl.user : NULL,
		.uid = s->client->uid,
		.by = s->server->hostname,
		.id = e->id,
		.forpath = e->n == 1 ? e->rcpts[0].address : NULL,
		.when = clock_wall(),
	};
	struct buf field;

	buf_init(&field, RECEIVED_MAX);
	trace_put_received(&field, &t);
	s->call->put(s->ctx, field.p, field.n);
	buf_clear(&field);
}

int smtp_message_begin(struct smtp_session *s, struct fault *f)
{
	s->head = (struct head){ 0 };
	if (s->call->begin(s->ctx, &s->arena, &s->envelope, f) < 0)
		return -1;
	s->begun = s->is_watched = true;
	put_received(s);
	return 0;
}

static void give_up(struct smtp_session *s)
{
	if (s->begun)
		s->call->abort(s->ctx);
	s->begun = false;
}

void smtp_message_fail(struct smtp_session *s, const struct fault *f)
{
	s->failure = *f;
	s->is_watched = false;
	give_up(s);
}

/* What can be wrong with a message, as far as it has come. */
static int check(const struct smtp_session *s, struct fault *f)
{
	const struct smtp_server *v = s->server;
	const struct lines_facts *facts = &s->lines.facts;

	if (v->message_size_limit && facts->bytes > v->message_size_limit)
		return fault_perm(f, 552, "5.3.4", "Message size exceeds the limit of %llu octets",
				  (unsigned long long)v->message_size_limit);
	if (v->header_size_limit && s->head.octets > v->header_size_limit)
		return fault_perm(f, 552, "5.3.4", "Message header exceeds the limit of %llu octets",
				  (unsigned long long)v->header_size_limit);
	if (s->head.received > (uint64_t)v->hopcount_limit)
		return fault_perm(f, 554, "5.4.6", "Mail loop: more than %ld hops", v->hopcount_limit);
	if (facts->has_nul)
		return fault_perm(f, 554, "5.6.0", "Message contains NUL bytes");
	if (v->reject_bare_newline && facts->bare_lf)
		return fault_perm(f, 550, "5.5.2", "Bare <LF> received");
	return 0;
}

/*
 * A message may be wrong in more ways than one. It is looked at to its end, so
 * that the reason that is given does not depend on how its bytes were cut.
 */
void smtp_message_put(struct smtp_session *s)
{
	if (s->is_watched) {
		head_feed(&s->head, buf_span(&s->clean));
		if (check(s, &s->failure) < 0)
			give_up(s);
		else
			s->call->put(s->ctx, s->clean.p, s->clean.n);
	}
	buf_reset(&s->clean);
}

/* LMTP has a reply for each recipient that RCPT accepted: RFC 2033 4.2. */
void smtp_message_refuse(struct smtp_session *s, const char *what, const struct fault *f)
{
	for (size_t i = 1; s->server->lmtp && i < s->envelope.n; i++)
		smtp_put_fault(s, f);
	smtp_refuse(s, what, f);
}

static void confirm(struct smtp_session *s)
{
	const struct envelope *e = &s->envelope;
	struct fault f;

	if (!s->server->lmtp) {
		smtp_reply(s, 250, "2.0.0", "Ok: queued as %s", e->id);
		return;
	}
	for (size_t i = 0; i < e->n; i++)
		if (s->call->outcome && s->call->outcome(s->ctx, e, i, &f) < 0)
			smtp_put_fault(s, &f);
		else
			smtp_reply(s, 250, "2.0.0", "Ok: queued as %s", e->id);
}

void smtp_message_end(struct smtp_session *s, const char *what)
{
	struct fault f = s->failure;
	bool done = s->begun && s->call->end(s->ctx, &s->envelope, s->lines.facts.bytes, &f) == 0;

	s->begun = false;
	if (done) {
		confirm(s);
		s->errors = s->junk = 0;
	} else {
		smtp_message_refuse(s, what, &f);
	}
	smtp_reset(s);
}

void smtp_cmd_data(struct smtp_session *s, struct span argument)
{
	struct fault f;

	(void)argument;
	if (s->envelope.n == 0) {
		fault_perm(&f, s->server->lmtp ? 503 : 554, "5.5.1", "No valid recipients");
		smtp_refuse(s, "DATA", &f);
		return;
	}
	lines_smtp_in_init(&s->lines);
	if (smtp_message_begin(s, &f) < 0) {
		smtp_refuse(s, "DATA", &f);
		smtp_reset(s);
		return;
	}
	smtp_set_state(s, SMTP_DATA);
	smtp_reply(s, 354, NULL, "End data with <CR><LF>.<CR><LF>");
}

size_t smtp_data_feed(struct smtp_session *s, struct span bytes)
{
	size_t used;

	if (bytes.n > SMTP_PIECE)
		bytes.n = SMTP_PIECE;
	used = lines_smtp_in_feed(&s->lines, bytes, &s->clean);
	smtp_message_put(s);
	if (lines_is_ended(&s->lines))
		smtp_message_end(s, "DATA");
	return used;
}
