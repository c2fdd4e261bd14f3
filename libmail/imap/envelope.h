/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_ENVELOPE_H
#define LIBMAIL_IMAP_ENVELOPE_H

/*
 * envelope - ENVELOPE of RFC 9051 7.5.2: the fields of a header as a parenthesized list.
 *
 * Fields are as they stand in the header, unfolded, encoded words not decoded; 8-bit text becomes literals, so that
 * what is put is good for clients of every version. Sender and Reply-To are From's where they have no address.
 *
 * What is no address is shown, as Dovecot does, by names that no host has: "Some Name" without an address becomes
 * ("Some Name" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"), and a local part alone has MISSING_DOMAIN. A comment is the
 * name of who has none: "root (Cron Daemon)".
 */

#include "base/arena.h"
#include "base/buf.h"
#include "message/mime_tree.h"

/* `a` is for what it takes meanwhile. */
void imap_envelope_put(struct buf *out, struct arena *a, const struct mime_envelope *e);

#endif
