/* SPDX-License-Identifier: ISC */
/*
 * encoding - Content-Transfer-Encoding.
 */
#include "message/encoding.h"

#include <string.h>

#include "message/header.h"

static const struct {
	const char *name;
	enum encoding encoding;
} names[] = {
	/* The usual name of each is its first. */
	{ "7bit", ENCODING_7BIT },	     { "8bit", ENCODING_8BIT },	     { "binary", ENCODING_BINARY },
	{ "quoted-printable", ENCODING_QP }, { "base64", ENCODING_BASE64 },  { "x-uuencode", ENCODING_UUENCODE },
	{ "uuencode", ENCODING_UUENCODE },   { "x-uue", ENCODING_UUENCODE }, { "7-bit", ENCODING_7BIT },
	{ "8-bit", ENCODING_8BIT },	     { "", ENCODING_7BIT },
};

enum encoding encoding_parse(struct span name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(name, span_str(names[i].name)))
			return names[i].encoding;
	return ENCODING_OTHER;
}

const char *encoding_name(enum encoding encoding)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].encoding == encoding)
			return names[i].name;
	return NULL;
}

bool encoding_is_identity(enum encoding encoding)
{
	return encoding == ENCODING_7BIT || encoding == ENCODING_8BIT || encoding == ENCODING_BINARY;
}

static void put_data(void *context, struct span bytes)
{
	struct encoding_decode *d = context;

	buf_put_span(d->out, bytes);
}

static const struct uuencode_events events = { .data = put_data };

void encoding_decode_init(struct encoding_decode *d, enum encoding encoding)
{
	d->encoding = encoding;
	base64_decode_init(&d->base64);
	qp_decode_init(&d->qp);
	uuencode_init(&d->uuencode, &events, d);
}

void encoding_decode_feed(struct encoding_decode *d, struct span piece, struct buf *out)
{
	d->out = out;
	if (d->encoding == ENCODING_BASE64)
		base64_decode_feed(&d->base64, piece, out);
	else if (d->encoding == ENCODING_QP)
		qp_decode_feed(&d->qp, piece, out);
	else if (d->encoding == ENCODING_UUENCODE)
		uuencode_feed(&d->uuencode, piece);
	else
		buf_put_span(out, piece);
}

void encoding_decode_end(struct encoding_decode *d, struct buf *out)
{
	d->out = out;
	if (d->encoding == ENCODING_BASE64)
		base64_decode_end(&d->base64, out);
	else if (d->encoding == ENCODING_QP)
		qp_decode_end(&d->qp, out);
	else if (d->encoding == ENCODING_UUENCODE)
		uuencode_end(&d->uuencode);
}

uint64_t encoding_decode_junk(const struct encoding_decode *d)
{
	return d->encoding == ENCODING_BASE64	  ? d->base64.junk
	       : d->encoding == ENCODING_UUENCODE ? d->uuencode.junk
						  : 0;
}

enum { FROM = 5 /* octets of "From " */ };

/* A byte whose line has been looked at only as far as its start. */
static void count_start(struct encoding_survey *s, char c)
{
	if (s->column < sizeof(s->start))
		s->start[s->column] = c;
	if (s->column == FROM - 1 && memcmp(s->start, "From ", FROM) == 0)
		s->from_line = true;
}

static void end_line(struct encoding_survey *s)
{
	uint64_t n = s->column;

	s->lines++;
	if (s->last == '\r') {
		s->crlf++;
		s->bare_cr--;
		n--;
	}
	if (n > s->longest)
		s->longest = n;
	if (n == 1 && s->start[0] == '.')
		s->dot_line = true;
	if (s->last == ' ' || s->last == '\t')
		s->blank_ends++;
	s->column = 0;
}

static void survey_byte(struct encoding_survey *s, char c)
{
	unsigned char byte = (unsigned char)c;

	if (c == '\n') {
		end_line(s);
		s->last = c;
		return;
	}
	if (s->column < sizeof(s->start))
		count_start(s, c);
	s->column++;
	s->bits8 += byte >> 7;
	s->controls += (byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7f;
	s->bare_cr += c == '\r';
	s->equals += c == '=';
	s->has_nul |= c == '\0';
	s->last = c;
}

void encoding_survey_feed(struct encoding_survey *s, struct span piece)
{
	for (size_t i = 0; i < piece.n; i++)
		survey_byte(s, piece.p[i]);
	s->bytes += piece.n;
	s->ends_line = s->bytes == 0 || s->last == '\n';
	if (s->column > s->longest)
		s->longest = s->column;
}

static bool is_safe(const struct encoding_survey *s, unsigned how)
{
	return s->longest <= HEADER_LINE_MAX && !s->has_nul && s->bare_cr == 0 && !s->from_line && s->crlf == 0 &&
	       (s->bits8 == 0 || (how & ENCODING_8BIT_OK));
}

enum encoding encoding_choose(const struct encoding_survey *s, unsigned how)
{
	if (!(how & ENCODING_TEXT) || s->has_nul)
		return ENCODING_BASE64;
	if (is_safe(s, how))
		return s->bits8 ? ENCODING_8BIT : ENCODING_7BIT;
	return encoding_size(s, ENCODING_BASE64) < encoding_size(s, ENCODING_QP) ? ENCODING_BASE64 : ENCODING_QP;
}

uint64_t encoding_size(const struct encoding_survey *s, enum encoding encoding)
{
	uint64_t cr = s->bare_cr + s->crlf, n;

	if (encoding == ENCODING_BASE64)
		return base64_lines_size(s->bytes, false);
	if (encoding != ENCODING_QP)
		return s->bytes;
	n = s->bytes + 2 * (s->bits8 + s->controls + cr + s->equals + s->blank_ends);
	return n + n / (QP_LINE_MAX - 1) * 2;
}

void encoding_encode_init(struct encoding_encode *e, enum encoding encoding)
{
	e->encoding = encoding;
	base64_encode_init(&e->base64, false);
	qp_encode_init(&e->qp);
}

void encoding_encode_feed(struct encoding_encode *e, struct span piece, struct buf *out)
{
	if (e->encoding == ENCODING_BASE64)
		base64_encode_feed(&e->base64, piece, out);
	else if (e->encoding == ENCODING_QP)
		qp_encode_feed(&e->qp, piece, out);
	else
		buf_put_span(out, piece);
}

void encoding_encode_end(struct encoding_encode *e, struct buf *out)
{
	if (e->encoding == ENCODING_BASE64)
		base64_encode_end(&e->base64, out);
	else if (e->encoding == ENCODING_QP)
		qp_encode_end(&e->qp, out);
}
