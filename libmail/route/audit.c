/* SPDX-License-Identifier: ISC */
/*
 * audit - say everything that is wrong with the alias files.
 *
 * Two passes: each line by itself, then the ways from alias to alias, depth
 * first, for loops. An expansion is walked once: a loop is closed by a name
 * that is on the way, so the first walk into it finds it.
 */
#include "route/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "route/aliases.h"
#include "route/localpart.h"
#include "route/privs.h"
#include "route/way.h"

enum { LOOP_TEXT_MAX = 1000, TEXT_MAX = 8192 };

/* ---- findings ---- */

static void __attribute__((format(printf, 5, 6)))
report(struct audit *au, bool error, const char *file, size_t line, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (error)
		au->errors++;
	else
		au->warnings++;
	au->report(au->ctx, &(struct audit_finding){ .error = error, .file = file, .line = line, .text = text });
}

/* A fault that begins with "FILE:LINE: " already. */
static void report_fault(struct audit *au, const char *file, size_t line, const struct fault *f)
{
	char prefix[TEXT_MAX];
	size_t n = (size_t)snprintf(prefix, sizeof(prefix), "%s:%zu: ", file, line);
	bool has_prefix = n < sizeof(prefix) && strncmp(f->text, prefix, n) == 0;

	report(au, true, file, line, "%s", has_prefix ? f->text + n : f->text);
}

/* ---- what an element refers to ---- */

/* The alias that an address of ours stands for. */
static bool find_alias(struct audit *au, const struct localpart *name, struct alias *out)
{
	return aliases_find(au->route->aliases, name->local, out) || aliases_find(au->route->aliases, name->user, out);
}

/* True for an address of ours, taken apart. */
static bool split_local(struct audit *au, struct arena *a, const char *address, struct localpart *out)
{
	localpart_split(a, au->route->recipient_delimiter, span_str(route_qualify(au->route, a, span_str(address))),
			out);
	return route_is_local(au->route, out->domain);
}

static int find_account(struct audit *au, struct arena *a, const struct localpart *name, struct fault *f)
{
	const struct route *r = au->route;
	struct account who;
	int rc = 0;

	if (name->user.n == 0)
		return 0;
	if (name->domain.n)
		rc = r->call->find_account(
			r->ctx, a, span_str(arena_printf(a, "%.*s@%.*s", SPAN_ARG(name->user), SPAN_ARG(name->domain))),
			&who, f);
	return rc != 0 ? rc : r->call->find_account(r->ctx, a, name->user, &who, f);
}

/* The text of an :include: file, read once; NULL if it cannot be read, which is reported once. */
static const struct span *read_include(struct audit *au, const struct alias *alias, const struct entry *e,
				       const char *file)
{
	const struct route *r = au->route;
	struct span *text = map_find(&au->included, span_str(e->text));
	const struct stat *st = &alias->file->map.seen;
	struct account owner;
	struct fault f;
	int rc;

	if (text)
		return text->p ? text : NULL;
	text = arena_alloc(&au->arena, sizeof(*text));
	rc = st->st_uid != 0 ? privs_find_owner(&au->arena, st, &owner, &f) : 0;
	if (rc == 0)
		rc = r->call->read_file(r->ctx, &au->arena, e->text, st->st_uid != 0 ? &owner : NULL, false, text, &f);
	if (rc == 0)
		report(au, false, file, e->line, "there is no %s", e->text);
	else if (rc < 0)
		report(au, false, file, e->line, "%s", f.text);
	if (rc > 0 && !text->p)
		*text = span_of("", 0);
	map_set(&au->included, span_str(e->text), text);
	return rc > 0 ? text : NULL;
}

/* ---- the first pass: lines and elements ---- */

/* Where an element stands. */
struct place {
	const struct alias *alias;
	const char *file;
	bool included;
};

static void check_entries(struct audit *au, const struct place *at, struct entries *list, size_t *count);

static void check_address(struct audit *au, const struct place *at, const struct entry *e)
{
	struct arena a = { 0 };
	struct localpart name;
	struct alias alias;
	struct fault f;
	int rc;

	if (split_local(au, &a, e->text, &name) && (e->kind == ENTRY_USER || !find_alias(au, &name, &alias))) {
		rc = find_account(au, &a, &name, &f);
		if (rc < 0)
			report(au, false, at->file, e->line, "%s: %s", e->text, f.text);
		else if (rc == 0 && !localpart_is_administrator(name.user))
			report(au, false, at->file, e->line, "there is no user %.*s", SPAN_ARG(name.user));
	}
	arena_clear(&a);
}

/* A command that is given by its path: is there something to run? */
static void check_program(struct audit *au, const struct place *at, const struct entry *e)
{
	struct arena a = { 0 };
	struct span rest = span_str(e->text), word = span_word(&rest);

	if (word.p[0] == '/' && access(arena_span(&a, word), X_OK) < 0)
		report(au, false, at->file, e->line, "there is no program %.*s", SPAN_ARG(word));
	arena_clear(&a);
}

static void check_file_or_command(struct audit *au, const struct place *at, const struct entry *e)
{
	bool file = e->kind == ENTRY_FILE;
	const char *what = file ? "file" : "command";

	if (file && strcmp(e->text, "/dev/null") == 0)
		return;
	if (at->included)
		report(au, true, at->file, e->line, "an :include: file may not name a %s", what);
	else if (!(file ? au->route->allow_mail_to_files : au->route->allow_mail_to_commands))
		report(au, true, at->file, e->line, "mail to a %s is not allowed (allow_mail_to_%ss)", what, what);
	else if (!file)
		check_program(au, at, e);
}

static void check_include(struct audit *au, const struct place *at, const struct entry *e)
{
	bool known = map_find(&au->included, span_str(e->text)) != NULL;
	const struct span *text = read_include(au, at->alias, e, at->file);
	struct place inside = { .alias = at->alias, .file = e->text, .included = true };
	struct entries list;
	size_t count = 0;

	if (known || !text)
		return;
	entries_init(&list, ENTRIES_FILE, e->text, 1, *text);
	check_entries(au, &inside, &list, &count);
	if (count == 0)
		report(au, false, e->text, 0, "the list has no members");
}

static void check_entries(struct audit *au, const struct place *at, struct entries *list, size_t *count)
{
	static void (*const by_kind[ENTRY_KINDS])(struct audit *, const struct place *, const struct entry *) = {
		[ENTRY_ADDRESS] = check_address,      [ENTRY_USER] = check_address,
		[ENTRY_FILE] = check_file_or_command, [ENTRY_COMMAND] = check_file_or_command,
		[ENTRY_INCLUDE] = check_include,
	};
	struct entry e;
	struct fault f;
	int rc;

	while ((rc = entry_next(list, &au->arena, &e, &f)) != 0) {
		++*count;
		if (rc > 0)
			by_kind[e.kind](au, at, &e);
		else
			report_fault(au, at->file, e.line, &f);
	}
}

static void check_alias(struct audit *au, const struct alias *alias, struct audit_counts *counts)
{
	struct place at = { .alias = alias, .file = alias->file->path };
	size_t n = span_trim(alias->value).n, count = 0;
	struct entries list;
	struct alias first;

	counts->aliases++;
	counts->bytes += alias->name.n + n;
	if (counts->longest < n)
		counts->longest = n;
	if (aliases_find(au->route->aliases, alias->name, &first) &&
	    (first.file != alias->file || first.line != alias->line))
		report(au, false, at.file, alias->line, "%.*s: the alias in %s:%zu counts, this one does not",
		       SPAN_ARG(alias->name), first.file->path, first.line);
	aliases_entries(alias, &list);
	check_entries(au, &at, &list, &count);
	if (count == 0)
		report(au, true, at.file, alias->line, "%.*s: there is no target behind the colon",
		       SPAN_ARG(alias->name));
}

static void check_file(struct audit *au, struct aliases_file *file)
{
	struct audit_counts counts = { .file = file->path, .exists = file->map.loaded };
	struct textmap_walk walk = { 0 };
	struct alias alias;
	struct fault f;
	int rc;

	while ((rc = aliases_next(file, &walk, &alias, &f)) != 0) {
		if (rc > 0)
			check_alias(au, &alias, &counts);
		else
			report_fault(au, file->path, alias.line, &f);
	}
	if (!counts.exists)
		report(au, false, file->path, 0, "the file does not exist");
	if (au->summary)
		au->summary(au->ctx, &counts);
}

/* ---- the second pass: loops ---- */

static void walk_entries(struct audit *au, const struct way *at, struct entries *list, const char *file);

static void report_loop(struct audit *au, const struct way *at, struct span name, const char *file, size_t line)
{
	struct buf text;

	buf_init(&text, LOOP_TEXT_MAX);
	way_put(&text, at);
	buf_put_span(&text, name);
	report(au, true, file, line, "aliases lead in a loop: %s%s", buf_str(&text), text.overflow ? " and so on" : "");
	buf_clear(&text);
}

static void walk_alias(struct audit *au, const struct way *up, const struct alias *alias)
{
	struct way way = { .up = up, .kind = WAY_ALIAS, .depth = up->depth + 1, .name = alias->name, .alias = alias };
	struct entries list;
	char *key;

	if (way.depth > ROUTE_DEPTH) {
		report(au, true, alias->file->path, alias->line, "%.*s: aliases are nested deeper than %d",
		       SPAN_ARG(alias->name), ROUTE_DEPTH);
		return;
	}
	/* Each line of a file is walked once. */
	key = arena_printf(&au->arena, "%s:%zu", alias->file->path, alias->line);
	if (!map_add(&au->walked, span_str(key), au))
		return;
	aliases_entries(alias, &list);
	walk_entries(au, &way, &list, alias->file->path);
}

/* An alias that is its own target needs an account of that name. */
static bool has_account(struct audit *au, struct arena *a, const struct localpart *name)
{
	return localpart_is_administrator(name->user) || find_account(au, a, name, NULL) != 0;
}

static void walk_address(struct audit *au, const struct way *at, const struct entry *e, const char *file)
{
	struct arena a = { 0 };
	struct localpart name;
	struct alias alias;
	enum way_relation relation;

	if (split_local(au, &a, e->text, &name) && find_alias(au, &name, &alias)) {
		relation = way_relate(at, WAY_ALIAS, alias.name);
		if (relation == WAY_NEW)
			walk_alias(au, at, &alias);
		else if (relation == WAY_LOOP || !has_account(au, &a, &name))
			report_loop(au, at, alias.name, file, e->line);
	}
	arena_clear(&a);
}

static void walk_include(struct audit *au, const struct way *at, const struct entry *e, const char *file)
{
	struct way way = *at;
	const struct span *text;
	struct entries list;

	if (way_relate(at, WAY_INCLUDE, span_str(e->text)) != WAY_NEW) {
		report_loop(au, at, span_str(e->text), file, e->line);
		return;
	}
	text = read_include(au, at->alias, e, file);
	if (!text || at->depth >= ROUTE_DEPTH || !map_add(&au->walked, span_str(e->text), au))
		return;
	way.up = at;
	way.kind = WAY_INCLUDE;
	way.name = span_str(e->text);
	way.depth++;
	entries_init(&list, ENTRIES_FILE, e->text, 1, *text);
	walk_entries(au, &way, &list, e->text);
}

static void walk_entries(struct audit *au, const struct way *at, struct entries *list, const char *file)
{
	struct entry e;
	int rc;

	while ((rc = entry_next(list, &au->arena, &e, NULL)) != 0) {
		if (rc > 0 && e.kind == ENTRY_ADDRESS)
			walk_address(au, at, &e, file);
		else if (rc > 0 && e.kind == ENTRY_INCLUDE)
			walk_include(au, at, &e, file);
	}
}

static void find_loops(struct audit *au, struct aliases_file *file)
{
	static const struct way top = { .kind = WAY_TOP };
	struct textmap_walk walk = { 0 };
	struct alias alias;
	int rc;

	while ((rc = aliases_next(file, &walk, &alias, NULL)) != 0)
		if (rc > 0)
			walk_alias(au, &top, &alias);
}

/* RFC 5321 4.5.1: there is always a postmaster; but who reads that mail should have been decided. */
static void check_postmaster(struct audit *au)
{
	const struct localpart name = { .local = SPAN("postmaster"), .user = SPAN("postmaster") };
	struct route_aliases *t = au->route->aliases;
	struct alias alias;

	if (t->n > 0 && !find_alias(au, &name, &alias) && find_account(au, &au->arena, &name, NULL) == 0)
		report(au, false, t->v[0].path, 0, "there is no alias postmaster; that mail goes to root");
}

int audit_run(struct audit *au, struct fault *f)
{
	struct route_aliases *t = au->route->aliases;

	au->errors = au->warnings = 0;
	au->arena = (struct arena){ 0 };
	map_init(&au->included, &au->arena);
	map_init(&au->walked, &au->arena);
	if (aliases_refresh(t, f) < 0)
		return -1;
	for (size_t i = 0; i < t->n; i++)
		check_file(au, &t->v[i]);
	for (size_t i = 0; i < t->n; i++)
		find_loops(au, &t->v[i]);
	check_postmaster(au);
	arena_clear(&au->arena);
	return 0;
}
