/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_ARTICLE_H
#define LIBMAIL_LIST_ARTICLE_H

/*
 * article - one message of an archive, taken apart for people: what its header says, its text, its attachments.
 *
 *	article_open(&x, box, i, &f)
 *	article_field(&x, SPAN("Subject"))      folded, as it stands there
 *	article_put_text(&x, &out, &f)          what a person reads of it
 *	while ((node = article_next_file(&x, node)))
 *		article_copy_file(&x, node, fd, &f)
 *	article_close(&x)
 *
 * Memory: the header, the tree of its parts and the text; attachments stream. One struct serves many messages.
 */

#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "message/mime_tree.h"
#include "store/mailbox.h"

enum {
	ARTICLE_PIECE = 64 << 10,   /* octets read at a time */
	ARTICLE_TEXT_MAX = 1 << 20, /* octets of text that are shown: the rest is named, and left out */
	ARTICLE_FILES_MAX = 100,    /* attachments likewise */
};

struct article {
	int fd;
	struct stat st;
	struct arena arena;
	struct span header;
	struct mime_node *root;
	struct mime_node **body; /* the leaves that are its text */
	size_t nbody;
	uint64_t left_out; /* octets of text that article_put_text() did not put */
	char *piece;
};

/* A zeroed struct may be opened, and closed without that. errno ENOENT: it is gone. */
int article_open(struct article *x, struct mailbox *box, size_t i, struct fault *f);
void article_close(struct article *x);
void article_clear(struct article *x);

/* The body of the first field of that name; .p NULL: there is none. */
struct span article_field(const struct article *x, struct span name);
/* Append a field's text: unfolded, decoded, UTF-8. */
void article_put_field(struct article *x, struct buf *out, struct span name);

/* Append its text, UTF-8 with LF, at most ARTICLE_TEXT_MAX octets in whole lines. */
int article_put_text(struct article *x, struct buf *out, struct fault *f);
/* Append its first words (message/preview.h), at most `max` octets in whole characters. */
int article_put_preview(struct article *x, struct buf *out, size_t max, struct fault *f);

/* The attachment behind this one, NULL for the first; NULL: there is none. */
const struct mime_node *article_next_file(const struct article *x, const struct mime_node *node);
/* The name that its sender gave it, or "". */
const char *article_file_name(struct article *x, const struct mime_node *node);
/* Its content, decoded. */
int article_copy_file(struct article *x, const struct mime_node *node, int fd, const char *name, struct fault *f);

#endif
