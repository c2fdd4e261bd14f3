/* SPDX-License-Identifier: ISC */
/*
 * qp - quoted-printable, RFC 2045 6.7.
 *
 * Reading makes tokens: a byte that stood for itself, one that was encoded, a line
 * break, a soft one. Decoding puts their meaning; wrapping hands them to the
 * encoder's output, so that the encoded stays encoded.
 */
#include "message/qp.h"

#include <string.h>

#include "base/hex.h"

static const char from_[] = "From ";

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_safe(char c)
{
	return (c >= '!' && c <= '~' && c != '=') || is_blank(c);
}

static char *put_soft_break(struct qp_encode *q, char *to)
{
	q->column = 0;
	q->soft = true;
	*to++ = '=';
	*to++ = '\n';
	return to;
}

static char *put_encoded(struct qp_encode *q, char *to, char c)
{
	static const char hex[] = "0123456789ABCDEF";

	/* The last column is the soft break's. */
	if (q->column + 3 > QP_LINE_MAX - 1)
		to = put_soft_break(q, to);
	q->column += 3;
	*to++ = '=';
	*to++ = hex[(unsigned char)c >> 4];
	*to++ = hex[(unsigned char)c & 15];
	return to;
}

static char *put_literal(struct qp_encode *q, char *to, char c)
{
	if (q->column + 1 > QP_LINE_MAX - 1)
		to = put_soft_break(q, to);
	if (q->column == 0 && (c == '.' || (q->soft && (c == '-' || c == 'F'))))
		return put_encoded(q, to, c);
	q->column++;
	*to++ = c;
	return to;
}

static char *put_blank(struct qp_encode *q, char *to)
{
	if (q->blank)
		to = put_literal(q, to, q->blank);
	q->blank = '\0';
	return to;
}

static char *put_char(struct qp_encode *q, char *to, char c)
{
	to = put_blank(q, to);
	if (is_blank(c))
		q->blank = c;
	else if (is_safe(c))
		to = put_literal(q, to, c);
	else
		to = put_encoded(q, to, c);
	return to;
}

/* What looked like the beginning of "From " was not. */
static char *put_from(struct qp_encode *q, char *to)
{
	for (size_t i = 0; i < q->from; i++)
		to = put_char(q, to, from_[i]);
	q->from = 0;
	return to;
}

/* Put what is held back: a blank is encoded, as it is the last of its line. */
static char *put_held(struct qp_encode *q, char *to)
{
	to = put_from(q, to);
	if (q->blank)
		to = put_encoded(q, to, q->blank);
	q->blank = '\0';
	return to;
}

static char *put_line_break(struct qp_encode *q, char *to)
{
	to = put_held(q, to);
	*to++ = '\n';
	q->column = 0;
	q->soft = false;
	return to;
}

static char *encode(struct qp_encode *q, char *to, char c)
{
	bool start = q->column == 0 && !q->blank && !q->soft;

	if (c == '\n')
		return put_line_break(q, to);
	if (!start || c != from_[q->from]) {
		to = put_from(q, to);
		return put_char(q, to, c);
	}
	if (++q->from < sizeof(from_) - 1)
		return to;
	q->from = 0;
	to = put_encoded(q, to, 'F');
	for (size_t i = 1; i < sizeof(from_) - 1; i++)
		to = put_char(q, to, from_[i]);
	return to;
}

void qp_encode_init(struct qp_encode *q)
{
	*q = (struct qp_encode){ 0 };
}

void qp_encode_feed(struct qp_encode *q, struct span piece, struct buf *out)
{
	char *from = buf_room(out, piece.n * QP_GROWTH + QP_ROOM), *to = from;

	if (!from)
		return;
	for (size_t i = 0; i < piece.n; i++)
		to = encode(q, to, piece.p[i]);
	buf_added(out, (size_t)(to - from));
}

void qp_encode_end(struct qp_encode *q, struct buf *out)
{
	char *from = buf_room(out, QP_ROOM);

	if (from)
		buf_added(out, (size_t)(put_held(q, from) - from));
}

enum token { LITERAL, ENCODED, BREAK, SOFT_BREAK };

struct sink {
	char *(*put)(struct sink *s, char *to, enum token token, char c);
	struct qp_encode *encode;
	bool crlf;
};

/* What was held back begins nothing: it is text. */
static char *release(struct qp_decode *q, char *to, struct sink *sink)
{
	for (size_t i = 0; i < q->n; i++)
		to = sink->put(sink, to, LITERAL, q->held[i]);
	q->n = 0;
	return to;
}

/* Does c continue what is held: blanks (a CR may be half a line end), "=" and blanks, "=" and one digit? */
static bool continues(const struct qp_decode *q, char c)
{
	bool escape = q->n > 0 && q->held[0] == '=';

	if (q->n == sizeof(q->held))
		return false;
	if (is_blank(c) || c == '\r')
		return !(escape && q->n > 1 && hex_value(q->held[1]) >= 0);
	return q->n == 0 ? c == '=' : escape && q->n == 1 && hex_value(c) >= 0;
}

static char *decode(struct qp_decode *q, char *to, char c, struct sink *sink)
{
	bool digit = q->n == 2 && q->held[0] == '=' && hex_value(q->held[1]) >= 0;

	if (digit && hex_value(c) >= 0) {
		q->n = 0;
		return sink->put(sink, to, ENCODED, (char)(hex_value(q->held[1]) << 4 | hex_value(c)));
	}
	if (c == '\n' && !digit) {
		enum token token = q->n && q->held[0] == '=' ? SOFT_BREAK : BREAK;

		q->n = 0;
		return sink->put(sink, to, token, c);
	}
	if (!continues(q, c))
		to = release(q, to, sink);
	if (c == '\n')
		return sink->put(sink, to, BREAK, c);
	if (!continues(q, c))
		return sink->put(sink, to, LITERAL, c);
	q->held[q->n++] = c;
	return to;
}

static void read_tokens(struct qp_decode *q, struct span piece, struct buf *out, struct sink *sink)
{
	char *from = buf_room(out, piece.n * QP_GROWTH + QP_ROOM), *to = from;

	if (!from)
		return;
	for (size_t i = 0; i < piece.n; i++)
		to = decode(q, to, piece.p[i], sink);
	buf_added(out, (size_t)(to - from));
}

/* At the end of all a "=" is a soft break, blanks are those of a line's end, "=A" is text. */
static void end_tokens(struct qp_decode *q, struct buf *out, struct sink *sink)
{
	char *from = buf_room(out, QP_ROOM), *to = from;

	if (!from)
		return;
	if (q->n == 2 && q->held[0] == '=' && hex_value(q->held[1]) >= 0)
		to = release(q, to, sink);
	q->n = 0;
	buf_added(out, (size_t)(to - from));
}

static char *put_meaning(struct sink *s, char *to, enum token token, char c)
{
	if (token == BREAK && s->crlf)
		*to++ = '\r';
	if (token != SOFT_BREAK)
		*to++ = c;
	return to;
}

void qp_decode_init(struct qp_decode *q)
{
	q->n = 0;
	q->crlf = false;
}

void qp_decode_feed(struct qp_decode *q, struct span piece, struct buf *out)
{
	struct sink sink = { .put = put_meaning, .crlf = q->crlf };

	read_tokens(q, piece, out, &sink);
}

void qp_decode_end(struct qp_decode *q, struct buf *out)
{
	struct sink sink = { .put = put_meaning };

	end_tokens(q, out, &sink);
}

static char *put_again(struct sink *s, char *to, enum token token, char c)
{
	struct qp_encode *q = s->encode;

	switch (token) {
	case BREAK:
		return put_line_break(q, to);
	case SOFT_BREAK:
		to = put_blank(q, to);
		return q->column ? put_soft_break(q, to) : to;
	case ENCODED:
		return put_encoded(q, put_blank(q, to), c);
	case LITERAL:
		break;
	}
	return put_char(q, to, c);
}

void qp_wrap_init(struct qp_wrap *q)
{
	qp_decode_init(&q->in);
	qp_encode_init(&q->out);
}

void qp_wrap_feed(struct qp_wrap *q, struct span piece, struct buf *out)
{
	struct sink sink = { .put = put_again, .encode = &q->out };

	read_tokens(&q->in, piece, out, &sink);
}

void qp_wrap_end(struct qp_wrap *q, struct buf *out)
{
	struct sink sink = { .put = put_again, .encode = &q->out };

	end_tokens(&q->in, out, &sink);
	qp_encode_end(&q->out, out);
}
