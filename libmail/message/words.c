/* SPDX-License-Identifier: ISC */
/*
 * words - encoded words, RFC 2047.
 *
 * Text is cut into words at its blanks; neighbours that need encoding become
 * one run with the blanks between them, because blanks between encoded words
 * are not part of the text (6.2). A run is written as encoded words of one
 * charset and encoding, one a line.
 */
#include "message/words.h"

#include <stdbool.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "message/charset.h"
#include "message/header.h"

enum {
	LINE_MAX_ENCODED = 76, /* RFC 2047 2 */
	CHARSET_MAX = 40,      /* IANA's longest name has 45 with an alias nobody uses */
	WORD_LONG = 900,       /* longer ones would not fit into HEADER_LINE_MAX with what precedes them */
	GAP_LONG = 40,	       /* more blanks than that would leave too little room behind them on a line */
	SHORTEST = 26,	       /* room that an encoded word of one character of any charset fits in */
	QUOTED_LONG = 200,     /* a longer quoted name is encoded, as that can be folded without loss */
};

static size_t column(const struct buf *out)
{
	struct span all = buf_span(out);
	const char *lf = all.n ? memrchr(all.p, '\n', all.n) : NULL;

	return lf ? (size_t)(all.p + all.n - lf - 1) : all.n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Bytes that must not appear in a line at all are blanks to everything here. */
static char plain(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f ? ' ' : c;
}

static struct span trim(struct span s)
{
	while (s.n && is_blank(plain(s.p[0])))
		s = span_from(s, 1);
	while (s.n && is_blank(plain(s.p[s.n - 1])))
		s.n--;
	return s;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Characters that stand for themselves in Q in every place, RFC 2047 5 (3). */
static bool is_q_safe(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!*+-/", c));
}

/* How a run is encoded. */
struct coding {
	const char *charset;
	bool base64;
	bool chars; /* UTF-8: cut only between characters */
};

static size_t q_size(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += plain(s.p[i]) == ' ' || is_q_safe(s.p[i]) ? 1 : 3;
	return n;
}

static struct coding choose_coding(struct span s)
{
	bool chars = utf8_is_valid(s);

	return (struct coding){ chars ? "UTF-8" : "unknown-8bit", base64_size(s.n) < q_size(s), chars };
}

/* The longest piece of whole characters at the front of s that fits into `room` octets when it is encoded. */
static size_t piece_length(const struct coding *c, struct span s, size_t room)
{
	size_t n = 0, used = 0;

	while (n < s.n) {
		struct span at = span_from(s, n);
		size_t step = c->chars ? utf8_length(at) : 1;

		used += q_size(span_of(at.p, step));
		if ((c->base64 ? base64_size(n + step) : used) > room)
			break;
		n += step;
	}
	return n;
}

static void put_q(struct buf *out, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)plain(s.p[i]);

		if (c == ' ')
			buf_put_char(out, '_');
		else if (is_q_safe((char)c))
			buf_put_char(out, (char)c);
		else
			buf_put(out, (const char[]){ '=', hex[c >> 4], hex[c & 15] }, 3);
	}
}

static void put_b(struct buf *out, struct span s)
{
	char clean[WORDS_MAX];

	for (size_t i = 0; i < s.n; i++)
		clean[i] = plain(s.p[i]);
	base64_put(out, span_of(clean, s.n));
}

/* Encoded words for the whole of s. If not even one character fits on the line, the first begins on the next. */
static void put_run(struct buf *out, struct span s)
{
	struct coding c = choose_coding(s);
	size_t around = strlen(c.charset) + 7;
	size_t full = WORDS_MAX - around;
	size_t used = column(out);
	size_t room = used + around < LINE_MAX_ENCODED ? LINE_MAX_ENCODED - around - used : 0;

	while (s.n && !out->overflow) {
		size_t n = piece_length(&c, s, room < full ? room : full);

		if (n > 0) {
			buf_printf(out, "=?%s?%c?", c.charset, c.base64 ? 'B' : 'Q');
			(c.base64 ? put_b : put_q)(out, span_of(s.p, n));
			buf_put_str(out, "?=");
			s = span_from(s, n);
		}
		if (s.n)
			buf_put_str(out, "\n ");
		room = full;
	}
}

static bool is_atoms(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool single = s.p[i] == ' ' && i > 0 && s.p[i - 1] != ' ';

		if (!is_alnum(s.p[i]) && !single && (s.p[i] == '\0' || !strchr("!#$%&'*+-/=?^_`{|}~", s.p[i])))
			return false;
	}
	return true;
}

static bool looks_encoded(struct span s)
{
	return s.n > 1 && memmem(s.p, s.n, "=?", 2);
}

static void put_quoted(struct buf *out, struct span s)
{
	buf_put_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_put_char(out, '\\');
		buf_put_char(out, plain(s.p[i]));
	}
	buf_put_char(out, '"');
}

void words_put_phrase(struct buf *out, struct span s)
{
	s = trim(s);
	if (s.n > QUOTED_LONG || span_has_8bit(s) || looks_encoded(s))
		put_run(out, s);
	else if (is_atoms(s))
		buf_put_span(out, s);
	else
		put_quoted(out, s);
}

/* Length of the run of blanks, or of others, at the front of s. */
static size_t same_length(struct span s, bool blanks)
{
	size_t n = 0;

	while (n < s.n && is_blank(plain(s.p[n])) == blanks)
		n++;
	return n;
}

static bool needs_encoding(struct span word)
{
	return word.n > WORD_LONG || span_has_8bit(word) || looks_encoded(word);
}

/* The run at the front of s: words that need encoding and the blanks between them. 0 if the first does not. */
static size_t run_length(struct span s)
{
	size_t end = 0, at = 0;

	for (;;) {
		size_t n = same_length(span_from(s, at), false);

		if (n == 0 || !needs_encoding(span_of(s.p + at, n)))
			return end;
		end = at + n;
		at = end + same_length(span_from(s, end), true);
	}
}

void words_put_gap(struct buf *out, struct span blanks, size_t n)
{
	if (blanks.n == 0)
		return;
	if (column(out) + blanks.n + n > HEADER_LINE_WANTED)
		buf_put_char(out, '\n');
	for (size_t i = 0; i < blanks.n; i++)
		buf_put_char(out, plain(blanks.p[i]));
}

/* Is there a run of blanks that could become a line of nothing else? Then only encoding keeps it. */
static bool has_long_gap(struct span s)
{
	while (s.n) {
		size_t n = same_length(s, true);

		if (n > GAP_LONG)
			return true;
		s = span_from(s, n);
		s = span_from(s, same_length(s, false));
	}
	return false;
}

void words_put_text(struct buf *out, struct span s)
{
	s = trim(s);
	if (has_long_gap(s)) {
		put_run(out, s);
		return;
	}
	while (s.n && !out->overflow) {
		struct span gap = span_of(s.p, same_length(s, true));
		size_t run, word;

		s = span_from(s, gap.n);
		run = run_length(s);
		word = run ? run : same_length(s, false);
		words_put_gap(out, gap, run ? SHORTEST : word);
		if (run)
			put_run(out, span_of(s.p, run));
		else
			buf_put(out, s.p, word);
		s = span_from(s, word);
	}
}

/* One encoded word, taken apart. */
struct encoded {
	struct span charset, text;
	bool base64;
	size_t length; /* of the whole, in the field */
};

static bool parse_encoded(struct span s, struct encoded *e)
{
	struct span rest = span_from(s, 2);
	struct span coding;
	size_t end;

	e->charset = span_of(rest.p, span_find(span_of(rest.p, rest.n < CHARSET_MAX ? rest.n : CHARSET_MAX), '?'));
	rest = span_from(rest, e->charset.n);
	if (e->charset.n == 0 || rest.n < 3 || rest.p[0] != '?' || rest.p[2] != '?')
		return false;
	coding = span_of(rest.p + 1, 1);
	rest = span_from(rest, 3);
	end = span_find(rest, '?');
	if (end + 1 >= rest.n || rest.p[end + 1] != '=')
		return false;
	e->text = span_of(rest.p, end);
	e->base64 = span_is_nocase(coding, SPAN("B"));
	e->length = (size_t)(rest.p + end + 2 - s.p);
	return e->base64 || span_is_nocase(coding, SPAN("Q"));
}

static int decode_q(struct buf *out, struct span s)
{
	size_t start = out->n;

	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '=') {
			buf_put_char(out, s.p[i] == '_' ? ' ' : s.p[i]);
			continue;
		}
		high = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
		low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;
		if (high < 0 || low < 0) {
			buf_cut(out, start);
			return -1;
		}
		buf_put_char(out, (char)(high << 4 | low));
		i += 2;
	}
	return 0;
}

/* Decoded bytes of neighbouring words in one charset, not yet converted. */
struct pending {
	struct buf bytes;
	const char *name; /* of the charset that is open; NULL: none */
	struct charset charset;
	bool any;
};

static void flush(struct pending *p, struct buf *out)
{
	if (p->any) {
		charset_feed(&p->charset, buf_span(&p->bytes), out);
		charset_end(&p->charset, out);
	}
	buf_reset(&p->bytes);
	p->any = false;
}

/* Have the charset open; the last one stays so, as the next word is usually in it, too. */
static int use_charset(struct pending *p, struct span name, struct buf *out)
{
	const char *usual = charset_name(name);

	if (usual && usual == p->name)
		return 0;
	if (!usual)
		return -1;
	flush(p, out);
	if (p->name)
		charset_close(&p->charset);
	p->name = charset_open(&p->charset, name, CHARSET_LINE) < 0 ? NULL : usual;
	return p->name ? 0 : -1;
}

/* Take the encoded word at the front of s; 0 if there is none that can be decoded, else its length. */
static size_t take_encoded(struct pending *p, struct span s, struct buf *out)
{
	struct encoded e;
	int r;

	if (!parse_encoded(s, &e) || use_charset(p, e.charset, out) < 0)
		return 0;
	r = e.base64 ? base64_parse(&p->bytes, e.text, BASE64_UNPADDED) : decode_q(&p->bytes, e.text);
	if (r < 0)
		return 0;
	p->any = true;
	return e.length;
}

static size_t next_start(struct span s)
{
	const char *at = s.n > 1 ? memmem(s.p, s.n, "=?", 2) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

void words_decode(struct buf *out, struct span s)
{
	struct pending p = { 0 };
	size_t at = 0;

	buf_init(&p.bytes, s.n + 4);
	while (at < s.n) {
		size_t start = at + next_start(span_from(s, at));
		struct span between = span_of(s.p + at, start - at);
		bool joined = p.any && span_trim(between).n == 0 && start < s.n;
		size_t n;

		if (!joined) {
			flush(&p, out);
			buf_put_span(out, between);
		}
		n = start < s.n ? take_encoded(&p, span_from(s, start), out) : 0;
		if (start < s.n && n == 0) {
			flush(&p, out);
			if (joined)
				buf_put_span(out, between);
			buf_put_str(out, "=?");
			n = 2;
		}
		at = start + n;
	}
	flush(&p, out);
	if (p.name)
		charset_close(&p.charset);
	buf_clear(&p.bytes);
}
