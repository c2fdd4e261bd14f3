/* SPDX-License-Identifier: ISC */
/*
 * destination - where messages wait for workers.
 */
#include "relay/destination.h"

#include <stdlib.h>

#include "base/clock.h"

enum { RCPTS_MIN = 1, QUEUE_MIN = 8, DEATHS_MAX = 30, KEY_MAX = 256 << 10 /* a parameter and a domain fit */ };

void destinations_init(struct destinations *all, long limit, long initial)
{
	*all = (struct destinations){ .limit = limit, .initial = initial < limit ? initial : limit };
	all->tail = &all->waiting;
	map_init(&all->map, &all->arena);
}

void destinations_clear(struct destinations *all)
{
	for (size_t i = 0; i < all->map.n; i++) {
		struct destination *d = all->map.entries[i].value;

		free(d->queue);
		tray_clear(&d->put_off);
		tray_clear(&d->crowd);
	}
	arena_clear(&all->arena);
}

struct destination *destinations_next(struct destinations *all)
{
	struct destination *d = all->waiting;

	if (!d)
		return NULL;
	all->waiting = d->next_waiting;
	if (!all->waiting)
		all->tail = &all->waiting;
	all->nwaiting--;
	d->is_waiting = false;
	return d;
}

void destinations_put_back(struct destinations *all, struct destination *d)
{
	if (d->is_waiting || d->n == 0)
		return;
	d->is_waiting = true;
	d->next_waiting = NULL;
	*all->tail = d;
	all->tail = &d->next_waiting;
	all->nwaiting++;
}

void destinations_put_first(struct destinations *all, struct destination *chain)
{
	struct destination *last = NULL;

	for (struct destination *d = chain; d; d = d->next_waiting) {
		d->is_waiting = true;
		all->nwaiting++;
		last = d;
	}
	if (!last)
		return;
	last->next_waiting = all->waiting;
	if (!all->waiting)
		all->tail = &last->next_waiting;
	all->waiting = chain;
}

static const char *keep(struct arena *a, const char *z)
{
	return z ? arena_str(a, z) : NULL;
}

struct destination *destination_for(struct destinations *all, const struct worker_place *place)
{
	static const char *const kinds[] = {
		[WORKER_LOCAL] = "local", [WORKER_SMTP] = "smtp", [WORKER_LMTP] = "lmtp", [WORKER_PIPE] = "pipe"
	};
	struct destination *d;
	struct buf key;

	buf_init(&key, KEY_MAX);
	buf_printf(&key, "%s:%s:%s", kinds[place->kind], place->nexthop ? place->nexthop : "",
		   place->command ? place->command : "");
	if (place->sender)
		buf_printf(&key, " %s", place->sender);
	d = map_find(&all->map, buf_span(&key));
	if (d) {
		buf_clear(&key);
		return d;
	}
	d = arena_alloc(&all->arena, sizeof(*d));
	d->key = arena_span(&all->arena, buf_span(&key));
	buf_clear(&key);
	d->place.kind = place->kind;
	d->place.nexthop = keep(&all->arena, place->nexthop);
	d->place.command = keep(&all->arena, place->command);
	d->place.sender = keep(&all->arena, place->sender);
	d->all = all;
	/* Only a network and its servers may have too much. */
	d->proven = place->kind == WORKER_LOCAL;
	d->limit = (unsigned)(place->kind == WORKER_SMTP || place->kind == WORKER_LMTP ? all->initial : all->limit);
	map_set(&all->map, span_str(d->key), d);
	return d;
}

/* ---- the queue ---- */

static bool is_before(const struct task *a, const struct task *b)
{
	int mine = a->active->m.envelope.priority, other = b->active->m.envelope.priority;

	if (mine != other)
		return mine > other;
	return a->round != b->round ? a->round < b->round : a->number < b->number;
}

static void swap(struct destination *d, size_t i, size_t k)
{
	struct task *t = d->queue[i];

	d->queue[i] = d->queue[k];
	d->queue[k] = t;
}

static void push(struct destination *d, struct task *t)
{
	size_t i = d->n;

	if (d->n == d->room) {
		d->room = d->room ? d->room * 2 : QUEUE_MIN;
		d->queue = arena_heap_resize(d->queue, d->room * sizeof(struct task *));
	}
	d->queue[d->n++] = t;
	for (; i > 0 && is_before(d->queue[i], d->queue[(i - 1) / 2]); i = (i - 1) / 2)
		swap(d, i, (i - 1) / 2);
	destinations_put_back(d->all, d);
}

static void sink(struct destination *d)
{
	for (size_t i = 0, least;; i = least) {
		size_t left = 2 * i + 1;

		least = i;
		if (left < d->n && is_before(d->queue[left], d->queue[least]))
			least = left;
		if (left + 1 < d->n && is_before(d->queue[left + 1], d->queue[least]))
			least = left + 1;
		if (least == i)
			return;
		swap(d, i, least);
	}
}

static struct task *pop(struct destination *d)
{
	struct task *t = d->queue[0];

	d->queue[0] = d->queue[--d->n];
	sink(d);
	return t;
}

/* The round after that of the message's last task here; a message that is new here begins with the present one. */
static uint64_t next_round(const struct destination *d, struct active *a)
{
	uint64_t *last = NULL;

	if (!a->several)
		return d->round + 1;
	if (!a->rounds.arena)
		map_init(&a->rounds, &a->arena);
	last = map_find(&a->rounds, span_str(d->key));
	if (!last) {
		last = arena_alloc(&a->arena, sizeof(*last));
		map_set(&a->rounds, span_str(d->key), last);
	}
	*last = (*last > d->round ? *last : d->round) + 1;
	return *last;
}

/* ---- tasks ---- */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool fits(const struct task *t, const struct active *a, const struct job_rcpt *rcpt, const char *sender,
		 const char *delivered_to, long rcpt_limit)
{
	return t && t->active == a && t->job.n < rcpt_limit && t->job.n < JOB_RCPT_MAX &&
	       t->bytes + job_rcpt_size(rcpt) < JOB_PACKET_MAX / 2 && same(t->job.sender, sender) &&
	       same(t->job.delivered_to, delivered_to) && same(t->job.patch.text, a->m.envelope.rcpts[rcpt->index].put);
}

static struct task *new_task(struct destination *d, struct active *a, const struct envelope_rcpt *rcpt,
			     const char *sender, const char *delivered_to)
{
	static const char *const rets[] = {
		[ENVELOPE_RET_UNSET] = NULL, [ENVELOPE_RET_FULL] = "FULL", [ENVELOPE_RET_HDRS] = "HDRS"
	};
	static uint32_t number;
	const struct envelope *e = &a->m.envelope;
	/* A list's reports go to its owner, who knows nothing of the author's identifier. */
	bool own = !e->sender || strcmp(sender, envelope_sender_of(e, rcpt)) == 0;
	struct task *t = arena_alloc(&a->arena, sizeof(*t));

	number++;
	a->tasks++;
	t->active = a;
	t->destination = d;
	t->job = (struct job){
		.number = number,
		.sender = sender,
		.delivered_to = delivered_to,
		.fd = a->m.fd,
		.at = e->message_at,
		.size = e->message_size,
		.arrived = e->arrived_us / 1000000,
		.is_8bit = e->body == ENVELOPE_8BITMIME,
		.smtputf8 = e->smtputf8,
		.envid = own ? e->envid : NULL,
		.ret = own ? rets[e->ret] : NULL,
		.deliver_by = e->deliver_by,
		.priority = e->priority,
		.require_tls = e->require_tls,
		.patch = envelope_patch_of(e, rcpt),
	};
	memcpy(t->job.id, e->id, sizeof(e->id));
	t->number = number;
	t->round = next_round(d, a);
	push(d, t);
	return t;
}

static void grow(struct task *t, struct arena *a)
{
	size_t room = t->room ? t->room * 2 : RCPTS_MIN;
	struct job_rcpt *rcpts = arena_alloc(a, room * sizeof(*rcpts));

	if (t->job.n)
		memcpy(rcpts, t->job.rcpts, t->job.n * sizeof(*rcpts));
	t->job.rcpts = rcpts;
	t->room = room;
}

void destination_add(struct destination *d, struct active *a, const struct job_rcpt *rcpt, const char *sender,
		     const char *delivered_to, long rcpt_limit)
{
	struct task *t = d->open;

	if (!fits(t, a, rcpt, sender, delivered_to, rcpt_limit))
		t = d->open = new_task(d, a, &a->m.envelope.rcpts[rcpt->index], sender, delivered_to);
	if (t->job.n == t->room)
		grow(t, &a->arena);
	t->job.rcpts[t->job.n++] = *rcpt;
	t->bytes += job_rcpt_size(rcpt);
}

const struct task *destination_first(const struct destination *d)
{
	return d->queue[0];
}

struct task *destination_take(struct destination *d)
{
	struct task *t = pop(d);

	if (t->round > d->round)
		d->round = t->round;
	if (d->open == t)
		d->open = NULL;
	if (!t->open) {
		t->open = arena_alloc(&t->active->arena, t->job.n * sizeof(*t->open));
		for (uint32_t i = 0; i < t->job.n; i++)
			t->open[i] = 1;
	}
	return t;
}

void destination_put_back(struct destination *d, struct task *t)
{
	push(d, t);
}

/* ---- dead or alive ---- */

bool destination_is_dead(const struct destination *d)
{
	return d->dead_until > clock_mono_ms();
}

void destination_die(struct destination *d, long least, long most, const struct fault *why)
{
	long pause = least;

	for (unsigned i = 0; i < d->deaths && pause < most; i++)
		pause = pause > most / 2 ? most : pause * 2;
	if (d->deaths < DEATHS_MAX)
		d->deaths++;
	/* What was put off until the last pause was over has come by itself. */
	if (d->dead_until > 0 && !destination_is_dead(d))
		tray_clear(&d->put_off);
	d->died = clock_mono_ms();
	d->dead_until = d->died + (int64_t)pause * 1000;
	d->proven = false;
	fault_temp(&d->why, why->reply, why->status, "delivery temporarily suspended: %s", why->text);
}

void destination_revive(struct destination *d, int64_t asked)
{
	if (asked > d->died)
		d->dead_until = 0;
}

void destination_live(struct destination *d)
{
	d->proven = true;
	d->deaths = 0;
	d->dead_until = 0;
}

void destination_grow(struct destination *d)
{
	if (d->lowered && ++d->good < LIMIT_RAISE)
		return;
	d->good = 0;
	if (d->limit < (unsigned)d->all->limit)
		d->limit++;
}

void destination_shrink(struct destination *d, unsigned working)
{
	d->limit = working > 0 ? working : 1;
	d->lowered = true;
	d->good = 0;
}
