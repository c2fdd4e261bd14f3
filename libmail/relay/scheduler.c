/* SPDX-License-Identifier: ISC */
/*
 * scheduler - the loop of a relay: what wakes it, and how it begins and ends.
 *
 * One process that never waits for a peer or a disk longer than a queue file's
 * open: new mail first, then what is due; each recipient to its destination's queue; each
 * queue to its workers; the answers back to the message.
 */
#include "relay/scheduler.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay/dispatch.h"
#include "relay/sorter.h"

enum {
	TRIGGER_READ = 64 << 10, /* the FIFO's capacity: as much read at once means that something may be lost */
	LOCK_PAUSE_MS = 20,
	CLOCK_LOOK_MS = 60000, /* after so long a clock that was set, or a machine's sleep, is noticed */
};

void scheduler_trouble(const struct scheduler *s, const char *id, const struct fault *f)
{
	if (s->rules->on_trouble)
		s->rules->on_trouble(s->rules->ctx, id, f);
}

static void begin_destinations(struct scheduler *s)
{
	destinations_init(&s->destinations, s->rules->destination_concurrency_limit,
			  s->rules->initial_destination_concurrency);
}

static void rescan(struct scheduler *s, bool all)
{
	struct fault f;

	/* What waited for room is found again. */
	for (size_t i = 0; i < s->destinations.map.n; i++) {
		struct destination *d = s->destinations.map.entries[i].value;

		tray_clear(&d->crowd);
	}
	if (worklist_scan(&s->work, s->rules->spool, all, s->rules->maximal_backoff, &f) < 0)
		scheduler_trouble(s, "", &f);
	s->work.rescan = clock_mono_ms() + s->rules->run_delay * 1000;
}

/* ---- the loop ---- */

static void flush(struct scheduler *s, struct span domain)
{
	struct fault f;

	if (worklist_flush(&s->work, s->rules->spool, domain, &f) < 0)
		scheduler_trouble(s, "", &f);
}

/* What is not understood is half a line, from a FIFO that was full. */
static void obey(struct scheduler *s, struct span line, bool *all, bool *lost)
{
	char id[ENTROPY_ID + 1] = "";

	if (line.n && line.p[0] == '@') {
		flush(s, span_from(line, 1));
	} else if (spool_is_id(line)) {
		memcpy(id, line.p, ENTROPY_ID);
		worklist_add(&s->work, id, true);
	} else if (line.n == ENTROPY_ID && line.p[0] == '-') {
		*all = true;
	} else {
		*lost = true;
	}
}

static void read_trigger(struct scheduler *s)
{
	static char bytes[TRIGGER_READ];
	ssize_t n = read(s->trigger, bytes, sizeof(bytes));
	struct span rest = span_of(bytes, n > 0 ? (size_t)n : 0);
	bool all = false, lost = n == TRIGGER_READ;

	while (rest.n)
		obey(s, span_cut(&rest, '\n'), &all, &lost);
	if (all || lost)
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
	int64_t old = clock_mono_ms() - 2 * s->rules->maximal_backoff * 1000;

	if (s->nactive > 0 || s->pool.n > 0)
		return;
	for (size_t i = 0; i < s->destinations.map.n; i++) {
		const struct destination *d = s->destinations.map.entries[i].value;

		/* How long it has been dead is not forgotten before the next probe. */
		if (d->deaths > 0 && d->dead_until > old)
			return;
	}
	destinations_clear(&s->destinations);
	begin_destinations(s);
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
	int wait;

	if (s->ending)
		return clock_until_ms(s->grace);
	if (worklist_is_due(&s->work) && s->nactive < (unsigned)s->rules->active_limit)
		return 0;
	for (const struct process *p = s->pool.list; p; p = p->next)
		if (p->n == 0 && p->idle_since + WORKER_IDLE_SECONDS * 1000 < until)
			until = p->idle_since + WORKER_IDLE_SECONDS * 1000;
	wait = clock_until_ms(until);
	return wait > CLOCK_LOOK_MS && s->work.agenda.n > 0 ? CLOCK_LOOK_MS : wait;
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
			dispatch_read(s, p);
	}
}

/* What was put off since the last time, in one. */
static void settle(struct scheduler *s)
{
	struct fault f;

	if (spool_settle(s->rules->spool, &f) < 0)
		scheduler_trouble(s, "", &f);
}

static void loop(struct scheduler *s)
{
	for (;;) {
		sorter_start(s);
		dispatch_all(s);
		settle(s);
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
	if (!s->how->ids && !s->how->domain) {
		rescan(s, s->how->all);
		return;
	}
	s->work.rescan = INT64_MAX;
	if (s->how->domain)
		flush(s, span_str(s->how->domain));
	for (const char *const *id = s->how->ids; id && *id; id++) {
		if (s->how->wait)
			wait_for_lock(s, *id);
		worklist_add(&s->work, *id, true);
	}
}

static sigset_t own_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	return set;
}

void relay_hold_signals(sigset_t *before)
{
	sigset_t set = own_signals();

	sigprocmask(SIG_BLOCK, &set, before);
}

static int open_signals(struct scheduler *s, sigset_t *before, struct fault *f)
{
	sigset_t set = own_signals();

	relay_hold_signals(before);
	s->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return s->signals < 0 ? fault_errno(f, "cannot create a signalfd") : 0;
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
	begin_destinations(&s);
	rc = open_signals(&s, &before, f);
	if (rc == 0 && how->mode == RELAY_DAEMON) {
		s.trigger = spool_listen(rules->spool, f);
		rc = s.trigger < 0 ? -1 : 0;
	}
	if (rc == 0) {
		first_work(&s);
		loop(&s);
		dispatch_stop(&s);
		settle(&s);
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
