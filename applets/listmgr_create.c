/* SPDX-License-Identifier: ISC */
/*
 * listmgr_create - make a list, and say which there are.
 */
#include <stdio.h>
#include <unistd.h>

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

static int create(struct listmgr *m, void *options, struct fault *f)
{
	struct create_options *o = options;
	struct list_terms terms = { .address = o->address, .description = o->description };
	const char *given = m->operands[0], *name = list_name_of(&m->arena, span_str(given));

	if (listmgr_open(m, &o->from, f) < 0)
		return -1;
	if (!name)
		return fault_usage(
			f, "\"%.60s\" is no name of a list: letters, digits, \".\", \"_\" and \"-\", at most %d", given,
			LIST_NAME_MAX);
	if (find_owners(m, o, f) < 0)
		return -1;
	terms.owners = o->owners.v;
	terms.nowners = o->owners.n;
	terms.assignments = (const char *const *)m->operands + 1;
	terms.nassignments = (size_t)m->n - 1;
	if (list_create(&m->places, name, &terms, f) < 0 || listmgr_open_list(m, name, f) < 0 ||
	    add_moderators(m, &o->moderators, f) < 0)
		return -1;
	list_log(&m->list, "created");
	printf("%s\n", list_address(&m->list, &m->arena, NULL));
	return 0;
}

static int create_run(int argc, char **argv)
{
	static const char operands[] = "the list's name, and NAME=VALUE for its config";
	struct create_options o = { .address = NULL };

	return listmgr_main(&listmgr_create, &(struct listmgr_command){ create, 1, 0, operands }, &o, argc, argv);
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

static int show_list(struct listmgr *m, const void *options, struct fault *f)
{
	const struct lists_options *o = options;

	(void)f;
	if (o->json)
		show_json(&m->list, &m->arena);
	else
		printf("%s\t%s\n", list_address(&m->list, &m->arena, NULL), m->list.settings.description);
	return 0;
}

static int lists(struct listmgr *m, void *options, struct fault *f)
{
	const struct lists_options *o = options;

	if (m->n > 0)
		return fault_usage(f, "nothing is expected here: %s", m->operands[0]);
	if (listmgr_open(m, &o->from, f) < 0)
		return -1;
	listmgr_each(m, show_list, o);
	return 0;
}

static int lists_run(int argc, char **argv)
{
	struct lists_options o = { .json = false };

	return listmgr_main(&listmgr_lists, &(struct listmgr_command){ .work = lists }, &o, argc, argv);
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
