/* SPDX-License-Identifier: ISC */
/*
 * worklist - which messages are to be tried.
 */
#include "relay/worklist.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"

enum { AT_ONCE = 0 /* a time on the agenda: due or not */ };

struct worklist_item {
	struct worklist_turn turn;
	struct worklist_item *next;
};

void worklist_init(struct worklist *w)
{
	*w = (struct worklist){ 0 };
	w->tail = &w->head;
}

static void add(struct worklist *w, const struct worklist_turn *turn)
{
	struct worklist_item *item = arena_heap(sizeof(*item));

	*item = (struct worklist_item){ .turn = *turn };
	*w->tail = item;
	w->tail = &item->next;
}

static void add_id(struct worklist *w, const char *id, int64_t asked, const char *domain)
{
	struct worklist_turn turn = { .asked = asked, .domain = domain };

	memcpy(turn.id, id, ENTROPY_ID);
	add(w, &turn);
}

void worklist_add(struct worklist *w, const char *id, bool asked)
{
	add_id(w, id, asked ? clock_mono_ms() : 0, NULL);
}

void worklist_defer(struct worklist *w, int64_t due, const char *id)
{
	agenda_add(&w->agenda, due, id);
}

static void take_first(struct worklist *w)
{
	struct worklist_item *item = w->head;

	w->head = item->next;
	if (!w->head)
		w->tail = &w->head;
	free(item);
}

void worklist_clear(struct worklist *w)
{
	while (w->head)
		take_first(w);
	agenda_clear(&w->agenda);
	arena_clear(&w->names);
}

static int scan_box(struct worklist *w, struct spool *s, enum spool_box box, bool all, struct fault *f)
{
	struct spool_scan scan;
	struct spool_entry entry;

	if (spool_scan_open(&scan, s, box, f) < 0)
		return -1;
	while (spool_scan_next(&scan, &entry) > 0) {
		if (box == SPOOL_NEW)
			worklist_add(w, entry.id, false);
		else
			agenda_add(&w->agenda, all ? AT_ONCE : entry.due, entry.id);
	}
	spool_scan_close(&scan);
	return 0;
}

/* The others are found again. */
static void keep_asked(struct worklist *w)
{
	struct worklist_item *all = w->head;

	w->head = NULL;
	w->tail = &w->head;
	while (all) {
		struct worklist_item *next = all->next;

		if (all->turn.asked)
			add(w, &all->turn);
		free(all);
		all = next;
	}
}

int worklist_scan(struct worklist *w, struct spool *s, bool all, struct fault *f)
{
	int new, deferred;

	keep_asked(w);
	agenda_clear(&w->agenda);
	if (all)
		w->asked = clock_mono_ms();
	new = scan_box(w, s, SPOOL_NEW, all, f);
	deferred = scan_box(w, s, SPOOL_DEFERRED, all, f);
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
		add_id(w, entry.id, now, domain);
	spool_scan_close(&scan);
	return 0;
}

/* Asked for again before the first time is over, it need not be gone through twice. */
static bool is_flushed(const struct worklist *w, struct span domain)
{
	for (const struct worklist_item *item = w->head; item; item = item->next)
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
	if (!w->head)
		arena_reset(&w->names);
	name = arena_span(&w->names, domain);
	new = flush_box(w, s, SPOOL_NEW, name, f);
	deferred = flush_box(w, s, SPOOL_DEFERRED, name, f);
	return new < 0 || deferred < 0 ? -1 : 0;
}

bool worklist_take(struct worklist *w, struct worklist_turn *turn)
{
	int64_t due = 0;
	bool found;

	if (w->head) {
		*turn = w->head->turn;
		take_first(w);
		return true;
	}
	*turn = (struct worklist_turn){ 0 };
	found = agenda_take(&w->agenda, clock_wall(), turn->id, &due);
	if (found && due == AT_ONCE)
		turn->asked = w->asked;
	return found;
}

bool worklist_is_due(const struct worklist *w)
{
	int64_t due;

	return w->head || (agenda_first(&w->agenda, &due) && due <= clock_wall());
}

int64_t worklist_wake(const struct worklist *w)
{
	int64_t due, at;

	if (!agenda_first(&w->agenda, &due))
		return w->rescan;
	at = clock_mono_ms() + (due - clock_wall()) * 1000;
	return at < w->rescan ? at : w->rescan;
}
