/* SPDX-License-Identifier: ISC */
/*
 * worklist - which messages are to be tried.
 */
#include "relay/worklist.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"

enum {
	AT_ONCE = 0, /* a time on the agenda: due or not, somebody wants it */
	LONG_AGO = 1,
	STEP_SECONDS = 60, /* by which a clock is wrong that was set; less is its adjustment */
	ROUND = 8,	   /* turns in which what is released and what is due have one each at least */
};

struct worklist_item {
	struct worklist_turn turn;
	struct worklist_item *next;
};

static void list_init(struct worklist_list *l)
{
	l->head = NULL;
	l->tail = &l->head;
}

void worklist_init(struct worklist *w)
{
	*w = (struct worklist){ 0 };
	list_init(&w->fresh);
	list_init(&w->backlog);
}

static void add(struct worklist_list *l, const struct worklist_turn *turn)
{
	struct worklist_item *item = arena_heap(sizeof(*item));

	*item = (struct worklist_item){ .turn = *turn };
	*l->tail = item;
	l->tail = &item->next;
}

static void add_id(struct worklist_list *l, const char *id, int64_t asked, const char *domain)
{
	struct worklist_turn turn = { .asked = asked, .domain = domain };

	memcpy(turn.id, id, ENTROPY_ID);
	add(l, &turn);
}

void worklist_add(struct worklist *w, const char *id, bool asked)
{
	add_id(&w->fresh, id, asked ? clock_mono_ms() : 0, NULL);
}

void worklist_release(struct worklist *w, const char *id)
{
	add_id(&w->backlog, id, clock_mono_ms(), NULL);
}

void worklist_return(struct worklist *w, const char *id)
{
	add_id(&w->backlog, id, LONG_AGO, NULL);
}

void worklist_defer(struct worklist *w, int64_t due, const char *id)
{
	agenda_add(&w->agenda, due, id);
}

static void take_first(struct worklist_list *l)
{
	struct worklist_item *item = l->head;

	l->head = item->next;
	if (!l->head)
		l->tail = &l->head;
	free(item);
}

void worklist_clear(struct worklist *w)
{
	while (w->fresh.head)
		take_first(&w->fresh);
	while (w->backlog.head)
		take_first(&w->backlog);
	agenda_clear(&w->agenda);
	arena_clear(&w->names);
}

static int scan_box(struct worklist *w, struct spool *s, enum spool_box box, int64_t latest, struct fault *f)
{
	struct spool_scan scan;
	struct spool_entry entry;

	if (spool_scan_open(&scan, s, box, f) < 0)
		return -1;
	while (spool_scan_next(&scan, &entry) > 0) {
		if (box == SPOOL_NEW)
			add_id(&w->backlog, entry.id, 0, NULL);
		else if (latest == AT_ONCE)
			agenda_add(&w->agenda, AT_ONCE, entry.id);
		else
			agenda_add(&w->agenda, entry.due > latest ? LONG_AGO : entry.due, entry.id);
	}
	spool_scan_close(&scan);
	return 0;
}

/* The others are found again. */
static void keep_asked(struct worklist_list *l)
{
	struct worklist_item *all = l->head;

	list_init(l);
	while (all) {
		struct worklist_item *next = all->next;

		if (all->turn.asked)
			add(l, &all->turn);
		free(all);
		all = next;
	}
}

/* Has the clock been set since the last scan? Suspended and resumed is the same. */
static bool is_stepped(struct worklist *w)
{
	int64_t offset = clock_wall() - clock_mono_ms() / 1000, before = w->offset;

	w->offset = offset;
	return before == 0 || llabs(offset - before) > STEP_SECONDS;
}

int worklist_scan(struct worklist *w, struct spool *s, bool all, long horizon, struct fault *f)
{
	int64_t latest = is_stepped(w) ? clock_wall() + horizon : INT64_MAX;
	int new, deferred;

	keep_asked(&w->fresh);
	keep_asked(&w->backlog);
	agenda_clear(&w->agenda);
	if (all)
		w->asked = clock_mono_ms();
	new = scan_box(w, s, SPOOL_NEW, 0, f);
	deferred = scan_box(w, s, SPOOL_DEFERRED, all ? AT_ONCE : latest, f);
	spool_clean(s);
	return new < 0 || deferred < 0 ? -1 : 0;
}

static int flush_box(struct worklist *w, struct spool *s, enum spool_box box, const char *domain, struct fault *f)
{
	int64_t now = clock_mono_ms();
	struct spool_scan scan;
	struct spool_entry entry;

	if (spool_scan_open(&scan, s, box, f) < 0)
		return -1;
	while (spool_scan_next(&scan, &entry) > 0)
		add_id(&w->backlog, entry.id, now, domain);
	spool_scan_close(&scan);
	return 0;
}

/* Asked for again before the first time is over, it need not be gone through twice. */
static bool is_flushed(const struct worklist *w, struct span domain)
{
	for (const struct worklist_item *item = w->backlog.head; item; item = item->next)
		if (item->turn.domain && span_is_nocase(span_str(item->turn.domain), domain))
			return true;
	return false;
}

int worklist_flush(struct worklist *w, struct spool *s, struct span domain, struct fault *f)
{
	const char *name;
	int new, deferred;

	if (is_flushed(w, domain))
		return 0;
	if (!w->backlog.head)
		arena_reset(&w->names);
	name = arena_span(&w->names, domain);
	new = flush_box(w, s, SPOOL_NEW, name, f);
	deferred = flush_box(w, s, SPOOL_DEFERRED, name, f);
	return new < 0 || deferred < 0 ? -1 : 0;
}

static bool take_from(struct worklist_list *l, struct worklist_turn *turn)
{
	if (!l->head)
		return false;
	*turn = l->head->turn;
	take_first(l);
	return true;
}

static bool take_due(struct worklist *w, struct worklist_turn *turn)
{
	int64_t due = 0;

	*turn = (struct worklist_turn){ 0 };
	if (!agenda_take(&w->agenda, clock_wall(), turn->id, &due))
		return false;
	if (due == AT_ONCE)
		turn->asked = w->asked;
	return true;
}

bool worklist_take(struct worklist *w, struct worklist_turn *turn)
{
	unsigned n = w->turns++ % ROUND;

	if (n == ROUND / 2 && take_from(&w->backlog, turn))
		return true;
	if (n == ROUND - 1 && take_due(w, turn))
		return true;
	return take_from(&w->fresh, turn) || take_from(&w->backlog, turn) || take_due(w, turn);
}

bool worklist_is_due(const struct worklist *w)
{
	int64_t due;

	return w->fresh.head || w->backlog.head || (agenda_first(&w->agenda, &due) && due <= clock_wall());
}

int64_t worklist_wake(const struct worklist *w)
{
	int64_t due, at;

	if (!agenda_first(&w->agenda, &due))
		return w->rescan;
	at = clock_mono_ms() + (due - clock_wall()) * 1000;
	return at < w->rescan ? at : w->rescan;
}
