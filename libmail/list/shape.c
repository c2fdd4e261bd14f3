/* SPDX-License-Identifier: ISC */
/*
 * shape - what a post becomes.
 */
#include "list/shape.h"

#include "list/footer.h"

enum { ENDS = 2 /* octets at the end of a message that are looked at */ };

/* ---- the message as it is ---- */

static int feed_tree(struct incoming *in, struct mime_tree *tree, struct fault *f)
{
	struct span piece;
	off_t at = 0;
	int rc;

	while ((rc = spill_next(&in->raw, &at, &piece, f)) > 0)
		mime_tree_feed(tree, piece);
	return rc;
}

struct mime_node *shape_structure(struct arena *a, struct incoming *in, struct fault *f)
{
	struct mime_node *root = NULL;
	struct mime_tree tree;

	mime_tree_init(&tree, a, NULL);
	if (feed_tree(in, &tree, f) == 0)
		root = mime_tree_end(&tree);
	mime_tree_clear(&tree);
	return root;
}

/* 8-bit octets in the body, and what its end is like. */
static int look_at_body(struct shape *s, struct footer_end *end, struct fault *f)
{
	char last[ENDS] = { '\0', '\0' };
	off_t at = s->in->body_at;
	struct span piece;
	int rc;

	end->is_empty = at >= s->in->raw.size;
	while ((rc = spill_next(&s->in->raw, &at, &piece, f)) > 0) {
		s->has_8bit |= span_has_8bit(piece);
		last[0] = piece.n > 1 ? piece.p[piece.n - 2] : last[1];
		last[1] = piece.p[piece.n - 1];
	}
	end->ends_line = last[1] == '\n';
	end->soft_break = last[end->ends_line ? 0 : 1] == '=';
	return rc;
}

struct strip_rules shape_strip_rules(const struct list *l)
{
	return (struct strip_rules){ .types = l->settings.strip_types,
				     .keep = l->settings.keep_types,
				     .plain_text_only = l->settings.plain_text_only };
}

/* ---- the message as it is going to be ---- */

static struct span kept(struct arena *a, struct buf *b)
{
	struct span s = span_of(arena_span(a, buf_span(b)), b->n);

	buf_clear(b);
	return s;
}

/* In front of what was the body, or of the whole message if it is wrapped. */
static int put_heading(struct shape *s, struct arena *a, const char *type, off_t until, struct fault *f)
{
	const struct heading h = { .list = s->list,
				   .number = s->number,
				   .http_url = s->http_url,
				   .archived_at = s->archived_at,
				   .message_id = s->message_id,
				   .munge = s->guard != SHAPE_AS_IT_IS,
				   .wrap = s->guard == SHAPE_WRAP,
				   .oneclick = s->oneclick,
				   .type = type };
	struct heading_result result;
	struct edits body = s->edits;
	struct buf out;

	buf_init(&out, HEADING_MAX);
	heading_put(a, &out, &h, s->in->header, &result);
	if (out.overflow) {
		buf_clear(&out);
		return fault_perm(f, 552, "5.3.4", "the header of the post would be larger than %d octets",
				  HEADING_MAX);
	}
	s->patch_at = (off_t)result.patch_at;
	s->patch_size = result.patch_size;
	s->has_8bit_header = span_has_8bit(buf_span(&out));
	/* It comes before what is inserted where the body begins. */
	edits_init(&s->edits, a);
	edits_replace(&s->edits, 0, until, kept(a, &out));
	edits_join(&s->edits, &body);
	return 0;
}

/* "Content-Type: ...\n\ntext" is what is left of the whole content. */
static int replace_content(struct shape *s, struct arena *a, struct span note, off_t body_at, struct fault *f)
{
	size_t n = header_length(note, 0);
	struct buf content;

	buf_init(&content, HEADING_MAX);
	buf_put_span(&content, span_from(note, n));
	if (s->footer.n && !span_has_8bit(s->footer) && !span_has_8bit(note)) {
		buf_put_char(&content, '\n');
		buf_put_span(&content, s->footer);
	}
	edits_replace(&s->edits, body_at, s->in->raw.size, kept(a, &content));
	s->has_8bit = false;
	return put_heading(s, a, arena_span(a, span_of(note.p, n - 1)), body_at, f);
}

/* As a part of a message of the list's, every octet of it but for what the way here has written. */
static int wrap(struct shape *s, struct arena *a, struct mime_node *root, struct fault *f)
{
	const char *encoding = s->has_8bit ? "Content-Transfer-Encoding: 8bit\n" : "", *type;
	struct buf inner;

	buf_init(&inner, HEADING_MAX);
	buf_printf(&inner, "Content-Type: message/rfc822\n%s\n", encoding);
	heading_put_inner(&inner, s->in->header);
	/* Its empty line comes with the others' of a part. */
	buf_cut(&inner, inner.n - 1);
	type = footer_plan_wrap(a, root, s->footer, kept(a, &inner), &s->edits);
	return put_heading(s, a, arena_printf(a, "%s%s", type, encoding), s->in->body_at, f);
}

static int change(struct shape *s, struct arena *a, struct mime_node *root, const struct footer_end *end,
		  struct fault *f)
{
	bool in_text = strcmp(s->list->settings.footer, "auto") == 0;
	enum footer_way way = footer_way(a, root, s->footer, in_text);
	const char *type = NULL;

	switch (way) {
	case FOOTER_NONE:
		break;
	case FOOTER_TEXT:
		footer_plan_text(a, root, s->footer, end, &s->edits);
		s->has_8bit |= span_has_8bit(s->footer) && root->part.entity.encoding == ENCODING_8BIT;
		break;
	case FOOTER_PART:
		footer_plan_part(a, root, s->footer, &s->edits);
		break;
	case FOOTER_WRAP:
		type = arena_printf(a, "%s%s",
				    footer_plan_wrap(a, root, s->footer, heading_content(a, s->in->header), &s->edits),
				    s->has_8bit ? "Content-Transfer-Encoding: 8bit\n" : "");
		break;
	}
	return put_heading(s, a, type, (off_t)root->part.body.at, f);
}

int shape_plan(struct shape *s, struct arena *a, struct fault *f)
{
	struct strip_rules rules = shape_strip_rules(s->list);
	struct mime_node *root = shape_structure(a, s->in, f);
	struct footer_end end = { .is_empty = false };
	const char *note = NULL;

	s->has_8bit = false;
	edits_init(&s->edits, a);
	if (!root || look_at_body(s, &end, f) < 0)
		return -1;
	if (s->guard == SHAPE_WRAP)
		return wrap(s, a, root, f);
	if (strcmp(s->list->settings.attachment_action, "strip") == 0)
		s->stripped = strip_plan(&rules, a, root, &s->edits, &note);
	if (note)
		return replace_content(s, a, span_str(note), (off_t)root->part.body.at, f);
	return change(s, a, root, &end, f);
}

int shape_write(struct shape *s, int (*sink)(void *ctx, struct span piece, struct fault *f), void *ctx, struct fault *f)
{
	return edits_write(&s->edits, &s->in->raw, sink, ctx, f);
}
