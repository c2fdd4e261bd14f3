/* SPDX-License-Identifier: ISC */
/*
 * mime - the structure of a message, streaming.
 *
 * Content passes in pieces as large as it came; only a line end, and behind it a line that begins with "--", is held
 * back until it is known whether that is a boundary. Where no multipart is open nothing is.
 */
#include "message/mime.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/linescan.h"

enum state {
	HEADER,
	HEADER_REST, /* of a header over the limit */
	LEAF,
	BETWEEN,
	REST, /* beyond MIME_PARTS: one leaf to the end, no boundary counts */
};

/* FNV-1a: tells boundaries apart before they are compared. */
static uint32_t hash(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

static bool in_header(const struct mime *m)
{
	return m->state == HEADER || m->state == HEADER_REST;
}

static struct mime_level *top(struct mime *m)
{
	return m->levels[m->depth];
}

static void count(struct mime *m, struct span piece)
{
	struct linescan lines = { 0 };

	if (piece.n == 0)
		return;
	linescan_count(piece, m->last, &lines);
	m->place.at += piece.n;
	m->place.lines += lines.lines;
	m->place.bare += lines.bare;
	m->last = piece.p[piece.n - 1];
}

static struct mime_level *level_at(struct mime *m, size_t depth)
{
	for (; m->nlevels <= depth; m->nlevels++) {
		m->levels[m->nlevels] = arena_heap(sizeof(*m->levels[0]));
		m->levels[m->nlevels]->arena = (struct arena){ 0 };
	}
	return m->levels[depth];
}

static struct arena *arena_of(struct mime *m, struct mime_level *level)
{
	return m->arena ? m->arena : &level->arena;
}

static void begin_part(struct mime *m, unsigned problems)
{
	struct mime_part *part = &top(m)->part;

	part->body = m->place;
	part->problems |= problems | part->entity.problems;
	if (part->problems & MIME_OPAQUE)
		part->entity.kind = ENTITY_LEAF;
	if (m->events->begin)
		m->events->begin(m->context, part, buf_span(&m->header));
}

/* A part at this place, one level down from the one at hand. */
static void open_part(struct mime *m, size_t depth)
{
	struct mime_level *level = level_at(m, depth);
	struct arena *arena = arena_of(m, level);

	if (!m->arena)
		arena_reset(arena);
	m->depth = depth;
	level->closed = false;
	level->children = 0;
	level->part = (struct mime_part){
		.parent = depth > 0 ? &m->levels[depth - 1]->part : NULL,
		.number = m->parts++,
		.index = depth > 0 ? m->levels[depth - 1]->children++ : 0,
		.depth = depth,
		.header = m->place,
	};
	buf_reset(&m->header);
	m->line_length = m->line_at = 0;
	m->fresh = true;
	m->state = HEADER;
	if (m->parts < m->limits.parts)
		return;
	entity_parse(arena, span_of(NULL, 0), false, &level->part.entity);
	begin_part(m, MIME_PARTS);
	m->state = REST;
}

/* What the header says decides what comes. */
static void enter(struct mime *m)
{
	struct mime_level *level = top(m);

	m->fresh = true;
	switch (level->part.entity.kind) {
	case ENTITY_LEAF:
		m->state = LEAF;
		break;
	case ENTITY_MULTIPART:
		m->state = BETWEEN;
		level->hash = hash(level->part.entity.boundary);
		m->armed++;
		break;
	case ENTITY_MESSAGE:
		open_part(m, m->depth + 1);
		break;
	}
}

/* The header is complete, broken off by a boundary, or too long. */
static void end_header(struct mime *m, unsigned problems)
{
	struct mime_part *part = &top(m)->part;
	bool digest = part->parent && part->parent->entity.digest;

	entity_parse(arena_of(m, top(m)), buf_span(&m->header), digest, &part->entity);
	if (part->entity.kind != ENTITY_LEAF && m->depth >= m->limits.depth)
		problems |= MIME_DEPTH;
	begin_part(m, problems);
	if (problems & MIME_HEADER_LONG)
		m->state = HEADER_REST;
	else
		enter(m);
}

static void pass_header_rest(struct mime *m, struct span piece)
{
	if (m->events->header_rest && piece.n > 0)
		m->events->header_rest(m->context, &top(m)->part, piece);
}

/* More than we hold: whole lines of it are the header, the line at hand is the first of the rest. */
static void give_up_header(struct mime *m)
{
	struct span line = span_from(buf_span(&m->header), m->line_at);

	m->headers += line.n;
	m->header.n = m->line_at;
	end_header(m, MIME_HEADER_LONG);
	pass_header_rest(m, line);
}

/* Is there room for the piece? Else the header is given up. */
static bool keep_header(struct mime *m, struct span piece)
{
	if (piece.n <= m->headers)
		buf_put_span(&m->header, piece);
	if (piece.n > m->headers || m->header.overflow) {
		give_up_header(m);
		return false;
	}
	m->headers -= piece.n;
	return true;
}

/* A piece of a header that ends with an LF, or has none. */
static void take_header(struct mime *m, struct span piece)
{
	bool ends = piece.p[piece.n - 1] == '\n';
	bool empty = ends && (m->line_length + piece.n == 1 ||
			      (m->line_length + piece.n == 2 && (piece.n == 2 ? piece.p[0] : m->last) == '\r'));

	count(m, piece);
	m->line_length = ends ? 0 : m->line_length + piece.n;
	if (m->state == HEADER && keep_header(m, piece)) {
		if (empty)
			end_header(m, 0);
		else if (ends)
			m->line_at = m->header.n;
		return;
	}
	pass_header_rest(m, piece);
	if (!empty)
		return;
	top(m)->part.body = m->place;
	m->state = LEAF;
	m->fresh = true;
}

/* Content, or what is between: counted already. */
static void deliver(struct mime *m, struct span piece)
{
	if (piece.n == 0)
		return;
	if (m->state == BETWEEN) {
		if (m->events->between)
			m->events->between(m->context, piece);
	} else if (m->events->content) {
		m->events->content(m->context, &top(m)->part, piece);
	}
}

/* Bytes that are no boundary. */
static void pass(struct mime *m, struct span piece)
{
	if (piece.n == 0)
		return;
	if (in_header(m)) {
		take_header(m, piece);
		return;
	}
	count(m, piece);
	deliver(m, piece);
}

static void end_part(struct mime *m)
{
	struct mime_level *level = top(m);
	struct mime_part *part = &level->part;

	if (part->entity.kind == ENTITY_MULTIPART) {
		part->problems |= (level->closed ? 0 : MIME_UNCLOSED) | (level->children ? 0 : MIME_EMPTY);
		m->armed -= !level->closed;
	}
	part->end = m->place;
	m->problems |= part->problems;
	if (m->events->end)
		m->events->end(m->context, part);
}

/* A header that is at hand is all there is of it. */
static void cut_header(struct mime *m)
{
	if (m->state == HEADER_REST) {
		top(m)->part.body = m->place;
		top(m)->part.problems |= MIME_HEADER_CUT;
		m->state = LEAF;
	}
	while (m->state == HEADER)
		end_header(m, MIME_HEADER_CUT);
}

/* End all parts deeper than that. */
static void close_to(struct mime *m, size_t depth)
{
	cut_header(m);
	for (; m->depth > depth; m->depth--)
		end_part(m);
	m->state = BETWEEN;
}

/* Without blanks and line end behind it. */
static struct span trim_right(struct span s)
{
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r' || s.p[s.n - 1] == '\n'))
		s.n--;
	return s;
}

/* The innermost level whose boundary the text is; -1: none. */
static int find_level(const struct mime *m, struct span text)
{
	uint32_t h = hash(text);

	if (text.n == 0 || text.n > ENTITY_BOUNDARY_MAX)
		return -1;
	for (size_t i = m->depth + 1; i-- > 0;) {
		const struct mime_level *level = m->levels[i];

		if (level->part.entity.kind == ENTITY_MULTIPART && !level->closed && level->hash == h &&
		    span_is(level->part.entity.boundary, text))
			return (int)i;
	}
	return -1;
}

/* Is the line, which begins with "--", a boundary? 1 yes, 2 the closing one; 0 no. *level is whose. */
static int match(struct mime *m, struct span line, int *level)
{
	struct span text = trim_right(span_from(line, 2));
	int closing = -1;

	*level = find_level(m, text);
	if (text.n > 2 && text.p[text.n - 1] == '-' && text.p[text.n - 2] == '-')
		closing = find_level(m, span_of(text.p, text.n - 2));
	if (closing > *level) {
		*level = closing;
		return 2;
	}
	return *level >= 0;
}

/* How long the line end at the front, or at the end, of s is. */
static size_t line_end_front(struct span s)
{
	if (s.n > 0 && s.p[0] == '\n')
		return 1;
	return s.n > 1 && s.p[0] == '\r' && s.p[1] == '\n' ? 2 : 0;
}

static size_t line_end_back(struct span s)
{
	if (s.n == 0 || s.p[s.n - 1] != '\n')
		return 0;
	return s.n > 1 && s.p[s.n - 2] == '\r' ? 2 : 1;
}

/* Pass on what is held but the last octets. */
static void release_all_but(struct mime *m, size_t end)
{
	size_t n = m->held.n - end;

	pass(m, span_of(m->held.p, n));
	buf_consume(&m->held, n);
}

static bool ends_with_cr(struct span s)
{
	return s.n > 0 && s.p[s.n - 1] == '\r';
}

/* What is held is no boundary. A line end at its end, or half of one, may stand before one. */
static void release(struct mime *m)
{
	struct span held = buf_span(&m->held);
	size_t end = line_end_back(held);

	release_all_but(m, in_header(m) ? 0 : end > 0 ? end : ends_with_cr(held));
}

/* A line that began with "--" is complete; `at` is where it begins in what is held. */
static void judge_line(struct mime *m, size_t at)
{
	struct span held = buf_span(&m->held);
	int level, kind = match(m, span_from(held, at), &level);

	if (kind == 0)
		return;
	close_to(m, (size_t)level);
	if (kind == 1) {
		pass(m, held);
		buf_reset(&m->held);
		open_part(m, m->depth + 1);
		return;
	}
	/* The line end behind it may stand before a boundary further out. */
	release(m);
	top(m)->closed = true;
	m->armed--;
}

/* The line is too long to be a boundary: what is held is passed on, and what follows as if it did not begin a line. */
static size_t give_up_line(struct mime *m, struct span piece)
{
	if (!in_header(m)) {
		release_all_but(m, ends_with_cr(buf_span(&m->held)));
		return 0;
	}
	release_all_but(m, 0);
	pass(m, piece);
	return piece.n;
}

/* Hold bytes of a line that begins with a hyphen: returns how many were taken. */
static size_t hold_line(struct mime *m, size_t at, struct span piece)
{
	size_t lf = span_find(piece, '\n');
	size_t n = lf < piece.n ? lf + 1 : lf;
	struct span line;

	if (m->held.n + n > MIME_HELD_MAX)
		return give_up_line(m, span_of(piece.p, n));
	buf_put(&m->held, piece.p, n);
	line = span_from(buf_span(&m->held), at);
	if (line.n > 1 && line.p[1] != '-')
		release(m);
	else if (lf < piece.n) {
		if (line.n > 2)
			judge_line(m, at);
		if (m->held.n > 0)
			release(m);
	}
	return n;
}

/* Something is held, or a line begins with a hyphen: returns how much of the piece was taken. */
static size_t hold(struct mime *m, struct span piece)
{
	struct span held = buf_span(&m->held);
	size_t at = line_end_front(held);

	if (at < held.n && held.p[at] == '-')
		return hold_line(m, at, piece);
	m->fresh = false;
	if (held.n > 0 && at == 0 && piece.p[0] == '\n') {
		/* The CR that ended the last piece, and its LF. */
		buf_put_char(&m->held, '\n');
		return 1;
	}
	if (piece.p[0] == '-' && (held.n == 0 || at > 0))
		return hold_line(m, at, piece);
	pass(m, held);
	buf_reset(&m->held);
	return 0;
}

/* Content with boundaries in it: up to the next line that begins with a hyphen, or the line end at the end. */
static size_t scan(struct mime *m, struct span piece)
{
	struct linescan lines = { 0 };
	size_t n = linescan_find(piece, '-', m->last, &lines);
	size_t end = line_end_back(span_of(piece.p, n));

	if (n == piece.n && end == 0 && ends_with_cr(piece))
		end = 1;
	else if (end > 0) {
		lines.lines--;
		lines.bare -= end == 1;
	}
	m->place.at += n - end;
	m->place.lines += lines.lines;
	m->place.bare += lines.bare;
	if (n > end)
		m->last = piece.p[n - end - 1];
	deliver(m, span_of(piece.p, n - end));
	buf_put(&m->held, piece.p + n - end, end);
	return n;
}

/* A line of a header, or the beginning of one. */
static size_t feed_header(struct mime *m, struct span piece)
{
	size_t lf = span_find(piece, '\n');
	size_t n = lf < piece.n ? lf + 1 : lf;

	if (m->armed > 0 && (m->held.n > 0 || (m->line_length == 0 && piece.p[0] == '-')))
		return hold(m, piece);
	m->fresh = false;
	take_header(m, span_of(piece.p, n));
	return n;
}

static size_t feed_body(struct mime *m, struct span piece)
{
	if (m->armed == 0 || m->state == REST) {
		pass(m, buf_span(&m->held));
		buf_reset(&m->held);
		pass(m, piece);
		return piece.n;
	}
	if (m->held.n > 0 || (m->fresh && piece.p[0] == '-'))
		return hold(m, piece);
	m->fresh = false;
	return scan(m, piece);
}

void mime_feed(struct mime *m, struct span piece)
{
	while (piece.n > 0)
		piece = span_from(piece, in_header(m) ? feed_header(m, piece) : feed_body(m, piece));
}

void mime_end(struct mime *m)
{
	struct span held = buf_span(&m->held);
	size_t at = line_end_front(held);

	if (held.n > at + 2 && span_starts(span_from(held, at), SPAN("--")))
		judge_line(m, at);
	pass(m, buf_span(&m->held));
	buf_reset(&m->held);
	cut_header(m);
	close_to(m, 0);
	end_part(m);
}

void mime_restart(struct mime *m)
{
	m->parts = m->armed = 0;
	m->headers = m->limits.headers;
	m->problems = 0;
	m->place = (struct mime_place){ 0 };
	m->last = '\0';
	buf_reset(&m->held);
	open_part(m, 0);
}

void mime_init(struct mime *m, const struct mime_limits *limits, struct arena *arena, const struct mime_events *events,
	       void *context)
{
	static const struct mime_limits usual = { 0 };

	m->events = events;
	m->context = context;
	m->arena = arena;
	m->nlevels = 0;
	m->limits = limits ? *limits : usual;
	if (m->limits.depth == 0 || m->limits.depth > MIME_DEPTH_MAX)
		m->limits.depth = MIME_DEPTH_MAX;
	if (m->limits.parts == 0)
		m->limits.parts = MIME_PARTS_MAX;
	if (m->limits.header == 0)
		m->limits.header = MIME_HEADER_MAX;
	if (m->limits.headers == 0)
		m->limits.headers = MIME_HEADERS_MAX;
	buf_init(&m->held, MIME_HELD_MAX + 4);
	buf_init(&m->header, m->limits.header);
	mime_restart(m);
}

void mime_clear(struct mime *m)
{
	while (m->nlevels > 0) {
		struct mime_level *level = m->levels[--m->nlevels];

		arena_clear(&level->arena);
		free(level);
	}
	buf_clear(&m->held);
	buf_clear(&m->header);
}

void mime_put_section(struct buf *out, const struct mime_part *part)
{
	size_t numbers[2 * MIME_DEPTH_MAX + 2], n = 0;

	for (; part; part = part->parent) {
		if (part->parent && part->parent->entity.kind == ENTITY_MULTIPART)
			numbers[n++] = part->index + 1;
		else if (part->entity.kind != ENTITY_MULTIPART)
			numbers[n++] = 1;
	}
	while (n-- > 0)
		buf_printf(out, "%zu%s", numbers[n], n > 0 ? "." : "");
}
