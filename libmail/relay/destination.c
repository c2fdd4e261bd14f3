/* SPDX-License-Identifier: ISC */
/*
 * destination - where messages wait for workers.
 */
#include "relay/destination.h"

#include "base/clock.h"

enum { RCPTS_MIN = 1, KEY_MAX = 256 << 10 /* a parameter and a domain fit */ };

void destinations_init(struct destinations *all, long limit)
{
	*all = (struct destinations){ .limit = limit };
	map_init(&all->map, &all->arena);
}

void destinations_clear(struct destinations *all)
{
	arena_clear(&all->arena);
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
	d->tail = &d->head;
	d->limit = (unsigned)all->limit;
	map_set(&all->map, span_str(d->key), d);
	return d;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool fits(const struct task *t, const struct active *a, const struct job_rcpt *rcpt, const char *sender,
		 const char *delivered_to, long rcpt_limit)
{
	return t && t->active == a && t->job.n < rcpt_limit && t->job.n < JOB_RCPT_MAX &&
	       t->bytes + job_rcpt_size(rcpt) < JOB_PACKET_MAX / 2 && same(t->job.sender, sender) &&
	       same(t->job.delivered_to, delivered_to);
}

static struct task *new_task(struct destination *d, struct active *a, const char *sender, const char *delivered_to)
{
	static const char *const rets[] = {
		[ENVELOPE_RET_UNSET] = NULL, [ENVELOPE_RET_FULL] = "FULL", [ENVELOPE_RET_HDRS] = "HDRS"
	};
	static uint32_t number;
	const struct envelope *e = &a->m.envelope;
	struct task *t = arena_alloc(&a->arena, sizeof(*t));

	number++;
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
		.envid = e->envid,
		.ret = rets[e->ret],
	};
	memcpy(t->job.id, e->id, sizeof(e->id));
	*d->tail = t;
	d->tail = &t->next;
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
		t = d->open = new_task(d, a, sender, delivered_to);
	if (t->job.n == t->room)
		grow(t, &a->arena);
	t->job.rcpts[t->job.n++] = *rcpt;
	t->bytes += job_rcpt_size(rcpt);
}

struct task *destination_take(struct destination *d)
{
	struct task *t = d->head;

	d->head = t->next;
	if (!d->head)
		d->tail = &d->head;
	if (d->open == t)
		d->open = NULL;
	t->next = NULL;
	if (!t->open) {
		t->open = arena_alloc(&t->active->arena, t->job.n * sizeof(*t->open));
		for (uint32_t i = 0; i < t->job.n; i++)
			t->open[i] = 1;
	}
	return t;
}

void destination_put_back(struct destination *d, struct task *t)
{
	t->next = d->head;
	d->head = t;
	if (!t->next)
		d->tail = &t->next;
}

bool destination_is_dead(const struct destination *d)
{
	return d->dead_until > clock_mono_ms();
}

void destination_revive(struct destination *d, int64_t asked)
{
	if (asked > d->died)
		d->dead_until = 0;
}
