/* SPDX-License-Identifier: ISC */
/*
 * pool - the worker processes that there are.
 */
#include "relay/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* As many jobs together are worth more than another process, where the disk is what is waited for. */
enum { LOCAL_FILL = WORKER_BATCH / 2 };

static void unlink_process(struct process **list, struct process *p)
{
	while (*list && *list != p)
		list = &(*list)->next;
	if (*list)
		*list = p->next;
}

void pool_retire(struct pool *pool, struct process *p)
{
	unlink_process(&pool->list, p);
	p->destination->nprocesses--;
	close(p->socket);
	free(p);
	pool->n--;
	pool->leaving++;
}

static struct process *spawn(struct pool *pool, struct destination *d, struct fault *f)
{
	struct process *p;
	int socket, pid = worker_start(pool->rules, &d->place, &socket, f);

	if (pid < 0)
		return NULL;
	p = arena_heap(sizeof(*p));
	*p = (struct process){ .pid = pid, .socket = socket, .destination = d, .next = pool->list };
	/* What it delivers to is here. */
	p->works = d->place.kind == WORKER_LOCAL;
	pool->list = p;
	pool->n++;
	d->nprocesses++;
	return p;
}

/* One that does nothing for another destination makes room. */
static bool make_room(struct pool *pool)
{
	struct process *oldest = NULL;

	if (pool->n < (unsigned)pool->rules->process_limit)
		return true;
	for (struct process *p = pool->list; p; p = p->next)
		if (p->n == 0 && (!oldest || p->idle_since < oldest->idle_since))
			oldest = p;
	if (oldest)
		pool_retire(pool, oldest);
	return oldest != NULL;
}

static bool may_spawn(struct pool *pool, const struct destination *d)
{
	/* Until one connection has succeeded there is only one: a probe. */
	if (d->nprocesses >= d->limit || (!d->proven && d->nprocesses > 0))
		return false;
	/* Who has none comes first. */
	if (d->nprocesses > 0 && pool->starving > 0)
		return false;
	return make_room(pool);
}

/*
 * Every job of one that does not reach it would be another knock at its door. Nor may the scheduler ever have to wait
 * for room in a socket.
 */
static bool has_room(const struct process *p)
{
	bool is_local = p->destination->place.kind == WORKER_LOCAL;

	if (p->leaving || p->alone)
		return false;
	if (!p->works || p->slow)
		return p->n == 0;
	return p->n < WORKER_DEPTH || (is_local && p->n < WORKER_BATCH && p->bytes < JOB_PACKET_MAX / 2);
}

static struct process *least_busy(const struct pool *pool, const struct destination *d)
{
	struct process *best = NULL;

	for (struct process *p = pool->list; p; p = p->next)
		if (p->destination == d && has_room(p) && (!best || p->n < best->n))
			best = p;
	return best;
}

unsigned pool_working(const struct pool *pool, const struct destination *d)
{
	unsigned n = 0;

	for (const struct process *p = pool->list; p; p = p->next)
		n += p->destination == d && p->works;
	return n;
}

struct process *pool_worker(struct pool *pool, struct destination *d, struct fault *f)
{
	struct process *p = least_busy(pool, d), *fresh = NULL;

	f->kind = FAULT_NONE;
	if (p && (p->n == 0 || (d->place.kind == WORKER_LOCAL && p->n < LOCAL_FILL)))
		return p;
	if (may_spawn(pool, d))
		fresh = spawn(pool, d, f);
	return fresh ? fresh : p;
}

/* The destination that has most gives; where each has one, who has had a turn. */
static bool gives_before(const struct process *p, const struct process *other)
{
	unsigned mine = p->destination->nprocesses;

	if (p->leaving || (mine == 1 && p->served < TURN_TASKS))
		return false;
	if (!other || mine != other->destination->nprocesses)
		return !other || mine > other->destination->nprocesses;
	return p->served > other->served;
}

static struct process *find_giver(const struct pool *pool)
{
	struct process *best = NULL;

	for (struct process *p = pool->list; p; p = p->next)
		if (gives_before(p, best))
			best = p;
	return best;
}

void pool_share(struct pool *pool, unsigned starving)
{
	unsigned leaving = 0;
	struct process *p;

	if (pool->n < (unsigned)pool->rules->process_limit)
		starving = 0;
	pool->starving = starving;
	for (p = pool->list; p; p = p->next) {
		p->leaving = p->leaving && leaving < starving;
		leaving += p->leaving;
	}
	while (leaving++ < starving && (p = find_giver(pool)) != NULL)
		p->leaving = true;
}

struct process *pool_by_socket(const struct pool *pool, int socket)
{
	struct process *p = pool->list;

	while (p && p->socket != socket)
		p = p->next;
	return p;
}

void pool_reap(struct pool *pool)
{
	while (pool->leaving > 0 && waitpid(-1, NULL, WNOHANG) > 0)
		pool->leaving--;
}

void pool_retire_idle(struct pool *pool, bool now)
{
	int64_t old = clock_mono_ms() - WORKER_IDLE_SECONDS * 1000;

	for (struct process *p = pool->list, *next; p; p = next) {
		next = p->next;
		if (p->n == 0 && (now || p->leaving || p->idle_since <= old))
			pool_retire(pool, p);
	}
}

void pool_end(struct pool *pool)
{
	struct process *p;

	pool_retire_idle(pool, true);
	while ((p = pool->list) != NULL) {
		kill(p->pid, SIGTERM);
		pool_retire(pool, p);
	}
	while (pool->leaving > 0 && (waitpid(-1, NULL, 0) > 0 || errno == EINTR))
		pool->leaving--;
}
