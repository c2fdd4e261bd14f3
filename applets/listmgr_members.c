/* SPDX-License-Identifier: ISC */
/*
 * listmgr_members - who is on a list: add, remove, members.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/json.h"
#include "base/printable.h"
#include "list/members.h"
#include "list/migration.h"
#include "list/subscribe.h"
#include "listmgr.h"

enum { INPUT_MAX = MEMBERS_FILE_MAX, LINE_OCTETS_MAX = 16 << 10 };

/* Which of the files. */
struct role {
	bool owners, moderators;
};

#define ROLE_OPTS(type)                                                                                                \
	{ .name = "--owners", .kind = OPT_BOOL, .at = offsetof(type, role.owners), .help = "the list's owners" },      \
	{                                                                                                              \
		.name = "--moderators", .kind = OPT_BOOL, .at = offsetof(type, role.moderators),                       \
		.help = "the list's moderators"                                                                        \
	}

static const char *file_of(const struct role *r)
{
	return r->owners ? "owners" : r->moderators ? "moderators" : "members";
}

static int check_role(const struct role *r, struct fault *f)
{
	return r->owners && r->moderators ? fault_usage(f, "--owners and --moderators cannot be done together") : 0;
}

/* Flags of a list of words, "digest,nomail". */
static int read_flags(const struct opt_list *words, unsigned *flags, struct fault *f)
{
	for (size_t i = 0; i < words->n; i++) {
		struct span rest = span_str(words->v[i]), word;

		while ((word = span_list_word(&rest)).n) {
			unsigned flag = member_flag_parse(word);

			if (!flag)
				return fault_usage(f, "\"%.*s\" is no option of a member", SPAN_ARG(word));
			*flags |= flag;
		}
	}
	return 0;
}

/* ---- addresses, from the command line or standard input ---- */

struct people {
	struct member *v;
	size_t n, room, bad;
	struct buf input; /* what they point into */
};

static void take_person(struct people *p, struct arena *a, const char *where, size_t line, struct span text)
{
	struct member one;
	struct fault f;
	int rc = migration_person_parse(a, text, &one, &f);

	if (rc < 0) {
		p->bad++;
		fprintf(stderr, "listmgr: %s", where);
		if (line)
			fprintf(stderr, ":%zu", line);
		fprintf(stderr, ": %s\n", f.text);
	}
	if (rc <= 0)
		return;
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 16;
		p->v = arena_heap_resize(p->v, p->room * sizeof(*p->v));
	}
	p->v[p->n++] = one;
}

static int read_input(struct buf *text, struct fault *f)
{
	char piece[LINE_OCTETS_MAX];
	ssize_t n;

	while ((n = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno != EINTR)
			return fault_errno(f, "cannot read standard input");
		if (n > 0)
			buf_put(text, piece, (size_t)n);
	}
	return text->overflow ? fault_perm(f, 0, "5.3.4", "standard input is larger than %d octets", INPUT_MAX) : 0;
}

/* The words behind the list's name; without any, lines of standard input. */
static int gather_people(struct people *p, struct listmgr *m, struct fault *f)
{
	struct span rest;
	size_t line = 0;

	for (int i = 1; i < m->n; i++)
		take_person(p, &m->arena, "command line", 0, span_str(m->operands[i]));
	if (m->n > 1)
		return 0;
	if (read_input(&p->input, f) < 0)
		return -1;
	for (rest = buf_span(&p->input); rest.n;)
		take_person(p, &m->arena, "standard input", ++line, span_cut(&rest, '\n'));
	return 0;
}

static void log_people(struct listmgr *m, const char *what, const char *file, const struct people *p, size_t n)
{
	if (p->n == 1 && n == 1)
		list_log(&m->list, "%s %.*s: %s, by command", what, SPAN_ARG(p->v[0].address), file);
	else if (n)
		list_log(&m->list, "%s %zu: %s, by command", what, n, file);
}

/* ---- what add and remove have in common ---- */

struct change_options {
	struct settings_options from;
	struct role role;
	bool is_told; /* as if they had done it themselves */
	struct opt_list set;
	const char *name, *topics;
	unsigned flags; /* of `set` */
};

static int with_people(struct listmgr *m, struct change_options *o,
		       int (*act)(struct listmgr *m, const struct change_options *o, struct people *p, struct fault *f),
		       struct fault *f)
{
	struct people p = { .v = NULL };
	int rc = -1;

	if (o->is_told && (o->role.owners || o->role.moderators))
		return fault_usage(f, "only members are told");
	if (check_role(&o->role, f) < 0 || read_flags(&o->set, &o->flags, f) < 0 ||
	    listmgr_open_first(m, &o->from, f) < 0)
		return -1;
	buf_init(&p.input, INPUT_MAX);
	if (gather_people(&p, m, f) == 0)
		rc = act(m, o, &p, f);
	if (p.bad)
		m->code = EX_DATAERR;
	free(p.v);
	buf_clear(&p.input);
	return rc;
}

/* ---- add ---- */

static void complete(const struct listmgr *m, const struct change_options *o, struct people *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct member *one = &p->v[i];

		one->flags |= o->flags;
		if (one->since == 0)
			one->since = m->run.now;
		if (o->name)
			one->name = span_str(o->name);
		if (o->topics)
			one->topics = span_str(o->topics);
	}
}

/* One by one, each with what the list's settings say of who has come. */
static int welcome(struct listmgr *m, const struct people *p, size_t *added, struct fault *f)
{
	*added = 0;
	for (size_t i = 0; i < p->n; i++) {
		int rc = subscribe(&m->run, &p->v[i], f);

		if (rc < 0)
			return -1;
		*added += rc > 0;
	}
	return 0;
}

static int add_people(struct listmgr *m, const struct change_options *o, struct people *p, struct fault *f)
{
	const char *file = file_of(&o->role);
	size_t added;

	complete(m, o, p);
	if (o->is_told ? welcome(m, p, &added, f) < 0 : members_add_all(&m->list, file, p->v, p->n, &added, f) < 0)
		return -1;
	if (!o->is_told)
		log_people(m, "added", file, p, added);
	if (added < p->n)
		fprintf(stderr, "listmgr: %zu of %zu were there before\n", p->n - added, p->n);
	return 0;
}

static int add(struct listmgr *m, void *options, struct fault *f)
{
	return with_people(m, options, add_people, f);
}

static int add_run(int argc, char **argv)
{
	static const struct listmgr_command c = { add, 1, 0, "a list, and addresses" };
	struct change_options o = { .name = NULL };

	return listmgr_main(&listmgr_add, &c, &o, argc, argv);
}

static const struct opt add_opts[] = {
	{ .name = "--set",
	  .arg = "OPTIONS",
	  .kind = OPT_LIST,
	  .at = offsetof(struct change_options, set),
	  .help = "their options: digest, nomail, moderated ..., separated by commas" },
	{ .name = "--name",
	  .arg = "TEXT",
	  .kind = OPT_STRING,
	  .at = offsetof(struct change_options, name),
	  .help = "the person's name" },
	{ .name = "--welcome",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct change_options, is_told),
	  .help = "tell them, as if they had come by themselves" },
	{ .name = "--topics",
	  .arg = "WORDS",
	  .kind = OPT_STRING,
	  .at = offsetof(struct change_options, topics),
	  .help = "the topics that they want, separated by commas" },
	ROLE_OPTS(struct change_options),
	SETTINGS_OPTS(struct change_options, from),
	OPT_END,
};

const struct applet listmgr_add = {
	.name = "listmgr add",
	.summary = "make somebody a member, moderator or owner",
	.synopsis = "[--owners | --moderators | --welcome] [--set OPTIONS] [--name TEXT] [--topics WORDS] LIST "
		    "[ADDRESS ...]",
	.opts = add_opts,
	.run = add_run,
};

/* ---- remove ---- */

static int say_goodbye(struct listmgr *m, const char *const *addresses, size_t n, size_t *removed, struct fault *f)
{
	*removed = 0;
	for (size_t i = 0; i < n; i++) {
		int rc = unsubscribe(&m->run, addresses[i], f);

		if (rc < 0)
			return -1;
		*removed += rc > 0;
	}
	return 0;
}

static int remove_people(struct listmgr *m, const struct change_options *o, struct people *p, struct fault *f)
{
	const char *file = file_of(&o->role), **addresses = arena_alloc(&m->arena, p->n * sizeof(*addresses));
	size_t removed;

	for (size_t i = 0; i < p->n; i++)
		addresses[i] = arena_span(&m->arena, p->v[i].address);
	if (o->is_told ? say_goodbye(m, addresses, p->n, &removed, f) < 0
		       : members_remove_all(&m->list, file, addresses, p->n, &removed, f) < 0)
		return -1;
	if (!o->is_told)
		log_people(m, "removed", file, p, removed);
	if (removed < p->n)
		fprintf(stderr, "listmgr: %zu of %zu were not there\n", p->n - removed, p->n);
	return 0;
}

static int take_off(struct listmgr *m, void *options, struct fault *f)
{
	return with_people(m, options, remove_people, f);
}

static int remove_run(int argc, char **argv)
{
	static const struct listmgr_command c = { take_off, 1, 0, "a list, and addresses" };
	struct change_options o = { .name = NULL };

	return listmgr_main(&listmgr_remove, &c, &o, argc, argv);
}

static const struct opt remove_opts[] = {
	{ .name = "--goodbye",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct change_options, is_told),
	  .help = "tell them, as if they had left by themselves" },
	ROLE_OPTS(struct change_options),
	SETTINGS_OPTS(struct change_options, from),
	OPT_END,
};

const struct applet listmgr_remove = {
	.name = "listmgr remove",
	.summary = "take somebody off a list",
	.synopsis = "[--owners | --moderators | --goodbye] LIST [ADDRESS ...]",
	.opts = remove_opts,
	.run = remove_run,
};

/* ---- members ---- */

struct members_options {
	struct settings_options from;
	struct role role;
	struct opt_list with, without, set, clear;
	const char *name, *topics;
	bool json, addresses, count;
};

struct members_job {
	struct listmgr *m;
	const struct members_options *o;
	char **patterns;
	int npatterns;
	unsigned with, without, set, clear;
	size_t shown;
};

static void put_json(struct buf *out, const struct member *one)
{
	json_begin(out, NULL, '{');
	json_put_span(out, "address", one->address);
	json_put_span(out, "name", one->name);
	json_begin(out, "options", '[');
	for (unsigned flag = 1; flag < MEMBER_FLAGS; flag *= 2)
		if (one->flags & flag)
			json_put_string(out, NULL, member_flag_name(flag));
	json_end(out, ']');
	json_put_number(out, "since", one->since);
	json_put_span(out, "topics", one->topics);
	json_end(out, '}');
	buf_put_char(out, '\n');
}

static void show(const struct members_options *o, const struct member *one)
{
	struct buf line;

	buf_init(&line, LINE_OCTETS_MAX);
	if (o->json)
		put_json(&line, one);
	else if (o->addresses)
		buf_printf(&line, "%.*s\n", SPAN_ARG(one->address));
	else
		member_put(&line, one);
	fwrite(line.p, 1, line.n, stdout);
	buf_clear(&line);
}

static bool is_wanted(struct members_job *j, const struct member *one)
{
	struct arena a = { 0 };
	const char *identity;
	bool wanted = j->npatterns == 0;

	if ((one->flags & j->with) != j->with || (one->flags & j->without))
		return false;
	identity = wanted ? NULL : member_identity(&a, one->address);
	for (int i = 0; identity && i < j->npatterns && !wanted; i++)
		wanted = fnmatch(j->patterns[i], identity, FNM_CASEFOLD) == 0;
	arena_clear(&a);
	return wanted;
}

static int show_all(struct members_job *j, struct fault *f)
{
	struct members_walk w = { 0 };
	struct members list;
	struct member one;
	int rc;

	if (members_open(&list, &j->m->list, file_of(&j->o->role), f) < 0)
		return -1;
	while ((rc = members_next(&list, &w, &one, f)) != 0) {
		if (rc < 0)
			j->m->code = applet_fail(j->m->page, f);
		if (rc < 0 || !is_wanted(j, &one))
			continue;
		j->shown++;
		if (!j->o->count)
			show(j->o, &one);
	}
	members_close(&list);
	if (j->o->count)
		printf("%zu\n", j->shown);
	return 0;
}

static int change_one(struct members_job *j, const char *file, const char *address, struct fault *f)
{
	struct members list;
	struct member one;
	int rc;

	if (members_open(&list, &j->m->list, file, f) < 0)
		return -1;
	rc = members_find(&list, address, &one);
	if (rc > 0) {
		one.flags = (one.flags | j->set) & ~j->clear;
		if (j->o->name)
			one.name = span_str(j->o->name);
		if (j->o->topics)
			one.topics = span_str(j->o->topics);
		rc = members_change(&j->m->list, file, &one, f);
	}
	members_close(&list);
	if (rc == 0)
		return fault_perm(f, 0, "5.1.1", "%.200s is not on the list", address);
	if (rc > 0)
		list_log(&j->m->list, "changed %s: %s, by command", address, file);
	return rc < 0 ? -1 : 0;
}

/* The lock is held meanwhile, so that what was read is what is changed. */
static int change_all(struct members_job *j, struct fault *f)
{
	int rc = 0;

	if (j->npatterns == 0)
		return fault_usage(f, "whose options are to be changed?");
	if (list_lock(&j->m->list, f) < 0)
		return -1;
	for (int i = 0; i < j->npatterns && rc == 0; i++)
		rc = change_one(j, file_of(&j->o->role), j->patterns[i], f);
	list_unlock(&j->m->list);
	return rc;
}

static int members(struct listmgr *m, void *options, struct fault *f)
{
	const struct members_options *o = options;
	struct members_job j = { .m = m, .o = o, .patterns = m->operands + 1, .npatterns = m->n - 1 };

	if (check_role(&o->role, f) < 0 || read_flags(&o->with, &j.with, f) < 0 ||
	    read_flags(&o->without, &j.without, f) < 0 || read_flags(&o->set, &j.set, f) < 0 ||
	    read_flags(&o->clear, &j.clear, f) < 0 || listmgr_open_first(m, &o->from, f) < 0)
		return -1;
	return j.set || j.clear || o->name || o->topics ? change_all(&j, f) : show_all(&j, f);
}

static int members_run(int argc, char **argv)
{
	struct members_options o = { .json = false };

	return listmgr_main(&listmgr_members, &(struct listmgr_command){ members, 1, 0, "a list" }, &o, argc, argv);
}

#define MEMBERS_OPT(option, word, type, member, text)                                                                  \
	{                                                                                                              \
		.name = option, .arg = word, .kind = type, .at = offsetof(struct members_options, member),             \
		.help = text                                                                                           \
	}

static const struct opt members_opts[] = {
	MEMBERS_OPT("--json", NULL, OPT_BOOL, json, "one JSON object a line"),
	MEMBERS_OPT("--addresses", NULL, OPT_BOOL, addresses, "their addresses only"),
	MEMBERS_OPT("--count", NULL, OPT_BOOL, count, "how many they are"),
	MEMBERS_OPT("--with", "OPTIONS", OPT_LIST, with, "only who has these options"),
	MEMBERS_OPT("--without", "OPTIONS", OPT_LIST, without, "only who has none of them"),
	MEMBERS_OPT("--set", "OPTIONS", OPT_LIST, set, "give these members the options"),
	MEMBERS_OPT("--clear", "OPTIONS", OPT_LIST, clear, "take them away"),
	MEMBERS_OPT("--name", "TEXT", OPT_STRING, name, "change their name"),
	MEMBERS_OPT("--topics", "WORDS", OPT_STRING, topics, "change their topics"),
	ROLE_OPTS(struct members_options),
	SETTINGS_OPTS(struct members_options, from),
	OPT_END,
};

const struct applet listmgr_members = {
	.name = "listmgr members",
	.summary = "say who is on a list, or change their options",
	.synopsis = "[--owners | --moderators] [--json | --addresses | --count] [--with OPTIONS] [--without OPTIONS] "
		    "LIST [PATTERN ...] | [--set OPTIONS] [--clear OPTIONS] [--name TEXT] [--topics WORDS] "
		    "LIST ADDRESS ...",
	.opts = members_opts,
	.run = members_run,
};
