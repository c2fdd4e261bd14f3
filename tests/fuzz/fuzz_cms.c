/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a signed or encrypted structure: the same whatever the pieces; nothing is found that was not there.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "message/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keep(void *context, struct span piece)
{
	buf_put_span(context, piece);
}

static int split(struct span in, size_t step, struct buf *frame, struct buf *content)
{
	struct cms c;
	int rc = 0;

	buf_init(frame, 2 * CMS_FRAME_MAX);
	buf_init(content, in.n + 1);
	cms_init(&c, keep, content);
	for (size_t at = 0; at < in.n && rc == 0; at += step)
		rc = cms_feed(&c, span_of(in.p + at, in.n - at < step ? in.n - at : step), NULL);
	if (rc == 0)
		rc = cms_end(&c, NULL);
	assert(c.content == content->n && !content->overflow && c.frame.n <= CMS_FRAME_MAX);
	assert(c.has_content || content->n == 0);
	buf_put_span(frame, buf_span(&c.frame));
	cms_clear(&c);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct buf frame, content, again, other;
	int rc;

	if (size > 1 << 14)
		return 0;
	rc = split(in, size ? size : 1, &frame, &content);
	assert(split(in, 1, &again, &other) == rc);
	assert(span_is(buf_span(&content), buf_span(&other)));
	if (rc == 0) {
		assert(span_is(buf_span(&frame), buf_span(&again)));
		/* Without its content it is a structure, too: of the same frame. */
		buf_clear(&again);
		buf_clear(&other);
		assert(split(buf_span(&frame), 3, &again, &other) == 0 && other.n == 0);
		assert(span_is(buf_span(&frame), buf_span(&again)));
	}
	buf_clear(&frame);
	buf_clear(&content);
	buf_clear(&again);
	buf_clear(&other);
	return 0;
}
