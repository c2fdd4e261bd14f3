/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_CATENATE_H
#define LIBMAIL_IMAP_CATENATE_H

/*
 * catenate - a piece of a message that is here already, into one that is being saved: CATENATE's URL (RFC 4469).
 */

#include "base/fault.h"
#include "imap/session.h"
#include "store/save.h"

/*
 * Append what the URL names, `room` octets at most, and take them off *room. 1 done; 0 it names nothing that there is
 * (BADURL), or a mailbox of somebody else; -1: a temporary fault, or 552 5.3.4 when there is no room.
 */
int imap_catenate_url(struct imap_session *s, struct span url, struct save *save, uint64_t *room, struct fault *f);

#endif
