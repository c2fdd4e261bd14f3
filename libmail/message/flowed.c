/* SPDX-License-Identifier: ISC */
/*
 * flowed - text/plain; format=flowed, RFC 3676.
 */
#include "message/flowed.h"

/* The next line without its end. */
static struct span take_line(struct span *text)
{
	struct span line = span_cut(text, '\n');

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static size_t quote_depth(struct span line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == '>')
		n++;
	return n;
}

static void put_quote(struct buf *out, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		buf_put_char(out, '>');
}

static bool is_signature(struct span line)
{
	return span_is(line, SPAN("-- "));
}

static struct span trim_right(struct span s)
{
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* What would be taken for a quotation, a stuffed line or mbox's line gets a blank in front, 4.4. Quotations always do.
 */
static bool is_stuffed(struct span line, size_t depth)
{
	return depth > 0 || (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '>')) || span_starts(line, SPAN("From "));
}

/* How much of the paragraph is its next line: to the last blank within `room`, else to the first behind it. */
static size_t line_length(struct span text, size_t room)
{
	size_t n = 0, end;

	if (text.n <= room)
		return text.n;
	for (size_t i = 0; i < text.n && (i < room || (n == 0 && i < FLOWED_LINE_MAX)); i++)
		if (text.p[i] == ' ' && i + 1 < text.n && text.p[i + 1] != ' ')
			n = i + 1;
	end = n > 0 ? n : text.n;
	if (end <= FLOWED_LINE_MAX - FLOWED_QUOTE_MAX - 2)
		return end;
	/* A word that no line can hold; UTF-8 is cut between characters. */
	for (end = FLOWED_LINE_MAX - FLOWED_QUOTE_MAX - 2; end > 0 && (text.p[end] & 0xc0) == 0x80; end--)
		;
	return end > 0 ? end : FLOWED_LINE_MAX - FLOWED_QUOTE_MAX - 2;
}

static void put_paragraph(struct buf *out, struct span text, size_t depth)
{
	do {
		size_t n = line_length(text, FLOWED_WIDTH > depth + 1 ? FLOWED_WIDTH - depth - 1 : 1);

		put_quote(out, depth);
		if (is_stuffed(text, depth) && text.n > 0)
			buf_put_char(out, ' ');
		buf_put(out, text.p, n);
		buf_put_char(out, '\n');
		text = span_from(text, n);
	} while (text.n > 0);
}

void flowed_put(struct buf *out, struct span text)
{
	while (text.n > 0) {
		struct span line = take_line(&text);
		size_t depth = quote_depth(line);

		depth = depth < FLOWED_QUOTE_MAX ? depth : FLOWED_QUOTE_MAX;
		line = span_from(line, depth);
		if (depth > 0 && line.n > 0 && line.p[0] == ' ')
			line = span_from(line, 1);
		if (is_signature(line)) {
			put_quote(out, depth);
			buf_put_str(out, depth > 0 ? " -- \n" : "-- \n");
			continue;
		}
		put_paragraph(out, trim_right(line), depth);
	}
}

void flowed_parse(struct buf *out, struct span text, bool delsp)
{
	size_t open_depth = 0;
	bool open = false; /* the last line goes on */

	while (text.n > 0) {
		struct span line = take_line(&text);
		size_t depth = quote_depth(line);
		bool flows;

		line = span_from(line, depth);
		if (line.n > 0 && line.p[0] == ' ')
			line = span_from(line, 1);
		flows = line.n > 0 && line.p[line.n - 1] == ' ' && !is_signature(line);
		/* A change of depth, and a signature, end a paragraph whatever it said, 4.5. */
		if (open && (depth != open_depth || is_signature(line))) {
			buf_put_char(out, '\n');
			open = false;
		}
		if (!open) {
			put_quote(out, depth);
			if (depth > 0)
				buf_put_char(out, ' ');
		}
		if (flows && delsp)
			line.n--;
		buf_put_span(out, line);
		if (!flows)
			buf_put_char(out, '\n');
		open = flows;
		open_depth = depth;
	}
	if (open)
		buf_put_char(out, '\n');
}
