/* SPDX-License-Identifier: ISC */
/*
 * lines - line ends and transparency, streaming.
 *
 * One automaton reads every input; what differs between local input, DATA and
 * BDAT is a row of flags. Text between line ends is found with memchr(3) and
 * copied whole; single bytes are looked at only behind a CR and at the start of a line.
 */
#include "message/lines.h"

#include <string.h>

enum state {
	START, /* of a line, behind an end that counts: only here a dot is special */
	TEXT,
	CR,	/* one was read and not put */
	DOT,	/* one was read at the start and not put */
	DOT_CR, /* and then a CR, not put either */
	ENDED,
};

struct lines_mode {
	bool lf_is_end; /* a bare LF is as good a line end as CR LF */
	bool dot_ends;
	bool unstuff; /* a dot that begins a line is not put */
	bool stuff;   /* a second dot is put before it */
};

static const struct lines_mode local = { .lf_is_end = true };
static const struct lines_mode local_dot = { .lf_is_end = true, .dot_ends = true };
static const struct lines_mode smtp_in = { .dot_ends = true, .unstuff = true };
static const struct lines_mode bdat_in = { .lf_is_end = false };
static const struct lines_mode smtp_out = { .lf_is_end = true, .stuff = true };
static const struct lines_mode bdat_out = { .lf_is_end = true };

static void init(struct lines *l, const struct lines_mode *mode)
{
	*l = (struct lines){ .mode = mode, .state = START };
}

bool lines_is_ended(const struct lines *l)
{
	return l->state == ENDED;
}

/* Look for NUL and 8-bit bytes, eight at a time; a word with a NUL gets bit 7 set where the borrow starts. */
static void look_at_bytes(struct lines_facts *facts, const char *p, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	uint64_t eight = 0, nul = 0, word;

	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		eight |= word;
		nul |= (word - ones) & ~word;
	}
	word = ones;
	memcpy(&word, p, n);
	eight |= word;
	nul |= (word - ones) & ~word;
	facts->has_8bit |= (eight & highs) != 0;
	facts->has_nul |= (nul & highs) != 0;
}

/* n octets of text were added to the line. */
static void add_text(struct lines *l, size_t n)
{
	l->column += n;
	if (l->column > l->facts.longest)
		l->facts.longest = l->column;
}

static char *put_text(struct lines *l, char *to, const char *p, size_t n)
{
	memcpy(to, p, n);
	add_text(l, n);
	return to + n;
}

static char *put_char(struct lines *l, char *to, char c)
{
	add_text(l, 1);
	*to++ = c;
	return to;
}

static char *put_bare_cr(struct lines *l, char *to)
{
	l->facts.bare_cr++;
	return put_char(l, to, ' ');
}

static char *put_line_end(struct lines *l, char *to)
{
	l->column = 0;
	*to++ = '\n';
	return to;
}

/* A byte in any state but TEXT. *used says whether it was taken; if not, it is for the state that it led to. */
static char *in_step(struct lines *l, char *to, char c, bool *used)
{
	*used = true;
	if (l->state == START && c == '.' && (l->mode->dot_ends || l->mode->unstuff)) {
		l->state = DOT;
	} else if (l->state == CR && c == '\n') {
		l->state = START;
		to = put_line_end(l, to);
	} else if (l->state == DOT && c == '\r') {
		l->state = DOT_CR;
	} else if (c == '\n' && (l->state == DOT_CR || (l->state == DOT && l->mode->lf_is_end))) {
		l->state = ENDED;
	} else {
		*used = false;
		if ((l->state == DOT || l->state == DOT_CR) && !l->mode->unstuff)
			to = put_char(l, to, '.');
		if (l->state == CR || l->state == DOT_CR)
			to = put_bare_cr(l, to);
		l->state = TEXT;
	}
	return to;
}

/* What is up to the next line end or CR, and that. */
static char *in_text(struct lines *l, char *to, struct span *rest)
{
	size_t line = span_find(*rest, '\n');
	size_t cr = span_find(span_of(rest->p, line), '\r');

	to = put_text(l, to, rest->p, cr);
	if (cr < line && cr + 1 == line && line < rest->n) {
		to = put_line_end(l, to);
		l->state = START;
		cr = line;
	} else if (cr < line) {
		l->state = CR;
	} else if (line < rest->n) {
		l->facts.bare_lf++;
		to = put_line_end(l, to);
		l->state = l->mode->lf_is_end ? START : TEXT;
	}
	*rest = span_from(*rest, cr + 1);
	return to;
}

static void added(struct lines *l, struct buf *out, const char *from, const char *to)
{
	size_t n = (size_t)(to - from);

	look_at_bytes(&l->facts, from, n);
	l->facts.bytes += n;
	buf_added(out, n);
}

static size_t in_feed(struct lines *l, struct span piece, struct buf *out)
{
	struct span rest = piece;
	char *from, *to;
	bool used;

	if (piece.n == 0 || l->state == ENDED)
		return 0;
	from = to = buf_room(out, piece.n + LINES_ROOM);
	if (!from)
		return 0;
	while (rest.n && l->state != ENDED) {
		if (l->state == TEXT) {
			to = in_text(l, to, &rest);
			continue;
		}
		to = in_step(l, to, rest.p[0], &used);
		rest = span_from(rest, used);
	}
	added(l, out, from, to);
	return piece.n - rest.n;
}

/* Put what the state holds back, and end the line if there is one. */
static void in_end(struct lines *l, struct buf *out)
{
	char *from = l->state == ENDED ? NULL : buf_room(out, LINES_ROOM), *to = from;

	if (!from)
		return;
	if (l->state == CR)
		to = put_bare_cr(l, to);
	if (l->column > 0)
		to = put_line_end(l, to);
	l->state = l->state == DOT || l->state == DOT_CR ? ENDED : START;
	added(l, out, from, to);
}

void lines_in_init(struct lines *l, bool dot_ends)
{
	init(l, dot_ends ? &local_dot : &local);
}

size_t lines_in_feed(struct lines *l, struct span piece, struct buf *out)
{
	return in_feed(l, piece, out);
}

void lines_in_end(struct lines *l, struct buf *out)
{
	in_end(l, out);
}

void lines_smtp_in_init(struct lines *l)
{
	init(l, &smtp_in);
}

size_t lines_smtp_in_feed(struct lines *l, struct span piece, struct buf *out)
{
	return in_feed(l, piece, out);
}

void lines_bdat_in_init(struct lines *l)
{
	init(l, &bdat_in);
}

void lines_bdat_in_feed(struct lines *l, struct span piece, struct buf *out)
{
	in_feed(l, piece, out);
}

void lines_bdat_in_end(struct lines *l, struct buf *out)
{
	in_end(l, out);
}

static char *put_crlf(struct lines *l, char *to)
{
	l->column = 0;
	l->state = START;
	*to++ = '\r';
	*to++ = '\n';
	return to;
}

/* Text without a line end, with the dot that it may need. */
static char *out_text(struct lines *l, char *to, struct span text)
{
	if (l->state == START && text.n && text.p[0] == '.' && l->mode->stuff)
		*to++ = '.';
	if (text.n)
		l->state = TEXT;
	return put_text(l, to, text.p, text.n);
}

/* A piece of a line up to its CR, and the CR held back; or the whole line. */
static char *out_line(struct lines *l, char *to, struct span *rest, bool has_cr)
{
	size_t line = span_find(*rest, '\n');
	size_t cr = has_cr ? span_find(span_of(rest->p, line), '\r') : line;

	to = out_text(l, to, span_of(rest->p, cr));
	if (cr < line)
		l->state = CR;
	else if (line < rest->n)
		to = put_crlf(l, to);
	*rest = span_from(*rest, cr + 1);
	return to;
}

static void out_feed(struct lines *l, struct span rest, struct buf *out)
{
	/* What comes from a spool has no CR; then one look is enough for the whole piece. */
	bool has_cr = span_find(rest, '\r') < rest.n;
	char *from = rest.n ? buf_room(out, 2 * rest.n + LINES_ROOM) : NULL, *to = from;

	if (!from)
		return;
	while (rest.n) {
		if (l->state == CR && rest.p[0] != '\n')
			to = put_bare_cr(l, to);
		if (l->state == CR)
			l->state = TEXT;
		to = out_line(l, to, &rest, has_cr);
	}
	l->facts.bytes += (size_t)(to - from);
	buf_added(out, (size_t)(to - from));
}

static void out_end(struct lines *l, struct buf *out)
{
	char *from = l->state == START ? NULL : buf_room(out, LINES_ROOM), *to = from;

	if (!from)
		return;
	if (l->state == CR)
		to = put_bare_cr(l, to);
	to = put_crlf(l, to);
	l->facts.bytes += (size_t)(to - from);
	buf_added(out, (size_t)(to - from));
}

void lines_smtp_out_init(struct lines *l)
{
	init(l, &smtp_out);
}

void lines_smtp_out_feed(struct lines *l, struct span piece, struct buf *out)
{
	out_feed(l, piece, out);
}

void lines_smtp_out_end(struct lines *l, struct buf *out)
{
	out_end(l, out);
}

void lines_bdat_out_init(struct lines *l)
{
	init(l, &bdat_out);
}

void lines_bdat_out_feed(struct lines *l, struct span piece, struct buf *out)
{
	out_feed(l, piece, out);
}

void lines_bdat_out_end(struct lines *l, struct buf *out)
{
	out_end(l, out);
}

void lines_count(struct lines *l, struct span piece)
{
	if (piece.n == 0)
		return;
	look_at_bytes(&l->facts, piece.p, piece.n);
	l->facts.bytes += piece.n;
	while (piece.n) {
		size_t line = span_find(piece, '\n');

		add_text(l, line);
		if (line < piece.n)
			l->column = 0;
		piece = span_from(piece, line + 1);
	}
}
