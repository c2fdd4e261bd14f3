/* SPDX-License-Identifier: ISC */
/*
 * remote - the worker that speaks SMTP or LMTP to one destination.
 *
 * It knows two jobs at a time: the one under way, and one whose commands ride
 * behind the first one's message. Of several hosts (hosts.c) the next one is tried until one has replied to MAIL;
 * what it says from then on counts.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay/hosts.h"
#include "relay/worker.h"
#include "smtp/transaction.h"

enum { KEEP_SECONDS = 300 /* age at which a connection is not used for another message */ };

struct slot {
	struct arena arena;
	struct job job;
	struct transaction transaction;
	bool full;
};

struct remote {
	struct worker *worker;
	struct client_rules rules;
	struct hosts hosts;
	struct arena arena; /* of the list */
	struct hosts_list list;
	size_t next;   /* in the list */
	long sessions; /* with hosts of the list: connections that were made */
	struct client client;
	int64_t opened; /* monotonic, milliseconds */
	struct slot slots[2];
	unsigned current;
	const char *remark_for; /* the recipient that remarks are about */
};

static struct slot *current(struct remote *r)
{
	return &r->slots[r->current];
}

static struct slot *other(struct remote *r)
{
	return &r->slots[!r->current];
}

/* ---- from job to transaction ---- */

static void prepare(struct slot *s)
{
	const struct job *job = &s->job;
	struct transaction *t = &s->transaction;

	*t = (struct transaction){
		.sender = job->sender,
		.n = job->n,
		.fd = job->fd,
		.at = job->at,
		.size = job->size,
		.is_8bit = job->is_8bit,
		.smtputf8 = job->smtputf8,
		.envid = job->envid,
		.ret = job->ret,
		.deliver_by = job->deliver_by,
		.priority = job->priority,
		.require_tls = job->require_tls,
	};
	if (job->delivered_to)
		t->prefix = arena_printf(&s->arena, "Delivered-To: %s\n", job->delivered_to);
	t->rcpts = arena_alloc(&s->arena, job->n * sizeof(*t->rcpts));
	for (uint32_t i = 0; i < job->n; i++)
		t->rcpts[i] = (struct transaction_rcpt){
			.address = job->rcpts[i].address,
			.orcpt = job->rcpts[i].orcpt,
			.notify = job->rcpts[i].notify,
		};
}

static bool take_job(struct remote *r, struct slot *s)
{
	if (job_receive(r->worker->socket, &s->arena, &s->job) <= 0)
		return false;
	prepare(s);
	s->full = true;
	return true;
}

static void drop_job(struct remote *r, struct slot *s)
{
	worker_close_later(r->worker, s->job.fd);
	arena_reset(&s->arena);
	s->full = false;
}

/* transaction_run() asks what comes next. */
static struct transaction *look_ahead(void *ctx)
{
	struct remote *r = ctx;
	struct slot *s = other(r);

	if (!s->full && (!job_is_waiting(r->worker->socket) || !take_job(r, s)))
		return NULL;
	return &s->transaction;
}

/* ---- answers ---- */

static void answer(struct remote *r, const struct slot *s, bool down)
{
	char peer[DIAL_HOST_MAX + DIAL_ADDRESS_MAX + 3];
	struct answer a = {
		.kind = ANSWER_OUTCOME,
		.number = s->job.number,
		.peer = down ? "none" : client_peer(&r->client, peer, sizeof(peer)),
		.down = down,
		.dsn_passed = (r->client.extensions & SMTP_DSN) && !r->rules.lmtp,
		.final = r->rules.lmtp,
	};

	for (size_t i = 0; i < s->transaction.n; i++) {
		const struct transaction_rcpt *rcpt = &s->transaction.rcpts[i];

		a.index = s->job.rcpts[i].index;
		a.address = rcpt->address;
		a.outcome = rcpt->outcome;
		a.remote = rcpt->remote;
		answer_put(&r->worker->out, &a);
	}
	worker_end(r->worker, &s->job);
}

static void remark_results(const struct remote *r, const struct slot *s)
{
	for (size_t i = 0; i < s->transaction.n; i++)
		worker_remark_outcome(r->worker, s->transaction.rcpts[i].address, &s->transaction.rcpts[i].outcome);
}

static void fail_all(struct remote *r, struct slot *s, const struct fault *f)
{
	for (size_t i = 0; i < s->transaction.n; i++)
		s->transaction.rcpts[i].outcome = *f;
	remark_results(r, s);
	answer(r, s, true);
}

/* ---- the connection ---- */

static void hang_up(struct remote *r)
{
	if (!client_is_connected(&r->client))
		return;
	worker_remark(r->worker, "Closing connection to %s", r->client.host);
	client_quit(&r->client);
}

static bool is_usable(struct remote *r)
{
	return client_is_connected(&r->client) && clock_mono_ms() - r->opened < KEEP_SECONDS * 1000 &&
	       !client_is_stale(&r->client);
}

/* A password is for the host that the configuration names, and for no other that DNS may name. */
static unsigned how_to_find(const struct remote *r)
{
	if (r->rules.lmtp)
		return HOSTS_LMTP;
	return r->worker->dialler.has_credential ? HOSTS_NATIVE : 0;
}

static int find_hosts(struct remote *r, struct fault *f)
{
	hang_up(r);
	arena_reset(&r->arena);
	r->next = 0;
	r->sessions = 0;
	if (hosts_find(&r->hosts, &r->arena, r->worker->place->nexthop, how_to_find(r), &r->list, f) == 0) {
		/* Who else should listen at a UNIX socket? */
		r->rules.tls =
			r->list.port ? r->worker->rules->client.tls : (struct client_tls){ .level = CLIENT_TLS_NONE };
		return 0;
	}
	/* What is wrong with the words of the configuration may be mended. */
	if (f->kind == FAULT_USAGE)
		f->kind = FAULT_TEMP;
	return -1;
}

/* Where TLS is not demanded and its handshake fails, once more in clear. */
static int dial_and_greet(struct remote *r, const struct host_candidate *c, struct fault *f)
{
	for (;;) {
		int fd = hosts_dial(&r->list, c, r->rules.connect_timeout, r->client.address, f);

		if (fd < 0)
			return -1;
		r->sessions++;
		if (client_greet(&r->client, fd, c->name, f) == 0)
			return 0;
		if (!client_retries_in_clear(&r->client))
			return -1;
		worker_remark(r->worker, "%s; once more in clear", f->text);
	}
}

/* By libcurl, or by ourselves. */
static int open_client(struct remote *r, const struct host_candidate *c, struct fault *f)
{
	struct dialler *d = &r->worker->dialler;
	char port[sizeof(c->target.port)];

	if (r->rules.lmtp || !r->list.port || !dialler_is_needed(d))
		return dial_and_greet(r, c, f);
	snprintf(port, sizeof(port), "%u", r->list.port);
	if (dialler_open(d, &r->client, c->name, port, f) < 0)
		return -1;
	r->sessions++;
	return 0;
}

static int connect_to(struct remote *r, const struct host_candidate *c, struct fault *f)
{
	const struct answer connected = { .kind = ANSWER_CONNECTED, .number = current(r)->job.number };

	worker_remark(r->worker, "%s... Connecting to %s%s%.0u via %s...", current(r)->transaction.rcpts[0].address,
		      c->name, r->list.port ? " port " : "", r->list.port, r->rules.lmtp ? "lmtp" : "esmtp");
	r->opened = clock_mono_ms();
	if (open_client(r, c, f) < 0)
		return -1;
	answer_put(&r->worker->out, &connected);
	answer_flush(&r->worker->out);
	return 0;
}

static bool is_another(const struct remote *r)
{
	long limit = r->worker->rules->hosts.session_limit;

	return r->next < r->list.n && (limit == 0 || r->sessions < limit);
}

/* To the next host that answers; -1 when all of them have been tried, and *all says what is wrong with them. */
static int connect_next(struct remote *r, struct fault *all)
{
	while (is_another(r)) {
		const struct host_candidate *c = &r->list.v[r->next++];
		struct fault one = c->problem;

		if (one.kind == FAULT_NONE && connect_to(r, c, &one) == 0)
			return 0;
		hosts_note(all, &one);
		if (is_another(r))
			worker_remark(r->worker, "%s", one.text);
	}
	return -1;
}

/*
 * A kept connection may have died meanwhile: then the message is tried once more on a new one. The same goes for a host
 * that is lost before it has replied to MAIL, and the next one.
 */
static int run_current(struct remote *r, struct fault *f)
{
	struct transaction *t = &current(r)->transaction;
	/* Replies to what was begun ahead may be there already: that does not make the connection stale. */
	bool kept = t->begun ? client_is_connected(&r->client) : is_usable(r);
	struct fault one;

	if (kept && (transaction_run(&r->client, t, look_ahead, r, f) == 0 || t->answered))
		return 0;
	if (find_hosts(r, f) < 0)
		return -1;
	for (f->kind = FAULT_NONE;; hosts_note(f, &one)) {
		transaction_rewind(t);
		if (connect_next(r, f) < 0)
			return -1;
		if (transaction_run(&r->client, t, look_ahead, r, &one) == 0 || t->answered || !is_another(r))
			return 0;
	}
}

static void deliver(struct remote *r)
{
	struct slot *s = current(r);
	struct fault f;

	if (run_current(r, &f) < 0) {
		fail_all(r, s, &f);
	} else {
		remark_results(r, s);
		answer(r, s, false);
	}
	drop_job(r, s);
	/* What was begun on a connection that is gone begins anew. */
	if (other(r)->full && !client_is_connected(&r->client))
		transaction_rewind(&other(r)->transaction);
	r->current = !r->current;
}

static void refuse_jobs(struct remote *r, const struct fault *f)
{
	while (!r->worker->out.broken && (current(r)->full || take_job(r, current(r)))) {
		fail_all(r, current(r), f);
		drop_job(r, current(r));
	}
}

static void trace(void *ctx, char direction, struct span line)
{
	const struct remote *r = ctx;

	r->worker->rules->on_dialogue(r->worker->rules->ctx, direction, line);
}

void remote_work(struct worker *w)
{
	struct remote r = { .worker = w, .rules = w->rules->client };
	struct fault f;

	r.rules.lmtp = w->place->kind == WORKER_LMTP;
	r.rules.ctx = &r;
	r.rules.trace = w->rules->on_dialogue ? trace : NULL;
	client_init(&r.client, &r.rules);
	if (hosts_init(&r.hosts, &w->rules->hosts, &f) < 0) {
		f.kind = FAULT_TEMP;
		refuse_jobs(&r, &f);
	}
	while (!w->out.broken && (current(&r)->full || take_job(&r, current(&r))))
		deliver(&r);
	hang_up(&r);
	client_clear(&r.client);
	arena_clear(&r.arena);
	hosts_clear(&r.hosts);
}
