/* SPDX-License-Identifier: ISC */
/*
 * footer - where a list's footer goes.
 */
#include "list/footer.h"

#include <string.h>

#include "base/buf.h"
#include "base/entropy.h"
#include "list/textpart.h"
#include "message/charset.h"
#include "message/encoding.h"
#include "message/params.h"

enum { TEXT_MAX = 1 << 20 };

/* ---- which way ---- */

static bool is_sealed(const struct entity *e)
{
	static const char *const types[][2] = {
		{ "multipart", "signed" },	   { "multipart", "encrypted" },       { "application", "pkcs7-mime" },
		{ "application", "x-pkcs7-mime" }, { "application", "pgp-encrypted" }, { "application", "pgp" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (entity_is(e, types[i][0], types[i][1]))
			return true;
	return false;
}

/* Does the charset of the text have the footer's characters where the footer has them? */
static bool is_in_charset(struct arena *a, const struct entity *e, struct span text)
{
	struct params_value named = { 0 };
	const char *name = "us-ascii";
	struct charset c;
	bool has_ascii;

	if (params_find(a, &e->params, "charset", &named))
		name = charset_name(span_str(named.text));
	if (!name || named.problems || charset_open(&c, span_str(name), 0) < 0)
		return false;
	has_ascii = charset_has_ascii(&c);
	charset_close(&c);
	return span_has_8bit(text) ? strcmp(name, "utf-8") == 0 : has_ascii;
}

static bool goes_into_text(struct arena *a, const struct entity *e, struct span text)
{
	if (e->kind != ENTITY_LEAF || !entity_is(e, "text", "plain") || e->problems || e->params.problems)
		return false;
	if (e->disposition && span_is_nocase(span_str(e->disposition), SPAN("attachment")))
		return false;
	if (e->encoding == ENCODING_7BIT
		    ? span_has_8bit(text)
		    : e->encoding != ENCODING_8BIT && e->encoding != ENCODING_QP && e->encoding != ENCODING_BASE64)
		return false;
	return is_in_charset(a, e, text);
}

enum footer_way footer_way(struct arena *a, const struct mime_node *root, struct span text, bool auto_text)
{
	const struct entity *e = &root->part.entity;

	if (text.n == 0 || is_sealed(e) || (root->part.problems & MIME_HEADER_LONG))
		return FOOTER_NONE;
	if (auto_text && goes_into_text(a, e, text))
		return FOOTER_TEXT;
	if (e->kind == ENTITY_MULTIPART && entity_is(e, "multipart", "mixed") && root->children &&
	    !(root->part.problems & (MIME_UNCLOSED | MIME_OPAQUE)) && !(root->last->part.problems & MIME_OPAQUE))
		return FOOTER_PART;
	return FOOTER_WRAP;
}

/* ---- in the text ---- */

static struct span keep(struct arena *a, struct buf *b)
{
	struct span s = span_of(arena_span(a, buf_span(b)), b->n);

	buf_clear(b);
	return s;
}

/* A line of it is a line: it does not flow on, and is no quotation (RFC 3676 4.2, 4.4). */
static void put_fixed(struct buf *out, struct span text)
{
	while (text.n) {
		struct span line = span_cut(&text, '\n');

		if (!span_is(line, SPAN("-- ")))
			while (line.n && line.p[line.n - 1] == ' ')
				line.n--;
		if (span_starts(line, SPAN(" ")) || span_starts(line, SPAN(">")) || span_starts(line, SPAN("From ")))
			buf_put_char(out, ' ');
		buf_put_span(out, line);
		buf_put_char(out, '\n');
	}
}

static struct span in_form(struct arena *a, const struct entity *e, struct span text)
{
	const char *format = params_text(a, &e->params, "format");
	struct buf out;

	if (!format || !span_is_nocase(span_str(format), SPAN("flowed")))
		return text;
	buf_init(&out, 2 * TEXT_MAX);
	put_fixed(&out, text);
	return keep(a, &out);
}

static struct span in_encoding(struct arena *a, enum encoding encoding, struct span text)
{
	struct encoding_encode encode;
	struct buf out;

	if (encoding != ENCODING_QP)
		return text;
	buf_init(&out, QP_GROWTH * 2 * TEXT_MAX + QP_ROOM);
	encoding_encode_init(&encode, encoding);
	encoding_encode_feed(&encode, text, &out);
	encoding_encode_end(&encode, &out);
	return keep(a, &out);
}

/* An empty line before it keeps it from being a line of the author's last paragraph. */
void footer_plan_text(struct arena *a, const struct mime_node *root, struct span text, const struct footer_end *end,
		      struct edits *edits)
{
	const struct entity *e = &root->part.entity;
	struct buf out;

	buf_init(&out, QP_GROWTH * 2 * TEXT_MAX + QP_ROOM);
	text = in_form(a, e, text);
	if (e->encoding == ENCODING_BASE64) {
		buf_put_str(&out, "\n");
		buf_put_span(&out, text);
		edits_append_base64(edits, (off_t)root->part.body.at, (off_t)root->part.end.at, keep(a, &out));
		return;
	}
	if (!end->is_empty && !end->ends_line)
		buf_put_char(&out, '\n');
	if (e->encoding == ENCODING_QP && end->soft_break)
		buf_put_char(&out, '\n');
	buf_put_char(&out, '\n');
	buf_put_span(&out, in_encoding(a, e->encoding, text));
	edits_insert(edits, (off_t)root->part.end.at, keep(a, &out));
}

/* ---- as a part ---- */

static void put_part(struct arena *a, struct buf *out, struct span boundary, struct span text)
{
	buf_put_str(out, "\n--");
	buf_put_span(out, boundary);
	buf_put_char(out, '\n');
	buf_put_span(out, textpart_make(a, text, "inline", boundary));
}

/* The line end in front of the next boundary is there already. */
void footer_plan_part(struct arena *a, const struct mime_node *root, struct span text, struct edits *edits)
{
	struct buf out;

	buf_init(&out, QP_GROWTH * 2 * TEXT_MAX + QP_ROOM);
	put_part(a, &out, root->part.entity.boundary, text);
	edits_insert(edits, (off_t)root->last->part.end.at, keep(a, &out));
}

const char *footer_plan_wrap(struct arena *a, const struct mime_node *root, struct span text, struct span fields,
			     struct edits *edits)
{
	char id[2 * ENTROPY_ID + 1];
	const char *boundary;
	struct buf out;

	entropy_id(id);
	entropy_id(id + ENTROPY_ID);
	boundary = arena_printf(a, "=_%s", id);
	buf_init(&out, fields.n + QP_GROWTH * 2 * TEXT_MAX + QP_ROOM);
	buf_printf(&out, "--%s\n", boundary);
	buf_put_span(&out, fields);
	buf_put_char(&out, '\n');
	edits_insert(edits, (off_t)root->part.body.at, keep(a, &out));
	buf_init(&out, QP_GROWTH * 2 * TEXT_MAX + QP_ROOM);
	if (text.n)
		put_part(a, &out, span_str(boundary), text);
	buf_printf(&out, "\n--%s--\n", boundary);
	edits_insert(edits, (off_t)root->part.end.at, keep(a, &out));
	return arena_printf(a, "Content-Type: multipart/mixed; boundary=\"%s\"\n", boundary);
}
