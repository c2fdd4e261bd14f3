/* SPDX-License-Identifier: ISC */
/*
 * A file letterbox.metadata of any bytes: entries have names that are names, each once, and what is written of them
 * reads the same.
 */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct metadata first, second;
	struct fault f;
	struct buf out;

	metadata_parse(&a, span_of((const char *)data, size), &first);
	assert(first.n <= METADATA_ENTRIES_MAX);
	buf_init(&out, 4 * size + 100);
	metadata_put(&out, &first);
	metadata_parse(&a, buf_span(&out), &second);
	assert(!out.overflow && second.n == first.n);
	for (size_t i = 0; i < first.n; i++) {
		assert(metadata_check_name(first.entries[i].name, &f) == 0);
		assert(metadata_find(&first, first.entries[i].name).p == first.entries[i].value.p);
		assert(span_is(second.entries[i].name, first.entries[i].name) &&
		       span_is(second.entries[i].value, first.entries[i].value));
	}
	buf_clear(&out);
	arena_clear(&a);
	return 0;
}
