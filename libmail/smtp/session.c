/* SPDX-License-Identifier: ISC */
/*
 * session - the server's half of an SMTP or LMTP conversation, without I/O.
 *
 * The table of commands is in RFC 5321's order and says in which states and
 * with which arguments each may come, so that a command's function does only
 * its work. A new extension is a row here, a row in `offers`, and a cmd_x.c.
 */
#include "smtp/session.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "message/date.h"
#include "smtp/cmd.h"
#include "smtp/path.h"
#include "smtp/reply.h"

enum {
	TLS_HANDSHAKE = 0x16, /* first byte of a TLS ClientHello: RFC 8446 5.1 */
	OUT_MAX = 1 << 20, /* octets of replies: SMTP_PIECE octets of the shortest commands, all of them EHLO, call for
			      less */
};

#define IN(state) (1u << (state))
enum {
	NO_TRANSACTION = IN(SMTP_START) | IN(SMTP_READY),
	ANYWHERE = NO_TRANSACTION | IN(SMTP_MAIL) | IN(SMTP_CHUNKS),
};

enum {
	NO_ARGUMENT = 1,
	ARGUMENT = 2,
	ONLY_SMTP = 4,
	ONLY_LMTP = 8,
	JUNK = 16,     /* brings no mail on */
	IN_CLEAR = 32, /* also where TLS is demanded: RFC 3207 4, and what has to be read anyway */
};

static const char *const state_names[] = { "start", "ready", "mail",	 "chunks", "auth",
					   "data",  "chunk", "securing", "closed" };

void smtp_set_state(struct smtp_session *s, enum smtp_state state)
{
	if (s->state == state || s->state == SMTP_CLOSED)
		return;
	log_debug("smtp session: %s -> %s", state_names[s->state], state_names[state]);
	s->state = state;
}

void smtp_reply(struct smtp_session *s, int code, const char *status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reply_vput(s->out, code, status, format, args);
	va_end(args);
}

void smtp_session_stop(struct smtp_session *s, const char *status, const char *text)
{
	if (s->state == SMTP_CLOSED)
		return;
	reply_put(s->out, 421, status, "%s %s", s->server->hostname, text);
	smtp_reset(s);
	smtp_set_state(s, SMTP_CLOSED);
}

const char *smtp_put_fault(struct smtp_session *s, const struct fault *f)
{
	struct fault shown = *f;

	if (s->client->may & SMTP_MAY_SEE_LOCAL || !fault_is_private(f)) {
		reply_put_fault(s->out, f);
		return NULL;
	}
	memcpy(s->incident, s->envelope.id, sizeof(s->incident));
	if (!s->incident[0])
		entropy_id(s->incident);
	fault_hide(&shown, s->incident);
	reply_put_fault(s->out, &shown);
	return s->incident;
}

void smtp_refuse(struct smtp_session *s, const char *what, const struct fault *f)
{
	const char *id = smtp_put_fault(s, f);

	if (s->call->refused)
		s->call->refused(s->ctx, what, f, id);
	if (++s->errors > s->server->hard_error_limit)
		smtp_session_stop(s, "4.7.0", "Too many errors");
}

static void refuse(struct smtp_session *s, const char *what, int code, const char *status, const char *text)
{
	struct fault f;

	fault_perm(&f, code, status, "%s", text);
	smtp_refuse(s, what, &f);
}

void smtp_count_junk(struct smtp_session *s)
{
	if (++s->junk > s->server->junk_command_limit)
		smtp_session_stop(s, "4.7.0", "Too many commands without mail");
}

void smtp_reset(struct smtp_session *s)
{
	if (s->begun)
		s->call->abort(s->ctx);
	s->begun = s->is_watched = false;
	s->failure.kind = FAULT_NONE;
	s->envelope = (struct envelope){ .n = 0 };
	s->rcpt_room = 0;
	s->overshoot = 0;
	arena_reset(&s->arena);
	smtp_set_state(s, s->helo[0] ? SMTP_READY : SMTP_START);
}

/* The name is kept as it was said, and only quoted where it is used. */
static int greet(struct smtp_session *s, const char *what, struct span name)
{
	if (name.n > SMTP_HELO_MAX) {
		refuse(s, what, 501, "5.5.4", "Name too long");
		return -1;
	}
	memcpy(s->helo, name.p, name.n);
	s->helo[name.n] = '\0';
	smtp_reset(s);
	return 0;
}

static void run_helo(struct smtp_session *s, struct span argument)
{
	if (greet(s, "HELO", argument) < 0)
		return;
	s->esmtp = false;
	smtp_reply(s, 250, NULL, "%s", s->server->hostname);
}

/* What a session understands, in the order of the reply; path.c reads the parameters. */
static const char *const offers[] = { "PIPELINING",	     "8BITMIME",  "SMTPUTF8",	"CHUNKING", "DSN",
				      "ENHANCEDSTATUSCODES", "DELIVERBY", "MT-PRIORITY" };

static bool has_tls(const struct smtp_session *s)
{
	return s->server->tls != SMTP_TLS_NONE && s->call->start_tls;
}

/* What is offered to this client now, or with numbers. */
static void put_offers(const struct smtp_session *s, struct buf *text)
{
	unsigned offered = smtp_offered(s);

	if (offered & PATH_FUTURERELEASE) {
		buf_printf(text, "\nFUTURERELEASE %ld ", s->server->hold_limit);
		date_put_rfc3339(text, clock_wall() + s->server->hold_limit);
	}
	if (has_tls(s) && !s->tls)
		buf_put_str(text, "\nSTARTTLS");
	if (offered & PATH_REQUIRETLS)
		buf_put_str(text, "\nREQUIRETLS");
	if (smtp_offers_etrn(s))
		buf_put_str(text, "\nETRN");
	if (offered & PATH_XVERP)
		buf_put_str(text, "\nXVERP");
	if (smtp_offers_xclient(s))
		buf_put_str(text, "\n" SMTP_XCLIENT_KEYWORD);
	buf_printf(text, "\nSIZE %llu", (unsigned long long)s->server->message_size_limit);
	buf_printf(text, "\nLIMITS RCPTMAX=%ld", s->server->recipient_limit);
}

static void run_ehlo(struct smtp_session *s, struct span argument)
{
	struct buf text;

	if (greet(s, s->server->lmtp ? "LHLO" : "EHLO", argument) < 0)
		return;
	s->esmtp = true;
	buf_init(&text, SMTP_LINE_MAX);
	buf_put_str(&text, s->server->hostname);
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		buf_printf(&text, "\n%s", offers[i]);
	put_offers(s, &text);
	smtp_auth_offer(s, &text);
	reply_put(s->out, 250, NULL, "%s", buf_str(&text));
	buf_clear(&text);
}

static void run_rset(struct smtp_session *s, struct span argument)
{
	(void)argument;
	smtp_reset(s);
	smtp_reply(s, 250, "2.0.0", "Ok");
}

static void run_vrfy(struct smtp_session *s, struct span argument)
{
	struct arena a = { 0 };
	const char *address;
	struct fault f;
	int ok = path_parse_vrfy(&a, argument, PATH_SMTPUTF8, &address, &f);

	if (ok == 0 && !s->server->disable_vrfy)
		ok = s->call->verify(s->ctx, address, &f);
	if (ok < 0)
		smtp_refuse(s, "VRFY", &f);
	else
		smtp_reply(s, 252, "2.0.0", "Mail for <%s> is accepted, as far as can be told", address);
	arena_clear(&a);
}

static void run_expn(struct smtp_session *s, struct span argument)
{
	(void)argument;
	refuse(s, "EXPN", 502, "5.5.1", "Lists are not shown");
}

static void run_noop(struct smtp_session *s, struct span argument)
{
	(void)argument;
	smtp_reply(s, 250, "2.0.0", "Ok");
}

static void run_quit(struct smtp_session *s, struct span argument)
{
	(void)argument;
	smtp_reply(s, 221, "2.0.0", "%s closes the connection", s->server->hostname);
	smtp_reset(s);
	smtp_set_state(s, SMTP_CLOSED);
}

static void run_starttls(struct smtp_session *s, struct span argument)
{
	struct fault f;

	(void)argument;
	if (!has_tls(s)) {
		refuse(s, "STARTTLS", 502, "5.5.1", "TLS is not offered");
	} else if (s->tls) {
		refuse(s, "STARTTLS", 503, "5.5.1", "TLS is active already");
	} else if (s->call->start_tls(s->ctx, &f) < 0) {
		smtp_refuse(s, "STARTTLS", &f);
	} else {
		smtp_reply(s, 220, "2.0.0", "Ready to start TLS");
		smtp_set_state(s, SMTP_SECURING);
	}
}

static smtp_cmd_fn run_help;

static const struct command {
	const char *verb;
	smtp_cmd_fn *run;
	unsigned states, flags;
	const char *syntax;
} commands[] = {
	{ "EHLO", run_ehlo, ANYWHERE, ARGUMENT | ONLY_SMTP | JUNK | IN_CLEAR, "EHLO name" },
	{ "HELO", run_helo, ANYWHERE, ARGUMENT | ONLY_SMTP | JUNK | IN_CLEAR, "HELO name" },
	{ "LHLO", run_ehlo, ANYWHERE, ARGUMENT | ONLY_LMTP | JUNK | IN_CLEAR, "LHLO name" },
	{ "MAIL", smtp_cmd_mail, IN(SMTP_READY), ARGUMENT, "MAIL FROM:<address>" },
	{ "RCPT", smtp_cmd_rcpt, IN(SMTP_MAIL), ARGUMENT, "RCPT TO:<address>" },
	{ "DATA", smtp_cmd_data, IN(SMTP_MAIL), NO_ARGUMENT, "DATA" },
	/* Wherever it comes, its octets must be swallowed. */
	{ "BDAT", smtp_cmd_bdat, ANYWHERE, ARGUMENT | IN_CLEAR, "BDAT octets [LAST]" },
	{ "RSET", run_rset, ANYWHERE, NO_ARGUMENT | JUNK, "RSET" },
	{ "VRFY", run_vrfy, ANYWHERE, ARGUMENT | JUNK, "VRFY address" },
	{ "EXPN", run_expn, ANYWHERE, ARGUMENT | JUNK, "EXPN list" },
	{ "ETRN", smtp_cmd_etrn, IN(SMTP_READY), ARGUMENT | ONLY_SMTP | JUNK, "ETRN domain" },
	{ "XCLIENT", smtp_cmd_xclient, NO_TRANSACTION, ARGUMENT | JUNK, "XCLIENT name=value ..." },
	{ "HELP", run_help, ANYWHERE, JUNK | IN_CLEAR, "HELP" },
	{ "NOOP", run_noop, ANYWHERE, JUNK | IN_CLEAR, "NOOP" },
	{ "QUIT", run_quit, ANYWHERE, NO_ARGUMENT | IN_CLEAR, "QUIT" },
	{ "STARTTLS", run_starttls, NO_TRANSACTION, NO_ARGUMENT | JUNK | IN_CLEAR, "STARTTLS" },
	{ "AUTH", smtp_cmd_auth, IN(SMTP_READY), ARGUMENT | ONLY_SMTP, "AUTH mechanism [response]" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static bool is_spoken(const struct smtp_session *s, const struct command *c)
{
	return !(c->flags & (s->server->lmtp ? ONLY_SMTP : ONLY_LMTP));
}

static void run_help(struct smtp_session *s, struct span argument)
{
	struct buf text;

	(void)argument;
	buf_init(&text, SMTP_LINE_MAX);
	buf_put_str(&text, "Commands:");
	for (size_t i = 0; i < COMMANDS; i++)
		if (is_spoken(s, &commands[i]))
			buf_printf(&text, " %s", commands[i].verb);
	smtp_reply(s, 214, "2.0.0", "%s", buf_str(&text));
	buf_clear(&text);
}

static const struct command *find_command(const struct smtp_session *s, struct span verb)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (span_is_nocase(verb, span_str(commands[i].verb)) && is_spoken(s, &commands[i]))
			return &commands[i];
	return NULL;
}

/*
 * A browser that was lured here would send what it was told as the body of a
 * request, with commands in it (the cross-protocol attack): what begins
 * like another protocol must not be read to its end.
 */
static bool is_foreign(struct span verb)
{
	static const char *const verbs[] = { "GET",	"POST",	  "PUT",   "HEAD", "OPTIONS",
					     "CONNECT", "DELETE", "PATCH", "PRI",  "PROXY" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (span_is_nocase(verb, span_str(verbs[i])))
			return true;
	return false;
}

static void refuse_and_close(struct smtp_session *s, const char *what, const char *status, const char *text)
{
	refuse(s, what, 554, status, text);
	smtp_reset(s);
	smtp_set_state(s, SMTP_CLOSED);
}

static void refuse_place(struct smtp_session *s, const struct command *c)
{
	switch (s->state) {
	case SMTP_START:
		refuse(s, c->verb, 503, "5.5.1", s->server->lmtp ? "Send LHLO first" : "Send EHLO first");
		return;
	case SMTP_READY:
		refuse(s, c->verb, 503, "5.5.1", "Send MAIL first");
		return;
	case SMTP_CHUNKS:
		refuse(s, c->verb, 503, "5.5.1", "Send the last BDAT, or RSET, first");
		return;
	default:
		refuse(s, c->verb, 503, "5.5.1", "The transaction has begun already");
	}
}

static void refuse_syntax(struct smtp_session *s, const struct command *c)
{
	struct fault f;

	fault_perm(&f, 501, "5.5.4", "Syntax: %s", c->syntax);
	smtp_refuse(s, c->verb, &f);
}

static void run(struct smtp_session *s, const struct command *c, struct span argument)
{
	if (s->server->tls == SMTP_TLS_ENCRYPT && !s->tls && s->client->address && !(c->flags & IN_CLEAR))
		refuse(s, c->verb, 530, "5.7.0", "Send STARTTLS first");
	else if (!(c->states & IN(s->state)))
		refuse_place(s, c);
	else if (argument.n ? c->flags & NO_ARGUMENT : c->flags & ARGUMENT)
		refuse_syntax(s, c);
	else
		c->run(s, argument);
	if (c->flags & JUNK)
		smtp_count_junk(s);
}

/* The lines of AUTH may be longer than others, and what they held is overwritten. */
static bool is_auth(const struct smtp_session *s, struct span line)
{
	return s->state == SMTP_AUTH || span_starts_nocase(line, SPAN("AUTH "));
}

static void run_line(struct smtp_session *s, struct span line)
{
	struct span rest = line, verb = span_cut(&rest, ' ');
	const struct command *c;

	if (span_has_control(line)) {
		refuse(s, "command", 500, "5.5.2", "Control bytes in the command");
		return;
	}
	c = find_command(s, verb);
	if (c)
		run(s, c, span_trim(rest));
	else if (is_foreign(verb))
		refuse_and_close(s, "command", "5.5.1", "This protocol is not spoken here");
	else
		refuse(s, "command", 500, "5.5.2", "Command not known");
}

static void end_line(struct smtp_session *s)
{
	struct span line = span_of(s->line, s->line_n);
	bool bare = line.n == 0 || line.p[line.n - 1] != '\r', secret = is_auth(s, line);
	bool is_long = s->line_long || (line.n >= SMTP_LINE_MAX && !secret);

	s->line_n = 0;
	s->line_long = false;
	if (!bare)
		line.n--;
	if (s->state == SMTP_AUTH && !(bare && s->server->reject_bare_newline))
		smtp_auth_feed(s, line, is_long);
	else if (is_long)
		refuse(s, "command", 500, "5.5.2", "Line too long");
	else if (bare && s->server->reject_bare_newline)
		refuse_and_close(s, "command", "5.5.2", "Bare <LF> received");
	else
		run_line(s, line);
	if (secret)
		explicit_bzero(s->line, sizeof(s->line));
}

/* Collect a command; how many bytes were taken. */
static size_t take_line(struct smtp_session *s, struct span bytes)
{
	size_t n = span_find(bytes, '\n'), room = sizeof(s->line) - 1 - s->line_n;

	if (s->line_n == 0 && !s->line_long && (unsigned char)bytes.p[0] == TLS_HANDSHAKE) {
		refuse_and_close(s, "command", "5.7.0", "TLS is not spoken here");
		return bytes.n;
	}
	if (n > room)
		s->line_long = true;
	memcpy(s->line + s->line_n, bytes.p, n < room ? n : room);
	s->line_n += n < room ? n : room;
	if (n == bytes.n)
		return n;
	end_line(s);
	return n + 1;
}

void smtp_session_init(struct smtp_session *s, const struct smtp_server *server, const struct smtp_client *client,
		       const struct smtp_callbacks *call, void *ctx, struct buf *out)
{
	memset(s, 0, offsetof(struct smtp_session, line));
	s->server = server;
	s->client = client;
	s->call = call;
	s->ctx = ctx;
	s->out = out;
	s->sasl = (struct sasl){ .steps = 0 };
	buf_init(&s->clean, SMTP_PIECE + LINES_ROOM);
}

size_t smtp_session_out_max(const struct smtp_server *server)
{
	/* A feed ends at most one message, and LMTP answers for each of its recipients. */
	return OUT_MAX + (server->lmtp ? (size_t)server->recipient_limit * REPLY_PUT_MAX : 0);
}

void smtp_session_clear(struct smtp_session *s)
{
	smtp_reset(s);
	sasl_clear(&s->sasl);
	arena_clear(&s->arena);
	buf_clear(&s->clean);
}

long smtp_session_pause_ms(struct smtp_session *s)
{
	long ms = s->pause_ms;

	s->pause_ms = 0;
	return ms;
}

void smtp_session_greet(struct smtp_session *s)
{
	reply_put(s->out, 220, NULL, "%s", s->server->banner);
}

void smtp_session_feed(struct smtp_session *s, const char *p, size_t n)
{
	struct span rest = span_of(p, n);

	while (rest.n && s->state != SMTP_CLOSED && s->state != SMTP_SECURING) {
		size_t used;

		if (s->state == SMTP_DATA)
			used = smtp_data_feed(s, rest);
		else if (s->state == SMTP_CHUNK)
			used = smtp_chunk_feed(s, rest);
		else
			used = take_line(s, rest);
		rest = span_from(rest, used);
	}
}

bool smtp_session_wants_tls(const struct smtp_session *s)
{
	return s->state == SMTP_SECURING;
}

void smtp_session_secured(struct smtp_session *s, const struct tlsio_info *info)
{
	s->tls = info;
	s->helo[0] = '\0';
	s->esmtp = false;
	s->line_n = 0;
	s->line_long = false;
	s->authenticated = false;
	sasl_clear(&s->sasl);
	smtp_reset(s);
}

bool smtp_session_is_open(const struct smtp_session *s)
{
	return s->state != SMTP_CLOSED;
}

bool smtp_session_is_idle(const struct smtp_session *s)
{
	return (s->state == SMTP_START || s->state == SMTP_READY) && s->line_n == 0 && !s->line_long;
}
