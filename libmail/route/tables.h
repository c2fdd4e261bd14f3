/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_TABLES_H
#define LIBMAIL_ROUTE_TABLES_H

/*
 * tables - all look-up tables of a route, one for each of its parameters.
 */

#include "route/route.h"
#include "route/table.h"

enum tables_name {
	TABLES_CANONICAL,
	TABLES_SENDER_CANONICAL,
	TABLES_RECIPIENT_CANONICAL,
	TABLES_VIRTUAL_ALIAS,
	TABLES_VIRTUAL_ALIAS_DOMAINS,
	TABLES_VIRTUAL_MAILBOX,
	TABLES_VIRTUAL_MAILBOX_DOMAINS,
	TABLES_VIRTUAL_UID,
	TABLES_VIRTUAL_GID,
	TABLES_RELAY_DOMAINS,
	TABLES_RELAY_RECIPIENT,
	TABLES_TRANSPORT,
	TABLES_SENDER_RELAYHOST,
	TABLES_RELOCATED,
	TABLES_N,
};

struct route_tables {
	struct table v[TABLES_N];
};

/* A usage fault names the parameter. */
int tables_open(struct arena *a, const struct route *r, struct route_tables *out, struct fault *f);
void tables_close(struct route_tables *t);
/* Read what is new or changed. */
int tables_refresh(struct route_tables *t, struct fault *f);

/* By address, in one of them; *how of table_find_address() is the route's. */
bool tables_find_address(const struct route *r, struct arena *a, enum tables_name name, struct span address,
			 struct table_entry *out, struct span *extension);

#endif
