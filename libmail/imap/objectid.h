/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_OBJECTID_H
#define LIBMAIL_IMAP_OBJECTID_H

/*
 * objectid - EMAILID and THREADID of RFC 8474. Nothing is kept to know them: both are what a message is anyway, so they
 * are the same after a cache was lost, on another machine, and beside other programs in the Maildir.
 *
 * EMAILID is the name of the message's file, which never changes, in the characters that an objectid may have; a copy
 * has that of what it is a copy of. THREADID is a digest of the id that its conversation is known by (message/thread.h,
 * thread_root()), so it is the same in all mailboxes and never changes, whatever comes or goes. Subjects do not count:
 * what once was joined by "Hello" could not be parted again. A message with no usable id is alone.
 */

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "imap/source.h"

enum {
	IMAP_OBJECTID_MAX = 255,		 /* octets, RFC 8474 7 */
	IMAP_OBJECTID_ROOM = 3 * CACHE_TEXT_MAX, /* that a buf needs while one is made */
};

/* EMAILID of a file's name, as it is or its base. Two names never have the same one, unless they are too long to be
 * written out. */
void imap_objectid_put(struct buf *out, struct span name);
/* THREADID of what a conversation is known by: a letter and 32 digits. */
void imap_objectid_put_thread(struct buf *out, struct span root);

/* Append that of the message that the source is turned to: 0; -1 as imap/source.h says. */
int imap_objectid_email(struct imap_source *s, struct buf *out, struct fault *f);
int imap_objectid_thread(struct imap_source *s, struct buf *out, struct fault *f);

#endif
