/* SPDX-License-Identifier: ISC */
/*
 * msgid - Message-ID values, RFC 5322 3.6.4.
 */
#include "message/msgid.h"

#include <string.h>

#include "base/utf8.h"

enum { PART_MAX = 255 };

static bool is_atext(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* A dot-atom whatever the text is: a dot must stand between two other characters. */
static void put_part(struct buf *out, const char *text)
{
	size_t n = strnlen(text, PART_MAX);

	if (n == 0)
		buf_put_str(out, "unknown");
	for (size_t i = 0; i < n; i++) {
		bool dot = text[i] == '.' && i > 0 && i + 1 < n && text[i - 1] != '.';

		buf_put_char(out, dot || is_atext(text[i]) ? text[i] : '_');
	}
}

void msgid_put(struct buf *out, const char *id, const char *host)
{
	buf_put_char(out, '<');
	put_part(out, id);
	buf_put_char(out, '@');
	put_part(out, host);
	buf_put_char(out, '>');
}

bool msgid_is_valid(struct span s)
{
	size_t at;

	if (s.n < 5 || s.n > MSGID_MAX || s.p[0] != '<' || s.p[s.n - 1] != '>')
		return false;
	s = span_of(s.p + 1, s.n - 2);
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f || s.p[i] == '<' || s.p[i] == '>')
			return false;
	at = span_find_last(s, '@');
	return at > 0 && at + 1 < s.n && utf8_is_valid(s);
}

int msgid_next(struct span *rest, struct span *out)
{
	while (rest->n) {
		struct span s;
		size_t end;

		*rest = span_from(*rest, span_find(*rest, '<'));
		end = span_find(*rest, '>');
		if (end == rest->n)
			break;
		/* The last "<" before the ">" begins it: what an unclosed one began is no id. */
		s = span_of(rest->p, end + 1);
		s = span_from(s, span_find_last(s, '<'));
		*rest = span_from(*rest, end + 1);
		if (msgid_is_valid(s)) {
			*out = s;
			return 1;
		}
	}
	*rest = span_from(*rest, rest->n);
	return 0;
}
