/* SPDX-License-Identifier: ISC */
/*
 * entity - what a header says about the content behind it.
 *
 * One pass over the lines. Names that do not begin with a C are nobody's here, which is nearly all of them.
 */
#include "message/entity.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "message/header.h"
#include "message/mime.h"

/* The word at the front of text, ended there; *rest is what follows it. */
static char *take_word(char *text, const char *stop, char **rest)
{
	char *word, *end;

	/* Comments and blanks in front; RFC 822's grammar has them everywhere. */
	while (*text == ' ' || *text == '\t' || *text == '(') {
		size_t depth = 0;

		do {
			if (*text == '\\' && text[1])
				text++;
			else if (*text == '(')
				depth++;
			else if (*text == ')')
				depth--;
			text++;
		} while (*text && depth > 0);
	}
	word = end = text;
	while (*end && (unsigned char)*end > ' ' && !strchr(stop, *end))
		end++;
	*rest = end;
	return word;
}

/* What follows a word that is cut off: the character behind it may have to be looked at before it becomes a NUL. */
static char *end_word(struct arena *a, const char *word, const char *end)
{
	return arena_span(a, span_of(word, (size_t)(end - word)));
}

static void parse_type(struct arena *a, char *text, struct entity *e)
{
	char *rest, *type_end, *word = take_word(text, "()<>@,;:\\\"/[]?=", &rest), *subtype;

	type_end = rest;
	subtype = take_word(rest, "()<>@,;:\\\"/[]?=", &rest);
	if (*rest != '/' || subtype != rest || type_end == word) {
		e->problems |= ENTITY_TYPE_BAD;
		return;
	}
	subtype = take_word(rest + 1, "()<>@,;:\\\"/[]?=", &rest);
	if (subtype == rest) {
		e->problems |= ENTITY_TYPE_BAD;
		return;
	}
	e->typed = true;
	e->type = end_word(a, word, type_end);
	e->subtype = end_word(a, subtype, rest);
	params_parse(a, rest, &e->params);
	if (e->params.problems)
		e->problems |= ENTITY_PARAMS;
}

static void parse_encoding(struct arena *a, char *text, struct entity *e)
{
	char *rest, *word = take_word(text, "()<>@,;:\\\"/[]?=", &rest);

	e->transfer_encoding = end_word(a, word, rest);
	e->encoding = encoding_parse(span_str(e->transfer_encoding));
	if (e->encoding == ENCODING_OTHER)
		e->problems |= ENTITY_ENCODING_UNKNOWN;
}

static void parse_disposition(struct arena *a, char *text, struct entity *e)
{
	char *rest, *word = take_word(text, "()<>@,;:\\\"/[]?=", &rest);

	e->disposition = end_word(a, word, rest);
	params_parse(a, rest, &e->disposition_params);
	if (e->disposition_params.problems)
		e->problems |= ENTITY_PARAMS;
}

/* The fields. Those that have no function are kept as they are, at `place`. */
static const struct row {
	const char *name; /* behind "Content-" */
	void (*parse)(struct arena *a, char *text, struct entity *e);
	size_t place;
	unsigned twice;
} rows[] = {
	{ "Type", parse_type, 0, ENTITY_TYPE_TWICE },
	{ "Transfer-Encoding", parse_encoding, 0, ENTITY_ENCODING_TWICE },
	{ "Disposition", parse_disposition, 0, ENTITY_DISPOSITION_TWICE },
	{ "ID", NULL, offsetof(struct entity, id), 0 },
	{ "Description", NULL, offsetof(struct entity, description), 0 },
	{ "Language", NULL, offsetof(struct entity, language), 0 },
	{ "Location", NULL, offsetof(struct entity, location), 0 },
	{ "MD5", NULL, offsetof(struct entity, md5), 0 },
};

static void take_field(struct arena *a, const struct header_field *field, unsigned *seen, struct entity *e)
{
	struct span name = span_from(field->name, 8);
	char *text;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!span_is_nocase(name, span_str(rows[i].name)))
			continue;
		if (*seen & 1u << i) {
			e->problems |= rows[i].twice;
			return;
		}
		*seen |= 1u << i;
		if (span_find(field->body, '\0') < field->body.n)
			e->problems |= ENTITY_NUL;
		text = header_unfold(a, field->body);
		if (rows[i].parse)
			rows[i].parse(a, text, e);
		else
			memcpy((char *)e + rows[i].place, &text, sizeof(text));
		return;
	}
}

static void find_boundary(struct arena *a, struct entity *e)
{
	struct params_value value;
	size_t n;

	if (!params_find(a, &e->params, "boundary", &value)) {
		e->problems |= ENTITY_BOUNDARY_NONE;
		return;
	}
	n = strlen(value.text);
	/* The last blank cannot be part of it, RFC 2046 5.1.1. */
	while (n > 0 && value.text[n - 1] == ' ')
		n--;
	if (value.problems & (PARAMS_TWICE | PARAMS_BOTH))
		e->problems |= ENTITY_BOUNDARY_TWICE;
	if (n > 70)
		e->problems |= ENTITY_BOUNDARY_LONG;
	if (n == 0 || n > ENTITY_BOUNDARY_MAX) {
		e->problems |= ENTITY_BOUNDARY_NONE;
		return;
	}
	e->boundary = span_of(value.text, n);
	e->kind = ENTITY_MULTIPART;
}

static void set_kind(struct arena *a, bool digest, struct entity *e)
{
	if (!e->typed) {
		bool message = digest && !(e->problems & ENTITY_TYPE_BAD);

		e->type = message ? "message" : "text";
		e->subtype = message ? "rfc822" : "plain";
	}
	if (entity_is(e, "multipart", NULL)) {
		find_boundary(a, e);
		e->digest = strcasecmp(e->subtype, "digest") == 0;
		if (e->kind == ENTITY_MULTIPART && !encoding_is_identity(e->encoding)) {
			e->problems |= ENTITY_ENCODED;
			e->encoding = ENCODING_8BIT;
		}
	}
	if (entity_is(e, "message", "rfc822") || entity_is(e, "message", "global")) {
		e->kind = encoding_is_identity(e->encoding) ? ENTITY_MESSAGE : ENTITY_LEAF;
		if (e->kind == ENTITY_LEAF)
			e->problems |= ENTITY_ENCODED;
	}
}

/* Behind a line that is no field. */
static struct span skip_line(struct span s)
{
	return span_from(s, span_find(s, '\n') + 1);
}

/* Programs choose one or the other. Only where both are there is it worth to find out what they say. */
static bool has_two_names(struct arena *a, const struct entity *e)
{
	struct params_value filename, name;

	return e->params.n > 0 && e->disposition_params.n > 0 && params_find(a, &e->params, "name", &name) &&
	       params_find(a, &e->disposition_params, "filename", &filename) && strcmp(name.text, filename.text) != 0;
}

void entity_parse(struct arena *a, struct span header, bool digest, struct entity *out)
{
	struct header_field field;
	unsigned seen = 0;
	int more;

	*out = (struct entity){ .kind = ENTITY_LEAF };
	while ((more = header_next(&header, &field)) != 0) {
		if (more < 0) {
			out->problems |= ENTITY_BAD_LINE;
			header = skip_line(header);
			continue;
		}
		if ((field.name.p[0] | 0x20) == 'c' && span_starts_nocase(field.name, SPAN("Content-")))
			take_field(a, &field, &seen, out);
	}
	set_kind(a, digest, out);
	if (has_two_names(a, out))
		out->problems |= ENTITY_NAMES_DIFFER;
}

bool entity_is(const struct entity *e, const char *type, const char *subtype)
{
	return strcasecmp(e->type, type) == 0 && (!subtype || strcasecmp(e->subtype, subtype) == 0);
}

bool entity_filename(struct arena *a, const struct entity *e, struct params_value *out)
{
	struct params_value name;
	bool is_named = params_find(a, &e->params, "name", &name);

	if (!params_find(a, &e->disposition_params, "filename", out)) {
		*out = name;
		return is_named;
	}
	return true;
}

static const struct {
	unsigned bit;
	const char *text;
} sentences[] = {
	{ ENTITY_TYPE_TWICE, "there are two Content-Type fields, the first counts" },
	{ ENTITY_ENCODING_TWICE, "there are two Content-Transfer-Encoding fields, the first counts" },
	{ ENTITY_DISPOSITION_TWICE, "there are two Content-Disposition fields, the first counts" },
	{ ENTITY_TYPE_BAD, "Content-Type has no type and subtype, it is taken for text/plain" },
	{ ENTITY_PARAMS, "parameters are not as they should be" },
	{ ENTITY_BOUNDARY_NONE, "a multipart has no usable boundary, it is not taken apart" },
	{ ENTITY_BOUNDARY_TWICE, "there are two boundary parameters" },
	{ ENTITY_BOUNDARY_LONG, "the boundary is longer than 70 octets" },
	{ ENTITY_ENCODED, "a multipart or message says that it is encoded" },
	{ ENTITY_ENCODING_UNKNOWN, "the Content-Transfer-Encoding is unknown" },
	{ ENTITY_BAD_LINE, "a line in the header is no field" },
	{ ENTITY_NUL, "there is a NUL in a field" },
	{ ENTITY_NAMES_DIFFER, "filename and name differ" },
	{ MIME_HEADER_CUT, "a boundary or the end of the message breaks off the header" },
	{ MIME_UNCLOSED, "the closing boundary is missing" },
	{ MIME_EMPTY, "a multipart has no part" },
	{ MIME_DEPTH, "nested too deeply, it is not taken apart" },
	{ MIME_PARTS, "too many parts, the rest is not taken apart" },
	{ MIME_HEADER_LONG, "the header is too long, the part is not taken apart" },
};

const char *entity_problem(unsigned bit)
{
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (sentences[i].bit == bit)
			return sentences[i].text;
	return NULL;
}
