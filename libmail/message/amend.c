/* SPDX-License-Identifier: ISC */
/*
 * amend - repair the header of a message that streams by.
 *
 * What the header is, is repair_scan's to say, which knows of messages that begin without one. The scan that the
 * repair is made from has seen no body: else it would announce an encoding that nobody makes.
 */
#include "message/amend.h"

#include <stdlib.h>

enum {
	GROWTH = 4,   /* a repaired header may be so many times as large as the limit */
	PIECE = 8192, /* octets that are looked at at a time */
};

void amend_init(struct amend *m, const struct repair_rules *rules, size_t header_limit,
		void (*put)(void *ctx, const void *p, size_t n), void *ctx)
{
	*m = (struct amend){ .rules = *rules, .limit = header_limit, .put = put, .ctx = ctx };
	buf_init(&m->head, header_limit + PIECE);
}

void amend_clear(struct amend *m)
{
	buf_clear(&m->head);
}

static int scan(struct repair_scan *s, struct span text, size_t limit, struct fault *f)
{
	repair_scan_init(s, limit, false);
	return repair_scan_feed(s, text, f) < 0 ? -1 : repair_scan_end(s, f);
}

/* How many octets of the text are header. */
static int find_header(struct repair_scan *s, struct span text, size_t limit, size_t *n, struct fault *f)
{
	int rc = scan(s, text, limit, f);

	*n = s->body_at < text.n ? (size_t)s->body_at : text.n;
	repair_scan_clear(s);
	return rc;
}

static int put_header(struct amend *m, struct repair_scan *s, struct span header, struct fault *f)
{
	struct arena a = { 0 };
	struct repair_result result;
	struct buf out;
	int rc;

	buf_init(&out, GROWTH * m->limit);
	rc = scan(s, header, m->limit, f);
	if (rc == 0)
		rc = repair_header(&a, s, &m->rules, &out, &result, f);
	if (rc == 0)
		m->put(m->ctx, out.p, out.n);
	repair_scan_clear(s);
	buf_clear(&out);
	arena_clear(&a);
	return rc;
}

/* All of the header is there: the first `end` octets, or as much of them as is one. */
static void finish(struct amend *m, size_t end)
{
	struct repair_scan *s = arena_heap(sizeof(*s));
	struct span text = buf_span(&m->head);
	size_t n;

	m->is_over = true;
	if (find_header(s, span_of(text.p, end), m->limit, &n, &m->failure) == 0 &&
	    (!m->check || m->check(m->ctx, span_of(text.p, n), &m->failure) == 0) &&
	    put_header(m, s, span_of(text.p, n), &m->failure) == 0 && n < text.n)
		m->put(m->ctx, text.p + n, text.n - n);
	free(s);
	buf_clear(&m->head);
}

/* Where the header ends, its empty line included; 0 when that has not come. What is before `from` was looked at. */
static size_t find_end(struct span text, size_t from)
{
	for (size_t i = from + span_find(span_from(text, from), '\n'); i < text.n;
	     i += 1 + span_find(span_from(text, i + 1), '\n'))
		if (i == 0 || text.p[i - 1] == '\n')
			return i + 1;
	return 0;
}

static void add_to_head(struct amend *m, struct span piece)
{
	size_t before = m->head.n, end;

	buf_put_span(&m->head, piece);
	end = find_end(buf_span(&m->head), before);
	if ((end ? end : m->head.n) > m->limit)
		fault_perm(&m->failure, 552, "5.3.4", "Message header exceeds the limit of %zu octets", m->limit);
	else if (end)
		finish(m, end);
}

void amend_feed(struct amend *m, struct span piece)
{
	while (piece.n && m->failure.kind == FAULT_NONE) {
		size_t n = m->is_over || piece.n < PIECE ? piece.n : PIECE;

		if (m->is_over)
			m->put(m->ctx, piece.p, n);
		else
			add_to_head(m, span_of(piece.p, n));
		piece = span_from(piece, n);
	}
}

int amend_end(struct amend *m, struct fault *f)
{
	if (!m->is_over && m->failure.kind == FAULT_NONE)
		finish(m, m->head.n);
	if (m->failure.kind == FAULT_NONE)
		return 0;
	if (f)
		*f = m->failure;
	return -1;
}
