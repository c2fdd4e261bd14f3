/* SPDX-License-Identifier: ISC */
/*
 * cmd_auth - USER and PASS, and AUTH (RFC 5034, 1734): the exchange of auth/sasl.h in base64 lines.
 */
#include "pop3/cmd.h"

#include <string.h>

void pop3_auth_offer(const struct pop3_session *s, struct buf *out)
{
	sasl_put_offers(out, s->rules);
}

static void open_maildrop(struct pop3_session *s)
{
	struct fault f;
	int rc;

	s->user = arena_str(&s->arena, s->sasl.user);
	rc = s->call->open(s->ctx, s->user, &s->drop, &f);
	if (rc == 0) {
		pop3_begin_transaction(s);
		pop3_ok(s, "Logged in, %zu message%s", s->count, s->count == 1 ? "" : "s");
		return;
	}
	s->drop = (struct pop3_maildrop){ .n = 0 };
	if (rc > 0)
		pop3_session_stop(s, "[IN-USE] The mailbox is in use by another session");
	else
		pop3_session_stop(s, f.kind == FAULT_PERM ? "[SYS/PERM] The mailbox cannot be opened"
							  : "[SYS/TEMP] The mailbox cannot be opened now");
}

/* RFC 3206: [AUTH] is about what the client has, [SYS/TEMP] about us; a mistake in the exchange is neither. */
static void refuse(struct pop3_session *s, const struct fault *f)
{
	const char *code = f->kind == FAULT_TEMP ? "[SYS/TEMP] " : f->reply == 535 ? "[AUTH] " : "";
	struct fault shown = *f;

	/* The log has it. */
	fault_hide(&shown, NULL);
	pop3_err(s, "%s%s", code, shown.text);
	if (++s->failures >= POP3_LOGIN_FAILURES_MAX)
		pop3_session_stop(s, "Too many failed logins");
}

static void report(struct pop3_session *s, const struct fault *f)
{
	s->pause_ms += s->sasl.pause_ms;
	if (s->call->authenticated)
		s->call->authenticated(s->ctx, &s->sasl, f);
}

/* The caller has gone to the other host with no other rights than that takes, so there is no second attempt. */
static void refuse_elsewhere(struct pop3_session *s, const struct fault *why)
{
	struct fault f;

	if (why->reply == 535 && sasl_refuse(&s->sasl, &f) == SASL_FAILURE)
		report(s, &f);
	pop3_session_stop(s, why->reply == 535 ? "[AUTH] Authentication failed"
					       : "[SYS/TEMP] The host that has the mailbox cannot be reached now");
}

static void begin(struct pop3_session *s)
{
	struct fault f;
	int rc = s->call->hand_over ? s->call->hand_over(s->ctx, &s->sasl, &f) : 0;

	if (rc < 0) {
		refuse_elsewhere(s, &f);
		return;
	}
	report(s, NULL);
	if (rc == 0) {
		open_maildrop(s);
		return;
	}
	s->user = arena_str(&s->arena, s->sasl.user);
	pop3_ok(s, "Logged in");
	pop3_set_state(s, POP3_ELSEWHERE);
}

static void finish(struct pop3_session *s, enum sasl_turn turn, const struct fault *f)
{
	pop3_set_state(s, POP3_AUTHORIZATION);
	s->name[0] = '\0';
	if (turn == SASL_SUCCESS) {
		begin(s);
	} else {
		report(s, f);
		refuse(s, f);
	}
	sasl_clear(&s->sasl);
}

/* ---- USER and PASS ---- */

static bool is_allowed(struct pop3_session *s)
{
	if (s->rules->is_private)
		return true;
	pop3_wrong(s, "[AUTH] Passwords are not taken without TLS");
	return false;
}

/* Whether there is such a user is not told: RFC 1939 13. */
void pop3_cmd_user(struct pop3_session *s, struct span argument)
{
	if (!is_allowed(s))
		return;
	if (argument.n > USERS_NAME_MAX || span_has_control(argument)) {
		pop3_wrong(s, "This is no name of a user");
		return;
	}
	if (span_has_8bit(argument) && !s->utf8) {
		pop3_wrong(s, "[UTF8] Say UTF8 before a name that is not in ASCII");
		return;
	}
	memcpy(s->name, argument.p, argument.n);
	s->name[argument.n] = '\0';
	pop3_ok(s, "Send PASS");
}

void pop3_cmd_pass(struct pop3_session *s, struct span argument)
{
	struct fault f;

	if (!is_allowed(s))
		return;
	if (!s->name[0]) {
		pop3_wrong(s, "Send USER first");
		return;
	}
	finish(s, sasl_login(&s->sasl, s->rules, span_str(s->name), argument, &f), &f);
}

/* ---- AUTH ---- */

static void go_on(struct pop3_session *s, enum sasl_turn turn, const struct fault *f)
{
	if (turn != SASL_CONTINUE) {
		finish(s, turn, f);
		return;
	}
	pop3_set_state(s, POP3_RESPONSE);
	sasl_put_challenge(s->out, "+ ", &s->sasl);
}

static void cancel(struct pop3_session *s, const char *text)
{
	pop3_set_state(s, POP3_AUTHORIZATION);
	sasl_clear(&s->sasl);
	pop3_wrong(s, text);
}

void pop3_auth_feed(struct pop3_session *s, struct span line, bool too_long)
{
	struct buf response;
	struct fault f;

	if (too_long) {
		cancel(s, "Response too long");
		return;
	}
	if (span_is(line, SPAN("*"))) {
		cancel(s, "Authentication cancelled");
		return;
	}
	if (sasl_parse_response(&response, line) < 0)
		cancel(s, "The response is no base64");
	else
		go_on(s, sasl_step(&s->sasl, buf_span(&response), &f), &f);
	buf_wipe(&response);
}

/* Older than CAPA: clients that ask so read the names to the dot. */
static void list_mechanisms(struct pop3_session *s)
{
	struct buf names;
	struct span rest;

	buf_init(&names, POP3_LINE_MAX);
	pop3_auth_offer(s, &names);
	pop3_ok(s, "Mechanisms follow");
	rest = buf_span(&names);
	for (struct span name = span_word(&rest); name.n; name = span_word(&rest)) {
		buf_put_span(s->out, name);
		buf_put_str(s->out, "\r\n");
	}
	buf_put_str(s->out, ".\r\n");
	buf_clear(&names);
}

void pop3_cmd_auth(struct pop3_session *s, struct span argument)
{
	struct span text = argument, mechanism = span_cut(&text, ' '), initial;
	struct buf bytes;
	struct fault f;

	if (argument.n == 0) {
		list_mechanisms(s);
		return;
	}
	text = span_trim(text);
	if (sasl_parse_initial(&bytes, text) < 0) {
		pop3_wrong(s, "The response is no base64");
	} else {
		initial = buf_span(&bytes);
		go_on(s, sasl_begin(&s->sasl, s->rules, mechanism, text.n ? &initial : NULL, &f), &f);
	}
	buf_wipe(&bytes);
}
