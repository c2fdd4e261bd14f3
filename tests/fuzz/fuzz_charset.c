/* SPDX-License-Identifier: ISC */
/*
 * Any bytes in any charset: the result is UTF-8, the same however they are cut, and with CHARSET_EXACT nothing of UTF-8
 * is lost. The first byte chooses the charset, the second how pieces are cut.
 */
#include <assert.h>
#include <stdint.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "message/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24 };

static const char *const names[] = {
	"utf-8",     "us-ascii", "iso-8859-1",	"windows-1252", "iso-8859-15", "koi8-r", "gb2312", "big5",
	"shift_jis", "euc-jp",	 "iso-2022-jp", "euc-kr",	"utf-16",      "utf-7",	 "utf-32", "iso-2022-kr",
};

static void convert(const char *name, unsigned how, struct span in, size_t piece, struct buf *out)
{
	struct charset c;

	if (charset_open(&c, span_str(name), how) < 0)
		return;
	for (size_t i = 0; i < in.n; i += piece)
		charset_feed(&c, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), out);
	charset_end(&c, out);
	charset_close(&c);
}

static void check_exact(struct span in, unsigned how)
{
	struct buf out, back;

	buf_init(&out, ROOM);
	buf_init(&back, ROOM);
	convert("utf-8", how | CHARSET_EXACT, in, in.n + 1, &out);
	for (size_t i = 0; i < out.n; i++) {
		if (!span_starts(span_from(buf_span(&out), i), SPAN("\xef\xbf\xbd"))) {
			buf_put_char(&back, out.p[i]);
			continue;
		}
		buf_put_char(&back, (char)(hex_value(out.p[i + 3]) << 4 | hex_value(out.p[i + 4])));
		i += 4;
	}
	assert(span_is(buf_span(&back), in));
	buf_clear(&out);
	buf_clear(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from(span_of((const char *)data, size), 2);
	const char *name = names[size > 0 ? data[0] % (sizeof(names) / sizeof(names[0])) : 0];
	struct buf whole, cut;

	buf_init(&whole, ROOM);
	buf_init(&cut, ROOM);
	for (unsigned how = 0; how < 4; how++) {
		buf_reset(&whole);
		buf_reset(&cut);
		convert(name, how, in, in.n + 1, &whole);
		assert(!whole.overflow && whole.n <= in.n * CHARSET_GROWTH + CHARSET_ROOM);
		assert(utf8_is_valid(buf_span(&whole)));
		convert(name, how, in, size > 1 ? 1 + data[1] % 16 : 1, &cut);
		assert(span_is(buf_span(&whole), buf_span(&cut)));
		check_exact(in, how & CHARSET_LINE);
	}
	buf_clear(&whole);
	buf_clear(&cut);
	return 0;
}
