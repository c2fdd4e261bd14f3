/* SPDX-License-Identifier: ISC */
/*
 * listmgr_import - a list comes from another list manager, or goes to one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/json.h"
#include "base/printable.h"
#include "list/configure.h"
#include "list/members.h"
#include "list/migration.h"
#include "listmgr.h"
#include "message/address.h"
#include "message/date.h"

enum { LINE_OCTETS_MAX = 64 << 10, POSTERS_MAX = 4 << 20 };

/* ---- import ---- */

struct import_options {
	struct settings_options from;
	const char *kind;
	struct opt_list owners;
	bool members_only, dry_run;
};

struct import_job {
	struct listmgr *m;
	const struct import_options *o;
	struct migration found;
	size_t notes;
};

static void print_note(void *ctx, const char *text)
{
	struct import_job *j = ctx;
	struct buf line;

	j->notes++;
	buf_init(&line, LINE_OCTETS_MAX);
	printable_put(&line, span_str(text));
	fprintf(stderr, "listmgr: %s\n", buf_str(&line));
	buf_clear(&line);
}

static int read_all(struct import_job *j, char **paths, int n, struct fault *f)
{
	j->found = (struct migration){ .arena = &j->m->arena, .note = print_note, .ctx = j };
	for (int i = 0; i < n; i++)
		if (migration_read(&j->found, j->o->kind, paths[i], f) < 0)
			return -1;
	return 0;
}

/* As owners, who were named; who was found; or who calls. */
static int find_owners(struct import_job *j, struct opt_list *owners, struct fault *f)
{
	struct account who;
	int rc;

	*owners = j->o->owners;
	for (size_t i = 0; i < j->found.owners.n && j->o->owners.n == 0; i++)
		opt_list_add(&j->m->arena, owners, arena_span(&j->m->arena, j->found.owners.v[i].address));
	if (owners->n)
		return 0;
	rc = account_find_uid(&j->m->arena, getuid(), &who, f);
	if (rc <= 0)
		return rc < 0 ? -1 : fault_usage(f, "a list has an owner: --owner ADDRESS");
	opt_list_add(&j->m->arena, owners, route_qualify(&j->m->site.route, &j->m->arena, span_str(who.name)));
	return 0;
}

static int open_or_create(struct import_job *j, const char *given, struct fault *f)
{
	const char *name = list_name_of(&j->m->arena, span_str(given));
	struct list_terms terms = { .description = j->found.description };
	struct opt_list owners;
	int exists;

	if (!name)
		return fault_usage(f, "\"%.60s\" is no name of a list", given);
	exists = listmgr_open_list(j->m, name, f);
	if (exists == 0 || f->reply != 550)
		return exists;
	if (find_owners(j, &owners, f) < 0)
		return -1;
	terms.owners = owners.v;
	terms.nowners = owners.n;
	return list_create(&j->m->places, name, &terms, f) < 0 ? -1 : listmgr_open_list(j->m, name, f);
}

/* One by one: what one of them cannot be here is no reason to leave the others out. */
static size_t set_parameters(struct import_job *j)
{
	const struct opt_list *all = &j->found.assignments;
	struct fault f;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (configure_set(&j->m->list, &j->m->places, &all->v[i], 1, &f) == 0)
			n++;
		else
			migration_note(&j->found, "%s is left out: %s", all->v[i], f.text);
	}
	return n;
}

static int write_texts(struct import_job *j, struct fault *f)
{
	struct list *l = &j->m->list;
	struct span there;
	int dir, rc = 0;

	if (j->found.ntexts == 0)
		return 0;
	if (mkdirat(l->dir, "texts", 0700) < 0 && errno != EEXIST)
		return fault_errno(f, "cannot create %s/texts", l->path);
	dir = disk_open_dir(AT_FDCWD, arena_printf(&j->m->arena, "%s/texts", l->path), f);
	if (dir < 0)
		return -1;
	for (size_t i = 0; i < j->found.ntexts && rc == 0; i++) {
		const char *name = j->found.texts[i].name;

		if (list_text(l, &j->m->arena, name, &there, f) > 0)
			migration_note(&j->found, "texts/%s is there already, and stays", name);
		else
			rc = disk_replace(dir, name, j->found.texts[i].text, 0600, f);
	}
	close(dir);
	return rc;
}

static bool has_line(struct span text, struct span line)
{
	while (text.n)
		if (span_is(span_trim(span_cut(&text, '\n')), line))
			return true;
	return false;
}

/* Lines that are not there yet. */
static int write_posters(struct import_job *j, struct fault *f)
{
	struct list *l = &j->m->list;
	struct span there = { "", 0 };
	struct buf all;
	int rc = 0;

	if (j->found.posters.n == 0)
		return 0;
	if (disk_read_file(&j->m->arena, l->dir, "posters", POSTERS_MAX, &there, f) < 0 && errno != ENOENT)
		return -1;
	buf_init(&all, POSTERS_MAX);
	buf_put_span(&all, there);
	if (all.n && all.p[all.n - 1] != '\n')
		buf_put_char(&all, '\n');
	for (size_t i = 0; i < j->found.posters.n; i++)
		if (!has_line(there, span_str(j->found.posters.v[i])))
			buf_printf(&all, "%s\n", j->found.posters.v[i]);
	rc = all.overflow ? fault_perm(f, 0, "5.3.4", "there are too many posters")
			  : disk_replace(l->dir, "posters", buf_span(&all), 0600, f);
	buf_clear(&all);
	return rc;
}

static int add_people(struct import_job *j, const char *file, const struct migration_people *p, size_t *added,
		      struct fault *f)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].since == 0 && strcmp(file, "members") == 0)
			p->v[i].since = j->m->run.now;
	return members_add_all(&j->m->list, file, p->v, p->n, added, f);
}

static void note_address(struct import_job *j)
{
	const char *now = list_address(&j->m->list, &j->m->arena, NULL);

	if (j->found.address && strcasecmp(j->found.address, now) != 0)
		migration_note(&j->found, "the list's address was %s, and is %s now", j->found.address, now);
}

/* The lock is held, so that nobody else changes it meanwhile. */
static int bring_in(struct import_job *j, struct fault *f)
{
	const struct migration *found = &j->found;
	size_t members = 0, moderators = 0, owners = 0, parameters = 0;

	if (!j->o->members_only) {
		parameters = set_parameters(j);
		if (write_texts(j, f) < 0 || write_posters(j, f) < 0 ||
		    add_people(j, "owners", &found->owners, &owners, f) < 0 ||
		    add_people(j, "moderators", &found->moderators, &moderators, f) < 0)
			return -1;
		note_address(j);
	}
	if (add_people(j, "members", &found->members, &members, f) < 0)
		return -1;
	list_log(&j->m->list, "imported %zu members", members);
	printf("%zu members, of whom %zu were not there; %zu moderators, %zu owners, %zu parameters, %zu notes\n",
	       found->members.n, members, found->moderators.n, found->owners.n, parameters, j->notes);
	return 0;
}

static void show_found(const struct import_job *j)
{
	const struct migration *found = &j->found;

	if (found->address)
		printf("# %s\n", found->address);
	if (found->description)
		printf("description = %s\n", found->description);
	for (size_t i = 0; i < found->assignments.n; i++)
		puts(found->assignments.v[i]);
	printf("# %zu members, %zu moderators, %zu owners, %zu posters, %zu texts\n", found->members.n,
	       found->moderators.n, found->owners.n, found->posters.n, found->ntexts);
}

static int import(struct listmgr *m, void *options, struct fault *f)
{
	struct import_job j = { .m = m, .o = options };
	int rc;

	if (read_all(&j, m->operands + 1, m->n - 1, f) < 0)
		return -1;
	if (j.o->dry_run) {
		show_found(&j);
		return 0;
	}
	if (listmgr_open(m, &j.o->from, f) < 0 || open_or_create(&j, m->operands[0], f) < 0 ||
	    list_lock(&m->list, f) < 0)
		return -1;
	rc = bring_in(&j, f);
	list_unlock(&m->list);
	return rc;
}

static int import_run(int argc, char **argv)
{
	static const struct listmgr_command c = { import, 2, 0, "a list, and what it is to be made of" };
	struct import_options o = { .kind = NULL };

	return listmgr_main(&listmgr_import, &c, &o, argc, argv);
}

static const struct opt import_opts[] = {
	{ .name = "--from",
	  .arg = "KIND",
	  .kind = OPT_STRING,
	  .at = offsetof(struct import_options, kind),
	  .help = "mlmmj, mailman2, mailman3, majordomo, csv or text; else it is guessed" },
	{ .name = "--members-only",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct import_options, members_only),
	  .help = "leave parameters, texts, moderators and owners out" },
	{ .name = "--owner",
	  .arg = "ADDRESS",
	  .kind = OPT_LIST,
	  .at = offsetof(struct import_options, owners),
	  .help = "of a list that is new, instead of those that are found" },
	{ .name = "-n",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct import_options, dry_run),
	  .help = "only say what would be taken over" },
	SETTINGS_OPTS(struct import_options, from),
	OPT_END,
};

const struct applet listmgr_import = {
	.name = "listmgr import",
	.summary = "take a list over from mlmmj, Mailman, majordomo or a table",
	.synopsis = "[-n] [--from KIND] [--members-only] [--owner ADDRESS]... LIST PATH ...",
	.opts = import_opts,
	.run = import_run,
};

/* ---- export ---- */

struct export_options {
	struct settings_options from;
	bool csv, json;
};

static void put_field(struct buf *out, struct span s)
{
	buf_put_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_put_char(out, '"');
		buf_put_char(out, s.p[i]);
	}
	buf_put_char(out, '"');
}

static void put_words(struct buf *out, unsigned flags)
{
	bool any = false;

	for (unsigned flag = 1; flag < MEMBER_FLAGS; flag *= 2) {
		if (!(flags & flag))
			continue;
		buf_printf(out, "%s%s", any ? "," : "", member_flag_name(flag));
		any = true;
	}
}

static void put_day(struct buf *out, int64_t when)
{
	size_t at = out->n;

	if (when == 0)
		return;
	date_put_rfc3339(out, when);
	buf_cut(out, at + sizeof("2026-11-22") - 1);
}

static void put_csv(struct buf *out, const struct member *one)
{
	put_field(out, one->address);
	buf_put_char(out, ',');
	put_field(out, one->name);
	buf_put_str(out, ",\"");
	put_words(out, one->flags);
	buf_put_str(out, "\",");
	put_day(out, one->since);
	buf_put_char(out, ',');
	put_field(out, one->topics);
	buf_put_char(out, '\n');
}

/* As in a header: what every other list manager reads. */
static void put_text(struct buf *out, const struct member *one)
{
	struct arena a = { 0 };

	address_put(out, arena_span(&a, one->name), arena_span(&a, one->address));
	buf_put_char(out, '\n');
	arena_clear(&a);
}

static void put_json(struct buf *out, const struct member *one)
{
	struct buf words;

	buf_init(&words, LINE_OCTETS_MAX);
	json_begin(out, NULL, '{');
	json_put_span(out, "email", one->address);
	json_put_span(out, "name", one->name);
	put_words(&words, one->flags);
	json_put_span(out, "options", buf_span(&words));
	buf_reset(&words);
	put_day(&words, one->since);
	json_put_span(out, "since", buf_span(&words));
	json_put_span(out, "topics", one->topics);
	json_end(out, '}');
	buf_clear(&words);
}

static int put_people(struct listmgr *m, const char *file, void (*put)(struct buf *out, const struct member *one),
		      const char *between, struct fault *f)
{
	struct members_walk w = { 0 };
	struct members list;
	struct member one;
	struct buf out;
	bool any = false;
	int rc;

	if (members_open(&list, &m->list, file, f) < 0)
		return -1;
	buf_init(&out, LINE_OCTETS_MAX);
	while ((rc = members_next(&list, &w, &one, f)) != 0) {
		if (rc < 0) {
			applet_fail(m->page, f);
			continue;
		}
		if (any)
			fputs(between, stdout);
		any = true;
		buf_reset(&out);
		put(&out, &one);
		fwrite(out.p, 1, out.n, stdout);
	}
	buf_clear(&out);
	members_close(&list);
	return 0;
}

/* A list as one object: its config is what it comes to, with all defaults. */
static int export_json(struct listmgr *m, struct config *c, struct fault *f)
{
	static const char *const files[] = { "members", "moderators", "owners" };
	struct buf out;

	buf_init(&out, MEMBERS_FILE_MAX);
	json_begin(&out, NULL, '{');
	json_put_string(&out, "name", m->list.name);
	json_begin(&out, "config", '{');
	for (size_t i = 0; i < c->n; i++)
		json_put_string(&out, c->table[i].name, c->values[i].expanded);
	json_end(&out, '}');
	fwrite(out.p, 1, out.n, stdout);
	buf_clear(&out);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		printf(",\n\"%s\":[", files[i]);
		if (put_people(m, files[i], put_json, ",\n", f) < 0)
			return -1;
		putchar(']');
	}
	puts("}");
	return 0;
}

static int export_list(struct listmgr *m, void *options, struct fault *f)
{
	const struct export_options *o = options;
	struct config c;
	const char *name;

	if (o->csv && o->json)
		return fault_usage(f, "--csv and --json cannot be done together");
	if (listmgr_open_first(m, &o->from, f) < 0)
		return -1;
	if (o->csv) {
		puts("email,name,options,since,topics");
		return put_people(m, "members", put_csv, "", f);
	}
	if (!o->json)
		return put_people(m, "members", put_text, "", f);
	name = arena_str(&m->arena, m->list.name);
	listmgr_close_list(m);
	if (list_open_config(&m->list, &m->places, name, &c, f) < 0)
		return -1;
	m->has_list = true;
	return export_json(m, &c, f);
}

static int export_run(int argc, char **argv)
{
	struct export_options o = { .csv = false };

	return listmgr_main(&listmgr_export, &(struct listmgr_command){ export_list, 1, 1, "a list" }, &o, argc, argv);
}

static const struct opt export_opts[] = {
	{ .name = "--csv",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct export_options, csv),
	  .help = "a table: email, name, options, since, topics" },
	{ .name = "--json",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct export_options, json),
	  .help = "one object: config, members, moderators, owners" },
	SETTINGS_OPTS(struct export_options, from),
	OPT_END,
};

const struct applet listmgr_export = {
	.name = "listmgr export",
	.summary = "write a list's members for other programs",
	.synopsis = "[--csv | --json] LIST",
	.opts = export_opts,
	.run = export_run,
};
