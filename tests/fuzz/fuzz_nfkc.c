/* SPDX-License-Identifier: ISC */
/*
 * What is normalised stays as it is when it is normalised again, and does not grow beyond what the header says.
 */
#include <assert.h>
#include <stdint.h>

#include "message/nfkc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once, twice;

	buf_init(&once, (size_t)NFKC_GROWTH * NFKC_MAX);
	buf_init(&twice, (size_t)NFKC_GROWTH * NFKC_MAX);
	if (nfkc_put(&once, span_of((const char *)data, size)) == 0) {
		assert(!once.overflow && once.n <= size * NFKC_GROWTH);
		if (once.n <= NFKC_MAX) {
			assert(nfkc_put(&twice, buf_span(&once)) == 0);
			assert(span_is(buf_span(&twice), buf_span(&once)));
		}
	}
	buf_clear(&once);
	buf_clear(&twice);
	return 0;
}
