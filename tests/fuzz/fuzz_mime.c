/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a message: the events are the same however it is cut, every byte comes back once, places are what
 * counting says, and the limits hold. The first byte says how pieces are cut, the second whether the limits are small.
 */
#include <assert.h>
#include <stdint.h>

#include "base/linescan.h"
#include "message/mime_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24 };

struct tale {
	struct buf text, all;
	size_t open, parts, depth;
	const struct mime_part *leaf;
};

static void check_place(const struct tale *t, struct mime_place place)
{
	struct linescan lines = { 0 };

	linescan_count(buf_span(&t->all), '\0', &lines);
	assert(place.at == t->all.n && place.lines == lines.lines && place.bare == lines.bare);
}

static void leave(struct tale *t, const struct mime_part *leaf)
{
	if (t->leaf != leaf)
		buf_put_str(&t->text, leaf ? "{" : "}");
	t->leaf = leaf;
}

static void tell_begin(void *context, const struct mime_part *part, struct span header)
{
	struct tale *t = context;

	leave(t, NULL);
	assert(part->depth == t->open && part->number == t->parts);
	assert(!part->parent || part->parent->depth + 1 == part->depth);
	t->open++;
	t->parts++;
	if (part->depth > t->depth)
		t->depth = part->depth;
	buf_printf(&t->text, "[%zu %zu %s/%s %x ", part->number, part->index, part->entity.type, part->entity.subtype,
		   part->problems);
	buf_put_span(&t->text, header);
	buf_put_span(&t->all, header);
	if (!(part->problems & MIME_HEADER_LONG))
		check_place(t, part->body);
}

static void tell_rest(void *context, const struct mime_part *part, struct span piece)
{
	struct tale *t = context;

	assert(part->problems & MIME_HEADER_LONG);
	buf_put_span(&t->text, piece);
	buf_put_span(&t->all, piece);
}

static void tell_content(void *context, const struct mime_part *part, struct span piece)
{
	struct tale *t = context;

	assert(part->entity.kind == ENTITY_LEAF && piece.n > 0);
	leave(t, part);
	buf_put_span(&t->text, piece);
	buf_put_span(&t->all, piece);
}

static void tell_end(void *context, const struct mime_part *part)
{
	struct tale *t = context;

	leave(t, NULL);
	t->open--;
	assert(part->depth == t->open);
	check_place(t, part->end);
	buf_printf(&t->text, "<%zu %x>", part->number, part->problems);
}

static void tell_between(void *context, struct span piece)
{
	struct tale *t = context;

	leave(t, NULL);
	buf_put_span(&t->text, piece);
	buf_put_span(&t->all, piece);
}

static const struct mime_events events = { tell_begin, tell_rest, tell_content, tell_end, tell_between };

static void parse(struct tale *t, const struct mime_limits *limits, struct span in, size_t piece)
{
	static struct mime m;

	*t = (struct tale){ 0 };
	buf_init(&t->text, ROOM);
	buf_init(&t->all, ROOM);
	mime_init(&m, limits, NULL, &events, t);
	for (size_t i = 0; i < in.n; i += piece)
		mime_feed(&m, span_of(in.p + i, in.n - i < piece ? in.n - i : piece));
	mime_end(&m);
	mime_clear(&m);
	assert(t->open == 0 && span_is(buf_span(&t->all), in));
	assert(t->depth <= limits->depth);
}

static void forget(struct tale *t)
{
	buf_clear(&t->text);
	buf_clear(&t->all);
}

/* A part is found by its own number. */
static void check_sections(struct mime_node *root, struct mime_node *node)
{
	for (; node; node = node->next) {
		struct mime_node *found;
		struct buf section;

		buf_init(&section, ROOM);
		mime_tree_put_section(&section, node);
		found = mime_tree_find(root, buf_span(&section));
		/* A multipart that is a message has the number of what it is in. */
		assert(found == node || (node->parent && found == node->parent) || node == root);
		buf_clear(&section);
		check_sections(root, node->children);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mime_limits all[] = { { .depth = 20 }, { 3, 6, 100, 300 } };
	const struct mime_limits *limits = &all[size > 1 && data[1] % 4 == 0];
	struct span in = span_from(span_of((const char *)data, size), 2);
	size_t piece = size > 0 ? 1 + data[0] : 1;
	struct tale whole, cut;
	struct arena a = { 0 };
	struct mime_node *root;

	if (in.n > 1 << 14)
		return 0;
	parse(&whole, limits, in, in.n + 1);
	parse(&cut, limits, in, piece);
	assert(span_is(buf_span(&whole.text), buf_span(&cut.text)));
	forget(&cut);
	parse(&cut, limits, in, 1);
	assert(span_is(buf_span(&whole.text), buf_span(&cut.text)));
	forget(&cut);
	forget(&whole);
	root = mime_tree_parse(&a, in);
	assert(root->part.end.at == in.n);
	check_sections(root, root);
	arena_clear(&a);
	return 0;
}
