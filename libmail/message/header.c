/* SPDX-License-Identifier: ISC */
/*
 * header - split a message header into fields, unfold them, find them.
 *
 * RFC 5322 2.2, with the blanks before the colon of 4.5. A name with a byte
 * that RFC 5322 3.6.8 forbids does not begin a field: what some program reads as a
 * field and another as text is where messages get two meanings.
 */
#include "message/header.h"

/* Behind the line end at or after offset i; the end of the bytes if there is none. */
static size_t line_after(struct span s, size_t i)
{
	size_t lf = i + span_find(span_from(s, i), '\n');

	return lf < s.n ? lf + 1 : s.n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span without_line_end(struct span s)
{
	if (s.n && s.p[s.n - 1] == '\n')
		s.n--;
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

bool header_is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 33 || s.p[i] > 126 || s.p[i] == ':')
			return false;
	return s.n > 0 && s.n < HEADER_LINE_MAX;
}

int header_next(struct span *rest, struct header_field *field)
{
	size_t end = line_after(*rest, 0);
	struct span line = without_line_end(span_of(rest->p, end));
	size_t colon, name;

	if (line.n == 0) {
		*rest = span_from(*rest, end);
		return 0;
	}
	colon = name = span_find(line, ':');
	while (name > 0 && is_blank(line.p[name - 1]))
		name--;
	if (colon == line.n || !header_is_name(span_of(line.p, name)))
		return -1;
	while (end < rest->n && is_blank(rest->p[end]))
		end = line_after(*rest, end);
	field->whole = span_of(rest->p, end);
	field->name = span_of(rest->p, name);
	field->body = without_line_end(span_from(field->whole, colon + 1));
	*rest = span_from(*rest, end);
	return 1;
}

size_t header_length(struct span bytes, size_t from)
{
	/* The line end that the empty line follows, and its CR, may be among the bytes seen before. */
	size_t i = from > 2 ? from - 2 : 0;

	if (i == 0 && bytes.n && bytes.p[0] == '\n')
		return 1;
	if (i == 0 && span_starts(bytes, SPAN("\r\n")))
		return 2;
	while ((i = line_after(bytes, i)) < bytes.n) {
		if (bytes.p[i] == '\n')
			return i + 1;
		if (span_starts(span_from(bytes, i), SPAN("\r\n")))
			return i + 2;
	}
	return 0;
}

int header_find(struct span header, struct span name, struct header_field *field)
{
	struct header_field at;

	while (header_next(&header, &at) == 1)
		if (span_is_nocase(at.name, name)) {
			*field = at;
			return 1;
		}
	return 0;
}

/* Length of the line end at the front of s, if a blank follows it. */
static size_t fold_length(struct span s)
{
	size_t n = span_starts(s, SPAN("\r\n")) ? 2 : span_starts(s, SPAN("\n"));

	return n && n < s.n && is_blank(s.p[n]) ? n : 0;
}

char *header_unfold(struct arena *a, struct span body)
{
	char *text, *to;

	body = span_trim(body);
	text = to = arena_alloc(a, body.n + 1);
	while (body.n) {
		char c = body.p[0];
		size_t skip = c == '\r' || c == '\n' ? fold_length(body) : 0;

		if (skip == 0) {
			*to++ = c == '\0' || c == '\r' || c == '\n' ? ' ' : c;
			skip = 1;
		}
		body = span_from(body, skip);
	}
	*to = '\0';
	return text;
}
