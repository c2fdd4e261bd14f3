/* SPDX-License-Identifier: ISC */
/*
 * listmgr_digest - digests that are due are sent.
 */
#include "list/digest.h"
#include "listmgr.h"

struct options {
	struct settings_options from;
	bool force;
};

static int send_due(struct listmgr *m, const void *options, struct fault *f)
{
	const struct options *o = options;

	return digest_run(&m->run, o->force, f);
}

static int digest(struct listmgr *m, void *options, struct fault *f)
{
	const struct options *o = options;

	if (listmgr_open(m, &o->from, f) < 0)
		return -1;
	listmgr_each(m, send_due, o);
	return 0;
}

static int digest_command(int argc, char **argv)
{
	struct options o = { .force = false };

	return listmgr_main(&listmgr_digest, &(struct listmgr_command){ .work = digest }, &o, argc, argv);
}

static const struct opt digest_opts[] = {
	{ .name = "--force",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, force),
	  .help = "send what waits, due or not" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet listmgr_digest = {
	.name = "listmgr digest",
	.summary = "send the digests that are due",
	.synopsis = "[--force] [LIST ...]",
	.opts = digest_opts,
	.run = digest_command,
};
