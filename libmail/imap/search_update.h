/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SEARCH_UPDATE_H
#define LIBMAIL_IMAP_SEARCH_UPDATE_H

/*
 * search_update - searches whose results the client is kept informed of: CONTEXT=SEARCH of RFC 5267, SEARCH RETURN
 * (UPDATE).
 *
 * What the mailbox was when it was last looked at is remembered, 9 octets a message and one more for each search.
 * Whenever others' work is told (report.c) it is compared with what the mailbox is now, and the messages that came, or
 * whose flags are others, are asked again. So it does not matter who has changed them. That time passes (YOUNGER) is no
 * change.
 */

#include <stdbool.h>

#include "base/span.h"
#include "imap/search_run.h"

enum {
	SEARCH_UPDATES_MAX = 8,		/* searches of a session */
	SEARCH_UPDATE_TEXT_MAX = 16384, /* octets in a program that is kept */
};

/*
 * Keep this search, which has just found w->numbers. `program` is its text in the command, from CHARSET on. One that
 * cannot be kept (too many, too long, with message numbers or "$" in it, which will be others) is refused: NO
 * [NOUPDATE].
 */
void search_update_add(const struct search_run *w, struct span program);

/* Stop telling of the search with that tag; false: there is none. */
bool search_update_cancel(struct imap_session *s, struct span tag);

/* The mailbox was refreshed: is there something to tell? */
bool search_update_look(struct imap_session *s);
/* Tell of what does not fit any more, by the numbers of before: ahead of EXPUNGE. */
void search_update_put_removed(struct imap_session *s);
/* Tell of what fits now: behind EXISTS. */
void search_update_put_added(struct imap_session *s);

/* The mailbox is closed. */
void search_update_drop(struct imap_session *s);

#endif
