/* SPDX-License-Identifier: ISC */
/*
 * trace - Received, Return-Path, Delivered-To.
 *
 * Most of a Received field was said by a stranger. What he said is written
 * with everything that has a meaning in the field's grammar replaced, and
 * not at all where it would make a line too long.
 */
#include "message/trace.h"

#include "base/arena.h"
#include "message/address.h"
#include "message/date.h"
#include "message/header.h"
#include "message/idna.h"

enum { WORD_MAX = 255 /* octets: the longest domain */ };

static bool is_safe(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("-._:[]+", c));
}

/* A name, an address or an id. Nobody has a right to a longer one, but it must be seen that it was. */
static void put_word(struct buf *out, const char *word)
{
	struct span s = span_str(word);

	if (s.n == 0)
		buf_put_char(out, '?');
	for (size_t i = 0; i < s.n && i < WORD_MAX; i++)
		buf_put_char(out, is_safe(s.p[i]) ? s.p[i] : '?');
	if (s.n > WORD_MAX)
		buf_put_str(out, "...");
}

/* Our own words, but with names in them that a library has chosen. */
static void put_comment(struct buf *out, const char *text)
{
	buf_put_str(out, "\n\t(using ");
	for (; *text; text++)
		buf_put_char(out, is_safe(*text) || strchr(" ()/", *text) ? *text : '?');
	buf_put_char(out, ')');
}

/* An account's name is a word, or two with an "@" in between, which in a comment means nothing. */
static void put_user(struct buf *out, const char *name)
{
	struct span rest = span_str(name), local = span_cut(&rest, '@');
	struct arena a = { 0 };

	put_word(out, arena_span(&a, local));
	if (rest.n) {
		buf_put_char(out, '@');
		put_word(out, arena_span(&a, rest));
	}
	arena_clear(&a);
}

/* "from HELO (NAME [ADDRESS])": RFC 5321 4.4 wants the address that the connection came from. */
static void put_from(struct buf *out, const struct trace *t)
{
	buf_put_str(out, " from ");
	put_word(out, t->helo);
	if (t->client) {
		buf_put_str(out, " (");
		put_word(out, t->name ? t->name : "unknown");
		buf_put_str(out, " [");
		put_word(out, t->client);
		buf_put_str(out, "])");
	}
	if (t->user) {
		buf_put_str(out, "\n\t(Authenticated sender: ");
		put_user(out, t->user);
		buf_put_char(out, ')');
	}
	buf_put_str(out, "\n\tby ");
}

/*
 * The address of the only recipient, where it is one and fits on a line. Its domain in ASCII: this field shall not be
 * what makes the message need SMTPUTF8 all the way.
 */
static void put_for(struct buf *out, const char *path)
{
	struct span s = span_str(path), local, domain;
	struct arena a = { 0 };
	const char *ascii;

	if (!address_is_valid(s, true, true) || s.n >= HEADER_LINE_MAX - 100)
		return;
	address_split(s, &local, &domain);
	ascii = span_has_8bit(domain) ? idna_to_ascii(&a, domain) : NULL;
	if (ascii)
		buf_printf(out, "\n\tfor <%.*s@%s>", SPAN_ARG(local), ascii);
	else
		buf_printf(out, "\n\tfor <%s>", path);
	arena_clear(&a);
}

void trace_put_received(struct buf *out, const struct trace *t)
{
	buf_put_str(out, "Received:");
	if (t->helo)
		put_from(out, t);
	else
		buf_put_str(out, " by ");
	put_word(out, t->by);
	buf_put_str(out, " (letterbox");
	if (!t->helo && t->uid >= 0)
		buf_printf(out, ", from userid %ld", t->uid);
	buf_put_char(out, ')');
	if (t->protocol) {
		buf_put_str(out, " with ");
		put_word(out, t->protocol);
	}
	if (t->tls)
		put_comment(out, t->tls);
	buf_put_str(out, "\n\tid ");
	put_word(out, t->id);
	put_for(out, t->forpath);
	buf_put_str(out, ";\n\t");
	date_put(out, t->when);
	buf_put_char(out, '\n');
}

size_t trace_hops(struct span header)
{
	struct header_field field;
	size_t n = 0;

	while (header_next(&header, &field) == 1)
		n += span_is_nocase(field.name, SPAN("Received"));
	return n;
}

static bool same_mailbox(struct span a, struct span b)
{
	struct span local[2], domain[2];

	address_split(a, &local[0], &domain[0]);
	address_split(b, &local[1], &domain[1]);
	return span_is(local[0], local[1]) && span_is_nocase(domain[0], domain[1]);
}

bool trace_delivered_to(struct span header, struct span mailbox)
{
	struct header_field field;

	while (header_next(&header, &field) == 1)
		if (span_is_nocase(field.name, SPAN("Delivered-To")) && same_mailbox(span_trim(field.body), mailbox))
			return true;
	return false;
}
