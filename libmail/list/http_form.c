/* SPDX-License-Identifier: ISC */
/*
 * http_form - what a form has sent. A multipart form is a MIME entity, and read as one.
 */
#include "list/http_form.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/hex.h"
#include "message/mime_tree.h"

/* ---- application/x-www-form-urlencoded ---- */

static int decode(struct arena *a, struct span s, struct span *out)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '%') {
			p[n++] = s.p[i];
			if (s.p[i] == '+')
				p[n - 1] = ' ';
			continue;
		}
		high = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
		low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return -1;
		p[n++] = (char)(high * 16 + low);
		i += 2;
	}
	*out = span_of(p, n);
	return 0;
}

static int find_encoded(struct arena *a, struct span body, const char *name, struct span *out)
{
	/* A client that thinks of lines ends it with one. */
	body = span_trim(body);
	while (body.n > 0) {
		struct span value = span_cut(&body, '&'), key = span_cut(&value, '=');

		if (decode(a, key, &key) < 0 || decode(a, value, &value) < 0)
			return -1;
		if (!span_is(key, span_str(name)))
			continue;
		*out = value;
		return 1;
	}
	return 0;
}

/* ---- multipart/form-data ---- */

static bool is_named(struct arena *a, const struct entity *e, const char *name)
{
	const char *found = params_text(a, &e->disposition_params, "name");

	return e->disposition && strcasecmp(e->disposition, "form-data") == 0 && found && strcmp(found, name) == 0;
}

static int find_part(struct arena *a, const struct http_request *q, const char *name, struct span *out)
{
	struct buf entity;
	const struct mime_node *root;
	struct span text;
	int rc = 0;

	buf_init(&entity, HTTP_REQUEST_MAX + 100);
	buf_put_str(&entity, "Content-Type: ");
	buf_put_span(&entity, q->content_type);
	buf_put_str(&entity, "\r\n\r\n");
	buf_put_span(&entity, q->body);
	text = span_of(arena_span(a, buf_span(&entity)), entity.n);
	buf_clear(&entity);
	root = mime_tree_parse(a, text);
	for (const struct mime_node *part = root->children; part && rc == 0; part = part->next) {
		if (part->part.entity.kind != ENTITY_LEAF || !is_named(a, &part->part.entity, name))
			continue;
		*out = span_of(text.p + part->part.body.at, mime_octets(part->part.body, part->part.end));
		rc = 1;
	}
	return root->children ? rc : -1;
}

int http_form_find(struct arena *a, const struct http_request *q, const char *name, struct span *out)
{
	struct span type = q->content_type;

	type = span_trim(span_cut(&type, ';'));
	if (span_is_nocase(type, SPAN("application/x-www-form-urlencoded")))
		return find_encoded(a, q->body, name, out);
	if (span_is_nocase(type, SPAN("multipart/form-data")))
		return find_part(a, q, name, out);
	return -1;
}
