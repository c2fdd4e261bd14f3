/* SPDX-License-Identifier: ISC */
/*
 * pickle_literal - "name = literal" lines of Python: numbers, texts with one or three quotes, lists, tuples, dicts.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "list/pickle.h"

struct reader {
	struct arena *a;
	struct span all, rest;
	struct fault *fault;
};

static int read_value(struct reader *r, unsigned depth, struct pickle **out);

static int complain(const struct reader *r, const char *what)
{
	size_t line = 1;

	for (const char *p = r->all.p; p < r->rest.p; p++)
		line += *p == '\n';
	fault_perm(r->fault, 0, "5.6.0", "line %zu: %s", line, what);
	return -1;
}

static char peek(const struct reader *r)
{
	return r->rest.n ? r->rest.p[0] : '\0';
}

/* Blanks and comments; within brackets line ends, too. */
static void skip(struct reader *r, bool lines)
{
	while (r->rest.n) {
		char c = r->rest.p[0];

		if (c == '#')
			r->rest = span_from(r->rest, span_find(r->rest, '\n'));
		else if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n'))
			r->rest = span_from(r->rest, 1);
		else
			return;
	}
}

static struct pickle *make(struct reader *r, enum pickle_kind kind)
{
	struct pickle *p = arena_alloc(r->a, sizeof(*p));

	p->kind = kind;
	return p;
}

static void append(struct reader *r, struct pickle *to, struct pickle *value)
{
	if (to->n == to->room) {
		size_t room = to->room ? 2 * to->room : 4;
		struct pickle **v = arena_alloc(r->a, room * sizeof(struct pickle *));

		if (to->n)
			memcpy(v, to->v, to->n * sizeof(struct pickle *));
		to->v = v;
		to->room = room;
	}
	to->v[to->n++] = value;
}

static void put_escaped(struct buf *out, struct reader *r)
{
	char c = peek(r);

	if (c == 'n' || c == 't' || c == 'r')
		buf_put_char(out, c == 'n' ? '\n' : c == 't' ? '\t' : '\r');
	else if (c == '\\' || c == '\'' || c == '"')
		buf_put_char(out, c);
	else if (c != '\n') {
		buf_put_char(out, '\\');
		buf_put_char(out, c);
	}
	r->rest = span_from(r->rest, 1);
}

static int read_text(struct reader *r, struct pickle **out)
{
	char quote = peek(r);
	bool is_long = r->rest.n > 2 && r->rest.p[1] == quote && r->rest.p[2] == quote;
	const char end[] = { quote, quote, quote };
	struct span close = span_of(end, is_long ? 3 : 1);
	struct buf text;

	r->rest = span_from(r->rest, close.n);
	buf_init(&text, r->rest.n + 1);
	while (r->rest.n && !span_starts(r->rest, close)) {
		char c = r->rest.p[0];

		if (c == '\n' && !is_long)
			break;
		r->rest = span_from(r->rest, 1);
		if (c == '\\')
			put_escaped(&text, r);
		else
			buf_put_char(&text, c);
	}
	*out = make(r, PICKLE_TEXT);
	(*out)->text = span_of(arena_span(r->a, buf_span(&text)), text.n);
	buf_clear(&text);
	if (!span_starts(r->rest, close))
		return complain(r, "a text has no end");
	r->rest = span_from(r->rest, close.n);
	return 0;
}

/* "[", "(" or "{" to its end; keys and values of a dict alternate. */
static int read_list(struct reader *r, unsigned depth, struct pickle **out)
{
	char open = peek(r), close = open == '[' ? ']' : open == '(' ? ')' : '}';
	struct pickle *list = make(r, open == '{' ? PICKLE_DICT : PICKLE_LIST), *value;

	if (depth == PICKLE_DEPTH)
		return complain(r, "brackets are nested too deep");
	r->rest = span_from(r->rest, 1);
	for (;;) {
		skip(r, true);
		if (peek(r) == close)
			break;
		if (read_value(r, depth + 1, &value) < 0)
			return -1;
		append(r, list, value);
		skip(r, true);
		if (peek(r) == ',' || (open == '{' && peek(r) == ':'))
			r->rest = span_from(r->rest, 1);
		else if (peek(r) != close)
			return complain(r, "a bracket has no end");
	}
	r->rest = span_from(r->rest, 1);
	*out = list;
	return 0;
}

static int read_word(struct reader *r, struct pickle **out)
{
	char text[32];
	size_t n = 0;

	while (n < r->rest.n && n < sizeof(text) - 1 && r->rest.p[n] &&
	       strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", r->rest.p[n]))
		n++;
	if (n == 0)
		return complain(r, "this is no value");
	memcpy(text, r->rest.p, n);
	text[n] = '\0';
	r->rest = span_from(r->rest, n);
	*out = make(r, strcmp(text, "None") == 0 ? PICKLE_NONE : PICKLE_NUMBER);
	if (strcmp(text, "True") == 0)
		(*out)->number = 1;
	else if (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))
		(*out)->number = strtoll(text, NULL, 10);
	else if (strcmp(text, "False") != 0 && strcmp(text, "None") != 0)
		return complain(r, "this is no value");
	return 0;
}

static int read_value(struct reader *r, unsigned depth, struct pickle **out)
{
	char c = peek(r);

	/* u'text', r'text' */
	if (r->rest.n > 1 && strchr("ubr", c) && c && (r->rest.p[1] == '\'' || r->rest.p[1] == '"')) {
		r->rest = span_from(r->rest, 1);
		c = peek(r);
	}
	if (c == '\'' || c == '"')
		return read_text(r, out);
	if (c == '[' || c == '(' || c == '{')
		return read_list(r, depth, out);
	return read_word(r, out);
}

static int read_assignment(struct reader *r, struct pickle *dict)
{
	size_t equals = span_find(r->rest, '='), end = span_find(r->rest, '\n');
	struct pickle *name = make(r, PICKLE_TEXT), *value;

	if (equals >= end)
		return complain(r, "this is no assignment");
	name->text = span_trim(span_of(r->rest.p, equals));
	r->rest = span_from(r->rest, equals + 1);
	skip(r, false);
	if (read_value(r, 0, &value) < 0)
		return -1;
	append(r, dict, name);
	append(r, dict, value);
	skip(r, false);
	return r->rest.n == 0 || peek(r) == '\n' ? 0 : complain(r, "something follows the value");
}

int pickle_parse_assignments(struct arena *a, struct span text, const struct pickle **out, struct fault *f)
{
	struct reader r = { .a = a, .all = text, .rest = text, .fault = f };
	struct pickle *dict = make(&r, PICKLE_DICT);

	if (text.n > PICKLE_MAX)
		return fault_perm(f, 0, "5.3.4", "a file of more than %d octets", PICKLE_MAX);
	for (skip(&r, true); r.rest.n; skip(&r, true))
		if (read_assignment(&r, dict) < 0)
			return -1;
	*out = dict;
	return 0;
}
