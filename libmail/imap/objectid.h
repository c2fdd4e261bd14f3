/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_OBJECTID_H
#define LIBMAIL_IMAP_OBJECTID_H

/*
 * objectid - EMAILID of RFC 8474: a message's name in the Maildir, which never changes, in the characters that an
 * objectid may have. There is no THREADID.
 */

#include "base/buf.h"
#include "base/span.h"

enum { IMAP_OBJECTID_MAX = 255 /* octets, RFC 8474 7 */ };

/* Of a file's name, as it is or its base. Two names never have the same one, unless they are too long to be written
 * out. */
void imap_objectid_put(struct buf *out, struct span name);

#endif
