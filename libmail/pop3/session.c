/* SPDX-License-Identifier: ISC */
/*
 * session - the server's half of a POP3 conversation, without I/O.
 *
 * The table of commands is in the order of the RFCs and says in which states and with which arguments each may
 * come, so that a command's function does only its work. A new one is a row here, its function in a cmd_*.c, and if
 * clients must know of it a line in `capabilities`.
 */
#include "pop3/session.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "pop3/cmd.h"

enum { TLS_HANDSHAKE = 0x16 /* first byte of a TLS ClientHello: RFC 8446 5.1 */ };

#define IN(state) (1u << (state))
enum { BOTH = IN(POP3_AUTHORIZATION) | IN(POP3_TRANSACTION) };

enum {
	NO_ARGUMENT = 1,
	ARGUMENT = 2,
	AS_IT_IS = 4, /* blanks at its ends are a part of it */
};

void pop3_set_state(struct pop3_session *s, enum pop3_state state)
{
	static const char *const names[] = { "authorization", "response",  "securing",
					     "transaction",   "elsewhere", "closed" };

	if (s->state == state || s->state == POP3_CLOSED)
		return;
	log_debug("pop3 session: %s -> %s", names[s->state], names[state]);
	s->state = state;
}

/* ---- answers ---- */

__attribute__((format(printf, 3, 0))) static void put_reply(struct pop3_session *s, const char *status,
							    const char *format, va_list args)
{
	char line[512];

	vsnprintf(line, sizeof(line), format, args);
	buf_put_str(s->out, status);
	buf_put_str(s->out, line);
	buf_put_str(s->out, "\r\n");
}

void pop3_ok(struct pop3_session *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_reply(s, "+OK ", format, args);
	va_end(args);
}

void pop3_err(struct pop3_session *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_reply(s, "-ERR ", format, args);
	va_end(args);
}

void pop3_wrong(struct pop3_session *s, const char *text)
{
	pop3_err(s, "%s", text);
	if (++s->errors > (s->user ? POP3_ERRORS_MAX : POP3_LOGIN_ERRORS_MAX))
		pop3_session_stop(s, "Too many errors");
}

void pop3_session_stop(struct pop3_session *s, const char *text)
{
	if (s->state == POP3_CLOSED)
		return;
	if (!s->more)
		pop3_err(s, "%s", text);
	pop3_break_off(s);
	pop3_set_state(s, POP3_CLOSED);
}

/* ---- commands that need no file of their own ---- */

static void run_noop(struct pop3_session *s, struct span argument)
{
	(void)argument;
	pop3_ok(s, "done");
}

/* The same before and after login, as clients expect; but there is no second layer of TLS. */
static void run_capa(struct pop3_session *s, struct span argument)
{
	static const char capabilities[] = "TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n"
					   "EXPIRE NEVER\r\nUTF8 USER\r\nLANG\r\n";
	struct buf mechanisms;

	(void)argument;
	pop3_ok(s, "Capabilities follow");
	buf_put_str(s->out, capabilities);
	if (s->server->offers_tls && !s->is_secure)
		buf_put_str(s->out, "STLS\r\n");
	if (s->rules->is_private)
		buf_put_str(s->out, "USER\r\n");
	buf_init(&mechanisms, POP3_LINE_MAX);
	pop3_auth_offer(s, &mechanisms);
	if (mechanisms.n)
		buf_printf(s->out, "SASL%s\r\n", buf_str(&mechanisms));
	buf_clear(&mechanisms);
	buf_put_str(s->out, "IMPLEMENTATION letterbox\r\n.\r\n");
}

/* What follows the command was sent in clear, whoever sent it, and is not used: RFC 2595 4. */
static void run_stls(struct pop3_session *s, struct span argument)
{
	struct fault f;

	(void)argument;
	if (s->is_secure || !s->server->offers_tls) {
		pop3_wrong(s, s->is_secure ? "TLS is active already" : "TLS is not available");
		return;
	}
	if (s->call->start_tls(s->ctx, &f) < 0) {
		pop3_err(s, "[SYS/TEMP] %s", f.text);
		return;
	}
	pop3_ok(s, "Begin TLS negotiation now");
	explicit_bzero(s->in, s->in_n);
	s->in_at = s->in_n = s->in_looked = 0;
	pop3_set_state(s, POP3_SECURING);
}

static void run_utf8(struct pop3_session *s, struct span argument)
{
	(void)argument;
	s->utf8 = true;
	pop3_ok(s, "UTF-8 it is");
}

/* All that is said here is English; "*" asks for whatever the server prefers. */
static void run_lang(struct pop3_session *s, struct span argument)
{
	static const char *const english[] = { "en", "en-GB", "en-US", "i-default", "*" };

	if (argument.n == 0) {
		pop3_ok(s, "Languages follow");
		buf_put_str(s->out, "en English\r\n.\r\n");
		return;
	}
	for (size_t i = 0; i < sizeof(english) / sizeof(english[0]); i++)
		if (span_is_nocase(argument, span_str(english[i]))) {
			pop3_ok(s, "en English it is");
			return;
		}
	pop3_err(s, "Only English (en) is spoken here");
}

static const struct command {
	const char *verb;
	pop3_cmd_fn *run;
	unsigned states, flags;
	const char *syntax;
} commands[] = {
	/* RFC 1939 */
	{ "QUIT", pop3_cmd_quit, BOTH, NO_ARGUMENT, "QUIT" },
	{ "STAT", pop3_cmd_stat, IN(POP3_TRANSACTION), NO_ARGUMENT, "STAT" },
	{ "LIST", pop3_cmd_list, IN(POP3_TRANSACTION), 0, "LIST [number]" },
	{ "RETR", pop3_cmd_retr, IN(POP3_TRANSACTION), ARGUMENT, "RETR number" },
	{ "DELE", pop3_cmd_dele, IN(POP3_TRANSACTION), ARGUMENT, "DELE number" },
	{ "NOOP", run_noop, IN(POP3_TRANSACTION), 0, "NOOP" },
	{ "RSET", pop3_cmd_rset, IN(POP3_TRANSACTION), NO_ARGUMENT, "RSET" },
	{ "TOP", pop3_cmd_top, IN(POP3_TRANSACTION), ARGUMENT, "TOP number lines" },
	{ "UIDL", pop3_cmd_uidl, IN(POP3_TRANSACTION), 0, "UIDL [number]" },
	{ "USER", pop3_cmd_user, IN(POP3_AUTHORIZATION), ARGUMENT, "USER name" },
	{ "PASS", pop3_cmd_pass, IN(POP3_AUTHORIZATION), ARGUMENT | AS_IT_IS, "PASS password" },
	/* RFC 1460 */
	{ "LAST", pop3_cmd_last, IN(POP3_TRANSACTION), NO_ARGUMENT, "LAST" },
	/* RFC 1734, 5034 */
	{ "AUTH", pop3_cmd_auth, IN(POP3_AUTHORIZATION), 0, "AUTH [mechanism [response]]" },
	/* RFC 2449, 2595 */
	{ "CAPA", run_capa, BOTH, NO_ARGUMENT, "CAPA" },
	{ "STLS", run_stls, IN(POP3_AUTHORIZATION), NO_ARGUMENT, "STLS" },
	/* RFC 6856 */
	{ "UTF8", run_utf8, IN(POP3_AUTHORIZATION), NO_ARGUMENT, "UTF8" },
	{ "LANG", run_lang, BOTH, 0, "LANG [language]" },
};

/* ---- lines ---- */

static const struct command *find_command(struct span verb)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (span_is_nocase(verb, span_str(commands[i].verb)))
			return &commands[i];
	return NULL;
}

/*
 * A browser that was lured here would send what it was told as the body of a request, with commands in it: what
 * begins like another protocol must not be read to its end.
 */
static bool is_foreign(struct span verb)
{
	static const char *const verbs[] = { "GET",	"POST",	 "PUT", "HEAD", "OPTIONS",
					     "CONNECT", "PATCH", "PRI", "EHLO", "HELO" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (span_is_nocase(verb, span_str(verbs[i])))
			return true;
	return false;
}

static void refuse_syntax(struct pop3_session *s, const struct command *c)
{
	char text[64];

	snprintf(text, sizeof(text), "Syntax: %s", c->syntax);
	pop3_wrong(s, text);
}

static void run_command(struct pop3_session *s, const struct command *c, struct span argument)
{
	if (!(c->flags & AS_IT_IS))
		argument = span_trim(argument);
	if (!(c->states & IN(s->state)))
		pop3_wrong(s, s->user ? "Only before login" : "Log in first");
	else if (argument.n ? c->flags & NO_ARGUMENT : c->flags & ARGUMENT)
		refuse_syntax(s, c);
	else
		c->run(s, argument);
}

static void run_line(struct pop3_session *s, struct span line)
{
	struct span argument = line, verb = span_cut(&argument, ' ');
	const struct command *c = find_command(verb);

	if (line.n > POP3_LINE_MAX && !(c && c->run == pop3_cmd_auth))
		pop3_wrong(s, "Line too long");
	else if (c)
		run_command(s, c, argument);
	else if (is_foreign(verb))
		pop3_session_stop(s, "This is POP3");
	else
		pop3_wrong(s, "Unknown command");
}

static void end_line(struct pop3_session *s, struct span line)
{
	bool too_long = s->line_long;

	s->line_long = false;
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (s->state == POP3_RESPONSE)
		pop3_auth_feed(s, line, too_long);
	else if (too_long)
		pop3_wrong(s, "Line too long");
	else
		run_line(s, line);
}

static bool is_handshake(const struct pop3_session *s)
{
	return s->state == POP3_AUTHORIZATION && !s->line_long && s->in_at < s->in_n &&
	       (unsigned char)s->in[s->in_at] == TLS_HANDSHAKE;
}

/* The next command, if it is whole: answered, and forgotten, as it may have been a password. */
static bool take_line(struct pop3_session *s)
{
	struct span unseen = span_of(s->in + s->in_looked, s->in_n - s->in_looked);
	size_t end = s->in_looked + span_find(unseen, '\n'), from = s->in_at;

	if (is_handshake(s)) {
		pop3_session_stop(s, "TLS is not spoken here before STLS");
		return true;
	}
	if (end == s->in_n) {
		s->in_looked = s->in_n;
		if (end - from > POP3_AUTH_LINE_MAX) {
			explicit_bzero(s->in + from, end - from);
			s->line_long = true;
			s->in_at = end;
		}
		return false;
	}
	s->in_at = s->in_looked = end + 1;
	if (end - from > POP3_AUTH_LINE_MAX)
		s->line_long = true;
	end_line(s, span_of(s->in + from, end - from));
	explicit_bzero(s->in + from, end - from);
	return true;
}

/* ---- the interface ---- */

void pop3_session_init(struct pop3_session *s, const struct pop3_server *server, const struct sasl_rules *rules,
		       const struct pop3_callbacks *call, void *ctx, struct buf *out)
{
	memset(s, 0, offsetof(struct pop3_session, in));
	s->server = server;
	s->rules = rules;
	s->call = call;
	s->ctx = ctx;
	s->out = out;
	s->retrieved = s->expected = POP3_NONE;
}

void pop3_session_clear(struct pop3_session *s)
{
	pop3_break_off(s);
	if (s->state == POP3_RESPONSE)
		sasl_clear(&s->sasl);
	pop3_mark_read(s);
	explicit_bzero(s->in, s->in_n);
	arena_clear(&s->arena);
}

void pop3_session_greet(struct pop3_session *s)
{
	pop3_ok(s, "%s", s->server->greeting);
}

void pop3_session_feed(struct pop3_session *s, const char *p, size_t n)
{
	if (s->state == POP3_SECURING || s->state == POP3_ELSEWHERE || s->state == POP3_CLOSED)
		return;
	if (s->in_at) {
		memmove(s->in, s->in + s->in_at, s->in_n - s->in_at);
		s->in_n -= s->in_at;
		s->in_looked -= s->in_at;
		s->in_at = 0;
	}
	memcpy(s->in + s->in_n, p, n);
	s->in_n += n;
}

/* A pause comes before the answers that it is for, so nothing is answered after them until it is over. */
bool pop3_session_produce(struct pop3_session *s)
{
	while (s->state != POP3_CLOSED && s->state != POP3_SECURING && s->state != POP3_ELSEWHERE) {
		if (s->out->n >= POP3_FULL || s->pause_ms)
			return true;
		if (s->more) {
			if (!s->more(s))
				s->more = NULL;
		} else if (!take_line(s)) {
			return false;
		}
	}
	return false;
}

void pop3_session_prepare(struct pop3_session *s)
{
	size_t i = s->expected;

	s->expected = POP3_NONE;
	if (s->call->prepare && s->state == POP3_TRANSACTION && i < s->drop.n && !pop3_is_set(s->deleted, i))
		s->call->prepare(s->ctx, i);
}

bool pop3_session_wants_tls(const struct pop3_session *s)
{
	return s->state == POP3_SECURING;
}

void pop3_session_secured(struct pop3_session *s)
{
	s->is_secure = true;
	s->utf8 = false;
	s->name[0] = '\0';
	s->in_at = s->in_n = s->in_looked = 0;
	s->line_long = false;
	pop3_set_state(s, POP3_AUTHORIZATION);
}

bool pop3_session_is_elsewhere(const struct pop3_session *s)
{
	return s->state == POP3_ELSEWHERE;
}

struct span pop3_session_rest(const struct pop3_session *s)
{
	return span_of(s->in + s->in_at, s->in_n - s->in_at);
}

long pop3_session_pause_ms(struct pop3_session *s)
{
	long ms = s->pause_ms;

	s->pause_ms = 0;
	return ms;
}

bool pop3_session_is_open(const struct pop3_session *s)
{
	return s->state != POP3_CLOSED;
}

bool pop3_session_is_idle(const struct pop3_session *s)
{
	return (s->state == POP3_AUTHORIZATION || s->state == POP3_TRANSACTION) && !s->more && s->in_at == s->in_n &&
	       !s->line_long && s->count == s->drop.n;
}
