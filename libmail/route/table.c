/* SPDX-License-Identifier: ISC */
/*
 * table - a parameter that names look-up tables.
 */
#include "route/table.h"

#include <string.h>
#include <sys/stat.h>

#include "base/account.h"
#include "message/address.h"
#include "message/idna.h"
#include "route/host.h"
#include "route/localpart.h"

/* ---- the list ---- */

struct span table_path(struct span word)
{
	static const char *const types[] = { "proxy:", "hash:", "btree:",    "lmdb:", "cdb:",
					     "dbm:",   "sdbm:", "texthash:", "ndbm:" };
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			if (!span_starts(word, span_str(types[i])))
				continue;
			word = span_from(word, strlen(types[i]));
			again = true;
		}
	}
	return word;
}

static int open_file(struct arena *a, const char *name, struct span word, unsigned flags, struct table_source *out,
		     struct fault *f)
{
	struct span path = table_path(word), type = span_of(path.p, span_find(path, ':'));

	if (path.n && path.p[0] != '/' && type.n < path.n)
		return fault_usage(f,
				   "%s: tables of type \"%.*s\" are not read here; hash, texthash, lmdb and static are",
				   name, SPAN_ARG(type));
	if (path.n == 0 || path.p[0] != '/')
		return fault_usage(f, "%s: \"%.*s\" is %s the absolute name of a text file", name, SPAN_ARG(word),
				   flags & TABLE_WORDS ? "neither a domain nor" : "not");
	out->kind = TABLE_FILE;
	out->text = arena_span(a, path);
	out->map = arena_alloc(a, sizeof(*out->map));
	textmap_init(out->map, out->text, TEXTMAP_TABLE, TABLE_FILE_MAX);
	return 0;
}

static int open_source(struct arena *a, const char *name, struct span word, unsigned flags, struct table_source *out,
		       struct fault *f)
{
	struct host_address address;

	if (span_starts(word, SPAN("static:")) && word.n > strlen("static:")) {
		*out = (struct table_source){ .kind = TABLE_STATIC, .text = arena_span(a, span_from(word, 7)) };
		return 0;
	}
	if ((flags & TABLE_WORDS) && (host_is_domain(word) || host_parse_literal(word, &address))) {
		*out = (struct table_source){ .kind = TABLE_WORD, .text = arena_span(a, word) };
		return 0;
	}
	return open_file(a, name, word, flags, out, f);
}

int table_open(struct arena *a, const char *name, const char *list, unsigned flags, struct table *out, struct fault *f)
{
	struct span rest = span_str(list), word;
	size_t room = 0;

	while (span_list_word(&rest).n)
		room++;
	*out = (struct table){ .name = name };
	if (room == 0)
		return 0;
	out->v = arena_alloc(a, room * sizeof(*out->v));
	rest = span_str(list);
	while ((word = span_list_word(&rest)).n) {
		if (open_source(a, name, word, flags, &out->v[out->n], f) < 0)
			return -1;
		out->n++;
	}
	return 0;
}

void table_close(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].kind == TABLE_FILE && !t->v[i].is_shared)
			textmap_clear(t->v[i].map);
	t->n = 0;
}

static void share_source(struct table_source *s, const struct table *other)
{
	for (size_t i = 0; i < other->n; i++) {
		if (other->v[i].kind != TABLE_FILE || strcmp(other->v[i].text, s->text) != 0)
			continue;
		s->map = other->v[i].map;
		s->is_shared = true;
	}
}

void table_share(struct table *t, const struct table *other)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].kind == TABLE_FILE && !t->v[i].is_shared)
			share_source(&t->v[i], other);
}

/*
 * A group that is its owner's own (user private groups) or root's is no more than the owner; of any other one we do not
 * know who is in it.
 */
const char *table_find_writer(const struct stat *st)
{
	struct arena a = { 0 };
	struct account owner;
	bool is_own;

	if (st->st_mode & S_IWOTH)
		return "everybody";
	if (!(st->st_mode & S_IWGRP) || st->st_gid == 0)
		return NULL;
	is_own = st->st_uid != 0 && account_find_uid(&a, st->st_uid, &owner, NULL) == 1 && owner.gid == st->st_gid;
	arena_clear(&a);
	return is_own ? NULL : "its group";
}

static int refresh_file(const struct table *t, struct textmap *map, struct fault *f)
{
	const char *writer;
	struct fault why;
	int rc = textmap_refresh(map, &why);

	if (rc < 0)
		return fault_temp(f, 451, "4.3.5", "%s: %s", t->name, why.text);
	if (rc == 0)
		return fault_temp(f, 451, "4.3.5", "%s: there is no %s", t->name, map->path);
	writer = table_find_writer(&map->seen);
	return writer ? fault_temp(f, 451, "4.3.5", "%s: %s may write to %s", t->name, writer, map->path) : 0;
}

int table_refresh(struct table *t, struct fault *f)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].kind == TABLE_FILE && !t->v[i].is_shared && refresh_file(t, t->v[i].map, f) < 0)
			return -1;
	return 0;
}

/* ---- one key ---- */

static bool find_in(struct table_source *s, struct span key, struct table_entry *out)
{
	struct textmap_entry e;

	*out = (struct table_entry){ .key = key, .value = span_str(s->text) };
	if (s->kind != TABLE_FILE)
		return s->kind == TABLE_STATIC || span_is_nocase(key, span_str(s->text));
	if (!textmap_find(s->map, key, &e))
		return false;
	*out = (struct table_entry){ .key = e.key, .value = e.value, .file = s->text, .line = e.line };
	return true;
}

bool table_find(struct table *t, struct span key, struct table_entry *out)
{
	if (key.n == 0 || key.n > TABLE_KEY_MAX)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (find_in(&t->v[i], key, out))
			return true;
	return false;
}

/* ---- by address ---- */

/* Without needless quotes: "al"@example.org is al@example.org. */
static struct span without_quotes(struct arena *a, struct span address)
{
	struct span rest = address;
	struct address found;

	if (address.n == 0 || address.p[0] != '"' || address_next(&rest, a, &found) != 1 || rest.n)
		return address;
	return span_str(found.mailbox);
}

static struct span at_domain(struct arena *a, struct span user, struct span domain)
{
	return span_str(arena_printf(a, "%.*s@%.*s", SPAN_ARG(user), SPAN_ARG(domain)));
}

static bool find_address(struct table *t, struct arena *a, const struct table_search *how, struct span address,
			 struct table_entry *out, struct span *extension)
{
	struct span local, domain, user, unmatched = { 0 };
	struct localpart parts;

	address = without_quotes(a, address);
	address_split(address, &local, &domain);
	user = local;
	if (local.n && local.p[0] != '"') {
		localpart_split(a, how->delimiters, address, &parts);
		user = span_of(local.p, parts.user.n);
		unmatched = span_from(local, user.n);
	}
	if (table_find(t, address, out))
		return true;
	if (unmatched.n && domain.n && table_find(t, at_domain(a, user, domain), out)) {
		*extension = unmatched;
		return true;
	}
	if (how->bare && domain.n && table_find(t, local, out))
		return true;
	if (how->bare && unmatched.n && table_find(t, user, out)) {
		*extension = unmatched;
		return true;
	}
	return domain.n && table_find(t, at_domain(a, span_of("", 0), domain), out);
}

/* A domain that is not ASCII may stand in either form, in the table and in the address. */
bool table_find_address(struct table *t, struct arena *a, const struct table_search *how, struct span address,
			struct table_entry *out, struct span *extension)
{
	struct span local, domain;
	const char *other;

	*extension = span_of("", 0);
	if (!table_is_set(t) || address.n > ADDRESS_MAX)
		return false;
	if (find_address(t, a, how, address, out, extension))
		return true;
	address_split(address, &local, &domain);
	other = idna_other_form(a, domain);
	return other && find_address(t, a, how, at_domain(a, local, span_str(other)), out, extension);
}

const char *table_replace(struct arena *a, struct span value, struct span original, struct span extension)
{
	struct span local, domain;
	bool quoted;

	address_split(original, &local, &domain);
	if (value.n && value.p[0] == '@')
		return arena_printf(a, "%.*s%.*s", SPAN_ARG(local), SPAN_ARG(value));
	if (extension.n == 0)
		return arena_span(a, value);
	address_split(value, &local, &domain);
	quoted = local.n > 1 && local.p[local.n - 1] == '"';
	local.n -= quoted;
	return arena_printf(a, "%.*s%.*s%s%s%.*s", SPAN_ARG(local), SPAN_ARG(extension), quoted ? "\"" : "",
			    domain.n ? "@" : "", SPAN_ARG(domain));
}

/* ---- by domain ---- */

/* A domain that is not ASCII may stand there in either form. */
static bool find_form(struct table *t, struct span domain, struct table_entry *out)
{
	struct arena a = { 0 };
	const char *other;
	bool found = table_find(t, domain, out);

	if (found)
		return true;
	other = idna_other_form(&a, domain);
	found = other && table_find(t, span_str(other), out);
	arena_clear(&a);
	return found;
}

bool table_find_domain(struct table *t, struct span domain, bool parents, struct table_entry *out)
{
	if (domain.n && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (!table_is_set(t) || domain.n > HOST_NAME_MAX_OCTETS)
		return false;
	if (find_form(t, domain, out))
		return true;
	if (domain.n && domain.p[0] == '[')
		return false;
	for (size_t dot = span_find(domain, '.'); dot < domain.n; dot = span_find(domain, '.')) {
		if (find_form(t, span_from(domain, dot), out))
			return true;
		domain = span_from(domain, dot + 1);
		if (parents && find_form(t, domain, out))
			return true;
	}
	return false;
}

const char *table_place(struct arena *a, const struct table *t, const struct table_entry *e)
{
	return e->file ? arena_printf(a, "%s:%zu: ", e->file, e->line) : arena_printf(a, "%s: ", t->name);
}
