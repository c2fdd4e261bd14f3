/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_TARGETS_H
#define LIBMAIL_ROUTE_TARGETS_H

/*
 * targets - the growing list of what a recipient expands to, each target once.
 *
 * The same target: same kind, same address (its domain without regard to case), file or command, same
 * account and detail. The first one stays. A mailbox is its account's: the address does not matter.
 */

#include "base/arena.h"
#include "base/map.h"
#include "route/route.h"

struct targets {
	struct route_target *v; /* from the heap while it grows */
	size_t n, room;
	struct map seen;
	struct arena scratch;
};

void targets_init(struct targets *t);
/* The target's strings must outlive the list. 0; -1 when it would be more than ROUTE_TARGETS. */
int targets_add(struct targets *t, const struct route_target *target);
/* Move the result into the arena; or, with out NULL, give it up. Either way the list is over. */
void targets_finish(struct targets *t, struct arena *a, struct route_targets *out);

#endif
