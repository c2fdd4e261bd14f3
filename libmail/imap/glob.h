/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_GLOB_H
#define LIBMAIL_IMAP_GLOB_H

/*
 * glob - patterns of LIST, RFC 9051 6.3.9: "*" is anything, "%" anything within one level.
 *
 * All ways to match are followed at once, as bits: a name of n octets costs n steps of one word for each 64 octets of
 * the pattern, whatever the wildcards. INBOX, as a first level, is the same in upper and lower case.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

struct glob {
	size_t words;
	uint64_t *literal;	/* 256 sets of `words` words: where the octet stands */
	uint64_t *star, *level; /* where a "*", a "%" stands */
	uint64_t *now, *next;	/* room for matching */
	size_t end;		/* the bit that means that all of the pattern was used */
	bool is_all;		/* it is "*" */
};

/* Memory: 2 KB for each 64 octets of the pattern, in the arena. */
void glob_init(struct glob *g, struct arena *a, struct span pattern);
/* Not in two threads at once. */
bool glob_match(const struct glob *g, struct span name);

#endif
