/* SPDX-License-Identifier: ISC */
/*
 * prose - the text of a message as HTML.
 *
 * One pass over the lines; what is open is told by two numbers, the depth of quotation and the kind of block. Only
 * where a quotation begins its end is looked for, to know whether it is long: each line is met twice at most.
 */
#include "message/prose.h"

#include <stdbool.h>

#include "message/markup.h"

/* ---- within a line ---- */

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Could c stand in front of an address's "@", or in its domain? */
static bool is_local(char c)
{
	return is_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool is_domain(char c)
{
	return is_alnum(c) || c == '.' || c == '-';
}

static bool is_at(struct span s, size_t i)
{
	return s.p[i] == '@' && i > 0 && i + 1 < s.n && is_local(s.p[i - 1]) && is_alnum(s.p[i + 1]);
}

/* The next piece up to an address's "@", which is then hidden, into `put`. */
static void obscure(struct buf *out, struct span s, enum prose_addresses addresses,
		    void (*put)(struct buf *out, struct span text))
{
	size_t from = 0;

	for (size_t i = 0; i < s.n && addresses != PROSE_SHOWN; i++) {
		if (!is_at(s, i))
			continue;
		put(out, span_of(s.p + from, i - from));
		put(out, addresses == PROSE_AT ? SPAN(" at ") : SPAN("@\xe2\x80\xa6"));
		from = i + 1;
		while (addresses == PROSE_HIDDEN && from < s.n && is_domain(s.p[from]))
			from++;
		i = from - 1;
	}
	put(out, span_from(s, from));
}

void prose_put_line(struct buf *out, struct span text, enum prose_addresses addresses)
{
	obscure(out, text, addresses, markup_put);
}

void prose_obscure(struct buf *out, struct span text, enum prose_addresses addresses)
{
	obscure(out, text, addresses, buf_put_span);
}

static void put_text(struct buf *out, struct span text, enum prose_addresses addresses)
{
	obscure(out, text, addresses, markup_put_lines);
}

/* Octets of the URL at the front of s, ASCII as RFC 3986 has it, without what is rather the sentence's; 0: none. */
static size_t url_length(struct span s)
{
	size_t scheme = span_starts_nocase(s, SPAN("https://")) ? 8 : span_starts_nocase(s, SPAN("http://")) ? 7 : 0;
	size_t n = scheme, open = 0, closed = 0;

	if (scheme == 0 || scheme == s.n || !is_alnum(s.p[scheme]))
		return 0;
	for (; n < s.n && s.p[n] > ' ' && s.p[n] < 0x7f && !strchr("<>\"`", s.p[n]); n++) {
		open += s.p[n] == '(';
		closed += s.p[n] == ')';
	}
	for (; n > scheme && (strchr(".,;:!?'*_]}", s.p[n - 1]) || (s.p[n - 1] == ')' && closed > open)); n--)
		closed -= s.p[n - 1] == ')';
	return n;
}

static void put_link(struct buf *out, struct span url, enum prose_addresses addresses)
{
	if (url.n > PROSE_URL_MAX) {
		put_text(out, url, addresses);
		return;
	}
	buf_put_str(out, "<a href=\"");
	markup_put_url(out, url);
	buf_put_str(out, "\" rel=\"nofollow noopener\">");
	put_text(out, url, addresses);
	buf_put_str(out, "</a>");
}

static void put_inline(struct buf *out, struct span line, enum prose_addresses addresses)
{
	size_t from = 0;

	for (size_t i = 0; i < line.n; i++) {
		size_t n = (line.p[i] | 0x20) == 'h' && (i == 0 || !is_alnum(line.p[i - 1]))
				   ? url_length(span_from(line, i))
				   : 0;

		if (n == 0)
			continue;
		put_text(out, span_of(line.p + from, i - from), addresses);
		put_link(out, span_of(line.p + i, n), addresses);
		from = i + n;
		i = from - 1;
	}
	put_text(out, span_from(line, from), addresses);
}

/* ---- lines ---- */

enum block { BLOCK_NONE, BLOCK_TEXT, BLOCK_COLUMNS };

struct prose {
	struct buf *out;
	enum prose_addresses addresses;
	unsigned depth; /* blockquotes that are open */
	bool folded;	/* a <details> around them */
	enum block block;
	bool is_patch; /* from here on */
	bool is_signature;
	unsigned gap; /* empty lines in front of this one */
};

/* How deep a line is quoted; the marks and the blank behind them are cut off. "> > x" and ">> x" are the same. */
static unsigned take_marks(struct span *line)
{
	struct span s = *line;
	unsigned depth = 0;

	while (s.n > 0 && s.p[0] == '>' && depth < PROSE_DEPTH_MAX) {
		depth++;
		s = span_from(s, 1);
		if (s.n > 0 && s.p[0] == ' ')
			s = span_from(s, 1);
	}
	if (depth > 0)
		*line = s;
	return depth;
}

/* Lines of the quotation at the front of `rest`. */
static size_t quotation_lines(struct span rest)
{
	size_t n = 0;

	while (rest.n > 0 && rest.p[0] == '>') {
		span_cut(&rest, '\n');
		n++;
	}
	return n;
}

static bool is_patch_head(struct span line)
{
	return span_starts(line, SPAN("diff --git ")) || span_starts(line, SPAN("Index: ")) ||
	       span_starts(line, SPAN("@@ -"));
}

/* Is it set in columns? Blanks behind the end of a sentence do not count, nor do those at the front. */
static bool is_columns(struct span line)
{
	size_t i = 0;

	if (line.n > 0 && line.p[0] == '\t')
		return true;
	while (i < line.n && line.p[i] == ' ')
		i++;
	if (i >= 4 && i < line.n)
		return true;
	for (; i + 2 < line.n; i++)
		if (line.p[i] == '\t' || (line.p[i] == ' ' && line.p[i + 1] == ' ' && line.p[i + 2] == ' '))
			return true;
	return false;
}

static void end_block(struct prose *p)
{
	static const char *const ends[] = { [BLOCK_NONE] = "", [BLOCK_TEXT] = "</p>\n", [BLOCK_COLUMNS] = "</pre>\n" };

	buf_put_str(p->out, ends[p->block]);
	p->block = BLOCK_NONE;
}

static void begin_block(struct prose *p, enum block block)
{
	buf_put_str(p->out, block == BLOCK_TEXT ? "<p dir=\"auto\">" : "<pre dir=\"auto\">");
	p->block = block;
}

static void fold(struct prose *p, size_t lines)
{
	if (lines < PROSE_FOLD)
		return;
	buf_printf(p->out, "<details class=\"quoted\"><summary>%zu quoted lines</summary>\n", lines);
	p->folded = true;
}

static void set_depth(struct prose *p, unsigned depth, size_t lines)
{
	if (depth == p->depth)
		return;
	end_block(p);
	if (p->depth == 0)
		fold(p, lines);
	while (p->depth < depth)
		buf_printf(p->out, "<blockquote class=\"q%u\">\n", ++p->depth);
	for (; p->depth > depth; p->depth--)
		buf_put_str(p->out, "</blockquote>\n");
	if (depth == 0 && p->folded) {
		buf_put_str(p->out, "</details>\n");
		p->folded = false;
	}
	p->is_patch = false;
	p->gap = 0;
}

static void put_line(struct prose *p, struct span line)
{
	enum block block;

	p->is_patch = p->is_patch || is_patch_head(line);
	block = p->is_patch || is_columns(line) ? BLOCK_COLUMNS : BLOCK_TEXT;
	/* A line without columns within a table is the table's. */
	if (p->block == BLOCK_COLUMNS && p->gap == 0)
		block = BLOCK_COLUMNS;
	if (p->block != block || (p->gap > 0 && block == BLOCK_TEXT)) {
		end_block(p);
		begin_block(p, block);
	} else {
		buf_put_char(p->out, '\n');
		for (; p->gap > 0; p->gap--)
			buf_put_char(p->out, '\n');
	}
	p->gap = 0;
	put_inline(p->out, line, p->addresses);
}

static void begin_signature(struct prose *p)
{
	end_block(p);
	buf_put_str(p->out, "<div class=\"sig\">\n");
	p->is_signature = true;
	p->is_patch = false;
}

static bool is_blank(struct span line)
{
	return span_trim(line).n == 0;
}

static void take_line(struct prose *p, struct span line, size_t lines)
{
	struct span text = line;
	unsigned depth = take_marks(&text);

	set_depth(p, depth, lines);
	if (depth == 0 && !p->is_signature && span_is(line, SPAN("-- ")))
		begin_signature(p);
	else if (is_blank(text))
		p->gap++;
	else
		put_line(p, text);
}

void prose_put(struct buf *out, struct span text, enum prose_addresses addresses)
{
	struct prose p = { .out = out, .addresses = addresses };

	while (text.n > 0) {
		size_t lines = p.depth == 0 ? quotation_lines(text) : 0;

		take_line(&p, span_cut(&text, '\n'), lines);
	}
	set_depth(&p, 0, 0);
	end_block(&p);
	if (p.is_signature)
		buf_put_str(out, "</div>\n");
}
