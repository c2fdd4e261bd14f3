/* SPDX-License-Identifier: ISC */
/*
 * normalise - the same message, written so that every program reads the same.
 *
 * The first pass looks at each content as it will be decoded, and decides how it is encoded, and which boundaries stand
 * nowhere. The second writes while it reads.
 */
#include "message/normalise.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "message/header.h"

enum { ROOM = 1 << 30, PIECE = 32 << 10, SALT_AT = 4 /* octets of "--=_" */ };

/* ---- line ends ---- */

/* CR LF becomes LF; a CR that stands alone stays. What is put to *out does not depend on how the pieces are cut. */
static void filter(struct normalise *n, struct span piece, struct buf *out)
{
	while (piece.n > 0) {
		size_t cr = span_find(piece, '\r');

		if (n->held_cr && piece.p[0] != '\n')
			buf_put_char(out, '\r');
		n->held_cr = cr < piece.n;
		buf_put(out, piece.p, cr);
		piece = span_from(piece, cr + 1);
	}
}

static void end_filter(struct normalise *n, struct buf *out)
{
	if (n->held_cr)
		buf_put_char(out, '\r');
	n->held_cr = false;
}

/* How the first line ends, all do. */
static void learn_line_end(struct normalise *n, struct span piece)
{
	size_t lf = span_find(piece, '\n');

	if (n->known || piece.n == 0)
		return;
	if (lf < piece.n) {
		n->known = true;
		n->crlf = (lf > 0 ? piece.p[lf - 1] : n->last) == '\r';
	}
	n->last = piece.p[piece.n - 1];
}

/* ---- boundaries ---- */

/* "--=_", a number below NORMALISE_SALTS, "_". */
static void look_at_start(struct normalise_marks *m)
{
	struct span s = span_of(m->start, m->column < sizeof(m->start) ? m->column : sizeof(m->start));
	uint64_t salt;

	if (!span_starts(s, SPAN("--=_")))
		return;
	s = span_from(s, SALT_AT);
	if (span_find(s, '_') < s.n && span_number(span_of(s.p, span_find(s, '_')), NORMALISE_SALTS - 1, &salt) == 0)
		m->salts |= UINT64_C(1) << salt;
}

static void look_for_marks(struct normalise_marks *m, struct span piece)
{
	for (size_t i = 0; i < piece.n; i++) {
		if (piece.p[i] == '\n') {
			look_at_start(m);
			m->column = 0;
			continue;
		}
		if (m->column < sizeof(m->start))
			m->start[m->column] = piece.p[i];
		m->column++;
	}
}

static void put_boundary(struct buf *out, const struct normalise *n, const struct mime_part *part)
{
	buf_printf(out, "=_%u_%05zu", n->salt, part->number);
}

/* ---- what both passes know of a leaf ---- */

static bool is_text(const struct entity *e)
{
	return entity_is(e, "text", NULL) || entity_is(e, "message", NULL) || entity_is(e, "multipart", NULL);
}

static bool enter_verbatim(struct normalise *n, const struct mime_part *part)
{
	if (n->verbatim == 0 && part->parent && part->index == 0 &&
	    entity_is(&part->parent->entity, "multipart", "signed")) {
		n->verbatim = part->depth;
		n->held_cr = false;
	}
	return n->verbatim > 0;
}

static void begin_content(struct normalise *n, const struct mime_part *part)
{
	const struct entity *e = &part->entity;

	n->part = part;
	n->held_cr = false;
	/* In a file of CR LF lines nobody has put the CRs there on purpose. */
	n->filters = encoding_is_identity(e->encoding) && (is_text(e) || n->crlf);
	encoding_decode_init(&n->decode, e->encoding);
}

/* A piece of content to n->text. */
static void decode(struct normalise *n, struct span piece)
{
	if (n->filters) {
		filter(n, piece, &n->text);
		return;
	}
	encoding_decode_feed(&n->decode, piece, &n->text);
}

static void end_decode(struct normalise *n)
{
	if (n->filters)
		end_filter(n, &n->text);
	else
		encoding_decode_end(&n->decode, &n->text);
}

/* ---- first pass ---- */

static void set_plan(struct normalise *n, const struct mime_part *part, enum encoding plan)
{
	while (part->number >= n->room) {
		n->room = n->room ? 2 * n->room : 64;
		n->plans = arena_heap_resize(n->plans, n->room);
	}
	n->plans[part->number] = (unsigned char)plan;
}

static enum encoding choose(const struct normalise *n, const struct entity *e, const struct encoding_survey *s)
{
	bool safe = s->longest <= HEADER_LINE_MAX && !s->has_nul && s->bare_cr == 0 && s->crlf == 0;
	bool decodes = n->eight == NORMALISE_TO_8BIT && is_text(e);

	if (e->encoding == ENCODING_QP && !(decodes && safe))
		return ENCODING_QP;
	if (e->encoding != ENCODING_QP && !encoding_is_identity(e->encoding))
		return ENCODING_BASE64;
	if (safe && s->bits8 == 0)
		return ENCODING_7BIT;
	if (safe && n->eight != NORMALISE_7BIT && is_text(e))
		return ENCODING_8BIT;
	return is_text(e) ? ENCODING_QP : ENCODING_BASE64;
}

static void survey_begin(void *context, const struct mime_part *part, struct span header)
{
	struct normalise *n = context;

	set_plan(n, part, ENCODING_7BIT);
	n->part = part;
	if (enter_verbatim(n, part)) {
		if (part->depth == n->verbatim)
			n->verbatim_marks = (struct normalise_marks){ 0 };
		look_for_marks(&n->verbatim_marks, header);
		return;
	}
	begin_content(n, part);
	n->survey = (struct encoding_survey){ 0 };
	n->marks = (struct normalise_marks){ 0 };
}

static void survey_text(struct normalise *n)
{
	encoding_survey_feed(&n->survey, buf_span(&n->text));
	look_for_marks(&n->marks, buf_span(&n->text));
	buf_reset(&n->text);
}

/* What 8-bit bytes are in has to say so. */
static void set_8bit(struct normalise *n, const struct mime_part *part)
{
	for (; part; part = part->parent)
		set_plan(n, part, ENCODING_8BIT);
}

/* Of what is signed, they stay. */
static void survey_verbatim(struct normalise *n, const struct mime_part *part, struct span piece)
{
	look_for_marks(&n->verbatim_marks, piece);
	while (part && part->depth >= n->verbatim)
		part = part->parent;
	if (span_has_8bit(piece))
		set_8bit(n, part);
}

static void survey_content(void *context, const struct mime_part *part, struct span piece)
{
	struct normalise *n = context;

	if (n->verbatim > 0) {
		survey_verbatim(n, part, piece);
		return;
	}
	decode(n, piece);
	survey_text(n);
}

static void survey_between(void *context, struct span piece)
{
	struct normalise *n = context;

	if (n->verbatim > 0)
		survey_verbatim(n, n->part, piece);
}

static void end_survey(struct normalise *n, const struct mime_part *part)
{
	enum encoding plan;

	end_decode(n);
	survey_text(n);
	look_at_start(&n->marks);
	plan = choose(n, &part->entity, &n->survey);
	set_plan(n, part, plan);
	if (encoding_is_identity(plan))
		n->taken |= n->marks.salts;
	if (plan == ENCODING_8BIT)
		set_8bit(n, part->parent);
}

static void survey_part_ends(void *context, const struct mime_part *part)
{
	struct normalise *n = context;

	if (n->verbatim > 0) {
		if (part->depth == n->verbatim) {
			look_at_start(&n->verbatim_marks);
			n->taken |= n->verbatim_marks.salts;
			n->verbatim = 0;
		}
	} else if (part->entity.kind == ENTITY_LEAF) {
		end_survey(n, part);
	}
	n->part = part->parent;
}

static const struct mime_events survey_events = { survey_begin, NULL, survey_content, survey_part_ends,
						  survey_between };

/* ---- second pass ---- */

/* LF lines to what the message has. */
static void emit(struct normalise *n, struct span s)
{
	if (n->failed || s.n == 0)
		return;
	n->behind_boundary = false;
	n->last = s.p[s.n - 1];
	if (!n->crlf) {
		n->failed = n->sink(n->context, s, &n->fault) < 0;
		return;
	}
	while (s.n > 0) {
		size_t lf = span_find(s, '\n');

		buf_put(&n->out, s.p, lf);
		if (lf < s.n)
			buf_put_str(&n->out, "\r\n");
		s = span_from(s, lf + 1);
	}
	n->failed = n->sink(n->context, buf_span(&n->out), &n->fault) < 0;
	buf_reset(&n->out);
}

static void emit_boundary(struct normalise *n, const struct mime_part *multipart, bool first, bool closing)
{
	struct buf line;

	buf_init(&line, 100);
	buf_put_str(&line, first ? "--" : "\n--");
	put_boundary(&line, n, multipart);
	buf_put_str(&line, closing ? "--" : "\n");
	emit(n, buf_span(&line));
	buf_clear(&line);
	n->behind_boundary = closing;
}

static void emit_verbatim(struct normalise *n, struct span piece)
{
	filter(n, piece, &n->text);
	emit(n, buf_span(&n->text));
	buf_reset(&n->text);
}

static void write_begin(void *context, const struct mime_part *part, struct span header)
{
	struct normalise *n = context;
	enum encoding plan = n->plans[part->number];
	struct buf boundary;

	n->part = part;
	if (n->verbatim == 0 && part->parent && part->parent->entity.kind == ENTITY_MULTIPART)
		emit_boundary(n, part->parent, part->index == 0, false);
	if (enter_verbatim(n, part)) {
		emit_verbatim(n, header);
		return;
	}
	arena_reset(&n->arena);
	buf_init(&boundary, 100);
	put_boundary(&boundary, n, part);
	normalise_put_header(&n->arena, &n->head, part, header, plan, buf_str(&boundary));
	buf_clear(&boundary);
	if (n->head.overflow && !n->failed) {
		fault_perm(&n->fault, 554, "5.6.0", "a header would be longer than %d octets", NORMALISE_HEADER_MAX);
		n->failed = true;
	}
	emit(n, buf_span(&n->head));
	buf_reset(&n->head);
	begin_content(n, part);
	n->filters &= plan != ENCODING_BASE64;
	encoding_encode_init(&n->encode, plan);
}

static void write_text(struct normalise *n)
{
	if (encoding_is_identity(n->encode.encoding)) {
		emit(n, buf_span(&n->text));
	} else {
		encoding_encode_feed(&n->encode, buf_span(&n->text), &n->decoded);
		emit(n, buf_span(&n->decoded));
		buf_reset(&n->decoded);
	}
	buf_reset(&n->text);
}

static void write_content(void *context, const struct mime_part *part, struct span piece)
{
	struct normalise *n = context;

	(void)part;
	if (n->verbatim > 0) {
		emit_verbatim(n, piece);
		return;
	}
	decode(n, piece);
	write_text(n);
}

static void write_between(void *context, struct span piece)
{
	struct normalise *n = context;

	if (n->verbatim > 0)
		emit_verbatim(n, piece);
}

static void end_content(struct normalise *n)
{
	end_decode(n);
	write_text(n);
	encoding_encode_end(&n->encode, &n->decoded);
	emit(n, buf_span(&n->decoded));
	buf_reset(&n->decoded);
}

/* Headers that the boundary broke off, a message's and its own, are ended: the line end of the new boundary would do
 * it. */
static void end_verbatim(struct normalise *n, const struct mime_part *part)
{
	end_filter(n, &n->text);
	emit(n, buf_span(&n->text));
	buf_reset(&n->text);
	if (n->cut_at == part->end.at && n->last != '\n')
		emit(n, SPAN("\n"));
	for (; n->cut_at == part->end.at && n->cuts > 0; n->cuts--)
		emit(n, SPAN("\n"));
	n->verbatim = 0;
}

static void write_part_ends(void *context, const struct mime_part *part)
{
	struct normalise *n = context;

	if (n->verbatim > 0) {
		if (part->problems & MIME_HEADER_CUT) {
			n->cuts = n->cut_at == part->end.at ? n->cuts + 1 : 1;
			n->cut_at = part->end.at;
		}
		if (part->depth == n->verbatim)
			end_verbatim(n, part);
	} else if (part->entity.kind == ENTITY_LEAF) {
		end_content(n);
	} else if (part->entity.kind == ENTITY_MULTIPART) {
		emit_boundary(n, part, part->problems & MIME_EMPTY, true);
	}
}

static const struct mime_events write_events = { write_begin, NULL, write_content, write_part_ends, write_between };

/* ---- a message ---- */

void normalise_init(struct normalise *n, const struct mime_limits *limits, enum normalise_eight eight)
{
	memset(n, 0, sizeof(*n));
	n->eight = eight;
	if (limits)
		n->limits = *limits;
	buf_init(&n->decoded, ROOM);
	buf_init(&n->text, ROOM);
	buf_init(&n->out, ROOM);
	buf_init(&n->head, NORMALISE_HEADER_MAX);
	mime_init(&n->mime, &n->limits, NULL, &survey_events, n);
}

static void feed(struct normalise *n, struct span piece)
{
	while (piece.n > 0 && !n->failed) {
		size_t size = piece.n < PIECE ? piece.n : PIECE;

		mime_feed(&n->mime, span_of(piece.p, size));
		piece = span_from(piece, size);
	}
}

void normalise_survey_feed(struct normalise *n, struct span piece)
{
	learn_line_end(n, piece);
	feed(n, piece);
}

int normalise_survey_end(struct normalise *n, struct fault *f)
{
	mime_end(&n->mime);
	if (mime_problems(&n->mime) & MIME_OPAQUE)
		return fault_perm(f, 554, "5.6.0", "the message goes beyond a limit, and cannot be normalised");
	while (n->salt < NORMALISE_SALTS && (n->taken & UINT64_C(1) << n->salt))
		n->salt++;
	if (n->salt == NORMALISE_SALTS)
		return fault_perm(f, 554, "5.6.0", "the message has lines like all boundaries that could be chosen");
	return 0;
}

void normalise_begin(struct normalise *n, normalise_sink sink, void *context)
{
	n->sink = sink;
	n->context = context;
	n->cut_at = UINT64_MAX;
	mime_clear(&n->mime);
	mime_init(&n->mime, &n->limits, NULL, &write_events, n);
}

static int tell(const struct normalise *n, struct fault *f)
{
	if (!n->failed)
		return 0;
	if (f)
		*f = n->fault;
	return -1;
}

int normalise_feed(struct normalise *n, struct span piece, struct fault *f)
{
	feed(n, piece);
	return tell(n, f);
}

int normalise_end(struct normalise *n, struct fault *f)
{
	mime_end(&n->mime);
	if (n->behind_boundary)
		emit(n, SPAN("\n"));
	return tell(n, f);
}

void normalise_clear(struct normalise *n)
{
	mime_clear(&n->mime);
	arena_clear(&n->arena);
	free(n->plans);
	n->plans = NULL;
	buf_clear(&n->decoded);
	buf_clear(&n->text);
	buf_clear(&n->out);
	buf_clear(&n->head);
}
