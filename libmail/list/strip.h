/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_STRIP_H
#define LIBMAIL_LIST_STRIP_H

/*
 * strip - parts of a post that its list does not send on: by media type, by the extension of a file's name, or because
 * the same is there as plain text.
 *
 * A part that is taken out leaves a note in its place that says what it was; one form of several of the same
 * (multipart/alternative) goes without. What is beyond the limits of mime.h cannot be known, and counts as unwanted.
 * Parts of what is signed are no exception: then the signature is broken, and that is to be seen.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "list/edits.h"
#include "message/mime_tree.h"

/*
 * Lists of words: "image/png", "image/" followed by "*", "image", or ".exe" for the end of a file's name. A leaf is
 * unwanted if `types` has it, or if `keep` is not empty and has it not; a multipart or message within if `types` has
 * it. The message itself is looked at as a leaf, never as a multipart.
 */
struct strip_rules {
	const char *types, *keep;
	bool plain_text_only; /* of a multipart/alternative that has plain text nothing else */
};

/* The first unwanted part, forms of the same not among them; NULL: there is none. */
const struct mime_node *strip_find(const struct strip_rules *rules, struct arena *a, const struct mime_node *root);

/* "image/png "plan.png"", for people; in the arena. */
const char *strip_describe(struct arena *a, const struct mime_node *node);

/*
 * Add the edits. Returns how many parts go out. If the message itself is unwanted there are none: *note is then what is
 * to be its content, Content- fields and an empty line in front; else NULL.
 */
size_t strip_plan(const struct strip_rules *rules, struct arena *a, const struct mime_node *root, struct edits *edits,
		  const char **note);

#endif
