/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as HTML: text that is UTF-8, the same however it is cut, and not much longer than it was.
 */
#include <assert.h>
#include <stdint.h>

#include "base/utf8.h"
#include "message/html_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render(struct span html, size_t piece, struct buf *out)
{
	struct html_text h;

	buf_init(out, 1 << 24);
	html_text_init(&h);
	for (size_t i = 0; i < html.n; i += piece)
		html_text_feed(&h, span_of(html.p + i, html.n - i < piece ? html.n - i : piece), out);
	html_text_end(&h, out);
	html_text_clear(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span html = span_of((const char *)data, size), charset = html_text_charset(html);
	struct buf one, two;

	assert(charset.n <= size);
	render(html, 1, &one);
	render(html, size + 1, &two);
	assert(span_is(buf_span(&one), buf_span(&two)));
	assert(utf8_is_valid(buf_span(&one)));
	assert(one.n <= size * HTML_TEXT_GROWTH + HTML_TEXT_ROOM);
	buf_clear(&one);
	buf_clear(&two);
	return 0;
}
