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
#include "message/mime.h"
#include "message/qp.h"
#include "message/repair.h"

struct content {
	struct buf text, leaf;
	enum encoding encoding;
	bool header_nul; /* a part has a NUL in its header: another byte there may make another part of it */
};

static inline void content_begin(void *context, const struct mime_part *part, struct span header)
{
	struct content *c = context;

	c->header_nul |= span_find(header, '\0') < header.n;
	c->encoding = part->problems & MIME_OPAQUE ? ENCODING_OTHER : part->entity.encoding;
}

static inline void content_piece(void *context, const struct mime_part *part, struct span piece)
{
	struct content *c = context;

	(void)part;
	buf_put_span(&c->leaf, piece);
}

/* Of what cannot be encoded, lines are broken. */
static inline bool content_is_broken(const struct content *c)
{
	return c->encoding == ENCODING_OTHER || c->encoding == ENCODING_UUENCODE;
}

/* Base64 stays encoded, without blanks; what is broken counts without line ends and the blanks that go with them. */
static inline void content_byte(struct content *c, char byte)
{
	if (c->encoding == ENCODING_BASE64 && (unsigned char)byte <= ' ')
		return;
	if (content_is_broken(c) && (byte == '\n' || byte == ' '))
		return;
	buf_put_char(&c->text, content_is_broken(c) && byte == '\0' ? '?' : byte);
}

static inline void content_end(void *context, const struct mime_part *part)
{
	struct content *c = context;
	struct qp_decode qp;

	if (part->entity.kind != ENTITY_LEAF)
		return;
	qp_decode_init(&qp);
	buf_printf(&c->text, "{%zu:", part->number);
	if (c->encoding == ENCODING_QP) {
		qp_decode_feed(&qp, buf_span(&c->leaf), &c->text);
		qp_decode_end(&qp, &c->text);
	}
	for (size_t i = 0; i < c->leaf.n && c->encoding != ENCODING_QP; i++)
		content_byte(c, c->leaf.p[i]);
	buf_put_char(&c->text, '}');
	buf_reset(&c->leaf);
}

static inline void content_see_body(struct content *c, struct span header, struct span body)
{
	static const struct mime_events events = { .begin = content_begin,
						   .content = content_piece,
						   .end = content_end };
	static struct mime mime;

	c->header_nul = false;
	buf_init(&c->text, 1 << 24);
	buf_init(&c->leaf, 1 << 24);
	mime_init(&mime, &repair_limits, NULL, &events, c);
	mime_feed(&mime, header);
	mime_feed(&mime, body);
	mime_end(&mime);
	mime_clear(&mime);
}

static inline void content_see(struct content *c, struct span message)
{
	content_see_body(c, message, SPAN(""));
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
