/* SPDX-License-Identifier: ISC */
/*
 * local - the worker that delivers on this machine: aliases, forward files,
 * mailboxes, files, commands. What turns out to be for another machine goes back
 * to the scheduler.
 *
 * Mailboxes that belong to this process's own user get hard links of one file; others are
 * written as their owner, one by one. The jobs that wait are taken together as far as they go into Maildirs (batch.h).
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/map.h"
#include "base/proc.h"
#include "message/header.h"
#include "message/trace.h"
#include "relay/batch.h"
#include "relay/command.h"
#include "relay/worker.h"
#include "store/deliver.h"
#include "store/fanout.h"

enum { HEADER_MAX = 256 << 10 /* as much is searched for Delivered-To */ };

struct local {
	struct worker *worker;
	struct arena *arena;
	struct batch *batch;
	const struct job *job;
	struct span header;
	struct envelope journal; /* of its recipients only what is done */
	struct shared {		 /* mailboxes that will get a link */
		const struct job_rcpt *rcpt;
		const struct route_target *target;
		const char *key;
		struct shared *next;
	} * shared, **tail;
};

/* ---- the message ---- */

static void read_header(struct local *l)
{
	const struct job *job = l->job;
	size_t n = job->size < HEADER_MAX ? (size_t)job->size : HEADER_MAX, length;
	char *p = arena_alloc(l->arena, n + 1);

	if (disk_read_at(job->fd, p, n, job->at, "queue file", NULL) < 0)
		n = 0;
	length = header_length(span_of(p, n), 0);
	l->header = span_of(p, length ? length : n);
}

/* It is not in the job because of a large list more may be done than a packet holds. Unread it means to deliver again.
 */
static void read_journal(struct local *l)
{
	const struct job *job = l->job;
	off_t at = job->at + job->size, n;
	struct envelope *e = &l->journal;
	struct stat st;
	char *p;

	if (fstat(job->fd, &st) < 0 || st.st_size <= at || st.st_size - at > ENVELOPE_TEXT_MAX)
		return;
	n = st.st_size - at;
	p = arena_alloc(l->arena, (size_t)n);
	for (uint32_t i = 0; i < job->n; i++)
		if (job->rcpts[i].index >= e->n)
			e->n = job->rcpts[i].index + 1;
	e->rcpts = arena_alloc(l->arena, e->n * sizeof(*e->rcpts));
	if (disk_read_at(job->fd, p, (size_t)n, at, "queue file", NULL) == 0)
		envelope_parse_journal(l->arena, span_of(p, (size_t)n), e);
}

static void put_to_maildir(void *to, const void *p, size_t n)
{
	maildir_put(to, p, n);
}

static void put_to_deliver(void *to, const void *p, size_t n)
{
	deliver_put(to, p, n);
}

static void put_to_fanout(void *to, const void *p, size_t n)
{
	fanout_put(to, p, n);
}

static int put_message(struct local *l, struct span before, disk_put_fn put, void *to, struct fault *f)
{
	put(to, before.p, before.n);
	return patch_feed(&l->job->patch, l->job->fd, l->job->at, l->job->size, put, to, "queue file", f);
}

static const char *sender_of(const struct local *l, const struct route_target *t)
{
	return t->sender ? t->sender : l->job->sender;
}

static struct span trace_fields(struct local *l, const struct route_target *t, const char *delivered_to)
{
	return span_str(arena_printf(l->arena, "Return-Path: <%s>\n%s%s%s", sender_of(l, t),
				     delivered_to ? "Delivered-To: " : "", delivered_to ? delivered_to : "",
				     delivered_to ? "\n" : ""));
}

/* ---- one target ---- */

static int write_mbox(struct local *l, const struct route_target *t, const char *location, struct fault *f)
{
	struct deliver d;

	if (deliver_begin(&d, location, sender_of(l, t), l->job->arrived, f) < 0)
		return -1;
	if (put_message(l, trace_fields(l, t, t->recipient), put_to_deliver, &d, f) < 0) {
		deliver_abort(&d);
		return -1;
	}
	return deliver_commit(&d, f);
}

/* What waits for the disk shall not wait for a lock or a command, too; nor what waits for us. */
static void settle_first(struct local *l)
{
	batch_settle(l->batch);
	worker_slow(l->worker, l->job);
}

static void to_mbox(struct local *l, const struct route_target *t, const char *location, struct fault *outcome)
{
	int rc;

	settle_first(l);
	if (proc_assume(&t->as, outcome) < 0)
		return;
	rc = write_mbox(l, t, location, outcome);
	proc_restore();
	if (rc == 0)
		worker_success(outcome, "delivered to %s", location);
}

static int park(struct local *l, const struct route_target *t, struct batch_mailbox *m, struct maildir_parked *file,
		struct fault *f)
{
	struct maildir_writer w;

	if (maildir_begin(&m->maildir, &w, f) < 0)
		return -1;
	if (put_message(l, trace_fields(l, t, t->recipient), put_to_maildir, &w, f) < 0) {
		maildir_abort(&w);
		return -1;
	}
	return maildir_park(&w, file, f);
}

static int to_maildir(struct local *l, const struct batch_landing *what, const char *path, struct fault *f)
{
	struct batch_landing *landing = arena_alloc(l->arena, sizeof(*landing));
	const struct route_target *t = what->target;
	struct batch_mailbox *m;
	int rc = -1;

	*landing = *what;
	if (batch_is_full(l->batch))
		batch_settle(l->batch);
	if (proc_assume(&t->as, f) < 0)
		return -1;
	m = batch_open(l->batch, path, f);
	if (m && (t->kind != ROUTE_MAILBOX || maildir_set_quota(&m->maildir, &t->as, f) == 0))
		rc = park(l, t, m, &landing->file, f);
	proc_restore();
	if (rc == 0)
		batch_add(l->batch, m, landing);
	return rc;
}

/* true: it is answered when the batch is settled. */
static bool to_mailbox(struct local *l, const struct job_rcpt *r, const struct route_target *t, const char *key,
		       struct fault *outcome)
{
	const struct batch_landing what = {
		.job = l->job,
		.rcpt = r,
		.target = t,
		.key = key,
		.location = t->kind == ROUTE_FILE ? t->argument : t->as.mail,
	};
	const char *path;

	switch (deliver_location(what.location, &path, outcome)) {
	case 0:
		to_mbox(l, t, what.location, outcome);
		return false;
	case 1:
		return to_maildir(l, &what, path, outcome) == 0;
	}
	return false;
}

/*
 * What a stranger chose, for a command whose author may have forgotten his quotes: as Postfix's
 * command_expansion_filter has it, but UTF-8 stays.
 */
static const char *censored(struct local *l, const char *value)
{
	static const char allowed[] = "0123456789!@%-_=+:,./"
				      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char *out = arena_str(l->arena, value ? value : "");

	for (char *p = out; *p; p++)
		if (!((unsigned char)*p & 0x80) && !strchr(allowed, *p))
			*p = '_';
	return out;
}

/* As Postfix's local(8) names them; values never hold control bytes. */
static const char *const *environment(struct local *l, const struct route_target *t, const struct job_rcpt *r)
{
	struct span at = span_str(t->recipient);
	size_t cut = span_find_last(at, '@');
	const char *pairs[][2] = {
		{ "HOME", t->as.home },
		{ "LOGNAME", t->as.name },
		{ "USER", t->as.name },
		{ "SHELL", "/bin/sh" },
		{ "PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin" },
		{ "SENDER", censored(l, sender_of(l, t)) },
		{ "RECIPIENT", censored(l, t->recipient) },
		{ "ORIGINAL_RECIPIENT", censored(l, r->address) },
		{ "LOCAL", censored(l, arena_span(l->arena, span_of(at.p, cut))) },
		{ "DOMAIN", censored(l, arena_span(l->arena, span_from(at, cut + 1))) },
		{ "EXTENSION", censored(l, t->detail) },
	};
	size_t n = sizeof(pairs) / sizeof(pairs[0]);
	const char **env = arena_alloc(l->arena, (n + 1) * sizeof(*env));

	for (size_t i = 0; i < n; i++)
		env[i] = arena_printf(l->arena, "%s=%s", pairs[i][0], pairs[i][1] ? pairs[i][1] : "");
	return env;
}

static void to_command(struct local *l, const struct route_target *t, const struct job_rcpt *r, struct fault *outcome)
{
	struct span fields = trace_fields(l, t, t->recipient);
	struct command c = {
		.shell = t->argument,
		.as = &t->as,
		.env = environment(l, t, r),
		.before = span_str(arena_printf(l->arena, "%s%.*s",
						command_from_line(l->arena, sender_of(l, t), l->job->arrived, NULL),
						SPAN_ARG(fields))),
	};

	command_run(l->worker, l->job, &c, outcome);
}

static const char *const *list_words(struct local *l, const struct route_target *t)
{
	const char *const *prefix = l->worker->rules->list_command;
	const char *more[] = { "deliver", "--sender", sender_of(l, t), "--recipient", t->recipient, t->argument };
	size_t n = 0, nmore = sizeof(more) / sizeof(more[0]);
	const char **argv;

	while (prefix[n])
		n++;
	argv = arena_alloc(l->arena, (n + nmore + 1) * sizeof(*argv));
	memcpy(argv, prefix, n * sizeof(*argv));
	memcpy(argv + n, more, sizeof(more));
	/* The site's own address has no list. */
	if (!t->argument[0])
		argv[n + nmore - 1] = NULL;
	return argv;
}

static void to_list(struct local *l, const struct route_target *t, const struct job_rcpt *r, struct fault *outcome)
{
	struct command c = { .as = &t->as, .env = environment(l, t, r), .speaks = true };

	if (!l->worker->rules->list_command) {
		fault_temp(outcome, 451, "4.3.5", "this program was built without listmgr");
		return;
	}
	c.argv = list_words(l, t);
	command_run(l->worker, l->job, &c, outcome);
}

static void forward(struct local *l, const struct job_rcpt *r, const struct route_target *t, const char *key)
{
	struct answer a = {
		.kind = ANSWER_FORWARD,
		.number = l->job->number,
		.index = r->index,
		.address = t->recipient,
		.sender = t->sender,
		/* What only got another address was never here, and its next host may well be one of its names. */
		.delivered_to = t->forwarded ? r->address : NULL,
		.key = key,
	};

	answer_put(&l->worker->out, &a);
}

static const char *target_key(struct arena *a, const struct route_target *t)
{
	switch (t->kind) {
	case ROUTE_MAILBOX:
		return arena_printf(a, "mailbox:%s", t->as.name);
	case ROUTE_FILE:
		return arena_printf(a, "file:%s:%s", t->as.name, t->argument);
	case ROUTE_COMMAND:
		return arena_printf(a, "command:%s:%s", t->as.name, t->argument);
	case ROUTE_LIST:
		return arena_printf(a, "list:%s", t->recipient);
	case ROUTE_REMOTE:
		return arena_printf(a, "remote:%s", t->recipient);
	case ROUTE_DISCARD:
		return "discard";
	case ROUTE_FAULT:
		break;
	}
	return arena_printf(a, "fault:%s", t->recipient);
}

/* The keys of the recipient's targets that need nothing more. */
static void list_done(const struct local *l, const struct job_rcpt *r, struct map *done)
{
	map_init(done, l->arena);
	if (r->index >= l->journal.n)
		return;
	for (struct envelope_done *d = l->journal.rcpts[r->index].done; d; d = d->next)
		map_add(done, span_str(d->key), d);
}

static bool is_done(const struct map *done, const char *key)
{
	return map_find(done, span_str(key)) != NULL;
}

static void share(struct local *l, const struct job_rcpt *r, const struct route_target *t, const char *key)
{
	struct shared *s = arena_alloc(l->arena, sizeof(*s));

	*s = (struct shared){ .rcpt = r, .target = t, .key = key };
	*l->tail = s;
	l->tail = &s->next;
}

static bool is_shareable(const struct route_target *t)
{
	const char *path;

	/* One that is full shall not keep the message from the others. */
	return t->kind == ROUTE_MAILBOX && proc_is(&t->as) && deliver_location(t->as.mail, &path, NULL) == 1 &&
	       !maildir_has_quota(path, &t->as);
}

/*
 * The system's relay may lack rights today and have them tomorrow. A user's own has what the user has: nobody
 * is to wait for days until that is told.
 */
static bool is_out_of_reach(const struct local *l, const struct route_target *t, struct fault *outcome)
{
	bool has_owner =
		t->kind == ROUTE_MAILBOX || t->kind == ROUTE_FILE || t->kind == ROUTE_COMMAND || t->kind == ROUTE_LIST;

	if (!has_owner || !l->worker->rules->is_private || proc_may_be(&t->as))
		return false;
	fault_perm(outcome, 550, "5.7.1", "%s is another user, and the mail service was not there to take it over",
		   t->as.name);
	return true;
}

static void to_target(struct local *l, const struct job_rcpt *r, const struct route_target *t, const char *key)
{
	struct fault outcome = { .kind = FAULT_NONE };

	switch (is_out_of_reach(l, t, &outcome) ? ROUTE_FAULT : t->kind) {
	case ROUTE_MAILBOX:
	case ROUTE_FILE:
		if (to_mailbox(l, r, t, key, &outcome))
			return;
		break;
	case ROUTE_COMMAND:
		settle_first(l);
		to_command(l, t, r, &outcome);
		break;
	case ROUTE_LIST:
		settle_first(l);
		to_list(l, t, r, &outcome);
		break;
	case ROUTE_DISCARD:
		worker_success(&outcome, "discarded");
		break;
	case ROUTE_FAULT:
		if (t->kind == ROUTE_FAULT)
			outcome = *t->fault;
		break;
	case ROUTE_REMOTE:
		return;
	}
	worker_remark_outcome(l->worker, t->recipient, &outcome);
	worker_answer(l->worker, l->job, r, t, key, "local", &outcome);
}

/* ---- all of them ---- */

static void announce(struct local *l, const struct job_rcpt *r, const struct route_targets *targets,
		     const struct map *done)
{
	struct answer a = { .kind = ANSWER_TARGETS, .number = l->job->number, .index = r->index };

	a.multi = targets->n > 1;
	for (size_t i = 0; i < targets->n; i++)
		a.count += !is_done(done, target_key(l->arena, &targets->v[i]));
	answer_put(&l->worker->out, &a);
}

static void to_recipient(struct local *l, const struct job_rcpt *r)
{
	struct route_targets targets;
	struct map done;
	struct fault f;

	if (trace_delivered_to(l->header, span_str(r->address))) {
		fault_perm(&f, 554, "5.4.6", "mail forwarding loop for %s", r->address);
		worker_answer(l->worker, l->job, r, NULL, NULL, "local", &f);
		return;
	}
	if (route_expand(l->worker->rules->route, l->arena, span_str(r->address), &targets, &f) < 0) {
		worker_answer(l->worker, l->job, r, NULL, NULL, "local", &f);
		return;
	}
	list_done(l, r, &done);
	announce(l, r, &targets, &done);
	for (size_t i = 0; i < targets.n; i++) {
		const struct route_target *t = &targets.v[i];
		const char *key = target_key(l->arena, t);

		if (is_done(&done, key))
			continue;
		if (t->kind == ROUTE_REMOTE)
			forward(l, r, t, key);
		else if (is_shareable(t))
			share(l, r, t, key);
		else
			to_target(l, r, t, key);
	}
}

/* Where s is to be delivered joins the list, unless it is there (al+a and al+b). is_shareable() has seen that it is a
 * Maildir. */
static size_t list_mailbox(const struct shared *s, const char **paths, size_t n)
{
	if (deliver_location(s->target->as.mail, &paths[n], NULL) != 1)
		return n;
	for (size_t i = 0; i < n; i++)
		if (strcmp(paths[i], paths[n]) == 0)
			return n;
	return n + 1;
}

/* One file for up to FANOUT_MAX mailboxes; returns where to go on. */
static struct shared *fan_out(struct local *l, struct shared *first)
{
	const char *paths[FANOUT_MAX] = { NULL };
	struct fault outcome;
	struct fanout o;
	struct shared *s = first;
	size_t n = 0;
	int rc;

	for (; s && n < FANOUT_MAX; s = s->next)
		n = list_mailbox(s, paths, n);
	rc = fanout_begin(&o, l->arena, paths, n, &outcome);
	if (rc == 0) {
		rc = put_message(l, trace_fields(l, first->target, NULL), put_to_fanout, &o, &outcome);
		if (rc == 0)
			rc = fanout_commit(&o, &outcome);
		else
			fanout_abort(&o);
	}
	for (struct shared *each = first; each != s; each = each->next) {
		if (rc == 0)
			worker_success(&outcome, "delivered to %s", each->target->as.mail);
		worker_answer(l->worker, l->job, each->rcpt, each->target, each->key, "local", &outcome);
	}
	return s;
}

/* Different envelope senders (owner-NAME) cannot share a Return-Path. */
static bool is_uniform(const struct local *l)
{
	for (const struct shared *s = l->shared; s; s = s->next)
		if (strcmp(sender_of(l, s->target), sender_of(l, l->shared->target)) != 0)
			return false;
	return true;
}

static void deliver_shared(struct local *l)
{
	struct shared *s = l->shared;

	if (s && s->next && is_uniform(l)) {
		while (s)
			s = fan_out(l, s);
		return;
	}
	for (; s; s = s->next)
		to_target(l, s->rcpt, s->target, s->key);
}

static void deliver_job(struct worker *w, struct arena *a, struct batch *b, const struct job *job)
{
	struct local l = { .worker = w, .arena = a, .batch = b, .job = job };

	l.tail = &l.shared;
	read_header(&l);
	read_journal(&l);
	for (uint32_t i = 0; i < job->n; i++)
		to_recipient(&l, &job->rcpts[i]);
	deliver_shared(&l);
}

/* One job, and those that wait behind it. */
static bool deliver_waiting(struct worker *w, struct arena *a)
{
	struct job jobs[WORKER_BATCH];
	struct batch b;
	size_t n = 0;

	batch_init(&b, w, a);
	do {
		if (job_receive(w->socket, a, &jobs[n]) <= 0)
			break;
		deliver_job(w, a, &b, &jobs[n]);
		n++;
	} while (n < WORKER_BATCH && job_is_waiting(w->socket));
	batch_settle(&b);
	worker_end_all(w, jobs, n);
	worker_close_later(w, jobs, n);
	return n > 0;
}

void local_work(struct worker *w)
{
	struct arena a = { 0 };

	while (!w->out.broken && deliver_waiting(w, &a))
		arena_reset(&a);
	arena_clear(&a);
}
