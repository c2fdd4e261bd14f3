/* SPDX-License-Identifier: ISC */
/*
 * cmd_etrn - ETRN: a host that was offline asks for its mail (RFC 1985).
 *
 * The mail goes where it always would, not down this connection; so asking costs work only, and is
 * for those who may relay. How much waits is the relay's to know: the reply is 250, and never 251 or 253.
 */
#include "smtp/cmd.h"

#include "message/address.h"

bool smtp_offers_etrn(const struct smtp_session *s)
{
	return !s->server->lmtp && s->call->flush && s->client->may & SMTP_MAY_FLUSH;
}

/* "example.org", "@example.org". Named queues ("#name") there are none. */
static bool is_node(struct arena *a, struct span node)
{
	struct span domain = span_from(node, node.n && node.p[0] == '@');

	if (domain.n == 0 || domain.n > SMTP_HELO_MAX || span_find(domain, ' ') < domain.n)
		return false;
	return address_is_valid(span_str(arena_printf(a, "x@%.*s", SPAN_ARG(domain))), false, false);
}

static int flush(struct smtp_session *s, struct arena *a, struct span node, struct fault *f)
{
	if (!is_node(a, node))
		return fault_perm(f, 501, "5.5.4", "Syntax: ETRN domain");
	if (!smtp_offers_etrn(s))
		return fault_temp(f, 459, "4.7.1", "%.*s is not allowed: only clients that may relay ask",
				  SPAN_ARG(node));
	if (s->call->flush(s->ctx, arena_span(a, node), f) == 0)
		return 0;
	if (f->kind == FAULT_TEMP)
		f->reply = 458;
	return -1;
}

void smtp_cmd_etrn(struct smtp_session *s, struct span argument)
{
	struct arena a = { 0 };
	struct fault f;

	if (flush(s, &a, argument, &f) < 0)
		smtp_refuse(s, "ETRN", &f);
	else
		smtp_reply(s, 250, "2.0.0", "Queuing for %.*s started", SPAN_ARG(argument));
	arena_clear(&a);
}
