/* SPDX-License-Identifier: ISC */
/*
 * json - write JSON, and read an object's members.
 *
 * Writing keeps no state: whether a comma is needed shows in the last byte written.
 */
#include "base/json.h"

#include <inttypes.h>

#include "base/printable.h"
#include "base/utf8.h"

static void put_escape(struct buf *out, uint32_t c)
{
	if (c >= 0x10000) {
		buf_printf(out, "\\u%04" PRIx32, 0xd800 + ((c - 0x10000) >> 10));
		c = 0xdc00 + ((c - 0x10000) & 0x3ff);
	}
	buf_printf(out, "\\u%04" PRIx32, c);
}

static void put_text(struct buf *out, struct span s)
{
	uint32_t c;
	int rc;

	buf_put_char(out, '"');
	while ((rc = utf8_next(&s, &c)) != 0) {
		if (rc < 0)
			utf8_put(out, 0xfffd);
		else if (c == '"' || c == '\\')
			buf_put(out, (const char[]){ '\\', (char)c }, 2);
		else if (c == '\n')
			buf_put_str(out, "\\n");
		else if (c == '\t')
			buf_put_str(out, "\\t");
		else if (!printable_is(c))
			put_escape(out, c);
		else
			utf8_put(out, c);
	}
	buf_put_char(out, '"');
}

static void put_key(struct buf *out, const char *key)
{
	if (out->n && !strchr("{[\n", out->p[out->n - 1]))
		buf_put_char(out, ',');
	if (key)
		buf_printf(out, "\"%s\":", key);
}

void json_begin(struct buf *out, const char *key, char bracket)
{
	put_key(out, key);
	buf_put_char(out, bracket);
}

void json_end(struct buf *out, char bracket)
{
	buf_put_char(out, bracket);
}

void json_put_string(struct buf *out, const char *key, const char *z)
{
	if (z) {
		json_put_span(out, key, span_str(z));
		return;
	}
	put_key(out, key);
	buf_put_str(out, "null");
}

void json_put_span(struct buf *out, const char *key, struct span s)
{
	put_key(out, key);
	put_text(out, s);
}

void json_put_number(struct buf *out, const char *key, int64_t number)
{
	put_key(out, key);
	buf_printf(out, "%" PRId64, number);
}

void json_put_bool(struct buf *out, const char *key, bool value)
{
	put_key(out, key);
	buf_put_str(out, value ? "true" : "false");
}

/* ---- reading ---- */

static void skip_blanks(struct span *s)
{
	while (s->n && strchr(" \t\r\n", s->p[0]) && s->p[0])
		*s = span_from(*s, 1);
}

static bool take(struct span *s, char c)
{
	skip_blanks(s);
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = span_from(*s, 1);
	return true;
}

/* Behind the opening quote. */
static int take_string(struct span *s, struct span *out)
{
	for (size_t i = 0; i < s->n; i++) {
		if ((unsigned char)s->p[i] < 0x20)
			return -1;
		if (s->p[i] == '\\') {
			i++;
		} else if (s->p[i] == '"') {
			*out = span_of(s->p, i);
			*s = span_from(*s, i + 1);
			return 0;
		}
	}
	return -1;
}

/* A number or a word: what it is made of; whoever uses a number looks closer. */
static int take_plain(struct span *s, struct json_member *out)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t n = 0;

	while (n < s->n && s->p[n] && strchr("abcdefghijklmnopqrstuvwxyzE0123456789+-.", s->p[n]))
		n++;
	out->value = span_of(s->p, n);
	*s = span_from(*s, n);
	out->type = JSON_WORD;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is(out->value, span_str(words[i])))
			return 0;
	out->type = JSON_NUMBER;
	return n && strchr("-0123456789", out->value.p[0]) ? 0 : -1;
}

/*
 * Behind the opening bracket, to behind its end. Whether commas and colons are where they should be in there is not
 * looked at: only strings and brackets say where it ends.
 */
static int take_nested(struct span *s, char open)
{
	char closing[JSON_DEPTH];
	size_t depth = 0;
	struct span ignored;

	closing[depth++] = open == '{' ? '}' : ']';
	while (depth > 0) {
		char c = s->n ? s->p[0] : '\0';

		*s = span_from(*s, 1);
		if (c == '\0' || (c == '"' && take_string(s, &ignored) < 0))
			return -1;
		if (c == '}' || c == ']') {
			if (c != closing[--depth])
				return -1;
		} else if (c == '{' || c == '[') {
			if (depth == JSON_DEPTH)
				return -1;
			closing[depth++] = c == '{' ? '}' : ']';
		}
	}
	return 0;
}

static int take_value(struct span *s, struct json_member *out)
{
	const char *begin;

	if (take(s, '"')) {
		out->type = JSON_STRING;
		return take_string(s, &out->value);
	}
	begin = s->p;
	if (take(s, '{') || take(s, '[')) {
		out->type = begin[0] == '{' ? JSON_OBJECT : JSON_ARRAY;
		if (take_nested(s, begin[0]) < 0)
			return -1;
		out->value = span_of(begin, (size_t)(s->p - begin));
		return 0;
	}
	return take_plain(s, out);
}

void json_read(struct json_reader *r, struct span text)
{
	*r = (struct json_reader){ .rest = text, .state = JSON_BEFORE };
}

void json_read_array(struct json_reader *r, struct span text)
{
	json_read(r, text);
	r->is_array = true;
}

static int end(struct json_reader *r)
{
	r->state = JSON_BEHIND;
	skip_blanks(&r->rest);
	return r->rest.n ? -1 : 0;
}

int json_next(struct json_reader *r, struct json_member *out)
{
	bool first = r->state == JSON_BEFORE;

	if (r->state == JSON_BEHIND)
		return r->rest.n ? -1 : 0;
	if (first && !take(&r->rest, r->is_array ? '[' : '{'))
		return -1;
	r->state = JSON_INSIDE;
	if (take(&r->rest, r->is_array ? ']' : '}'))
		return end(r);
	if (!first && !take(&r->rest, ','))
		return -1;
	out->key = span_of("", 0);
	if (r->is_array)
		return take_value(&r->rest, out) < 0 ? -1 : 1;
	if (!take(&r->rest, '"') || take_string(&r->rest, &out->key) < 0 || !take(&r->rest, ':'))
		return -1;
	return take_value(&r->rest, out) < 0 ? -1 : 1;
}

static int take_hex(struct span *s, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef";

	*out = 0;
	for (int i = 0; i < 4; i++) {
		char c = s->n ? s->p[0] : '\0';
		const char *digit = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);

		if (!c || !digit)
			return -1;
		*out = *out * 16 + (uint32_t)(digit - digits);
		*s = span_from(*s, 1);
	}
	return 0;
}

/* Behind "\u". Half of a surrogate pair is no character: utf8_put() says so. */
static int put_escaped(struct buf *out, struct span *s)
{
	struct span low;
	uint32_t c, second;

	if (take_hex(s, &c) < 0)
		return -1;
	if (c >= 0xd800 && c < 0xdc00 && span_starts(*s, SPAN("\\u"))) {
		low = span_from(*s, 2);
		if (take_hex(&low, &second) == 0 && second >= 0xdc00 && second < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (second - 0xdc00);
			*s = low;
		}
	}
	utf8_put(out, c);
	return 0;
}

int json_put_value(struct buf *out, struct span value)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";

	while (value.n) {
		size_t plain = span_find(value, '\\');
		const char *name;

		buf_put_span(out, span_of(value.p, plain));
		value = span_from(value, plain);
		if (value.n == 0)
			return 0;
		name = value.n > 1 && value.p[1] ? strchr(names, value.p[1]) : NULL;
		if (name) {
			buf_put_char(out, bytes[name - names]);
			value = span_from(value, 2);
		} else if (span_starts(value, SPAN("\\u"))) {
			value = span_from(value, 2);
			if (put_escaped(out, &value) < 0)
				return -1;
		} else {
			return -1;
		}
	}
	return 0;
}
