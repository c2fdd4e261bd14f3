/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_OBJECTID_H
#define LIBMAIL_STORE_OBJECTID_H

/*
 * objectid - names of folders and messages that outlive UIDs: MAILBOXID and EMAILID of RFC 8474.
 *
 * A folder's is the GUID in its dovecot-uidlist, which stays when it is renamed. A message's is its GUID: the base of
 * its file name without sizes, or what the uidlist has in its place, so that copies have that of the original. There is
 * no THREADID. Both are what RFC 8474 allows: letters, digits, "_" and "-", 1 to 255 of them.
 */

#include "base/buf.h"
#include "store/cache.h"

enum { OBJECTID_MAX = 255 };

/* 32 hex digits behind an "F". */
void objectid_put_folder(struct buf *out, const char *guid);

/* Other octets than letters, digits and "-" are put as "_" and two hex digits; what is too long, as a checksum. */
void objectid_put_message(struct buf *out, const struct cache_name *name);

#endif
