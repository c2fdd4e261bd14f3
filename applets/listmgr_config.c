/* SPDX-License-Identifier: ISC */
/*
 * listmgr_config - show and change what a list's config says.
 */
#include <stdio.h>
#include <string.h>

#include "list/configure.h"
#include "listmgr.h"
#include "parameters.h"

struct options {
	struct settings_options from;
	bool only_set, values_only, verbose;
	struct opt_list unset;
};

static int show(struct listmgr *m, const struct options *o, struct config *c, struct fault *f)
{
	for (int i = 1; i < m->n; i++)
		if (!config_text(c, m->operands[i]))
			return config_nearest(c, m->operands[i])
				       ? fault_usage(f, "unknown parameter %s (did you mean %s?)", m->operands[i],
						     config_nearest(c, m->operands[i]))
				       : fault_usage(f, "unknown parameter %s", m->operands[i]);
	parameters_print(
		c, &(struct parameters_how){ m->operands + 1, m->n - 1, o->only_set, o->values_only, o->verbose });
	return 0;
}

/* Words with a "=" are changes, and then all are. */
static int change(struct listmgr *m, const struct options *o, struct fault *f)
{
	struct opt_list changes = { NULL, 0 };

	for (int i = 1; i < m->n; i++) {
		if (!strchr(m->operands[i], '='))
			return fault_usage(f, "what is to become of %s?", m->operands[i]);
		opt_list_add(&m->arena, &changes, m->operands[i]);
	}
	for (size_t i = 0; i < o->unset.n; i++) {
		if (strchr(o->unset.v[i], '='))
			return fault_usage(f, "--unset %s: this is no name of a parameter", o->unset.v[i]);
		opt_list_add(&m->arena, &changes, o->unset.v[i]);
	}
	if (configure_set(&m->list, &m->places, changes.v, changes.n, f) < 0)
		return -1;
	for (size_t i = 0; i < changes.n; i++)
		list_log(&m->list, "%s %s, by command", strchr(changes.v[i], '=') ? "set" : "unset", changes.v[i]);
	return 0;
}

static int config(struct listmgr *m, void *options, struct fault *f)
{
	const struct options *o = options;
	bool changes = o->unset.n > 0;
	struct config c;

	for (int i = 1; i < m->n; i++)
		changes |= strchr(m->operands[i], '=') != NULL;
	if (listmgr_open_first(m, &o->from, f) < 0)
		return -1;
	if (changes)
		return change(m, o, f);
	/* Once more, for where each value comes from. */
	const char *name = arena_str(&m->arena, m->list.name);

	listmgr_close_list(m);
	if (list_open_config(&m->list, &m->places, name, &c, f) < 0)
		return -1;
	m->has_list = true;
	return show(m, o, &c, f);
}

static int config_run(int argc, char **argv)
{
	static const struct listmgr_command c = { config, 1, 0, "a list, and names, or NAME=VALUE" };
	struct options o = { .verbose = false };

	return listmgr_main(&listmgr_config, &c, &o, argc, argv);
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
