/* SPDX-License-Identifier: ISC */
/*
 * active - a message under way, from its outcomes to its queue file.
 */
#include "relay/active.h"

#include <stdlib.h>

#include "base/clock.h"
#include "relay/bounce.h"

struct active *active_new(const struct relay_rules *rules, struct spool_message *m, struct arena *arena)
{
	struct active *a = arena_heap(sizeof(*a));

	*a = (struct active){ .rules = rules, .m = *m, .arena = *arena };
	a->rcpts = arena_alloc(&a->arena, m->envelope.n * sizeof(*a->rcpts));
	buf_init(&a->journal, ENVELOPE_TEXT_MAX);
	return a;
}

static void release(struct active *a)
{
	buf_clear(&a->journal);
	spool_release(&a->m);
	arena_clear(&a->arena);
	free(a);
}

void active_abandon(struct active *a)
{
	release(a);
}

void active_open_target(struct active *a, uint32_t index)
{
	a->rcpts[index].open++;
	a->open++;
}

void active_close_target(struct active *a, uint32_t index)
{
	if (a->rcpts[index].open == 0)
		return;
	a->rcpts[index].open--;
	a->open--;
}

/* ---- one outcome ---- */

static const char *keep(struct active *a, const char *z)
{
	return z ? arena_str(&a->arena, z) : NULL;
}

static struct active_note *note(struct active *a, const struct answer *answer)
{
	struct active_note *n = arena_alloc(&a->arena, sizeof(*n));

	n->index = answer->index;
	n->address = keep(a, answer->address);
	n->sender = answer->sender ? keep(a, answer->sender) : a->m.envelope.sender;
	n->key = keep(a, answer->key);
	n->peer = answer->remote ? keep(a, answer->peer) : NULL;
	n->outcome = answer->outcome;
	return n;
}

static void tell(const struct active *a, const struct answer *answer, enum relay_status status)
{
	const struct envelope *e = &a->m.envelope;
	struct relay_result r = {
		.envelope = e,
		.recipient = answer->address,
		.original = e->rcpts[answer->index].address,
		.peer = answer->peer ? answer->peer : "none",
		.status = status,
		.outcome = &answer->outcome,
		.delay = (double)(clock_wall_us() - e->arrived_us) / 1e6,
	};

	if (a->rules->on_result)
		a->rules->on_result(a->rules->ctx, &r);
}

/* What is written down for the recipient; a reason to try again outweighs the outcomes of other targets. */
static void remember(struct active *a, uint32_t index, const struct fault *outcome, const char *peer)
{
	struct fault *last;

	if (a->rcpts[index].deferred)
		return;
	last = arena_alloc(&a->arena, sizeof(*last));
	*last = *outcome;
	if (peer && outcome->kind != FAULT_NONE)
		fault_temp(last, outcome->reply, outcome->status, "host %s said: %s", peer, outcome->text);
	a->rcpts[index].last = last;
}

static bool is_temporary(const struct fault *f)
{
	return f->kind == FAULT_TEMP || f->kind == FAULT_BUG;
}

static void delivered(struct active *a, const struct answer *answer)
{
	const struct envelope_rcpt *rcpt = &a->m.envelope.rcpts[answer->index];
	struct active_note *n;

	if (a->rcpts[answer->index].multi && answer->key)
		envelope_put_done(&a->journal, answer->index, answer->key);
	remember(a, answer->index, &answer->outcome, NULL);
	tell(a, answer, RELAY_SENT);
	if (!(rcpt->notify & ENVELOPE_NOTIFY_SUCCESS) || answer->dsn_passed)
		return;
	n = note(a, answer);
	n->relayed = answer->remote;
	n->next = a->successes;
	a->successes = n;
}

static bool is_expired(const struct active *a)
{
	const struct envelope *e = &a->m.envelope;
	long lifetime = e->sender[0] ? a->rules->queue_lifetime : a->rules->bounce_lifetime;

	return clock_wall_us() - e->arrived_us > (int64_t)lifetime * 1000000;
}

static void failed(struct active *a, const struct answer *answer)
{
	struct active_note *n = note(a, answer);

	n->next = a->failures;
	a->failures = n;
	remember(a, answer->index, &answer->outcome, n->peer);
	tell(a, answer, RELAY_BOUNCED);
}

static void put_off(struct active *a, const struct answer *answer)
{
	remember(a, answer->index, &answer->outcome, answer->remote ? answer->peer : NULL);
	a->rcpts[answer->index].deferred = true;
	tell(a, answer, RELAY_DEFERRED);
}

/* Its time is up: the last reason becomes final. */
static void expire(struct active *a, const struct answer *answer)
{
	struct answer last = *answer;

	last.outcome.kind = FAULT_PERM;
	failed(a, &last);
}

void active_outcome(struct active *a, const struct answer *answer)
{
	a->tried = true;
	if (answer->outcome.kind == FAULT_NONE)
		delivered(a, answer);
	else if (!is_temporary(&answer->outcome))
		failed(a, answer);
	else if (is_expired(a))
		expire(a, answer);
	else
		put_off(a, answer);
	active_close_target(a, answer->index);
}

/* ---- the end of an attempt ---- */

/* A report that could not be queued is tried again with the message. */
static void keep_for_later(struct active *a, struct active_note *n, const struct fault *f)
{
	remember(a, n->index, f, NULL);
	a->rcpts[n->index].deferred = true;
}

static void bounce_failures(struct active *a, void (*enqueued)(void *ctx, const char *id), void *ctx)
{
	for (struct active_note *n = a->failures; n; n = n->next) {
		struct fault f;
		char id[ENTROPY_ID + 1] = "";

		if (n->handled)
			continue;
		if (bounce_send(a, n, id, &f) < 0) {
			if (a->rules->on_trouble)
				a->rules->on_trouble(a->rules->ctx, a->m.envelope.id, &f);
			keep_for_later(a, n, &f);
		} else if (id[0]) {
			enqueued(ctx, id);
		}
	}
	for (struct active_note *n = a->failures; n; n = n->next) {
		if (!n->handled)
			continue;
		a->rcpts[n->index].failed = true;
		if (a->rcpts[n->index].multi && n->key)
			envelope_put_done(&a->journal, n->index, n->key);
	}
}

static void report_successes(struct active *a, void (*enqueued)(void *ctx, const char *id), void *ctx)
{
	for (struct active_note *n = a->successes; n; n = n->next) {
		struct fault f;
		char id[ENTROPY_ID + 1] = "";

		if (!n->handled && bounce_send(a, n, id, &f) == 0 && id[0])
			enqueued(ctx, id);
	}
}

static enum envelope_state state_of(const struct active_rcpt *r)
{
	if (r->deferred)
		return ENVELOPE_QUEUED;
	return r->failed ? ENVELOPE_FAILED : ENVELOPE_DELIVERED;
}

static bool same_line(const struct active_rcpt *a, const struct active_rcpt *b)
{
	return b->last && state_of(a) == state_of(b) && strcmp(a->last->text, b->last->text) == 0;
}

/* Recipients with the same outcome share a line of the journal. */
static void log_outcomes(struct active *a)
{
	const struct envelope *e = &a->m.envelope;
	size_t *indexes = arena_alloc(&a->arena, e->n * sizeof(*indexes));
	int64_t now = clock_wall();

	for (size_t i = 0; i < e->n;) {
		const struct active_rcpt *r = &a->rcpts[i];
		size_t n = 0;

		if (!r->last) {
			i++;
			continue;
		}
		while (i < e->n && same_line(r, &a->rcpts[i]))
			indexes[n++] = i++;
		envelope_put_log(&a->journal, now, state_of(r), r->last->status, indexes, n, r->last->text);
	}
}

/*
 * Written even when the file is about to be removed: who waits for the outcome holds it open (queue/watch.h).
 * Returns whether something is left to do.
 */
static bool write_outcomes(struct active *a)
{
	const struct envelope *e = &a->m.envelope;
	bool left = false;
	struct fault f;

	log_outcomes(a);
	if (spool_note(&a->m, buf_span(&a->journal), &f) < 0 && a->rules->on_trouble)
		a->rules->on_trouble(a->rules->ctx, e->id, &f);
	for (size_t i = 0; i < e->n; i++) {
		left |= a->rcpts[i].deferred;
		if (e->rcpts[i].state == ENVELOPE_QUEUED && !a->rcpts[i].deferred)
			spool_mark(&a->m, i, state_of(&a->rcpts[i]), NULL);
	}
	return left;
}

static int64_t defer(struct active *a)
{
	int64_t now = clock_wall(), due = now + relay_backoff(a->rules, now - a->m.envelope.arrived_us / 1000000);
	struct fault f;

	if (spool_defer(&a->m, due, &f) < 0 && a->rules->on_trouble)
		a->rules->on_trouble(a->rules->ctx, a->m.envelope.id, &f);
	return due;
}

int64_t active_finish(struct active *a, void (*enqueued)(void *ctx, const char *id), void *ctx)
{
	int64_t due = 0;
	struct fault f;

	bounce_failures(a, enqueued, ctx);
	report_successes(a, enqueued, ctx);
	if (write_outcomes(a))
		due = defer(a);
	else if (spool_remove(&a->m, &f) < 0 && a->rules->on_trouble)
		a->rules->on_trouble(a->rules->ctx, a->m.envelope.id, &f);
	release(a);
	return due;
}
