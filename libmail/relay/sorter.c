/* SPDX-License-Identifier: ISC */
/*
 * sorter - from the spool to the destinations.
 */
#include "relay/sorter.h"

#include "base/clock.h"
#include "relay/flush.h"
#include "relay/lifetime.h"

enum {
	START_BURST = 64,      /* messages begun before answers are looked at again */
	DESTINATION_SHARE = 8, /* a destination has an eighth of active_limit when it is scarce */
	LOCKED_PAUSE = 5,      /* seconds until a message is looked at again that another process works on */
};

/* ---- places ---- */

/* Who the recipient is for, and where it is on its way. */
struct target {
	const char *address, *sender;
	bool expanded; /* it is what the local worker made of a recipient */
};

/* What is expanded first goes to the local worker. */
static int place_of(const struct scheduler *s, struct arena *a, const struct target *to, struct worker_place *place,
		    struct fault *f)
{
	static const enum worker_kind kinds[] = {
		[ROUTE_SMTP] = WORKER_SMTP, [ROUTE_LMTP] = WORKER_LMTP, [ROUTE_PIPE] = WORKER_PIPE
	};
	struct route_target t;

	*place = (struct worker_place){ .kind = WORKER_LOCAL };
	if (route_place(s->rules->route, a, span_str(to->address), to->sender, to->expanded, &t, f) < 0)
		return -1;
	if (t.kind == ROUTE_FAULT && f)
		*f = *t.fault;
	if (t.kind == ROUTE_FAULT)
		return -1;
	if (t.kind == ROUTE_REMOTE)
		*place = (struct worker_place){ .kind = kinds[t.transport],
						.nexthop = t.nexthop,
						.command = t.argument };
	return 0;
}

static void send_to(struct scheduler *s, struct active *a, const struct job_rcpt *rcpt, const struct target *to,
		    const char *delivered_to)
{
	struct worker_place place;
	struct destination *d;
	struct answer refused = {
		.index = rcpt->index, .address = rcpt->address, .sender = to->sender, .key = rcpt->key
	};

	active_open_target(a, rcpt->index);
	if (place_of(s, &a->arena, to, &place, &refused.outcome) < 0) {
		active_outcome(a, &refused);
		return;
	}
	/* Another sender may have another password: it gets connections of its own. */
	if (place.kind == WORKER_SMTP && s->rules->dialler.credential.by_sender && to->sender[0])
		place.sender = to->sender;
	d = destination_for(&s->destinations, &place);
	destination_revive(d, a->asked);
	destination_add(d, a, rcpt, to->sender, delivered_to, s->rules->destination_recipient_limit);
}

void sorter_forward(struct scheduler *s, struct active *a, const struct job_rcpt *rcpt, const char *sender,
		    const char *delivered_to)
{
	const struct target to = { .address = rcpt->address, .sender = sender, .expanded = true };

	send_to(s, a, rcpt, &to, delivered_to);
}

/* Its sender wants it back rather than late. */
static void refuse_late(struct active *a, const struct job_rcpt *rcpt)
{
	struct answer refused = { .index = rcpt->index, .address = rcpt->address };

	fault_perm(&refused.outcome, 554, "5.4.7", "the time by which it was to be delivered is over");
	active_open_target(a, rcpt->index);
	active_outcome(a, &refused);
}

static void distribute(struct scheduler *s, struct active *a)
{
	const struct envelope *e = &a->m.envelope;
	bool late = e->deliver_by.mode == ENVELOPE_BY_RETURN && lifetime_is_late(e, clock_wall());

	for (size_t i = 0; i < e->n; i++) {
		const struct envelope_rcpt *r = &e->rcpts[i];
		struct job_rcpt rcpt = {
			.index = (uint32_t)i, .address = r->address, .orcpt = r->orcpt, .notify = r->notify
		};

		if (r->state != ENVELOPE_QUEUED)
			continue;
		if (late)
			refuse_late(a, &rcpt);
		else
			send_to(s, a, &rcpt,
				&(struct target){ .address = r->address, .sender = envelope_sender_of(e, r) }, NULL);
	}
}

static void enqueued(void *ctx, const char *id)
{
	worklist_add(ctx, id, false);
}

void sorter_finish(struct scheduler *s, struct active *a)
{
	struct destination *dead = a->retried ? NULL : a->put_off_by;
	char id[ENTROPY_ID + 1];
	int64_t due;

	memcpy(id, a->m.envelope.id, sizeof(id));
	due = active_finish(a, enqueued, &s->work);
	s->nactive--;
	if (due == 0)
		return;
	worklist_defer(&s->work, due, id);
	if (dead)
		tray_add(&dead->put_off, id);
}

static void set_aside(struct scheduler *s, const char *id, const struct fault *why)
{
	static const enum spool_box boxes[] = { SPOOL_NEW, SPOOL_DEFERRED };
	struct fault f;

	scheduler_trouble(s, id, why);
	if (why->kind != FAULT_PERM)
		return;
	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
		if (spool_set_aside(s->rules->spool, boxes[i], id, &f) < 0)
			scheduler_trouble(s, id, &f);
}

static int claim(struct scheduler *s, const char *id, struct arena *arena, struct spool_message *m, struct fault *f)
{
	static const enum spool_box boxes[] = { SPOOL_NEW, SPOOL_DEFERRED };
	int rc = 0;

	m->locked = false;
	for (size_t i = 0; rc == 0 && !m->locked && i < sizeof(boxes) / sizeof(boxes[0]); i++)
		rc = spool_claim(s->rules->spool, boxes[i], id, SPOOL_CLAIM_WORK, arena, m, f);
	return rc;
}

/*
 * Somebody wants it now, or it is due. One that is due later than we would ever put it off has been kept by its
 * sender, or was put off by a wrong clock.
 */
static bool is_its_turn(const struct scheduler *s, const struct worklist_turn *turn, const struct spool_message *m)
{
	int64_t now = clock_wall();

	if (turn->domain && !flush_concerns(&m->envelope, turn->domain))
		return false;
	if (m->box != SPOOL_DEFERRED || m->due <= now)
		return true;
	if (m->envelope.hold_until > now)
		return false;
	return turn->asked || m->due > now + s->rules->maximal_backoff;
}

/* ---- room ---- */

/* How many tasks of the active messages may be for one destination when they get many. */
static size_t share(const struct scheduler *s)
{
	size_t n = (size_t)s->rules->active_limit / DESTINATION_SHARE;

	return n ? n : 1;
}

/* Where it goes first; NULL when that is not known. */
static struct destination *first_destination(struct scheduler *s, struct arena *arena, const struct envelope *e)
{
	struct target to = { .address = NULL };
	struct worker_place place;
	size_t i = 0;

	while (i < e->n && e->rcpts[i].state != ENVELOPE_QUEUED)
		i++;
	if (i == e->n)
		return NULL;
	to.address = e->rcpts[i].address;
	to.sender = envelope_sender_of(e, &e->rcpts[i]);
	if (place_of(s, arena, &to, &place, NULL) < 0)
		return NULL;
	return destination_for(&s->destinations, &place);
}

/* One big destination must not take all room: what is too much of it waits beside, unopened. */
static bool is_crowded(struct scheduler *s, struct arena *arena, const struct spool_message *m)
{
	struct destination *d;

	if (s->nactive <= (unsigned)s->rules->active_limit / 2)
		return false;
	d = first_destination(s, arena, &m->envelope);
	if (!d || d->n < share(s) || destination_is_dead(d))
		return false;
	tray_add(&d->crowd, m->envelope.id);
	return true;
}

void sorter_make_room(struct scheduler *s, struct destination *d)
{
	char id[ENTROPY_ID + 1];

	if (d->n > share(s) / 2)
		return;
	for (size_t i = d->n; i < share(s) && tray_take(&d->crowd, id); i++)
		worklist_return(&s->work, id);
}

/* ---- messages ---- */

static void begin(struct scheduler *s, const struct worklist_turn *turn, struct spool_message *m, struct arena *arena)
{
	struct active *a = active_new(s->rules, m, arena);

	/* What is new has not been put off by anybody: it waits for the destination like the others. */
	if (m->box == SPOOL_DEFERRED)
		a->asked = turn->asked;
	s->nactive++;
	distribute(s, a);
	if (a->open == 0 && a->tasks == 0)
		sorter_finish(s, a);
}

static void start(struct scheduler *s, const struct worklist_turn *turn)
{
	struct arena arena = { 0 };
	struct spool_message m;
	struct fault f;
	int rc = claim(s, turn->id, &arena, &m, &f);

	if (rc > 0 && !is_its_turn(s, turn, &m)) {
		/* Who looks for a domain leaves the agenda as it is. */
		if (!turn->domain)
			worklist_defer(&s->work, m.due, turn->id);
		spool_release(&m);
	} else if (rc > 0 && is_crowded(s, &arena, &m)) {
		spool_release(&m);
	} else if (rc > 0) {
		begin(s, turn, &m, &arena);
		return;
	} else if (rc < 0) {
		set_aside(s, turn->id, &f);
	} else if (m.locked) {
		worklist_defer(&s->work, clock_wall() + LOCKED_PAUSE, turn->id);
	}
	arena_clear(&arena);
}

void sorter_start(struct scheduler *s)
{
	struct worklist_turn turn;

	for (int i = 0; i < START_BURST && s->nactive < (unsigned)s->rules->active_limit; i++) {
		if (s->ending || !worklist_take(&s->work, &turn))
			return;
		start(s, &turn);
	}
}
