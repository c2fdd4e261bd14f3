/* SPDX-License-Identifier: ISC */
/*
 * dispatch - from the destinations to the workers, and back.
 */
#include "relay/dispatch.h"

#include <signal.h>

#include "base/clock.h"
#include "relay/sorter.h"

/* ---- workers ---- */

static void close_task(struct scheduler *s, struct task *t)
{
	struct active *a = t->active;

	a->tasks--;
	if (a->open == 0 && a->tasks == 0)
		sorter_finish(s, a);
}

/* Whatever has no outcome yet gets this one. */
static void fail_open(struct task *t, const struct answer *how)
{
	for (uint32_t i = 0; i < t->job.n; i++) {
		const struct job_rcpt *r = &t->job.rcpts[i];
		struct answer a = *how;

		a.index = r->index;
		a.address = r->address;
		a.sender = t->job.sender;
		a.key = r->key;
		if (t->open[i] > 0)
			active_outcome(t->active, &a);
		for (; t->open[i] > 1; t->open[i]--)
			active_close_target(t->active, r->index);
		t->open[i] = 0;
	}
}

static void fail_task(struct scheduler *s, struct task *t, const struct fault *f)
{
	const struct answer how = { .outcome = *f };

	fail_open(t, &how);
	close_task(s, t);
}

/* Its destination cannot be reached: it waits until that is tried again. */
static void put_off_task(struct scheduler *s, struct task *t, const struct fault *f, bool untried)
{
	struct destination *d = t->destination;
	int64_t left = d->dead_until - clock_mono_ms();
	const struct answer how = { .outcome = *f,
				    .untried = untried,
				    .offline = d->offline,
				    .retry_at = clock_wall() + (left > 0 ? (left + 999) / 1000 : 0) };

	t->active->put_off_by = d;
	fail_open(t, &how);
	close_task(s, t);
}

static void declare_dead(struct scheduler *s, struct destination *d, const struct fault *why)
{
	const struct relay_rules *r = s->rules;

	d->offline = r->is_online && !r->is_online();
	/* Where there is no network it is not the destination's fault, and one look costs nothing. */
	destination_die(d, r->minimal_backoff, d->offline ? r->minimal_backoff : r->maximal_backoff, why);
}

static bool was_answered(const struct task *t)
{
	for (uint32_t i = 0; i < t->job.n; i++)
		if (t->open[i] != 1)
			return true;
	return false;
}

static void worker_died(struct scheduler *s, struct process *p)
{
	struct task *lost[WORKER_BATCH];
	struct destination *d = p->destination;
	unsigned n = p->n;
	struct fault f;

	memcpy(lost, p->flight, n * sizeof(struct task *));
	pool_retire(&s->pool, p);
	fault_temp(&f, 451, "4.3.0", "the delivery process ended unexpectedly");
	if (n > 0)
		scheduler_trouble(s, lost[0]->job.id, &f);
	for (unsigned i = 0; i < n; i++) {
		struct task *t = lost[i];

		if (was_answered(t) || (++t->tries >= TASK_TRIES && n == 1))
			fail_task(s, t, &f);
		else
			destination_put_back(d, t);
	}
}

static void suspend(struct scheduler *s, struct destination *d)
{
	while (d->n > 0)
		put_off_task(s, destination_take(d), &d->why, true);
}

/* A worker's next job; false when none takes one now. */
static bool hand_out(struct scheduler *s, struct destination *d)
{
	struct process *p;
	struct task *t;
	struct fault f;

	p = pool_worker(&s->pool, d, &f);
	if (f.kind != FAULT_NONE)
		scheduler_trouble(s, "", &f);
	/* With no process at work nothing would ever bring us here again. */
	if (f.kind != FAULT_NONE && s->pool.n == 0 && s->pool.leaving == 0)
		declare_dead(s, d, &f);
	/* One that a worker died with has the next one to itself, so that it is known whose fault it was. */
	if (!p || (destination_first(d)->tries > 0 && p->n > 0))
		return false;
	t = destination_take(d);
	p->alone = t->tries > 0;
	p->bytes += t->bytes;
	p->flight[p->n++] = t;
	if (job_send(p->socket, &t->job) < 0)
		worker_died(s, p);
	return true;
}

static void dispatch(struct scheduler *s, struct destination *d)
{
	while (d->n > 0 && !destination_is_dead(d) && hand_out(s, d))
		;
	if (destination_is_dead(d))
		suspend(s, d);
	sorter_make_room(s, d);
}

/* Who gets something goes behind those that get nothing. */
void dispatch_all(struct scheduler *s)
{
	struct destinations *all = &s->destinations;
	struct destination *hungry = NULL, **tail = &hungry, *d;
	unsigned starving = 0;

	for (size_t left = all->nwaiting; left > 0 && (d = destinations_next(all)) != NULL; left--) {
		size_t before = d->n;

		dispatch(s, d);
		if (d->n < before || d->n == 0 || d->is_waiting) {
			destinations_put_back(all, d);
			continue;
		}
		starving += d->nprocesses == 0;
		d->is_waiting = true;
		d->next_waiting = NULL;
		*tail = d;
		tail = &d->next_waiting;
	}
	destinations_put_first(all, hungry);
	pool_share(&s->pool, starving);
}

/* ---- answers ---- */

static struct task *find_task(const struct process *p, uint32_t number)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->flight[i]->job.number == number)
			return p->flight[i];
	return NULL;
}

/* Remote tasks may have a recipient twice, as different targets. */
static bool find_rcpt(const struct task *t, const struct answer *a, uint32_t *at)
{
	bool by_address = t->destination->place.kind != WORKER_LOCAL;

	for (*at = 0; *at < t->job.n; (*at)++) {
		const struct job_rcpt *r = &t->job.rcpts[*at];

		if (r->index == a->index && t->open[*at] > 0 && (!by_address || strcmp(r->address, a->address) == 0))
			return true;
	}
	return false;
}

static void take_outcome(struct task *t, struct answer *a)
{
	uint32_t at;

	if (!find_rcpt(t, a, &at))
		return;
	if (a->down) {
		/* Not an outcome yet: perhaps another worker can reach it. */
		t->down = true;
		if (!t->why)
			t->why = arena_alloc(&t->active->arena, sizeof(*t->why));
		*t->why = a->outcome;
		return;
	}
	if (!a->key)
		a->key = t->job.rcpts[at].key;
	if (!a->sender)
		a->sender = t->job.sender;
	t->open[at]--;
	active_outcome(t->active, a);
}

/* The recipient itself was counted as one. */
static void take_targets(struct task *t, const struct answer *a)
{
	uint32_t at;

	if (!find_rcpt(t, a, &at))
		return;
	t->active->rcpts[a->index].multi = a->multi;
	if (a->multi)
		active_expanded(t->active, a->index);
	t->active->several |= a->count > 1;
	for (uint32_t i = 0; i < a->count; i++)
		active_open_target(t->active, a->index);
	active_close_target(t->active, a->index);
	t->open[at] += a->count - 1;
}

static const char *keep(struct active *a, const char *z)
{
	return z ? arena_str(&a->arena, z) : NULL;
}

/*
 * What the author wants to know of a target of his recipient (RFC 3461 5.2.7). Of one of several he is not told of
 * success any more, and what a list with an owner does is its owner's.
 */
static void pass_on(struct active *a, const struct answer *answer, struct job_rcpt *to)
{
	const struct envelope_rcpt *r = &a->m.envelope.rcpts[answer->index];

	if (answer->sender && strcmp(answer->sender, envelope_sender_of(&a->m.envelope, r)) != 0) {
		active_expanded(a, answer->index);
		return;
	}
	to->notify = r->notify;
	if (a->rcpts[answer->index].expanded && (to->notify & ENVELOPE_NOTIFY_SUCCESS)) {
		to->notify &= ~(unsigned)ENVELOPE_NOTIFY_SUCCESS;
		if (to->notify == ENVELOPE_NOTIFY_UNSET)
			to->notify = ENVELOPE_NOTIFY_NEVER;
	}
	to->orcpt = r->orcpt;
	if (!r->orcpt && r->notify != ENVELOPE_NOTIFY_UNSET && !span_has_8bit(span_str(r->address)))
		to->orcpt = arena_printf(&a->arena, "rfc822;%s", r->address);
}

static void take_forward(struct scheduler *s, struct task *t, const struct answer *answer)
{
	struct active *a = t->active;
	uint32_t at;
	struct job_rcpt rcpt = {
		.index = answer->index,
		.address = keep(a, answer->address),
		.key = keep(a, answer->key),
	};

	if (!find_rcpt(t, answer, &at))
		return;
	pass_on(a, answer, &rcpt);
	sorter_forward(s, a, &rcpt, answer->sender ? keep(a, answer->sender) : t->job.sender,
		       keep(a, answer->delivered_to));
	t->open[at]--;
	active_close_target(a, answer->index);
}

static void land(struct process *p, const struct task *t)
{
	unsigned left = 0;

	for (unsigned i = 0; i < p->n; i++)
		if (p->flight[i] != t)
			p->flight[left++] = p->flight[i];
	p->n = left;
	p->bytes -= t->bytes;
	if (left > 0)
		return;
	p->alone = false;
	p->idle_since = clock_mono_ms();
}

/* It answers: what was put off because it did not is tried now. */
static void reached(struct scheduler *s, struct process *p)
{
	struct destination *d = p->destination;
	char id[ENTROPY_ID + 1];

	p->works = true;
	destination_live(d);
	while (tray_take(&d->put_off, id))
		worklist_release(&s->work, id);
}

static void end_task(struct scheduler *s, struct process *p, struct task *t)
{
	struct destination *d = t->destination;
	unsigned working;
	struct fault f;

	p->slow = p->alone && t->tries == 0;
	land(p, t);
	p->works = false;
	p->served++;
	if (!t->down) {
		reached(s, p);
		destination_grow(d);
		fault_temp(&f, 451, "4.3.0", "not tried");
		fail_task(s, t, &f);
		return;
	}
	t->down = false;
	working = pool_working(&s->pool, d);
	if (d->proven && working > 0) {
		destination_shrink(d, working);
		destination_put_back(d, t);
		if (p->n == 0)
			pool_retire(&s->pool, p);
		return;
	}
	/* A permanent refusal is each message's own. */
	if (t->why->kind != FAULT_TEMP) {
		fail_task(s, t, t->why);
		return;
	}
	declare_dead(s, d, t->why);
	put_off_task(s, t, t->why, false);
}

static void take_answer(struct scheduler *s, struct process *p, struct answer *a)
{
	struct task *t = find_task(p, a->number);

	if (!t || (a->kind < ANSWER_CONNECTED && a->index >= t->active->m.envelope.n))
		return;
	switch (a->kind) {
	case ANSWER_OUTCOME:
		take_outcome(t, a);
		break;
	case ANSWER_TARGETS:
		take_targets(t, a);
		break;
	case ANSWER_FORWARD:
		take_forward(s, t, a);
		break;
	case ANSWER_CONNECTED:
		reached(s, p);
		/* Its first delivery is three round trips away: that it is welcome, and how well, is known now. */
		destination_grow(p->destination);
		destination_grow(p->destination);
		break;
	case ANSWER_SLOW:
		p->alone = true;
		break;
	case ANSWER_BACK:
		land(p, t);
		destination_put_back(t->destination, t);
		break;
	case ANSWER_END:
		end_task(s, p, t);
		break;
	}
}

/*
 * Who speaks with a server ends a packet with ANSWER_END at the latest (worker_end() flushes): the process may be gone
 * after it. A local worker ends several jobs at once, and is let go only when it has none.
 */
void dispatch_read(struct scheduler *s, struct process *p)
{
	int rc = answer_receive(p->socket, &s->packet);
	struct span rest = buf_span(&s->packet);
	struct answer a;

	if (rc < 0) {
		worker_died(s, p);
		return;
	}
	while (rc > 0 && answer_next(&rest, &a) > 0)
		take_answer(s, p, &a);
}

/* ---- the end ---- */

/* Nothing came of it so far: it stays in the queue as it is. */
static void drop_task(struct scheduler *s, struct task *t)
{
	struct active *a = t->active;

	for (uint32_t i = 0; i < t->job.n; i++)
		for (; t->open[i] > 0; t->open[i]--)
			active_close_target(a, t->job.rcpts[i].index);
	a->tasks--;
	if (a->open > 0 || a->tasks > 0)
		return;
	active_abandon(a);
	s->nactive--;
}

static void stop_task(struct scheduler *s, struct task *t)
{
	struct fault f;

	fault_temp(&f, 451, "4.3.2", "the relay was stopped during the delivery");
	if (t->active->tried)
		fail_task(s, t, &f);
	else
		drop_task(s, t);
}

/* The time is up. What is delivered must not be forgotten because of what is not. */
void dispatch_stop(struct scheduler *s)
{
	for (struct process *p = s->pool.list; p; p = p->next) {
		if (p->n > 0)
			kill(p->pid, SIGTERM);
		while (p->n > 0)
			stop_task(s, p->flight[--p->n]);
	}
	for (size_t i = 0; i < s->destinations.map.n; i++) {
		struct destination *d = s->destinations.map.entries[i].value;

		while (d->n > 0)
			stop_task(s, destination_take(d));
	}
}
