/* SPDX-License-Identifier: ISC */
/*
 * prefix - "[friends]", once.
 */
#include "list/prefix.h"

#include <inttypes.h>
#include <string.h>

#include "message/fold.h"
#include "message/header.h"
#include "message/words.h"

#define NONE "(no subject)"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Octets of the mark at the front of s, and of the blanks behind it; 0: there is none. */
static size_t mark_length(struct span s, const char *mark)
{
	size_t at = 0;

	for (; *mark; mark++) {
		if (mark[0] == '%' && mark[1] == 'd') {
			size_t from = at;

			while (at < s.n && is_digit(s.p[at]))
				at++;
			if (at == from)
				return 0;
			mark++;
		} else if (at < s.n && span_is_nocase(span_of(s.p + at, 1), span_of(mark, 1))) {
			at++;
		} else {
			return 0;
		}
	}
	while (at < s.n && s.p[at] == ' ')
		at++;
	return at;
}

static bool begins_word(struct span s, size_t at)
{
	return at == 0 || strchr(" \t:]", s.p[at - 1]) != NULL;
}

/* The text without any mark. */
static struct span without(struct arena *a, struct span text, const char *mark)
{
	char *to = arena_alloc(a, text.n + 1);
	size_t n = 0, length;

	for (size_t i = 0; i < text.n; i += length) {
		length = begins_word(text, i) ? mark_length(span_from(text, i), mark) : 0;
		if (length == 0) {
			to[n++] = text.p[i];
			length = 1;
		}
	}
	return span_trim(span_of(to, n));
}

/* Octets of "Re:", "Re[2]:", "RE^3 :" at the front; 0: there is none. */
static size_t reply_length(struct span s)
{
	size_t at = 2;

	if (!span_starts_nocase(s, SPAN("re")))
		return 0;
	while (at < s.n && (is_digit(s.p[at]) || strchr("[]()^ ", s.p[at])))
		at++;
	return at < s.n && s.p[at] == ':' ? at + 1 : 0;
}

static struct span without_replies(struct span s, bool *is_reply)
{
	size_t n;

	while ((n = reply_length(s)) > 0) {
		*is_reply = true;
		s = span_trim(span_from(s, n));
	}
	return s;
}

static void put_mark(struct buf *out, const char *mark, uint64_t number)
{
	for (; *mark; mark++) {
		if (mark[0] == '%' && mark[1] == 'd') {
			buf_put_number(out, number);
			mark++;
		} else {
			buf_put_char(out, *mark);
		}
	}
}

/* What nobody here can read is kept as it was written, behind the mark. */
static bool put_undecoded(struct arena *a, struct buf *out, struct span body, const char *mark, uint64_t number)
{
	struct span plain = span_str(header_unfold(a, body));
	struct header_field field = { .name = SPAN("Subject") };
	struct buf text, line;

	if (without(a, plain, mark).n < plain.n)
		return false;
	buf_init(&text, 2 * PREFIX_SUBJECT_MAX);
	buf_init(&line, 3 * PREFIX_SUBJECT_MAX);
	put_mark(&text, mark, number);
	buf_put_str(&line, "Subject: ");
	words_put_text(&line, buf_span(&text));
	if (body.n && body.p[0] != ' ' && body.p[0] != '\t')
		buf_put_char(&line, ' ');
	buf_put_span(&line, body);
	buf_put_char(&line, '\n');
	field.whole = buf_span(&line);
	field.body = span_from(span_of(line.p, line.n - 1), sizeof("Subject:") - 1);
	fold_put_field(a, out, &field);
	buf_clear(&text);
	buf_clear(&line);
	return true;
}

static bool put_decoded(struct arena *a, struct buf *out, struct span text, const char *mark, uint64_t number)
{
	bool is_reply = false, changed;
	struct span base = without_replies(without(a, text, mark), &is_reply);
	struct buf new;

	buf_init(&new, 4 * PREFIX_SUBJECT_MAX);
	if (is_reply)
		buf_put_str(&new, "Re: ");
	put_mark(&new, mark, number);
	buf_put_char(&new, ' ');
	if (base.n == 0 && !is_reply)
		base = SPAN(NONE);
	buf_put_span(&new, base);
	changed = !span_is(span_trim(buf_span(&new)), span_trim(text));
	if (changed) {
		buf_put_str(out, "Subject: ");
		words_put_text(out, span_trim(buf_span(&new)));
		buf_put_char(out, '\n');
	}
	buf_clear(&new);
	return changed;
}

bool prefix_put(struct arena *a, struct buf *out, struct span body, const char *mark, uint64_t number)
{
	struct buf decoded;
	bool put;

	if (mark[0] == '\0' || body.n > PREFIX_SUBJECT_MAX)
		return false;
	buf_init(&decoded, 4 * PREFIX_SUBJECT_MAX);
	words_decode(&decoded, span_str(header_unfold(a, body)));
	if (strstr(buf_str(&decoded), "=?"))
		put = put_undecoded(a, out, body, mark, number);
	else
		put = put_decoded(a, out, buf_span(&decoded), mark, number);
	buf_clear(&decoded);
	return put;
}
