/* SPDX-License-Identifier: ISC */
/*
 * listmgr_keys - a new key for a list's signed addresses.
 */
#include <stdio.h>

#include "list/token.h"
#include "listmgr.h"

struct options {
	struct settings_options from;
	bool rotate, forget;
};

static int keys(struct listmgr *m, void *options, struct fault *f)
{
	const struct options *o = options;

	if (listmgr_open_first(m, &o->from, f) < 0)
		return -1;
	if (o->rotate || o->forget) {
		if (token_rotate(&m->list, o->forget ? 0 : TOKEN_KEYS_MAX - 1, f) < 0)
			return -1;
		list_log(&m->list, o->forget ? "the key was replaced" : "there is a new key");
	}
	if (token_load(&m->list, f) < 0)
		return -1;
	printf("%zu key%s\n", m->list.nkeys, m->list.nkeys == 1 ? "" : "s");
	return 0;
}

static int keys_run(int argc, char **argv)
{
	struct options o = { .rotate = false };

	return listmgr_main(&listmgr_keys, &(struct listmgr_command){ keys, 1, 1, "a list" }, &o, argc, argv);
}

static const struct opt keys_opts[] = {
	{ .name = "--rotate",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, rotate),
	  .help = "make a new key; addresses made with older ones stay good" },
	{ .name = "--forget",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, forget),
	  .help = "make a new key, and refuse what was made with older ones" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet listmgr_keys = {
	.name = "listmgr keys",
	.summary = "say how many keys a list has for signed addresses, or make a new one",
	.synopsis = "[--rotate | --forget] LIST",
	.opts = keys_opts,
	.run = keys_run,
};
