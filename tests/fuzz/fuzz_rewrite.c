/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a message whose addresses are rewritten. Without a change they come out as they went in; with one the
 * fields are as many, under the same names, and so is what follows them; however the pieces are cut. The first
 * byte says how.
 */
#include <assert.h>
#include <stdint.h>

#include "message/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 26, HEADER = 4096 };

static int map(void *ctx, struct arena *a, const char *mailbox, enum rewrite_side side, const char **out,
	       struct fault *f)
{
	const bool *changes = ctx;

	(void)f;
	assert(side != REWRITE_NOTHING && address_is_valid(span_str(mailbox), true, true));
	*out = *changes ? arena_str(a, "\"new one\"@domain.example") : mailbox;
	return 0;
}

static void put(void *to, const void *p, size_t n)
{
	buf_put(to, p, n);
}

static int rewrite(struct span in, size_t piece, bool changes, struct buf *out)
{
	const struct rewrite_rules rules = { .map = map, .ctx = &changes, .header_max = HEADER, .put = put, .to = out };
	struct rewrite_stream s;

	buf_init(out, ROOM);
	rewrite_stream_begin(&s, &rules);
	for (size_t i = 0; i < in.n; i += piece)
		rewrite_stream_put(&s, in.p + i, in.n - i < piece ? in.n - i : piece);
	return rewrite_stream_end(&s, NULL);
}

/* A field that was folded anew has lost NULs and empty lines, but not its place. */
static void check_fields(struct span before, struct span after)
{
	struct header_field a, b;
	int more = 1;

	if (before.n > HEADER || span_find(before, '\0') < before.n || span_find(before, '\r') < before.n)
		return;
	while (more == 1) {
		more = header_next(&before, &a);
		assert(header_next(&after, &b) == more);
		if (more == 1)
			assert(span_is(a.name, b.name));
	}
	assert(span_is(before, after));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from(span_of((const char *)data, size), 1);
	size_t piece = size > 0 ? 1U + data[0] : 1;
	struct buf same, one, other;

	assert(rewrite(in, piece, false, &same) == 0);
	assert(span_is(buf_span(&same), in));
	assert(rewrite(in, in.n + 1, true, &one) == rewrite(in, piece, true, &other));
	assert(span_is(buf_span(&one), buf_span(&other)));
	check_fields(in, buf_span(&one));
	buf_clear(&same);
	buf_clear(&one);
	buf_clear(&other);
	return 0;
}
