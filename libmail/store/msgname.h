/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_MSGNAME_H
#define LIBMAIL_STORE_MSGNAME_H

/*
 * msgname - the file name of a message in a Maildir: BASE[,S=octets][,W=octets][:2,FLAGS].
 *
 * The base, which is everything before the ":", never changes; what follows it does, whenever somebody sets a flag.
 * FLAGS are in ASCII order; lower case letters are keywords (store/keywords.h). Letters that nobody knows, and whatever
 * stands behind a comma in FLAGS, are kept.
 */

#include <limits.h>
#include <stdint.h>

#include "base/span.h"

/* The flags of a message: bits 0 to 25 are the keywords a to z. */
enum { MSGNAME_KEYWORDS = 26 };
#define MSGNAME_KEYWORD_BITS ((UINT32_C(1) << MSGNAME_KEYWORDS) - 1)
#define MSGNAME_DRAFT	     (UINT32_C(1) << 26) /* D */
#define MSGNAME_FLAGGED	     (UINT32_C(1) << 27) /* F */
#define MSGNAME_PASSED	     (UINT32_C(1) << 28) /* P: resent, forwarded or bounced */
#define MSGNAME_ANSWERED     (UINT32_C(1) << 29) /* R */
#define MSGNAME_SEEN	     (UINT32_C(1) << 30) /* S */
#define MSGNAME_DELETED	     (UINT32_C(1) << 31) /* T */

#define MSGNAME_UNKNOWN UINT64_MAX /* a size that the name does not tell */

struct msgname {
	struct span base;
	uint32_t flags;
	uint64_t size;	  /* S=: octets of the file */
	uint64_t virtual; /* W=: octets with every line end as CR LF */
};

/* Every name is one; what is wrong with its parts is taken as not there. Spans point into `name`. */
void msgname_parse(struct span name, struct msgname *out);

/* What stands before the ":". */
struct span msgname_base(struct span name);

/* The same message's name with these flags: 0; -1 if it would be longer than NAME_MAX. */
int msgname_set_flags(char out[NAME_MAX + 1], struct span name, uint32_t flags);

/*
 * The order in which new messages get their UIDs: by the seconds at the front of the name, then by the microseconds
 * in ".M123456", then by the bytes of what follows the seconds. The same as Dovecot's.
 */
struct msgname_order {
	uint64_t seconds, microseconds; /* MSGNAME_UNKNOWN: it has none */
	const char *name;
};

/* What is compared first is read here, once. The name stays the caller's. */
struct msgname_order msgname_order(const char *name);
int msgname_compare(const struct msgname_order *a, const struct msgname_order *b);

#endif
