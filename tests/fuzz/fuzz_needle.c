/* SPDX-License-Identifier: ISC */
/*
 * "needle\ntext", the first byte being how long the pieces are: the needle is found when memmem(3) finds what it
 * becomes in what the text becomes.
 */
#include <assert.h>
#include <stdint.h>

#include "base/utf8.h"
#include "message/casemap.h"
#include "message/needle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24 };

/* As many octets from the front as belong to whole characters. */
static struct span take(struct span *rest, size_t n)
{
	struct span all = *rest;
	uint32_t character;

	while (all.n - rest->n < n && rest->n > 0)
		utf8_next(rest, &character);
	return span_of(all.p, all.n - rest->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of((const char *)data, size), text;
	size_t piece = size ? data[0] % 64 + 1 : 1;
	struct arena a = { 0 };
	struct needle n;
	struct haystack h;
	struct buf mapped;
	bool found;

	rest = span_from(rest, 1);
	text = rest;
	rest = span_cut(&text, '\n');
	needle_init(&n, &a, rest);
	buf_init(&mapped, ROOM);
	casemap_put(&mapped, text);
	/* ASCII may still be small in what a ligature becomes. */
	for (size_t i = 0; i < mapped.n; i++)
		if (mapped.p[i] >= 'a' && mapped.p[i] <= 'z')
			mapped.p[i] = (char)(mapped.p[i] - ('a' - 'A'));
	haystack_init(&h, &n, 1, &found);
	while (text.n > 0)
		haystack_feed(&h, take(&text, piece));
	if (n.text.n > 0 && mapped.n > 0)
		assert(found == (memmem(mapped.p, mapped.n, n.text.p, n.text.n) != NULL));
	haystack_clear(&h);
	buf_clear(&mapped);
	arena_clear(&a);
	return 0;
}
