/* SPDX-License-Identifier: ISC */
/*
 * Any bytes in any pieces, through every filter, against the naive versions. The first two bytes say how the
 * pieces are cut.
 */
#include <assert.h>
#include <stdint.h>

#include "message/lines.h"
#include "support/naive_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct state {
	struct lines lines;
	struct buf want, got;
	unsigned step;
};

/* The next piece of *rest; lengths vary with the place. */
static struct span next_piece(struct state *s, struct span *rest)
{
	size_t n = 1 + (s->step = s->step * 75 + 74) % 97;
	struct span piece = span_of(rest->p, n < rest->n ? n : rest->n);

	*rest = span_from(*rest, piece.n);
	return piece;
}

static size_t feed(struct state *s, size_t (*fn)(struct lines *, struct span, struct buf *), struct span in)
{
	size_t taken = 0;

	while (in.n)
		taken += fn(&s->lines, next_piece(s, &in), &s->got);
	return taken;
}

static void compare(struct state *s, const struct naive *n, size_t taken)
{
	const struct lines_facts *facts = &s->lines.facts;
	struct lines again = { 0 };

	assert(span_is(buf_span(&s->got), buf_span(&s->want)));
	assert(facts->bytes == s->got.n);
	if (n) {
		assert(taken == n->taken && lines_is_ended(&s->lines) == n->ended);
		assert(facts->bare_cr == n->bare_cr && facts->bare_lf == n->bare_lf);
		lines_count(&again, buf_span(&s->got));
		assert(again.facts.longest == facts->longest && again.facts.has_nul == facts->has_nul);
		assert(again.facts.has_8bit == facts->has_8bit && again.facts.bytes == facts->bytes);
	}
	buf_reset(&s->want);
	buf_reset(&s->got);
}

static size_t bdat_feed(struct lines *l, struct span piece, struct buf *out)
{
	lines_bdat_in_feed(l, piece, out);
	return piece.n;
}

static size_t smtp_out_feed(struct lines *l, struct span piece, struct buf *out)
{
	lines_smtp_out_feed(l, piece, out);
	return piece.n;
}

static size_t bdat_out_feed(struct lines *l, struct span piece, struct buf *out)
{
	lines_bdat_out_feed(l, piece, out);
	return piece.n;
}

static void try_in(struct state *s, struct span in)
{
	struct naive n = naive_smtp_in(in, &s->want);

	lines_smtp_in_init(&s->lines);
	compare(s, &n, feed(s, lines_smtp_in_feed, in));
	n = naive_bdat_in(in, &s->want);
	lines_bdat_in_init(&s->lines);
	feed(s, bdat_feed, in);
	lines_bdat_in_end(&s->lines, &s->got);
	compare(s, &n, in.n);
	for (int dot_ends = 0; dot_ends <= 1; dot_ends++) {
		size_t taken;

		n = naive_in(in, dot_ends, &s->want);
		lines_in_init(&s->lines, dot_ends);
		taken = feed(s, lines_in_feed, in);
		lines_in_end(&s->lines, &s->got);
		compare(s, &n, taken);
	}
}

static void try_out(struct state *s, struct span in)
{
	naive_smtp_out(in, true, &s->want);
	lines_smtp_out_init(&s->lines);
	feed(s, smtp_out_feed, in);
	lines_smtp_out_end(&s->lines, &s->got);
	compare(s, NULL, 0);
	naive_smtp_out(in, false, &s->want);
	lines_bdat_out_init(&s->lines);
	feed(s, bdat_out_feed, in);
	lines_bdat_out_end(&s->lines, &s->got);
	compare(s, NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct state s = { 0 };

	for (int i = 0; i < 2 && in.n; i++, in = span_from(in, 1))
		s.step = s.step << 8 | (unsigned char)in.p[0];
	buf_init(&s.want, 1 << 24);
	buf_init(&s.got, 1 << 24);
	try_in(&s, in);
	try_out(&s, in);
	buf_clear(&s.want);
	buf_clear(&s.got);
	return 0;
}
