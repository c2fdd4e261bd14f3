/* SPDX-License-Identifier: ISC */
/*
 * listmgr_config - show and change what a list's config says.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "list/configure.h"
#include "listmgr.h"

struct options {
	struct settings_options from;
	bool only_set, values_only, verbose;
	struct opt_list unset;
};

struct job {
	struct listmgr m;
	struct options o;
	char **words;
	int n;
};

/* So that what is printed is a config again. */
static void put_value(const char *text)
{
	for (; *text; text++)
		fputs(*text == '$' ? "$$" : (char[]){ *text, '\0' }, stdout);
}

static void show_one(const struct options *o, const struct config_param *param, const struct config_value *value)
{
	if (o->values_only) {
		puts(value->expanded);
		return;
	}
	if (o->verbose)
		printf("# %s\n", param->help);
	printf("# %s\n%s = ", value->where, param->name);
	put_value(value->expanded);
	putchar('\n');
}

static bool is_wanted(const struct job *j, const char *name)
{
	for (int i = 1; i < j->n; i++)
		if (strcmp(j->words[i], name) == 0)
			return true;
	return j->n == 1;
}

static int show(struct job *j, struct config *c, struct fault *f)
{
	for (int i = 1; i < j->n; i++)
		if (!config_text(c, j->words[i]))
			return config_nearest(c, j->words[i])
				       ? fault_usage(f, "unknown parameter %s (did you mean %s?)", j->words[i],
						     config_nearest(c, j->words[i]))
				       : fault_usage(f, "unknown parameter %s", j->words[i]);
	for (size_t i = 0; i < c->n; i++)
		if (is_wanted(j, c->table[i].name) && (c->values[i].is_set || !j->o.only_set))
			show_one(&j->o, &c->table[i], &c->values[i]);
	return 0;
}

/* Words with a "=" are changes, and then all are. */
static int change(struct job *j, struct fault *f)
{
	struct opt_list changes = { NULL, 0 };

	for (int i = 1; i < j->n; i++) {
		if (!strchr(j->words[i], '='))
			return fault_usage(f, "what is to become of %s?", j->words[i]);
		opt_list_add(&j->m.arena, &changes, j->words[i]);
	}
	for (size_t i = 0; i < j->o.unset.n; i++) {
		if (strchr(j->o.unset.v[i], '='))
			return fault_usage(f, "--unset %s: this is no name of a parameter", j->o.unset.v[i]);
		opt_list_add(&j->m.arena, &changes, j->o.unset.v[i]);
	}
	if (configure_set(&j->m.list, &j->m.places, changes.v, changes.n, f) < 0)
		return -1;
	for (size_t i = 0; i < changes.n; i++)
		list_log(&j->m.list, "%s %s, by command", strchr(changes.v[i], '=') ? "set" : "unset", changes.v[i]);
	return 0;
}

static int work(struct job *j, struct fault *f)
{
	bool changes = j->o.unset.n > 0;
	struct config c;

	for (int i = 1; i < j->n; i++)
		changes |= strchr(j->words[i], '=') != NULL;
	if (listmgr_open(&j->m, &j->o.from, f) < 0 || listmgr_open_list(&j->m, j->words[0], f) < 0)
		return -1;
	if (changes)
		return change(j, f);
	/* Once more, for where each value comes from. */
	const char *name = arena_str(&j->m.arena, j->m.list.name);

	listmgr_close_list(&j->m);
	if (list_open_config(&j->m.list, &j->m.places, name, &c, f) < 0)
		return -1;
	j->m.has_list = true;
	return show(j, &c, f);
}

static int config_run(int argc, char **argv)
{
	static struct job j = { .m = { .page = &listmgr_config } };
	struct fault f;
	int first, code = EX_OK, rc = applet_options(j.m.page, &j.m.arena, argc, argv, OPT_PERMUTE, &j.o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	j.words = argv + first;
	j.n = argc - first;
	if (listmgr_operands(j.n, 1, 0, "a list, and names, or NAME=VALUE", &f) < 0 || work(&j, &f) < 0)
		code = applet_fail(j.m.page, &f);
	listmgr_close(&j.m);
	return code;
}

#define CONFIG_OPT(option, member, text)                                                                               \
	{                                                                                                              \
		.name = option, .kind = OPT_BOOL, .at = offsetof(struct options, member), .help = text                 \
	}

static const struct opt config_opts[] = {
	CONFIG_OPT("-n", only_set, "only what is set in the config"),
	CONFIG_OPT("-h", values_only, "only the values"),
	CONFIG_OPT("-v", verbose, "what each parameter means"),
	{ .name = "--unset",
	  .arg = "NAME",
	  .kind = OPT_LIST,
	  .at = offsetof(struct options, unset),
	  .help = "give it its default again" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet listmgr_config = {
	.name = "listmgr config",
	.summary = "show what a list's config says, or change it",
	.synopsis = "[-hnv] LIST [NAME ...] | [--unset NAME]... LIST [NAME=VALUE ...]",
	.opts = config_opts,
	.run = config_run,
};
