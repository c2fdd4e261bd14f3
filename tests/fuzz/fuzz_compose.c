/* SPDX-License-Identifier: ISC */
/*
 * A tree of parts made of any bytes: what compose writes, the parser reads back as the same tree with the same
 * contents, and no value gets a line of its own. Fields are separated by 0xff: the first byte of each says what it is
 * for.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "message/compose.h"
#include "message/header.h"
#include "message/mime_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24, PARTS = 40 };

struct tree {
	struct compose_part parts[PARTS];
	struct compose_bytes bytes[PARTS];
	struct compose_part *open[PARTS], *last[PARTS];
	struct compose_field fields[PARTS];
	size_t nparts, depth, nfields;
};

static struct compose_part *add_part(struct tree *t, const char *type, struct span content)
{
	struct compose_part *part = &t->parts[t->nparts];

	t->bytes[t->nparts] = (struct compose_bytes){ content, 0 };
	*part = (struct compose_part){ .type = type, .source = compose_bytes(&t->bytes[t->nparts]) };
	t->nparts++;
	if (t->last[t->depth])
		t->last[t->depth]->next = part;
	else
		t->open[t->depth]->children = part;
	t->last[t->depth] = part;
	return part;
}

/* One instruction. */
static void build(struct arena *a, struct tree *t, char what, struct span value)
{
	static const char *const types[] = { "text/plain", "image/png", "message/rfc822", "text/html" };
	struct compose_part *part = t->last[t->depth];

	/* A multipart comes with a part in it. */
	if (t->nparts + 2 > PARTS)
		return;
	switch (what & 7) {
	case 0:
		part = add_part(t, "multipart/mixed", SPAN(""));
		t->open[++t->depth] = part;
		t->last[t->depth] = NULL;
		add_part(t, "text/plain", value);
		break;
	case 1:
		t->depth -= t->depth > 0;
		break;
	case 2:
		if (part && !part->children)
			part->filename = arena_span(a, value);
		break;
	case 3:
		if (t->nfields < PARTS)
			t->fields[t->nfields++] = (struct compose_field){ what & 8    ? "Subject"
									  : what & 16 ? "To"
										      : "References",
									  arena_span(a, value),
									  what & 8    ? COMPOSE_TEXT
									  : what & 16 ? COMPOSE_ADDRESSES
										      : COMPOSE_PLAIN };
		break;
	default:
		add_part(t, types[what & 3], value);
	}
}

static int collect(void *context, struct span piece, struct fault *f)
{
	(void)f;
	buf_put_span(context, piece);
	return 0;
}

static void check_content(struct span message, const struct mime_node *node, const struct compose_part *part)
{
	const struct compose_bytes *bytes = part->source.context;
	struct encoding_decode d;
	struct buf out;

	/* The line end in front of the boundary ends the header of a message that has nothing else. */
	if (node->part.entity.kind == ENTITY_MESSAGE && header_length(bytes->bytes, 0) == 0)
		return;
	buf_init(&out, ROOM);
	encoding_decode_init(&d, node->part.entity.encoding);
	encoding_decode_feed(
		&d, span_of(message.p + node->part.body.at, (size_t)mime_octets(node->part.body, node->part.end)),
		&out);
	encoding_decode_end(&d, &out);
	assert(span_is(buf_span(&out), bytes->bytes));
	buf_clear(&out);
}

static void check_node(struct arena *a, struct span message, const struct mime_node *node,
		       const struct compose_part *part)
{
	const struct mime_node *child = node->children;

	assert(strcmp(arena_printf(a, "%s/%s", node->part.entity.type, node->part.entity.subtype), part->type) == 0);
	if (!part->children) {
		check_content(message, node, part);
		return;
	}
	assert(!(node->part.problems & (MIME_UNCLOSED | MIME_HEADER_CUT)));
	for (part = part->children; part; part = part->next, child = child->next)
		check_node(a, message, child, part);
	assert(!child);
}

/* The fields are ours, MIME-Version and those of the content. */
static void check_header(struct span message, const struct tree *t)
{
	struct header_field field;
	size_t n = 0;

	while (header_next(&message, &field) == 1)
		n += !span_is_nocase(field.name, SPAN("Content-Transfer-Encoding"));
	assert(n == t->nfields + 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from(span_of((const char *)data, size), 1);
	struct compose_rules rules = { .seed = "x",
				       .allow_8bit = size > 0 && data[0] & 1,
				       .utf8 = size > 0 && data[0] & 2 };
	struct compose_part root = { .type = "multipart/mixed" };
	static struct tree t;
	struct compose_result result;
	struct arena a = { 0 };
	struct buf out;

	if (in.n > 1 << 14)
		return 0;
	memset(&t, 0, sizeof(t));
	t.open[0] = &root;
	while (in.n > 0) {
		struct span item = span_cut(&in, (char)0xff);

		if (item.n > 0)
			build(&a, &t, item.p[0], span_from(item, 1));
	}
	root.fields = t.fields;
	root.nfields = t.nfields;
	buf_init(&out, ROOM);
	if (compose_put(&a, &root, &rules, collect, &out, &result, NULL) == 0) {
		assert(result.octets == out.n &&
		       (result.has_8bit_header || result.has_8bit || !span_has_8bit(buf_span(&out))));
		check_header(buf_span(&out), &t);
		check_node(&a, buf_span(&out), mime_tree_parse(&a, buf_span(&out)), &root);
	}
	buf_clear(&out);
	arena_clear(&a);
	return 0;
}
