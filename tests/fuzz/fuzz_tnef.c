/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a TNEF stream, and as compressed RTF: what is found lies within, texts are UTF-8, and the RTF is the
 * same however it is cut.
 */
#include <assert.h>
#include <stdint.h>

#include "base/utf8.h"
#include "message/tnef.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	assert(!text || (text[0] && utf8_is_valid(span_str(text))));
}

static void unpack_rtf(struct span bytes, size_t piece, struct buf *out)
{
	struct tnef_rtf r;

	buf_init(out, 1 << 24);
	tnef_rtf_init(&r);
	for (size_t i = 0; i < bytes.n; i += piece)
		tnef_rtf_feed(&r, span_of(bytes.p + i, bytes.n - i < piece ? bytes.n - i : piece), out);
	tnef_rtf_end(&r);
	assert(out->n <= bytes.n * TNEF_RTF_GROWTH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_of((const char *)data, size);
	struct tnef_source source = tnef_bytes(&bytes);
	struct arena a = { 0 };
	struct buf one, two;
	struct tnef t;

	if (tnef_parse(&a, &source, &t) == 0) {
		assert(tnef_is(bytes) && t.n <= TNEF_ITEMS_MAX);
		for (size_t i = 0; i < t.n; i++) {
			const struct tnef_item *item = &t.items[i];

			assert(item->size > 0 && item->at <= size && item->size <= size - item->at);
			check_text(item->name);
			check_text(item->type);
			check_text(item->id);
		}
	}
	arena_clear(&a);
	unpack_rtf(bytes, 1, &one);
	unpack_rtf(bytes, size + 1, &two);
	assert(span_is(buf_span(&one), buf_span(&two)));
	buf_clear(&one);
	buf_clear(&two);
	return 0;
}
