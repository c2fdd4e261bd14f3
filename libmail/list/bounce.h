/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_BOUNCE_H
#define LIBMAIL_LIST_BOUNCE_H

/*
 * bounce - mail that came back to a list's bounces address: whom it is about, and whether that is proven.
 *
 * Anybody can write a report. So one counts only if it is known that it was sent because of a message of ours:
 *   - it came to a signed address, the sender of one member's mail (verp = yes). Whom it is about the address says,
 *     also where the report does not; a message without any report then counts half, if it is a mailer-daemon's;
 *   - or it came to the plain address, and has the envelope id (RFC 3461) that a post was given, which is signed, too.
 *     Its recipients count that are members.
 * Only failures count, as far as they are about the address (list/blame.h); delays and successes do not. When more than
 * bounce_pause_percent of the members send the same post back, bounces of it count for nobody, and the owners are told.
 *
 * A complaint (RFC 5965) of a member's provider, about mail with his signed sender, takes him off the list.
 */

#include "list/place.h"
#include "list/run.h"

/*
 * r->in is what came, t its recipient: 0 done, also if there was nothing to be done; -1: to be tried again. A signed
 * address that is wrong or too old is a permanent fault, as at RCPT.
 */
int bounce_run(struct list_run *r, const struct list_target *t, struct fault *f);

/*
 * The envelope id of a post, and of a digest by its number ("digest-12"): signed, so that it proves what it comes back
 * with.
 */
const char *bounce_envid(struct list *l, struct arena *a, const char *what, int64_t now, struct fault *f);

#endif
