/* SPDX-License-Identifier: ISC */
/*
 * article - one message of an archive, taken apart for people.
 */
#include "list/article.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/utf8.h"
#include "message/body.h"
#include "message/encoding.h"
#include "message/header.h"
#include "message/preview.h"
#include "message/words.h"

static ssize_t read_at(const struct article *x, uint64_t at, size_t most)
{
	ssize_t n;

	do
		n = pread(x->fd, x->piece, most < ARTICLE_PIECE ? most : ARTICLE_PIECE, (off_t)at);
	while (n < 0 && errno == EINTR);
	return n;
}

/* ---- open and close ---- */

static int parse(struct article *x, struct fault *f)
{
	struct mime_tree tree;
	uint64_t at = 0;
	ssize_t n;

	mime_tree_init(&tree, &x->arena, NULL);
	while ((n = read_at(x, at, ARTICLE_PIECE)) > 0) {
		mime_tree_feed(&tree, span_of(x->piece, (size_t)n));
		at += (uint64_t)n;
	}
	x->root = mime_tree_end(&tree);
	mime_tree_clear(&tree);
	return n < 0 ? fault_errno(f, "cannot read a message of the archive") : 0;
}

static int read_header(struct article *x, struct fault *f)
{
	uint64_t size = x->root->part.body.at;
	size_t n = size < MIME_HEADER_MAX ? (size_t)size : MIME_HEADER_MAX;
	char *p = arena_alloc(&x->arena, n + 1);

	if (n > 0 && disk_read_at(x->fd, p, n, 0, "a message of the archive", f) < 0)
		return -1;
	x->header = span_of(p, n);
	return 0;
}

static void find_body(struct article *x)
{
	size_t n = 0;

	for (struct mime_node *node = body_first(x->root); node; node = body_next(x->root, node))
		n++;
	x->body = arena_alloc(&x->arena, (n + 1) * sizeof(struct mime_node *));
	x->nbody = 0;
	for (struct mime_node *node = body_first(x->root); node; node = body_next(x->root, node))
		x->body[x->nbody++] = node;
}

int article_open(struct article *x, struct mailbox *box, size_t i, struct fault *f)
{
	int fd = mailbox_open_message(box, i, &x->st, f);

	if (fd < 0)
		return -1;
	x->fd = fd;
	x->left_out = 0;
	if (!x->piece)
		x->piece = arena_heap(ARTICLE_PIECE);
	if (parse(x, f) < 0 || read_header(x, f) < 0) {
		article_close(x);
		errno = EIO;
		return -1;
	}
	find_body(x);
	return 0;
}

void article_close(struct article *x)
{
	if (x->root)
		close(x->fd);
	x->fd = -1;
	x->root = NULL;
	arena_reset(&x->arena);
}

void article_clear(struct article *x)
{
	if (x->root)
		article_close(x);
	free(x->piece);
	x->piece = NULL;
	arena_clear(&x->arena);
}

/* ---- header ---- */

struct span article_field(const struct article *x, struct span name)
{
	struct header_field field;

	return header_find(x->header, name, &field) ? field.body : span_of(NULL, 0);
}

void article_put_field(struct article *x, struct buf *out, struct span name)
{
	struct span body = article_field(x, name);

	if (body.p)
		words_decode(out, span_trim(span_str(header_unfold(&x->arena, body))));
}

/* ---- text ---- */

/* Pieces of a leaf's content, as it is encoded, until `take` has enough. */
static int feed(struct article *x, const struct mime_node *node, bool (*take)(void *ctx, struct span piece), void *ctx,
		struct fault *f)
{
	uint64_t at = node->part.body.at, end = node->part.end.at;

	while (at < end) {
		uint64_t most = end - at;
		ssize_t n = read_at(x, at, most < ARTICLE_PIECE ? (size_t)most : ARTICLE_PIECE);

		if (n < 0)
			return fault_errno(f, "cannot read a message of the archive");
		if (n == 0 || !take(ctx, span_of(x->piece, (size_t)n)))
			return 0;
		at += (uint64_t)n;
	}
	return 0;
}

struct text {
	struct body body;
	struct buf piece;
	struct buf *out;
	size_t max;	   /* of *out */
	uint64_t left_out; /* octets */
};

/* Whole lines up to the maximum, unless a line is longer than that. */
static void take_text(struct text *t)
{
	struct span s = buf_span(&t->piece);
	size_t room = t->max - t->out->n;

	if (t->left_out > 0)
		room = 0;
	if (s.n > room) {
		size_t n = span_find_last(span_of(s.p, room), '\n');

		t->left_out += s.n - (n < room ? n + 1 : 0);
		s.n = n < room ? n + 1 : 0;
	}
	buf_put_span(t->out, s);
	buf_reset(&t->piece);
}

static bool feed_text(void *ctx, struct span piece)
{
	struct text *t = ctx;

	while (piece.n > 0) {
		size_t n = piece.n < BODY_PIECE ? piece.n : BODY_PIECE;

		body_feed(&t->body, span_of(piece.p, n), &t->piece);
		take_text(t);
		piece = span_from(piece, n);
	}
	return true;
}

static int put_leaf(struct article *x, struct mime_node *node, struct text *t, struct fault *f)
{
	int rc;

	body_init(&t->body, &x->arena, &node->part.entity);
	rc = feed(x, node, feed_text, t, f);
	body_end(&t->body, &t->piece);
	take_text(t);
	body_clear(&t->body);
	return rc;
}

int article_put_text(struct article *x, struct buf *out, struct fault *f)
{
	struct text t = { .out = out, .max = out->n + ARTICLE_TEXT_MAX };
	int rc = 0;

	buf_init(&t.piece, (size_t)2 * BODY_PIECE * BODY_GROWTH + ARTICLE_TEXT_MAX * (size_t)4);
	for (size_t i = 0; i < x->nbody && rc == 0; i++) {
		if (out->n > 0 && out->p[out->n - 1] != '\n')
			buf_put_char(out, '\n');
		rc = put_leaf(x, x->body[i], &t, f);
	}
	buf_clear(&t.piece);
	x->left_out = t.left_out;
	return rc;
}

/* As many whole characters as fit. */
static void put_front(struct buf *out, struct span s, size_t max)
{
	if (s.n > max)
		s.n = utf8_prefix(span_of(s.p, max));
	buf_put_span(out, s);
}

int article_put_preview(struct article *x, struct buf *out, size_t max, struct fault *f)
{
	struct buf text;
	int tries = PREVIEW_PARTS;

	buf_init(&text, PREVIEW_TEXT);
	for (const struct mime_node *node = preview_first(x->root); node && tries-- > 0; node = preview_next(node)) {
		uint64_t size = mime_octets(node->part.body, node->part.end);
		ssize_t n = read_at(x, node->part.body.at, size < PREVIEW_READ ? (size_t)size : PREVIEW_READ);

		if (n < 0) {
			buf_clear(&text);
			return fault_errno(f, "cannot read a message of the archive");
		}
		if (preview_put(&text, &node->part.entity, span_of(x->piece, (size_t)n)))
			break;
	}
	put_front(out, buf_span(&text), max);
	buf_clear(&text);
	return 0;
}

/* ---- attachments ---- */

static bool is_attached(const struct entity *e)
{
	return e->disposition && strcasecmp(e->disposition, "attachment") == 0;
}

/* They stand in the order of their numbers. */
static bool is_body(const struct article *x, const struct mime_node *node)
{
	size_t first = 0, end = x->nbody;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (x->body[middle] == node)
			return true;
		if (x->body[middle]->part.number < node->part.number)
			first = middle + 1;
		else
			end = middle;
	}
	return false;
}

/* Text that was not chosen of an alternative is no attachment. */
static bool is_file(const struct article *x, const struct mime_node *node)
{
	const struct entity *e = &node->part.entity;

	if (e->kind != ENTITY_LEAF)
		return e->kind == ENTITY_MESSAGE && is_attached(e);
	if (is_body(x, node) || mime_octets(node->part.body, node->part.end) == 0)
		return false;
	if (is_attached(e) || !node->parent)
		return true;
	return !(entity_is(&node->parent->part.entity, "multipart", "alternative") && entity_is(e, "text", NULL));
}

/* The node behind all that is in this one. */
static const struct mime_node *behind(const struct mime_node *node)
{
	while (node && !node->next)
		node = node->parent;
	return node ? node->next : NULL;
}

const struct mime_node *article_next_file(const struct article *x, const struct mime_node *node)
{
	if (!node)
		node = x->root;
	else
		node = behind(node);
	while (node && !is_file(x, node))
		node = mime_tree_next(node);
	return node;
}

const char *article_file_name(struct article *x, const struct mime_node *node)
{
	struct params_value name;

	return entity_filename(&x->arena, &node->part.entity, &name) ? name.text : "";
}

struct copy {
	struct encoding_decode decode;
	struct buf bytes;
	struct disk_out out;
};

static void write_bytes(struct copy *c)
{
	disk_out_put(&c->out, c->bytes.p, c->bytes.n);
	buf_reset(&c->bytes);
}

static bool feed_copy(void *ctx, struct span piece)
{
	struct copy *c = ctx;

	encoding_decode_feed(&c->decode, piece, &c->bytes);
	write_bytes(c);
	return !c->out.failed;
}

int article_copy_file(struct article *x, const struct mime_node *node, int fd, const char *name, struct fault *f)
{
	const struct entity *e = &node->part.entity;
	struct copy *c = arena_alloc(&x->arena, sizeof(*c));
	int rc;

	buf_init(&c->bytes, (size_t)ARTICLE_PIECE * QP_GROWTH + QP_ROOM);
	disk_out_init(&c->out, fd, name);
	encoding_decode_init(&c->decode, e->kind == ENTITY_MESSAGE ? ENCODING_BINARY : e->encoding);
	rc = feed(x, node, feed_copy, c, f);
	encoding_decode_end(&c->decode, &c->bytes);
	write_bytes(c);
	buf_clear(&c->bytes);
	return rc < 0 ? -1 : disk_out_flush(&c->out, f);
}
