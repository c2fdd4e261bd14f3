/* SPDX-License-Identifier: ISC */
/*
 * preview - the first words of a message.
 *
 * The content is decoded, made UTF-8, made text without tags, and then one line.
 */
#include "message/preview.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "message/charset.h"
#include "message/encoding.h"

/* ---- parts ---- */

static bool is_readable(const struct mime_node *node)
{
	const struct entity *e = &node->part.entity;

	if (e->kind != ENTITY_LEAF || (node->part.problems & MIME_OPAQUE) ||
	    (e->disposition && strcasecmp(e->disposition, "attachment") == 0))
		return false;
	return entity_is(e, "text", "plain") || entity_is(e, "text", "html") || entity_is(e, "multipart", NULL);
}

static const struct mime_node *seek(const struct mime_node *node)
{
	while (node && !is_readable(node))
		node = mime_tree_next(node);
	return node;
}

const struct mime_node *preview_first(const struct mime_node *root)
{
	return seek(root);
}

const struct mime_node *preview_next(const struct mime_node *node)
{
	return seek(mime_tree_next(node));
}

/* ---- text ---- */

static void decode(struct buf *out, const struct entity *e, struct span content)
{
	struct arena a = { 0 };
	struct params_value charset;
	struct encoding_decode d;
	struct buf bytes;

	buf_init(&bytes, content.n * QP_GROWTH + QP_ROOM);
	encoding_decode_init(&d, e->encoding);
	encoding_decode_feed(&d, content, &bytes);
	encoding_decode_end(&d, &bytes);
	if (!params_find(&a, &e->params, "charset", &charset))
		charset.text = "utf-8";
	charset_put(out, span_str(charset.text), buf_span(&bytes), 0, NULL);
	buf_clear(&bytes);
	arena_clear(&a);
}

/* ---- HTML ---- */

static const struct {
	char name[8];
	uint32_t character;
} entities[] = {
	{ "amp", '&' },	     { "lt", '<' },	  { "gt", '>' },       { "quot", '"' },	     { "apos", '\'' },
	{ "nbsp", ' ' },     { "ndash", 0x2013 }, { "mdash", 0x2014 }, { "hellip", 0x2026 }, { "lsquo", 0x2018 },
	{ "rsquo", 0x2019 }, { "ldquo", 0x201c }, { "rdquo", 0x201d }, { "euro", 0x20ac },   { "copy", 0xa9 },
	{ "auml", 0xe4 },    { "ouml", 0xf6 },	  { "uuml", 0xfc },    { "Auml", 0xc4 },     { "Ouml", 0xd6 },
	{ "Uuml", 0xdc },    { "szlig", 0xdf },	  { "eacute", 0xe9 },  { "egrave", 0xe8 },   { "agrave", 0xe0 },
	{ "ccedil", 0xe7 },  { "zwnj", 0x200c },
};

enum { ENTITY_NAME_MAX = 10 /* octets of a character's name or number */ };

static uint32_t read_number(struct span digits)
{
	bool is_hex = digits.n > 0 && (digits.p[0] | 0x20) == 'x';
	uint32_t n = 0;

	for (size_t i = is_hex; i < digits.n; i++) {
		char c = digits.p[i] | 0x20;

		if (digits.p[i] >= '0' && digits.p[i] <= '9')
			n = n * (is_hex ? 16 : 10) + (uint32_t)(digits.p[i] - '0');
		else if (is_hex && c >= 'a' && c <= 'f')
			n = n * 16 + (uint32_t)(c - 'a' + 10);
		else
			return 0;
	}
	return n;
}

/* "&NAME;" at the front of s: its length, 1 when it is just an ampersand. */
static size_t put_entity(struct buf *out, struct span s)
{
	size_t end = span_find(span_of(s.p, s.n < ENTITY_NAME_MAX ? s.n : ENTITY_NAME_MAX), ';');
	struct span name = span_of(s.p + 1, end - 1);
	uint32_t character = 0;

	if (end < s.n && s.p[end] == ';' && name.n > 0) {
		if (name.p[0] == '#')
			character = read_number(span_from(name, 1));
		for (size_t i = 0; character == 0 && i < sizeof(entities) / sizeof(entities[0]); i++)
			if (span_is(name, span_str(entities[i].name)))
				character = entities[i].character;
	}
	utf8_put(out, character ? character : '&');
	return character ? end + 1 : 1;
}

/* What is in them is left out. */
static const char *const silent[] = { "style", "script", "title", "blockquote" };
enum { SILENT = sizeof(silent) / sizeof(silent[0]), QUOTES = SILENT - 1 };

static bool is_tag(struct span tag, const char *name)
{
	size_t n = strlen(name);

	return tag.n >= n && strncasecmp(tag.p, name, n) == 0 &&
	       (tag.n == n || !strchr("abcdefghijklmnopqrstuvwxyz", tag.p[n] | 0x20));
}

/* Behind the tag "</NAME>" that ends what begins at the front of s; the end if there is none. */
static size_t find_end_tag(struct span s, const char *name)
{
	for (size_t at = 0; at < s.n; at++) {
		at += span_find(span_from(s, at), '<');
		if (at + 1 < s.n && s.p[at + 1] == '/' && is_tag(span_from(s, at + 2), name))
			return at;
	}
	return s.n;
}

/* A tag, comment or declaration at the front of s: its length, with what is silent in it. */
static size_t skip_tag(struct span s, bool with_quotes)
{
	const char *comment_end;
	size_t end;

	if (span_starts(s, SPAN("<!--"))) {
		comment_end = memmem(s.p, s.n, "-->", 3);
		return comment_end ? (size_t)(comment_end - s.p) + 3 : s.n;
	}
	end = span_find(s, '>');
	if (end == s.n)
		return s.n;
	for (int i = 0; i < (with_quotes ? QUOTES : SILENT); i++)
		if (is_tag(span_from(s, 1), silent[i]))
			return end + 1 + find_end_tag(span_from(s, end + 1), silent[i]);
	return end + 1;
}

/* Tags are blanks, but those within a word, which change how it looks. */
static bool is_inline(struct span tag)
{
	static const char *const names[] = { "b", "i", "u", "em", "strong", "span", "font", "a", "tt", "code" };
	struct span name = span_from(tag, 1);

	if (name.n > 0 && name.p[0] == '/')
		name = span_from(name, 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_tag(name, names[i]))
			return true;
	return false;
}

static bool is_tag_start(struct span s)
{
	return s.n > 1 && s.p[0] == '<' &&
	       (strchr("/!?", s.p[1]) || ((s.p[1] | 0x20) >= 'a' && (s.p[1] | 0x20) <= 'z'));
}

static void strip_html(struct buf *out, struct span s, bool with_quotes)
{
	while (s.n > 0) {
		size_t n = 1;

		if (is_tag_start(s)) {
			n = skip_tag(s, with_quotes);
			if (!is_inline(s))
				buf_put_char(out, ' ');
		} else if (s.p[0] == '&') {
			n = put_entity(out, s);
		} else {
			buf_put_char(out, s.p[0]);
		}
		s = span_from(s, n);
	}
}

/* ---- plain text ---- */

/* The lines that are no quotation and no signature. */
/* "On Monday Al wrote:", which nobody needs without what he wrote. `last`: where the last line begins. */
static void drop_introduction(struct buf *out, size_t last)
{
	struct span line = span_trim(span_from(buf_span(out), last));

	if (line.n > 0 && line.p[line.n - 1] == ':')
		buf_cut(out, last);
}

static void strip_plain(struct buf *out, struct span s, bool with_quotes)
{
	size_t last = out->n;

	while (s.n > 0) {
		struct span line = span_cut(&s, '\n');

		if (span_is(span_trim(line), SPAN("--")))
			return;
		if (!with_quotes && line.n > 0 && line.p[0] == '>') {
			drop_introduction(out, last);
			continue;
		}
		if (span_trim(line).n > 0)
			last = out->n;
		buf_put_span(out, line);
		buf_put_char(out, '\n');
	}
}

/* ---- one line ---- */

/* Blanks of every kind, and what does not show: 0 for nothing. */
static uint32_t simplify(uint32_t c)
{
	if (c <= ' ' || c == 0x7f || (c >= 0x80 && c <= 0xa0) || c == 0x2028 || c == 0x2029 || c == 0x3000 ||
	    (c >= 0x2000 && c <= 0x200a))
		return ' ';
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) ||
	    c == 0xfeff || c == 0xad || c == 0x34f)
		return 0;
	return c;
}

static bool put_line(struct buf *out, struct span text)
{
	size_t characters = 0, before = out->n;
	bool gap = false;
	uint32_t c;
	int more;

	while (characters < PREVIEW_CHARACTERS && (more = utf8_next(&text, &c)) != 0) {
		c = more < 0 ? 0 : simplify(c);
		if (c == 0)
			continue;
		if (c == ' ') {
			gap = characters > 0;
			continue;
		}
		if (gap && ++characters < PREVIEW_CHARACTERS)
			buf_put_char(out, ' ');
		gap = false;
		if (characters++ < PREVIEW_CHARACTERS)
			utf8_put(out, c);
	}
	while (out->n > before && out->p[out->n - 1] == ' ')
		buf_cut(out, out->n - 1);
	return out->n > before;
}

bool preview_put(struct buf *out, const struct entity *e, struct span content)
{
	bool is_html = entity_is(e, "text", "html"), any = false;
	struct buf text, words;

	if (content.n > PREVIEW_READ)
		content.n = PREVIEW_READ;
	buf_init(&text, content.n * QP_GROWTH * CHARSET_GROWTH + CHARSET_ROOM + QP_ROOM);
	decode(&text, e, content);
	if (text.n > PREVIEW_TEXT)
		buf_cut(&text, PREVIEW_TEXT);
	buf_init(&words, 4 * PREVIEW_TEXT);
	for (int with_quotes = 0; !any && with_quotes < 2; with_quotes++) {
		buf_reset(&words);
		if (is_html)
			strip_html(&words, buf_span(&text), with_quotes);
		else
			strip_plain(&words, buf_span(&text), with_quotes);
		any = put_line(out, buf_span(&words));
	}
	buf_clear(&words);
	buf_clear(&text);
	return any;
}
