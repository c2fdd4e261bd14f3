/* SPDX-License-Identifier: ISC */
/*
 * applet - find an applet and run it; what all applets do with options and
 * faults.
 */
#include "applet.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/printable.h"

enum { HELP_COLUMN = 24, FAULT_TEXT_MAX = 8192 };

const char *applet_version(void)
{
	return "letterbox " LETTERBOX_VERSION;
}

static bool has_name(const struct applet *applet, const char *name)
{
	if (strcmp(applet->name, name) == 0)
		return true;
	for (const char *const *alias = applet->aliases; alias && *alias; alias++)
		if (strcmp(*alias, name) == 0)
			return true;
	return false;
}

const struct applet *applet_find(const char *name)
{
	for (const struct applet *const *applet = applets; *applet; applet++)
		if (has_name(*applet, name))
			return *applet;
	return NULL;
}

const char *applet_command_word(const struct applet *command)
{
	const char *blank = strchr(command->name, ' ');

	return blank ? blank + 1 : command->name;
}

const struct applet *applet_find_command(const struct applet *applet, const char *word)
{
	for (const struct applet *const *command = applet->commands; command && *command; command++)
		if (strcmp(applet_command_word(*command), word) == 0)
			return *command;
	return NULL;
}

/* Without directory, and without the dash that login(1) puts in front of a shell's name. */
static char *base_name(char *path)
{
	char *slash = strrchr(path, '/');
	char *name = slash ? slash + 1 : path;

	return *name == '-' ? name + 1 : name;
}

int applet_run(int argc, char **argv)
{
	static char own_name[] = "letterbox";
	char *nothing[] = { own_name, NULL };
	const struct applet *applet, *own;

	if (argc < 1 || !argv[0]) {
		argc = 1;
		argv = nothing;
	}
	argv[0] = base_name(argv[0]);
	/* A build of one applet is that applet, whatever it is called. */
	applet = applets[0] && !applets[1] ? applets[0] : applet_find(argv[0]);
	own = applet_find(own_name);
	if ((!applet || applet == own) && argc > 1 && applet_find(argv[1])) {
		applet = applet_find(argv[1]);
		argc--, argv++;
	}
	if (!applet)
		applet = own;
	if (applet)
		return applet->run(argc, argv);
	fprintf(stderr, "%s: no such applet is built in\n", argv[0]);
	return EX_USAGE;
}

int applet_fail(const struct applet *applet, const struct fault *f)
{
	struct buf text;

	buf_init(&text, FAULT_TEXT_MAX);
	printable_put(&text, span_str(f->text));
	fprintf(stderr, "%s: %s\n", applet->name, buf_str(&text));
	buf_clear(&text);
	return fault_exit(f);
}

const char *applet_option_text(struct arena *a, const struct opt *o)
{
	bool is_long = o->name[1] == '-';

	if (!o->arg)
		return o->name;
	if (o->flags & OPT_ATTACHED)
		return arena_printf(a, "%s[%s%s]", o->name, is_long ? "=" : "", o->arg);
	return arena_printf(a, "%s%s%s", o->name, is_long || o->name[2] == '\0' ? " " : "", o->arg);
}

static void help_commands(const struct applet *applet)
{
	for (const struct applet *const *command = applet->commands; command && *command; command++)
		printf("%s  %-12s%s\n", command == applet->commands ? "\nCommands, each with its own --help:\n" : "",
		       applet_command_word(*command), (*command)->summary);
}

void applet_help(const struct applet *applet)
{
	struct arena a = { 0 };

	printf("usage: %s %s\n%s\n", applet->name, applet->synopsis, applet->summary);
	for (const struct opt *o = applet->opts; o->name; o++) {
		const char *text = applet_option_text(&a, o);

		if (o->flags & OPT_HIDDEN)
			continue;
		printf("%s  %s", o == applet->opts ? "\n" : "", text);
		if (strlen(text) > HELP_COLUMN - 4)
			printf("\n%*s", HELP_COLUMN, "");
		else
			printf("%*s", HELP_COLUMN - 2 - (int)strlen(text), "");
		printf("%s\n", o->help);
	}
	help_commands(applet);
	arena_clear(&a);
}

/* The applet's own rows stand first, so that it may give the names another meaning. */
static const struct opt *with_common_rows(const struct opt *own, struct arena *a)
{
	static const struct opt common[] = {
		{ .name = "--help", .kind = OPT_STOP },
		{ .name = "--version", .kind = OPT_STOP },
		OPT_END,
	};
	size_t n = 0;
	struct opt *table;

	while (own[n].name)
		n++;
	table = arena_alloc(a, n * sizeof(*own) + sizeof(common));
	memcpy(table, own, n * sizeof(*own));
	memcpy(table + n, common, sizeof(common));
	return table;
}

int applet_options(const struct applet *applet, struct arena *a, int argc, char **argv, unsigned how, void *options,
		   int *first)
{
	struct fault f;

	switch (opt_parse(a, with_common_rows(applet->opts, a), argc, argv, how, options, first, &f)) {
	case 0:
		return 0;
	case 1:
		if (strcmp(argv[*first], "--help") == 0)
			applet_help(applet);
		else
			puts(applet_version());
		return 1;
	default:
		applet_fail(applet, &f);
		fprintf(stderr, "usage: %s %s\n", applet->name, applet->synopsis);
		return -1;
	}
}
