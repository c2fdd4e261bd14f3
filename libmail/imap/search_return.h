/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SEARCH_RETURN_H
#define LIBMAIL_IMAP_SEARCH_RETURN_H

/*
 * search_return - what SEARCH, SORT and ESEARCH return: RETURN options of RFC 4731, 5182 (SAVE), 5267 (CONTEXT, UPDATE)
 * and 9394 (PARTIAL), and the responses ESEARCH and SEARCH.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "imap/parse.h"
#include "imap/seqset.h"

enum {
	SEARCH_RETURN_MIN = 1,
	SEARCH_RETURN_MAX = 2,
	SEARCH_RETURN_ALL = 4,
	SEARCH_RETURN_COUNT = 8,
	SEARCH_RETURN_PARTIAL = 16,
	SEARCH_RETURN_SAVE = 32,
	SEARCH_RETURN_CONTEXT = 64, /* a hint that more such will come: nothing follows from it here */
	SEARCH_RETURN_UPDATE = 128,
};

struct search_return {
	bool is_extended; /* there were options */
	unsigned what;
	/* PARTIAL: which results, from 1 on; from the end if `from_end`. first <= last. */
	uint32_t first, last;
	bool from_end;
	struct span range; /* the same as it was said */
	/* UPDATE (UID ...): what is told of a message that has come (RFC 5465 7); .p NULL: nothing but that it has. */
	struct span fetch;
};

/* "RETURN (...)" and a blank, if they are there. `allowed` are bits of what; others are wrong. */
int search_return_parse(struct imap_parse *p, unsigned allowed, struct search_return *out);

/* Which of n results PARTIAL names: [*from, *to), empty when there are not so many. */
void search_return_part(const struct search_return *r, uint64_t n, uint64_t *from, uint64_t *to);

/* Results: message numbers or UIDs. */
struct search_results {
	struct seqset set;     /* in order; of SORT too */
	const uint32_t *order; /* as sorted, all of them; NULL: the set's */
	uint64_t n;
	uint64_t modseq; /* 0: not told */
};

/*
 * "* ESEARCH (TAG "a1") UID MIN 1 ..." with its line end. `correlator` is what stands in the first brackets; the arena
 * is for what it takes meanwhile. Of what is not there (MIN of nothing) nothing is put.
 */
void search_return_put(struct buf *out, struct arena *a, const struct search_return *r, struct span correlator,
		       bool uid, const struct search_results *results);

/* "* SEARCH 1 2 (MODSEQ 3)" or "* SORT ..." with its line end. */
void search_return_put_list(struct buf *out, const char *name, const struct search_results *results);

/* What "$" becomes: RFC 5182 2.1, RFC 9394 3.2. A subset of the results, in order. */
void search_return_choose(const struct search_return *r, struct arena *a, const struct search_results *results,
			  struct seqset *out);

#endif
