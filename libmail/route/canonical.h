/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_CANONICAL_H
#define LIBMAIL_ROUTE_CANONICAL_H

/*
 * canonical - what a message's addresses become when it enters: the name by which somebody wants to be known.
 *
 * As Postfix's cleanup(8) does it: an address without domain gets myorigin; then sender_canonical_maps or
 * recipient_canonical_maps; then canonical_maps, each again as long as it has something for the result, in
 * canonical_classes; then masquerade_domains, which hide the names of hosts, in masquerade_classes. The null sender
 * stays what it is.
 */

#include <stdbool.h>

#include "message/rewrite.h"
#include "route/route.h"

enum { CANONICAL_DEPTH = 10 /* entries of one table that lead to each other; more are a loop */ };

enum canonical_class {
	CANONICAL_ENVELOPE_SENDER,
	CANONICAL_ENVELOPE_RECIPIENT,
	CANONICAL_HEADER_SENDER,    /* From, Sender, Reply-To ... */
	CANONICAL_HEADER_RECIPIENT, /* To, Cc ... */
};

/* Are the parameters right? */
int canonical_check(const struct route *r, struct fault *f);

/* Can there be any change but that of an address without domain? */
bool canonical_is_set(const struct route *r);

/* Read what is new in the tables. */
int canonical_load(struct route *r, struct fault *f);

/*
 * *out is the address, or what it becomes, in the arena; it is a valid one if `address` and that with myorigin are. The
 * tables are those that were read last. What a table says that is no address, and a loop, are temporary faults. Each
 * step can be heard.
 */
int canonical_rewrite(const struct route *r, struct arena *a, enum canonical_class class, struct span address,
		      const char **out, struct fault *f);

/* The same for the header: repair_rules.map. The context is the route. */
int canonical_map(void *route, struct arena *a, const char *mailbox, enum rewrite_side side, const char **out,
		  struct fault *f);

#endif
