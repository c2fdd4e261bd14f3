/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_MIMEPACK_H
#define APPLETS_MIMEPACK_H

/*
 * mimepack - what its files share: the pieces that the command line names, and the tree that becomes of them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/opt.h"
#include "message/compose.h"
#include "progress.h"

enum mimepack_kind {
	PIECE_TEXT,
	PIECE_HTML,
	PIECE_ATTACH,
	PIECE_INLINE,
	PIECE_MESSAGE,
	PIECE_PART,
	PIECE_OPEN, /* --multipart */
	PIECE_CLOSE /* --end */
};

/* In the order of the command line. */
struct mimepack_piece {
	enum mimepack_kind kind;
	const char *path; /* of PIECE_OPEN: the subtype */
	const char *type, *name, *cid, *description, *disposition, *charset, *encoding;
	struct mimepack_piece *next;
};

enum { MIMEPACK_FLOWED_MAX = 16 << 20 /* octets of text that is made format=flowed */ };

struct mimepack_tree {
	struct arena *arena;
	struct progress *progress;
	bool no_text, flowed;
	/* Whole after mimepack_build(): */
	struct compose_part *root;
	uint64_t size; /* octets of all files whose size is known */
};

/*
 * Text and HTML are alternatives, inline files go with the HTML, attachments follow:
 * mixed(alternative(text, related(html, inline...)), attachment...), of which there is what is needed.
 */
int mimepack_build(struct mimepack_tree *t, struct mimepack_piece *first, struct fault *f);

/* mimepack_html.c: the text that HTML says; *out is NULL where the HTML cannot be read twice. */
int mimepack_render(struct mimepack_tree *t, const struct mimepack_piece *html, struct compose_part **out,
		    struct fault *f);

#endif
