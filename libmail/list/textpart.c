/* SPDX-License-Identifier: ISC */
/*
 * textpart - a part of plain text.
 */
#include "list/textpart.h"

#include "base/buf.h"
#include "message/charset.h"
#include "message/encoding.h"

enum { TEXT_MAX = 1 << 20 };

static bool has_boundary(struct span text, struct span boundary)
{
	while (boundary.n && text.n) {
		struct span line = span_cut(&text, '\n');

		if (span_starts(line, SPAN("--")) && span_starts(span_from(line, 2), boundary))
			return true;
	}
	return false;
}

static enum encoding choose(struct span text, struct span boundary)
{
	struct encoding_survey survey = { 0 };

	if (has_boundary(text, boundary))
		return ENCODING_BASE64;
	encoding_survey_feed(&survey, text);
	return encoding_choose(&survey, ENCODING_TEXT);
}

struct span textpart_make(struct arena *a, struct span text, const char *disposition, struct span boundary)
{
	struct encoding_encode encode;
	enum encoding encoding;
	struct buf utf8, out;
	struct span made;

	buf_init(&utf8, TEXT_MAX);
	buf_init(&out, QP_GROWTH * TEXT_MAX);
	charset_put(&utf8, SPAN("utf-8"), text, 0, NULL);
	if (utf8.n && utf8.p[utf8.n - 1] != '\n')
		buf_put_char(&utf8, '\n');
	encoding = choose(buf_span(&utf8), boundary);
	buf_printf(&out, "Content-Type: text/plain; charset=%s\n",
		   span_has_8bit(buf_span(&utf8)) ? "utf-8" : "us-ascii");
	if (encoding != ENCODING_7BIT)
		buf_printf(&out, "Content-Transfer-Encoding: %s\n", encoding_name(encoding));
	buf_printf(&out, "Content-Disposition: %s\n\n", disposition);
	encoding_encode_init(&encode, encoding);
	encoding_encode_feed(&encode, buf_span(&utf8), &out);
	encoding_encode_end(&encode, &out);
	made = span_of(arena_span(a, buf_span(&out)), out.n);
	buf_clear(&utf8);
	buf_clear(&out);
	return made;
}
