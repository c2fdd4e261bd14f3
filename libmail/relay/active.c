/* SPDX-License-Identifier: ISC */
/*
 * active - a message under way, from its outcomes to its queue file.
 */
#include "relay/active.h"

#include <stdlib.h>

#include "base/clock.h"
#include "relay/bounce.h"
#include "relay/lifetime.h"

struct active *active_new(const struct relay_rules *rules, struct spool_message *m, struct arena *arena)
{
	struct active *a = arena_heap(sizeof(*a));

	*a = (struct active){ .rules = rules, .m = *m, .arena = *arena };
	a->several = m->envelope.n > 1;
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

/* Who sent it to this recipient, unless an alias has made somebody else of him. */
static const char *own_sender(const struct active *a, uint32_t index)
{
	return envelope_sender_of(&a->m.envelope, &a->m.envelope.rcpts[index]);
}

static struct active_note *note(struct active *a, const struct answer *answer)
{
	struct active_note *n = arena_alloc(&a->arena, sizeof(*n));

	n->index = answer->index;
	n->address = keep(a, answer->address);
	n->sender = answer->sender ? keep(a, answer->sender) : own_sender(a, answer->index);
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

/* A large list has one answer 10,000 times, and where they differ they are texts, and not faults. */
static const struct active_last *keep_last(struct active *a, const struct fault *outcome)
{
	struct active_last *last;

	if (a->recent && strcmp(a->recent->status, outcome->status) == 0 && strcmp(a->recent->text, outcome->text) == 0)
		return a->recent;
	last = arena_alloc(&a->arena, sizeof(*last));
	last->status = arena_str(&a->arena, outcome->status);
	last->text = arena_str(&a->arena, outcome->text);
	a->recent = last;
	return last;
}

/* What is written down for the recipient; a reason to try again outweighs the outcomes of other targets. */
static void remember(struct active *a, uint32_t index, const struct fault *outcome, const char *peer)
{
	struct fault said = *outcome;

	if (a->rcpts[index].deferred)
		return;
	if (peer && outcome->kind != FAULT_NONE)
		fault_temp(&said, outcome->reply, outcome->status, "host %s said: %s", peer, outcome->text);
	a->rcpts[index].last = keep_last(a, &said);
}

static bool is_temporary(const struct fault *f)
{
	return f->kind == FAULT_TEMP || f->kind == FAULT_BUG;
}

/* At the first attempt: later ones expand it again. */
void active_expanded(struct active *a, uint32_t index)
{
	const struct envelope_rcpt *rcpt = &a->m.envelope.rcpts[index];
	struct answer answer = { .index = index, .address = rcpt->address };
	struct active_note *n;

	if (!(rcpt->notify & ENVELOPE_NOTIFY_SUCCESS) || a->rcpts[index].expanded)
		return;
	a->rcpts[index].expanded = true;
	if (rcpt->attempts > 0)
		return;
	answer.outcome = (struct fault){ .kind = FAULT_NONE, .reply = 250, .status = "2.0.0", .text = "expanded" };
	n = note(a, &answer);
	n->expanded = true;
	n->next = a->successes;
	a->successes = n;
}

/* RFC 2852 4.1.5: each relay on the way is reported. */
static bool is_traced(const struct active *a)
{
	return a->m.envelope.deliver_by.mode != ENVELOPE_BY_NONE && a->m.envelope.deliver_by.trace;
}

static void delivered(struct active *a, const struct answer *answer)
{
	const struct envelope_rcpt *rcpt = &a->m.envelope.rcpts[answer->index];
	struct active_note *n;

	if (a->rcpts[answer->index].multi && answer->key)
		envelope_put_done(&a->journal, answer->index, answer->key);
	remember(a, answer->index, &answer->outcome, NULL);
	tell(a, answer, RELAY_SENT);
	if (answer->sender && strcmp(answer->sender, own_sender(a, answer->index)) != 0)
		active_expanded(a, answer->index);
	if (!(rcpt->notify & ENVELOPE_NOTIFY_SUCCESS) || a->rcpts[answer->index].expanded ||
	    (answer->dsn_passed && !is_traced(a)))
		return;
	n = note(a, answer);
	n->relayed = answer->remote && !answer->final;
	n->next = a->successes;
	a->successes = n;
}

static void add_failure(struct active *a, const struct answer *answer, bool expired)
{
	struct active_note *n = note(a, answer);

	n->expired = expired;
	n->next = a->failures;
	a->failures = n;
	remember(a, answer->index, &answer->outcome, n->peer);
	tell(a, answer, RELAY_BOUNCED);
}

/* Its sender wants to know, or we want him to. */
static bool is_delay_told(const struct active *a, const struct answer *answer, int64_t now)
{
	const struct envelope *e = &a->m.envelope;
	const struct envelope_rcpt *r = &e->rcpts[answer->index];
	const char *sender = answer->sender ? answer->sender : own_sender(a, answer->index);
	bool late = e->deliver_by.mode == ENVELOPE_BY_NOTIFY && lifetime_is_late(e, now);
	long after = a->rules->delay_warning_time ? a->rules->delay_warning_time : RELAY_DELAY;

	if (r->told || !sender[0])
		return false;
	if (r->notify == ENVELOPE_NOTIFY_UNSET ? !late && a->rules->delay_warning_time == 0
					       : !(r->notify & ENVELOPE_NOTIFY_DELAY))
		return false;
	return late || lifetime_age(e, now) >= after;
}

static void put_off(struct active *a, const struct answer *answer, int64_t now)
{
	remember(a, answer->index, &answer->outcome, answer->remote ? answer->peer : NULL);
	a->rcpts[answer->index].deferred = true;
	a->retried |= answer->retry_at == 0;
	a->probed |= answer->retry_at > 0 && !answer->untried;
	if (answer->retry_at > a->retry_at)
		a->retry_at = answer->retry_at;
	if (is_delay_told(a, answer, now)) {
		struct active_note *n = note(a, answer);

		n->next = a->delays;
		a->delays = n;
	}
	tell(a, answer, RELAY_DEFERRED);
}

/* Its time is up: the last reason becomes final. */
static void expire(struct active *a, const struct answer *answer)
{
	struct answer last = *answer;

	last.outcome.kind = FAULT_PERM;
	add_failure(a, &last, true);
}

/* ... or the time that its sender has set. */
static void expire_late(struct active *a, const struct answer *answer)
{
	struct answer last = {
		.index = answer->index, .address = answer->address, .sender = answer->sender, .key = answer->key
	};

	fault_perm(&last.outcome, 554, "5.4.7", "the time by which it was to be delivered is over; %s",
		   answer->outcome.text);
	add_failure(a, &last, false);
}

static void failed_for_now(struct active *a, const struct answer *answer)
{
	const struct envelope *e = &a->m.envelope;
	int64_t now = clock_wall();

	a->offline |= answer->offline;
	if (e->deliver_by.mode == ENVELOPE_BY_RETURN && lifetime_is_late(e, now))
		expire_late(a, answer);
	else if (lifetime_is_over(a->rules, e, now, answer->offline))
		expire(a, answer);
	else
		put_off(a, answer, now);
}

void active_outcome(struct active *a, const struct answer *answer)
{
	a->tried = true;
	if (answer->outcome.kind == FAULT_NONE)
		delivered(a, answer);
	else if (is_temporary(&answer->outcome))
		failed_for_now(a, answer);
	else
		add_failure(a, answer, false);
	active_close_target(a, answer->index);
}

/* ---- the end of an attempt ---- */

/* A report that could not be queued is tried again with the message. */
static void keep_for_later(struct active *a, struct active_note *n, const struct fault *f)
{
	remember(a, n->index, f, NULL);
	a->rcpts[n->index].deferred = true;
	a->retried = true;
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

/* Who could not be told now is told after the next attempt. */
static void report_delays(struct active *a, int64_t now, void (*enqueued)(void *ctx, const char *id), void *ctx)
{
	size_t *indexes = arena_alloc(&a->arena, a->m.envelope.n * sizeof(*indexes)), n = 0;

	for (struct active_note *d = a->delays; d; d = d->next) {
		struct fault f;
		char id[ENTROPY_ID + 1] = "";

		if (!d->handled && bounce_send(a, d, id, &f) == 0 && id[0])
			enqueued(ctx, id);
	}
	for (const struct active_note *d = a->delays; d; d = d->next)
		a->rcpts[d->index].told |= d->handled;
	for (size_t i = 0; i < a->m.envelope.n; i++)
		if (a->rcpts[i].told)
			indexes[n++] = i;
	if (n > 0)
		envelope_put_told(&a->journal, now, indexes, n);
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
static void log_outcomes(struct active *a, int64_t now)
{
	const struct envelope *e = &a->m.envelope;
	size_t *indexes = arena_alloc(&a->arena, e->n * sizeof(*indexes));

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
static bool write_outcomes(struct active *a, int64_t now)
{
	const struct envelope *e = &a->m.envelope;
	bool left = false;
	struct fault f;

	log_outcomes(a, now);
	if (a->offline)
		envelope_put_offline(&a->journal, now);
	if (spool_note(&a->m, buf_span(&a->journal), &f) < 0 && a->rules->on_trouble)
		a->rules->on_trouble(a->rules->ctx, e->id, &f);
	for (size_t i = 0; i < e->n; i++) {
		left |= a->rcpts[i].deferred;
		if (e->rcpts[i].state == ENVELOPE_QUEUED && !a->rcpts[i].deferred)
			spool_mark(&a->m, i, state_of(&a->rcpts[i]), NULL);
	}
	return left;
}

/* What only waits for a dead destination is due with that. */
static int64_t due_at(const struct active *a, int64_t now)
{
	const struct envelope_by *by = &a->m.envelope.deliver_by;
	int64_t due = a->retried || a->probed ? lifetime_due(a->rules, &a->m.envelope, now) : 0;

	if (!a->retried && a->retry_at > due)
		due = a->retry_at;
	return by->mode != ENVELOPE_BY_NONE && by->at > now && by->at < due ? by->at : due;
}

static int64_t defer(struct active *a, int64_t now)
{
	int64_t due = due_at(a, now);
	struct fault f;

	if (spool_defer(&a->m, due, &f) < 0 && a->rules->on_trouble)
		a->rules->on_trouble(a->rules->ctx, a->m.envelope.id, &f);
	return due;
}

int64_t active_finish(struct active *a, void (*enqueued)(void *ctx, const char *id), void *ctx)
{
	int64_t due = 0, now = clock_wall();
	struct fault f;

	bounce_failures(a, enqueued, ctx);
	report_successes(a, enqueued, ctx);
	report_delays(a, now, enqueued, ctx);
	if (write_outcomes(a, now))
		due = defer(a, now);
	else if (spool_remove(&a->m, &f) < 0 && a->rules->on_trouble)
		a->rules->on_trouble(a->rules->ctx, a->m.envelope.id, &f);
	release(a);
	return due;
}
