/* SPDX-License-Identifier: ISC */
/*
 * edits - a message with changes, written once.
 */
#include "list/edits.h"

#include <stdlib.h>

#include "message/encoding.h"

enum { DECODED_MAX = SPILL_PIECE * QP_GROWTH + QP_ROOM, ENCODED_MAX = 2 * DECODED_MAX + QP_ROOM };

struct edit {
	off_t from, to;
	size_t order;
	struct span put;
	bool base64; /* put behind what is in the range, inside of its encoding */
};

void edits_init(struct edits *e, struct arena *a)
{
	*e = (struct edits){ .arena = a };
}

static void add(struct edits *e, const struct edit *edit)
{
	if (e->n == e->room) {
		struct edit *more;

		e->room = e->room ? e->room * 2 : 8;
		more = arena_alloc(e->arena, e->room * sizeof(*more));
		if (e->n)
			memcpy(more, e->v, e->n * sizeof(*more));
		e->v = more;
	}
	e->v[e->n] = *edit;
	e->v[e->n].order = e->n;
	e->n++;
}

void edits_replace(struct edits *e, off_t from, off_t to, struct span put)
{
	add(e, &(struct edit){ .from = from, .to = to, .put = put });
}

void edits_append_base64(struct edits *e, off_t from, off_t to, struct span text)
{
	add(e, &(struct edit){ .from = from, .to = to, .put = text, .base64 = true });
}

void edits_join(struct edits *e, const struct edits *more)
{
	for (size_t i = 0; i < more->n; i++)
		add(e, &more->v[i]);
}

/* ---- writing ---- */

struct writer {
	struct spill *in;
	int (*sink)(void *ctx, struct span piece, struct fault *f);
	void *ctx;
	struct span piece; /* that was read last; many small edits need not read it again */
	off_t at;	   /* where it begins */
	off_t size;
};

/* What there is at `at`, up to `end`: 1, 0 at the end. */
static int read_at(struct writer *w, off_t at, off_t end, struct span *out, struct fault *f)
{
	if (at >= end || at >= w->size)
		return 0;
	if (at < w->at || at >= w->at + (off_t)w->piece.n) {
		off_t next = at;
		int rc = spill_next(w->in, &next, &w->piece, f);

		if (rc <= 0)
			return rc;
		w->at = at;
	}
	*out = span_from(w->piece, (size_t)(at - w->at));
	if ((off_t)out->n > end - at)
		out->n = (size_t)(end - at);
	return 1;
}

static int copy(struct writer *w, off_t from, off_t to, struct fault *f)
{
	struct span piece;
	int rc;

	while ((rc = read_at(w, from, to, &piece, f)) > 0) {
		if (w->sink(w->ctx, piece, f) < 0)
			return -1;
		from += (off_t)piece.n;
	}
	return rc;
}

struct recoder {
	struct encoding_decode decode;
	struct encoding_encode encode;
	struct buf decoded, encoded;
	bool any, crlf;
	char last;
};

static int hand_on(struct writer *w, struct recoder *r, struct fault *f)
{
	int rc;

	if (r->decoded.overflow || r->encoded.overflow)
		return fault_bug(f, "a piece of base64 became too large");
	rc = r->encoded.n ? w->sink(w->ctx, buf_span(&r->encoded), f) : 0;
	buf_reset(&r->decoded);
	buf_reset(&r->encoded);
	return rc;
}

/* What was decoded, to be encoded; looked at on its way. */
static int encode(struct writer *w, struct recoder *r, struct fault *f)
{
	struct span s = buf_span(&r->decoded);
	size_t lf = span_find(s, '\n');

	if (s.n == 0)
		return 0;
	if (lf < s.n)
		r->crlf = lf > 0 ? s.p[lf - 1] == '\r' : r->last == '\r';
	r->any = true;
	r->last = s.p[s.n - 1];
	encoding_encode_feed(&r->encode, s, &r->encoded);
	return hand_on(w, r, f);
}

static int append(struct writer *w, struct recoder *r, struct span text, struct fault *f)
{
	const char *eol = r->crlf ? "\r\n" : "\n";

	if (r->any && r->last != '\n')
		buf_put_str(&r->decoded, eol);
	while (text.n) {
		buf_put_span(&r->decoded, span_cut(&text, '\n'));
		buf_put_str(&r->decoded, eol);
	}
	return encode(w, r, f);
}

static int recode(struct writer *w, const struct edit *edit, struct fault *f)
{
	struct recoder r = { .any = false };
	struct span piece;
	off_t at = edit->from;
	int rc;

	encoding_decode_init(&r.decode, ENCODING_BASE64);
	encoding_encode_init(&r.encode, ENCODING_BASE64);
	buf_init(&r.decoded, DECODED_MAX);
	buf_init(&r.encoded, ENCODED_MAX);
	while ((rc = read_at(w, at, edit->to, &piece, f)) > 0) {
		encoding_decode_feed(&r.decode, piece, &r.decoded);
		at += (off_t)piece.n;
		if (encode(w, &r, f) < 0)
			break;
	}
	if (rc == 0) {
		encoding_decode_end(&r.decode, &r.decoded);
		rc = encode(w, &r, f) < 0 || append(w, &r, edit->put, f) < 0 ? -1 : 0;
	}
	if (rc == 0) {
		encoding_encode_end(&r.encode, &r.encoded);
		rc = hand_on(w, &r, f);
	}
	buf_clear(&r.decoded);
	buf_clear(&r.encoded);
	return rc < 0 || rc > 0 ? -1 : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

int edits_write(struct edits *e, struct spill *in, int (*sink)(void *ctx, struct span piece, struct fault *f),
		void *ctx, struct fault *f)
{
	struct writer w = { .in = in, .sink = sink, .ctx = ctx, .size = in->size };
	off_t at = 0;

	if (e->n)
		qsort(e->v, e->n, sizeof(*e->v), by_place);
	for (size_t i = 0; i < e->n; i++) {
		const struct edit *edit = &e->v[i];

		if (copy(&w, at, edit->from, f) < 0)
			return -1;
		if (edit->base64 ? recode(&w, edit, f) < 0 : edit->put.n && sink(ctx, edit->put, f) < 0)
			return -1;
		at = edit->to;
	}
	return copy(&w, at, w.size, f);
}
