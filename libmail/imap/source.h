/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SOURCE_H
#define LIBMAIL_IMAP_SOURCE_H

/*
 * source - the messages of the selected mailbox, read one after the other: what FETCH, SEARCH, SORT and THREAD need of
 * them. What letterbox.summary (store/summary.h) has is not read again; what it has not is read from the file, which is
 * opened once, and kept there.
 *
 *	imap_source_init(&s, box);
 *	for (i ...) {
 *		imap_source_turn(&s, i);
 *		if (imap_source_envelope(&s, &text, &f) < 0)
 *			... errno is ENOENT: the message is gone; else f says why it cannot be read
 *	}
 *	imap_source_end(&s);
 *
 * What is returned lasts until the next turn. Memory: a piece of a file, and of one message the header and the tree of
 * its parts, which stays for the next command, as clients ask for part after part.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "imap/flow.h"
#include "message/mime_tree.h"
#include "store/mailbox.h"

enum {
	IMAP_SOURCE_PIECE = 64 << 10,	 /* octets of a file read at a time; smaller messages are read once */
	IMAP_SOURCE_TEXT_MAX = 24 << 20, /* octets in an ENVELOPE or BODYSTRUCTURE */
	IMAP_SOURCE_TREE_KEPT = 200,	 /* parts of a message whose tree is kept for the next command */
};

enum { IMAP_SOURCE_HEADER, IMAP_SOURCE_ENVELOPE, IMAP_SOURCE_STRUCTURE, IMAP_SOURCE_TEXTS };

/* All of it is private. */
struct imap_source {
	struct mailbox *box;
	size_t i;
	uint32_t uid;
	int fd; /* -1: not opened */
	struct stat st;
	char *piece; /* octets of the file from piece_at on */
	uint64_t piece_at;
	size_t piece_n;
	bool has_header;
	struct buf text[IMAP_SOURCE_TEXTS];
	struct arena arena; /* of the message at hand */

	struct mime_tree *parser;
	struct mime_node *root; /* of the message tree_uid, in `tree` */
	uint32_t tree_uid;
	struct arena tree;
	struct mime_place end; /* of the message end_uid */
	uint32_t end_uid;

	/* For FETCH: where the piece that was fetched last can be gone on with, and how many octets all of it is. */
	struct imap_flow mark;
	uint64_t mark_octets;
	uint32_t mark_uid;
};

void imap_source_init(struct imap_source *s, struct mailbox *box);
/* Go to message i of box->view. */
void imap_source_turn(struct imap_source *s, size_t i);
/* A command is over: the file is closed, and what was learned is written down. */
void imap_source_end(struct imap_source *s);
/* Give up memory. The next turn takes it again. */
void imap_source_rest(struct imap_source *s);
void imap_source_clear(struct imap_source *s);

/* Fields that are kept: may imap_source_fields() be asked instead of imap_source_header()? */
bool imap_source_keeps(struct span name);

/* Each 0; -1 when the message cannot be read, with errno ENOENT when it is gone. */

/* INTERNALDATE, in seconds since 1970. */
int imap_source_date(struct imap_source *s, int64_t *out, struct fault *f);
/* When it was put into this mailbox (RFC 8514), as the name of its file says; else when the file changed last. */
int imap_source_saved(struct imap_source *s, int64_t *out, struct fault *f);
/* RFC822.SIZE. */
int imap_source_size(struct imap_source *s, uint64_t *out, struct fault *f);
/* The fields that imap_source_keeps(), as they stand in the header, in its order. */
int imap_source_fields(struct imap_source *s, struct span *out, struct fault *f);
/* Date of its header: seconds since 1970, and days in the zone that it was written in; `is_known` if it is usable. */
struct imap_sent {
	int64_t when, day;
	bool is_known;
};
int imap_source_sent(struct imap_source *s, struct imap_sent *out, struct fault *f);
/* The header with its empty line, as it is in the file; of one over MIME_HEADER_MAX whole lines at its front. */
int imap_source_header(struct imap_source *s, struct span *out, struct fault *f);
/* "(...)": see imap/envelope.h, imap/bodystructure.h. */
int imap_source_envelope(struct imap_source *s, struct span *out, struct fault *f);
int imap_source_structure(struct imap_source *s, struct span *out, struct fault *f);
/* UTF-8 (message/preview.h); "" if there is nothing to read in it. */
int imap_source_preview(struct imap_source *s, struct span *out, struct fault *f);
/* The same if it is kept. */
bool imap_source_has_preview(struct imap_source *s, struct span *out);

/* The file is open from here on. */
int imap_source_tree(struct imap_source *s, struct mime_node **out, struct fault *f);
int imap_source_open(struct imap_source *s, struct fault *f);
/* Where the open file ends; its size as RFC822.SIZE is corrected by that. */
int imap_source_measure(struct imap_source *s, struct mime_place *end, struct fault *f);
/* Octets of the open file from `at` on, `most` or fewer but at least one: valid until the next call. */
int imap_source_read(struct imap_source *s, uint64_t at, uint64_t most, struct span *out, struct fault *f);

#endif
