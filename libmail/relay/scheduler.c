/* SPDX-License-Identifier: ISC */
/*
 * scheduler - what is tried when, and by which process.
 *
 * One process that never waits for a peer or a disk longer than a queue file's
 * open: new mail first, then what is due; each recipient to its destination's queue; each
 * queue to its workers; the answers back to the message.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "message/address.h"
#include "relay/destination.h"
#include "relay/pool.h"
#include "relay/relay.h"
#include "relay/worklist.h"

enum {
	START_BURST = 64,	 /* messages begun before answers are looked at again */
	TRIGGER_READ = 64 << 10, /* the FIFO's capacity: as much read at once means that something may be lost */
	LOCK_PAUSE_MS = 20,
};

struct scheduler {
	const struct relay_rules *rules;
	const struct relay_run *how;
	struct destinations destinations;
	struct pool pool;
	unsigned nactive;
	struct worklist work;
	int trigger, signals;
	struct buf packet;
	struct pollfd *polls;
	size_t polls_room;
	bool ending, reload;
	int64_t grace; /* monotonic, milliseconds */
};

static void trouble(const struct scheduler *s, const char *id, const struct fault *f)
{
	if (s->rules->on_trouble)
		s->rules->on_trouble(s->rules->ctx, id, f);
}

long relay_backoff(const struct relay_rules *rules, int64_t age)
{
	if (age < rules->minimal_backoff)
		return rules->minimal_backoff;
	return age > rules->maximal_backoff ? rules->maximal_backoff : (long)age;
}

static void rescan(struct scheduler *s, bool all)
{
	struct fault f;

	if (worklist_scan(&s->work, s->rules->spool, all, &f) < 0)
		trouble(s, "", &f);
	s->work.rescan = clock_mono_ms() + s->rules->run_delay * 1000;
}

static void enqueued(void *ctx, const char *id)
{
	worklist_add(ctx, id, false);
}

/* ---- from a message to its destinations ---- */

/* What the recipient's domain says; a name for this machine goes to the local worker unexpanded. */
static int place_of(const struct scheduler *s, struct arena *a, struct span address, struct worker_place *place,
		    struct fault *f)
{
	static const enum worker_kind kinds[] = {
		[ROUTE_SMTP] = WORKER_SMTP, [ROUTE_LMTP] = WORKER_LMTP, [ROUTE_PIPE] = WORKER_PIPE
	};
	struct route_targets targets;
	struct span local, domain;
	const struct route_target *t;

	*place = (struct worker_place){ .kind = WORKER_LOCAL };
	address_split(address, &local, &domain);
	if (route_is_local(s->rules->route, domain))
		return 0;
	if (route_expand(s->rules->route, a, address, &targets, f) < 0)
		return -1;
	t = targets.v;
	if (targets.n != 1 || t->kind == ROUTE_FAULT) {
		if (targets.n == 1)
			*f = *t->fault;
		else
			fault_bug(f, "%zu routes for %.*s", targets.n, SPAN_ARG(address));
		return -1;
	}
	if (t->kind != ROUTE_REMOTE)
		return 0;
	*place = (struct worker_place){ .kind = kinds[t->transport], .nexthop = t->nexthop, .command = t->argument };
	return 0;
}

static void send_to(struct scheduler *s, struct active *a, const struct job_rcpt *rcpt, const char *sender,
		    const char *delivered_to)
{
	struct worker_place place;
	struct answer refused = { .index = rcpt->index, .address = rcpt->address, .sender = sender, .key = rcpt->key };

	active_open_target(a, rcpt->index);
	if (place_of(s, &a->arena, span_str(rcpt->address), &place, &refused.outcome) < 0) {
		active_outcome(a, &refused);
		return;
	}
	destination_add(destination_for(&s->destinations, &place), a, rcpt, sender, delivered_to,
			s->rules->destination_recipient_limit);
}

static void distribute(struct scheduler *s, struct active *a)
{
	const struct envelope *e = &a->m.envelope;

	for (size_t i = 0; i < e->n; i++) {
		const struct envelope_rcpt *r = &e->rcpts[i];
		struct job_rcpt rcpt = {
			.index = (uint32_t)i, .address = r->address, .orcpt = r->orcpt, .notify = r->notify
		};

		if (r->state != ENVELOPE_QUEUED)
			continue;
		send_to(s, a, &rcpt, e->sender, NULL);
	}
}

static void finish(struct scheduler *s, struct active *a)
{
	char id[ENTROPY_ID + 1];
	int64_t due;

	memcpy(id, a->m.envelope.id, sizeof(id));
	due = active_finish(a, enqueued, &s->work);
	s->nactive--;
	if (due > 0)
		worklist_defer(&s->work, due, id);
}

static void set_aside(struct scheduler *s, const char *id, const struct fault *why)
{
	static const enum spool_box boxes[] = { SPOOL_NEW, SPOOL_DEFERRED };
	struct fault f;

	trouble(s, id, why);
	if (why->kind != FAULT_PERM)
		return;
	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
		if (spool_set_aside(s->rules->spool, boxes[i], id, &f) < 0)
			trouble(s, id, &f);
}

static int claim(struct scheduler *s, const char *id, struct arena *arena, struct spool_message *m, struct fault *f)
{
	static const enum spool_box boxes[] = { SPOOL_NEW, SPOOL_DEFERRED };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(boxes) / sizeof(boxes[0]); i++)
		rc = spool_claim(s->rules->spool, boxes[i], id, SPOOL_CLAIM_WORK, arena, m, f);
	return rc;
}

static void start(struct scheduler *s, const char *id, bool forced)
{
	struct arena arena = { 0 };
	struct spool_message m;
	struct active *a;
	struct fault f;
	int rc = claim(s, id, &arena, &m, &f);

	if (rc > 0 && m.box == SPOOL_DEFERRED && m.due > clock_wall() && !forced) {
		worklist_defer(&s->work, m.due, id);
		spool_release(&m);
		rc = 0;
	}
	if (rc <= 0) {
		if (rc < 0)
			set_aside(s, id, &f);
		arena_clear(&arena);
		return;
	}
	a = active_new(s->rules, &m, &arena);
	s->nactive++;
	distribute(s, a);
	if (a->open == 0)
		finish(s, a);
}

static void start_some(struct scheduler *s)
{
	char id[ENTROPY_ID + 1];
	bool forced;

	for (int i = 0; i < START_BURST && s->nactive < (unsigned)s->rules->active_limit; i++) {
		if (s->ending || !worklist_take(&s->work, id, &forced))
			return;
		start(s, id, forced);
	}
}

/* ---- workers ---- */

static void close_task(struct scheduler *s, struct task *t)
{
	struct active *a = t->active;

	if (a->open == 0)
		finish(s, a);
}

/* Whatever has no outcome yet gets this one. */
static void fail_open(struct task *t, const struct fault *f)
{
	for (uint32_t i = 0; i < t->job.n; i++) {
		const struct job_rcpt *r = &t->job.rcpts[i];
		struct answer a = {
			.index = r->index, .address = r->address, .sender = t->job.sender, .key = r->key, .outcome = *f
		};

		if (t->open[i] > 0)
			active_outcome(t->active, &a);
		for (; t->open[i] > 1; t->open[i]--)
			active_close_target(t->active, r->index);
		t->open[i] = 0;
	}
}

static void fail_task(struct scheduler *s, struct task *t, const struct fault *f)
{
	fail_open(t, f);
	close_task(s, t);
}

static void declare_dead(struct scheduler *s, struct destination *d, const struct fault *why)
{
	d->dead_until = clock_mono_ms() + s->rules->minimal_backoff * 1000;
	d->proven = false;
	fault_temp(&d->why, why->reply, why->status, "delivery temporarily suspended: %s", why->text);
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
	struct task *lost[WORKER_DEPTH];
	struct destination *d = p->destination;
	unsigned n = p->n;
	struct fault f;

	memcpy(lost, p->flight, sizeof(lost));
	pool_retire(&s->pool, p);
	fault_temp(&f, 451, "4.3.0", "the delivery process ended unexpectedly");
	if (n > 0)
		trouble(s, lost[0]->job.id, &f);
	while (n-- > 0) {
		struct task *t = lost[n];

		if (was_answered(t) || (n == 0 && ++t->tries >= TASK_TRIES))
			fail_task(s, t, &f);
		else
			destination_put_back(d, t);
	}
}

static void suspend(struct scheduler *s, struct destination *d)
{
	while (d->head)
		fail_task(s, destination_take(d), &d->why);
}

static void dispatch(struct scheduler *s, struct destination *d)
{
	while (d->head) {
		struct process *p;
		struct task *t;
		struct fault f;

		if (destination_is_dead(d)) {
			suspend(s, d);
			return;
		}
		p = pool_worker(&s->pool, d, &f);
		if (f.kind != FAULT_NONE)
			trouble(s, "", &f);
		if (!p)
			return;
		t = destination_take(d);
		p->flight[p->n++] = t;
		if (job_send(p->socket, &t->job) < 0)
			worker_died(s, p);
	}
}

static void dispatch_all(struct scheduler *s)
{
	for (size_t i = 0; i < s->destinations.map.n; i++)
		dispatch(s, s->destinations.map.entries[i].value);
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
		t->why = a->outcome;
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
	for (uint32_t i = 0; i < a->count; i++)
		active_open_target(t->active, a->index);
	active_close_target(t->active, a->index);
	t->open[at] += a->count - 1;
}

static const char *keep(struct active *a, const char *z)
{
	return z ? arena_str(&a->arena, z) : NULL;
}

static void take_forward(struct scheduler *s, struct task *t, const struct answer *answer)
{
	struct active *a = t->active;
	const struct envelope_rcpt *r = &a->m.envelope.rcpts[answer->index];
	uint32_t at;
	struct job_rcpt rcpt = {
		.index = answer->index,
		.address = keep(a, answer->address),
		.orcpt = r->orcpt,
		.key = keep(a, answer->key),
		.notify = r->notify,
	};

	if (!find_rcpt(t, answer, &at))
		return;
	send_to(s, a, &rcpt, answer->sender ? keep(a, answer->sender) : t->job.sender, keep(a, answer->delivered_to));
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
	if (left == 0)
		p->idle_since = clock_mono_ms();
}

static void reached(const struct scheduler *s, struct process *p)
{
	p->works = true;
	p->destination->proven = true;
	if (++p->destination->good < LIMIT_RAISE)
		return;
	p->destination->good = 0;
	if (p->destination->limit < (unsigned)s->destinations.limit)
		p->destination->limit++;
}

static void end_task(struct scheduler *s, struct process *p, struct task *t)
{
	struct destination *d = t->destination;
	unsigned working;
	struct fault f;

	land(p, t);
	p->works = false;
	if (!t->down) {
		reached(s, p);
		fault_temp(&f, 451, "4.3.0", "not tried");
		fail_task(s, t, &f);
		return;
	}
	t->down = false;
	working = pool_working(&s->pool, d);
	if (d->proven && working > 0) {
		d->limit = working;
		d->good = 0;
		destination_put_back(d, t);
		if (p->n == 0)
			pool_retire(&s->pool, p);
		return;
	}
	/* A permanent refusal is each message's own. */
	if (t->why.kind == FAULT_TEMP)
		declare_dead(s, d, &t->why);
	fail_task(s, t, &t->why);
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
		p->works = t->destination->proven = true;
		break;
	case ANSWER_END:
		end_task(s, p, t);
		break;
	}
}

/* A packet ends with ANSWER_END at the latest (worker_end flushes): the process may be gone after it. */
static void read_answers(struct scheduler *s, struct process *p)
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

/* ---- the loop ---- */

static void read_trigger(struct scheduler *s)
{
	static char bytes[TRIGGER_READ];
	ssize_t n = read(s->trigger, bytes, sizeof(bytes));
	struct span rest = span_of(bytes, n > 0 ? (size_t)n : 0);
	bool all = false;

	while (rest.n >= ENTROPY_ID + 1) {
		struct span id = span_cut(&rest, '\n');
		char z[ENTROPY_ID + 1];

		if (!spool_is_id(id)) {
			all = true;
			continue;
		}
		memcpy(z, id.p, ENTROPY_ID);
		z[ENTROPY_ID] = '\0';
		worklist_add(&s->work, z, true);
	}
	if (all || n == TRIGGER_READ)
		rescan(s, all);
}

static void begin_ending(struct scheduler *s)
{
	/* Told a second time: at once. */
	s->grace = clock_mono_ms() + (s->ending ? 0 : RELAY_GRACE * 1000);
	s->ending = true;
}

static void read_signal(struct scheduler *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGCHLD)
		return;
	s->reload = info.ssi_signo == SIGHUP;
	begin_ending(s);
}

/* Names of destinations do not pile up over the years. */
static void forget_destinations(struct scheduler *s)
{
	if (s->nactive > 0 || s->pool.n > 0)
		return;
	for (size_t i = 0; i < s->destinations.map.n; i++)
		if (destination_is_dead(s->destinations.map.entries[i].value))
			return;
	destinations_clear(&s->destinations);
	destinations_init(&s->destinations, s->rules->destination_concurrency_limit);
}

static bool is_over(const struct scheduler *s)
{
	if (s->nactive > 0)
		return s->ending && clock_mono_ms() >= s->grace;
	return s->ending || (s->how->mode == RELAY_ONCE && !worklist_is_due(&s->work));
}

static int wait_ms(const struct scheduler *s)
{
	int64_t until = worklist_wake(&s->work);

	if (s->ending)
		return clock_until_ms(s->grace);
	if (worklist_is_due(&s->work) && s->nactive < (unsigned)s->rules->active_limit)
		return 0;
	for (const struct process *p = s->pool.list; p; p = p->next)
		if (p->n == 0 && p->idle_since + WORKER_IDLE_SECONDS * 1000 < until)
			until = p->idle_since + WORKER_IDLE_SECONDS * 1000;
	return clock_until_ms(until);
}

enum { POLL_SIGNALS, POLL_TRIGGER, POLL_FIRST };

static size_t fill_polls(struct scheduler *s)
{
	size_t n = POLL_FIRST;

	if (s->polls_room < POLL_FIRST + s->pool.n) {
		s->polls_room = POLL_FIRST + 2 * s->pool.n;
		s->polls = arena_heap_resize(s->polls, s->polls_room * sizeof(*s->polls));
	}
	s->polls[POLL_SIGNALS] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	s->polls[POLL_TRIGGER] = (struct pollfd){ .fd = s->trigger, .events = POLLIN };
	for (const struct process *p = s->pool.list; p; p = p->next)
		s->polls[n++] = (struct pollfd){ .fd = p->socket, .events = POLLIN };
	return n;
}

static void wait_and_read(struct scheduler *s)
{
	size_t n = fill_polls(s);

	if (poll(s->polls, n, wait_ms(s)) <= 0)
		return;
	if (s->polls[POLL_SIGNALS].revents)
		read_signal(s);
	if (s->polls[POLL_TRIGGER].revents)
		read_trigger(s);
	for (size_t i = POLL_FIRST; i < n; i++) {
		struct process *p = s->polls[i].revents ? pool_by_socket(&s->pool, s->polls[i].fd) : NULL;

		if (p)
			read_answers(s, p);
	}
}

static void loop(struct scheduler *s)
{
	for (;;) {
		start_some(s);
		dispatch_all(s);
		if (is_over(s))
			return;
		wait_and_read(s);
		pool_reap(&s->pool);
		pool_retire_idle(&s->pool, false);
		forget_destinations(s);
		if (s->how->mode == RELAY_DAEMON && clock_mono_ms() >= s->work.rescan)
			rescan(s, false);
	}
}

/* ---- begin and end ---- */

/* Another process works on it: its outcome will be in the queue file, or the file will be gone. */
static void wait_for_lock(struct scheduler *s, const char *id)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000L };
	struct arena arena = { 0 };
	struct spool_message m;

	for (;;) {
		if (spool_find(s->rules->spool, id, SPOOL_CLAIM_WORK, &arena, &m, NULL) != 0)
			break;
		if (spool_find(s->rules->spool, id, SPOOL_CLAIM_LOOK, &arena, &m, NULL) != 1)
			break;
		spool_release(&m);
		arena_reset(&arena);
		nanosleep(&pause, NULL);
	}
	spool_release(&m);
	arena_clear(&arena);
}

static void first_work(struct scheduler *s)
{
	if (!s->how->ids) {
		rescan(s, s->how->all);
		return;
	}
	s->work.rescan = INT64_MAX;
	for (const char *const *id = s->how->ids; *id; id++) {
		if (s->how->wait)
			wait_for_lock(s, *id);
		worklist_add(&s->work, *id, true);
	}
}

static int open_signals(struct scheduler *s, sigset_t *before, struct fault *f)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, before);
	s->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return s->signals < 0 ? fault_errno(f, "cannot create a signalfd") : 0;
}

/* Nothing came of it so far: it stays in the queue as it is. */
static void drop_task(struct scheduler *s, struct task *t)
{
	struct active *a = t->active;

	for (uint32_t i = 0; i < t->job.n; i++)
		for (; t->open[i] > 0; t->open[i]--)
			active_close_target(a, t->job.rcpts[i].index);
	if (a->open > 0)
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
static void stop_all(struct scheduler *s)
{
	for (struct process *p = s->pool.list; p; p = p->next) {
		if (p->n > 0)
			kill(p->pid, SIGTERM);
		while (p->n > 0)
			stop_task(s, p->flight[--p->n]);
	}
	for (size_t i = 0; i < s->destinations.map.n; i++) {
		struct destination *d = s->destinations.map.entries[i].value;

		while (d->head)
			stop_task(s, destination_take(d));
	}
}

static void clear(struct scheduler *s)
{
	worklist_clear(&s->work);
	destinations_clear(&s->destinations);
	buf_clear(&s->packet);
	free(s->polls);
	if (s->signals >= 0)
		close(s->signals);
	if (s->trigger >= 0)
		close(s->trigger);
}

int relay_run(const struct relay_rules *rules, const struct relay_run *how, enum relay_end *end, struct fault *f)
{
	struct scheduler s = { .rules = rules, .how = how, .pool.rules = rules, .trigger = -1, .signals = -1 };
	sigset_t before;
	int rc;

	worklist_init(&s.work);
	buf_init(&s.packet, JOB_PACKET_MAX + 1);
	destinations_init(&s.destinations, rules->destination_concurrency_limit);
	rc = open_signals(&s, &before, f);
	if (rc == 0 && how->mode == RELAY_DAEMON) {
		s.trigger = spool_listen(rules->spool, f);
		rc = s.trigger < 0 ? -1 : 0;
	}
	if (rc == 0) {
		first_work(&s);
		loop(&s);
		stop_all(&s);
		pool_end(&s.pool);
	}
	*end = s.reload ? RELAY_RELOAD : RELAY_FINISHED;
	clear(&s);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int relay_next(struct spool *spool, int64_t *when, struct fault *f)
{
	static const enum spool_box boxes[] = { SPOOL_NEW, SPOOL_DEFERRED };
	struct spool_scan scan;
	struct spool_entry entry;
	int found = 0;

	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
		if (spool_scan_open(&scan, spool, boxes[i], f) < 0)
			return -1;
		while (spool_scan_next(&scan, &entry) > 0) {
			if (!found || entry.due < *when)
				*when = entry.due;
			found = 1;
		}
		spool_scan_close(&scan);
	}
	return found;
}
