/* SPDX-License-Identifier: ISC */
/*
 * transport - how an address that no virtual alias stands for is delivered.
 */
#include "route/transport.h"

#include "message/address.h"
#include "route/tables.h"

/* As Postfix's empty_address_relayhost_maps_lookup_key. */
#define NULL_SENDER "<>"

static int broken(struct fault *f, const struct fault *why)
{
	return fault_temp(f, 451, "4.3.5", "%s", why->text);
}

/* By address, then by domain; "*" is for what nothing else is for. */
static bool find_entry(const struct route *r, struct arena *a, struct span address, struct span domain,
		       struct table_entry *out)
{
	struct table *t = &r->tables->v[TABLES_TRANSPORT];
	struct span unused;

	if (!table_is_set(t))
		return false;
	/* "@domain" is not one of the forms of this table. */
	if (tables_find_address(r, a, TABLES_TRANSPORT, address, out, &unused) && out->key.p[0] != '@')
		return true;
	return table_find_domain(t, domain, false, out) || table_find(t, SPAN("*"), out);
}

/* 1 decided, 0 not, -1. */
static int by_table(const struct route *r, struct arena *a, struct span address, struct span domain,
		    struct transport *out, struct fault *f)
{
	struct fault why;

	if (!find_entry(r, a, address, domain, &out->entry))
		return 0;
	out->what = "transport";
	if (nexthop_parse_transport(a, table_place(a, &r->tables->v[TABLES_TRANSPORT], &out->entry), out->entry.value,
				    r->default_transport, &out->to, &why) < 0)
		return broken(f, &why);
	return out->to.action != NEXTHOP_KEEP;
}

static bool by_relocation(const struct route *r, struct arena *a, struct span address, struct transport *out)
{
	struct span unused;

	if (!tables_find_address(r, a, TABLES_RELOCATED, address, &out->entry, &unused))
		return false;
	out->what = "relocated";
	out->to =
		(struct nexthop){ .action = NEXTHOP_ERROR,
				  .status = "5.1.6",
				  .error = arena_printf(a, "the user has moved to %.*s", SPAN_ARG(out->entry.value)) };
	return true;
}

static int by_sender(const struct route *r, struct arena *a, const char *sender, struct transport *out, struct fault *f)
{
	struct table_entry entry;
	struct span unused, key = span_str(sender && sender[0] ? sender : NULL_SENDER);
	struct nexthop to;
	struct fault why;

	if (!sender || !tables_find_address(r, a, TABLES_SENDER_RELAYHOST, key, &entry, &unused))
		return 0;
	if (nexthop_parse_relayhost(a, table_place(a, &r->tables->v[TABLES_SENDER_RELAYHOST], &entry), entry.value,
				    r->default_transport, &to, &why) < 0)
		return broken(f, &why);
	out->what = "relayhost of the sender";
	out->entry = entry;
	if (to.action != NEXTHOP_KEEP)
		out->to = to;
	return 0;
}

static int by_class(const struct route *r, struct arena *a, const char *sender, struct transport *out, struct fault *f)
{
	static const struct nexthop here[] = {
		[ROUTE_LOCAL] = { .action = NEXTHOP_LOCAL },
		[ROUTE_VIRTUAL_ALIAS] = { .action = NEXTHOP_ERROR,
					  .status = "5.1.1",
					  .error = "there is no such address here" },
		[ROUTE_VIRTUAL_MAILBOX] = { .action = NEXTHOP_VIRTUAL },
	};

	if (out->class < ROUTE_RELAY) {
		out->to = here[out->class];
		return 0;
	}
	out->to = *r->relay;
	return out->to.action == NEXTHOP_SEND ? by_sender(r, a, sender, out, f) : 0;
}

int transport_find(const struct route *r, struct arena *a, struct span address, const char *sender,
		   struct transport *out, struct fault *f)
{
	struct span local, domain;
	int rc;

	address_split(address, &local, &domain);
	*out = (struct transport){ .class = route_class_of(r, domain) };
	if (by_relocation(r, a, address, out))
		return 0;
	rc = by_table(r, a, address, domain, out, f);
	if (rc == 0) {
		out->what = NULL;
		rc = by_class(r, a, sender, out, f);
	}
	if (rc >= 0 && out->to.action == NEXTHOP_SEND && !out->to.host)
		out->to.host = nexthop_of_domain(a, domain);
	return rc < 0 ? -1 : 0;
}

void transport_fault(const struct nexthop *to, const char *recipient, struct fault *f)
{
	if (to->status[0] == '4')
		fault_temp(f, 450, to->status, "<%s>: %s", recipient, to->error);
	else
		fault_perm(f, 550, to->status, "<%s>: %s", recipient, to->error);
}
