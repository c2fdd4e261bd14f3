/* SPDX-License-Identifier: ISC */
/*
 * listmgr_digest - digests that are due are sent.
 */
#include <sysexits.h>

#include "list/digest.h"
#include "listmgr.h"

struct options {
	struct settings_options from;
	bool force;
};

static int work(struct listmgr *m, const void *options, struct fault *f)
{
	const struct options *o = options;

	return digest_run(&m->run, o->force, f);
}

static int digest_command(int argc, char **argv)
{
	static struct listmgr m = { .page = &listmgr_digest };
	struct options o = { .force = false };
	struct fault f;
	int first, code, rc = applet_options(m.page, &m.arena, argc, argv, OPT_PERMUTE, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	if (listmgr_open(&m, &o.from, &f) < 0)
		code = applet_fail(m.page, &f);
	else
		code = listmgr_each(&m, argv + first, argc - first, work, &o);
	listmgr_close(&m);
	return code;
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
