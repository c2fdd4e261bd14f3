/* SPDX-License-Identifier: ISC */
/*
 * listmgr - mailing lists: the table of its commands.
 */
#include "listmgr.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/nearest.h"

static const struct applet *const commands[] = {
	&listmgr_create,  &listmgr_config, &listmgr_lists,
	&listmgr_add,	  &listmgr_remove, &listmgr_members,
	&listmgr_import,  &listmgr_export, &listmgr_archive,
	&listmgr_http,	  &listmgr_check,  &listmgr_bounces,
	&listmgr_digest,  &listmgr_tick,   &listmgr_keys,
	&listmgr_deliver, &listmgr_post,   &listmgr_hold,
	&listmgr_accept,  &listmgr_reject, NULL,
};

struct options {
	bool help;
	struct settings_options from;
};

static const struct opt listmgr_opts[] = {
	{ .name = "--help",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, help),
	  .flags = OPT_HIDDEN,
	  .help = "explain listmgr, or the command that follows" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

extern const struct applet applet_listmgr;

static int unknown(const char *word)
{
	struct nearest near;
	struct fault f;

	nearest_init(&near, span_str(word));
	for (const struct applet *const *command = commands; *command; command++)
		nearest_offer(&near, applet_command_word(*command));
	if (nearest_name(&near))
		fault_usage(&f, "there is no command %s (did you mean %s?)", word, nearest_name(&near));
	else
		fault_usage(&f, "there is no command %s: see listmgr --help", word);
	return applet_fail(&applet_listmgr, &f);
}

static int help(const char *word)
{
	const struct applet *command = word ? applet_find_command(&applet_listmgr, word) : &applet_listmgr;

	if (!command)
		return unknown(word);
	applet_help(command);
	return EX_OK;
}

static int run_command(int argc, char **argv, const struct options *o)
{
	const struct applet *command = argc > 0 ? applet_find_command(&applet_listmgr, argv[0]) : NULL;
	struct fault f;

	if (o->help)
		return help(argc > 0 ? argv[0] : NULL);
	if (argc == 0) {
		fault_usage(&f, "a command must follow: see listmgr --help");
		return applet_fail(&applet_listmgr, &f);
	}
	if (!command)
		return unknown(argv[0]);
	listmgr_before = o->from;
	return command->run(argc, argv);
}

static int listmgr_run(int argc, char **argv)
{
	struct options o = { .help = false };
	struct arena a = { 0 };
	int first, rc = applet_options(&applet_listmgr, &a, argc, argv, 0, &o, &first);

	if (rc == 0)
		rc = run_command(argc - first, argv + first, &o);
	else
		rc = rc < 0 ? EX_USAGE : EX_OK;
	arena_clear(&a);
	return rc;
}

const struct applet applet_listmgr = {
	.name = "listmgr",
	.summary = "mailing lists",
	.synopsis = "[-C FILE] [-o NAME=VALUE]... [--spool DIR] COMMAND [ARGUMENT ...] | --help [COMMAND]",
	.opts = listmgr_opts,
	.commands = commands,
	.run = listmgr_run,
};
