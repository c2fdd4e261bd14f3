/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_EXPAND_H
#define LIBMAIL_ROUTE_EXPAND_H

/*
 * expand - one recipient, through aliases and forward files, to its targets.
 *
 * What route_expand() and route_check() are made of.
 */

#include "route/route.h"
#include "route/targets.h"

enum expand_purpose {
	EXPAND_DELIVER, /* everything */
	EXPAND_CHECK,	/* no forward files, and only up to the first target that is not a fault */
};

/*
 * Add what the recipient expands to. The alias files are those that were read last. -1: there are more targets
 * than ROUTE_TARGETS. Else 0, or for EXPAND_CHECK 1 if there is something that may be deliverable.
 */
int expand_recipient(struct route *r, struct arena *a, enum expand_purpose purpose, struct span recipient,
		     struct targets *out, struct fault *f);

#endif
