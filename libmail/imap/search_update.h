/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SEARCH_UPDATE_H
#define LIBMAIL_IMAP_SEARCH_UPDATE_H

/*
 * search_update - searches whose results the client is kept informed of: CONTEXT=SEARCH and CONTEXT=SORT of RFC 5267,
 * SEARCH, SORT and ESEARCH RETURN (UPDATE), also with what is to be told of new messages (RFC 5465 7).
 *
 * What the mailbox was when it was last looked at is remembered, 9 octets a message and one more for each search, 4 for
 * each result of one that is sorted. Whenever others' work is told (report.c) it is compared with what the mailbox is
 * now, and the messages that came, or whose flags are others, are asked again; a sorted one is then sorted anew. So it
 * does not matter who has changed them. That time passes (YOUNGER) is no change.
 *
 * What went away is told by the numbers of before, ahead of EXPUNGE; all else by those of now, behind the flags that it
 * follows from: RFC 5465 5.1. The places of sorted results are true one after the other, as they are told.
 */

#include <stdbool.h>

#include "base/span.h"
#include "imap/fetch.h"
#include "imap/search_run.h"
#include "imap/sort.h"

enum {
	SEARCH_UPDATES_MAX = 8,		/* searches of a session */
	SEARCH_UPDATE_TEXT_MAX = 16384, /* octets in a program that is kept */
};

/* A search program as it stands in the command. */
struct search_update_text {
	unsigned how; /* search_parse()'s */
	struct span charset, program;
};

/* Is a search with the tag of this command kept? Then it is the tag of no other: RFC 5267 4.3. */
bool search_update_has_tag(const struct imap_session *s);

/*
 * Keep this search, which has just found w->numbers; sorted: in this order, or NULL. One that cannot be kept (too many,
 * too long, with message numbers or "$" in it, which will be others) is refused: NO [NOUPDATE]. `correlator` as in
 * search_run_put().
 */
void search_update_add(const struct search_run *w, const struct search_update_text *text, const struct sort *sorted,
		       struct span correlator);
void search_update_refuse(struct imap_session *s);

/* Stop telling of the search with that tag; false: there is none. */
bool search_update_cancel(struct imap_session *s, struct span tag);

/* The mailbox was refreshed: is there something to tell? */
bool search_update_look(struct imap_session *s);
/* Tell of what is gone, by the numbers of before: ahead of EXPUNGE. */
void search_update_put_removed(struct imap_session *s);
/*
 * Messages that have come and fit: what is to be told of them, and their numbers, for one search after the other. *at
 * is 0 at the beginning; false: there are no more.
 */
bool search_update_next_fetch(struct imap_session *s, struct arena *a, size_t *at, const struct imap_fetch **fetch,
			      struct seqset *numbers);
/* Tell of what does not fit any more, and of what fits now. */
void search_update_put(struct imap_session *s);

/* The mailbox is closed. */
void search_update_drop(struct imap_session *s);

#endif
