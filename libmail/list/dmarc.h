/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_DMARC_H
#define LIBMAIL_LIST_DMARC_H

/*
 * dmarc - what the domain of an author wants done with mail that claims to be its own and cannot prove it (RFC 7489):
 * which is what a post is when a list has changed it and sends it on.
 *
 * There is no list of public suffixes. The domain's parents are asked instead, one label after the other, as the
 * successor of RFC 7489 has it: the first record that is found counts, a parent's by its "sp". "pct" is not heeded, as
 * with Mailman: who says reject for a part of the mail means it. "t=y" makes it one step milder.
 */

#include "base/arena.h"
#include "base/span.h"
#include "net/dns.h"

enum dmarc_policy { DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };

enum { DMARC_QUERIES_MAX = 8 /* of one domain: of a longer name the labels in the middle are passed over */ };

/*
 * Read a TXT record: 1, 0 it is no DMARC record, or one without a usable policy. `is_parent`: it was found at a parent
 * of the domain.
 */
int dmarc_parse(struct span record, bool is_parent, enum dmarc_policy *out);

/*
 * Ask for the domain's, which is a name without a dot at its end. What cannot be known now counts as DMARC_REJECT:
 * to treat a post as if it were protected does no harm, to send it on as it is may lose members.
 */
enum dmarc_policy dmarc_find(struct dns *dns, struct arena *a, const char *domain);

#endif
