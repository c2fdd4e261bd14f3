/* SPDX-License-Identifier: ISC */
/*
 * crlf - LF lines to CR LF lines.
 */
#include "message/crlf.h"

#include <string.h>

#include "base/linescan.h"

enum { SMALL = 4096 };

/* At `to` there is room for all of it. Returns the end of what was put. */
static char *convert(char *to, struct span s, char last)
{
	while (s.n > 0) {
		const char *lf = memchr(s.p, '\n', s.n);
		size_t line = lf ? (size_t)(lf - s.p) : s.n;

		memcpy(to, s.p, line);
		to += line;
		if (!lf)
			break;
		if ((line > 0 ? s.p[line - 1] : last) != '\r')
			*to++ = '\r';
		*to++ = last = '\n';
		s = span_from(s, line + 1);
	}
	return to;
}

static void hide_nul(char *p, size_t n)
{
	for (char *end = p + n; p < end && (p = memchr(p, '\0', (size_t)(end - p)));)
		*p++ = CRLF_NUL;
}

/* All of it is in the window, and to count its lines first would take as long as to convert it. */
static void feed_small(struct crlf *c, struct span piece, struct buf *out)
{
	char *from = buf_room(out, 2 * piece.n);
	size_t n;

	if (!from)
		return;
	n = (size_t)(convert(from, piece, c->last) - from);
	if (c->hides_nul)
		hide_nul(from, n);
	buf_added(out, n);
	c->left -= n;
	c->last = piece.p[piece.n - 1];
}

void crlf_feed(struct crlf *c, struct span piece, struct buf *out)
{
	struct linescan lines = { 0 };
	char *from;
	size_t n;

	if (piece.n == 0 || c->left == 0)
		return;
	if (piece.n <= SMALL && !c->as_is && c->skip == 0 && c->left >= 2 * piece.n) {
		feed_small(c, piece, out);
		return;
	}
	if (!c->as_is)
		linescan_count(piece, c->last, &lines);
	n = piece.n + (size_t)lines.bare;
	if (c->skip < n) {
		from = buf_room(out, n);
		if (!from)
			return;
		if (lines.bare == 0)
			memcpy(from, piece.p, n);
		else
			convert(from, piece, c->last);
		n -= (size_t)c->skip;
		if (c->skip > 0)
			memmove(from, from + c->skip, n);
		n = n < c->left ? n : (size_t)c->left;
		if (c->hides_nul)
			hide_nul(from, n);
		buf_added(out, n);
		c->left -= n;
		c->skip = 0;
	} else {
		c->skip -= n;
	}
	c->last = piece.p[piece.n - 1];
}
