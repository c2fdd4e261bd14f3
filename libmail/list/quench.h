/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_QUENCH_H
#define LIBMAIL_LIST_QUENCH_H

/*
 * quench - how much an address gets within a day because of mail that anybody may have written in its name.
 *
 * Who asks a thousand lists to subscribe a victim, or a list a thousand times, is to reach him with a handful of
 * messages. Counted is by identity (member_identity()), for all lists of the site together, in the file QUENCH_FILE of
 * list_directory (base/tally.h): a day begins with the first message. Where more than QUENCH_ADDRESSES have got
 * something, those that were first are forgotten.
 */

#include "list/run.h"

#define QUENCH_FILE ".replies"

enum {
	QUENCH_ADDRESSES = 32768, /* of which a count is kept; 8 octets each */
	QUENCH_SITE_REPLIES = 10, /* a day to an address from the site's own address: as reply_rate */
};

/*
 * May it be sent? 1; 0 it was enough for today; -1 it cannot be known now. `question` names what is asked of somebody
 * ("confirm-subscribe"), and is counted for each list (subscribe_rate), and as a reply; NULL: a reply, which is counted
 * for the site, the list's reply_rate being the limit. r->list may be NULL.
 */
int quench_allows(const struct list_run *r, const char *question, const char *address, struct fault *f);

/* It was. */
int quench_note(const struct list_run *r, const char *question, const char *address, struct fault *f);

#endif
