/* SPDX-License-Identifier: ISC */
/*
 * body - what of a message a person reads.
 *
 * Text flows through stages, each with a buffer that the next one empties: transfer encoding, uuencode, charset, line
 * ends, form.
 */
#include "message/body.h"

#include <string.h>
#include <strings.h>

#include "message/flowed.h"

enum { ROOM = 1 << 30 /* of a stage: bounded by the piece and the growth of the stages, not by this */ };

/* ---- which parts ---- */

bool body_is_text(const struct entity *e)
{
	bool named = false;

	if (e->disposition && strcasecmp(e->disposition, "attachment") == 0)
		return false;
	for (size_t i = 0; i < e->params.n; i++)
		named |= span_starts_nocase(e->params.v[i].name, SPAN("name"));
	/* What has a name is a file, unless it says that it is to be shown. */
	if (named && !e->disposition)
		return false;
	return entity_is(e, "message", NULL) || (entity_is(e, "text", NULL) && !entity_is(e, "text", "rtf") &&
						 !entity_is(e, "text", "css") && !entity_is(e, "text", "calendar"));
}

/* How well a part can be read; 0: not at all. */
static int rank(const struct mime_node *node)
{
	const struct entity *e = &node->part.entity;
	int best = 0;

	if (e->kind == ENTITY_LEAF) {
		if (!body_is_text(e))
			return 0;
		if (entity_is(e, "text", "plain"))
			return mime_octets(node->part.body, node->part.end) > 2 ? 4 : 1;
		return entity_is(e, "text", "html") ? 3 : 2;
	}
	for (const struct mime_node *child = node->children; child; child = child->next) {
		int one = rank(child);

		best = one > best ? one : best;
	}
	return best;
}

static bool is_alternative(const struct mime_node *node)
{
	return node->part.entity.kind == ENTITY_MULTIPART && entity_is(&node->part.entity, "multipart", "alternative");
}

/* Of equals the last, RFC 2046 5.1.4. */
static struct mime_node *find_best(const struct mime_node *node)
{
	struct mime_node *best = NULL;
	int most = 0;

	for (struct mime_node *child = node->children; child; child = child->next) {
		int one = rank(child);

		if (one > 0 && one >= most) {
			most = one;
			best = child;
		}
	}
	return best;
}

struct mime_node *body_first(struct mime_node *node)
{
	const struct entity *e = &node->part.entity;
	struct mime_node *found = NULL;

	if (e->kind == ENTITY_LEAF)
		return body_is_text(e) ? node : NULL;
	if (e->disposition && node->parent && strcasecmp(e->disposition, "attachment") == 0)
		return NULL;
	if (is_alternative(node)) {
		struct mime_node *best = find_best(node);

		return best ? body_first(best) : NULL;
	}
	for (struct mime_node *child = node->children; child && !found; child = child->next)
		found = body_first(child);
	return found;
}

struct mime_node *body_next(const struct mime_node *root, struct mime_node *node)
{
	for (; node && node != root; node = node->parent) {
		if (node->parent && is_alternative(node->parent))
			continue;
		for (struct mime_node *other = node->next; other; other = other->next) {
			struct mime_node *found = body_first(other);

			if (found)
				return found;
		}
	}
	return NULL;
}

/* ---- their text ---- */

/* All that is held: whole paragraphs, unless there is too much of one. */
static void flow(struct body *b)
{
	flowed_parse(b->out, buf_span(&b->lines), b->delsp);
	buf_reset(&b->lines);
}

/* A piece of flowed text. A line that does not end with a blank ends its paragraph. */
static void hold_flowed(struct body *b, struct span text)
{
	while (text.n > 0) {
		size_t room = 2 * BODY_PARAGRAPH_MAX - b->lines.n, lf = span_find(text, '\n');
		size_t n = lf < text.n ? lf + 1 : lf;
		const char *end;

		n = n < room ? n : room;
		buf_put(&b->lines, text.p, n);
		text = span_from(text, n);
		end = b->lines.p + b->lines.n;
		if (b->lines.n == 2 * BODY_PARAGRAPH_MAX ||
		    (end[-1] == '\n' && (b->lines.n < 2 || end[-2] != ' ' || b->lines.n > BODY_PARAGRAPH_MAX)))
			flow(b);
	}
}

/* UTF-8 with LF lines. */
static void shape(struct body *b, struct span text)
{
	if (text.n == 0)
		return;
	if (b->form == BODY_HTML)
		html_text_feed(&b->html, text, b->out);
	else if (b->form == BODY_FLOWED)
		hold_flowed(b, text);
	else
		buf_put_span(b->out, text);
}

/* CR LF ends a line as LF does; another CR is text. */
static void pass_text(struct body *b)
{
	struct span text = buf_span(&b->text);

	while (text.n > 0) {
		size_t n = span_find(text, '\r');

		if (b->cr && text.p[0] != '\n')
			shape(b, SPAN("\r"));
		b->cr = n < text.n;
		shape(b, span_of(text.p, n));
		text = span_from(text, n + 1);
	}
	buf_reset(&b->text);
}

static void open_charset(struct body *b)
{
	struct span name = span_str(b->charset_name), found = html_text_charset(buf_span(&b->start));
	const char *known;

	if (b->form == BODY_HTML && name.n == 0 && found.n > 0)
		name = found;
	known = charset_name(name);
	if (!known || strcmp(known, "us-ascii") == 0 || charset_open(&b->charset, span_str(known), CHARSET_EXACT) < 0)
		charset_open(&b->charset, SPAN("utf-8"), CHARSET_EXACT);
	b->opened = true;
	charset_feed(&b->charset, buf_span(&b->start), &b->text);
	buf_reset(&b->start);
	pass_text(b);
}

/* Bytes without transfer encoding. */
static void take_bytes(struct body *b, struct span bytes)
{
	if (!b->opened && b->form == BODY_HTML && b->charset_name[0] == '\0') {
		size_t n = BODY_START - b->start.n < bytes.n ? BODY_START - b->start.n : bytes.n;

		buf_put(&b->start, bytes.p, n);
		bytes = span_from(bytes, n);
		if (b->start.n < BODY_START)
			return;
	}
	if (!b->opened)
		open_charset(b);
	charset_feed(&b->charset, bytes, &b->text);
	pass_text(b);
}

static void take_text(void *context, struct span piece)
{
	take_bytes(context, piece);
}

static void take_file(void *context, struct span name, unsigned mode)
{
	struct body *b = context;
	struct buf line;

	(void)mode;
	buf_init(&line, ROOM);
	buf_put_str(&line, "[file: ");
	buf_put_span(&line, name);
	buf_put_str(&line, "]\n");
	take_bytes(b, buf_span(&line));
	buf_clear(&line);
}

static const struct uuencode_events events = { .begin = take_file, .text = take_text };

static bool has_value(struct arena *a, const struct params *params, const char *name, const char *wanted)
{
	const char *value = params_text(a, params, name);

	return value && strcasecmp(value, wanted) == 0;
}

void body_init(struct body *b, struct arena *a, const struct entity *e)
{
	const char *name = params_text(a, &e->params, "charset"), *known = name ? charset_name(span_str(name)) : NULL;

	memset(b, 0, sizeof(*b));
	/* Names of charset.h's table are constants: nothing of the arena is kept. */
	b->charset_name = known ? known : "";
	b->form = entity_is(e, "text", "html") ? BODY_HTML : BODY_PLAIN;
	if (entity_is(e, "text", "plain") && has_value(a, &e->params, "format", "flowed")) {
		b->form = BODY_FLOWED;
		b->delsp = has_value(a, &e->params, "delsp", "yes");
	}
	encoding_decode_init(&b->decode, e->encoding);
	uuencode_init(&b->uuencode, &events, b);
	html_text_init(&b->html);
	buf_init(&b->bytes, ROOM);
	buf_init(&b->start, BODY_START);
	buf_init(&b->text, ROOM);
	buf_init(&b->lines, ROOM);
}

static void pass_bytes(struct body *b)
{
	if (b->form == BODY_HTML)
		take_bytes(b, buf_span(&b->bytes));
	else
		uuencode_feed(&b->uuencode, buf_span(&b->bytes));
	buf_reset(&b->bytes);
}

void body_feed(struct body *b, struct span piece, struct buf *out)
{
	b->out = out;
	while (piece.n > 0) {
		size_t n = piece.n < BODY_PIECE ? piece.n : BODY_PIECE;

		encoding_decode_feed(&b->decode, span_of(piece.p, n), &b->bytes);
		pass_bytes(b);
		piece = span_from(piece, n);
	}
}

void body_end(struct body *b, struct buf *out)
{
	b->out = out;
	encoding_decode_end(&b->decode, &b->bytes);
	pass_bytes(b);
	if (b->form != BODY_HTML)
		uuencode_end(&b->uuencode);
	if (!b->opened)
		open_charset(b);
	charset_end(&b->charset, &b->text);
	pass_text(b);
	if (b->cr)
		shape(b, SPAN("\r"));
	if (b->form == BODY_FLOWED)
		flow(b);
	else if (b->form == BODY_HTML)
		html_text_end(&b->html, out);
}

void body_clear(struct body *b)
{
	if (b->opened)
		charset_close(&b->charset);
	html_text_clear(&b->html);
	buf_clear(&b->bytes);
	buf_clear(&b->start);
	buf_clear(&b->text);
	buf_clear(&b->lines);
}
