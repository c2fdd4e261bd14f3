/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_MEMBER_H
#define LIBMAIL_LIST_MEMBER_H

/*
 * member - one line of a members file, and who an address is.
 *
 *	Bo@example.org digest since=2026-11-22 topics=beer,wine name="Bo Green"
 *
 * An address, and options separated by blanks, in any order. An address is kept as it was given; who it is, its
 * identity, is the same for "AL@Example.NET" and "al@example.net.".
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	MEMBER_DIGEST = 1,
	MEMBER_NOMAIL = 2,
	MEMBER_NOACK = 4,	  /* is not told that a post was sent */
	MEMBER_NOTMETOO = 8,	  /* does not get what he posts */
	MEMBER_MODERATED = 16,	  /* what he posts is held */
	MEMBER_HIDDEN = 32,	  /* is not shown to other members */
	MEMBER_PLAIN_DIGEST = 64, /* gets RFC 1153 digests */
	MEMBER_PAUSED = 128,	  /* gets nothing, as his mail comes back */
	MEMBER_NODUPES = 256,	  /* gets no post whose To or Cc names him */
	MEMBER_FLAGS = 512,
};

enum {
	MEMBERS_LINE_MAX = 2 << 10, /* octets of a line */
	MEMBERS_NAME_MAX = 200,	    /* octets of a name */
};

struct member {
	struct span address;
	unsigned flags;	    /* MEMBER_... */
	struct span name;   /* UTF-8, or empty */
	int64_t since;	    /* seconds since 1970 of the day, 0: not known */
	struct span topics; /* "beer,wine", or empty: all */
};

/* Read one line, without its end: 1; 0 nobody is on it (empty, a comment); -1 wrong, the fault says how. */
int member_parse(struct span line, struct member *out, struct fault *f);
/* Cut the address off the front of a line that has one, unchecked; a quoted local part may have blanks. */
struct span member_cut_address(struct span *rest);
/* Write one, with its end. In the name a double quote becomes a single one, and a control character a blank. */
void member_put(struct buf *out, const struct member *m);

/* The word of a flag ("digest"), NULL for none; and the flag of a word, 0 for none. */
const char *member_flag_name(unsigned flag);
unsigned member_flag_parse(struct span word);

/*
 * Who an address is: lower case, without needless quotes, the domain in ASCII and without the dot at its end; a local
 * part that is not ASCII without regard to case and form (casemap.h). NULL: it can be no member's address.
 */
const char *member_identity(struct arena *a, struct span address);

#endif
