/* SPDX-License-Identifier: ISC */
/*
 * repair_scan - the first pass: where the header ends, what the body is like.
 *
 * A line of the header is judged while it comes in, so that a first line of a
 * megabyte without a colon is known to be text, not a header over the limit.
 * All offsets count LF lines, as both passes make the same of the same input.
 */
#include "message/repair.h"

#include <string.h>

#include "base/utf8.h"
#include "message/header.h"

enum {
	PIECE = 16384,
	/* What may follow the limit before it is noticed: a line in one piece. */
	SLACK = PIECE + LINES_ROOM,
};

const struct mime_limits repair_limits = { .parts = REPAIR_PARTS_MAX, .header = REPAIR_PART_HEADER_MAX };

enum state { LINE_START, NAME, NAME_BLANKS, FIELD, FROM_LINE, BODY };

static void need(struct repair_scan *s, size_t part)
{
	if (part < REPAIR_PARTS_MAX)
		s->needs[part / 8] |= (unsigned char)(1 << part % 8);
}

static void see_part(void *context, const struct mime_part *part, struct span header)
{
	struct repair_scan *s = context;

	(void)header;
	if (part->parent)
		return;
	s->structured = part->entity.kind != ENTITY_LEAF;
	s->encoding = part->problems & MIME_OPAQUE ? ENCODING_OTHER : part->entity.encoding;
}

static void judge_content(void *context, const struct mime_part *part, struct span piece)
{
	struct repair_scan *s = context;

	if (span_find(piece, '\0') < piece.n || (s->seven_bit && span_has_8bit(piece)))
		need(s, part->number);
	while (piece.n) {
		size_t n = span_find(piece, '\n');

		s->leaf_column += n;
		if (s->leaf_column > HEADER_LINE_MAX)
			need(s, part->number);
		if (n < piece.n)
			s->leaf_column = 0;
		piece = span_from(piece, n + 1);
	}
}

static void end_part(void *context, const struct mime_part *part)
{
	struct repair_scan *s = context;

	(void)part;
	s->leaf_column = 0;
}

static const struct mime_events events = { .begin = see_part, .content = judge_content, .end = end_part };

void repair_scan_init(struct repair_scan *s, size_t header_limit, bool dot_ends)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->header, header_limit + SLACK);
	buf_init(&s->scratch, SLACK);
	mime_init(&s->mime, &repair_limits, NULL, &events, s);
	lines_in_init(&s->in, dot_ends);
	s->limit = header_limit;
	s->dot_ends = dot_ends;
	s->state = LINE_START;
}

bool repair_scan_is_ended(const struct repair_scan *s)
{
	return lines_is_ended(&s->in);
}

static void take_body(struct repair_scan *s, struct span piece)
{
	lines_count(&s->count, piece);
	utf8_check_feed(&s->utf8, piece);
	if (s->structured)
		mime_feed(&s->mime, piece);
}

static void blank_nuls(struct repair_scan *s, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (s->header.p[i] == '\0') {
			s->header.p[i] = ' ';
			s->header_nul = true;
		}
}

/* The bytes of s->header before `end` are the header, those from body_at on begin the body. */
static int end_header(struct repair_scan *s, size_t end, size_t body_at, struct fault *f)
{
	struct span tail = span_from(buf_span(&s->header), body_at);
	struct span header = span_from(span_of(s->header.p, end), s->from_length);

	if (end > s->limit)
		return fault_perm(f, 552, "5.3.4", "the header is longer than %zu octets", s->limit);
	s->state = BODY;
	s->body_at = body_at;
	s->from_line = s->from_length > 0;
	s->no_header = end == s->from_length && body_at == end && tail.n > 0;
	s->no_blank = end > s->from_length && body_at == end && tail.n > 0;
	blank_nuls(s, end);
	mime_feed(&s->mime, header);
	mime_feed(&s->mime, SPAN("\n"));
	take_body(s, tail);
	buf_cut(&s->header, end);
	buf_consume(&s->header, s->from_length);
	return 0;
}

/* Is the line at hand the one behind a "From " line without a time? Only a field shows that it was mbox's. */
static bool is_from_in_doubt(const struct repair_scan *s)
{
	return s->from_length > 0 && s->from_length == s->line && !s->from_sure;
}

/* A line that is no field begins the body; with it the line before, if that only may have been mbox's. */
static int begin_body(struct repair_scan *s, struct fault *f)
{
	if (is_from_in_doubt(s))
		s->from_length = s->line = 0;
	return end_header(s, s->line, s->line, f);
}

/* Does the line have a time of day, as in "From root Fri Nov 21 09:55:06 1997"? */
static bool has_time(struct span line)
{
	for (size_t i = 0; i + 4 < line.n; i++)
		if (line.p[i + 2] == ':' && line.p[i] >= '0' && line.p[i] <= '2' && line.p[i + 1] >= '0' &&
		    line.p[i + 1] <= '9' && line.p[i + 3] >= '0' && line.p[i + 3] <= '5' && line.p[i + 4] >= '0' &&
		    line.p[i + 4] <= '9')
			return true;
	return false;
}

static enum state start_state(const struct repair_scan *s, char c)
{
	if (c == ' ' || c == '\t')
		return s->line > s->from_length ? FIELD : BODY;
	return header_is_name(span_of(&c, 1)) ? NAME : BODY;
}

/* There may be several, as each host of UUCP's put one in front and a ">" before the others. */
static bool is_from_line(const struct repair_scan *s)
{
	struct span line = span_from(buf_span(&s->header), s->line);

	return s->line == s->from_length && (span_starts(line, SPAN("From ")) || span_starts(line, SPAN(">From ")));
}

static enum state name_state(const struct repair_scan *s, char c)
{
	if (c == ':')
		return FIELD;
	if (c == ' ' || c == '\t')
		return NAME_BLANKS;
	if (s->state == NAME && header_is_name(span_of(&c, 1)) && s->at - s->line < HEADER_LINE_MAX - 1)
		return NAME;
	return is_from_line(s) ? FROM_LINE : BODY;
}

/* Behind the line end of the "From " line, or where it is too long to be one. */
static enum state from_state(struct repair_scan *s)
{
	if (s->header.p[s->at] != '\n')
		return s->at - s->line > HEADER_LINE_MAX ? BODY : FROM_LINE;
	s->from_length = s->at + 1;
	s->from_sure |= has_time(span_of(s->header.p + s->line, s->at - s->line));
	return LINE_START;
}

/* Where s->at goes on: the bytes of a field's line need no look. */
static void skip_field(struct repair_scan *s)
{
	s->at += span_find(span_from(buf_span(&s->header), s->at), '\n');
	if (s->at < s->header.n) {
		s->line = ++s->at;
		s->state = LINE_START;
	}
}

/* Judge the bytes that were added to s->header. */
static int judge_header(struct repair_scan *s, struct fault *f)
{
	while (s->at < s->header.n && s->state != BODY) {
		char c = s->header.p[s->at];

		if (s->state == FIELD) {
			skip_field(s);
			continue;
		}
		if (s->state == LINE_START && c == '\n' && !is_from_in_doubt(s))
			return end_header(s, s->line, s->line + 1, f);
		if (s->state == LINE_START)
			s->state = (int)start_state(s, c);
		else if (s->state != FROM_LINE)
			s->state = (int)name_state(s, c);
		if (s->state == FROM_LINE)
			s->state = (int)from_state(s);
		s->at++;
		if (s->state == LINE_START)
			s->line = s->at;
	}
	if (s->state == BODY)
		return begin_body(s, f);
	if (s->at > s->limit)
		return fault_perm(f, 552, "5.3.4", "the header is longer than %zu octets", s->limit);
	return 0;
}

/* At most one line, so that little of the body gets among the header. */
static size_t feed_header(struct repair_scan *s, struct span piece)
{
	size_t line = span_find(piece, '\n') + 1;

	return lines_in_feed(&s->in, span_of(piece.p, line < piece.n ? line : piece.n), &s->header);
}

static size_t feed_body(struct repair_scan *s, struct span piece)
{
	size_t n = lines_in_feed(&s->in, piece, &s->scratch);

	take_body(s, buf_span(&s->scratch));
	buf_reset(&s->scratch);
	return n;
}

int repair_scan_feed(struct repair_scan *s, struct span rest, struct fault *f)
{
	while (rest.n && !lines_is_ended(&s->in)) {
		struct span piece = span_of(rest.p, rest.n < PIECE ? rest.n : PIECE);

		if (s->state == BODY) {
			rest = span_from(rest, feed_body(s, piece));
			continue;
		}
		rest = span_from(rest, feed_header(s, piece));
		if (judge_header(s, f) < 0)
			return -1;
	}
	return 0;
}

/* The input has ended before the header did. */
static int end_in_header(struct repair_scan *s, struct fault *f)
{
	lines_in_end(&s->in, &s->header);
	if (judge_header(s, f) < 0)
		return -1;
	if (s->state == BODY)
		return 0;
	s->line = s->header.n;
	return begin_body(s, f);
}

int repair_scan_end(struct repair_scan *s, struct fault *f)
{
	if (s->state != BODY && end_in_header(s, f) < 0)
		return -1;
	lines_in_end(&s->in, &s->scratch);
	take_body(s, buf_span(&s->scratch));
	buf_reset(&s->scratch);
	s->body = s->count.facts;
	s->body_utf8 = utf8_check_end(&s->utf8);
	s->recode = s->body.has_nul || s->body.longest > HEADER_LINE_MAX || (s->seven_bit && s->body.has_8bit);
	if (s->structured)
		mime_end(&s->mime);
	else if (s->recode)
		need(s, 0);
	return 0;
}

void repair_scan_clear(struct repair_scan *s)
{
	buf_clear(&s->header);
	buf_clear(&s->scratch);
	mime_clear(&s->mime);
}
