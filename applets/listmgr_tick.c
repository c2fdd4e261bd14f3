/* SPDX-License-Identifier: ISC */
/*
 * listmgr_tick - what the passing of time makes due: for a timer, where lists are so quiet that no post does it.
 */
#include <sysexits.h>

#include "list/digest.h"
#include "list/held.h"
#include "list/outbox.h"
#include "list/probe.h"
#include "listmgr.h"

struct options {
	struct settings_options from;
};

/* A post whose sending was killed, if nobody tries it again. */
static int send_left(struct list_run *r, struct fault *f)
{
	int rc;

	if (list_lock(r->list, f) < 0)
		return -1;
	rc = outbox_recover(r, f);
	list_unlock(r->list);
	return rc;
}

static int work(struct listmgr *m, const void *options, struct fault *f)
{
	(void)options;
	if (send_left(&m->run, f) < 0 || held_expire(&m->run, f) < 0 || probe_tick(&m->run, f) < 0)
		return -1;
	return digest_run(&m->run, false, f);
}

static int tick_run(int argc, char **argv)
{
	static struct listmgr m = { .page = &listmgr_tick };
	struct options o = { { 0 } };
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

static const struct opt tick_opts[] = {
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet listmgr_tick = {
	.name = "listmgr tick",
	.summary = "do what is due: digests, probes of members whose mail comes back",
	.synopsis = "[LIST ...]",
	.opts = tick_opts,
	.run = tick_run,
};
