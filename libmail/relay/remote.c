/* SPDX-License-Identifier: ISC */
/*
 * remote - the worker that speaks SMTP or LMTP to one destination.
 *
 * It knows two jobs at a time: the one under way, and one whose commands ride
 * behind the first one's message. Of several hosts (hosts.c) the next one is tried until one has replied to MAIL;
 * what it says from then on counts. Each host gets the TLS that tlspolicy.c wants of it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay/hosts.h"
#include "relay/worker.h"
#include "route/nexthop.h"
#include "smtp/transaction.h"

enum { KEEP_SECONDS = 300 /* age at which a connection is not used for another message */ };

struct slot {
	struct arena arena;
	struct job job;
	struct transaction transaction;
	enum tlspolicy_need need;
	bool full;
};

struct remote {
	struct worker *worker;
	struct client_rules rules;
	struct hosts hosts;
	struct arena arena; /* of the list */
	struct hosts_list list;
	struct tlspolicy_domain domain; /* of the list */
	struct dialler_rules dialler_rules;
	bool is_socket; /* the next hop is one of this machine: who else should listen there? */
	size_t next;	/* in the list */
	long sessions;	/* with hosts of the list: connections that were made */
	bool welcome;	/* at one of them, and the scheduler knows */
	struct client client;
	int64_t opened;		  /* monotonic, milliseconds */
	enum tlspolicy_need need; /* what the connection was made for; also the list, before there is one */
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

static void prepare(const struct remote *r, struct slot *s)
{
	const struct job *job = &s->job;
	struct transaction *t = &s->transaction;

	s->need = r->is_socket ? TLSPOLICY_USUAL
			       : tlspolicy_need(&r->worker->policy, job->require_tls, job->fd, job->at, job->size);
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
		.require_tls = s->need == TLSPOLICY_REQUIRED,
		.patch = job->patch,
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
	prepare(r, s);
	s->full = true;
	return true;
}

static void drop_job(struct remote *r, struct slot *s)
{
	worker_close_later(r->worker, &s->job, 1);
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
	return s->need <= r->need ? &s->transaction : NULL;
}

/* ---- answers ---- */

enum reach {
	REACHED,
	BEYOND_REACH, /* of anybody's mail */
	NOT_FOR_THIS, /* message, that needs REQUIRETLS: others may pass */
};

static void answer(struct remote *r, const struct slot *s, enum reach reach)
{
	char peer[DIAL_HOST_MAX + DIAL_ADDRESS_MAX + 3];
	struct answer a = {
		.kind = ANSWER_OUTCOME,
		.number = s->job.number,
		.peer = reach == REACHED ? client_peer(&r->client, peer, sizeof(peer)) : "none",
		.down = reach == BEYOND_REACH,
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
	answer(r, s, s->need == TLSPOLICY_REQUIRED && f->kind == FAULT_PERM ? NOT_FOR_THIS : BEYOND_REACH);
}

/* ---- the connection ---- */

static void hang_up(struct remote *r)
{
	if (!client_is_connected(&r->client))
		return;
	worker_remark(r->worker, "Closing connection to %s", r->client.host);
	client_quit(&r->client);
}

/* A connection that was made for less than the message needs is none. */
static bool is_usable(struct remote *r, const struct slot *s)
{
	return client_is_connected(&r->client) && s->need <= r->need &&
	       clock_mono_ms() - r->opened < KEEP_SECONDS * 1000 && !client_is_stale(&r->client);
}

/* A password is for the host that the configuration names, and for no other that DNS may name. */
static unsigned how_to_find(const struct remote *r)
{
	const struct worker *w = r->worker;
	/* libcurl does not know DANE. */
	unsigned how = tlspolicy_asks_dane(&w->policy, r->need) && !dialler_is_needed(&w->dialler) ? HOSTS_DANE : 0;

	if (r->rules.lmtp)
		return how | HOSTS_LMTP;
	return w->dialler.has_credential ? HOSTS_NATIVE : how;
}

static void ask_domain(struct remote *r)
{
	struct fault why;

	tlspolicy_ask(&r->worker->policy, &r->arena, &r->hosts.dns, &r->list, r->need, &r->domain, &why);
	if (why.kind != FAULT_NONE)
		worker_remark(r->worker, "%s", why.text);
}

/* A host that the configuration names, and that there is not, is a word to be mended, and no reason to return mail. */
static void defer_if_named(const struct remote *r, struct fault *f)
{
	const char *nexthop = r->worker->place->nexthop;
	struct fault why = *f;

	if (f->kind == FAULT_PERM && nexthop_is_named(nexthop))
		fault_temp(f, 451, "4.3.5", "next hop %.255s: %s", nexthop, why.text);
	fault_defer(f);
}

static int find_hosts(struct remote *r, struct fault *f)
{
	const struct tlspolicy *policy = &r->worker->policy;

	hang_up(r);
	arena_reset(&r->arena);
	r->next = 0;
	r->sessions = 0;
	r->welcome = false;
	r->need = current(r)->need;
	if (policy->trouble.kind != FAULT_NONE) {
		*f = policy->trouble;
		return -1;
	}
	if (hosts_find(&r->hosts, &r->arena, r->worker->place->nexthop, how_to_find(r), &r->list, f) == 0) {
		ask_domain(r);
		return 0;
	}
	defer_if_named(r, f);
	return -1;
}

/* So others may come, too, and need not wait until this one has got through EHLO and TLS: that is another 50 to 500 ms.
 */
static void tell_welcome(void *ctx)
{
	struct remote *r = ctx;
	const struct answer connected = { .kind = ANSWER_CONNECTED, .number = current(r)->job.number };

	if (r->welcome)
		return;
	r->welcome = true;
	answer_put(&r->worker->out, &connected);
	answer_flush(&r->worker->out);
}

/* Where TLS is not demanded and its handshake fails, once more in clear. */
static int dial_and_greet(struct remote *r, const struct host_candidate *c, struct fault *f)
{
	for (;;) {
		int fd = hosts_dial(&r->list, c, r->rules.connect_timeout, r->client.address, f);

		if (fd < 0) {
			defer_if_named(r, f);
			return -1;
		}
		r->sessions++;
		if (client_greet(&r->client, fd, c->name, f) == 0)
			return 0;
		if (!client_retries_in_clear(&r->client))
			return -1;
		worker_remark(r->worker, "%s; once more in clear", f->text);
	}
}

static bool is_by_libcurl(const struct remote *r)
{
	return !r->rules.lmtp && !r->is_socket && dialler_is_needed(&r->worker->dialler);
}

static int set_tls(struct remote *r, const struct host_candidate *c, struct fault *f)
{
	static const char *const names[] = { [CLIENT_TLS_NONE] = "none",
					     [CLIENT_TLS_MAY] = "may",
					     [CLIENT_TLS_ENCRYPT] = "encrypt",
					     [CLIENT_TLS_VERIFY] = "verify",
					     [CLIENT_TLS_DANE] = "verify" };
	struct client_tls *tls = &r->rules.tls;
	/* Whom we tell a password is not for the message to say. */
	bool logs_in = is_by_libcurl(r) && r->worker->dialler.has_credential;
	enum tlspolicy_need need = logs_in && r->need == TLSPOLICY_WAIVED ? TLSPOLICY_USUAL : r->need;

	if (r->is_socket) {
		*tls = (struct client_tls){ .level = CLIENT_TLS_NONE };
		return 0;
	}
	*tls = r->worker->rules->client.tls;
	if (tlspolicy_host(&r->worker->policy, &r->arena, &r->domain, c, need, tls, f) < 0)
		return -1;
	if (tlspolicy_is_in_doubt(&r->domain, c))
		worker_remark(r->worker, "the MTA-STS policy of %s, which it tests, does not have host %s",
			      r->domain.name, c->name);
	r->dialler_rules.security_level = names[tls->level];
	/* Without TLS there is no session on such a port at all. */
	if (tls->wrapper && tls->level < CLIENT_TLS_ENCRYPT)
		tls->level = CLIENT_TLS_ENCRYPT;
	return 0;
}

/* By libcurl, or by ourselves. */
static int open_client(struct remote *r, const struct host_candidate *c, struct fault *f)
{
	struct dialler *d = &r->worker->dialler;
	char port[sizeof(c->target.port)];

	if (!is_by_libcurl(r))
		return dial_and_greet(r, c, f);
	snprintf(port, sizeof(port), "%u", r->list.port);
	if (dialler_open(d, &r->client, c->name, port, f) < 0)
		return -1;
	r->sessions++;
	return 0;
}

/* RFC 8689 4.2.1: no TLS, a name that is not proved, no REQUIRETLS - and the next host may do better. */
static int check_required(struct remote *r, const struct host_candidate *c, struct fault *f)
{
	bool is_verified = is_by_libcurl(r) || r->client.secure.verified;

	if (r->need != TLSPOLICY_REQUIRED || (is_verified && r->client.extensions & SMTP_REQUIRETLS))
		return 0;
	hang_up(r);
	return fault_perm(f, 550, "5.7.30", "message needs REQUIRETLS, which host %s does not offer", c->name);
}

/* No TLS, or with whom we cannot know: nothing that another attempt would mend (RFC 8689 4.2.1). */
static void judge_tls(const struct remote *r, const struct host_candidate *c, struct fault *f)
{
	char why[sizeof(f->text)];

	if (r->need != TLSPOLICY_REQUIRED || (strcmp(f->status, "4.7.4") != 0 && strcmp(f->status, "4.7.5") != 0))
		return;
	snprintf(why, sizeof(why), "%s", f->text);
	fault_perm(f, 550, "5.7.30", "message needs REQUIRETLS, and host %s cannot be trusted: %.250s", c->name, why);
}

static int connect_to(struct remote *r, const struct host_candidate *c, struct fault *f)
{
	if (set_tls(r, c, f) < 0)
		return -1;
	worker_remark(r->worker, "%s... Connecting to %s%s%.0u via %s...", current(r)->transaction.rcpts[0].address,
		      c->name, r->list.port ? " port " : "", r->list.port, r->rules.lmtp ? "lmtp" : "esmtp");
	r->opened = clock_mono_ms();
	if (open_client(r, c, f) < 0 || check_required(r, c, f) < 0)
		return -1;
	/* libcurl does not tell. */
	tell_welcome(r);
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

		defer_if_named(r, &one);
		if (one.kind == FAULT_NONE && connect_to(r, c, &one) == 0)
			return 0;
		judge_tls(r, c, &one);
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
	bool kept = t->begun ? client_is_connected(&r->client) : is_usable(r, current(r));
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
		answer(r, s, REACHED);
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

static bool is_socket(const char *nexthop)
{
	struct dial_target to;

	return dial_parse(span_str(nexthop), "25", &to, NULL) == 0 && to.is_unix;
}

void remote_work(struct worker *w)
{
	struct remote r = { .worker = w, .rules = w->rules->client, .dialler_rules = w->rules->dialler };
	struct fault f;

	r.rules.lmtp = w->place->kind == WORKER_LMTP;
	r.rules.ctx = &r;
	r.rules.greeted = tell_welcome;
	r.is_socket = is_socket(w->place->nexthop);
	w->dialler.rules = &r.dialler_rules;
	/* libcurl does not know DANE; it demands a name as well. */
	if (is_by_libcurl(&r) && w->policy.line.level == TLSPOLICY_DANE_ONLY)
		w->policy.line.level = TLSPOLICY_VERIFY;
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
