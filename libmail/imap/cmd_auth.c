/* SPDX-License-Identifier: ISC */
/*
 * cmd_auth - STARTTLS, LOGIN, and AUTHENTICATE (RFC 9051 6.2, SASL-IR RFC 4959): the exchange of auth/sasl.h in base64
 * lines; UNAUTHENTICATE (RFC 8437).
 */
#include "imap/cmd.h"
#include "imap/lookout.h"

#include <stdlib.h>

#include "store/maildir.h"

/* What follows the command was sent in clear, whoever sent it, and is not used: RFC 9051 11.1. */
void imap_cmd_starttls(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct fault f;

	(void)p, (void)how;
	if (s->is_secure || !s->server->offers_tls) {
		imap_bad(s, NULL, s->is_secure ? "TLS is active already" : "TLS is not available");
		return;
	}
	if (s->call->start_tls(s->ctx, &f) < 0) {
		imap_no(s, "UNAVAILABLE", "%s", f.text);
		return;
	}
	imap_ok(s, NULL, "Begin TLS negotiation now");
	s->secures = true;
}

/* ---- the end of a login ---- */

/* The Maildir may be one that nobody has delivered to yet. */
static int open_folders(struct imap_session *s, struct fault *f)
{
	struct maildir md;

	if (maildir_open(&md, s->mail.root, true, f) < 0)
		return -1;
	maildir_close(&md);
	return folders_open(&s->folders, s->mail.root, f);
}

int imap_open_mail(struct imap_session *s, const char *user, struct fault *f)
{
	s->user = arena_str(&s->arena, user);
	if (s->call->open(s->ctx, s->user, &s->mail, f) < 0)
		return -1;
	if (open_folders(s, f) < 0) {
		if (s->call->failed)
			s->call->failed(s->ctx, f);
		return -1;
	}
	imap_set_state(s, IMAP_AUTHENTICATED);
	s->errors = 0;
	return 0;
}

static void let_in(struct imap_session *s)
{
	struct buf code;
	struct fault f;

	if (imap_open_mail(s, s->sasl->user, &f) < 0) {
		imap_no(s, f.kind == FAULT_PERM ? "CONTACTADMIN" : "UNAVAILABLE", "The mail cannot be opened%s",
			f.kind == FAULT_PERM ? "" : " now");
		imap_say(s, "BYE The mail cannot be opened");
		s->ends = true;
		return;
	}
	buf_init(&code, 4096);
	imap_capability_put(s, &code);
	imap_ok(s, buf_str(&code), "Logged in");
	buf_clear(&code);
}

/* RFC 5530: about what the client has, about us; a mistake in the exchange is neither. */
static void refuse(struct imap_session *s, const struct fault *why)
{
	struct fault shown = *why;
	const struct fault *f = &shown;

	s->failures++;
	/* The log has it. */
	fault_hide(&shown, NULL);
	if (f->reply == 535)
		imap_no(s, "AUTHENTICATIONFAILED", "%s", f->text);
	else if (f->kind == FAULT_TEMP)
		imap_no(s, "UNAVAILABLE", "%s", f->text);
	else if (f->reply == 538)
		imap_no(s, "PRIVACYREQUIRED", "%s", f->text);
	else if (f->reply == 504)
		imap_no(s, "CANNOT", "%s", f->text);
	else
		imap_bad(s, NULL, "%s", f->text);
}

static void end_sasl(struct imap_session *s)
{
	sasl_clear(s->sasl);
	free(s->sasl);
	s->sasl = NULL;
}

static void report(struct imap_session *s, const struct fault *f)
{
	s->pause_ms += s->sasl->pause_ms;
	if (s->call->authenticated)
		s->call->authenticated(s->ctx, s->sasl, f);
}

/*
 * The caller has gone to the other host with no other rights than that takes, so there is no second attempt. To clients
 * BYE is a lost connection, so they hear first what is wrong.
 */
static void refuse_elsewhere(struct imap_session *s, const struct fault *why)
{
	static const char unreachable[] = "The host that has the mail cannot be reached now";
	struct fault f;

	if (why->reply == 535 && sasl_refuse(s->sasl, &f) == SASL_FAILURE) {
		report(s, &f);
		refuse(s, &f);
		s->bye = "Connect anew for another attempt";
	} else {
		imap_no(s, "UNAVAILABLE", "%s", unreachable);
		s->bye = unreachable;
	}
}

static void begin(struct imap_session *s)
{
	struct fault f;
	int rc = s->call->hand_over ? s->call->hand_over(s->ctx, s->sasl, &f) : 0;

	if (rc < 0) {
		refuse_elsewhere(s, &f);
		return;
	}
	report(s, NULL);
	if (rc == 0) {
		let_in(s);
		return;
	}
	s->user = arena_str(&s->arena, s->sasl->user);
	imap_ok(s, NULL, "Logged in");
	s->leaves = true;
}

static void finish(struct imap_session *s, enum sasl_turn turn, const struct fault *f)
{
	if (turn == SASL_SUCCESS) {
		begin(s);
	} else {
		report(s, f);
		refuse(s, f);
	}
	end_sasl(s);
}

/* ---- LOGIN ---- */

void imap_cmd_login(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct span name, password;
	struct fault f;

	(void)how;
	if (imap_parse_sp(p) < 0 || imap_parse_astring(p, &name) < 0 || imap_parse_sp(p) < 0 ||
	    imap_parse_astring(p, &password) < 0 || imap_parse_end(p) < 0)
		return;
	if (!s->rules->is_private) {
		imap_no(s, "PRIVACYREQUIRED", "Passwords are not taken without TLS");
		return;
	}
	if (name.n > USERS_NAME_MAX || span_has_control(name)) {
		imap_bad(s, NULL, "This is no name of a user");
		return;
	}
	s->sasl = arena_heap(sizeof(*s->sasl));
	finish(s, sasl_login(s->sasl, s->rules, name, password, &f), &f);
}

/* ---- AUTHENTICATE ---- */

static void take_response(struct imap_session *s, struct span line);

static void go_on(struct imap_session *s, enum sasl_turn turn, const struct fault *f)
{
	if (turn != SASL_CONTINUE) {
		finish(s, turn, f);
		return;
	}
	s->line = take_response;
	sasl_put_challenge(s->out, "+ ", s->sasl);
}

static void cancel(struct imap_session *s, const char *text)
{
	end_sasl(s);
	imap_bad(s, NULL, "%s", text);
}

static void take_response(struct imap_session *s, struct span line)
{
	struct buf response;
	struct fault f;

	if (span_is(line, SPAN("*"))) {
		cancel(s, "Authentication cancelled");
		return;
	}
	if (sasl_parse_response(&response, line) < 0)
		cancel(s, "The response is no base64");
	else
		go_on(s, sasl_step(s->sasl, buf_span(&response), &f), &f);
	buf_wipe(&response);
}

static int parse_initial(struct imap_parse *p, bool *is_there, struct buf *bytes)
{
	struct span text;

	*is_there = !imap_parse_is_end(p);
	if (!*is_there)
		return imap_parse_end(p);
	if (imap_parse_sp(p) < 0 || imap_parse_atom(p, &text) < 0 || imap_parse_end(p) < 0)
		return -1;
	if (sasl_parse_initial(bytes, text) < 0)
		return imap_parse_fail(p, "The response is no base64");
	return 0;
}

void imap_cmd_authenticate(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct span mechanism, initial;
	bool has_initial = false;
	struct buf bytes;
	struct fault f;

	(void)how;
	buf_init(&bytes, SASL_RESPONSE_MAX);
	if (imap_parse_sp(p) == 0 && imap_parse_atom(p, &mechanism) == 0 &&
	    parse_initial(p, &has_initial, &bytes) == 0) {
		initial = buf_span(&bytes);
		s->sasl = arena_heap(sizeof(*s->sasl));
		go_on(s, sasl_begin(s->sasl, s->rules, mechanism, has_initial ? &initial : NULL, &f), &f);
	}
	buf_wipe(&bytes);
}

/* ---- UNAUTHENTICATE ---- */

/* RFC 8437 4: nothing stays but TLS, and how often it has tried passwords in vain. */
static void leave(struct imap_session *s)
{
	imap_lookout_drop(s);
	imap_unselect(s, false);
	folders_close(&s->folders);
	s->call->leave(s->ctx, s->user);
	s->user = NULL;
	s->mail = (struct imap_mail){ .root = NULL };
	s->enabled = 0;
	s->errors = 0;
	arena_reset(&s->arena);
	imap_set_state(s, IMAP_NOT_AUTHENTICATED);
}

/* It cannot be refused by NO: RFC 8437 3. */
void imap_cmd_unauthenticate(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct buf code;

	(void)p, (void)how;
	if (!s->call->leave) {
		imap_bad(s, NULL, "That is not offered");
		return;
	}
	if (s->is_deflated && !imap_input_is_last(s)) {
		imap_bad(s, NULL, "Where compression is on, wait for the answer");
		s->bye = "What comes behind UNAUTHENTICATE cannot be read";
		return;
	}
	leave(s);
	buf_init(&code, 4096);
	imap_capability_put(s, &code);
	imap_ok(s, buf_str(&code), "You are nobody now");
	buf_clear(&code);
	s->inflates = s->is_deflated;
	s->is_deflated = false;
}
