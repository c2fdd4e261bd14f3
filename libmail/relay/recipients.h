/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_RECIPIENTS_H
#define LIBMAIL_RELAY_RECIPIENTS_H

/*
 * recipients - whom a local program's message is for, as it goes into the envelope: each valid, qualified and once.
 *
 * Faults are permanent ones of status 5.1.3 (EX_DATAERR) that quote the text; those about
 * DSN parameters are the caller's usage.
 */

#include "base/arena.h"
#include "base/fault.h"
#include "base/map.h"
#include "queue/envelope.h"
#include "route/route.h"

enum { RECIPIENTS_ENVID_MAX = 100 /* octets; RFC 3461 4.4 */ };

struct recipients {
	struct arena *arena;
	struct route *route;
	struct envelope *envelope; /* receives them */
	unsigned notify;	   /* of each */
	struct map seen;
	size_t room;
};

void recipients_init(struct recipients *r, struct arena *a, struct route *route, struct envelope *e);

/* sendmail's -N, -R and -V, each may be NULL. Before any recipient. */
int recipients_set_dsn(struct recipients *r, const char *notify, const char *ret, const char *envid, struct fault *f);

/* sendmail's -XV, with the two delimiters (message/verp.h). The envelope has its sender; before any recipient. */
int recipients_set_verp(struct recipients *r, const char *delimiters, struct fault *f);

int recipients_add(struct recipients *r, const char *mailbox, struct fault *f);
/* A list of addresses: "al, Bo <bo@example.org>". One without any is a fault. */
int recipients_add_list(struct recipients *r, const char *list, struct fault *f);

/*
 * What the recipient is called here (route/canonical.h), in its place. Where that is another address, the one that was
 * given becomes the ORCPT if there is none.
 */
int recipients_rewrite(struct arena *a, const struct route *route, struct envelope_rcpt *r, struct fault *f);

/*
 * Can anybody get it? A message that nobody can get is best refused where its author listens; of one that somebody can
 * get, a report about the others will be mailed. -1 with the fault of the last.
 */
int recipients_check(const struct recipients *r, struct fault *f);

/*
 * For a message that this process's own relay will deliver, with no more rights than it has: -1, with a temporary
 * fault, when that can bring it to nobody, as all are other users of this machine.
 */
int recipients_check_reach(const struct recipients *r, struct fault *f);

/*
 * Is there room for a message of so many octets? -1 with the fault of the mailbox's quota, 552 5.2.2 or 452 4.2.2, when
 * the address leads to mailboxes only and none has room, as far as this process may look. So who sends to several
 * learns of each, and nobody gets a bounce of what a stranger sent in his name.
 */
int recipients_check_quota(struct arena *a, struct route *route, const char *address, uint64_t octets, struct fault *f);

#endif
