/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_BODYSTRUCTURE_H
#define LIBMAIL_IMAP_BODYSTRUCTURE_H

/*
 * bodystructure - BODYSTRUCTURE and BODY of RFC 9051 7.5.2: the parts of a message as parenthesized lists.
 *
 * It is valid whatever the message is:
 * - a multipart without a part has one, an empty text/plain, as the syntax wants at least one;
 * - a multipart that cannot be taken apart because it has no boundary is text/plain, what is beyond a limit of mime.h
 *   application/octet-stream;
 * - a message/rfc822 that is not looked into (it is encoded, or too deep) has an empty envelope and text.
 * Types and parameters are as written; charset is us-ascii for text that does not say, as RFC 2045 5.2 has it.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "message/mime_tree.h"

/* With all extension data: BODYSTRUCTURE. `a` is for what it takes meanwhile. */
void imap_bodystructure_put(struct buf *out, struct arena *a, const struct mime_node *root);

/* BODY: the same without extension data, from the bytes that imap_bodystructure_put() put. -1: they are not. */
int imap_bodystructure_put_body(struct buf *out, struct span bodystructure);

#endif
