/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_PREVIEW_H
#define LIBMAIL_MESSAGE_PREVIEW_H

/*
 * preview - the first words of a message, for a list of messages: RFC 8970.
 *
 *	for (node = preview_first(root); node; node = preview_next(node)) {
 *		... read PREVIEW_READ octets of the part's content at most
 *		if (preview_put(&out, &node->part.entity, content))
 *			break;
 *	}
 *
 * It is one line of UTF-8 of at most PREVIEW_CHARACTERS characters. Of HTML the tags are left out, and what is no text
 * (style, script, title). Quotations are left out unless there is nothing else, with the line in front that ends with a
 * colon, and so is the signature.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"
#include "message/mime_tree.h"

enum {
	PREVIEW_CHARACTERS = 200, /* RFC 8970 3.2: 256 at most */
	PREVIEW_READ = 16 << 10,  /* octets, as they are encoded, of a part's content that are looked at */
	PREVIEW_TEXT = 64 << 10,  /* octets of text in UTF-8 that they give at most; what is behind is not looked at */
	PREVIEW_PARTS = 4,	  /* parts that are tried */
};

/* Parts that may be read, in their order: text/plain and text/html that are no attachments. NULL: there are no more. */
const struct mime_node *preview_first(const struct mime_node *root);
const struct mime_node *preview_next(const struct mime_node *node);

/* `content` is the front of it, as it is encoded. false: there is nothing to be read in it, and nothing was put. */
bool preview_put(struct buf *out, const struct entity *e, struct span content);

#endif
