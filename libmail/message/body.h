/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_BODY_H
#define LIBMAIL_MESSAGE_BODY_H

/*
 * body - what of a message a person reads: which parts, and their text in UTF-8.
 *
 *	for (node = body_first(root); node; node = body_next(root, node)) {
 *		body_init(&b, &arena, &node->part.entity);
 *		... body_feed(&b, piece, &out) ...      the part's content, encoded, as it stands in the message
 *		body_end(&b, &out);
 *		body_clear(&b);
 *	}
 *
 * Of a multipart/alternative the best part counts: plain text that is not empty, else HTML, else other text. Parts that
 * are attachments are not the body; a message within is, its own body in its place.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "message/charset.h"
#include "message/encoding.h"
#include "message/entity.h"
#include "message/html_text.h"
#include "message/mime_tree.h"
#include "message/uuencode.h"

/* The leaves of the body in their order; NULL when there is none any more. */
struct mime_node *body_first(struct mime_node *root);
struct mime_node *body_next(const struct mime_node *root, struct mime_node *node);

/* Is a leaf text that can be shown, and meant to be? */
bool body_is_text(const struct entity *e);

enum {
	BODY_PIECE = 4096,	      /* octets that a feed should have: *out gets up to BODY_GROWTH times that */
	BODY_START = 1024,	      /* octets of HTML that are held until its charset is known */
	BODY_PARAGRAPH_MAX = 1 << 18, /* octets of flowed text that are held; a longer paragraph is divided */
	BODY_GROWTH = CHARSET_GROWTH * HTML_TEXT_GROWTH,
};

/*
 * A leaf's content to text: transfer encoding, charset (of HTML also from its <meta>; none, and US-ASCII, are read as
 * UTF-8), format=flowed undone, HTML rendered, files in uuencode replaced by a line. Lines end with LF. Bytes that are
 * no character are visible, see CHARSET_EXACT. Control characters but line ends come through: printable.h. The result
 * does not depend on how the pieces were cut.
 */
struct body {
	enum body_form { BODY_PLAIN, BODY_FLOWED, BODY_HTML } form;
	bool delsp;
	bool opened; /* the charset is known */
	bool cr;     /* a CR, which is dropped if it ends a line */
	const char *charset_name;
	struct encoding_decode decode;
	struct uuencode uuencode;
	struct charset charset;
	struct html_text html;
	struct buf bytes; /* decoded */
	struct buf start; /* of HTML */
	struct buf text;  /* UTF-8 */
	struct buf lines; /* flowed */
	struct buf *out;
};

/* `a` is for parameters of the entity; neither needs to live on. */
void body_init(struct body *b, struct arena *a, const struct entity *e);
void body_feed(struct body *b, struct span piece, struct buf *out);
void body_end(struct body *b, struct buf *out);
void body_clear(struct body *b);

#endif
