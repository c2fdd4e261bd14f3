/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_CONTENT_H
#define TESTS_SUPPORT_CONTENT_H

/*
 * content - what a reader of a message with LF lines sees: its leaves, decoded as their headers say. Two messages
 * that differ in how they are encoded only have the same.
 */

#include <string.h>

#include "base/buf.h"
#include "message/header.h"
#include "message/part.h"
#include "message/qp.h"

struct content {
	struct buf text, leaf;
	enum part_encoding encoding;
};

static inline void content_header(void *context, struct span header, const struct part *part, size_t leaf)
{
	struct content *c = context;

	(void)header;
	(void)leaf;
	c->encoding = part->encoding;
}

static inline void content_piece(void *context, struct span piece, size_t leaf)
{
	struct content *c = context;

	(void)leaf;
	buf_put_span(&c->leaf, piece);
}

static inline void content_between(void *context, struct span piece)
{
	(void)context;
	(void)piece;
}

/* Base64 stays encoded, without blanks; what has an unknown encoding counts without its line ends. */
static inline void content_byte(struct content *c, char byte)
{
	if (c->encoding == PART_BASE64 && (unsigned char)byte <= ' ')
		return;
	if (c->encoding == PART_OTHER && byte == '\n')
		return;
	buf_put_char(&c->text, c->encoding == PART_OTHER && byte == '\0' ? ' ' : byte);
}

static inline void content_end(void *context, size_t leaf)
{
	struct content *c = context;
	struct qp_decode qp;

	qp_decode_init(&qp);
	buf_printf(&c->text, "{%zu:", leaf);
	if (c->encoding == PART_QP) {
		qp_decode_feed(&qp, buf_span(&c->leaf), &c->text);
		qp_decode_end(&qp, &c->text);
	}
	for (size_t i = 0; i < c->leaf.n && c->encoding != PART_QP; i++)
		content_byte(c, c->leaf.p[i]);
	buf_put_char(&c->text, '}');
	buf_reset(&c->leaf);
	c->encoding = PART_OTHER;
}

static inline void content_see_body(struct content *c, const struct part *part, struct span body)
{
	static const struct part_events events = { content_header, content_piece, content_end, content_between };
	struct part_walk walk;

	buf_init(&c->text, 1 << 24);
	buf_init(&c->leaf, 1 << 24);
	c->encoding = part->encoding;
	part_walk_init(&walk, part, &events, c);
	part_walk_feed(&walk, body);
	part_walk_end(&walk);
	part_walk_clear(&walk);
}

static inline void content_see(struct content *c, struct span message)
{
	size_t length = header_length(message, 0);
	struct part part;

	part_parse(span_of(message.p, length), false, &part);
	content_see_body(c, &part, span_from(message, length));
}

/* The same, but for a line end that `before` may lack at its very end. */
static inline bool content_is_same(const struct content *after, const struct content *before)
{
	struct span want = buf_span(&before->text), got = buf_span(&after->text);

	if (span_ends_nocase(got, SPAN("\n}")) && !span_ends_nocase(want, SPAN("\n}"))) {
		want.n -= 1;
		got.n -= 2;
	}
	return span_is(got, want);
}

static inline void content_clear(struct content *c)
{
	buf_clear(&c->text);
	buf_clear(&c->leaf);
}

#endif
