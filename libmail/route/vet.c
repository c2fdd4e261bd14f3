/* SPDX-License-Identifier: ISC */
/*
 * vet - say what is wrong with the tables of a route.
 *
 * What is a value to understand is understood by the functions that deliver mail, so that both agree.
 */
#include "route/vet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "message/address.h"
#include "route/entry.h"
#include "route/host.h"
#include "route/nexthop.h"
#include "route/tables.h"
#include "route/virtual.h"

enum { TEXT_MAX = 4096 };

struct line {
	struct vet *vet;
	struct table *table;
	struct table_entry e;
	struct arena arena; /* of this line */
	vet_value understand;
};

static void __attribute__((format(printf, 5, 6)))
report(struct vet *v, bool error, const char *file, size_t line, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (error)
		v->errors++;
	else
		v->warnings++;
	v->report(v->ctx, &(struct audit_finding){ .error = error, .file = file, .line = line, .text = text });
}

static void wrong(const struct line *l, const char *what)
{
	report(l->vet, true, l->e.file, l->e.line, "\"%.*s\" is not %s", SPAN_ARG(l->e.value), what);
}

/* What nexthop.h says, without the place in front. */
static void check_parsed(const struct line *l, int rc, const struct fault *f)
{
	if (rc < 0)
		report(l->vet, true, l->e.file, l->e.line, "%s", f->text);
}

/* ---- values ---- */

/* Anything will do. */
static void value_any(struct line *l)
{
	(void)l;
}

/* "@other.example" */
static bool is_same_user(struct span value)
{
	return value.n > 1 && value.p[0] == '@' && host_is_name(span_from(value, 1));
}

static void value_address(struct line *l)
{
	struct span rest = l->e.value;
	struct address one, more;

	if (!is_same_user(rest) &&
	    (address_next(&rest, &l->arena, &one) != 1 || address_next(&rest, &l->arena, &more) != 0 ||
	     !address_is_valid(span_str(one.mailbox), true, true)))
		wrong(l, "one address");
}

/* A line for the domain as a whole says nothing. */
static bool is_of_domain(const struct line *l)
{
	return span_find(l->e.key, '@') == l->e.key.n && span_find(l->e.key, '.') < l->e.key.n;
}

static void value_addresses(struct line *l)
{
	struct entries list;
	struct entry e;
	struct fault f;
	int rc;

	if (is_of_domain(l) || is_same_user(l->e.value))
		return;
	entries_init(&list, ENTRIES_ALIAS, l->e.file, l->e.line, l->e.value);
	while ((rc = entry_next(&list, &l->arena, &e, &f)) != 0)
		if (rc < 0 || e.kind != ENTRY_ADDRESS) {
			wrong(l, "a list of addresses and nothing else");
			return;
		}
}

static void value_path(struct line *l)
{
	if (!is_of_domain(l) && !virtual_is_path(l->e.value))
		wrong(l, "a path below virtual_mailbox_base");
}

static void value_number(struct line *l)
{
	uint64_t n;

	if (span_number(l->e.value, UINT32_MAX - 1, &n) < 0 || n == 0)
		wrong(l, "a user or group id");
}

static void value_transport(struct line *l)
{
	struct nexthop to;
	struct fault f;

	check_parsed(l, nexthop_parse_transport(&l->arena, "", l->e.value, l->vet->route->default_transport, &to, &f),
		     &f);
}

static void value_relayhost(struct line *l)
{
	struct nexthop to;
	struct fault f;

	check_parsed(l, nexthop_parse_relayhost(&l->arena, "", l->e.value, l->vet->route->default_transport, &to, &f),
		     &f);
}

static void value_of_others(struct line *l)
{
	struct fault f;

	if (l->understand && l->understand(&l->arena, "", l->e.value, &f) < 0)
		report(l->vet, true, l->e.file, l->e.line, "%s", f.text);
}

/* ---- keys ---- */

static const char *key_any(struct span key)
{
	(void)key;
	return NULL;
}

static bool is_domain_key(struct span key)
{
	return host_is_name(key) || (key.n > 1 && key.p[0] == '.' && host_is_name(span_from(key, 1))) ||
	       (key.n > 1 && key.p[0] == '[' && key.p[key.n - 1] == ']');
}

/* What a line's key may be; NULL, or why it is never found. */
static const char *key_address(struct span key)
{
	if (key.p[0] == '@')
		return is_domain_key(span_from(key, 1)) ? NULL : "behind the @ stands no domain";
	return address_is_valid(key, true, true) || is_domain_key(key) ? NULL : "this is no address";
}

static const char *key_transport(struct span key)
{
	if (span_is(key, SPAN("*")) || is_domain_key(key))
		return NULL;
	if (key.p[0] == '@')
		return "a domain is looked up without the @ here";
	return address_is_valid(key, false, true) ? NULL : "this is neither an address nor a domain";
}

static const char *key_sender(struct span key)
{
	return span_is(key, SPAN("<>")) ? NULL : key_address(key);
}

static const char *key_domain(struct span key)
{
	return is_domain_key(key) ? NULL : "this is no domain";
}

/* ---- the tables ---- */

struct form {
	const char *(*key)(struct span key);
	void (*value)(struct line *l);
};

static const struct form forms[TABLES_N] = {
	[TABLES_CANONICAL] = { key_address, value_address },
	[TABLES_SENDER_CANONICAL] = { key_address, value_address },
	[TABLES_RECIPIENT_CANONICAL] = { key_address, value_address },
	[TABLES_VIRTUAL_ALIAS] = { key_address, value_addresses },
	[TABLES_VIRTUAL_ALIAS_DOMAINS] = { key_domain, value_any },
	[TABLES_VIRTUAL_MAILBOX] = { key_address, value_path },
	[TABLES_VIRTUAL_MAILBOX_DOMAINS] = { key_domain, value_any },
	[TABLES_VIRTUAL_UID] = { key_address, value_number },
	[TABLES_VIRTUAL_GID] = { key_address, value_number },
	[TABLES_RELAY_DOMAINS] = { key_domain, value_any },
	[TABLES_RELAY_RECIPIENT] = { key_address, value_any },
	[TABLES_TRANSPORT] = { key_transport, value_transport },
	[TABLES_SENDER_RELAYHOST] = { key_sender, value_relayhost },
	[TABLES_RELOCATED] = { key_address, value_any },
};

static const struct form other_form = { key_any, value_of_others };

static void check_key(struct line *l, const struct form *form)
{
	const char *file = l->e.file, *why;
	struct table_entry first;

	if (l->e.key.n > 1 && l->e.key.p[l->e.key.n - 1] == ':')
		why = "no colon belongs behind the key; is this an alias file?";
	else if (l->e.key.n > TABLE_KEY_MAX)
		why = "the key is too long to be found";
	else
		why = form->key(l->e.key);
	if (why)
		report(l->vet, false, file, l->e.line, "%.*s: %s", l->e.key.n > TABLE_KEY_MAX ? 40 : (int)l->e.key.n,
		       l->e.key.p, why);
	else if (table_find(l->table, l->e.key, &first) && (first.file != file || first.line != l->e.line))
		report(l->vet, false, file, l->e.line, "%.*s: the entry in %s:%zu counts, this one does not",
		       SPAN_ARG(l->e.key), first.file ? first.file : l->table->name, first.line);
}

static void vet_file(struct vet *v, const struct form *form, vet_value understand, struct table *t,
		     struct table_source *s)
{
	struct textmap_walk walk = { 0 };
	struct textmap_entry e;
	struct line l = { .vet = v, .table = t, .understand = understand };
	int rc;

	v->files++;
	while ((rc = textmap_next(s->map, &walk, &e)) != 0) {
		if (rc < 0) {
			report(v, true, s->text, e.line, "this is not a key and a value with blanks between them");
			continue;
		}
		v->entries++;
		l.e = (struct table_entry){ .key = e.key, .value = e.value, .file = s->text, .line = e.line };
		check_key(&l, form);
		form->value(&l);
		arena_reset(&l.arena);
	}
	arena_clear(&l.arena);
}

static void vet_one(struct vet *v, const struct form *form, vet_value understand, struct table *t)
{
	struct fault f;

	if (table_refresh(t, &f) < 0) {
		/* It begins with the parameter. */
		report(v, true, t->name, 0, "%s", f.text + strlen(t->name) + strlen(": "));
		return;
	}
	/* A file that is shared has been looked at with the parameter that it is for. */
	for (size_t n = 0; n < t->n; n++)
		if (t->v[n].kind == TABLE_FILE && !t->v[n].is_shared)
			vet_file(v, form, understand, t, &t->v[n]);
}

void vet_run(struct vet *v)
{
	v->errors = v->warnings = v->files = v->entries = 0;
	for (int i = 0; i < TABLES_N; i++)
		vet_one(v, &forms[i], NULL, &v->route->tables->v[i]);
}

void vet_table(struct vet *v, const char *name, const char *list, vet_value value)
{
	struct arena a = { 0 };
	struct table t = { 0 };
	struct fault f;

	if (table_open(&a, name, list, 0, &t, &f) < 0)
		report(v, true, name, 0, "%s", f.text);
	else
		vet_one(v, &other_form, value, &t);
	table_close(&t);
	arena_clear(&a);
}
