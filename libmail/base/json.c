/* SPDX-License-Identifier: ISC */
/*
 * json - write JSON.
 *
 * No state is kept: whether a comma is needed shows in the last byte written.
 */
#include "base/json.h"

#include <inttypes.h>

#include "base/printable.h"
#include "base/utf8.h"

static void put_escape(struct buf *out, uint32_t c)
{
	if (c >= 0x10000) {
		buf_printf(out, "\\u%04" PRIx32, 0xd800 + ((c - 0x10000) >> 10));
		c = 0xdc00 + ((c - 0x10000) & 0x3ff);
	}
	buf_printf(out, "\\u%04" PRIx32, c);
}

static void put_text(struct buf *out, struct span s)
{
	uint32_t c;
	int rc;

	buf_put_char(out, '"');
	while ((rc = utf8_next(&s, &c)) != 0) {
		if (rc < 0)
			utf8_put(out, 0xfffd);
		else if (c == '"' || c == '\\')
			buf_put(out, (const char[]){ '\\', (char)c }, 2);
		else if (c == '\n')
			buf_put_str(out, "\\n");
		else if (c == '\t')
			buf_put_str(out, "\\t");
		else if (!printable_is(c))
			put_escape(out, c);
		else
			utf8_put(out, c);
	}
	buf_put_char(out, '"');
}

static void put_key(struct buf *out, const char *key)
{
	if (out->n && !strchr("{[\n", out->p[out->n - 1]))
		buf_put_char(out, ',');
	if (key)
		buf_printf(out, "\"%s\":", key);
}

void json_begin(struct buf *out, const char *key, char bracket)
{
	put_key(out, key);
	buf_put_char(out, bracket);
}

void json_end(struct buf *out, char bracket)
{
	buf_put_char(out, bracket);
}

void json_put_string(struct buf *out, const char *key, const char *z)
{
	if (z) {
		json_put_span(out, key, span_str(z));
		return;
	}
	put_key(out, key);
	buf_put_str(out, "null");
}

void json_put_span(struct buf *out, const char *key, struct span s)
{
	put_key(out, key);
	put_text(out, s);
}

void json_put_number(struct buf *out, const char *key, int64_t number)
{
	put_key(out, key);
	buf_printf(out, "%" PRId64, number);
}

void json_put_bool(struct buf *out, const char *key, bool value)
{
	put_key(out, key);
	buf_put_str(out, value ? "true" : "false");
}
