/* SPDX-License-Identifier: ISC */
/*
 * canonical - what a message's addresses become when it enters.
 */
#include "route/canonical.h"

#include <string.h>

#include "message/address.h"
#include "route/host.h"
#include "route/step.h"
#include "route/tables.h"

static const char *const classes[] = {
	[CANONICAL_ENVELOPE_SENDER] = "envelope_sender",
	[CANONICAL_ENVELOPE_RECIPIENT] = "envelope_recipient",
	[CANONICAL_HEADER_SENDER] = "header_sender",
	[CANONICAL_HEADER_RECIPIENT] = "header_recipient",
};

static const char *const propagates[] = { "canonical", "virtual" };

/* ---- the parameters ---- */

static int check_words(const char *name, const char *list, const char *const *known, size_t n, struct fault *f)
{
	struct span rest = span_str(list), word;

	while ((word = span_list_word(&rest)).n) {
		size_t i = 0;

		while (i < n && !span_is(word, span_str(known[i])))
			i++;
		if (i == n)
			return fault_usage(f, "%s: what is \"%.*s\"? There are %s, %s%s", name, SPAN_ARG(word),
					   known[0], known[1], n > 2 ? ", header_sender, header_recipient" : "");
	}
	return 0;
}

static int check_domains(const char *list, struct fault *f)
{
	struct span rest = span_str(list), word;

	while ((word = span_list_word(&rest)).n)
		if (!host_is_domain(span_from(word, word.p[0] == '!')))
			return fault_usage(f, "masquerade_domains: \"%.*s\" is not a domain", SPAN_ARG(word));
	return 0;
}

int canonical_check(const struct route *r, struct fault *f)
{
	enum { CLASSES = sizeof(classes) / sizeof(classes[0]) };

	if (check_words("canonical_classes", r->canonical_classes, classes, CLASSES, f) < 0 ||
	    check_words("masquerade_classes", r->masquerade_classes, classes, CLASSES, f) < 0 ||
	    check_words("propagate_unmatched_extensions", r->propagate_unmatched_extensions, propagates, 2, f) < 0)
		return -1;
	return check_domains(r->masquerade_domains, f);
}

bool canonical_is_set(const struct route *r)
{
	static const enum tables_name names[] = { TABLES_CANONICAL, TABLES_SENDER_CANONICAL,
						  TABLES_RECIPIENT_CANONICAL };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (table_is_set(&r->tables->v[names[i]]))
			return true;
	return r->masquerade_domains && r->masquerade_domains[0];
}

int canonical_load(struct route *r, struct fault *f)
{
	return tables_refresh(r->tables, f);
}

/* ---- tables ---- */

struct rewriting {
	const struct route *r;
	struct arena *a;
	enum canonical_class class;
	const char *address; /* as it is now */
};

static void qualify(struct rewriting *w, struct span address)
{
	w->address = route_qualify(w->r, w->a, address);
	if (strlen(w->address) != address.n)
		step_say(w->r, 0, "append origin: %s (myorigin)", w->address);
}

/* What the entry makes of the address; NULL: none that could be used. */
static const char *apply(struct rewriting *w, const struct table_entry *entry, struct span extension)
{
	struct span rest = entry->value;
	const char *text;
	struct address one, more;

	if (!span_list_has(span_str(w->r->propagate_unmatched_extensions), SPAN("canonical")))
		extension.n = 0;
	if (entry->value.n && entry->value.p[0] != '@') {
		if (address_next(&rest, w->a, &one) != 1 || address_next(&rest, w->a, &more) != 0)
			return NULL;
		text = table_replace(w->a, span_str(one.mailbox), span_str(w->address), extension);
	} else {
		text = table_replace(w->a, entry->value, span_str(w->address), extension);
	}
	return address_is_valid(span_str(text), true, true) ? text : NULL;
}

/* Once: 1 it is another address now, 0 it stays, -1. */
static int look_up(struct rewriting *w, enum tables_name name, const char *what, struct fault *f)
{
	const struct table *t = &w->r->tables->v[name];
	struct table_entry entry;
	struct span extension;
	const char *now, *before = w->address;

	if (!tables_find_address(w->r, w->a, name, span_str(w->address), &entry, &extension))
		return 0;
	step_say_entry(w->r, 0, what, &entry);
	now = apply(w, &entry, extension);
	if (now)
		qualify(w, span_str(now));
	if (!now || !address_is_valid(span_str(w->address), true, true))
		return fault_temp(f, 451, "4.3.5", "%s\"%.*s\" is not one address", table_place(w->a, t, &entry),
				  SPAN_ARG(entry.value));
	return !span_is_nocase(span_str(before), span_str(w->address));
}

static int map(struct rewriting *w, enum tables_name name, const char *what, struct fault *f)
{
	int rc = 1;

	for (int i = 0; rc > 0; i++) {
		const char *before = w->address;

		rc = look_up(w, name, what, f);
		if (rc > 0 && i == CANONICAL_DEPTH)
			return fault_temp(f, 451, "4.3.5", "%s: entries lead in a loop, by way of <%s>",
					  w->r->tables->v[name].name, before);
	}
	return rc;
}

static int map_all(struct rewriting *w, struct fault *f)
{
	bool sender = w->class == CANONICAL_ENVELOPE_SENDER || w->class == CANONICAL_HEADER_SENDER;
	enum tables_name by_side = sender ? TABLES_SENDER_CANONICAL : TABLES_RECIPIENT_CANONICAL;

	if (map(w, by_side, sender ? "sender canonical" : "recipient canonical", f) < 0)
		return -1;
	/* The classes are of canonical_maps alone: the other two tables say by their names what they are for. */
	if (!span_list_has(span_str(w->r->canonical_classes), span_str(classes[w->class])))
		return 0;
	return map(w, TABLES_CANONICAL, "canonical", f);
}

/* ---- masquerade ---- */

static bool is_below(struct span domain, struct span parent)
{
	return domain.n > parent.n + 1 && span_ends_nocase(domain, parent) && domain.p[domain.n - parent.n - 1] == '.';
}

/* The first domain of the list that the address is in decides. */
static void masquerade(struct rewriting *w)
{
	struct span rest = span_str(w->r->masquerade_domains), word, local, domain;

	address_split(span_str(w->address), &local, &domain);
	if (rest.n == 0 || span_list_has(span_str(w->r->masquerade_exceptions), local) ||
	    !span_list_has(span_str(w->r->masquerade_classes), span_str(classes[w->class])))
		return;
	while ((word = span_list_word(&rest)).n) {
		bool keep = word.p[0] == '!';

		word = span_from(word, keep);
		if (!span_is_nocase(domain, word) && !is_below(domain, word))
			continue;
		if (keep || domain.n == word.n)
			return;
		w->address = arena_printf(w->a, "%.*s@%.*s", SPAN_ARG(local), SPAN_ARG(word));
		step_say(w->r, 0, "hide the host: %s (masquerade_domains)", w->address);
		return;
	}
}

int canonical_rewrite(const struct route *r, struct arena *a, enum canonical_class class, struct span address,
		      const char **out, struct fault *f)
{
	struct arena scratch = { 0 };
	struct rewriting w = { .r = r, .a = &scratch, .class = class };
	int rc;

	*out = "";
	if (address.n == 0)
		return 0;
	qualify(&w, address);
	rc = map_all(&w, f);
	if (rc == 0) {
		masquerade(&w);
		*out = arena_str(a, w.address);
	}
	arena_clear(&scratch);
	return rc;
}

int canonical_map(void *route, struct arena *a, const char *mailbox, enum rewrite_side side, const char **out,
		  struct fault *f)
{
	const struct route *r = route;
	enum canonical_class class = side == REWRITE_SENDER ? CANONICAL_HEADER_SENDER : CANONICAL_HEADER_RECIPIENT;
	struct span local, domain;

	*out = mailbox;
	address_split(span_str(mailbox), &local, &domain);
	if (domain.n && !canonical_is_set(r))
		return 0;
	return canonical_rewrite(r, a, class, span_str(mailbox), out, f);
}
