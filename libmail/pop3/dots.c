/* SPDX-License-Identifier: ISC */
/*
 * dots - a stored message as a multi-line response.
 *
 * Line ends are found with memchr(3) and lines copied whole. Bare CRs are so rare that one look at the piece decides
 * whether each line must be looked through for them.
 */
#include "pop3/dots.h"

#include <string.h>

void dots_init(struct dots *d, uint64_t lines)
{
	*d = (struct dots){ .left = lines, .last = '\n', .is_empty_line = true };
}

/* A dot at the start of `text` would begin a line in somebody's eyes. */
static char *put_text(struct dots *d, char *to, struct span text)
{
	if (text.n == 0)
		return to;
	if (text.p[0] == '.' && (d->last == '\n' || d->last == '\r'))
		*to++ = '.';
	memcpy(to, text.p, text.n);
	d->last = text.p[text.n - 1];
	d->octets += text.n;
	return to + text.n;
}

/* Text with a CR somewhere: each ends what may be a line. */
static char *put_text_with_cr(struct dots *d, char *to, struct span text)
{
	while (text.n) {
		size_t cr = span_find(text, '\r');
		struct span part = span_of(text.p, cr < text.n ? cr + 1 : text.n);

		to = put_text(d, to, part);
		text = span_from(text, part.n);
	}
	return to;
}

static char *put_line_end(struct dots *d, char *to)
{
	if (d->last != '\r') {
		*to++ = '\r';
		d->octets++;
	}
	*to++ = '\n';
	d->octets++;
	d->last = '\n';
	return to;
}

/* For TOP: a line has ended. The empty line behind the header is the header's. */
static void count_line(struct dots *d)
{
	if (!d->in_body) {
		d->in_body = d->is_empty_line;
		d->is_full = d->in_body && d->left == 0;
	} else if (--d->left == 0) {
		d->is_full = true;
	}
	d->is_empty_line = true;
}

/* Is the line still nothing but perhaps the CR of its end? */
static void look_at_text(struct dots *d, struct span text)
{
	if (text.n > 1 || (text.n == 1 && (text.p[0] != '\r' || d->last == '\r')))
		d->is_empty_line = false;
}

size_t dots_feed(struct dots *d, struct span piece, struct buf *out)
{
	bool has_cr = span_find(piece, '\r') < piece.n;
	char *from = piece.n ? buf_room(out, dots_room(piece.n)) : NULL, *to = from;
	struct span rest = piece;

	if (!from)
		return 0;
	while (rest.n && !d->is_full) {
		size_t line = span_find(rest, '\n');
		struct span text = span_of(rest.p, line);

		if (d->left != DOTS_ALL)
			look_at_text(d, text);
		to = has_cr ? put_text_with_cr(d, to, text) : put_text(d, to, text);
		if (line < rest.n) {
			to = put_line_end(d, to);
			if (d->left != DOTS_ALL)
				count_line(d);
		}
		rest = span_from(rest, line + 1);
	}
	buf_added(out, (size_t)(to - from));
	return piece.n - rest.n;
}

bool dots_is_full(const struct dots *d)
{
	return d->is_full;
}

void dots_end(struct dots *d, struct buf *out)
{
	if (d->last == '\r')
		buf_put_char(out, '\n');
	else if (d->last != '\n')
		buf_put_str(out, "\r\n");
	buf_put_str(out, ".\r\n");
	d->last = '\n';
}
