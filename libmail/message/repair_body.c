/* SPDX-License-Identifier: ISC */
/*
 * repair_body - the second pass: the body, as it is or with the leaves that
 * need it encoded.
 *
 * Which leaves do was found out by the first pass, so a part that needs nothing,
 * signed ones among them, stays byte for byte.
 */
#include "message/repair.h"

#include <string.h>

#include "message/fold.h"
#include "message/header.h"

enum { PIECE = 4096 };

/* What is done to the content at hand. */
enum method { KEEP, BREAK_LINES, TO_QP, WRAP_QP, WRAP_BASE64 };

static bool is_needed(const struct repair_scan *s, size_t part)
{
	return part >= REPAIR_PARTS_MAX || (s->needs[part / 8] >> part % 8 & 1);
}

static enum method method_of(enum encoding encoding)
{
	if (encoding_is_identity(encoding))
		return TO_QP;
	return encoding == ENCODING_QP ? WRAP_QP : encoding == ENCODING_BASE64 ? WRAP_BASE64 : BREAK_LINES;
}

static void choose_method(struct repair_body *b, enum encoding encoding, size_t part)
{
	b->method = is_needed(b->scan, part) ? (int)method_of(encoding) : KEEP;
	b->column = 0;
	qp_encode_init(&b->encode);
	qp_wrap_init(&b->wrap);
}

/*
 * Lines of at most HEADER_LINE_MAX, which is more than a boundary may have, NULs as question marks. No boundary may
 * come of it: a blank in the place of a NUL would be padding behind one, and what a line is broken at could begin with
 * one.
 */
static void put_broken(struct buf *out, uint64_t *column, struct span piece)
{
	for (size_t i = 0; i < piece.n; i++) {
		char c = piece.p[i] ? piece.p[i] : '?';

		if (c != '\n' && *column == HEADER_LINE_MAX) {
			buf_put_str(out, c == '-' ? "\n " : "\n");
			*column = c == '-';
		}
		buf_put_char(out, c);
		*column = c == '\n' ? 0 : *column + 1;
	}
}

/* Only line ends, blanks and control bytes are left out: whatever a decoder makes of other strangers it still can. */
static void put_base64(struct buf *out, uint64_t *column, struct span piece)
{
	for (size_t i = 0; i < piece.n; i++) {
		if ((unsigned char)piece.p[i] <= ' ')
			continue;
		if (*column == BASE64_LINE) {
			buf_put_char(out, '\n');
			*column = 0;
		}
		buf_put_char(out, piece.p[i]);
		*column += 1;
	}
}

static void put_content(void *context, const struct mime_part *part, struct span piece)
{
	struct repair_body *b = context;

	(void)part;
	switch ((enum method)b->method) {
	case KEEP:
		buf_put_span(b->out, piece);
		break;
	case BREAK_LINES:
		put_broken(b->out, &b->column, piece);
		break;
	case TO_QP:
		qp_encode_feed(&b->encode, piece, b->out);
		break;
	case WRAP_QP:
		qp_wrap_feed(&b->wrap, piece, b->out);
		break;
	case WRAP_BASE64:
		put_base64(b->out, &b->column, piece);
		break;
	}
}

static void end_content(void *context, const struct mime_part *part)
{
	struct repair_body *b = context;

	if (part->entity.kind != ENTITY_LEAF)
		return;
	if (b->method == TO_QP)
		qp_encode_end(&b->encode, b->out);
	if (b->method == WRAP_QP)
		qp_wrap_end(&b->wrap, b->out);
	b->unended = b->method == WRAP_BASE64 && b->column > 0;
}

/* The line end in front of a boundary ends the base64 behind which it stands. */
static void end_base64(struct repair_body *b, struct span next)
{
	if (b->unended && !span_starts(next, SPAN("\n")))
		buf_put_char(b->out, '\n');
	b->unended = false;
}

static void put_between(void *context, struct span piece)
{
	struct repair_body *b = context;

	end_base64(b, piece);
	put_broken(b->out, &b->between_column, piece);
}

static void put_header_rest(void *context, const struct mime_part *part, struct span piece)
{
	struct repair_body *b = context;

	if (part->parent)
		put_broken(b->out, &b->column, piece);
}

/* Put the encoding in front: there it counts even if the header has a line that ends it for some readers. */
static void put_encoding(struct repair_body *b, struct span header, const struct mime_part *part)
{
	struct header_field field;

	if (part->parent->entity.kind == ENTITY_MESSAGE && !header_find(header, SPAN("MIME-Version"), &field))
		buf_put_str(b->out, "MIME-Version: 1.0\n");
	buf_put_str(b->out, "Content-Transfer-Encoding: quoted-printable\n");
}

/* Of a field of a part that is not encoded itself; what is in it is 7-bit now. */
static void put_field(struct repair_body *b, const struct header_field *field, const struct mime_part *part)
{
	bool leaf = part->entity.kind == ENTITY_LEAF;
	bool is_encoding = span_is_nocase(field->name, SPAN("Content-Transfer-Encoding"));

	if (is_encoding && leaf && b->method == TO_QP)
		return;
	if (is_encoding && !leaf && b->scan->seven_bit)
		buf_put_str(b->out, "Content-Transfer-Encoding: 7bit\n");
	else
		fold_put_field(&b->arena, b->out, field);
}

static bool has_empty_line(struct span header)
{
	struct span end = header.n > 2 ? span_from(header, header.n - 2) : header;

	return span_is(end, SPAN("\n")) || span_is(end, SPAN("\n\n"));
}

static void put_fields(struct repair_body *b, struct span header, const struct mime_part *part)
{
	struct header_field field;
	struct span rest = header;
	uint64_t column = 0;
	int more;

	while ((more = header_next(&rest, &field)) == 1)
		put_field(b, &field, part);
	if (more < 0)
		put_broken(b->out, &column, rest);
	else if (has_empty_line(header))
		buf_put_char(b->out, '\n');
	arena_reset(&b->arena);
}

/* The message's own header is repair_header()'s. */
static void put_header(void *context, const struct mime_part *part, struct span header)
{
	struct repair_body *b = context;

	choose_method(b, part->problems & MIME_OPAQUE ? ENCODING_OTHER : part->entity.encoding, part->number);
	if (!part->parent)
		return;
	if (part->entity.kind == ENTITY_LEAF && b->method == TO_QP)
		put_encoding(b, header, part);
	if (part->problems & MIME_HEADER_LONG)
		put_broken(b->out, &b->column, header);
	else
		put_fields(b, header, part);
}

static const struct mime_events events = {
	.begin = put_header,
	.header_rest = put_header_rest,
	.content = put_content,
	.end = end_content,
	.between = put_between,
};

void repair_body_init(struct repair_body *b, const struct repair_scan *s)
{
	memset(b, 0, sizeof(*b));
	b->scan = s;
	b->skip = s->body_at;
	lines_in_init(&b->in, s->dot_ends);
	buf_init(&b->scratch, PIECE + LINES_ROOM);
	mime_init(&b->mime, &repair_limits, NULL, &events, b);
	mime_feed(&b->mime, buf_span(&s->header));
	mime_feed(&b->mime, SPAN("\n"));
}

/* A piece of the input as LF lines, without what belongs to the header. */
static struct span without_header(struct repair_body *b)
{
	struct span piece = buf_span(&b->scratch);
	size_t n = b->skip < piece.n ? (size_t)b->skip : piece.n;

	b->skip -= n;
	return span_from(piece, n);
}

static void put_body(struct repair_body *b)
{
	struct span piece = without_header(b);

	if (b->scan->recode)
		mime_feed(&b->mime, piece);
	else
		buf_put_span(b->out, piece);
	buf_reset(&b->scratch);
}

static int check(const struct buf *out, struct fault *f)
{
	return out->overflow ? fault_bug(f, "the buffer for the repaired body is too small") : 0;
}

int repair_body_feed(struct repair_body *b, struct span rest, struct buf *out, struct fault *f)
{
	b->out = out;
	while (rest.n && !lines_is_ended(&b->in)) {
		struct span piece = span_of(rest.p, rest.n < PIECE ? rest.n : PIECE);

		rest = span_from(rest, lines_in_feed(&b->in, piece, &b->scratch));
		put_body(b);
	}
	return check(out, f);
}

int repair_body_end(struct repair_body *b, struct buf *out, struct fault *f)
{
	b->out = out;
	lines_in_end(&b->in, &b->scratch);
	put_body(b);
	if (b->scan->recode) {
		mime_end(&b->mime);
		end_base64(b, SPAN(""));
	}
	return check(out, f);
}

void repair_body_clear(struct repair_body *b)
{
	buf_clear(&b->scratch);
	mime_clear(&b->mime);
	arena_clear(&b->arena);
}
