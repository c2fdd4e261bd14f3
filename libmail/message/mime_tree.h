/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_MIME_TREE_H
#define LIBMAIL_MESSAGE_MIME_TREE_H

/*
 * mime_tree - the structure of a message as a tree: where each part stands, how large it is, what it says about itself.
 *
 * It is what IMAP's BODYSTRUCTURE, ENVELOPE and BODY[section] need (RFC 9051 7.5.2), so that one parse is enough:
 * offsets are those of the bytes as they were fed. All of it is in the caller's arena, at most some 8 MiB with the
 * usual limits.
 *
 *	part 1.2 of a message:  node = mime_tree_find(root, SPAN("1.2"));
 *	its content, encoded:   mime_octets(node->part.body, node->part.end) octets at node->part.body.at
 *	its size for IMAP:      mime_octets_crlf(node->part.body, node->part.end)
 *	its lines:              node->part.end.lines - node->part.body.lines
 *
 * The child of a message/rfc822 is the message within, with its own header.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "message/mime.h"

/* The fields of IMAP's ENVELOPE as they stand in the header: unfolded, not decoded; the first of each; NULL: not there.
 */
struct mime_envelope {
	const char *date, *subject, *from, *sender, *reply_to, *to, *cc, *bcc, *in_reply_to, *message_id;
};

/* Those of a header; strings are in the arena. */
const struct mime_envelope *mime_envelope_parse(struct arena *a, struct span header);

struct mime_node {
	struct mime_part part; /* its parent is that of the parent node */
	struct mime_node *parent, *children, *next;
	const struct mime_envelope
		*envelope;	/* of a message, that is the root and a message/rfc822's child; else NULL */
	struct mime_node *last; /* of the children */
};

struct mime_tree {
	struct arena *arena;
	struct mime_node *root; /* whole after mime_tree_end() */
	unsigned problems;	/* of all parts together */
	struct mime_node *at;	/* private, as what follows */
	struct mime mime;
};

/* `limits` may be NULL. */
void mime_tree_init(struct mime_tree *t, struct arena *a, const struct mime_limits *limits);
/* The next message. What the arena has of the last one is not needed any more by *t: it may be reset before. */
void mime_tree_restart(struct mime_tree *t);
void mime_tree_feed(struct mime_tree *t, struct span piece);
/* The root, never NULL; it lives as long as the arena. */
struct mime_node *mime_tree_end(struct mime_tree *t);
void mime_tree_clear(struct mime_tree *t);

/* All at once. */
struct mime_node *mime_tree_parse(struct arena *a, struct span message);

/* The node that begins behind this one, in the order of the message; NULL for the last. */
const struct mime_node *mime_tree_next(const struct mime_node *node);

/*
 * The part with that number in IMAP's counting (RFC 9051 6.4.5.1): "1", "2.1.3"; the whole message for an empty one;
 * NULL when there is none.
 */
struct mime_node *mime_tree_find(struct mime_node *root, struct span section);

/* The other way round: mime_put_section(). */
void mime_tree_put_section(struct buf *out, const struct mime_node *node);

#endif
