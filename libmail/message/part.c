/* SPDX-License-Identifier: ISC */
/*
 * part - the MIME structure of a message, streaming.
 *
 * Only lines that begin with "--" are held back until it is known whether they
 * are boundaries; all other content passes in pieces as large as it came. A
 * boundary is one only if nothing but blanks follows it on its line (RFC 2046 5.1.1), and closes
 * all that was opened inside.
 */
#include "message/part.h"

#include <string.h>

#include "message/header.h"

/* A NUL is one too: what repairs a header makes it a blank. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/* Behind blanks and comments. */
static struct span skip_blanks(struct span s)
{
	size_t depth = 0, i;

	for (i = 0; i < s.n && (depth > 0 || is_blank(s.p[i]) || s.p[i] == '('); i++) {
		if (s.p[i] == '\\' && depth > 0)
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')')
			depth--;
	}
	return span_from(s, i);
}

/* RFC 2045 5.1 token. */
static struct span take_token(struct span *s)
{
	struct span token = skip_blanks(*s);
	size_t n = 0;

	while (n < token.n && (unsigned char)token.p[n] > 0x20 && !strchr("()<>@,;:\\\"/[]?=", token.p[n]))
		n++;
	*s = span_from(token, n);
	return span_of(token.p, n);
}

static bool take_char(struct span *s, char c)
{
	*s = skip_blanks(*s);
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = span_from(*s, 1);
	return true;
}

/* A quoted string behind its first quote. Returns its length, of which at most max octets were put to *to. */
static size_t take_quoted(struct span *s, char *to, size_t max)
{
	size_t n = 0, i;

	for (i = 0; i < s->n && s->p[i] != '"'; i++) {
		if (s->p[i] == '\\' && i + 1 < s->n)
			i++;
		if (s->p[i] == '\r' || s->p[i] == '\n')
			continue;
		if (n < max)
			to[n] = s->p[i] ? s->p[i] : ' ';
		n++;
	}
	*s = span_from(*s, i + 1);
	return n;
}

/* The same for a value without quotes, also one that needs them. */
static size_t take_bare(struct span *s, char *to, size_t max)
{
	size_t n = 0;

	*s = skip_blanks(*s);
	while (n < s->n && s->p[n] != ';' && !is_blank(s->p[n])) {
		if (n < max)
			to[n] = s->p[n];
		n++;
	}
	*s = span_from(*s, n);
	return n;
}

/* The boundary among the parameters at s; a too long one counts as none. The last blank cannot be part of it. */
static void find_boundary(struct span s, struct part *out)
{
	while (take_char(&s, ';') || s.n) {
		struct span name = take_token(&s);
		char value[PART_BOUNDARY_MAX];
		size_t n;

		if (!take_char(&s, '=')) {
			s = span_from(s, name.n == 0);
			continue;
		}
		n = take_char(&s, '"') ? take_quoted(&s, value, sizeof(value)) : take_bare(&s, value, sizeof(value));
		if (!span_is_nocase(name, SPAN("boundary")))
			continue;
		while (n > 0 && n <= sizeof(value) && value[n - 1] == ' ')
			n--;
		out->boundary_length = n <= sizeof(value) ? n : 0;
		memcpy(out->boundary, value, out->boundary_length);
		return;
	}
}

static void parse_type(struct span body, struct part *out)
{
	struct span type = take_token(&body);
	struct span subtype = take_char(&body, '/') ? take_token(&body) : span_of(body.p, 0);

	if (subtype.n == 0)
		return;
	if (span_is_nocase(type, SPAN("multipart"))) {
		find_boundary(body, out);
		out->digest = span_is_nocase(subtype, SPAN("digest"));
		if (out->boundary_length > 0)
			out->type = PART_MULTIPART;
	}
	if (span_is_nocase(type, SPAN("message")) &&
	    (span_is_nocase(subtype, SPAN("rfc822")) || span_is_nocase(subtype, SPAN("global"))))
		out->type = PART_MESSAGE;
}

static enum part_encoding parse_encoding(struct span body)
{
	static const struct {
		const char *name;
		enum part_encoding encoding;
	} names[] = {
		{ "7bit", PART_IDENTITY },	 { "8bit", PART_IDENTITY }, { "binary", PART_IDENTITY },
		{ "quoted-printable", PART_QP }, { "base64", PART_BASE64 },
	};
	struct span token = take_token(&body);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(token, span_str(names[i].name)))
			return names[i].encoding;
	return PART_OTHER;
}

void part_parse(struct span header, bool digest, struct part *out)
{
	struct header_field field;

	memset(out, 0, sizeof(*out));
	if (header_find(header, SPAN("Content-Type"), &field))
		parse_type(field.body, out);
	else
		out->type = digest ? PART_MESSAGE : PART_LEAF;
	if (header_find(header, SPAN("Content-Transfer-Encoding"), &field))
		out->encoding = parse_encoding(field.body);
	/* Structure that is encoded (RFC 2045 6.4 forbids it) is not looked into. */
	if (out->encoding != PART_IDENTITY)
		out->type = PART_LEAF;
}

enum place { BETWEEN, HEADER, LEAF };

enum { LINE_HELD_MAX = 1000 /* octets of a line that begins with "--": a boundary and many blanks */ };

static void open_level(struct part_walk *w, const struct part *part)
{
	struct part_level *level = &w->levels[w->depth++];

	level->n = part->type == PART_MULTIPART ? part->boundary_length : 0;
	level->digest = part->digest;
	memcpy(level->boundary, part->boundary, level->n);
}

/* Go into what the part is; at the depth limit everything is a leaf. */
static void begin(struct part_walk *w, const struct part *part)
{
	if (part->type == PART_LEAF) {
		w->place = LEAF;
		return;
	}
	open_level(w, part);
	w->place = part->type == PART_MESSAGE ? HEADER : BETWEEN;
	buf_reset(&w->header);
}

static void limit_depth(const struct part_walk *w, struct part *part)
{
	if (w->depth == PART_DEPTH_MAX)
		part->type = PART_LEAF;
}

void part_walk_init(struct part_walk *w, const struct part *part, const struct part_events *events, void *context)
{
	w->events = events;
	w->context = context;
	w->depth = 0;
	w->leaf = 0;
	w->in_line = w->too_long = false;
	buf_init(&w->line, LINE_HELD_MAX);
	buf_init(&w->header, PART_HEADER_MAX);
	w->part = *part;
	begin(w, part);
}

static void end_leaf(struct part_walk *w)
{
	w->events->leaf_end(w->context, w->leaf++);
	w->place = BETWEEN;
}

/* The header of a part is complete, or broken off by a boundary. */
static void end_header(struct part_walk *w)
{
	bool in_message = w->depth > 0 && w->levels[w->depth - 1].n == 0;
	bool digest = w->depth > 0 && w->levels[w->depth - 1].digest;

	part_parse(buf_span(&w->header), digest, &w->part);
	w->part.message = in_message;
	limit_depth(w, &w->part);
	w->events->header(w->context, buf_span(&w->header), &w->part, w->leaf);
	begin(w, &w->part);
}

/* The header is longer than we hold: what there is of it and all behind it is a leaf of unknown encoding. */
static void give_up_header(struct part_walk *w)
{
	w->too_long = true;
	w->place = LEAF;
	w->events->content(w->context, buf_span(&w->header), w->leaf);
}

static void take_header(struct part_walk *w, struct span piece)
{
	bool empty_line = !w->in_line && piece.p[0] == '\n';

	buf_put_span(&w->header, piece);
	if (w->header.overflow) {
		give_up_header(w);
		w->events->content(w->context, piece, w->leaf);
	} else if (empty_line) {
		end_header(w);
	}
}

static void pass_on(struct part_walk *w, struct span piece)
{
	if (piece.n == 0)
		return;
	if (w->place == HEADER)
		take_header(w, piece);
	else if (w->place == LEAF)
		w->events->content(w->context, piece, w->leaf);
	else
		w->events->between(w->context, piece);
	w->in_line = piece.p[piece.n - 1] != '\n';
}

/* Is the line, without its end, a boundary of the level? 1 yes, 2 the closing one. */
static int match(struct span line, const struct part_level *level)
{
	int kind = 1;

	line = span_from(line, 2);
	if (level->n == 0 || !span_starts(line, span_of(level->boundary, level->n)))
		return 0;
	line = span_from(line, level->n);
	if (span_starts(line, SPAN("--"))) {
		kind = 2;
		line = span_from(line, 2);
	}
	return span_trim(line).n == 0 ? kind : 0;
}

static void close_open(struct part_walk *w)
{
	if (w->place == HEADER)
		end_header(w);
	if (w->place == LEAF)
		end_leaf(w);
}

/* A line that began with "--" is complete. */
static void judge_line(struct part_walk *w, struct span line)
{
	for (size_t i = w->depth; i-- > 0;) {
		int kind = match(line, &w->levels[i]);

		if (kind == 0)
			continue;
		close_open(w);
		w->depth = i + 2 - (size_t)kind;
		w->place = BETWEEN;
		pass_on(w, line);
		if (kind == 1)
			w->place = HEADER;
		buf_reset(&w->header);
		return;
	}
	pass_on(w, line);
}

/* At the start of a line: hold it back as long as it may be a boundary. Returns what was taken. */
static size_t hold_line(struct part_walk *w, struct span piece)
{
	size_t lf = span_find(piece, '\n');
	size_t n = lf < piece.n ? lf + 1 : lf;

	buf_put(&w->line, piece.p, n);
	if (w->line.overflow) {
		pass_on(w, buf_span(&w->line));
		pass_on(w, span_of(piece.p, n));
		buf_reset(&w->line);
		return n;
	}
	if (lf == piece.n && span_starts(SPAN("--"), span_of(w->line.p, w->line.n < 2 ? w->line.n : 2)))
		return n;
	if (span_starts(buf_span(&w->line), SPAN("--")))
		judge_line(w, buf_span(&w->line));
	else
		pass_on(w, buf_span(&w->line));
	buf_reset(&w->line);
	return n;
}

/* Length of the lines at the front of s up to one that begins with a hyphen; of one line in a header. */
static size_t plain_length(const struct part_walk *w, struct span s)
{
	size_t n = 0;

	if (w->depth == 0)
		return s.n;
	do {
		size_t line = span_find(span_from(s, n), '\n');

		n += line + (n + line < s.n);
	} while (n < s.n && s.p[n] != '-' && w->place != HEADER);
	return n;
}

void part_walk_feed(struct part_walk *w, struct span piece)
{
	while (piece.n) {
		size_t n;

		if (w->depth > 0 && !w->in_line && (w->line.n > 0 || piece.p[0] == '-')) {
			n = hold_line(w, piece);
		} else {
			n = plain_length(w, piece);
			pass_on(w, span_of(piece.p, n));
		}
		piece = span_from(piece, n);
	}
}

void part_walk_end(struct part_walk *w)
{
	struct span line = buf_span(&w->line);

	if (line.n > 0 && span_starts(line, SPAN("--")))
		judge_line(w, line);
	else
		pass_on(w, line);
	buf_reset(&w->line);
	close_open(w);
}

void part_walk_clear(struct part_walk *w)
{
	buf_clear(&w->line);
	buf_clear(&w->header);
}
