/* SPDX-License-Identifier: ISC */
/*
 * Any bytes to be decoded; and any text to be put, which comes back when it is unfolded and decoded. The
 * first byte says how full the line is.
 */
#include <assert.h>
#include <stdint.h>

#include "base/utf8.h"
#include "message/header.h"
#include "message/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24 };

/* The text as it can come back: control bytes as blanks, none at the ends. False when it is not all characters. */
static bool expect(struct arena *a, struct span in, char **want)
{
	struct span rest;
	uint32_t c;
	int more;

	*want = arena_span(a, in);
	for (size_t i = 0; i < in.n; i++)
		if ((unsigned char)in.p[i] < 0x20 || in.p[i] == 0x7f)
			(*want)[i] = ' ';
	rest = span_trim(span_of(*want, in.n));
	*want = arena_span(a, rest);
	while ((more = utf8_next(&rest, &c)) > 0)
		if (c >= 0x80 && c < 0xa0)
			return false;
	return more == 0;
}

static void check_lines(struct span out)
{
	while (out.n) {
		struct span line = span_cut(&out, '\n');

		assert(line.n <= HEADER_LINE_MAX && !span_has_control(line) && !span_has_8bit(line));
		if (memmem(line.p, line.n, "=?UTF-8?", 8) && memmem(line.p, line.n, "?=", 2) && line.n > 76)
			assert(span_find(line, ' ') < line.n);
	}
}

static void check_put(struct arena *a, struct span in, size_t column)
{
	static const char x[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	struct buf out, back;
	char *want;

	buf_init(&out, ROOM);
	buf_init(&back, ROOM);
	buf_put(&out, x, column);
	buf_put_str(&out, ": ");
	words_put_text(&out, in);
	check_lines(buf_span(&out));
	words_decode(&back, span_str(header_unfold(a, span_from(buf_span(&out), column + 2))));
	if (expect(a, in, &want))
		assert(span_is(buf_span(&back), span_str(want)));
	buf_reset(&out);
	words_put_phrase(&out, in);
	check_lines(buf_span(&out));
	buf_clear(&out);
	buf_clear(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct arena a = { 0 };
	struct buf out;

	buf_init(&out, ROOM);
	words_decode(&out, in);
	assert(!out.overflow && out.n <= 3 * in.n);
	buf_clear(&out);
	if (in.n > 0)
		check_put(&a, span_from(in, 1), data[0] % 64);
	arena_clear(&a);
	return 0;
}
