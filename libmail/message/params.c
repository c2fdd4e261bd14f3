/* SPDX-License-Identifier: ISC */
/*
 * params - parameters of MIME fields, RFC 2045 5.1 and RFC 2231.
 *
 * Reading keeps them as written, cut out of the unfolded text in place. What one means is found out when
 * somebody asks: that happens for two or three of a part, and makes the order of sections no matter.
 */
#include "message/params.h"

#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "message/charset.h"
#include "message/header.h"
#include "message/words.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 2045 5.1, but bytes with the high bit, which RFC 6532 allows. */
static bool is_token_char(char c)
{
	return (unsigned char)c > 0x20 && c != 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* Behind blanks and comments. A comment that is not closed goes to the end. */
static char *skip_blanks(char *p)
{
	size_t depth = 0;

	for (; *p && (depth > 0 || is_blank(*p) || *p == '('); p++) {
		if (*p == '\\' && depth > 0 && p[1])
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')')
			depth--;
	}
	return p;
}

/* A quoted string behind its first quote; its backslashes are taken out where it stands. */
static char *take_quoted(char *p, struct span *value, unsigned *problems)
{
	char *from = p, *to = p;

	for (; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		*to++ = *p;
	}
	*value = span_of(from, (size_t)(to - from));
	if (*p != '"') {
		*problems |= PARAMS_SYNTAX;
		return p;
	}
	return p + 1;
}

/* Does a parameter begin at p, "name="? */
static bool is_param(const char *p)
{
	while (is_token_char(*p))
		p++;
	return *p == '=';
}

/* A value without quotes, also one that needs them: words go on to the next semicolon or parameter. */
static char *take_bare(char *p, struct span *value, unsigned *problems)
{
	char *end = p, *from = p;

	for (;;) {
		while (*p && *p != ';' && !is_blank(*p))
			p++;
		end = p;
		while (is_blank(*p))
			p++;
		if (!*p || *p == ';' || *p == '(' || is_param(p))
			break;
		*problems |= PARAMS_SYNTAX;
	}
	*value = span_of(from, (size_t)(end - from));
	return p;
}

/* The next parameter: what follows it, or NULL when there is none. */
static char *take_param(char *p, struct param *out, unsigned *problems)
{
	for (;;) {
		char *name = p = skip_blanks(p);

		if (!*p)
			return NULL;
		while (is_token_char(*p))
			p++;
		out->name = span_of(name, (size_t)(p - name));
		p = skip_blanks(p);
		if (*p == '=' && out->name.n > 0)
			break;
		if (out->name.n > 0 || *p != ';')
			*problems |= PARAMS_SYNTAX;
		if (*p && (out->name.n == 0 || *p == ';'))
			p++;
	}
	p = skip_blanks(p + 1);
	return *p == '"' ? take_quoted(p + 1, &out->value, problems) : take_bare(p, &out->value, problems);
}

void params_parse(struct arena *a, char *text, struct params *out)
{
	size_t most = 0;
	struct param param;

	*out = (struct params){ 0 };
	for (const char *p = text; most < PARAMS_MAX && (p = strchr(p, '=')) != NULL; p++)
		most++;
	if (most == 0 && !text[strspn(text, "; \t")])
		return;
	out->v = arena_alloc(a, most * sizeof(*out->v));
	while ((text = take_param(text, &param, &out->problems)) != NULL) {
		if (out->n == most) {
			out->problems |= PARAMS_MANY;
			return;
		}
		out->v[out->n++] = param;
	}
}

/* What is there of a name: plain, extended, and by sections. */
struct forms {
	const struct param *plain, *extended;
	const struct param *sections[PARAMS_MAX];
	size_t nsections; /* from 0 on without a gap */
};

/* Put it at its place unless there is one already. */
static unsigned note(const struct param **place, const struct param *p)
{
	if (*place)
		return PARAMS_TWICE;
	*place = p;
	return 0;
}

/* "*", "*0", "*0*" behind the name. */
static unsigned note_form(struct forms *f, struct span form, const struct param *p)
{
	uint64_t number;

	if (form.n == 0)
		return note(&f->plain, p);
	if (form.n == 1)
		return note(&f->extended, p);
	form = span_from(form, 1);
	if (form.p[form.n - 1] == '*')
		form.n--;
	if (span_number(form, PARAMS_MAX - 1, &number) < 0)
		return PARAMS_SYNTAX;
	return note(&f->sections[number], p);
}

static unsigned find_forms(const struct params *params, struct span name, struct forms *f)
{
	unsigned problems = 0;
	size_t seen = 0;

	memset(f, 0, sizeof(*f));
	for (size_t i = 0; i < params->n; i++) {
		const struct param *p = &params->v[i];
		struct span form = span_from(p->name, name.n);

		if (!span_starts_nocase(p->name, name) || (form.n > 0 && form.p[0] != '*'))
			continue;
		seen += form.n > 1;
		problems |= note_form(f, form, p);
	}
	while (f->nsections < PARAMS_MAX && f->sections[f->nsections])
		f->nsections++;
	if (seen > f->nsections && !(problems & (PARAMS_TWICE | PARAMS_SYNTAX)))
		problems |= PARAMS_GAP;
	if ((f->plain != NULL) + (f->extended != NULL) + (seen > 0) > 1)
		problems |= PARAMS_BOTH;
	return problems;
}

static void put_percent(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
		int low = high >= 0 ? hex_value(s.p[i + 2]) : -1;

		buf_put_char(out, low >= 0 ? (char)(high << 4 | low) : s.p[i]);
		i += low >= 0 ? 2 : 0;
	}
}

/* charset'language'text: 0, or -1 when there are no two apostrophes, and all of it is text. */
static int take_charset(struct arena *a, struct span *s, struct params_value *out)
{
	size_t first = span_find(*s, '\'');
	size_t second = span_find(span_from(*s, first + 1), '\'');

	if (first >= s->n || first + 1 + second >= s->n)
		return -1;
	out->charset = arena_span(a, span_of(s->p, first));
	out->language = arena_span(a, span_of(s->p + first + 1, second));
	*s = span_from(*s, first + second + 2);
	return 0;
}

/* One value, or one section of it: `first` may begin with a charset. */
static void collect(struct arena *a, const struct param *p, bool first, struct params_value *out, struct buf *bytes)
{
	struct span s = p->value;

	if (p->name.p[p->name.n - 1] != '*') {
		buf_put_span(bytes, s);
		return;
	}
	if (first && take_charset(a, &s, out) < 0)
		out->problems |= PARAMS_SYNTAX;
	put_percent(bytes, s);
}

static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return true;
	return false;
}

static void convert(struct arena *a, struct span bytes, struct params_value *out)
{
	struct span charset = out->charset[0] ? span_str(out->charset) : SPAN("utf-8");
	size_t broken;
	struct buf text;

	buf_init(&text, bytes.n * CHARSET_GROWTH + CHARSET_ROOM);
	if (has_control(bytes))
		out->problems |= PARAMS_CONTROL;
	if (charset_put(&text, charset, bytes, CHARSET_LINE | CHARSET_EXACT, &broken) < 0 ||
	    (broken && !(out->problems & PARAMS_CONTROL)))
		out->problems |= PARAMS_CHARSET;
	out->text = arena_span(a, buf_span(&text));
	buf_clear(&text);
}

/* A plain value in which somebody has put encoded words; they are meant. */
static void decode_words(struct arena *a, struct span value, struct params_value *out)
{
	struct buf text;

	buf_init(&text, value.n * CHARSET_GROWTH + CHARSET_ROOM);
	words_decode(&text, value);
	if (!span_is(buf_span(&text), value)) {
		out->problems |= PARAMS_WORDS;
		if (strstr(buf_str(&text), "\xef\xbf\xbd"))
			out->problems |= PARAMS_CONTROL;
	}
	convert(a, buf_span(&text), out);
	buf_clear(&text);
}

static size_t total_size(const struct params *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->v[i].value.n;
	return n;
}

static bool looks_encoded(struct span s)
{
	return s.n > 1 && memmem(s.p, s.n, "=?", 2);
}

bool params_find(struct arena *a, const struct params *p, const char *name, struct params_value *out)
{
	struct forms f;
	struct buf bytes;

	*out = (struct params_value){ .charset = "", .language = "" };
	out->problems = p->problems | find_forms(p, span_str(name), &f);
	if (!f.plain && !f.extended && f.nsections == 0)
		return false;
	if (!f.extended && f.nsections == 0 && looks_encoded(f.plain->value)) {
		decode_words(a, f.plain->value, out);
		return true;
	}
	buf_init(&bytes, total_size(p) + 1);
	if (f.extended)
		collect(a, f.extended, true, out, &bytes);
	else if (f.nsections == 0)
		collect(a, f.plain, true, out, &bytes);
	for (size_t i = 0; !f.extended && i < f.nsections; i++)
		collect(a, f.sections[i], i == 0, out, &bytes);
	convert(a, buf_span(&bytes), out);
	buf_clear(&bytes);
	return true;
}

const char *params_text(struct arena *a, const struct params *p, const char *name)
{
	struct params_value value;

	return params_find(a, p, name, &value) ? value.text : NULL;
}

enum { SECTION_SHORTEST = 16 /* octets of value that a section holds at least, whatever stands before it */ };

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_char(s.p[i]) || (s.p[i] & 0x80))
			return false;
	return s.n > 0;
}

/* RFC 2231 7: attribute-char. */
static bool is_attribute_char(char c)
{
	return is_token_char(c) && !(c & 0x80) && !strchr("*'%", c);
}

static size_t encoded_size(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += is_attribute_char(s.p[i]) ? 1 : 3;
	return n;
}

static void put_encoded(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_attribute_char(s.p[i]))
			buf_put_char(out, s.p[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}

static size_t quoted_size(struct span s)
{
	size_t n = 2;

	for (size_t i = 0; i < s.n; i++)
		n += 1 + (s.p[i] == '"' || s.p[i] == '\\');
	return n;
}

static void put_quoted(struct buf *out, struct span s)
{
	buf_put_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_put_char(out, '\\');
		buf_put_char(out, s.p[i]);
	}
	buf_put_char(out, '"');
}

/* Octets at the front of s, whole characters where it is UTF-8, that are at most `room` when they are encoded. */
static size_t section_length(struct span s, bool utf8, size_t room)
{
	size_t n = 0, used = 0;

	while (n < s.n) {
		struct span at = span_from(s, n);
		size_t step = utf8 ? utf8_length(at) : 1;

		used += encoded_size(span_of(at.p, step));
		if (used > room && n > 0)
			break;
		n += step;
	}
	return n;
}

static void put_extended(struct buf *out, const char *name, struct span value)
{
	bool utf8 = utf8_is_valid(value);
	const char *charset = utf8 ? "utf-8''" : "unknown-8bit''";
	size_t room, n;

	if (strlen(name) + strlen(charset) + encoded_size(value) + 3 < HEADER_LINE_WANTED) {
		buf_put_char(out, ';');
		words_put_gap(out, SPAN(" "), strlen(name) + strlen(charset) + encoded_size(value) + 2);
		buf_printf(out, "%s*=%s", name, charset);
		put_encoded(out, value);
		return;
	}
	for (size_t i = 0; value.n > 0; i++, value = span_from(value, n)) {
		buf_printf(out, ";\n %s*%zu*=%s", name, i, i == 0 ? charset : "");
		room = HEADER_LINE_WANTED - 8;
		room = room > strlen(name) + strlen(charset) + SECTION_SHORTEST ? room - strlen(name) - strlen(charset)
										: SECTION_SHORTEST;
		n = section_length(value, utf8, room);
		put_encoded(out, span_of(value.p, n));
	}
}

int params_put(struct buf *out, const char *name, struct span value, unsigned how)
{
	bool plain = !span_has_8bit(value) || ((how & PARAMS_UTF8) && utf8_is_valid(value));
	bool token = is_token(value);
	size_t size = strlen(name) + 1 + (token ? value.n : quoted_size(value));

	if (!is_token(span_str(name)) || span_has_control(value))
		return -1;
	if (!plain || size + 2 > HEADER_LINE_WANTED || looks_encoded(value)) {
		put_extended(out, name, value);
		return 0;
	}
	buf_put_char(out, ';');
	words_put_gap(out, SPAN(" "), size + 1);
	buf_printf(out, "%s=", name);
	if (token)
		buf_put_span(out, value);
	else
		put_quoted(out, value);
	return 0;
}
