/* SPDX-License-Identifier: ISC */
/*
 * batch - deliveries into Maildirs of several jobs that become durable together.
 */
#include "relay/batch.h"

#include "base/proc.h"

void batch_init(struct batch *b, struct worker *w, struct arena *a)
{
	*b = (struct batch){ .worker = w, .arena = a };
	b->tail = &b->mailboxes;
	map_init(&b->by_path, a);
}

bool batch_is_full(const struct batch *b)
{
	return b->n == BATCH_MAILBOXES || b->messages == BATCH_MESSAGES;
}

struct batch_mailbox *batch_open(struct batch *b, const char *path, struct fault *f)
{
	struct batch_mailbox *m = map_find(&b->by_path, span_str(path));

	if (m)
		return m;
	m = arena_alloc(b->arena, sizeof(*m));
	*m = (struct batch_mailbox){ 0 };
	m->tail = &m->landings;
	if (maildir_open(&m->maildir, path, true, f) < 0)
		return NULL;
	map_add(&b->by_path, span_str(arena_str(b->arena, path)), m);
	*b->tail = m;
	b->tail = &m->next;
	b->n++;
	return m;
}

void batch_add(struct batch *b, struct batch_mailbox *m, struct batch_landing *landing)
{
	landing->next = NULL;
	landing->failure = NULL;
	*m->tail = landing;
	m->tail = &landing->next;
	b->messages++;
}

static void answer(const struct batch *b, const struct batch_landing *l)
{
	struct fault outcome;

	if (l->failure)
		outcome = *l->failure;
	else
		worker_success(&outcome, "delivered to %s", l->location);
	worker_remark_outcome(b->worker, l->target->recipient, &outcome);
	worker_answer(b->worker, l->job, l->rcpt, l->target, l->key, "local", &outcome);
}

static void fail(const struct batch *b, struct batch_landing *l, const struct fault *why)
{
	l->failure = arena_alloc(b->arena, sizeof(*l->failure));
	*l->failure = *why;
}

static void publish(struct batch *b, struct batch_mailbox *m)
{
	struct fault f;

	for (struct batch_landing *l = m->landings; l; l = l->next) {
		if (proc_assume(&l->target->as, &f) < 0 || maildir_publish(&m->maildir, &l->file, &f) < 0)
			fail(b, l, &f);
		proc_restore();
	}
}

/* Nobody may find what we say was not delivered. */
static void retract(struct batch *b, struct batch_mailbox *m, const struct fault *why)
{
	struct fault ignored;

	for (struct batch_landing *l = m->landings; l; l = l->next) {
		if (l->failure)
			continue;
		fail(b, l, why);
		if (proc_assume(&l->target->as, &ignored) < 0)
			continue;
		maildir_retract(&m->maildir, l->file.final);
		proc_restore();
	}
}

static void sync_names(struct batch *b, struct batch_mailbox *m)
{
	struct maildir_parked *first = NULL, **tail = &first;
	struct fault f;

	for (struct batch_landing *l = m->landings; l; l = l->next) {
		if (l->failure)
			continue;
		*tail = &l->file;
		tail = &l->file.next;
	}
	if (maildir_settle(&m->maildir, first, &f) < 0)
		retract(b, m, &f);
}

void batch_settle(struct batch *b)
{
	for (struct batch_mailbox *m = b->mailboxes; m; m = m->next)
		publish(b, m);
	for (struct batch_mailbox *m = b->mailboxes; m; m = m->next) {
		sync_names(b, m);
		for (const struct batch_landing *l = m->landings; l; l = l->next)
			answer(b, l);
		maildir_close(&m->maildir);
	}
	batch_init(b, b->worker, b->arena);
}
