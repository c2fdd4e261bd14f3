/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_EDITS_H
#define LIBMAIL_LIST_EDITS_H

/*
 * edits - the changes to a message, by offset; and the message with them, as a stream.
 *
 * What is not named by an edit goes out byte for byte, which is what signatures in a message live on. Memory does not
 * grow with the message.
 */

#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "base/spill.h"

struct edits {
	struct arena *arena; /* of the list of them */
	struct edit *v;
	size_t n, room;
};

void edits_init(struct edits *e, struct arena *a);

/*
 * Put these bytes, which must stay, instead of what is in [from, to); from == to inserts. Edits may come in any order,
 * and must not overlap; of several that begin at the same place those that came first go out first.
 */
void edits_replace(struct edits *e, off_t from, off_t to, struct span put);
static inline void edits_insert(struct edits *e, off_t at, struct span put)
{
	edits_replace(e, at, at, put);
}

/*
 * What is in [from, to) is base64: append the text, whose lines end with LF, to what it stands for, on a line of its
 * own, with the line ends that are there.
 */
void edits_append_base64(struct edits *e, off_t from, off_t to, struct span text);

/* All of another's, behind those of the same place that are there. */
void edits_join(struct edits *e, const struct edits *more);

/* 0, or the fault of the sink or of reading. The edits are put in order; it may be called again. */
int edits_write(struct edits *e, struct spill *in, int (*sink)(void *ctx, struct span piece, struct fault *f),
		void *ctx, struct fault *f);

#endif
