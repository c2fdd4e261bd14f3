/* SPDX-License-Identifier: ISC */
/*
 * Any bytes encoded and decoded are what they were; any bytes decoded, and made right and decoded, are the
 * same. The first byte says how the pieces are cut.
 */
#include <assert.h>
#include <stdint.h>

#include "message/qp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24 };

static void encode(struct span in, size_t piece, struct buf *out)
{
	struct qp_encode q;

	qp_encode_init(&q);
	for (size_t i = 0; i < in.n; i += piece)
		qp_encode_feed(&q, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), out);
	qp_encode_end(&q, out);
}

static void decode(struct span in, size_t piece, struct buf *out)
{
	struct qp_decode q;

	qp_decode_init(&q);
	for (size_t i = 0; i < in.n; i += piece)
		qp_decode_feed(&q, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), out);
	qp_decode_end(&q, out);
}

static void wrap(struct span in, size_t piece, struct buf *out)
{
	struct qp_wrap q;

	qp_wrap_init(&q);
	for (size_t i = 0; i < in.n; i += piece)
		qp_wrap_feed(&q, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), out);
	qp_wrap_end(&q, out);
}

static void check_lines(struct span out)
{
	assert(!span_has_8bit(out) && span_find(out, '\r') == out.n && span_find(out, '\0') == out.n);
	while (out.n) {
		struct span line = span_cut(&out, '\n');

		assert(line.n <= QP_LINE_MAX);
		assert(line.n == 0 || (line.p[line.n - 1] != ' ' && line.p[line.n - 1] != '\t' && line.p[0] != '.'));
		assert(!span_starts(line, SPAN("From ")));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from(span_of((const char *)data, size), 1);
	size_t piece = size > 0 ? 1 + data[0] : 1;
	struct buf one, two, three;

	buf_init(&one, ROOM);
	buf_init(&two, ROOM);
	buf_init(&three, ROOM);
	encode(in, piece, &one);
	check_lines(buf_span(&one));
	decode(buf_span(&one), piece * 3, &two);
	assert(span_is(buf_span(&two), in));
	encode(in, in.n + 1, &three);
	assert(span_is(buf_span(&one), buf_span(&three)));
	buf_reset(&one);
	buf_reset(&two);
	buf_reset(&three);
	wrap(in, piece, &one);
	decode(buf_span(&one), 1, &two);
	decode(in, piece, &three);
	assert(span_is(buf_span(&two), buf_span(&three)));
	assert(!one.overflow && !two.overflow && !three.overflow);
	buf_clear(&one);
	buf_clear(&two);
	buf_clear(&three);
	return 0;
}
