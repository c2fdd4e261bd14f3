/* SPDX-License-Identifier: ISC */
/*
 * cmd_mail - MAIL and RCPT: the envelope.
 */
#include "smtp/cmd.h"

#include <string.h>

#include "smtp/path.h"

enum { OFFERED = PATH_SIZE | PATH_8BITMIME | PATH_SMTPUTF8 | PATH_DSN, RCPT_ROOM_MIN = 4 };

static int accept_sender(struct smtp_session *s, struct span argument, struct fault *f)
{
	uint64_t size, limit = s->server->message_size_limit;

	if (path_parse_mail(&s->arena, argument, OFFERED, &s->envelope, &size, f) < 0)
		return -1;
	if (limit && size > limit)
		return fault_perm(f, 552, "5.3.4", "Message size exceeds the limit of %llu octets",
				  (unsigned long long)limit);
	return s->call->sender(s->ctx, &s->arena, &s->envelope, f);
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
	smtp_reply(s, 250, "2.1.0", "Ok");
}

static void add_rcpt(struct smtp_session *s, const struct envelope_rcpt *r)
{
	struct envelope *e = &s->envelope;

	if (e->n == s->rcpt_room) {
		struct envelope_rcpt *old = e->rcpts;

		s->rcpt_room = s->rcpt_room ? s->rcpt_room * 2 : RCPT_ROOM_MIN;
		e->rcpts = arena_alloc(&s->arena, s->rcpt_room * sizeof(*e->rcpts));
		if (e->n)
			memcpy(e->rcpts, old, e->n * sizeof(*e->rcpts));
	}
	e->rcpts[e->n++] = *r;
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

void smtp_cmd_rcpt(struct smtp_session *s, struct span argument)
{
	struct envelope_rcpt r;
	struct fault f;

	if (s->envelope.n >= (size_t)s->server->recipient_limit) {
		refuse_excess(s);
		return;
	}
	if (path_parse_rcpt(&s->arena, argument, OFFERED, s->envelope.smtputf8, &r, &f) < 0 ||
	    s->call->recipient(s->ctx, &s->arena, &s->envelope, &r, &f) < 0) {
		smtp_refuse(s, "RCPT", &f);
		return;
	}
	add_rcpt(s, &r);
	smtp_reply(s, 250, "2.1.5", "Ok");
}
