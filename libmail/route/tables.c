/* SPDX-License-Identifier: ISC */
/*
 * tables - all look-up tables of a route.
 */
#include "route/tables.h"

#include "message/address.h"

#define AT(member) #member, offsetof(struct route, member)

static const struct {
	const char *name;
	size_t at;
	unsigned flags;
	bool bare; /* a user of this machine may be written without domain */
} parameters[TABLES_N] = {
	[TABLES_CANONICAL] = { AT(canonical_maps), 0, true },
	[TABLES_SENDER_CANONICAL] = { AT(sender_canonical_maps), 0, true },
	[TABLES_RECIPIENT_CANONICAL] = { AT(recipient_canonical_maps), 0, true },
	[TABLES_VIRTUAL_ALIAS] = { AT(virtual_alias_maps), 0, true },
	[TABLES_VIRTUAL_ALIAS_DOMAINS] = { AT(virtual_alias_domains), TABLE_WORDS, false },
	[TABLES_VIRTUAL_MAILBOX] = { AT(virtual_mailbox_maps), 0, false },
	[TABLES_VIRTUAL_MAILBOX_DOMAINS] = { AT(virtual_mailbox_domains), TABLE_WORDS, false },
	[TABLES_VIRTUAL_UID] = { AT(virtual_uid_maps), 0, false },
	[TABLES_VIRTUAL_GID] = { AT(virtual_gid_maps), 0, false },
	[TABLES_RELAY_DOMAINS] = { AT(relay_domains), TABLE_WORDS, false },
	[TABLES_RELAY_RECIPIENT] = { AT(relay_recipient_maps), 0, false },
	[TABLES_TRANSPORT] = { AT(transport_maps), 0, false },
	[TABLES_SENDER_RELAYHOST] = { AT(sender_dependent_relayhost_maps), 0, false },
	[TABLES_RELOCATED] = { AT(relocated_maps), 0, true },
};

int tables_open(struct arena *a, const struct route *r, struct route_tables *out, struct fault *f)
{
	for (int i = 0; i < TABLES_N; i++) {
		const char *const *value = (const void *)((const char *)r + parameters[i].at);

		if (table_open(a, parameters[i].name, *value, parameters[i].flags, &out->v[i], f) < 0)
			return -1;
		for (int before = 0; before < i; before++)
			table_share(&out->v[i], &out->v[before]);
	}
	return 0;
}

/* A table that shares another's file comes behind it. */
void tables_close(struct route_tables *t)
{
	for (int i = TABLES_N; i > 0; i--)
		table_close(&t->v[i - 1]);
}

int tables_refresh(struct route_tables *t, struct fault *f)
{
	for (int i = 0; i < TABLES_N; i++)
		if (table_refresh(&t->v[i], f) < 0)
			return -1;
	return 0;
}

bool tables_find_address(const struct route *r, struct arena *a, enum tables_name name, struct span address,
			 struct table_entry *out, struct span *extension)
{
	struct table_search how = { .delimiters = r->recipient_delimiter };
	struct table *t = &r->tables->v[name];
	struct span local, domain;

	if (!table_is_set(t))
		return false;
	address_split(address, &local, &domain);
	how.bare = parameters[name].bare &&
		   (route_is_local(r, domain) || (r->myorigin && span_is_nocase(domain, span_str(r->myorigin))));
	return table_find_address(t, a, &how, address, out, extension);
}
