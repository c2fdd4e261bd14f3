/* SPDX-License-Identifier: ISC */
/*
 * curl_said_libcurl - what is said on a connection, as libcurl tells it.
 *
 * If a server offers no AUTH libcurl goes on without: so we listen for the server's consent. Its last line gives its
 * own words when it refuses.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "net/curl_libcurl.h"

enum { SHOWN_MAX = 256 };

static void trace(const struct curl_call *c, char direction, struct span line)
{
	if (c->way->trace && line.n)
		c->way->trace(c->way->ctx, direction, line);
}

/* The first line; its end is not ours to show. */
static struct span line_of(const char *p, size_t n)
{
	struct span rest = span_of(p, n);

	return span_trim(span_cut(&rest, '\n'));
}

/* How many words of a command may be seen: the others log somebody in. 0: all. */
static unsigned open_words(struct span verb)
{
	static const struct {
		struct span verb;
		unsigned words;
	} logins[] = {
		{ SPAN_INIT("AUTH"), 2 }, { SPAN_INIT("AUTHENTICATE"), 2 }, { SPAN_INIT("LOGIN"), 1 },
		{ SPAN_INIT("USER"), 1 }, { SPAN_INIT("PASS"), 1 },	    { SPAN_INIT("APOP"), 1 },
	};

	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++)
		if (span_is_nocase(verb, logins[i].verb))
			return logins[i].words;
	return 0;
}

/* The command without what is secret in it. An IMAP command has its tag in front. */
static struct span open_part(struct curl_call *c, struct span line)
{
	struct span rest = line, verb = span_word(&rest);
	unsigned words;

	if (c->logging_in)
		return span_of(line.p, 0);
	if (c->target && strncmp(c->target->scheme, "imap", 4) == 0)
		verb = span_word(&rest);
	words = open_words(verb);
	if (words == 0)
		return line;
	c->logging_in = true;
	while (--words > 0)
		verb = span_word(&rest);
	return span_of(line.p, verb.p ? (size_t)(verb.p + verb.n - line.p) : 0);
}

static void we_said(struct curl_call *c, struct span line)
{
	struct span open;
	char shown[SHOWN_MAX];

	/* A request to a proxy: its header may have a password. */
	if (!c->target || span_starts(line, SPAN("CONNECT "))) {
		c->in_head = true;
		trace(c, '>', line);
		return;
	}
	c->in_head = false;
	open = open_part(c, line);
	if (open.n < line.n)
		snprintf(shown, sizeof(shown), "%.*s%s***", (int)(open.n < 200 ? open.n : 200), open.p,
			 open.n ? " " : "");
	trace(c, '>', open.n < line.n ? span_str(shown) : line);
}

static bool holds(struct span text, struct span secret)
{
	return secret.n && text.n >= secret.n && memmem(text.p, text.n, secret.p, secret.n);
}

/* A server may repeat what we sent it, as it came or decoded. */
static bool is_safe(const struct curl_target *t, struct span words)
{
	const char *secrets[] = { t->password, t->bearer };
	struct buf coded;
	bool safe = true;

	buf_init(&coded, 64 << 10);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		buf_reset(&coded);
		base64_put(&coded, span_str(secrets[i]));
		safe = safe && !holds(words, span_str(secrets[i])) && !holds(words, buf_span(&coded));
	}
	/* "\0user\0password" of PLAIN: what comes before the password shifts its digits. */
	buf_reset(&coded);
	if (t->user && t->password) {
		char *plain = arena_heap(strlen(t->user) + strlen(t->password) + 2);
		size_t n = strlen(t->user) + 2;

		memcpy(plain + 1, t->user, n - 1);
		plain[0] = '\0';
		memcpy(plain + n, t->password, strlen(t->password));
		n += strlen(t->password);
		base64_put(&coded, span_of(plain, n));
		explicit_bzero(plain, n);
		free(plain);
	}
	safe = safe && !holds(words, buf_span(&coded));
	if (coded.p)
		explicit_bzero(coded.p, coded.n);
	buf_clear(&coded);
	return safe;
}

/* "334 ", "+ ": the server wants more of us before it decides. */
static bool is_challenge(struct span line)
{
	return span_starts(line, SPAN("334")) || (line.n && line.p[0] == '+' && !span_starts(line, SPAN("+OK")));
}

static bool is_welcome(const struct curl_call *c, struct span line)
{
	return strncmp(c->target->scheme, "smtp", 4) != 0 || span_starts(line, SPAN("235"));
}

/* SMTP and POP3 have one line as the answer to a login; IMAP may have others before it. */
static bool is_last(const struct curl_call *c, struct span line)
{
	return line.n > 0 && (line.p[0] != '*' || strncmp(c->target->scheme, "imap", 4) != 0) &&
	       !(line.n > 3 && line.p[3] == '-' && line.p[0] >= '2' && line.p[0] <= '5');
}

static void they_said(struct curl_call *c, struct span line)
{
	if (c->target && c->target->user && !is_safe(c->target, line))
		line = SPAN("(what we sent it)");
	trace(c, '<', line);
	if (!c->target || c->in_head)
		return;
	snprintf(c->said, sizeof(c->said), "%.*s", (int)(line.n < CURL_WORDS_MAX ? line.n : CURL_WORDS_MAX),
		 line.p ? line.p : "");
	if (!c->logging_in || is_challenge(line) || !is_last(c, line))
		return;
	c->logging_in = false;
	c->logged_in = is_welcome(c, line);
}

int curl_said(CURL *easy, curl_infotype type, char *p, size_t n, void *call)
{
	struct curl_call *c = call;

	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		we_said(c, line_of(p, n));
	else if (type == CURLINFO_HEADER_IN)
		they_said(c, line_of(p, n));
	else if (type == CURLINFO_TEXT)
		trace(c, '*', line_of(p, n));
	return 0;
}
