/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_TRANSPORT_H
#define LIBMAIL_ROUTE_TRANSPORT_H

/*
 * transport - how an address that no virtual alias stands for is delivered.
 *
 * In this order: relocated_maps; transport_maps, by address and then by domain; the domain's class (route_class_of());
 * for what goes to other machines the sender's entry in sender_dependent_relayhost_maps, relayhost, the recipient's
 * domain.
 */

#include "route/nexthop.h"
#include "route/table.h"

struct transport {
	struct nexthop to;
	enum route_class class; /* of the domain */
	/* What said so, NULL: parameters. With what the steps call it. */
	const char *what;
	struct table_entry entry;
};

/*
 * `sender` NULL: not known. By the tables that were read last. A NEXTHOP_ERROR is a decision, too; -1 is a temporary
 * fault: what a table says is not to be understood.
 */
int transport_find(const struct route *r, struct arena *a, struct span address, const char *sender,
		   struct transport *out, struct fault *f);

/* The fault that an address gets for a NEXTHOP_ERROR. */
void transport_fault(const struct nexthop *to, const char *recipient, struct fault *f);

#endif
