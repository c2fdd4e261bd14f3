/* SPDX-License-Identifier: ISC */
/*
 * expand - one recipient, through aliases and forward files, to its targets.
 *
 * A walk down a tree, whose branches are on the stack (way.h). What was walked
 * once is remembered, and not walked again from another name.
 */
#include "route/expand.h"

#include <string.h>

#include "message/address.h"
#include "route/aliases.h"
#include "route/entry.h"
#include "route/localpart.h"
#include "route/privs.h"
#include "route/step.h"
#include "route/tables.h"
#include "route/transport.h"
#include "route/virtual.h"
#include "route/way.h"

/* Octets of the names that a loop's fault shows. */
enum { LOOP_TEXT_MAX = 200 };

struct walk {
	struct route *r;
	struct arena *a;
	enum expand_purpose purpose;
	struct targets *targets;
	struct map done; /* expansions that were begun, by kind and name */
	long virtual_n;	 /* elements of virtual aliases so far */
	bool stop;	 /* nothing more is wanted, or possible */
	struct fault *fault;
	int rc;
};

static void expand_address(struct walk *w, const struct way *at, struct span address, bool literal);
static void expand_local(struct walk *w, const struct way *at, const char *recipient, const struct localpart *name,
			 bool literal);

/* ---- targets ---- */

static void found_deliverable(struct walk *w)
{
	w->rc = 1;
	w->stop = true;
}

static bool is_forwarded(const struct way *at)
{
	for (; at->kind != WAY_TOP; at = at->up)
		if (at->kind != WAY_VIRTUAL)
			return true;
	return false;
}

static void give_up(struct walk *w, const char *what, long limit)
{
	w->rc = fault_temp(w->fault, 451, "4.3.5", "more than %ld %s", limit, what);
	w->stop = true;
}

static void add(struct walk *w, const struct way *at, struct route_target *t)
{
	if (w->stop)
		return;
	t->sender = at->sender;
	t->forwarded = is_forwarded(at);
	if (!t->detail)
		t->detail = "";
	if (targets_add(w->targets, t) < 0)
		give_up(w, "targets", ROUTE_TARGETS);
	if (w->purpose == EXPAND_CHECK && t->kind != ROUTE_FAULT)
		found_deliverable(w);
	step_say_target(w->r, at->depth, t);
}

static void add_fault(struct walk *w, const struct way *at, const char *recipient, const struct fault *f)
{
	struct fault *copy = arena_alloc(w->a, sizeof(*copy));

	*copy = *f;
	add(w, at, &(struct route_target){ .kind = ROUTE_FAULT, .recipient = recipient, .fault = copy });
}

static void add_unknown(struct walk *w, const struct way *at, const char *recipient)
{
	struct fault f;

	fault_perm(&f, 550, "5.1.1", "<%s>: there is no such user here", recipient);
	add_fault(w, at, recipient, &f);
}

static void add_loop(struct walk *w, const struct way *at, const char *recipient, struct span name)
{
	struct fault f;
	struct buf way;

	buf_init(&way, LOOP_TEXT_MAX);
	way_put(&way, at);
	buf_put_span(&way, name);
	fault_perm(&f, 554, "5.4.6", "<%s>: aliases lead in a loop: %s%s", recipient, buf_str(&way),
		   way.overflow ? " and so on" : "");
	buf_clear(&way);
	add_fault(w, at, recipient, &f);
}

/* ---- each expansion once, and none within itself ---- */

enum relation { NEW, SELF, LOOP, DONE, TOO_DEEP };

/* What is expanded once, by kind and name. */
static struct span key_of(struct walk *w, enum way_kind kind, struct span name)
{
	char *key = arena_printf(&w->targets->scratch, "%d%.*s", (int)kind, SPAN_ARG(name));

	for (char *p = key; kind != WAY_INCLUDE && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	return span_str(key);
}

static enum relation relate(struct walk *w, const struct way *at, enum way_kind kind, struct span name)
{
	static const enum relation relations[] = { [WAY_NEW] = NEW, [WAY_SELF] = SELF, [WAY_LOOP] = LOOP };
	enum relation relation = relations[way_relate(at, kind, name)];
	struct span key;

	if (relation != NEW)
		return relation;
	key = key_of(w, kind, name);
	if (map_find(&w->done, key))
		return DONE;
	if (at->depth >= ROUTE_DEPTH)
		return TOO_DEEP;
	map_set(&w->done, key, w);
	return NEW;
}

/* What is not new ends here, with a fault or silently. */
static void refuse(struct walk *w, const struct way *at, enum relation relation, const char *recipient,
		   struct span name)
{
	struct fault f;

	if (relation == DONE) {
		step_say(w->r, at->depth, "%.*s: expanded before", SPAN_ARG(name));
	} else if (relation == TOO_DEEP) {
		fault_perm(&f, 554, "5.4.6", "<%s>: aliases are nested deeper than %d", recipient, ROUTE_DEPTH);
		add_fault(w, at, recipient, &f);
	} else {
		add_loop(w, at, recipient, name);
	}
}

/* ---- rights ---- */

/* Whose rights commands and files named here have; never root's. */
static int find_rights(struct walk *w, const struct way *at, struct account *out, struct fault *f)
{
	if (at->user && at->user->uid != 0) {
		*out = *at->user;
		return 0;
	}
	if (at->alias && at->alias->file->map.seen.st_uid != 0)
		return privs_find_owner(w->a, &at->alias->file->map.seen, out, f);
	return privs_find_default(w->a, w->r->default_privs, out, f);
}

/* ---- the kinds of entry ---- */

static void expand_file_or_command(struct walk *w, const struct way *at, const struct entry *e, enum route_kind kind)
{
	const char *what = kind == ROUTE_FILE ? "file" : "command";
	bool allowed = kind == ROUTE_FILE ? w->r->allow_mail_to_files : w->r->allow_mail_to_commands;
	struct route_target t = { .kind = kind, .recipient = at->recipient, .argument = e->text };
	struct fault f;

	if (at->kind == WAY_INCLUDE)
		fault_perm(&f, 550, "5.7.1", "<%s>: an :include: file may not name a %s", at->recipient, what);
	else if (!allowed)
		fault_perm(&f, 550, "5.7.1", "<%s>: mail to a %s is not allowed (allow_mail_to_%ss)", at->recipient,
			   what, what);
	else if (w->purpose == EXPAND_CHECK || find_rights(w, at, &t.as, &f) == 0) {
		add(w, at, &t);
		return;
	}
	add_fault(w, at, at->recipient, &f);
}

static void expand_file(struct walk *w, const struct way *at, const struct entry *e)
{
	if (strcmp(e->text, "/dev/null") == 0)
		add(w, at, &(struct route_target){ .kind = ROUTE_DISCARD, .recipient = at->recipient });
	else
		expand_file_or_command(w, at, e, ROUTE_FILE);
}

static void expand_command(struct walk *w, const struct way *at, const struct entry *e)
{
	expand_file_or_command(w, at, e, ROUTE_COMMAND);
}

static void expand_entry_address(struct walk *w, const struct way *at, const struct entry *e)
{
	const char *text = e->text;

	if (at->kind == WAY_VIRTUAL && at->detail)
		text = table_replace(w->a, span_str(text), span_str(at->recipient), span_str(at->detail));
	expand_address(w, at, span_str(text), e->kind == ENTRY_USER);
}

static bool expand_entries(struct walk *w, const struct way *at, struct entries *list);

/* It cannot be read: mail waits, and is accepted, as it is not known to be undeliverable. */
static void add_unreadable(struct walk *w, const struct way *at, const struct fault *cause)
{
	struct fault f;

	fault_temp(&f, 451, "4.3.5", "<%s>: the list cannot be read: %s", at->recipient, cause->text);
	add_fault(w, at, at->recipient, &f);
	if (w->purpose == EXPAND_CHECK) {
		step_say(w->r, at->depth, "this counts as deliverable");
		found_deliverable(w);
	}
}

static void expand_include(struct walk *w, const struct way *at, const struct entry *e)
{
	struct way way = *at;
	enum relation relation = relate(w, at, WAY_INCLUDE, span_str(e->text));
	struct entries list;
	struct span text;
	struct fault f;
	int rc;

	if (relation != NEW) {
		refuse(w, at, relation, at->recipient, span_str(e->text));
		return;
	}
	rc = w->r->call->read_file(w->r->ctx, w->a, e->text, at->reader, false, &text, &f);
	if (rc == 0)
		rc = fault_temp(&f, 451, "4.3.5", "there is no %s", e->text);
	if (rc < 0) {
		add_unreadable(w, at, &f);
		return;
	}
	step_say(w->r, at->depth, ":include: %s", e->text);
	way.up = at;
	way.kind = WAY_INCLUDE;
	way.name = span_str(e->text);
	way.depth++;
	entries_init(&list, ENTRIES_FILE, e->text, 1, text);
	if (expand_entries(w, &way, &list) || w->stop)
		return;
	fault_perm(&f, 550, "5.1.1", "<%s>: the list in %s has no members", at->recipient, e->text);
	add_fault(w, at, at->recipient, &f);
}

static void add_mailbox(struct walk *w, const struct way *at, const char *recipient, const char *detail,
			const struct account *who)
{
	add(w, at,
	    &(struct route_target){ .kind = ROUTE_MAILBOX, .recipient = recipient, .as = *who, .detail = detail });
}

/* What is wrong with a user's forward file must not cost the user mail. */
static void ignore_forward(struct walk *w, const struct way *at, const struct account *user, const char *recipient,
			   const char *detail, const struct fault *f)
{
	const char *text = arena_printf(w->a, "the forward file of %s is ignored: %s", user->name, f->text);

	step_say(w->r, at->depth, "%s", text);
	if (w->r->call->warn)
		w->r->call->warn(w->r->ctx, text);
	add_mailbox(w, at, recipient, detail, user);
}

/* Who may write a virtual alias may say where mail goes, and not what runs here. */
static void refuse_in_virtual(struct walk *w, const struct way *at, const struct entries *list, const struct entry *e)
{
	struct fault f;

	fault_temp(&f, 451, "4.3.5", "%s:%zu: a virtual alias names addresses and nothing else", list->file, e->line);
	add_fault(w, at, at->recipient, &f);
}

static void count_in_virtual(struct walk *w)
{
	long limit = w->r->virtual_alias_expansion_limit;

	if (limit > 0 && ++w->virtual_n > limit)
		give_up(w, "addresses behind a virtual alias (virtual_alias_expansion_limit)", limit);
}

/* All elements; true if there was one. */
static bool expand_entries(struct walk *w, const struct way *at, struct entries *list)
{
	static void (*const by_kind[ENTRY_KINDS])(struct walk *, const struct way *, const struct entry *) = {
		[ENTRY_ADDRESS] = expand_entry_address, [ENTRY_USER] = expand_entry_address, [ENTRY_FILE] = expand_file,
		[ENTRY_COMMAND] = expand_command,	[ENTRY_INCLUDE] = expand_include,
	};
	bool any = false;
	struct entry e;
	struct fault f;
	int rc;

	while (!w->stop && (rc = entry_next(list, w->a, &e, &f)) != 0) {
		any = true;
		if (at->kind == WAY_VIRTUAL)
			count_in_virtual(w);
		if (rc > 0 && at->kind == WAY_VIRTUAL && e.kind != ENTRY_ADDRESS)
			refuse_in_virtual(w, at, list, &e);
		else if (rc > 0)
			by_kind[e.kind](w, at, &e);
		else if (at->kind == WAY_FORWARD)
			ignore_forward(w, at, at->user, at->recipient, at->detail, &f);
		else
			add_fault(w, at, at->recipient, &f);
	}
	return any;
}

/* ---- aliases ---- */

/* Who answers for the list: owner-NAME@origin if that is an alias. An owner's own alias has none. */
static const char *find_owner_address(struct walk *w, const struct alias *alias, const char *inherited)
{
	const char *owner = arena_printf(w->a, "owner-%.*s", SPAN_ARG(alias->name));
	struct alias found;

	if (span_starts_nocase(alias->name, SPAN("owner-")) || !aliases_find(w->r->aliases, span_str(owner), &found))
		return inherited;
	if (!address_is_valid(span_str(owner), true, true))
		owner = arena_printf(w->a, "\"%s\"", owner);
	return address_is_valid(span_str(owner), true, true) ? route_qualify(w->r, w->a, span_str(owner)) : inherited;
}

static void expand_alias_value(struct walk *w, const struct way *up, const char *recipient, const struct alias *alias)
{
	struct way way = { .up = up,
			   .kind = WAY_ALIAS,
			   .depth = up->depth + 1,
			   .name = alias->name,
			   .recipient = recipient,
			   .alias = alias };
	struct account owner;
	struct entries list;
	struct fault f;

	step_say_alias(w->r, up->depth, alias);
	way.sender = find_owner_address(w, alias, up->sender);
	if (way.sender && way.sender != up->sender)
		step_say(w->r, up->depth, "sender becomes %s", way.sender);
	if (alias->file->map.seen.st_uid != 0) {
		if (privs_find_owner(w->a, &alias->file->map.seen, &owner, &f) < 0) {
			add_fault(w, up, recipient, &f);
			return;
		}
		way.reader = &owner;
	}
	aliases_entries(alias, &list);
	if (expand_entries(w, &way, &list))
		return;
	if (!w->stop) {
		fault_temp(&f, 451, "4.3.5", "%s:%zu: the alias %.*s has no targets", alias->file->path, alias->line,
			   SPAN_ARG(alias->name));
		add_fault(w, up, recipient, &f);
	}
}

/* True: an alias has dealt with it. *self says that it is one of its own targets, and so an account. */
static bool expand_alias(struct walk *w, const struct way *at, const char *recipient, const struct localpart *name,
			 bool *self)
{
	const struct span keys[] = { name->local, name->user };
	size_t n = name->user.n < name->local.n ? 2 : 1;
	struct alias alias;
	enum relation relation;

	for (size_t i = 0; i < n; i++) {
		if (!aliases_find(w->r->aliases, keys[i], &alias))
			continue;
		relation = relate(w, at, WAY_ALIAS, alias.name);
		if (relation == SELF) {
			*self = true;
			return false;
		}
		if (relation == NEW)
			expand_alias_value(w, at, recipient, &alias);
		else
			refuse(w, at, relation, recipient, alias.name);
		return true;
	}
	return false;
}

/* ---- accounts ---- */

/* 1 the forward file's elements were expanded, 0 there is none that says anything, -1 fault. */
static int expand_forward_file(struct walk *w, const struct way *up, const char *recipient, const char *detail,
			       const struct account *who, const char *path, struct fault *f)
{
	struct way way = { .up = up,
			   .kind = WAY_FORWARD,
			   .depth = up->depth + 1,
			   .name = span_str(who->name),
			   .recipient = recipient,
			   .sender = up->sender,
			   .user = who,
			   .detail = detail,
			   .reader = who };
	struct entries list;
	struct span text;
	int rc = w->r->call->read_file(w->r->ctx, w->a, path, who, true, &text, f);

	if (rc <= 0)
		return rc;
	step_say(w->r, up->depth, "%s: forward file %s", who->name, path);
	entries_init(&list, ENTRIES_FILE, path, 1, text);
	return expand_entries(w, &way, &list);
}

static bool has_forward(const struct walk *w, const struct account *who)
{
	return w->purpose == EXPAND_DELIVER && w->r->forward_path && w->r->forward_path[0] && who->home[0] == '/';
}

static void expand_account(struct walk *w, const struct way *at, const char *recipient, const struct localpart *name,
			   const struct account *who)
{
	const char *detail = arena_span(w->a, name->detail);
	enum relation relation;
	struct fault f;
	int rc = 0;

	if (has_forward(w, who)) {
		relation = relate(w, at, WAY_FORWARD, span_str(who->name));
		if (relation == LOOP || relation == DONE) {
			refuse(w, at, relation, recipient, span_str(who->name));
			return;
		}
		if (relation == NEW)
			rc = expand_forward_file(w, at, recipient, detail, who,
						 arena_printf(w->a, "%s/%s", who->home, w->r->forward_path), &f);
	}
	if (rc == 0)
		add_mailbox(w, at, recipient, detail, who);
	else if (rc < 0 && f.kind == FAULT_PERM)
		ignore_forward(w, at, who, recipient, detail, &f);
	else if (rc < 0)
		add_fault(w, at, recipient, &f);
}

static int ask(struct walk *w, struct span name, struct account *out, struct fault *f)
{
	return w->r->call->find_account(w->r->ctx, w->a, name, out, f);
}

/* By whole address first: a users file may have accounts of several domains. */
static int find_account(struct walk *w, const struct localpart *name, struct account *out, struct fault *f)
{
	int rc = 0;

	if (name->user.n == 0)
		return 0;
	if (name->domain.n)
		rc = ask(w, span_str(arena_printf(w->a, "%.*s@%.*s", SPAN_ARG(name->user), SPAN_ARG(name->domain))),
			 out, f);
	return rc != 0 ? rc : ask(w, name->user, out, f);
}

/* postmaster is root; and root, who has no account here, is whoever the users file begins with. */
static void expand_unknown(struct walk *w, const struct way *at, const char *recipient, const struct localpart *name)
{
	const struct localpart root = { .local = SPAN("root"), .user = SPAN("root"), .domain = name->domain };
	struct account who;
	struct fault f;
	int rc = 0;

	if (localpart_is_administrator(name->user) && !span_is_nocase(name->user, SPAN("root"))) {
		step_say(w->r, at->depth, "%.*s: neither alias nor account, taken as root", SPAN_ARG(name->user));
		expand_local(w, at, recipient, &root, false);
		return;
	}
	if (span_is_nocase(name->user, SPAN("root")))
		rc = ask(w, span_of("", 0), &who, &f);
	if (rc == 1) {
		step_say(w->r, at->depth, "%.*s: neither alias nor account, taken as the first account, %s",
			 SPAN_ARG(name->user), who.name);
		expand_account(w, at, recipient, name, &who);
	} else if (rc < 0) {
		add_fault(w, at, recipient, &f);
	} else {
		add_unknown(w, at, recipient);
	}
}

/* ---- mailing lists ---- */

/* True: a list has dealt with it. *hidden says that there may be one. */
static bool expand_list(struct walk *w, const struct way *at, const char *recipient, const struct localpart *name,
			bool is_local, bool *hidden)
{
	struct route_list list = { .name = "" };
	struct fault f;
	int rc = 0;

	if (w->r->call->find_list)
		rc = w->r->call->find_list(w->r->ctx, w->a, name->local, name->domain, is_local, &list, &f);
	*hidden = list.is_hidden;
	if (rc < 0)
		add_fault(w, at, recipient, &f);
	else if (rc > 0)
		add(w, at,
		    &(struct route_target){ .kind = ROUTE_LIST,
					    .recipient = recipient,
					    .argument = list.name,
					    .as = list.as,
					    .detail = arena_span(w->a, name->detail) });
	return rc != 0;
}

/* What is no account may be a list, for whoever may see the lists. */
static void add_hidden(struct walk *w, const struct way *at, const char *recipient)
{
	struct fault f;

	fault_temp(&f, 451, "4.3.5", "<%s>: it is not known here if this is a mailing list", recipient);
	add_fault(w, at, recipient, &f);
}

/* ---- addresses ---- */

static void expand_local(struct walk *w, const struct way *at, const char *recipient, const struct localpart *name,
			 bool literal)
{
	struct account who;
	struct fault f;
	bool self = false, hidden = false;
	int rc;

	if (!literal &&
	    (expand_alias(w, at, recipient, name, &self) || expand_list(w, at, recipient, name, true, &hidden)))
		return;
	rc = find_account(w, name, &who, &f);
	if (rc < 0)
		add_fault(w, at, recipient, &f);
	else if (rc == 1 && literal)
		add_mailbox(w, at, recipient, arena_span(w->a, name->detail), &who);
	else if (rc == 1)
		expand_account(w, at, recipient, name, &who);
	else if (self && !localpart_is_administrator(name->user))
		add_loop(w, at, recipient, name->local);
	else if (hidden && !localpart_is_administrator(name->user))
		add_hidden(w, at, recipient);
	else
		expand_unknown(w, at, recipient, name);
}

/* ---- virtual aliases and mailboxes ---- */

/* "@other.example" stands for the same user there. */
static bool expand_same_user(struct walk *w, const struct way *at, const struct table_entry *e)
{
	struct span value = span_trim(e->value);
	const char *address = table_replace(w->a, value, span_str(at->recipient), span_of("", 0));

	if (value.p[0] != '@' || !address_is_valid(span_str(address), false, true))
		return false;
	count_in_virtual(w);
	expand_address(w, at, span_str(address), false);
	return true;
}

static void expand_virtual_value(struct walk *w, const struct way *up, const char *recipient,
				 const struct table_entry *e, struct span extension)
{
	struct way way = { .up = up,
			   .kind = WAY_VIRTUAL,
			   .depth = up->depth + 1,
			   .name = span_str(recipient),
			   .recipient = recipient,
			   .sender = up->sender };
	const char *file = e->file ? e->file : "virtual_alias_maps";
	struct entries list;
	struct fault f;

	step_say_entry(w->r, up->depth, "virtual alias", e);
	if (extension.n && span_list_has(span_str(w->r->propagate_unmatched_extensions), SPAN("virtual")))
		way.detail = arena_span(w->a, extension);
	if (expand_same_user(w, &way, e))
		return;
	entries_init(&list, ENTRIES_ALIAS, file, e->line, e->value);
	if (expand_entries(w, &way, &list) || w->stop)
		return;
	fault_temp(&f, 451, "4.3.5", "%s:%zu: the virtual alias %.*s has no targets", file, e->line, SPAN_ARG(e->key));
	add_fault(w, up, recipient, &f);
}

/* True: a virtual alias has dealt with it. */
static bool expand_virtual(struct walk *w, const struct way *at, const char *recipient)
{
	struct table_entry e;
	struct span extension;
	enum relation relation;

	if (!tables_find_address(w->r, w->a, TABLES_VIRTUAL_ALIAS, span_str(recipient), &e, &extension))
		return false;
	relation = relate(w, at, WAY_VIRTUAL, span_str(recipient));
	if (relation == SELF)
		return false;
	if (relation == NEW)
		expand_virtual_value(w, at, recipient, &e, extension);
	else
		refuse(w, at, relation, recipient, span_str(recipient));
	return true;
}

static void expand_virtual_mailbox(struct walk *w, const struct way *at, const char *recipient,
				   const struct localpart *name)
{
	struct account who;
	struct table_entry e;
	struct fault f;
	bool hidden;
	int rc;

	if (expand_list(w, at, recipient, name, false, &hidden))
		return;
	rc = virtual_find(w->r, w->a, recipient, &who, &e, &f);
	if (rc == 0 && hidden)
		add_hidden(w, at, recipient);
	else if (rc < 0)
		add_fault(w, at, recipient, &f);
	else if (rc == 0)
		add_unknown(w, at, recipient);
	else if (!e.value.p)
		expand_account(w, at, recipient, name, &who);
	else {
		step_say_entry(w->r, at->depth, "virtual mailbox", &e);
		add_mailbox(w, at, recipient, arena_span(w->a, name->detail), &who);
	}
}

/* ---- other machines ---- */

static void add_remote(struct walk *w, const struct way *at, const char *recipient, const struct nexthop *to)
{
	add(w, at,
	    &(struct route_target){ .kind = ROUTE_REMOTE,
				    .recipient = recipient,
				    .transport = to->transport,
				    .argument = to->command,
				    .nexthop = to->host });
}

/* For RCPT: an address that the domain's own machine would not take. */
static bool is_known_there(struct walk *w, const char *recipient, const struct transport *t)
{
	struct table_entry unused_entry;
	struct span unused;

	return w->purpose != EXPAND_CHECK || t->class != ROUTE_RELAY ||
	       !table_is_set(&w->r->tables->v[TABLES_RELAY_RECIPIENT]) ||
	       tables_find_address(w->r, w->a, TABLES_RELAY_RECIPIENT, span_str(recipient), &unused_entry, &unused);
}

static void expand_local_address(struct walk *w, const struct way *at, const char *recipient,
				 const struct localpart *name, bool literal, const struct transport *t)
{
	const char *why = "the name had a backslash";

	if (t)
		why = t->what ? "transport_maps" : "mydestination";
	if (name->domain.n)
		step_say(w->r, at->depth, "%.*s is local (%s)", SPAN_ARG(name->domain), why);
	expand_local(w, at, recipient, name, literal);
}

/* An address that no virtual alias stands for. */
static void deliver_address(struct walk *w, const struct way *at, const char *recipient, const struct localpart *name,
			    bool literal)
{
	struct transport t;
	struct fault f;

	if (transport_find(w->r, w->a, span_str(recipient), at->sender ? at->sender : w->r->sender, &t, &f) < 0) {
		add_fault(w, at, recipient, &f);
		return;
	}
	if (t.what)
		step_say_entry(w->r, at->depth, t.what, &t.entry);
	if (t.to.action == NEXTHOP_LOCAL)
		expand_local_address(w, at, recipient, name, literal, &t);
	else if (t.to.action == NEXTHOP_VIRTUAL)
		expand_virtual_mailbox(w, at, recipient, name);
	else if (t.to.action == NEXTHOP_DISCARD)
		add(w, at, &(struct route_target){ .kind = ROUTE_DISCARD, .recipient = recipient });
	else if (t.to.action == NEXTHOP_ERROR) {
		transport_fault(&t.to, recipient, &f);
		add_fault(w, at, recipient, &f);
	} else if (is_known_there(w, recipient, &t))
		add_remote(w, at, recipient, &t.to);
	else
		add_unknown(w, at, recipient);
}

/* With `literal` a name without domain is an account's and nothing else. */
static void expand_address(struct walk *w, const struct way *at, struct span address, bool literal)
{
	const char *recipient = route_qualify(w->r, w->a, address);
	bool bare = strlen(recipient) != address.n;
	struct localpart name;

	if (w->stop)
		return;
	localpart_split(w->a, w->r->recipient_delimiter, span_str(recipient), &name);
	if (bare)
		step_say(w->r, at->depth, "append origin: %s (myorigin)", recipient);
	if (bare && literal)
		expand_local_address(w, at, recipient, &name, literal, NULL);
	else if (literal || !expand_virtual(w, at, recipient))
		deliver_address(w, at, recipient, &name, literal);
}

int expand_recipient(struct route *r, struct arena *a, enum expand_purpose purpose, struct span recipient,
		     struct targets *out, struct fault *f)
{
	struct walk w = { .r = r, .a = a, .purpose = purpose, .targets = out, .fault = f };
	struct way top = { .kind = WAY_TOP };
	bool literal = recipient.n > 1 && recipient.p[0] == '\\';

	map_init(&w.done, &out->scratch);
	expand_address(&w, &top, span_from(recipient, literal), literal);
	return w.rc;
}
