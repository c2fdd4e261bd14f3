/* SPDX-License-Identifier: ISC */
/*
 * Any strings in a report: NULs separate them in the input. It has three leaves, its lines are short and, without
 * UTF-8, ASCII, and no string adds a field.
 */
#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "message/header.h"
#include "message/part.h"
#include "message/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t leaves, fields;
};

static void see_header(void *context, struct span header, const struct part *part, size_t leaf)
{
	(void)context;
	(void)header;
	(void)part;
	(void)leaf;
}

static void see_content(void *context, struct span piece, size_t leaf)
{
	(void)context;
	(void)piece;
	(void)leaf;
}

static void see_end(void *context, size_t leaf)
{
	struct seen *seen = context;

	seen->leaves = leaf + 1;
}

static void see_between(void *context, struct span piece)
{
	(void)context;
	(void)piece;
}

static void check(struct span text, bool utf8)
{
	static const struct part_events events = { see_header, see_content, see_end, see_between };
	size_t length = header_length(text, 0);
	struct span rest = text;
	struct header_field field;
	struct seen seen = { 0 };
	struct part_walk walk;
	struct part part;

	while (header_next(&rest, &field) == 1)
		seen.fields++;
	assert(seen.fields == (utf8 ? 9 : 8));
	part_parse(span_of(text.p, length), false, &part);
	part_walk_init(&walk, &part, &events, &seen);
	part_walk_feed(&walk, span_from(text, length));
	part_walk_end(&walk);
	part_walk_clear(&walk);
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
