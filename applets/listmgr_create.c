/* SPDX-License-Identifier: ISC */
/*
 * listmgr_create - make a list, and say which there are.
 */
#include <stdio.h>
#include <sysexits.h>

#include "base/json.h"
#include "list/members.h"
#include "listmgr.h"

enum { LINE_MAX_OCTETS = 16 << 10 };

/* ---- create ---- */

struct create_options {
	struct settings_options from;
	struct opt_list owners, moderators;
	const char *address, *description;
};

/* Who calls it answers for the list if nobody else is named. */
static int find_owners(struct listmgr *m, struct create_options *o, struct fault *f)
{
	struct account who;
	int rc;

	if (o->owners.n)
		return 0;
	rc = account_find_uid(&m->arena, getuid(), &who, f);
	if (rc <= 0)
		return rc < 0 ? -1 : fault_usage(f, "a list has an owner: --owner ADDRESS");
	opt_list_add(&m->arena, &o->owners, route_qualify(&m->site.route, &m->arena, span_str(who.name)));
	return 0;
}

static int add_moderators(struct listmgr *m, const struct opt_list *moderators, struct fault *f)
{
	for (size_t i = 0; i < moderators->n; i++) {
		const struct member one = { .address = span_str(moderators->v[i]) };

		if (members_add(&m->list, "moderators", &one, f) < 0)
			return -1;
	}
	return 0;
}

static int create(struct listmgr *m, struct create_options *o, const char *given, char **assignments, size_t n,
		  struct fault *f)
{
	struct list_terms terms = { .address = o->address, .description = o->description };
	const char *name = list_name_of(&m->arena, span_str(given));

	if (!name)
		return fault_usage(
			f, "\"%.60s\" is no name of a list: letters, digits, \".\", \"_\" and \"-\", at most %d", given,
			LIST_NAME_MAX);
	if (find_owners(m, o, f) < 0)
		return -1;
	terms.owners = o->owners.v;
	terms.nowners = o->owners.n;
	terms.assignments = (const char *const *)assignments;
	terms.nassignments = n;
	if (list_create(&m->places, name, &terms, f) < 0 || listmgr_open_list(m, name, f) < 0 ||
	    add_moderators(m, &o->moderators, f) < 0)
		return -1;
	list_log(&m->list, "created");
	printf("%s\n", list_address(&m->list, &m->arena, NULL));
	return 0;
}

static int create_run(int argc, char **argv)
{
	static struct listmgr m = { .page = &listmgr_create };
	struct create_options o = { .address = NULL };
	struct fault f;
	int first, code = EX_OK, rc = applet_options(m.page, &m.arena, argc, argv, OPT_PERMUTE, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	if (listmgr_operands(argc - first, 1, 0, "the list's name, and NAME=VALUE for its config", &f) < 0 ||
	    listmgr_open(&m, &o.from, &f) < 0 ||
	    create(&m, &o, argv[first], argv + first + 1, (size_t)(argc - first - 1), &f) < 0)
		code = applet_fail(m.page, &f);
	listmgr_close(&m);
	return code;
}

#define CREATE_OPT(option, word, type, member, text)                                                                   \
	{                                                                                                              \
		.name = option, .arg = word, .kind = type, .at = offsetof(struct create_options, member), .help = text \
	}

static const struct opt create_opts[] = {
	CREATE_OPT("--owner", "ADDRESS", OPT_LIST, owners, "who is told when something is wrong; else you"),
	CREATE_OPT("--moderator", "ADDRESS", OPT_LIST, moderators, "who decides about held posts, besides owners"),
	CREATE_OPT("--description", "TEXT", OPT_STRING, description, "what the list is about, in a line"),
	CREATE_OPT("--address", "ADDRESS", OPT_STRING, address, "the list's address, if not NAME at myorigin"),
	SETTINGS_OPTS(struct create_options, from),
	OPT_END,
};

const struct applet listmgr_create = {
	.name = "listmgr create",
	.summary = "make a list",
	.synopsis = "[--owner ADDRESS]... [--moderator ADDRESS]... [--description TEXT] [--address ADDRESS] "
		    "LIST [NAME=VALUE ...]",
	.opts = create_opts,
	.run = create_run,
};

/* ---- lists ---- */

struct lists_options {
	struct settings_options from;
	bool json;
};

static void show_json(const struct list *l, struct arena *a)
{
	struct buf line;

	buf_init(&line, LINE_MAX_OCTETS);
	json_begin(&line, NULL, '{');
	json_put_string(&line, "name", l->name);
	json_put_string(&line, "address", list_address(l, a, NULL));
	json_put_string(&line, "description", l->settings.description);
	json_end(&line, '}');
	puts(buf_str(&line));
	buf_clear(&line);
}

/* The exit code. A list whose config is wrong is told, and hides no other. */
static int show_lists(struct listmgr *m, const struct lists_options *o, struct fault *f)
{
	struct list_walk w = { .places = &m->places, .arena = &m->arena };
	const char *name;
	int rc, bad = 0;

	while ((rc = list_next(&w, &name, f)) > 0) {
		if (listmgr_open_list(m, name, f) < 0) {
			bad = applet_fail(m->page, f);
			continue;
		}
		if (o->json)
			show_json(&m->list, &m->arena);
		else
			printf("%s\t%s\n", list_address(&m->list, &m->arena, NULL), m->list.settings.description);
		listmgr_close_list(m);
	}
	return rc < 0 ? applet_fail(m->page, f) : bad;
}

static int lists_run(int argc, char **argv)
{
	static struct listmgr m = { .page = &listmgr_lists };
	struct lists_options o = { .json = false };
	struct fault f = { 0 };
	int first, code = EX_OK, rc = applet_options(m.page, &m.arena, argc, argv, OPT_PERMUTE, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	if ((argc > first && fault_usage(&f, "nothing is expected here: %s", argv[first]) < 0) ||
	    listmgr_open(&m, &o.from, &f) < 0)
		code = applet_fail(m.page, &f);
	else
		code = show_lists(&m, &o, &f);
	listmgr_close(&m);
	return code;
}

static const struct opt lists_opts[] = {
	{ .name = "--json",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct lists_options, json),
	  .help = "one JSON object a line" },
	SETTINGS_OPTS(struct lists_options, from),
	OPT_END,
};

const struct applet listmgr_lists = {
	.name = "listmgr lists",
	.summary = "say which lists there are",
	.synopsis = "[--json]",
	.opts = lists_opts,
	.run = lists_run,
};
