/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_QP_H
#define LIBMAIL_MESSAGE_QP_H

/*
 * qp - quoted-printable, RFC 2045 6.7, streaming, for text with LF lines.
 *
 * The result does not depend on where the pieces were cut. A feed asks *out for
 * QP_GROWTH times the piece and QP_ROOM bytes in one go; if *out cannot give
 * them nothing is taken, and *out has overflowed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"

enum {
	QP_LINE_MAX = 76,    /* octets in an encoded line */
	QP_BLANKS_MAX = 998, /* of a run of blanks, what is longer is text wherever it stands */
	QP_GROWTH = 4,
	QP_ROOM = 4 * (QP_BLANKS_MAX + 4),
};

/*
 * Encode. An LF is a line break; every other byte is text, NUL and CR too. Also
 * encoded, without need of RFC 2045: a dot and "From " at the start of a line, which
 * SMTP and mbox would change, and a hyphen at the start of a line that only
 * the encoding made, lest a MIME boundary come into being.
 */
struct qp_encode {
	size_t column;
	size_t from; /* octets of "From " seen at the start of the line and not put */
	char blank;  /* one that was not put, as it may be the line's last; or 0 */
	bool soft;   /* the line was begun by a soft line break */
};

void qp_encode_init(struct qp_encode *q);
void qp_encode_feed(struct qp_encode *q, struct span piece, struct buf *out);
/* Put what was held back. Does not end the last line. */
void qp_encode_end(struct qp_encode *q, struct buf *out);

/*
 * Decode, tolerant as 6.7 advises: blanks at the ends of lines are removed,
 * CR LF is a line break as LF is, small hexadecimal digits are taken, and a "="
 * that begins nothing known stays as it is.
 */
struct qp_decode {
	char held[QP_BLANKS_MAX + 4]; /* blanks, or "=" and what came behind it */
	size_t n;
	bool crlf; /* line breaks become CR LF, "=0A" stays LF; false after qp_decode_init() */
};

void qp_decode_init(struct qp_decode *q);
void qp_decode_feed(struct qp_decode *q, struct span piece, struct buf *out);
void qp_decode_end(struct qp_decode *q, struct buf *out);

/*
 * Make it right: text that is quoted-printable already, but with lines that are too long or
 * with bytes that must not be in it (NUL, CR, 8-bit), becomes lines of at most QP_LINE_MAX that
 * decode to the same.
 */
struct qp_wrap {
	struct qp_decode in;
	struct qp_encode out;
};

void qp_wrap_init(struct qp_wrap *q);
void qp_wrap_feed(struct qp_wrap *q, struct span piece, struct buf *out);
void qp_wrap_end(struct qp_wrap *q, struct buf *out);

#endif
