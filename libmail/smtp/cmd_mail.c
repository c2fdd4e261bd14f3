/* SPDX-License-Identifier: ISC */
/*
 * cmd_mail - MAIL and RCPT: the envelope.
 */
#include "smtp/cmd.h"

#include "base/clock.h"
#include "message/verp.h"
#include "smtp/path.h"

unsigned smtp_offered(const struct smtp_session *s)
{
	unsigned offered = PATH_SIZE | PATH_8BITMIME | PATH_SMTPUTF8 | PATH_DSN | PATH_DELIVERBY | PATH_MT_PRIORITY;

	if (s->server->hold_limit > 0 && s->client->may & SMTP_MAY_HOLD)
		offered |= PATH_FUTURERELEASE;
	if (s->tls || s->client->may & SMTP_MAY_REQUIRETLS)
		offered |= PATH_REQUIRETLS;
	if (s->client->may & SMTP_MAY_VERP)
		offered |= PATH_XVERP;
	/* RFC 4954 5: who offers AUTH takes the parameter, and believes it from nobody. */
	if (s->client->sasl)
		offered |= PATH_AUTH;
	return offered;
}

static int accept_sender(struct smtp_session *s, struct span argument, struct fault *f)
{
	uint64_t limit = s->server->message_size_limit;

	if (path_parse_mail(&s->arena, argument, smtp_offered(s), &s->envelope, &s->size, f) < 0)
		return -1;
	if (s->envelope.hold_until > clock_wall() + s->server->hold_limit)
		return fault_perm(f, 501, "5.5.4", "A message is held for %ld seconds at most", s->server->hold_limit);
	if (limit && s->size > limit)
		return fault_perm(f, 552, "5.3.4", "Message size exceeds the limit of %llu octets",
				  (unsigned long long)limit);
	if (s->call->sender(s->ctx, &s->arena, &s->envelope, f) < 0)
		return -1;
	if (s->envelope.verp && !s->envelope.sender[0])
		return fault_perm(f, 503, "5.5.4", "XVERP needs a sender");
	if (s->envelope.verp && !s->envelope.verp[0])
		s->envelope.verp = s->server->verp_delimiters;
	return 0;
}

void smtp_cmd_mail(struct smtp_session *s, struct span argument)
{
	struct fault f;

	if (accept_sender(s, argument, &f) < 0) {
		smtp_refuse(s, "MAIL", &f);
		smtp_reset(s);
		return;
	}
	smtp_set_state(s, SMTP_MAIL);
	if (s->envelope.priority > 0 && !(s->client->may & SMTP_MAY_PRIORITY)) {
		s->envelope.priority = 0;
		smtp_reply(s, 250, "2.3.6", "0 is the new priority of the message");
		return;
	}
	smtp_reply(s, 250, "2.1.0", "Ok");
}

/* A client that sends a long list at once is told which ones to send again, and is not cut off. */
static void refuse_excess(struct smtp_session *s)
{
	struct fault f;

	fault_temp(&f, 452, "4.5.3", "Too many recipients, send the message again for the others");
	if (++s->overshoot > SMTP_RCPT_OVERSHOOT)
		smtp_refuse(s, "RCPT", &f);
	else
		smtp_reply(s, f.reply, f.status, "%s", f.text);
}

/* By the address that the client has for the recipient, whatever it is called here. */
static void set_sender(struct smtp_session *s, const char *given, struct envelope_rcpt *r)
{
	const char *verp = s->envelope.verp;
	struct span sender = span_str(s->envelope.sender);

	if (!verp)
		return;
	r->sender = verp_sender(&s->arena, sender, span_str(given), verp);
	if (!r->sender)
		r->sender = verp_sender(&s->arena, sender, span_str(r->address), verp);
}

void smtp_cmd_rcpt(struct smtp_session *s, struct span argument)
{
	struct envelope_rcpt r;
	const char *given;
	struct fault f;

	if (s->envelope.n >= (size_t)s->server->recipient_limit) {
		refuse_excess(s);
		return;
	}
	if (path_parse_rcpt(&s->arena, argument, smtp_offered(s), s->envelope.smtputf8, &r, &f) < 0) {
		smtp_refuse(s, "RCPT", &f);
		return;
	}
	given = r.address;
	if (s->call->recipient(s->ctx, &s->arena, &s->envelope, &r, &f) < 0) {
		smtp_refuse(s, "RCPT", &f);
		return;
	}
	set_sender(s, given, &r);
	*envelope_add_rcpt(&s->arena, &s->envelope, &s->rcpt_room) = r;
	smtp_reply(s, 250, "2.1.5", "Ok");
}
