/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_POOL_H
#define LIBMAIL_RELAY_POOL_H

/*
 * pool - the worker processes that there are, within process_limit.
 */

#include "relay/destination.h"

struct pool {
	const struct relay_rules *rules;
	struct process *list;
	unsigned n;
	unsigned leaving;  /* retired, not yet waited for */
	unsigned starving; /* destinations with tasks that have no process, because there are process_limit */
};

/*
 * A process that takes another job for the destination: an idle one, else a new one as far as
 * the limits allow, else one that is not full. NULL: none now. A failed fork is a fault in *f
 * (kind FAULT_NONE otherwise).
 */
struct process *pool_worker(struct pool *pool, struct destination *d, struct fault *f);

/*
 * So many destinations wait for a process of their own: as many of those that others have get no further job, and go
 * when they have done what they have.
 */
void pool_share(struct pool *pool, unsigned starving);

/* How many reach it. */
unsigned pool_working(const struct pool *pool, const struct destination *d);

struct process *pool_by_socket(const struct pool *pool, int socket);

/* Let it go: it ends by itself when its socket closes. p is freed. */
void pool_retire(struct pool *pool, struct process *p);
/* All that have had nothing to do for WORKER_IDLE_SECONDS, or have nothing to do now. */
void pool_retire_idle(struct pool *pool, bool now);
void pool_reap(struct pool *pool);
/* Retire all, the busy ones by SIGTERM, and wait until they have ended. */
void pool_end(struct pool *pool);

#endif
