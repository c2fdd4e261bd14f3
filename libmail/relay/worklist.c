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
	char id[ENTROPY_ID + 1];
	bool forced;
	struct worklist_item *next;
};

void worklist_init(struct worklist *w)
{
	*w = (struct worklist){ 0 };
	w->tail = &w->head;
}

void worklist_add(struct worklist *w, const char *id, bool forced)
{
	struct worklist_item *item = arena_heap(sizeof(*item));

	*item = (struct worklist_item){ .forced = forced };
	memcpy(item->id, id, ENTROPY_ID);
	*w->tail = item;
	w->tail = &item->next;
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
static void keep_forced(struct worklist *w)
{
	struct worklist_item *all = w->head;

	w->head = NULL;
	w->tail = &w->head;
	while (all) {
		struct worklist_item *next = all->next;

		if (all->forced)
			worklist_add(w, all->id, true);
		free(all);
		all = next;
	}
}

int worklist_scan(struct worklist *w, struct spool *s, bool all, struct fault *f)
{
	int new, deferred;

	keep_forced(w);
	agenda_clear(&w->agenda);
	new = scan_box(w, s, SPOOL_NEW, all, f);
	deferred = scan_box(w, s, SPOOL_DEFERRED, all, f);
	spool_clean(s);
	return new < 0 || deferred < 0 ? -1 : 0;
}

bool worklist_take(struct worklist *w, char id[ENTROPY_ID + 1], bool *forced)
{
	int64_t due = 0;
	bool found;

	if (w->head) {
		memcpy(id, w->head->id, ENTROPY_ID + 1);
		*forced = w->head->forced;
		take_first(w);
		return true;
	}
	found = agenda_take(&w->agenda, clock_wall(), id, &due);
	*forced = due == AT_ONCE;
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
