/* SPDX-License-Identifier: ISC */
/*
 * intake - a message being accepted, into Maildirs or into the spool.
 *
 * The direct way is taken only when nothing is left to do afterwards: all targets
 * are Maildirs of this process's own user, with the sender that the message came with, nobody asked to
 * be told of the success, and it need not be held. Where each recipient is to have an outcome of its own, each
 * must be one mailbox: of a list only some members could get it.
 */
#include "relay/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/proc.h"
#include "store/deliver.h"
#include "store/fanout.h"

union intake_writer {
	struct spool_writer spool;
	struct fanout fanout;
};

/* ---- the direct way ---- */

static bool is_direct(const struct route_target *t, const char **path)
{
	return t->kind == ROUTE_MAILBOX && !t->sender && proc_is(&t->as) &&
	       deliver_location(t->as.mail, path, NULL) == 1;
}

struct direct {
	const char *paths[FANOUT_MAX];
	const struct account *owners[FANOUT_MAX];
	const char *delivered_to; /* of the only target */
	bool each;		  /* each has an outcome of its own */
	bool limited;		  /* the only target has a limit */
	size_t n;
	/* With rules.each, of each recipient: its fault, or its path. */
	const struct fault **faults;
	size_t *at;
};

static bool add_direct(struct direct *d, const struct route_target *t)
{
	const char *path;

	if (!is_direct(t, &path))
		return false;
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->paths[i], path) == 0)
			return true;
	if (d->n == FANOUT_MAX || d->limited)
		return false;
	/* One that is full shall not keep the message from the others. */
	if (!d->each && maildir_has_quota(path, &t->as)) {
		if (d->n > 0)
			return false;
		d->limited = true;
	}
	d->owners[d->n] = &t->as;
	d->paths[d->n++] = path;
	d->delivered_to = d->n == 1 ? t->recipient : NULL;
	return true;
}

static bool plan_recipient(struct intake *in, const struct envelope_rcpt *r, struct direct *d, const char **place)
{
	struct route_targets targets;

	if (r->notify & ENVELOPE_NOTIFY_SUCCESS || r->sender)
		return false;
	if (route_expand(in->rules->route, in->arena, span_str(r->address), &targets, NULL) < 0)
		return false;
	for (size_t i = 0; i < targets.n; i++) {
		if (!add_direct(d, &targets.v[i]))
			return false;
		*place = targets.v[i].as.mail;
	}
	return true;
}

static bool plan_each(struct intake *in, const struct envelope *e, struct direct *d)
{
	struct route_targets targets;
	const char *path;

	d->faults = arena_alloc(in->arena, e->n * sizeof(struct fault *));
	d->at = arena_alloc(in->arena, e->n * sizeof(*d->at));
	for (size_t i = 0; i < e->n; i++) {
		const struct envelope_rcpt *r = &e->rcpts[i];

		if (r->notify & ENVELOPE_NOTIFY_SUCCESS || r->sender ||
		    route_expand(in->rules->route, in->arena, span_str(r->address), &targets, NULL) < 0 ||
		    targets.n != 1)
			return false;
		if (targets.v[0].kind == ROUTE_FAULT) {
			/* A forward file that only its owner may read is one: the relay can be him. */
			if (targets.v[0].fault->kind != FAULT_PERM)
				return false;
			d->faults[i] = targets.v[0].fault;
			continue;
		}
		if (!add_direct(d, &targets.v[0]) || !is_direct(&targets.v[0], &path))
			return false;
		while (strcmp(d->paths[d->at[i]], path) != 0)
			d->at[i]++;
	}
	return true;
}

static bool plan(struct intake *in, const struct envelope *e, struct direct *d)
{
	*d = (struct direct){ .each = in->rules->each };
	if (in->rules->queue_only || !in->rules->route || e->n > FANOUT_MAX || e->hold_until > clock_wall())
		return false;
	if (in->rules->each)
		return plan_each(in, e, d);
	in->places = arena_alloc(in->arena, e->n * sizeof(*in->places));
	for (size_t i = 0; i < e->n; i++)
		if (!plan_recipient(in, &e->rcpts[i], d, &in->places[i]))
			return false;
	return d->n > 0;
}

static void put_text(struct intake *in, const char *before, const char *value, const char *after)
{
	fanout_put(&in->writer->fanout, before, strlen(before));
	fanout_put(&in->writer->fanout, value, strlen(value));
	fanout_put(&in->writer->fanout, after, strlen(after));
}

/* Each recipient's outcome is that of its mailbox. */
static void set_outcomes(struct intake *in, const struct direct *d, size_t n)
{
	const struct fault *faults = in->writer->fanout.faults;

	in->outcomes = arena_alloc(in->arena, n * sizeof(struct fault *));
	for (size_t i = 0; i < n; i++)
		in->outcomes[i] = d->faults[i] ? d->faults[i] : &faults[d->at[i]];
}

static int begin_each(struct intake *in, const struct direct *d, size_t n, struct fault *f)
{
	if (d->n == 0) {
		if (f)
			*f = *d->faults[0];
		return -1;
	}
	if (fanout_begin_each(&in->writer->fanout, in->arena, d->paths, d->n, f) < 0)
		return -1;
	set_outcomes(in, d, n);
	return 0;
}

static int set_quotas(struct intake *in, const struct direct *d, struct fault *f)
{
	for (size_t i = 0; i < d->n; i++) {
		if (maildir_set_quota(&in->writer->fanout.mailboxes[i], d->owners[i], f) == 0)
			continue;
		fanout_abort(&in->writer->fanout);
		return -1;
	}
	return 0;
}

static int begin_direct(struct intake *in, const struct direct *d, const struct envelope *e, struct fault *f)
{
	int rc = in->rules->each ? begin_each(in, d, e->n, f)
				 : fanout_begin(&in->writer->fanout, in->arena, d->paths, d->n, f);

	if (rc < 0 || set_quotas(in, d, f) < 0)
		return -1;
	in->direct = true;
	put_text(in, "Return-Path: <", e->sender, ">\n");
	if (d->delivered_to)
		put_text(in, "Delivered-To: ", d->delivered_to, "\n");
	return 0;
}

/* ---- either way ---- */

static void free_writer(struct intake *in)
{
	free(in->writer);
	in->writer = NULL;
}

static int begin_queued(struct intake *in, struct envelope *e, struct fault *f)
{
	const struct intake_rules *rules = in->rules;

	if (!rules->spool)
		return fault_temp(f, 451, "4.3.5", "there is no queue to put the message in");
	return spool_begin(rules->spool, &in->writer->spool, e, rules->queue_minfree, f);
}

int intake_begin(struct intake *in, const struct intake_rules *rules, struct arena *a, struct envelope *e,
		 struct fault *f)
{
	struct direct d;
	int rc = 0;

	*in = (struct intake){ .rules = rules, .envelope = e, .arena = a };
	if (envelope_check(e, f) < 0)
		return -1;
	if (e->arrived_us == 0)
		e->arrived_us = clock_wall_us();
	/* Not the arena's: its buffer need not be zeroed. */
	in->writer = arena_heap(sizeof(*in->writer));
	/* What does not work in mailboxes that are all or none, the queue takes; each for itself is told of it. */
	if (plan(in, e, &d))
		rc = begin_direct(in, &d, e, rules->each ? f : NULL);
	if (in->direct)
		entropy_id(e->id);
	else if (rc == 0 || !rules->each)
		rc = begin_queued(in, e, f);
	if (rc < 0) {
		free_writer(in);
		return -1;
	}
	memcpy(in->id, e->id, sizeof(in->id));
	return 0;
}

static bool is_too_large(const struct intake *in)
{
	return in->rules->message_size_limit > 0 && in->size > in->rules->message_size_limit;
}

void intake_put(struct intake *in, const void *p, size_t n)
{
	in->size += (off_t)n;
	/* What is over the limit is counted and dropped: commit refuses it. */
	if (is_too_large(in))
		return;
	if (in->direct)
		fanout_put(&in->writer->fanout, p, n);
	else
		spool_put(&in->writer->spool, p, n);
}

int intake_commit(struct intake *in, struct fault *f)
{
	int rc;

	if (is_too_large(in)) {
		intake_abort(in);
		return fault_perm(f, 552, "5.3.4", "message is larger than message_size_limit (%ld bytes)",
				  in->rules->message_size_limit);
	}
	rc = in->direct ? fanout_commit(&in->writer->fanout, f) : spool_commit(&in->writer->spool, f);
	free_writer(in);
	return rc;
}

int intake_outcome(const struct intake *in, size_t i, struct fault *f)
{
	if (!in->outcomes || in->outcomes[i]->kind == FAULT_NONE)
		return 0;
	*f = *in->outcomes[i];
	return -1;
}

void intake_abort(struct intake *in)
{
	if (!in->writer)
		return;
	if (in->direct)
		fanout_abort(&in->writer->fanout);
	else
		spool_abort(&in->writer->spool);
	free_writer(in);
}
