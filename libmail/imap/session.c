/* SPDX-License-Identifier: ISC */
/*
 * session - the server's half of an IMAP conversation: its life, and what every answer has in common.
 */
#include "imap/session.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "imap/cmd.h"
#include "imap/lookout.h"
#include "imap/source.h"

enum {
	TAGGED_MAX = 8 << 20, /* octets: COPYUID for a large mailbox */
};

void imap_set_state(struct imap_session *s, enum imap_state state)
{
	static const char *const names[] = { "not authenticated", "authenticated", "selected",
					     "securing",	  "elsewhere",	   "closed" };

	if (s->state == state || s->state == IMAP_CLOSED)
		return;
	log_debug("imap session: %s -> %s", names[s->state], names[state]);
	s->state = state;
}

/* ---- answers ---- */

/* A fault may name what a client has sent, or a file: no line end and nothing but ASCII gets out by that. */
static void put_text(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_put_char(out, *text >= ' ' && *text < 0x7f ? *text : '?');
}

__attribute__((format(printf, 4, 0))) static void answer(struct imap_session *s, const char *status, const char *code,
							 const char *format, va_list args)
{
	char text[512];

	assert(!s->is_answered);
	vsnprintf(text, sizeof(text), format, args);
	buf_put_str(&s->tagged, s->tag ? s->tag : "*");
	buf_put_str(&s->tagged, status);
	if (code) {
		buf_put_char(&s->tagged, '[');
		buf_put_str(&s->tagged, code);
		buf_put_str(&s->tagged, "] ");
	}
	put_text(&s->tagged, text);
	buf_put_str(&s->tagged, "\r\n");
	s->is_answered = true;
	s->line = NULL;
}

void imap_ok(struct imap_session *s, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	answer(s, " OK ", code, format, args);
	va_end(args);
	if (s->user)
		s->errors = 0;
}

void imap_no(struct imap_session *s, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	answer(s, " NO ", code, format, args);
	va_end(args);
}

void imap_bad(struct imap_session *s, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	answer(s, " BAD ", code, format, args);
	va_end(args);
	s->errors++;
}

/* What the disk lacks the user can do something about. */
static const char *code_of(const struct fault *f)
{
	if (f->reply == 452 || f->reply == 552)
		return "OVERQUOTA";
	return "UNAVAILABLE";
}

void imap_fail(struct imap_session *s, const char *code, const struct fault *f)
{
	if (f->kind == FAULT_PERM && !fault_is_private(f)) {
		imap_no(s, f->reply == 552 ? "OVERQUOTA" : code ? code : "CANNOT", "%s", f->text);
		return;
	}
	if (s->call->failed)
		s->call->failed(s->ctx, f);
	if (f->reply == 452)
		imap_no(s, code_of(f), "There is no room");
	else
		imap_no(s, code_of(f), "That is not possible now; the server's log says why");
}

void imap_begin(struct imap_session *s, const char *text)
{
	buf_put_str(s->out, "* ");
	buf_put_str(s->out, text);
}

void imap_end(struct imap_session *s)
{
	buf_put_str(s->out, "\r\n");
}

void imap_say(struct imap_session *s, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	imap_begin(s, text);
	imap_end(s);
}

/* ---- the end of a command ---- */

static void drop_work(struct imap_session *s)
{
	if (s->abandon)
		s->abandon(s);
	s->abandon = NULL;
	s->more = NULL;
	s->line = NULL;
	s->work = NULL;
}

/* What it was given may have been a password. */
static bool is_login(const struct imap_command *c)
{
	return !c || !(c->flags & IMAP_AFTER);
}

static void forget_command(struct imap_session *s)
{
	/* What it holds stands in the arena. */
	drop_work(s);
	if (is_login(s->running))
		arena_wipe(&s->command);
	else
		arena_reset(&s->command);
	s->is_answered = false;
	s->tag = NULL;
	s->running = NULL;
	buf_reset(&s->tagged);
	imap_input_done(s);
}

static bool may_tell(const struct imap_session *s)
{
	return s->box && !(s->running && s->running->flags & IMAP_HOLDS && !s->how);
}

static bool has_too_many_errors(const struct imap_session *s)
{
	return s->errors > (s->user ? IMAP_ERRORS_MAX : IMAP_LOGIN_ERRORS_MAX) ||
	       s->failures >= IMAP_LOGIN_FAILURES_MAX;
}

/* What others did until now is to be told: false, there is nothing left. */
static bool look(struct imap_session *s)
{
	if (!s->was_looked) {
		s->was_looked = true;
		imap_attend(s);
		if (may_tell(s))
			imap_report_look(s);
		if (s->report || s->state == IMAP_CLOSED)
			return true;
	}
	if (s->ends || !imap_lookout_has_news(s))
		return false;
	imap_lookout_put(s);
	return true;
}

/* It is answered: what others did comes first, and then the answer. */
static void finish(struct imap_session *s)
{
	bool ends = s->ends, secures = s->secures, leaves = s->leaves;
	const char *bye = s->bye;

	if (look(s))
		return;
	s->was_looked = s->ends = s->secures = s->leaves = false;
	s->bye = NULL;
	buf_put_span(s->out, buf_span(&s->tagged));
	forget_command(s);
	if (ends)
		imap_set_state(s, IMAP_CLOSED);
	if (secures) {
		imap_input_drop(s);
		imap_set_state(s, IMAP_SECURING);
	}
	if (leaves)
		imap_set_state(s, IMAP_ELSEWHERE);
	if (bye)
		imap_session_stop(s, bye);
	if (has_too_many_errors(s))
		imap_session_stop(s, "Too many errors");
}

/* ---- the interface ---- */

void imap_session_init(struct imap_session *s, const struct imap_server *server, const struct sasl_rules *rules,
		       const struct imap_callbacks *call, void *ctx, struct buf *out)
{
	memset(s, 0, sizeof(*s));
	s->server = server;
	s->rules = rules;
	s->call = call;
	s->ctx = ctx;
	s->out = out;
	s->folders.fd = -1;
	watch_init(&s->watch);
	buf_init(&s->tagged, TAGGED_MAX);
	imap_input_init(s);
}

void imap_session_clear(struct imap_session *s)
{
	drop_work(s);
	if (s->sasl) {
		sasl_clear(s->sasl);
		free(s->sasl);
	}
	imap_report_drop(s);
	imap_lookout_drop(s);
	imap_unselect(s, false);
	watch_clear(&s->watch);
	folders_close(&s->folders);
	imap_input_clear(s);
	buf_clear(&s->tagged);
	arena_clear(&s->command);
	arena_clear(&s->saved_in);
	arena_clear(&s->arena);
}

static void greet(struct imap_session *s, const char *status)
{
	imap_begin(s, status);
	buf_put_str(s->out, " [");
	imap_capability_put(s, s->out);
	buf_put_str(s->out, "] ");
	buf_put_str(s->out, s->server->greeting);
	imap_end(s);
}

void imap_session_greet(struct imap_session *s)
{
	greet(s, "OK");
}

void imap_session_welcome(struct imap_session *s, const char *user)
{
	struct fault f;

	if (imap_open_mail(s, user, &f) == 0) {
		greet(s, "PREAUTH");
		return;
	}
	imap_session_stop(s, "The mail cannot be opened");
}

static bool takes_commands(const struct imap_session *s)
{
	return s->state == IMAP_NOT_AUTHENTICATED || s->state == IMAP_AUTHENTICATED || s->state == IMAP_SELECTED;
}

/* What was given up is needed again. */
void imap_wake(struct imap_session *s)
{
	struct fault f;

	if (!s->box)
		return;
	if (mailbox_wake(s->box, &f) == 0) {
		modseq_wake(&s->modseq, s->box);
		return;
	}
	if (s->call->failed)
		s->call->failed(s->ctx, &f);
	imap_session_stop(s, "The mailbox cannot be read any more, select it again");
}

bool imap_may_interrupt(const struct imap_session *s)
{
	return takes_commands(s) && !s->more && !s->report && imap_input_is_empty(s) && (!s->running || s->watches);
}

void imap_session_feed(struct imap_session *s, const char *p, size_t n)
{
	imap_wake(s);
	if (takes_commands(s))
		imap_input_feed(s, p, n);
}

/* A pause comes before the answers that it is for, so nothing is answered after them until it is over. */
bool imap_session_produce(struct imap_session *s)
{
	while (takes_commands(s)) {
		if (s->out->n >= IMAP_FULL || s->pause_ms)
			return true;
		if (s->more) {
			/* What there is now is sent now, be it only that there will be more. */
			if (s->more(s))
				return true;
			s->more = NULL;
		} else if (s->report) {
			if (!imap_report_put(s))
				imap_report_drop(s);
		} else if (s->is_answered) {
			finish(s);
		} else if (imap_may_interrupt(s) && imap_lookout_has_news(s)) {
			imap_lookout_put(s);
		} else if (!imap_input_take(s)) {
			return false;
		}
	}
	return false;
}

void imap_session_rest(struct imap_session *s)
{
	imap_input_rest(s);
	if (s->source && !s->more)
		imap_source_rest(s->source);
	if (s->box && !s->more && !s->report) {
		mailbox_rest(s->box);
		modseq_rest(&s->modseq, s->box);
	}
	if (s->running)
		return;
	arena_clear(&s->command);
	buf_clear(&s->tagged);
}

bool imap_session_wants_tls(const struct imap_session *s)
{
	return s->state == IMAP_SECURING;
}

void imap_session_secured(struct imap_session *s)
{
	s->is_secure = true;
	s->enabled = 0;
	imap_input_drop(s);
	imap_set_state(s, IMAP_NOT_AUTHENTICATED);
}

/* Not before the answer is written, which was said in clear. */
bool imap_session_wants_deflate(struct imap_session *s)
{
	bool wants = s->deflates && !s->is_answered;

	if (wants)
		s->deflates = false;
	return wants;
}

bool imap_session_wants_plain(struct imap_session *s)
{
	bool wants = s->inflates && !s->is_answered;

	if (wants)
		s->inflates = false;
	return wants;
}

bool imap_session_is_elsewhere(const struct imap_session *s)
{
	return s->state == IMAP_ELSEWHERE;
}

struct span imap_session_unanswered(const struct imap_session *s)
{
	return imap_input_unused(s);
}

long imap_session_pause_ms(struct imap_session *s)
{
	long ms = s->pause_ms;

	s->pause_ms = 0;
	return ms;
}

void imap_session_stop(struct imap_session *s, const char *text)
{
	if (s->state == IMAP_CLOSED)
		return;
	if (!s->more && !imap_report_is_open(s) && takes_commands(s)) {
		imap_begin(s, "BYE ");
		buf_put_str(s->out, text);
		imap_end(s);
	}
	drop_work(s);
	imap_set_state(s, IMAP_CLOSED);
}

bool imap_session_is_open(const struct imap_session *s)
{
	return s->state != IMAP_CLOSED;
}

bool imap_session_is_idle(const struct imap_session *s)
{
	return imap_may_interrupt(s);
}
