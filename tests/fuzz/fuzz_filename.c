/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as the name of a file: what comes out is one component of a path, harmless, and stays itself when it is
 * made safe again.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "message/filename.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct span name)
{
	struct span rest = name;
	uint32_t c;

	assert(name.n <= FILENAME_MAX_OCTETS && utf8_is_valid(name));
	if (name.n == 0)
		return;
	assert(!strchr(".-~ ", name.p[0]) && !strchr(". ", name.p[name.n - 1]));
	while (utf8_next(&rest, &c) > 0)
		assert(printable_is(c) && c != '/' && c != '\\' && c != ':');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once, twice;

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	filename_put(&once, span_of((const char *)data, size));
	assert(!once.overflow);
	check(buf_span(&once));
	filename_put(&twice, buf_span(&once));
	assert(span_is(buf_span(&once), buf_span(&twice)));
	buf_clear(&once);
	buf_clear(&twice);
	return 0;
}
