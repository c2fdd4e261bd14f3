/* SPDX-License-Identifier: ISC */
/*
 * digest_plain - posts as the text of a digest, RFC 1153.
 */
#include "list/digest_plain.h"

#include <strings.h>

#include "base/disk.h"
#include "base/printable.h"
#include "message/body.h"
#include "message/mime_tree.h"
#include "message/words.h"

enum {
	PIECE = 16 << 10,
	ROOM = 8 << 20, /* octets of text between two looks at it; more than body.h can make of a piece */
	LONG_LINE = 70, /* hyphens: RFC 1153 2 */
	SHORT_LINE = 30,
};

/* What is put, line by line. */
struct plain {
	struct spill *out;
	struct buf held; /* for it: lines are short, and it may write each that it is given to a file */
	struct arena arena;
	struct mime_tree tree;
	int fd;
	off_t size;
	size_t hyphens; /* at the start of a line, that are held */
	bool inside;	/* a line has begun */
	bool failed;
	struct fault fault;
};

static void flush(struct plain *p)
{
	if (!p->failed && spill_put(p->out, buf_span(&p->held), &p->fault) < 0)
		p->failed = true;
	buf_reset(&p->held);
}

static void put(struct plain *p, struct span s)
{
	if (p->held.n + s.n > PIECE)
		flush(p);
	if (s.n > PIECE)
		p->failed |= spill_put(p->out, s, &p->fault) < 0;
	else
		buf_put_span(&p->held, s);
}

static const char many_hyphens[] = "----------------------------------------------------------------------";

/* The hyphens that were held. From so many on they could be the line between posts. */
static void put_hyphens(struct plain *p)
{
	if (p->hyphens >= SHORT_LINE)
		put(p, SPAN(" "));
	put(p, span_of(many_hyphens, p->hyphens));
	p->hyphens = 0;
}

/* Text as lines; the result does not depend on how it was cut. */
static void put_lines(struct plain *p, struct span s)
{
	while (s.n) {
		size_t end = span_find(s, '\n');

		for (; !p->inside && s.n && s.p[0] == '-' && p->hyphens < SHORT_LINE; end--) {
			p->hyphens++;
			s = span_from(s, 1);
		}
		if (s.n == 0)
			return;
		put_hyphens(p);
		p->inside = end == s.n;
		put(p, span_of(s.p, p->inside ? end : end + 1));
		s = span_from(s, p->inside ? end : end + 1);
	}
}

static void end_line(struct plain *p)
{
	bool begun = p->inside || p->hyphens > 0;

	put_hyphens(p);
	if (begun)
		put(p, SPAN("\n"));
	p->inside = false;
}

/* ---- the header ---- */

static void put_field(struct plain *p, const char *name, const char *value)
{
	struct buf decoded;

	if (!value)
		return;
	buf_init(&decoded, ROOM);
	buf_printf(&decoded, "%s: ", name);
	words_decode(&decoded, span_str(value));
	put_lines(p, buf_span(&decoded));
	end_line(p);
	buf_clear(&decoded);
}

static void put_header(struct plain *p, const struct mime_envelope *e)
{
	put_field(p, "Date", e->date);
	put_field(p, "From", e->from);
	put_field(p, "To", e->to);
	put_field(p, "Cc", e->cc);
	put_field(p, "Subject", e->subject);
	put_field(p, "Message-ID", e->message_id);
	put(p, SPAN("\n"));
}

/* ---- the body ---- */

static int feed_leaf(struct plain *p, const struct mime_node *node, struct body *body, struct buf *text,
		     struct fault *f)
{
	uint64_t at = node->part.body.at, end = node->part.end.at;
	char piece[BODY_PIECE];

	for (size_t n; at < end; at += n) {
		n = end - at < BODY_PIECE ? (size_t)(end - at) : BODY_PIECE;
		if (disk_read_at(p->fd, piece, n, (off_t)at, "a post", f) < 0)
			return -1;
		body_feed(body, span_of(piece, n), text);
		if (text->overflow)
			return fault_bug(f, "text of a post is larger than %d octets at once", ROOM);
		put_lines(p, buf_span(text));
		buf_reset(text);
	}
	return 0;
}

static int put_leaf(struct plain *p, const struct mime_node *node, struct fault *f)
{
	struct body body;
	struct buf text;
	int rc;

	buf_init(&text, ROOM);
	body_init(&body, &p->arena, &node->part.entity);
	rc = feed_leaf(p, node, &body, &text, f);
	if (rc == 0) {
		body_end(&body, &text);
		put_lines(p, buf_span(&text));
		end_line(p);
	}
	body_clear(&body);
	buf_clear(&text);
	return rc;
}

/* ---- what is not text ---- */

static bool is_attachment(const struct mime_node *node)
{
	const struct entity *e = &node->part.entity;

	if (e->kind != ENTITY_LEAF)
		return false;
	return !entity_is(e, "text", NULL) || (e->disposition && strcasecmp(e->disposition, "attachment") == 0);
}

/* "[plan.png, image/png, 12345 octets]" */
static void put_note(struct plain *p, const struct mime_node *node)
{
	const struct entity *e = &node->part.entity;
	struct params_value name;
	struct buf note;

	buf_init(&note, ROOM);
	buf_put_char(&note, '[');
	if (entity_filename(&p->arena, e, &name)) {
		printable_put(&note, span_str(name.text));
		buf_put_str(&note, ", ");
	}
	printable_put(&note, span_str(e->type));
	buf_put_char(&note, '/');
	printable_put(&note, span_str(e->subtype));
	buf_printf(&note, ", %ju octets]\n", (uintmax_t)mime_octets(node->part.body, node->part.end));
	put_lines(p, buf_span(&note));
	buf_clear(&note);
}

static void put_notes(struct plain *p, const struct mime_node *root, const char *get)
{
	const char *line;
	size_t n = 0;

	for (const struct mime_node *node = root; node; node = mime_tree_next(node)) {
		if (!is_attachment(node))
			continue;
		if (n == 0)
			put(p, SPAN("\n"));
		if (n++ < DIGEST_PLAIN_NOTES_MAX)
			put_note(p, node);
	}
	if (n > DIGEST_PLAIN_NOTES_MAX) {
		line = arena_printf(&p->arena, "[%zu more]\n", n - DIGEST_PLAIN_NOTES_MAX);
		put(p, span_str(line));
	}
	if (n > 0 && get[0]) {
		line = arena_printf(&p->arena, "[%s]\n", get);
		put(p, span_str(line));
	}
}

/* ---- a post ---- */

static int parse(struct plain *p, struct mime_node **root, struct fault *f)
{
	char piece[PIECE];

	mime_tree_init(&p->tree, &p->arena, NULL);
	for (off_t at = 0; at < p->size; at += PIECE) {
		size_t n = p->size - at < PIECE ? (size_t)(p->size - at) : PIECE;

		if (disk_read_at(p->fd, piece, n, at, "a post", f) < 0)
			return -1;
		mime_tree_feed(&p->tree, span_of(piece, n));
	}
	*root = mime_tree_end(&p->tree);
	return 0;
}

static int put_post(struct plain *p, const char *get, struct fault *f)
{
	struct mime_node *root;
	const struct mime_node *before = NULL;

	if (parse(p, &root, f) < 0)
		return -1;
	put_header(p, root->envelope);
	for (struct mime_node *node = body_first(root); node; node = body_next(root, node)) {
		if (before)
			put(p, SPAN("\n"));
		if (put_leaf(p, node, f) < 0)
			return -1;
		before = node;
	}
	put_notes(p, root, get);
	return 0;
}

int digest_plain_put(struct spill *out, int fd, off_t size, const char *get, struct fault *f)
{
	struct plain p = { .out = out, .fd = fd, .size = size };
	int rc;

	buf_init(&p.held, PIECE);
	rc = put_post(&p, get, f);
	flush(&p);
	buf_clear(&p.held);
	mime_tree_clear(&p.tree);
	arena_clear(&p.arena);
	if (rc == 0 && p.failed) {
		if (f)
			*f = p.fault;
		return -1;
	}
	return rc;
}

/* ---- around them ---- */

int digest_plain_put_start(struct spill *out, struct fault *f)
{
	if (spill_put(out, span_of(many_hyphens, LONG_LINE), f) < 0)
		return -1;
	return spill_put(out, SPAN("\n\n"), f);
}

int digest_plain_put_between(struct spill *out, struct fault *f)
{
	if (spill_put(out, SPAN("\n"), f) < 0 || spill_put(out, span_of(many_hyphens, SHORT_LINE), f) < 0)
		return -1;
	return spill_put(out, SPAN("\n\n"), f);
}

int digest_plain_put_end(struct spill *out, const char *title, struct fault *f)
{
	size_t n = printable_width(span_str(title)) + sizeof("End of ") - 1;

	if (spill_put(out, SPAN("End of "), f) < 0 || spill_put(out, span_str(title), f) < 0 ||
	    spill_put(out, SPAN("\n"), f) < 0)
		return -1;
	while (n-- > 0)
		if (spill_put(out, SPAN("*"), f) < 0)
			return -1;
	return spill_put(out, SPAN("\n"), f);
}
