/* SPDX-License-Identifier: ISC */
/*
 * route - from a recipient address to where it is delivered: the parameters, and the way in.
 */
#include "route/route.h"

#include <string.h>

#include "message/address.h"
#include "route/aliases.h"
#include "route/canonical.h"
#include "route/expand.h"
#include "route/mydestination.h"
#include "route/nexthop.h"
#include "route/tables.h"
#include "route/transport.h"
#include "route/virtual.h"

static int check_forward_path(const char *path, struct fault *f)
{
	struct span rest = span_str(path);

	if (path[0] == '/' || span_has_control(rest))
		return fault_usage(f, "forward_path: \"%s\" is not relative to the home directory", path);
	while (rest.n)
		if (span_is(span_cut(&rest, '/'), SPAN("..")))
			return fault_usage(f, "forward_path: \"%s\" leaves the home directory", path);
	return 0;
}

static int check_origin(const char *origin, struct fault *f)
{
	struct arena a = { 0 };
	bool valid = !origin[0] || address_is_valid(span_str(arena_printf(&a, "x@%s", origin)), false, true);

	arena_clear(&a);
	return valid ? 0 : fault_usage(f, "myorigin: \"%s\" is not a domain", origin);
}

int route_init(struct route *r, struct fault *f)
{
	if (check_forward_path(r->forward_path ? r->forward_path : "", f) < 0 ||
	    check_origin(r->myorigin ? r->myorigin : "", f) < 0 || mydestination_check(r->mydestination, f) < 0 ||
	    canonical_check(r, f) < 0 || virtual_check(r, f) < 0)
		return -1;
	r->arena = (struct arena){ 0 };
	r->aliases = arena_alloc(&r->arena, sizeof(*r->aliases));
	r->tables = arena_alloc(&r->arena, sizeof(*r->tables));
	r->relay = arena_alloc(&r->arena, sizeof(*r->relay));
	if (aliases_open(&r->arena, r->alias_maps, r->aliases, f) == 0 &&
	    tables_open(&r->arena, r, r->tables, f) == 0 &&
	    nexthop_parse(&r->arena, r->default_transport, r->relayhost, r->relay, f) == 0)
		return 0;
	route_clear(r);
	return -1;
}

void route_clear(struct route *r)
{
	if (r->aliases)
		aliases_close(r->aliases);
	if (r->tables)
		tables_close(r->tables);
	r->aliases = NULL;
	r->tables = NULL;
	r->relay = NULL;
	arena_clear(&r->arena);
}

int route_load(struct route *r, struct fault *f)
{
	return aliases_refresh(r->aliases, f) < 0 ? -1 : tables_refresh(r->tables, f);
}

bool route_is_local(const struct route *r, struct span domain)
{
	if (domain.n && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (domain.n == 0)
		return true;
	if (mydestination_has(r->mydestination, domain))
		return true;
	return domain.p[0] == '[' && mydestination_is_own_address(domain);
}

static bool has_domain(const struct route *r, enum tables_name name, struct span domain)
{
	struct table_entry unused;

	return table_find(&r->tables->v[name], domain, &unused);
}

enum route_class route_class_of(const struct route *r, struct span domain)
{
	struct table_entry unused;

	if (domain.n && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (route_is_local(r, domain))
		return ROUTE_LOCAL;
	if (has_domain(r, TABLES_VIRTUAL_ALIAS_DOMAINS, domain))
		return ROUTE_VIRTUAL_ALIAS;
	if (has_domain(r, TABLES_VIRTUAL_MAILBOX_DOMAINS, domain))
		return ROUTE_VIRTUAL_MAILBOX;
	if (table_find_domain(&r->tables->v[TABLES_RELAY_DOMAINS], domain, true, &unused))
		return ROUTE_RELAY;
	return ROUTE_ELSEWHERE;
}

const char *route_qualify(const struct route *r, struct arena *a, struct span address)
{
	struct span local, domain;

	address_split(address, &local, &domain);
	if (domain.n || !r->myorigin || !r->myorigin[0])
		return arena_span(a, address);
	return arena_printf(a, "%.*s@%s", SPAN_ARG(local), r->myorigin);
}

/* It may come from a command line, or from a peer through a session that is less strict. */
static int check_recipient(struct span recipient, struct fault *f)
{
	if (span_trim(recipient).n == 0)
		return fault_perm(f, 501, "5.1.3", "the recipient is empty");
	if (recipient.n > ADDRESS_MAX)
		return fault_perm(f, 501, "5.1.3", "the recipient's address is longer than %d octets", ADDRESS_MAX);
	if (span_has_control(recipient))
		return fault_perm(f, 501, "5.1.3", "there is a control byte in the recipient's address");
	return 0;
}

static void set_fault(struct arena *a, const struct fault *f, struct route_targets *out)
{
	struct fault *copy = arena_alloc(a, sizeof(*copy));

	*copy = *f;
	out->v = arena_alloc(a, sizeof(*out->v));
	out->v[0] = (struct route_target){ .kind = ROUTE_FAULT, .recipient = "", .detail = "", .fault = copy };
	out->n = 1;
}

int route_expand(struct route *r, struct arena *a, struct span recipient, struct route_targets *out, struct fault *f)
{
	struct targets list;
	struct fault bad;
	int rc;

	if (check_recipient(recipient, &bad) < 0) {
		set_fault(a, &bad, out);
		return 0;
	}
	if (route_load(r, f) < 0)
		return -1;
	targets_init(&list);
	rc = expand_recipient(r, a, EXPAND_DELIVER, recipient, &list, f);
	targets_finish(&list, a, rc < 0 ? NULL : out);
	return rc;
}

/*
 * Of many faults: a temporary one, as what it hides may be deliverable; else the recipient's own; else a
 * summary, which does not tell a stranger who is behind the alias.
 */
static const struct fault *choose_fault(const struct targets *list, const char *recipient)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].fault->kind != FAULT_PERM)
			return list->v[i].fault;
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].recipient, recipient) == 0)
			return list->v[i].fault;
	return NULL;
}

static int refuse(struct route *r, struct arena *a, const struct targets *list, struct span recipient, struct fault *f)
{
	const char *qualified = route_qualify(r, a, recipient);
	const struct fault *chosen = choose_fault(list, qualified);

	if (!chosen)
		return fault_perm(f, 550, "5.1.1", "<%s>: nobody whom this alias names can be reached", qualified);
	if (f)
		*f = *chosen;
	return -1;
}

int route_check(struct route *r, struct arena *a, struct span recipient, struct fault *f)
{
	struct targets list;
	int rc;

	if (check_recipient(recipient, f) < 0 || route_load(r, f) < 0)
		return -1;
	targets_init(&list);
	rc = expand_recipient(r, a, EXPAND_CHECK, recipient, &list, f);
	if (rc == 1)
		rc = 0;
	else if (rc == 0)
		rc = refuse(r, a, &list, recipient, f);
	targets_finish(&list, a, NULL);
	return rc;
}

static void place_remote(struct arena *a, const char *recipient, const struct transport *t, struct route_target *out)
{
	struct fault *refused;

	if (t->to.action == NEXTHOP_SEND) {
		out->kind = ROUTE_REMOTE;
		out->transport = t->to.transport;
		out->nexthop = t->to.host;
		out->argument = t->to.command;
	} else if (t->to.action == NEXTHOP_ERROR && t->class >= ROUTE_RELAY) {
		refused = arena_alloc(a, sizeof(*refused));
		transport_fault(&t->to, recipient, refused);
		out->kind = ROUTE_FAULT;
		out->fault = refused;
	}
}

int route_place(struct route *r, struct arena *a, struct span recipient, const char *sender, bool expanded,
		struct route_target *out, struct fault *f)
{
	const char *address = route_qualify(r, a, recipient);
	struct transport t;
	struct table_entry unused_entry;
	struct span unused;

	*out = (struct route_target){ .kind = ROUTE_MAILBOX, .recipient = address, .detail = "" };
	if (check_recipient(recipient, f) < 0 || tables_refresh(r->tables, f) < 0)
		return -1;
	if (!expanded && tables_find_address(r, a, TABLES_VIRTUAL_ALIAS, span_str(address), &unused_entry, &unused))
		return 0;
	if (transport_find(r, a, span_str(address), sender, &t, f) < 0)
		return -1;
	place_remote(a, address, &t, out);
	return 0;
}
