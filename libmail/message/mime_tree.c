/* SPDX-License-Identifier: ISC */
/*
 * mime_tree - the structure of a message as a tree.
 */
#include "message/mime_tree.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "message/header.h"

static const struct row {
	const char *name;
	size_t place;
} rows[] = {
	{ "Date", offsetof(struct mime_envelope, date) },
	{ "Subject", offsetof(struct mime_envelope, subject) },
	{ "From", offsetof(struct mime_envelope, from) },
	{ "Sender", offsetof(struct mime_envelope, sender) },
	{ "Reply-To", offsetof(struct mime_envelope, reply_to) },
	{ "To", offsetof(struct mime_envelope, to) },
	{ "Cc", offsetof(struct mime_envelope, cc) },
	{ "Bcc", offsetof(struct mime_envelope, bcc) },
	{ "In-Reply-To", offsetof(struct mime_envelope, in_reply_to) },
	{ "Message-ID", offsetof(struct mime_envelope, message_id) },
};

static void take_field(struct arena *a, const struct header_field *field, struct mime_envelope *out)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text;

		if ((field->name.p[0] | 0x20) != (rows[i].name[0] | 0x20) ||
		    !span_is_nocase(field->name, span_str(rows[i].name)))
			continue;
		memcpy(&text, (char *)out + rows[i].place, sizeof(text));
		if (text)
			return;
		text = header_unfold(a, field->body);
		memcpy((char *)out + rows[i].place, &text, sizeof(text));
		return;
	}
}

const struct mime_envelope *mime_envelope_parse(struct arena *a, struct span header)
{
	struct mime_envelope *out = arena_alloc(a, sizeof(*out));
	struct header_field field;
	int more;

	while ((more = header_next(&header, &field)) != 0) {
		if (more < 0)
			header = span_from(header, span_find(header, '\n') + 1);
		else
			take_field(a, &field, out);
	}
	return out;
}

static void begin(void *context, const struct mime_part *part, struct span header)
{
	struct mime_tree *t = context;
	struct mime_node *node = arena_alloc(t->arena, sizeof(*node)), *parent = t->at;

	node->part = *part;
	node->parent = parent;
	node->part.parent = parent ? &parent->part : NULL;
	if (!parent)
		t->root = node;
	else if (parent->last)
		parent->last->next = node;
	else
		parent->children = node;
	if (parent)
		parent->last = node;
	if (!parent || parent->part.entity.kind == ENTITY_MESSAGE)
		node->envelope = mime_envelope_parse(t->arena, header);
	t->at = node;
}

static void end(void *context, const struct mime_part *part)
{
	struct mime_tree *t = context;

	t->at->part.body = part->body;
	t->at->part.end = part->end;
	t->at->part.problems = part->problems;
	t->at = t->at->parent;
}

static const struct mime_events events = { .begin = begin, .end = end };

void mime_tree_init(struct mime_tree *t, struct arena *a, const struct mime_limits *limits)
{
	t->arena = a;
	t->root = t->at = NULL;
	t->problems = 0;
	mime_init(&t->mime, limits, a, &events, t);
}

void mime_tree_restart(struct mime_tree *t)
{
	t->root = t->at = NULL;
	t->problems = 0;
	mime_restart(&t->mime);
}

void mime_tree_feed(struct mime_tree *t, struct span piece)
{
	mime_feed(&t->mime, piece);
}

struct mime_node *mime_tree_end(struct mime_tree *t)
{
	mime_end(&t->mime);
	t->problems = mime_problems(&t->mime);
	return t->root;
}

void mime_tree_clear(struct mime_tree *t)
{
	mime_clear(&t->mime);
}

struct mime_node *mime_tree_parse(struct arena *a, struct span message)
{
	struct mime_tree *t = arena_heap(sizeof(*t));
	struct mime_node *root;

	mime_tree_init(t, a, NULL);
	mime_tree_feed(t, message);
	root = mime_tree_end(t);
	mime_tree_clear(t);
	free(t);
	return root;
}

const struct mime_node *mime_tree_next(const struct mime_node *node)
{
	if (node->children)
		return node->children;
	while (node && !node->next)
		node = node->parent;
	return node ? node->next : NULL;
}

/* Part n, from 1, of what a message is: itself, unless it is a multipart. */
static struct mime_node *find_in_message(struct mime_node *message, uint64_t n)
{
	struct mime_node *node;

	if (message->part.entity.kind != ENTITY_MULTIPART)
		return n == 1 ? message : NULL;
	for (node = message->children; node && --n > 0; node = node->next)
		;
	return node;
}

struct mime_node *mime_tree_find(struct mime_node *root, struct span section)
{
	struct mime_node *node = root, *within = root;

	if (section.n > 0 && section.p[section.n - 1] == '.')
		return NULL;
	while (section.n > 0) {
		uint64_t n;

		if (!within || span_number(span_cut(&section, '.'), MIME_PARTS_MAX * 2, &n) < 0 || n == 0)
			return NULL;
		node = find_in_message(within, n);
		if (!node)
			return NULL;
		within = node->part.entity.kind == ENTITY_MULTIPART ? node : node->children;
	}
	return node;
}

void mime_tree_put_section(struct buf *out, const struct mime_node *node)
{
	mime_put_section(out, &node->part);
}
