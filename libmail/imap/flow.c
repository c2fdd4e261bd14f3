/* SPDX-License-Identifier: ISC */
/*
 * flow - a piece of a message on its way to the client.
 *
 * Line ends of what is not encoded become CR LF; those that quoted-printable writes as line breaks, too. What is in
 * base64 is as it is.
 */
#include "imap/flow.h"

#include "imap/source.h"

bool imap_flow_decodes(enum encoding encoding)
{
	return encoding_is_identity(encoding) || encoding == ENCODING_QP || encoding == ENCODING_BASE64;
}

void imap_flow_init(struct imap_flow *w, uint64_t from, uint64_t to, enum encoding encoding, bool binary)
{
	w->start = w->at = from;
	w->end = to;
	w->passed = 0;
	w->encoding = encoding;
	w->is_ended = encoding_is_identity(encoding);
	encoding_decode_init(&w->decode, encoding);
	w->decode.qp.crlf = true;
	crlf_init(&w->crlf, 0, 0);
	w->crlf.hides_nul = !binary;
	w->crlf.as_is = !encoding_is_identity(encoding);
}

void imap_flow_window(struct imap_flow *w, uint64_t from, uint64_t octets)
{
	w->crlf.skip = from - w->passed;
	w->crlf.left = octets;
}

bool imap_flow_is_done(const struct imap_flow *w)
{
	return w->crlf.left == 0 || (w->at >= w->end && w->is_ended);
}

/* Through the window. What is behind it is as if it had not been read. */
static void pass(struct imap_flow *w, struct span bytes, struct buf *out)
{
	uint64_t skip = w->crlf.skip, left = w->crlf.left;

	crlf_feed(&w->crlf, bytes, out);
	w->passed += skip - w->crlf.skip + left - w->crlf.left;
}

static void decode(struct imap_flow *w, struct span piece, struct buf *out)
{
	struct buf bytes;

	buf_init(&bytes, IMAP_FLOW_PIECE * QP_GROWTH + QP_ROOM + BASE64_ROOM);
	encoding_decode_feed(&w->decode, piece, &bytes);
	if (w->at >= w->end) {
		encoding_decode_end(&w->decode, &bytes);
		w->is_ended = true;
	}
	pass(w, buf_span(&bytes), out);
	buf_clear(&bytes);
}

int imap_flow_put(struct imap_flow *w, struct imap_source *source, struct buf *out, struct fault *f)
{
	uint64_t n = w->end - w->at < IMAP_FLOW_PIECE ? w->end - w->at : IMAP_FLOW_PIECE;
	struct span piece = span_of(NULL, 0);

	if (n > 0 && imap_source_read(source, w->at, n, &piece, f) < 0)
		return -1;
	w->at += piece.n;
	if (encoding_is_identity(w->encoding))
		pass(w, piece, out);
	else
		decode(w, piece, out);
	return 0;
}

int imap_flow_measure(const struct imap_flow *w, struct imap_source *source, uint64_t *octets, struct fault *f)
{
	struct imap_flow all = *w;
	struct buf ignored;
	int rc = 0;

	buf_init(&ignored, IMAP_FLOW_PIECE * QP_GROWTH + QP_ROOM + BASE64_ROOM);
	imap_flow_window(&all, 0, UINT64_MAX);
	while (rc == 0 && !imap_flow_is_done(&all)) {
		buf_reset(&ignored);
		rc = imap_flow_put(&all, source, &ignored, f);
	}
	buf_clear(&ignored);
	*octets = all.passed;
	return rc;
}
