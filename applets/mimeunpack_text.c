/* SPDX-License-Identifier: ISC */
/*
 * mimeunpack_text - what a person reads of a message.
 */
#include "mimeunpack.h"

#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "message/body.h"
#include "message/words.h"

enum { ROOM = 1 << 20, PIECE = 16 << 10 };

/* Octets at the end of text that begin a character that the next piece goes on with. */
static size_t unfinished(struct span s)
{
	for (size_t n = 1; n < UTF8_MAX && n <= s.n; n++)
		if (utf8_is_begun(span_from(s, s.n - n)))
			return n;
	return 0;
}

/* To a terminal everything is shown and nothing obeyed. */
static int put_text(struct mimeunpack *m, struct buf *text, bool end, struct fault *f)
{
	size_t keep = end ? 0 : unfinished(buf_span(text));

	if (m->tty)
		printable_put_lines(&m->out, span_of(text->p, text->n - keep));
	else
		buf_put(&m->out, text->p, text->n - keep);
	buf_consume(text, text->n - keep);
	return mimeunpack_flush(m, f);
}

static void put_field(struct mimeunpack *m, const char *name, const char *value)
{
	struct buf decoded;

	if (!value)
		return;
	buf_init(&decoded, ROOM);
	words_decode(&decoded, span_str(value));
	buf_printf(&m->out, "%s: ", name);
	if (m->tty)
		printable_put(&m->out, buf_span(&decoded));
	else
		buf_put_span(&m->out, buf_span(&decoded));
	buf_put_char(&m->out, '\n');
	buf_clear(&decoded);
}

static void put_header(struct mimeunpack *m, const struct mime_envelope *e)
{
	put_field(m, "Date", e->date);
	put_field(m, "From", e->from);
	put_field(m, "To", e->to);
	put_field(m, "Cc", e->cc);
	put_field(m, "Subject", e->subject);
	buf_put_char(&m->out, '\n');
}

/* The headers of the messages within that this leaf is the first to be shown of. */
static void put_headers(struct mimeunpack *m, const struct mime_node *node, const struct mime_node *before)
{
	const struct mime_node *within[MIME_DEPTH_MAX + 1];
	size_t n = 0;

	for (; node; node = node->parent)
		if (node->envelope && (node->parent || m->options.headers))
			within[n++] = node;
	while (n-- > 0) {
		const struct mime_node *other = before;

		while (other && other != within[n])
			other = other->parent;
		if (!other)
			put_header(m, within[n]->envelope);
	}
}

static int put_leaf(struct mimeunpack *m, const struct mime_node *node, int fd, struct fault *f)
{
	uint64_t at = node->part.body.at, end = node->part.end.at;
	struct body body;
	struct buf text;
	char piece[PIECE];
	int rc = 0;

	buf_init(&text, MIMEUNPACK_OUT);
	body_init(&body, &m->message_arena, &node->part.entity);
	while (at < end && rc == 0) {
		size_t n = end - at < PIECE ? (size_t)(end - at) : PIECE;

		rc = disk_read_at(fd, piece, n, (off_t)at, m->pile.name, f);
		if (rc == 0) {
			body_feed(&body, span_of(piece, n), &text);
			rc = put_text(m, &text, false, f);
		}
		at += n;
	}
	if (rc == 0) {
		body_end(&body, &text);
		if (text.n > 0 && text.p[text.n - 1] != '\n')
			buf_put_char(&text, '\n');
		rc = put_text(m, &text, true, f);
	}
	body_clear(&body);
	buf_clear(&text);
	return rc;
}

static struct mime_node *parse(struct mimeunpack *m, int fd, uint64_t size, struct fault *f)
{
	struct mime_node *root;
	char piece[PIECE];

	arena_reset(&m->message_arena);
	mime_tree_restart(&m->tree);
	for (uint64_t at = 0; at < size; at += PIECE) {
		size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;

		if (disk_read_at(fd, piece, n, (off_t)at, m->pile.name, f) < 0)
			return NULL;
		mime_tree_feed(&m->tree, span_of(piece, n));
	}
	root = mime_tree_end(&m->tree);
	if (m->tree.problems & MIME_OPAQUE)
		mimeunpack_exceeded(m, "beyond a limit, not all of it is taken apart");
	return root;
}

int mimeunpack_text(struct mimeunpack *m, struct fault *f)
{
	struct mime_node *root, *before = NULL;
	uint64_t size;
	int fd;

	if (pile_hold(&m->pile, &fd, &size, f) < 0)
		return -1;
	root = parse(m, fd, size, f);
	if (!root)
		return -1;
	if (m->number > 1)
		buf_put_str(&m->out, "\n\f\n");
	if (!body_first(root))
		put_headers(m, root, NULL);
	for (struct mime_node *node = body_first(root); node; node = body_next(root, node)) {
		if (before)
			buf_put_char(&m->out, '\n');
		put_headers(m, node, before);
		if (put_leaf(m, node, fd, f) < 0)
			return -1;
		before = node;
	}
	return 0;
}
