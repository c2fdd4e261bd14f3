/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_NOTIFY_H
#define LIBMAIL_IMAP_NOTIFY_H

/*
 * notify - what a client asks to be told of, and of which mailboxes: the words of NOTIFY, RFC 5465.
 *
 *	NOTIFY SET STATUS (selected (MessageNew (UID) MessageExpunge)) (subtree Lists (MessageNew MessageExpunge))
 *
 * Decided here, as the RFC leaves it open:
 * - A name that is none of a mailbox is passed over, also where none can be called so; below "" are all, as in LIST.
 * - A mailbox that several groups name has the events of all of them.
 * - "inboxes" is "personal" (RFC 5465 6.3): a delivery may go to any folder.
 * - The events of a group may come without brackets, as in the RFC's first examples.
 * - AnnotationChange is about annotations of messages (RFC 5257), which there are none of.
 */

#include <stdbool.h>
#include <stddef.h>

#include "imap/fetch.h"
#include "imap/parse.h"

enum {
	NOTIFY_GROUPS_MAX = 50, /* groups in a command */
	NOTIFY_NAMES_MAX = 500, /* names of mailboxes in a command */
};

enum {
	NOTIFY_MESSAGE_NEW = 1,
	NOTIFY_MESSAGE_EXPUNGE = 2,
	NOTIFY_FLAG_CHANGE = 4,
	NOTIFY_MAILBOX_NAME = 8,
	NOTIFY_SUBSCRIPTION_CHANGE = 16,
	NOTIFY_MAILBOX_METADATA = 32,
	NOTIFY_SERVER_METADATA = 64,
	/* Those that are about messages, and the only ones that the selected mailbox has. */
	NOTIFY_MESSAGES = NOTIFY_MESSAGE_NEW | NOTIFY_MESSAGE_EXPUNGE | NOTIFY_FLAG_CHANGE,
};

enum notify_where {
	NOTIFY_SELECTED,
	NOTIFY_SELECTED_DELAYED,
	NOTIFY_PERSONAL,
	NOTIFY_SUBSCRIBED,
	NOTIFY_SUBTREE,
	NOTIFY_MAILBOXES,
};

struct notify_group {
	enum notify_where where;
	unsigned events;
	const char **names; /* of SUBTREE and MAILBOXES */
	size_t n;
	bool fetches; /* a message that has come to the selected mailbox is told of with these items */
	struct imap_fetch fetch;
};

struct notify {
	bool wants_status; /* the state of each mailbox, to begin with */
	struct notify_group *groups;
	size_t n; /* 0: NONE */
	size_t names;
	const struct notify_group *selected; /* the group of the selected mailbox, or NULL: it has no events */
};

/*
 * What stands behind "NOTIFY ", to the end. 0; -1 and p->wrong is set; 1 it asks for an event that there is not, and is
 * to be answered NO [BADEVENT (...)]. Everything is in the parser's arena.
 */
int notify_parse(struct imap_parse *p, struct notify *out);

/* The events that are told of a mailbox, while it is not selected. */
unsigned notify_events(const struct notify *n, const char *name, bool is_subscribed);
/* All that is asked for of any mailbox that is not selected. */
unsigned notify_all_events(const struct notify *n);

/* The names of all events that there are, with blanks between. */
struct buf;
void notify_put_events(struct buf *out);

#endif
