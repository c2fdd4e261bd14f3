/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_URL_H
#define LIBMAIL_IMAP_URL_H

/*
 * url - IMAP URLs that name a message or a piece of one (RFC 5092), for CATENATE:
 *
 *	imap://al@host/INBOX;UIDVALIDITY=5/;UID=20/;SECTION=1.2.MIME/;PARTIAL=0.1024
 *	/INBOX;UIDVALIDITY=5/;UID=20/;SECTION=HEADER
 *	;UID=20/;SECTION=1                                  in the selected mailbox (also with "/" in front)
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

struct imap_url {
	const char *user;	   /* NULL: not said */
	const char *mailbox;	   /* UTF-8, as it is written; NULL: the selected one */
	uint32_t uidvalidity, uid; /* uidvalidity 0: not said */
	const char *section;	   /* "" for the whole message */
	bool is_partial;
	uint64_t from, octets; /* else 0 and UINT64_MAX */
};

/*
 * 0; -1 when it is none that names a message, or one with an access key (URLAUTH). What "%" stands for is undone; a NUL
 * is wrong. The host is not looked at: who asks this server means this server.
 */
int imap_url_parse(struct arena *a, struct span text, struct imap_url *out);

#endif
