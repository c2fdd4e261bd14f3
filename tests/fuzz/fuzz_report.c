/* SPDX-License-Identifier: ISC */
/*
 * Any strings in a report: NULs separate them in the input. It has three leaves, its lines are short and, without
 * UTF-8, ASCII, and no string adds a field.
 */
#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "message/header.h"
#include "message/mime.h"
#include "message/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t leaves, fields;
};

static void see_end(void *context, const struct mime_part *part)
{
	struct seen *seen = context;

	seen->leaves += part->entity.kind == ENTITY_LEAF;
}

static void check(struct span text, bool utf8)
{
	static const struct mime_events events = { .end = see_end };
	static struct mime mime;
	struct span rest = text;
	struct header_field field;
	struct seen seen = { 0 };

	while (header_next(&rest, &field) == 1)
		seen.fields++;
	assert(seen.fields == (utf8 ? 9 : 8));
	mime_init(&mime, NULL, NULL, &events, &seen);
	mime_feed(&mime, text);
	mime_end(&mime);
	assert(mime_problems(&mime) == 0 || mime_problems(&mime) == MIME_HEADER_CUT);
	mime_clear(&mime);
	assert(seen.leaves == 3);
	assert(utf8 || !span_has_8bit(text));
	while (text.n) {
		struct span line = span_cut(&text, '\n');

		assert(line.n <= HEADER_LINE_MAX && span_find(line, '\0') == line.n && span_find(line, '\r') == line.n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct arena a = { 0 };
	const char *z[11] = { NULL };
	struct buf out;

	for (size_t i = 0; i < sizeof(z) / sizeof(z[0]); i++)
		z[i] = arena_span(&a, span_cut(&in, '\0'));
	for (int way = 0; way < 4; way++) {
		struct report_recipient to = {
			REPORT_FAILED, z[0], z[1], z[2], way & 2 ? z[3] : NULL, z[4], 1, 2, z[1]
		};
		struct report r = { z[5], z[6], z[7], z[8], z[9], z[10], "=_b", 3, 4, &to, 1, way & 1, false, 5, 7200 };

		to.action = way & 2 ? REPORT_DELAYED : REPORT_FAILED;
		buf_init(&out, 1 << 20);
		report_put_head(&out, &r, way & 2);
		buf_put_str(&out, "Subject: x\n\n");
		report_put_tail(&out, &r);
		assert(!out.overflow);
		check(buf_span(&out), r.utf8);
		buf_clear(&out);
	}
	arena_clear(&a);
	return 0;
}
