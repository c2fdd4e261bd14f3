/* SPDX-License-Identifier: ISC */
/*
 * Any bytes encoded in lines and decoded are what they were; any bytes decoded give the same by every way of the
 * machine, and however they are cut. The first byte says how.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24 };

static void encode(struct span in, size_t piece, bool crlf, struct buf *out)
{
	struct base64_encode e;

	base64_encode_init(&e, crlf);
	for (size_t i = 0; i < in.n; i += piece)
		base64_encode_feed(&e, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), out);
	base64_encode_end(&e, out);
}

static uint64_t decode(struct span in, size_t piece, struct buf *out)
{
	struct base64_decode d;

	base64_decode_init(&d);
	for (size_t i = 0; i < in.n; i += piece)
		base64_decode_feed(&d, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), out);
	base64_decode_end(&d, out);
	return d.junk;
}

static void check(struct span in, size_t piece, const struct buf *plain, uint64_t junk, const struct buf *lines)
{
	struct buf out;

	buf_init(&out, ROOM);
	assert(decode(in, piece, &out) == junk && span_is(buf_span(&out), buf_span(plain)));
	buf_reset(&out);
	encode(in, piece, false, &out);
	assert(span_is(buf_span(&out), buf_span(lines)));
	buf_reset(&out);
	assert(decode(buf_span(lines), piece, &out) == 0 && span_is(buf_span(&out), in));
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from(span_of((const char *)data, size), 1);
	/* A copy that ends where it ends, so that a read behind it is seen. */
	char *copy = arena_heap(in.n);
	struct buf plain, lines;
	uint64_t junk;

	if (in.n > 0)
		memcpy(copy, in.p, in.n);
	in.p = copy;
	buf_init(&plain, ROOM);
	buf_init(&lines, ROOM);
	base64_use(BASE64_PORTABLE);
	junk = decode(in, in.n + 1, &plain);
	encode(in, in.n + 1, false, &lines);
	assert(lines.n == base64_lines_size(in.n, false));
	for (int way = BASE64_PORTABLE; way <= BASE64_WIDE; way++) {
		if (!base64_use((enum base64_kernel)way))
			continue;
		check(in, in.n + 1, &plain, junk, &lines);
		check(in, size > 0 ? 1 + data[0] : 1, &plain, junk, &lines);
	}
	buf_clear(&plain);
	buf_clear(&lines);
	free(copy);
	return 0;
}
