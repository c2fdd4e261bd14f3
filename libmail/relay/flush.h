/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_FLUSH_H
#define LIBMAIL_RELAY_FLUSH_H

/*
 * flush - mail for one domain is to be tried now: what mta-relay --flush and ETRN (RFC 1985) ask for.
 *
 * "example.org" is that domain; "@example.org" also its subdomains.
 */

#include <stdbool.h>

#include "queue/spool.h"

/*
 * Ask the relay that runs on the spool to try what waits for recipients in the domain, due or not; if the destination
 * was dead it gets another probe. 1: it was told and will look. 0: no relay runs; relay_run() with `domain` does it.
 * -1: that is no domain (501 5.5.4).
 */
int relay_flush_destination(const struct spool *s, const char *domain, struct fault *f);

/* Does the message wait for a recipient there? */
bool flush_concerns(const struct envelope *e, const char *domain);

#endif
