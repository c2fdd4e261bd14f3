/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_FETCH_H
#define LIBMAIL_IMAP_FETCH_H

/*
 * fetch - what a FETCH command asks for: RFC 9051 6.4.5, RFC 3501's RFC822, BINARY (RFC 3516), MODSEQ, CHANGEDSINCE and
 * VANISHED (RFC 7162), PREVIEW (RFC 8970), SAVEDATE (RFC 8514), EMAILID and THREADID (RFC 8474), PARTIAL (RFC 9394).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imap/parse.h"
#include "imap/section.h"

enum { IMAP_FETCH_ITEMS_MAX = 1000 /* in a command */ };

enum imap_fetch_what {
	IMAP_FETCH_UID,
	IMAP_FETCH_FLAGS,
	IMAP_FETCH_MODSEQ,
	IMAP_FETCH_INTERNALDATE,
	IMAP_FETCH_SAVEDATE,
	IMAP_FETCH_SIZE,
	IMAP_FETCH_EMAILID,
	IMAP_FETCH_THREADID,
	IMAP_FETCH_PREVIEW,
	IMAP_FETCH_ENVELOPE,
	IMAP_FETCH_BODY,
	IMAP_FETCH_BODYSTRUCTURE,
	IMAP_FETCH_SECTION,
	IMAP_FETCH_BINARY,
	IMAP_FETCH_BINARY_SIZE,
};

struct imap_fetch_item {
	enum imap_fetch_what what;
	const char *name; /* in the answer: "RFC822.TEXT", "BODY"; followed by the section if it is shown */
	bool shows_section;
	bool reads;		     /* sets \Seen */
	bool lazy;		     /* PREVIEW (LAZY) */
	struct imap_section section; /* of the last three */
};

struct imap_fetch {
	struct imap_fetch_item *items; /* in the arena of the parser; each UID, FLAGS and MODSEQ once, in front */
	size_t n, room;
	bool has_uid, has_flags, has_modseq; /* they are not among the items */
	bool reads;			     /* one of the items does */
	bool has_since, vanished;
	uint64_t since;
	/* PARTIAL: of the messages from the first to the last, from 1, or from the end. */
	bool has_range, from_end;
	uint32_t first, last;
};

/* What stands behind the set of messages and its blank, to the end. `uid`: it is UID FETCH. */
int imap_fetch_parse(struct imap_parse *p, bool uid, struct imap_fetch *out);

/*
 * "(UID BODY.PEEK[HEADER])", of messages that will come: NOTIFY, SEARCH RETURN (UPDATE ...). None of them is marked as
 * \Seen by that, whatever the items, as the user has not asked to see it.
 */
int imap_fetch_parse_list(struct imap_parse *p, struct imap_fetch *out);

#endif
