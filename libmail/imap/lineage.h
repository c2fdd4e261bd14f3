/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_LINEAGE_H
#define LIBMAIL_IMAP_LINEAGE_H

/*
 * lineage - what THREAD wants to know of a message: read out of its header once, and then kept (store/summary.h).
 */

#include "imap/source.h"
#include "message/thread.h"

/*
 * All of *out but its number, of the message that the source is turned to: 0, -1. The spans are valid until the next
 * call. When it was sent is as SORT and THREAD see it: RFC 5256 2.2.
 */
int lineage_find(struct imap_source *s, struct thread_message *out, struct fault *f);

/* When it was sent, alone. */
int lineage_date(struct imap_source *s, int64_t *when, struct fault *f);

#endif
