/* SPDX-License-Identifier: ISC */
/*
 * client - a connection to an SMTP or LMTP server.
 */
#include "smtp/client.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"

enum { READ_SIZE = 8192, COMMAND_MAX = 4096, PEER_MAX = DIAL_HOST_MAX + DIAL_ADDRESS_MAX + 3 };

static const struct {
	struct span keyword;
	unsigned extension;
} keywords[] = {
	{ { "PIPELINING", 10 }, SMTP_PIPELINING },
	{ { "8BITMIME", 8 }, SMTP_8BITMIME },
	{ { "SIZE", 4 }, SMTP_SIZE },
	{ { "DSN", 3 }, SMTP_DSN },
	{ { "SMTPUTF8", 8 }, SMTP_SMTPUTF8 },
	{ { "ENHANCEDSTATUSCODES", 19 }, SMTP_ENHANCEDSTATUSCODES },
	{ { "CHUNKING", 8 }, SMTP_CHUNKING },
	{ { "FUTURERELEASE", 13 }, SMTP_FUTURERELEASE },
	{ { "DELIVERBY", 9 }, SMTP_DELIVERBY },
	{ { "MT-PRIORITY", 11 }, SMTP_MT_PRIORITY },
	{ { "REQUIRETLS", 10 }, SMTP_REQUIRETLS },
	{ { "XVERP", 5 }, SMTP_XVERP },
	{ { "STARTTLS", 8 }, SMTP_STARTTLS },
};

void client_init(struct client *c, const struct client_rules *rules)
{
	memset(c, 0, offsetof(struct client, reply));
	c->rules = rules;
	stream_plain(&c->stream, -1, -1);
	buf_init(&c->in, CLIENT_IN_MAX);
	buf_init(&c->out, CLIENT_OUT_MAX);
	reply_init(&c->reply);
}

void client_close(struct client *c)
{
	stream_close(&c->stream);
	c->secure.protocol[0] = '\0';
	c->extensions = 0;
	c->size_limit = c->rcpt_max = 0;
	c->needs_reset = false;
	c->transactions = 0;
	buf_reset(&c->in);
	buf_reset(&c->out);
}

void client_clear(struct client *c)
{
	client_close(c);
	tlsio_client_close(c->tls);
	c->tls = NULL;
	buf_clear(&c->in);
	buf_clear(&c->out);
	reply_clear(&c->reply);
}

const char *client_peer(const struct client *c, char *out, size_t size)
{
	snprintf(out, size, "%s[%s]", c->host, c->address);
	return out;
}

static void trace(const struct client *c, char direction, struct span line)
{
	if (c->rules->trace)
		c->rules->trace(c->rules->ctx, direction, line);
}

int client_lost(struct client *c, const char *what, const char *stage, struct fault *f)
{
	char peer[PEER_MAX];

	fault_temp(f, 451, "4.4.2", "%s with %s while %s", what, client_peer(c, peer, sizeof(peer)), stage);
	client_close(c);
	return -1;
}

void client_trace(const struct client *c, char direction, const char *format, ...)
{
	char line[COMMAND_MAX];
	va_list args;
	int n;

	if (!c->rules->trace)
		return;
	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	trace(c, direction, span_of(line, n < 0 ? 0 : n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1));
}

/* ---- bytes ---- */

/* 1 something was read, 0 nothing there, -1 closed. */
static int fill(struct client *c)
{
	char *room = buf_room(&c->in, READ_SIZE);
	ssize_t n;

	if (!room)
		return -1;
	n = stream_read(&c->stream, room, READ_SIZE);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	buf_added(&c->in, (size_t)n);
	dial_quick_ack(c->stream.in);
	return 1;
}

/* What can be done now: POLLIN, POLLOUT; 0 when the time is up. */
static int wait_for(const struct client *c, short events, int64_t deadline)
{
	struct pollfd p = { .fd = c->stream.in, .events = stream_events(&c->stream, events) };
	int rc;

	if ((events & POLLIN) && stream_is_pending(&c->stream))
		return POLLIN;
	do {
		rc = poll(&p, 1, clock_until_ms(deadline));
	} while (rc < 0 && errno == EINTR);
	return rc <= 0 ? 0 : p.revents;
}

int client_flush(struct client *c, int64_t deadline_ms, const char *stage, struct fault *f)
{
	size_t done = 0;

	if (!client_is_connected(c) || c->out.overflow)
		return client_lost(c, "cannot go on", stage, f);
	while (done < c->out.n) {
		ssize_t n = stream_write(&c->stream, c->out.p + done, c->out.n - done);
		int ready;

		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return client_lost(c, "lost connection", stage, f);
		ready = wait_for(c, POLLIN | POLLOUT, deadline_ms);
		if (!ready)
			return client_lost(c, "conversation timed out", stage, f);
		if ((ready & POLLIN) && fill(c) < 0)
			return client_lost(c, "lost connection", stage, f);
	}
	buf_reset(&c->out);
	return 0;
}

void client_command(struct client *c, const char *format, ...)
{
	char line[COMMAND_MAX];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* An envelope has no control bytes; this is the last line of defence. */
	if (n < 0 || (size_t)n >= sizeof(line) || span_has_control(span_str(line))) {
		c->out.overflow = true;
		return;
	}
	buf_put(&c->out, line, (size_t)n);
	buf_put(&c->out, "\r\n", 2);
}

static void trace_reply(const struct client *c)
{
	struct span rest = buf_span(&c->reply.text);
	char line[REPLY_LINE_MAX + 32];

	if (!c->rules->trace)
		return;
	do {
		struct span text = span_cut(&rest, '\n');
		int n = snprintf(line, sizeof(line), "%d%c%s%s%.*s", c->reply.code, rest.n ? '-' : ' ', c->reply.status,
				 c->reply.status[0] ? " " : "", SPAN_ARG(text));

		trace(c, '<', span_of(line, n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1));
	} while (rest.n);
}

int client_read_reply(struct client *c, long seconds, const char *stage, struct fault *f)
{
	int64_t deadline = clock_mono_ms() + seconds * 1000;
	int rc = 0;

	if (client_flush(c, deadline, stage, f) < 0)
		return -1;
	for (;;) {
		size_t used;

		rc = c->in.n ? reply_feed(&c->reply, c->in.p, c->in.n, &used, f) : 0;
		if (rc < 0) {
			client_close(c);
			return -1;
		}
		if (c->in.n)
			buf_consume(&c->in, used);
		if (rc > 0)
			break;
		if (!wait_for(c, POLLIN, deadline))
			return client_lost(c, "conversation timed out", stage, f);
		if (fill(c) < 0)
			return client_lost(c, "lost connection", stage, f);
	}
	trace_reply(c);
	return 0;
}

bool client_is_connected(const struct client *c)
{
	return c->stream.in >= 0;
}

bool client_is_secure(const struct client *c)
{
	return c->secure.protocol[0] != '\0';
}

bool client_is_stale(struct client *c)
{
	return !client_is_connected(c) || c->in.n > 0 || !stream_is_quiet(&c->stream);
}

/* ---- greeting ---- */

static void read_limits(struct client *c, struct span words)
{
	for (struct span word = span_word(&words); word.n; word = span_word(&words)) {
		struct span name = span_cut(&word, '=');

		if (span_is_nocase(name, SPAN("RCPTMAX")))
			span_number(word, 1000000, &c->rcpt_max);
	}
}

static void read_extension(struct client *c, struct span line)
{
	struct span keyword = span_word(&line);

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (span_is_nocase(keyword, keywords[i].keyword))
			c->extensions |= keywords[i].extension;
	if (span_is_nocase(keyword, SPAN("SIZE")))
		span_number(span_word(&line), UINT64_MAX / 2, &c->size_limit);
	if (span_is_nocase(keyword, SPAN("LIMITS")))
		read_limits(c, line);
}

static int hello(struct client *c, const char *verb, struct fault *f)
{
	client_command(c, "%s %s", verb, c->rules->helo);
	trace(c, '>', span_of(c->out.p, c->out.n >= 2 ? c->out.n - 2 : 0));
	return client_read_reply(c, c->rules->helo_timeout, verb, f);
}

/* A host that does not want to talk now may want to later, unless it says that it never takes mail (RFC 7504). */
static int refused(struct client *c, struct fault *f)
{
	struct fault said;

	reply_fault(&c->reply, &said);
	if (c->reply.code != 521 && c->reply.code != 556) {
		said.kind = FAULT_TEMP;
		said.status[0] = '4';
	}
	if (f)
		*f = said;
	client_quit(c);
	return -1;
}

static int introduce(struct client *c, struct fault *f)
{
	struct span rest;

	c->extensions = 0;
	c->size_limit = c->rcpt_max = 0;
	if (hello(c, c->rules->lmtp ? "LHLO" : "EHLO", f) < 0)
		return -1;
	if (c->reply.code >= 500 && !c->rules->lmtp && hello(c, "HELO", f) < 0)
		return -1;
	if (c->reply.code / 100 != 2)
		return refused(c, f);
	/* After HELO there is one line: no extensions. */
	rest = buf_span(&c->reply.text);
	span_cut(&rest, '\n');
	while (rest.n)
		read_extension(c, span_cut(&rest, '\n'));
	return 0;
}

/* STARTTLS, the handshake, and EHLO again. */
static int start_tls(struct client *c, struct fault *f)
{
	const struct client_tls *tls = &c->rules->tls;
	char peer[PEER_MAX];

	if (client_open_tls(c, f) < 0) {
		if (tls->level == CLIENT_TLS_MAY)
			return 0;
		client_quit(c);
		return -1;
	}
	client_peer(c, peer, sizeof(peer));
	client_command(c, "STARTTLS");
	client_trace(c, '>', "STARTTLS");
	if (client_read_reply(c, tls->timeout, "STARTTLS", f) < 0)
		return -1;
	if (c->reply.code == 220)
		return client_secure(c, f) < 0 ? -1 : introduce(c, f);
	if (tls->level == CLIENT_TLS_MAY && c->reply.code != 421)
		return 0;
	fault_temp(f, 454, "4.7.5", "TLS is demanded, and %s refuses it: %d %.200s", peer, c->reply.code,
		   buf_str(&c->reply.text));
	client_quit(c);
	return -1;
}

static int converse(struct client *c, struct fault *f)
{
	const struct client_tls *tls = &c->rules->tls;
	char peer[PEER_MAX];

	if (tls->wrapper && client_secure(c, f) < 0)
		return -1;
	if (client_read_reply(c, c->rules->helo_timeout, "receiving the greeting", f) < 0)
		return -1;
	if (c->reply.code / 100 != 2)
		return refused(c, f);
	if (c->rules->greeted)
		c->rules->greeted(c->rules->ctx);
	if (introduce(c, f) < 0)
		return -1;
	if (tls->level == CLIENT_TLS_NONE || c->in_clear || client_is_secure(c))
		return 0;
	if (c->extensions & SMTP_STARTTLS)
		return start_tls(c, f);
	if (tls->level == CLIENT_TLS_MAY)
		return 0;
	fault_temp(f, 454, "4.7.4", "TLS is demanded, and %s does not offer it", client_peer(c, peer, sizeof(peer)));
	client_quit(c);
	return -1;
}

static void take(struct client *c, const struct stream *s, const char *host)
{
	c->stream = *s;
	reply_begin(&c->reply);
	snprintf(c->host, sizeof(c->host), "%s", host);
}

int client_greet(struct client *c, int fd, const char *host, struct fault *f)
{
	struct stream s;
	int rc;

	stream_plain(&s, fd, fd);
	take(c, &s, host);
	c->tls_failed = false;
	rc = converse(c, f);
	c->in_clear = false;
	return rc;
}

int client_adopt(struct client *c, const struct stream *channel, const char *host, struct fault *f)
{
	take(c, channel, host);
	return introduce(c, f);
}

bool client_retries_in_clear(struct client *c)
{
	const struct client_tls *tls = &c->rules->tls;

	c->in_clear = c->tls_failed && tls->level == CLIENT_TLS_MAY && !tls->wrapper;
	return c->in_clear;
}

int client_open(struct client *c, const struct dial_target *to, struct fault *f)
{
	struct fault why;

	for (;;) {
		int fd = dial_connect(to, c->rules->connect_timeout, c->address, &why);

		if (fd >= 0 && client_greet(c, fd, to->host, &why) == 0)
			return 0;
		if (fd < 0 || !client_retries_in_clear(c))
			break;
		client_trace(c, '*', "%s; once more in clear", why.text);
	}
	if (f)
		*f = why;
	return -1;
}

void client_quit(struct client *c)
{
	if (client_is_connected(c)) {
		client_command(c, "QUIT");
		client_trace(c, '>', "QUIT");
		client_read_reply(c, c->rules->quit_timeout, "QUIT", NULL);
	}
	client_close(c);
}
