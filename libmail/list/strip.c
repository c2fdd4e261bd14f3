/* SPDX-License-Identifier: ISC */
/*
 * strip - which parts go, and what is left of them.
 */
#include "list/strip.h"

#include "list/textpart.h"
#include "message/params.h"

static bool has_extension(struct arena *a, const struct entity *e, struct span extension)
{
	struct params_value name;

	return entity_filename(a, e, &name) && span_ends_nocase(span_trim(span_str(name.text)), extension);
}

static bool matches(struct arena *a, const struct entity *e, struct span word)
{
	struct span subtype = word, type = span_cut(&subtype, '/');

	if (word.p[0] == '.')
		return has_extension(a, e, word);
	return span_is_nocase(type, span_str(e->type)) &&
	       (subtype.n == 0 || span_is(subtype, SPAN("*")) || span_is_nocase(subtype, span_str(e->subtype)));
}

static bool has(struct arena *a, const char *list, const struct entity *e)
{
	struct span rest = span_str(list), word;

	while ((word = span_list_word(&rest)).n)
		if (matches(a, e, word))
			return true;
	return false;
}

static bool is_empty(const struct strip_rules *rules)
{
	return rules->types[0] == '\0' && rules->keep[0] == '\0';
}

static bool is_unwanted(const struct strip_rules *rules, struct arena *a, const struct mime_node *node)
{
	const struct entity *e = &node->part.entity;
	bool is_leaf = e->kind == ENTITY_LEAF;

	if (is_empty(rules) || (!node->parent && !is_leaf))
		return false;
	if ((node->part.problems & MIME_OPAQUE) || has(a, rules->types, e))
		return true;
	return is_leaf && rules->keep[0] && !has(a, rules->keep, e);
}

const struct mime_node *strip_find(const struct strip_rules *rules, struct arena *a, const struct mime_node *root)
{
	const struct mime_node *node = root;

	while (node && !is_unwanted(rules, a, node))
		node = mime_tree_next(node);
	return node;
}

const char *strip_describe(struct arena *a, const struct mime_node *node)
{
	const struct entity *e = &node->part.entity;
	struct params_value name;

	if (entity_filename(a, e, &name) && name.text[0])
		return arena_printf(a, "%.100s/%.100s \"%.200s\"", e->type, e->subtype, name.text);
	return arena_printf(a, "%.100s/%.100s", e->type, e->subtype);
}

static const char *note_for(struct arena *a, const struct mime_node *node)
{
	const struct mime_node *in = node->parent;
	struct span text = span_str(
		arena_printf(a, "[A part of this message was taken out by the list: %s, %ju octets]\n",
			     strip_describe(a, node), (uintmax_t)mime_octets(node->part.body, node->part.end)));

	return textpart_make(a, text, "inline", in ? in->part.entity.boundary : SPAN("")).p;
}

/* ---- forms of the same ---- */

static bool is_plain(const struct mime_node *node)
{
	return node->part.entity.kind == ENTITY_LEAF && entity_is(&node->part.entity, "text", "plain");
}

static bool is_kept(const struct strip_rules *rules, struct arena *a, const struct mime_node *node, bool plain_only)
{
	return !is_unwanted(rules, a, node) && (!plain_only || is_plain(node));
}

static bool any_kept(const struct strip_rules *rules, struct arena *a, const struct mime_node *parent, bool plain_only)
{
	for (const struct mime_node *n = parent->children; n; n = n->next)
		if (is_kept(rules, a, n, plain_only))
			return true;
	return false;
}

static bool is_alternative(const struct mime_node *node)
{
	return node->part.entity.kind == ENTITY_MULTIPART && entity_is(&node->part.entity, "multipart", "alternative");
}

/* ---- the whole ---- */

struct plan {
	const struct strip_rules *rules;
	struct arena *arena;
	struct edits *edits;
	size_t n; /* parts that go */
};

static void look_into(struct plan *p, const struct mime_node *parent);

/*
 * Each goes with one boundary: the one before it, or where nothing is left in front of it, the one behind. A note would
 * be the form that is shown.
 */
static void choose_forms(struct plan *p, const struct mime_node *parent, bool plain_only)
{
	const struct mime_node *before = NULL;
	bool kept = false;

	for (const struct mime_node *node = parent->children; node; before = node, node = node->next) {
		if (is_kept(p->rules, p->arena, node, plain_only)) {
			kept = true;
			look_into(p, node);
			continue;
		}
		if (kept)
			edits_replace(p->edits, (off_t)before->part.end.at, (off_t)node->part.end.at, SPAN(""));
		else
			edits_replace(p->edits, (off_t)node->part.header.at, (off_t)node->next->part.header.at,
				      SPAN(""));
		p->n++;
	}
}

static void take_out(struct plan *p, const struct mime_node *node)
{
	edits_replace(p->edits, (off_t)node->part.header.at, (off_t)node->part.end.at,
		      span_str(note_for(p->arena, node)));
	p->n++;
}

/* No deeper than MIME_DEPTH_MAX. */
static void look_into(struct plan *p, const struct mime_node *parent)
{
	if (is_alternative(parent)) {
		bool plain_only = p->rules->plain_text_only && any_kept(p->rules, p->arena, parent, true);

		if (plain_only || any_kept(p->rules, p->arena, parent, false)) {
			choose_forms(p, parent, plain_only);
			return;
		}
	}
	for (const struct mime_node *node = parent->children; node; node = node->next) {
		if (is_unwanted(p->rules, p->arena, node))
			take_out(p, node);
		else
			look_into(p, node);
	}
}

size_t strip_plan(const struct strip_rules *rules, struct arena *a, const struct mime_node *root, struct edits *edits,
		  const char **note)
{
	struct plan p = { .rules = rules, .arena = a, .edits = edits };

	*note = NULL;
	if (is_unwanted(rules, a, root)) {
		*note = note_for(a, root);
		return 1;
	}
	look_into(&p, root);
	return p.n;
}
