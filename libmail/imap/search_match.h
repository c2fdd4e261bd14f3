/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SEARCH_MATCH_H
#define LIBMAIL_IMAP_SEARCH_MATCH_H

/*
 * search_match - does a message fit a search program (imap/search.h)?
 *
 * Keys that cost nothing are asked first, those for which the message has to be read last, and only if they still
 * decide. What several keys look for in a message is looked for together.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "imap/search.h"
#include "imap/search_text.h"
#include "imap/source.h"
#include "store/mailbox.h"
#include "store/modseq.h"

/* Where it searches, and what is known of it. All of it outlives the matching. */
struct search_place {
	struct mailbox *box; /* with its keywords loaded */
	struct imap_source *source;
	const struct modseq *modseq; /* loaded, if a key is MODSEQ; else it may be NULL */
	const struct seqset *recent; /* UIDs that are \Recent; NULL: none */
	const struct seqset *saved;  /* "$": UIDs */
	int64_t now;		     /* seconds since 1970 */
};

/* All of it is private. */
struct search_match {
	const struct search *program;
	struct search_place place;
	struct search_bound *bound; /* what each key is in this mailbox */
	uint8_t *value;		    /* of each key, for the message at hand */
	bool *live;
	struct needle *needles[2]; /* of BODY, of TEXT */
	bool *found[2];
	struct search_text *text; /* NULL until a message is read */
	struct arena scratch;
	struct buf decoded, mapped, id;
	struct fields fields;
	bool has_fields;
	size_t i;
};

void search_match_init(struct search_match *m, struct arena *a, const struct search *program,
		       const struct search_place *place);
/* The mailbox was refreshed: sets are resolved anew. */
void search_match_renew(struct search_match *m, struct arena *a);
/* Message i of the view: 1 it fits, 0 it does not, or is gone; -1 it cannot be read. */
int search_match(struct search_match *m, size_t i, struct fault *f);
void search_match_clear(struct search_match *m);

#endif
