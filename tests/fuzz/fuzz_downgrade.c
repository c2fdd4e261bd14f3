/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a message for a 7-bit server. The first byte says how pieces are cut: the result does not depend on
 * that, has no 8-bit byte where it could be encoded, and a second time there is nothing to do.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "message/downgrade.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24 };

/* 1 when there is nothing to do; -1 when it is no message for us. */
static int run(struct buf *out, struct span in, size_t step)
{
	struct downgrade d;
	int rc = 0;

	buf_reset(out);
	downgrade_init(&d);
	for (size_t i = 0; i < in.n && rc == 0; i += step)
		rc = downgrade_scan(&d, span_of(in.p + i, in.n - i < step ? in.n - i : step), NULL);
	if (rc == 0)
		rc = downgrade_begin(&d, out, NULL);
	for (size_t i = 0; i < in.n && rc == 0; i += step)
		if (downgrade_feed(&d, span_of(in.p + i, in.n - i < step ? in.n - i : step), out, NULL) < 0)
			abort();
	if (rc == 0 && downgrade_end(&d, out, NULL) < 0)
		abort();
	/* Text without structure and encoding has become 7-bit whatever it was. */
	if (rc == 0 && !d.scan.structured && encoding_is_identity(d.scan.encoding))
		assert(!span_has_8bit(span_from(buf_span(out), d.scan.header.n + 200)));
	downgrade_clear(&d);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = size ? span_of((const char *)data + 1, size - 1) : span_of(NULL, 0);
	struct buf once, pieces;
	int rc;

	buf_init(&once, ROOM);
	buf_init(&pieces, ROOM);
	rc = run(&once, in, in.n + 1);
	assert(run(&pieces, in, size ? data[0] % 50 + 1 : 1) == rc);
	assert(rc != 0 || span_is(buf_span(&once), buf_span(&pieces)));
	buf_clear(&once);
	buf_clear(&pieces);
	return 0;
}
