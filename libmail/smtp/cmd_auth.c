/* SPDX-License-Identifier: ISC */
/*
 * cmd_auth - AUTH, RFC 4954: the exchange of auth/sasl.h in base64 lines.
 */
#include "smtp/cmd.h"

void smtp_auth_offer(const struct smtp_session *s, struct buf *text)
{
	struct buf names;

	if (!s->client->sasl || s->authenticated)
		return;
	buf_init(&names, SMTP_LINE_MAX);
	sasl_put_offers(&names, s->client->sasl);
	if (names.n)
		buf_printf(text, "\nAUTH%s", buf_str(&names));
	buf_clear(&names);
}

static void refuse(struct smtp_session *s, int code, const char *status, const char *text)
{
	struct fault f;

	fault_perm(&f, code, status, "%s", text);
	smtp_refuse(s, "AUTH", &f);
}

static void finish(struct smtp_session *s, enum sasl_turn turn, const struct fault *f)
{
	smtp_set_state(s, SMTP_READY);
	s->authenticated = turn == SASL_SUCCESS;
	s->pause_ms += s->sasl.pause_ms;
	if (s->call->authenticated)
		s->call->authenticated(s->ctx, &s->sasl, s->authenticated ? NULL : f);
	if (s->authenticated)
		smtp_reply(s, 235, "2.7.0", "Authentication successful");
	else
		smtp_refuse(s, "AUTH", f);
	sasl_clear(&s->sasl);
}

static void go_on(struct smtp_session *s, enum sasl_turn turn, const struct fault *f)
{
	if (turn != SASL_CONTINUE) {
		finish(s, turn, f);
		return;
	}
	smtp_set_state(s, SMTP_AUTH);
	sasl_put_challenge(s->out, "334 ", &s->sasl);
}

/* No part of it is looked at. */
static void cancel(struct smtp_session *s, int code, const char *status, const char *text)
{
	smtp_set_state(s, SMTP_READY);
	sasl_clear(&s->sasl);
	refuse(s, code, status, text);
}

void smtp_auth_feed(struct smtp_session *s, struct span line, bool too_long)
{
	struct buf response;
	struct fault f;

	if (too_long) {
		cancel(s, 500, "5.5.6", "Response too long");
		return;
	}
	if (span_is(line, SPAN("*"))) {
		cancel(s, 501, "5.7.0", "Authentication cancelled");
		return;
	}
	if (sasl_parse_response(&response, line) < 0)
		cancel(s, 501, "5.5.2", "The response is no base64");
	else
		go_on(s, sasl_step(&s->sasl, buf_span(&response), &f), &f);
	buf_wipe(&response);
}

static void begin(struct smtp_session *s, struct span mechanism, struct span text)
{
	struct buf bytes;
	struct span initial;
	struct fault f;

	if (sasl_parse_initial(&bytes, text) < 0) {
		refuse(s, 501, "5.5.2", "The response is no base64");
	} else {
		initial = buf_span(&bytes);
		go_on(s, sasl_begin(&s->sasl, s->client->sasl, mechanism, text.n ? &initial : NULL, &f), &f);
	}
	buf_wipe(&bytes);
}

void smtp_cmd_auth(struct smtp_session *s, struct span argument)
{
	struct span rest = argument, mechanism = span_cut(&rest, ' ');

	if (!s->client->sasl)
		refuse(s, 503, "5.5.1", "Authentication is not offered here");
	else if (s->authenticated)
		refuse(s, 503, "5.5.1", "Already authenticated");
	else
		begin(s, mechanism, span_trim(rest));
}
