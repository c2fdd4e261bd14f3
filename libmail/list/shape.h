/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_SHAPE_H
#define LIBMAIL_LIST_SHAPE_H

/*
 * shape - a post as its members get it: another header (list/heading.h), without parts that the list does not want
 * (list/strip.h), with its footer (list/footer.h), or whole within a message of the list's.
 *
 * The message is read once to find its structure, and written once; what is not changed goes out byte for byte. Memory
 * is that of the structure, some 8 MiB at most, whatever the size of the message.
 */

#include "list/edits.h"
#include "list/heading.h"
#include "list/incoming.h"
#include "list/strip.h"

/* What protects the post from the policy of its author's domain. */
enum shape_guard { SHAPE_AS_IT_IS, SHAPE_MUNGE, SHAPE_WRAP };

struct shape {
	/* Given: */
	struct list *list;
	struct incoming *in;
	uint64_t number;
	const char *http_url;	 /* list_http_url; "" none */
	const char *archived_at; /* or NULL */
	const char *message_id;	 /* of a post that has none; or NULL */
	enum shape_guard guard;
	bool oneclick;	    /* with a place for each member's own address */
	struct span footer; /* UTF-8, LF lines; empty: none */
	/* Known after shape_plan(): */
	off_t patch_at;	   /* the place, from where the message begins; */
	size_t patch_size; /* 0: there is none */
	bool has_8bit, has_8bit_header;
	size_t stripped; /* parts that were taken out */

	struct edits edits;
};

/* The structure of the message; it lives in the arena. */
struct mime_node *shape_structure(struct arena *a, struct incoming *in, struct fault *f);

/* The rules of a list for parts. */
struct strip_rules shape_strip_rules(const struct list *l);

/* Everything lives in the arena. -1: it cannot be read, or its new header would be larger than HEADING_MAX. */
int shape_plan(struct shape *s, struct arena *a, struct fault *f);
/* May be done several times. */
int shape_write(struct shape *s, int (*sink)(void *ctx, struct span piece, struct fault *f), void *ctx,
		struct fault *f);

#endif
