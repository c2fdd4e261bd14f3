/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_STATUS_H
#define LIBMAIL_IMAP_STATUS_H

/*
 * status - what a mailbox that is not selected says of itself: the items of STATUS, also in LIST (RFC 5819) and NOTIFY
 * (RFC 5465). RFC 9051 6.3.11, RFC 7162, RFC 7889, RFC 8474, RFC 9208.
 */

#include "imap/parse.h"
#include "imap/session.h"

enum {
	IMAP_STATUS_MESSAGES = 1,
	IMAP_STATUS_RECENT = 2,
	IMAP_STATUS_UIDNEXT = 4,
	IMAP_STATUS_UIDVALIDITY = 8,
	IMAP_STATUS_UNSEEN = 16,
	IMAP_STATUS_DELETED = 32,
	IMAP_STATUS_SIZE = 64,
	IMAP_STATUS_DELETED_STORAGE = 128,
	IMAP_STATUS_HIGHESTMODSEQ = 256,
	IMAP_STATUS_MAILBOXID = 512,
	IMAP_STATUS_APPENDLIMIT = 1024,
};

/* "(MESSAGES UNSEEN)": one at least. */
int imap_status_parse(struct imap_parse *p, unsigned *items);

/*
 * Say STATUS. -1 with a fault, nothing being said: the mailbox cannot be read; with errno ENOENT when there is none.
 * HIGHESTMODSEQ is what a client says that knows of CONDSTORE: imap_use_condstore() is the caller's.
 */
int imap_status_say(struct imap_session *s, const char *name, unsigned items, struct fault *f);

#endif
