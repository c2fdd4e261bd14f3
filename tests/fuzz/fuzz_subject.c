/* SPDX-License-Identifier: ISC */
/* Any text: its base is not longer, and is its own base. */
#include <assert.h>
#include <stdint.h>

#include "message/subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct span base = subject_base(&a, span_of((const char *)data, size), NULL);
	struct span again = subject_base(&a, base, NULL);

	assert(base.n <= size && span_is(again, base));
	arena_clear(&a);
	return 0;
}
