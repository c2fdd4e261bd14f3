/* SPDX-License-Identifier: ISC */
/*
 * normalise_header - the header of a part, so that it can be read in one way.
 */
#include "message/normalise.h"

#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "message/compose.h"
#include "message/flaws.h"
#include "message/fold.h"
#include "message/header.h"
#include "message/words.h"

enum { VALUE_MAX = NORMALISE_HEADER_MAX };

struct work {
	struct arena *arena;
	struct buf fields; /* as they come */
	struct buf ours;   /* those of MIME */
	const struct mime_part *part;
	unsigned seen; /* flaws_single() */
	bool message, has_content;
	struct span type, disposition; /* the fields as they stood */
};

/* ---- fields ---- */

/* On one line, without control characters. */
static char *clean(struct arena *a, struct span text)
{
	char *line = header_unfold(a, text);

	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	return line;
}

/* What is taken out is kept where nobody takes it for something else. */
static void put_removed(struct work *w, struct span text)
{
	struct span line = span_trim(span_str(clean(w->arena, text)));

	if (line.n == 0)
		return;
	buf_put_str(&w->fields, "X-Removed: ");
	words_put_text(&w->fields, line);
	buf_put_char(&w->fields, '\n');
}

/* As it is, with LF lines, the last one ended. */
static void put_lines(struct buf *out, struct span whole)
{
	while (whole.n > 0) {
		struct span line = span_cut(&whole, '\n');

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		buf_put_span(out, line);
		buf_put_char(out, '\n');
	}
}

/* ASCII, but with control characters, a blank before the colon, or lines that are too long. */
static void put_folded(struct work *w, const struct header_field *field, struct buf *out)
{
	struct buf text;
	struct span rest;
	struct header_field mended;

	buf_init(&text, VALUE_MAX);
	buf_put_span(&text, field->name);
	buf_put_char(&text, ':');
	for (size_t i = 0; i < field->body.n; i++) {
		char c = field->body.p[i];
		bool ends = c == '\r' && i + 1 < field->body.n && field->body.p[i + 1] == '\n';

		if (!ends)
			buf_put_char(&text, ((unsigned char)c < 0x20 && c != '\t' && c != '\n') || c == 0x7f ? ' ' : c);
	}
	buf_put_char(&text, '\n');
	rest = buf_span(&text);
	if (header_next(&rest, &mended) > 0)
		fold_put_field(w->arena, out, &mended);
	buf_clear(&text);
}

/* 8-bit bytes become encoded words; in lists of addresses only in the names. */
static void put_encoded(struct work *w, const struct header_field *field, struct buf *out)
{
	char *name = arena_span(w->arena, field->name), *value = clean(w->arena, field->body);
	struct compose_field addresses = { name, value, COMPOSE_ADDRESSES };
	struct buf decoded;

	if (compose_kind_of(name) == COMPOSE_ADDRESSES && !strstr(value, "=?") &&
	    compose_put_field(w->arena, out, &addresses, false, NULL) == 0)
		return;
	buf_reset(out);
	buf_init(&decoded, VALUE_MAX);
	words_decode(&decoded, span_str(value));
	buf_printf(out, "%s: ", name);
	words_put_text(out, span_trim(buf_span(&decoded)));
	buf_put_char(out, '\n');
	buf_clear(&decoded);
}

static bool is_clean(struct span text)
{
	struct header_field field;
	struct span rest = text;
	size_t line;

	return header_next(&rest, &field) > 0 && rest.n == 0 && flaws_find(&field, &line) == 0;
}

static void put_field(struct work *w, const struct header_field *field)
{
	size_t line;
	unsigned flaws = flaws_find(field, &line);
	struct buf mended;

	if (flaws == 0) {
		put_lines(&w->fields, field->whole);
		return;
	}
	buf_init(&mended, VALUE_MAX);
	if (flaws & FLAW_8BIT)
		put_encoded(w, field, &mended);
	else
		put_folded(w, field, &mended);
	if (is_clean(buf_span(&mended)))
		buf_put_span(&w->fields, buf_span(&mended));
	else
		put_removed(w, field->whole);
	buf_clear(&mended);
}

/* ---- the fields of MIME ---- */

/* Tabs, and what params.h has written out, have no place in a parameter that everybody reads the same. */
static struct span mend_value(struct arena *a, const char *text)
{
	char *value = arena_str(a, text), *to = value;

	for (const char *p = value; *p;) {
		if (strncmp(p, "\xef\xbf\xbd", 3) == 0 && hex_value(p[3]) >= 0 && hex_value(p[4]) >= 0) {
			*to++ = '_';
			p += 5;
		} else {
			*to++ = *p == '\t' ? ' ' : *p;
			p++;
		}
	}
	return span_of(value, (size_t)(to - value));
}

/* The value that counts, also where two fields say it. */
static const char *value_of(struct work *w, const struct params *params, const char *name)
{
	const struct entity *e = &w->part->entity;
	struct params_value filename;

	if (params == &e->params && strcasecmp(name, "name") == 0 &&
	    params_find(w->arena, &e->disposition_params, "filename", &filename))
		return filename.text;
	return params_text(w->arena, params, name);
}

static bool is_repeated(const struct params *params, size_t i, struct span name)
{
	while (i-- > 0) {
		struct span other = params->v[i].name;

		other.n = span_find(other, '*');
		if (span_is_nocase(other, name))
			return true;
	}
	return false;
}

/* A boundary is ours, or was not usable. False when something of them cannot be written. */
static bool put_params(struct work *w, const struct params *params)
{
	const struct entity *e = &w->part->entity;
	bool all = !(params->problems & PARAMS_MANY),
	     multipart = params == &e->params && entity_is(e, "multipart", NULL);

	for (size_t i = 0; i < params->n; i++) {
		struct span name = params->v[i].name;
		const char *text;

		name.n = span_find(name, '*');
		if (is_repeated(params, i, name))
			continue;
		if (multipart && span_is_nocase(name, SPAN("boundary"))) {
			all &= e->kind == ENTITY_MULTIPART;
			continue;
		}
		text = value_of(w, params, arena_span(w->arena, name));
		if (!text || params_put(&w->ours, arena_span(w->arena, name), mend_value(w->arena, text), 0) < 0)
			all = false;
	}
	return all;
}

static bool is_token(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || strchr("()<>@,;:\\\"/[]?=", *p))
			return false;
	return *text;
}

static void put_type(struct work *w, const char *boundary)
{
	const struct entity *e = &w->part->entity;
	bool all = true;

	if (e->kind == ENTITY_LEAF && e->encoding == ENCODING_OTHER) {
		buf_put_str(&w->ours, "Content-Type: application/octet-stream");
		all = false;
	} else if (w->type.n == 0) {
		return;
	} else if (!e->typed) {
		buf_put_str(&w->ours, "Content-Type: text/plain");
		all = false;
	} else if (!is_token(e->type) || !is_token(e->subtype)) {
		/* What an unknown subtype is taken for, RFC 2046 5.1.3. */
		buf_printf(&w->ours, "Content-Type: %s",
			   e->kind == ENTITY_MULTIPART ? "multipart/mixed" : "application/octet-stream");
		all = false;
	} else {
		buf_printf(&w->ours, "Content-Type: %s/%s", e->type, e->subtype);
		all = put_params(w, &e->params);
	}
	if (e->kind == ENTITY_MULTIPART)
		params_put(&w->ours, "boundary", span_str(boundary), 0);
	buf_put_char(&w->ours, '\n');
	w->has_content = true;
	if (!all)
		put_removed(w, w->type);
}

static void put_encoding(struct work *w, enum encoding plan)
{
	const struct entity *e = &w->part->entity;

	if (e->kind == ENTITY_LEAF && e->encoding == ENCODING_OTHER)
		put_removed(w, span_str(arena_printf(w->arena, "Content-Transfer-Encoding: %s", e->transfer_encoding)));
	if (plan == ENCODING_7BIT)
		return;
	buf_printf(&w->ours, "Content-Transfer-Encoding: %s\n", encoding_name(plan));
	w->has_content = true;
}

static void put_disposition(struct work *w)
{
	const struct entity *e = &w->part->entity;
	bool all;

	if (!e->disposition)
		return;
	all = is_token(e->disposition);
	buf_printf(&w->ours, "Content-Disposition: %s", all ? e->disposition : "attachment");
	all &= put_params(w, &e->disposition_params);
	buf_put_char(&w->ours, '\n');
	w->has_content = true;
	if (!all)
		put_removed(w, w->disposition);
}

/* ---- a header ---- */

/* Those that are written anew, at the end. */
static bool is_ours(struct work *w, const struct header_field *field)
{
	if (span_is_nocase(field->name, SPAN("Content-Type")))
		w->type = field->whole;
	else if (span_is_nocase(field->name, SPAN("Content-Disposition")))
		w->disposition = field->whole;
	else
		return span_is_nocase(field->name, SPAN("Content-Transfer-Encoding")) ||
		       (w->message && span_is_nocase(field->name, SPAN("MIME-Version")));
	return true;
}

static void take_field(struct work *w, const struct header_field *field)
{
	unsigned single = flaws_single(field->name, w->message);

	if (single > 0 && (w->seen & 1u << single)) {
		put_removed(w, field->whole);
		return;
	}
	w->seen |= single > 0 ? 1u << single : 0;
	if (is_ours(w, field)) {
		w->has_content |= span_is_nocase(field->name, SPAN("MIME-Version"));
		return;
	}
	w->has_content |= span_starts_nocase(field->name, SPAN("Content-"));
	put_field(w, field);
}

void normalise_put_header(struct arena *a, struct buf *out, const struct mime_part *part, struct span header,
			  enum encoding plan, const char *boundary)
{
	struct work w = { .arena = a,
			  .part = part,
			  .message = !part->parent || part->parent->entity.kind == ENTITY_MESSAGE };
	struct header_field field;
	int more;

	buf_init(&w.fields, NORMALISE_HEADER_MAX);
	buf_init(&w.ours, NORMALISE_HEADER_MAX);
	while ((more = header_next(&header, &field)) != 0) {
		if (more > 0) {
			take_field(&w, &field);
			continue;
		}
		put_removed(&w, span_of(header.p, span_find(header, '\n')));
		header = span_from(header, span_find(header, '\n') + 1);
	}
	put_type(&w, boundary);
	put_encoding(&w, plan);
	put_disposition(&w);
	buf_put_span(out, buf_span(&w.fields));
	if (w.message && w.has_content)
		buf_put_str(out, "MIME-Version: 1.0\n");
	buf_put_span(out, buf_span(&w.ours));
	buf_put_char(out, '\n');
	out->overflow |= w.fields.overflow || w.ours.overflow;
	buf_clear(&w.fields);
	buf_clear(&w.ours);
}
