/* SPDX-License-Identifier: ISC */
/*
 * section - a piece of a message.
 */
#include "imap/section.h"

#include "imap/put.h"
#include "message/crlf.h"
#include "message/header.h"

static const char *const names[] = {
	[IMAP_SECTION_ALL] = "",
	[IMAP_SECTION_HEADER] = "HEADER",
	[IMAP_SECTION_FIELDS] = "HEADER.FIELDS",
	[IMAP_SECTION_FIELDS_NOT] = "HEADER.FIELDS.NOT",
	[IMAP_SECTION_TEXT] = "TEXT",
	[IMAP_SECTION_MIME] = "MIME",
};

enum { KINDS = sizeof(names) / sizeof(names[0]) };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "1.2", and the dot behind it if something follows: 0, -1. Numbers have no zeros in front. */
static int parse_part(struct imap_parse *p, struct span *out, bool *more)
{
	const char *start = p->p;

	*more = true;
	*out = span_of(start, 0);
	while (p->p < p->end && is_digit(*p->p)) {
		if (*p->p == '0')
			return imap_parse_fail(p, "the number of a part begins with 0");
		while (p->p < p->end && is_digit(*p->p))
			p->p++;
		out->n = (size_t)(p->p - start);
		*more = imap_parse_take(p, '.');
		if (!*more)
			break;
	}
	if (out->n > IMAP_SECTION_PART_MAX)
		return imap_parse_fail(p, "the number of a part is too long");
	return 0;
}

static int parse_what(struct imap_parse *p, struct imap_section *out)
{
	const char *start = p->p;
	struct span word;

	while (p->p < p->end && *p->p != ']' && *p->p != ' ')
		p->p++;
	word = span_of(start, (size_t)(p->p - start));
	for (int i = IMAP_SECTION_HEADER; i < KINDS; i++) {
		if (!span_is_nocase(word, span_str(names[i])) || (i == IMAP_SECTION_MIME && out->part.n == 0))
			continue;
		out->what = (enum imap_section_what)i;
		return 0;
	}
	return imap_parse_fail(p, "unknown section of a message");
}

static int parse_names(struct imap_parse *p, struct imap_section *out)
{
	struct span *all = arena_alloc(p->arena, IMAP_SECTION_NAMES_MAX * sizeof(*all));

	out->names = all;
	if (imap_parse_sp(p) < 0 || imap_parse_open(p) < 0)
		return -1;
	do {
		if (out->n == IMAP_SECTION_NAMES_MAX)
			return imap_parse_fail(p, "too many names of fields");
		if (imap_parse_astring(p, &all[out->n++]) < 0)
			return -1;
	} while (imap_parse_take(p, ' '));
	return imap_parse_close(p);
}

static int parse_partial(struct imap_parse *p, struct imap_section *out)
{
	out->from = 0;
	out->octets = UINT64_MAX;
	out->is_partial = imap_parse_take(p, '<');
	if (!out->is_partial)
		return 0;
	if (imap_parse_number64(p, &out->from) < 0 || imap_parse_char(p, '.') < 0 ||
	    imap_parse_number64(p, &out->octets) < 0 || imap_parse_char(p, '>') < 0)
		return -1;
	return 0;
}

int imap_section_parse(struct imap_parse *p, struct imap_section *out)
{
	bool more;

	*out = (struct imap_section){ .what = IMAP_SECTION_ALL };
	if (imap_parse_char(p, '[') < 0 || parse_part(p, &out->part, &more) < 0)
		return -1;
	if (more && !(out->part.n == 0 && imap_parse_is(p, ']')) && parse_what(p, out) < 0)
		return -1;
	if ((out->what == IMAP_SECTION_FIELDS || out->what == IMAP_SECTION_FIELDS_NOT) && parse_names(p, out) < 0)
		return -1;
	return imap_parse_char(p, ']') < 0 ? -1 : parse_partial(p, out);
}

int imap_section_parse_binary(struct imap_parse *p, bool partial, struct imap_section *out)
{
	bool more;

	*out = (struct imap_section){ .what = IMAP_SECTION_ALL, .octets = UINT64_MAX };
	if (imap_parse_char(p, '[') < 0 || parse_part(p, &out->part, &more) < 0)
		return -1;
	if (more && out->part.n > 0)
		return imap_parse_fail(p, "a part's number is expected");
	if (imap_parse_char(p, ']') < 0)
		return -1;
	return partial ? parse_partial(p, out) : 0;
}

void imap_section_put(struct buf *out, const struct imap_section *s)
{
	buf_put_char(out, '[');
	buf_put_span(out, s->part);
	if (s->part.n > 0 && s->what != IMAP_SECTION_ALL)
		buf_put_char(out, '.');
	buf_put_str(out, names[s->what]);
	for (size_t i = 0; i < s->n; i++) {
		buf_put_str(out, i == 0 ? " (" : " ");
		imap_put_astring(out, s->names[i], false);
	}
	buf_put_str(out, s->n > 0 ? ")]" : "]");
	if (!s->is_partial)
		return;
	buf_put_char(out, '<');
	buf_put_number(out, s->from);
	buf_put_char(out, '>');
}

/* The message that HEADER and TEXT are about, in which the part's own header is none. */
static const struct mime_node *message_within(const struct imap_section *s, const struct mime_node *node)
{
	if (s->part.n == 0)
		return node;
	return node->part.entity.kind == ENTITY_MESSAGE ? node->children : NULL;
}

bool imap_section_find(const struct imap_section *s, struct mime_node *root, struct mime_place *from,
		       struct mime_place *to)
{
	const struct mime_node *node = mime_tree_find(root, s->part);
	bool is_part = s->part.n > 0;

	if (node && s->what != IMAP_SECTION_ALL && s->what != IMAP_SECTION_MIME)
		node = message_within(s, node);
	if (!node)
		return false;
	switch (s->what) {
	case IMAP_SECTION_ALL:
		*from = is_part ? node->part.body : node->part.header;
		*to = node->part.end;
		break;
	case IMAP_SECTION_TEXT:
		*from = node->part.body;
		*to = node->part.end;
		break;
	default:
		*from = node->part.header;
		*to = node->part.body;
	}
	return true;
}

static bool is_named(const struct imap_section *s, struct span name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->names[i].n == name.n && span_is_nocase(s->names[i], name))
			return true;
	return false;
}

static void put_field(struct buf *out, struct span whole)
{
	struct crlf c;

	crlf_init(&c, 0, UINT64_MAX);
	c.hides_nul = true;
	crlf_feed(&c, whole, out);
	if (c.last != '\n')
		crlf_feed(&c, SPAN("\n"), out);
}

void imap_section_put_fields(struct buf *out, const struct imap_section *s, struct span header)
{
	bool want = s->what == IMAP_SECTION_FIELDS;
	struct header_field field;
	int more;

	while ((more = header_next(&header, &field)) != 0) {
		if (more < 0) {
			/* A line that is no field has no name that it could be asked for by. */
			field.whole = span_of(header.p, span_find(header, '\n'));
			header = span_from(header, field.whole.n + 1);
		} else if (is_named(s, field.name) != want) {
			continue;
		}
		if (more > 0 || !want)
			put_field(out, field.whole);
	}
	buf_put_str(out, "\r\n");
}
