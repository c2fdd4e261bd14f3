/* SPDX-License-Identifier: ISC */
/*
 * listmgr_tick - what the passing of time makes due: for a timer, where lists are so quiet that no post does it.
 */
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

static int do_due(struct listmgr *m, const void *options, struct fault *f)
{
	(void)options;
	if (send_left(&m->run, f) < 0 || held_expire(&m->run, f) < 0 || probe_tick(&m->run, f) < 0)
		return -1;
	return digest_run(&m->run, false, f);
}

static int tick(struct listmgr *m, void *options, struct fault *f)
{
	const struct options *o = options;

	if (listmgr_open(m, &o->from, f) < 0)
		return -1;
	listmgr_each(m, do_due, NULL);
	return 0;
}

static int tick_run(int argc, char **argv)
{
	struct options o = { { 0 } };

	return listmgr_main(&listmgr_tick, &(struct listmgr_command){ .work = tick }, &o, argc, argv);
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
