/* SPDX-License-Identifier: ISC */
/*
 * search_text - BODY and TEXT of SEARCH.
 *
 * Most of what is fed is ASCII and not encoded; it goes from the file's piece into the haystack as it is.
 */
#include "imap/search_text.h"

#include <string.h>

#include "imap/fields.h"
#include "message/header.h"
#include "message/params.h"

enum {
	DECODED_MAX = QP_GROWTH * SEARCH_TEXT_PIECE + QP_ROOM,
	CONVERTED_MAX = CHARSET_GROWTH * DECODED_MAX + CHARSET_ROOM,
	HEADER_MAX = 4 * MIME_HEADER_MAX, /* octets of a header, when it is decoded */
};

static void feed_body(struct search_text *t, struct span text)
{
	haystack_feed(&t->text, text);
	haystack_feed(&t->body, text);
}

/* What follows is another text. */
static void cut(struct search_text *t)
{
	haystack_restart(&t->text);
	haystack_restart(&t->body);
}

/* ---- headers ---- */

static bool is_plain(struct span header)
{
	return !span_has_8bit(header) && (header.n == 0 || !memmem(header.p, header.n, "=?", 2));
}

/* Without line ends that a blank follows. */
static void put_unfolded(struct buf *out, struct span header)
{
	while (header.n > 0) {
		size_t lf = span_find(header, '\n'), n = lf;
		bool folds = lf + 1 < header.n && (header.p[lf + 1] == ' ' || header.p[lf + 1] == '\t');

		n -= folds && n > 0 && header.p[n - 1] == '\r';
		buf_put(out, header.p, n + (lf < header.n && !folds));
		header = span_from(header, lf + 1);
	}
}

static void put_decoded(struct buf *out, struct arena *a, struct span header)
{
	struct header_field field;
	int more;

	while ((more = header_next(&header, &field)) != 0) {
		if (more < 0) {
			buf_put_span(out, span_cut(&header, '\n'));
		} else {
			buf_put_span(out, field.name);
			buf_put_str(out, ": ");
			fields_put_text(out, a, field.body);
		}
		buf_put_char(out, '\n');
	}
}

static void feed_header(struct search_text *t, struct span header, bool in_body)
{
	buf_reset(&t->header);
	if (is_plain(header))
		put_unfolded(&t->header, header);
	else
		put_decoded(&t->header, &t->scratch, header);
	arena_reset(&t->scratch);
	haystack_feed(&t->text, buf_span(&t->header));
	if (in_body)
		haystack_feed(&t->body, buf_span(&t->header));
	cut(t);
}

/* ---- content ---- */

static bool is_text(const struct entity *e)
{
	return span_is_nocase(span_str(e->type), SPAN("text")) || span_is_nocase(span_str(e->type), SPAN("message"));
}

/* Text without a label may be UTF-8, as may what is labelled with a charset that nobody knows. */
static void open_charset(struct search_text *t, const struct entity *e)
{
	const char *name = params_text(&t->scratch, &e->params, "charset");
	struct span charset = span_str(name && is_text(e) ? name : "utf-8");

	if (span_is_nocase(charset, SPAN("us-ascii")) || charset_open(&t->charset, charset, 0) < 0)
		charset_open(&t->charset, SPAN("utf-8"), 0);
	t->has_charset = true;
	arena_reset(&t->scratch);
}

static void begin_leaf(struct search_text *t, const struct entity *e)
{
	bool is_readable = encoding_is_identity(e->encoding) || e->encoding == ENCODING_OTHER;

	t->mode = SEARCH_SKIP;
	if (!is_text(e) && !is_readable && e->encoding != ENCODING_QP)
		return;
	open_charset(t, e);
	t->mode = is_readable ? SEARCH_PLAIN : SEARCH_DECODE;
	if (!is_readable)
		encoding_decode_init(&t->decode, e->encoding);
}

static void feed_converted(struct search_text *t, struct span text, bool end)
{
	if (t->charset.nheld == 0 && charset_has_ascii(&t->charset) && !span_has_8bit(text)) {
		feed_body(t, text);
		return;
	}
	buf_reset(&t->converted);
	charset_feed(&t->charset, text, &t->converted);
	if (end)
		charset_end(&t->charset, &t->converted);
	feed_body(t, buf_span(&t->converted));
}

static void feed_decoded(struct search_text *t, struct span piece)
{
	buf_reset(&t->decoded);
	encoding_decode_feed(&t->decode, piece, &t->decoded);
	feed_converted(t, buf_span(&t->decoded), false);
}

static void end_leaf(struct search_text *t)
{
	buf_reset(&t->decoded);
	if (t->mode == SEARCH_DECODE)
		encoding_decode_end(&t->decode, &t->decoded);
	if (t->mode != SEARCH_SKIP)
		feed_converted(t, buf_span(&t->decoded), true);
	if (t->has_charset)
		charset_close(&t->charset);
	t->has_charset = false;
	t->mode = SEARCH_SKIP;
}

/* ---- what mime.h calls ---- */

static void on_begin(void *context, const struct mime_part *part, struct span header)
{
	struct search_text *t = context;

	feed_header(t, header, part->parent != NULL);
	if (part->entity.kind == ENTITY_LEAF)
		begin_leaf(t, &part->entity);
}

static void on_header_rest(void *context, const struct mime_part *part, struct span piece)
{
	struct search_text *t = context;

	haystack_feed(&t->text, piece);
	if (part->parent)
		haystack_feed(&t->body, piece);
}

static void on_content(void *context, const struct mime_part *part, struct span piece)
{
	struct search_text *t = context;

	(void)part;
	if (t->mode == SEARCH_PLAIN)
		feed_converted(t, piece, false);
	else if (t->mode == SEARCH_DECODE)
		feed_decoded(t, piece);
}

static void on_end(void *context, const struct mime_part *part)
{
	struct search_text *t = context;

	if (part->entity.kind == ENTITY_LEAF)
		end_leaf(t);
	cut(t);
}

static void on_between(void *context, struct span piece)
{
	feed_body(context, piece);
}

static const struct mime_events events = {
	.begin = on_begin,
	.header_rest = on_header_rest,
	.content = on_content,
	.end = on_end,
	.between = on_between,
};

void search_text_init(struct search_text *t, const struct needle *text, size_t ntext, bool *text_found,
		      const struct needle *body, size_t nbody, bool *body_found)
{
	haystack_init(&t->text, text, ntext, text_found);
	haystack_init(&t->body, body, nbody, body_found);
	mime_init(&t->mime, NULL, NULL, &events, t);
	t->scratch = (struct arena){ 0 };
	buf_init(&t->header, HEADER_MAX);
	buf_init(&t->decoded, DECODED_MAX);
	buf_init(&t->converted, CONVERTED_MAX);
	t->mode = SEARCH_SKIP;
	t->has_charset = false;
}

void search_text_begin(struct search_text *t)
{
	if (t->has_charset)
		charset_close(&t->charset);
	t->has_charset = false;
	t->mode = SEARCH_SKIP;
	haystack_reset(&t->text);
	haystack_reset(&t->body);
	mime_restart(&t->mime);
}

bool search_text_feed(struct search_text *t, struct span piece)
{
	mime_feed(&t->mime, piece);
	return t->text.left > 0 || t->body.left > 0;
}

void search_text_end(struct search_text *t)
{
	mime_end(&t->mime);
}

void search_text_clear(struct search_text *t)
{
	if (t->has_charset)
		charset_close(&t->charset);
	mime_clear(&t->mime);
	haystack_clear(&t->text);
	haystack_clear(&t->body);
	arena_clear(&t->scratch);
	buf_clear(&t->header);
	buf_clear(&t->decoded);
	buf_clear(&t->converted);
}
