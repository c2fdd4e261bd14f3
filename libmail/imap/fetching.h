/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_FETCHING_H
#define LIBMAIL_IMAP_FETCHING_H

/*
 * fetching - messages of the selected mailbox as FETCH responses: of a command, or because they have come and the
 * client wants to hear of such (NOTIFY, SEARCH RETURN (UPDATE)).
 *
 *	w = imap_fetching_new(s, &arena, &fetch, &numbers)
 *	while ((rc = imap_fetching_go_on(w)) > 0)       between the calls *s->out is written
 */

#include "imap/fetch.h"
#include "imap/seqset.h"
#include "imap/session.h"

#define IMAP_FETCHING_BROKEN "A message has changed" /* why a session ends then */

struct imap_fetching;

/* What became of it. */
struct imap_fetching_end {
	bool missed;	       /* messages were gone */
	bool failed;	       /* some could not be read; it was logged why */
	bool unknown_encoding; /* of a part that BINARY should decode */
};

/* Memory is the arena's; what `fetch` and `numbers` point to lives as long. */
struct imap_fetching *imap_fetching_new(struct imap_session *s, struct arena *a, const struct imap_fetch *fetch,
					const struct seqset *numbers);

/*
 * Put the next part, about IMAP_FULL octets: 1 there is more; 0 all is put; -1 a message has changed in the middle of
 * its response: nothing that could be said would be understood, so the session is to be stopped. Until it returns 0 or
 * -1 the message's file is open; who gives up before that calls imap_source_end().
 */
int imap_fetching_go_on(struct imap_fetching *w);

const struct imap_fetching_end *imap_fetching_how(const struct imap_fetching *w);

#endif
