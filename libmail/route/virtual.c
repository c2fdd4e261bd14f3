/* SPDX-License-Identifier: ISC */
/*
 * virtual - mailboxes of addresses that are no accounts.
 */
#include "route/virtual.h"

#include "message/address.h"
#include "route/localpart.h"
#include "route/tables.h"

static bool has_dots(struct span path)
{
	while (path.n)
		if (span_is(span_cut(&path, '/'), SPAN("..")))
			return true;
	return false;
}

int virtual_check(const struct route *r, struct fault *f)
{
	struct span base = span_str(r->virtual_mailbox_base);

	if (base.n == 0)
		return !r->virtual_mailbox_maps || !r->virtual_mailbox_maps[0]
			       ? 0
			       : fault_usage(f, "virtual_mailbox_maps: virtual_mailbox_base is not set");
	if (base.p[0] == '/' && !has_dots(base) && !span_has_control(base))
		return 0;
	return fault_usage(f, "virtual_mailbox_base: \"%s\" is not an absolute path", r->virtual_mailbox_base);
}

bool virtual_is_path(struct span value)
{
	return value.n && value.p[0] != '/' && !has_dots(value) && !span_has_control(value) && value.p[0] != '|' &&
	       value.p[0] != ':';
}

/* An id from its table; 1, 0 when the table does not have one, -1. */
static int find_id(const struct route *r, struct arena *a, enum tables_name name, const char *address, long minimum,
		   uint64_t *out, struct fault *f)
{
	const uint64_t id_max = UINT32_MAX - 1;
	struct table_entry entry;
	struct span unused;

	if (!table_is_set(&r->tables->v[name]))
		return 0;
	if (!tables_find_address(r, a, name, span_str(address), &entry, &unused))
		return fault_temp(f, 451, "4.3.5", "%s: there is no entry for <%s>", r->tables->v[name].name, address);
	if (span_number(entry.value, id_max, out) < 0)
		return fault_temp(f, 451, "4.3.5", "%s\"%.*s\" is no id", table_place(a, &r->tables->v[name], &entry),
				  SPAN_ARG(entry.value));
	if (*out < (uint64_t)(minimum > 0 ? minimum : 1))
		return fault_temp(f, 451, "4.3.5", "%sthe id %.*s is too low (virtual_minimum_uid)",
				  table_place(a, &r->tables->v[name], &entry), SPAN_ARG(entry.value));
	return 1;
}

static int find_ids(const struct route *r, struct arena *a, const char *address, struct account *out, struct fault *f)
{
	uint64_t uid = r->virtual_uid, gid = r->virtual_gid;

	if (find_id(r, a, TABLES_VIRTUAL_UID, address, r->virtual_minimum_uid, &uid, f) < 0 ||
	    find_id(r, a, TABLES_VIRTUAL_GID, address, 1, &gid, f) < 0)
		return -1;
	if (uid == 0)
		return fault_temp(f, 451, "4.3.5", "virtual_uid_maps: the mailbox of <%s> would be root's", address);
	out->uid = (uid_t)uid;
	out->gid = (gid_t)gid;
	return 0;
}

/* The account of this whole address, or without its extension. */
static int find_account(const struct route *r, struct arena *a, const char *address, struct account *out,
			struct fault *f)
{
	struct localpart name;
	int rc = r->call->find_account(r->ctx, a, span_str(address), out, f);

	if (rc != 0)
		return rc;
	localpart_split(a, r->recipient_delimiter, span_str(address), &name);
	if (name.user.n == 0)
		return 0;
	address = arena_printf(a, "%.*s@%.*s", SPAN_ARG(name.user), SPAN_ARG(name.domain));
	return r->call->find_account(r->ctx, a, span_str(address), out, f);
}

int virtual_find(const struct route *r, struct arena *a, const char *address, struct account *out,
		 struct table_entry *entry, struct fault *f)
{
	struct table *maps = &r->tables->v[TABLES_VIRTUAL_MAILBOX];
	struct span path, unused;
	bool is_maildir;

	*entry = (struct table_entry){ 0 };
	if (!table_is_set(maps))
		return find_account(r, a, address, out, f);
	if (!tables_find_address(r, a, TABLES_VIRTUAL_MAILBOX, span_str(address), entry, &unused))
		return 0;
	path = entry->value;
	if (!virtual_is_path(path))
		return fault_temp(f, 451, "4.3.5", "%s\"%.*s\" is not a path below virtual_mailbox_base",
				  table_place(a, maps, entry), SPAN_ARG(path));
	is_maildir = path.p[path.n - 1] == '/';
	path.n -= is_maildir;
	/* However it is extended, it is one mailbox. */
	*out = (struct account){ .name = entry->key.p[0] == '@' ? address : arena_span(a, entry->key),
				 .home = r->virtual_mailbox_base,
				 .full_name = "",
				 .mail = arena_printf(a, "%s:%s/%.*s", is_maildir ? "maildir" : "mbox",
						      r->virtual_mailbox_base, SPAN_ARG(path)) };
	return find_ids(r, a, address, out, f) < 0 ? -1 : 1;
}
