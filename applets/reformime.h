/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_REFORMIME_H
#define APPLETS_REFORMIME_H

/*
 * reformime - what the files of this applet share.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "message/mime_tree.h"
#include "store/pile.h"

enum { REFORMIME_OUT = 64 << 20 };

struct reformime {
	struct arena arena;
	struct buf out;
	struct pile pile;
	int fd; /* the message: pread(2) */
	uint64_t size;
	struct mime_node *root;
	struct mime_tree tree;
	const char *sections; /* of -s; NULL: all */
	const char *charset;  /* of -c */
	char **program;	      /* of -X */
	size_t number;	      /* of the contents that have no name */
	int status;	      /* exit code */
};

/* Pieces of a part's content, decoded; of a multipart or message as it stands. 0, -1. */
int reformime_decode(struct reformime *r, const struct mime_node *node,
		     int (*put)(void *context, struct span piece, struct fault *f), void *context, struct fault *f);
/* The name that a content's file gets: safe, or "attachment1.dat". In the arena. */
const char *reformime_name(struct reformime *r, const struct mime_node *node);

/* What is done with each section, or with the message: reformime_file.c, reformime_text.c. */
int reformime_save(struct reformime *r, const struct mime_node *node, const char *prefix, struct fault *f);
int reformime_ask(struct reformime *r, const struct mime_node *node, struct fault *f);
int reformime_pipe(struct reformime *r, const struct mime_node *node, struct fault *f);
int reformime_put_report(struct reformime *r, bool original, struct fault *f);
int reformime_put_text(struct reformime *r, struct fault *f);
int reformime_put_words(struct reformime *r, char what, const char *text, struct fault *f);
int reformime_put_digest(struct reformime *r, struct fault *f);

#endif
