/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_EXPLAIN_H
#define LIBMAIL_ROUTE_EXPLAIN_H

/*
 * explain - where a recipient goes, in the words of sendmail -bv.
 *
 *	al@example.org... deliverable: mailer local, user al
 *	bo@example.net... deliverable: mailer esmtp, host [mx.example.net]:25, user bo@example.net
 *	nobody@example.org... User unknown
 */

#include "base/buf.h"
#include "route/route.h"

/* One line with its end, escaped for a terminal. A fault is said with its text unless it is 5.1.1. */
void explain_put(struct buf *out, const struct route_target *t);
void explain_put_fault(struct buf *out, const char *recipient, const struct fault *f);

#endif
