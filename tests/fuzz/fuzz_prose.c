/* SPDX-License-Identifier: ISC */
/*
 * The text of a message as HTML: what is opened is closed in order, nothing of the text is markup, and no control or
 * direction character is left.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "message/markup.h"
#include "message/prose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 16 << 20, DEPTH = 64 };

/* All tags that there can be. */
static const char *const tags[] = { "p",  "pre",  "blockquote",	 "details",  "summary",	 "div",	 "a",
				    "/p", "/pre", "/blockquote", "/details", "/summary", "/div", "/a" };

enum { TAGS = sizeof(tags) / sizeof(tags[0]) / 2 };

static size_t tag_of(struct span s)
{
	for (size_t i = 0; i < 2 * TAGS; i++)
		if (span_starts(s, span_str(tags[i])) && s.n > strlen(tags[i]) && strchr(" >", s.p[strlen(tags[i])]))
			return i;
	assert(!"a tag that we do not write");
	return 0;
}

static void check_nesting(struct span out)
{
	size_t open[DEPTH], depth = 0;

	for (size_t i = 0; i < out.n; i++) {
		size_t tag;

		if (out.p[i] != '<')
			continue;
		tag = tag_of(span_from(out, i + 1));
		if (tag < TAGS) {
			assert(depth < DEPTH);
			open[depth++] = tag;
		} else {
			assert(depth > 0 && open[--depth] == tag - TAGS);
		}
		i += span_find(span_from(out, i), '>');
	}
	assert(depth == 0);
}

static void check_characters(struct span out)
{
	uint32_t c;
	int rc;

	while ((rc = utf8_next(&out, &c)) != 0) {
		assert(rc > 0);
		assert(c >= 0x20 || c == '\n' || c == '\t');
		assert(!(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069) && !(c >= 0x7f && c < 0xa0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of((const char *)data, size);
	struct buf out;

	buf_init(&out, ROOM);
	prose_put(&out, text, size ? (enum prose_addresses)(data[0] % 3) : PROSE_AT);
	if (!out.overflow) {
		check_nesting(buf_span(&out));
		check_characters(buf_span(&out));
	}
	buf_reset(&out);
	markup_put(&out, text);
	assert(!memchr(buf_str(&out), '<', out.n) && !memchr(buf_str(&out), '"', out.n));
	check_characters(buf_span(&out));
	buf_reset(&out);
	markup_put_url(&out, text);
	assert(!memchr(buf_str(&out), '"', out.n) && !memchr(buf_str(&out), '<', out.n));
	buf_clear(&out);
	return 0;
}
