/* SPDX-License-Identifier: ISC */
/*
 * run - what stands behind a list that works.
 */
#include "list/run.h"

void list_run_queued(const struct list_run *r, const char *id)
{
	if (r->queued)
		r->queued(r->ctx, id);
	else
		spool_kick(r->spool, id);
}
