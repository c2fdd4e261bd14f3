/* SPDX-License-Identifier: ISC */
/*
 * archive_arrange - which message answers which, which comes before which: all of it made anew from what is known of
 * each, by message/thread.h and one sort.
 */
#include "list/archive.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "message/thread.h"

enum { REFERENCES_ROOM = ARCHIVE_REFERENCES_MAX * (ARCHIVE_ID + 4) + 1 };

static void forget(struct archive *a)
{
	for (size_t i = 0; i < a->n; i++) {
		struct archive_entry *e = &a->v[i];

		e->date_previous = e->date_next = e->parent = e->first_child = e->last_child = e->next_sibling =
			e->thread = e->thread_previous = e->thread_next = e->thread_latest = ARCHIVE_NONE;
		e->depth = e->thread_count = 0;
		e->has_permalink = false;
	}
}

/* Of several messages with one id the first has the name that is made of it. */
static void find_permalinks(struct archive *a)
{
	struct arena arena = { 0 };
	struct map ids;

	map_init(&ids, &arena);
	for (size_t i = 0; i < a->n; i++)
		if (!a->v[i].is_gone && a->v[i].hash.n > 0)
			a->v[i].has_permalink = map_add(&ids, a->v[i].hash, &a->v[i]);
	arena_clear(&arena);
}

/* ---- by date ---- */

static int compare_dates(const void *x, const void *y, void *ctx)
{
	const struct archive *a = ctx;
	const struct archive_entry *p = &a->v[*(const int32_t *)x], *q = &a->v[*(const int32_t *)y];

	if (p->date != q->date)
		return p->date < q->date ? -1 : 1;
	return p->number < q->number ? -1 : p->number > q->number;
}

static size_t order_by_date(struct archive *a)
{
	size_t n = 0;

	a->by_date = arena_alloc(&a->arena, (a->n + 1) * sizeof(*a->by_date));
	for (size_t i = 0; i < a->n; i++)
		if (!a->v[i].is_gone)
			a->by_date[n++] = (int32_t)i;
	if (n > 0)
		qsort_r(a->by_date, n, sizeof(*a->by_date), compare_dates, a);
	for (size_t i = 1; i < n; i++) {
		a->v[a->by_date[i - 1]].date_next = a->by_date[i];
		a->v[a->by_date[i]].date_previous = a->by_date[i - 1];
	}
	return n;
}

static void find_months(struct archive *a, size_t n)
{
	a->nmonths = 0;
	a->months = NULL;
	for (int pass = 0; pass < 2; pass++) {
		int last = -1;

		if (pass == 1)
			a->months = arena_alloc(&a->arena, (a->nmonths + 1) * sizeof(*a->months));
		a->nmonths = 0;
		for (size_t i = 0; i < n; i++) {
			int key = archive_month_of(a->v[a->by_date[i]].date);

			a->nmonths += key != last;
			last = key;
			if (pass == 0)
				continue;
			if (a->months[a->nmonths - 1].n == 0)
				a->months[a->nmonths - 1] = (struct archive_month){ .key = key, .first = i };
			a->months[a->nmonths - 1].n++;
		}
	}
}

/* ---- threads ---- */

static void put_id(struct buf *out, struct span hash)
{
	buf_put_char(out, '<');
	buf_put(out, hash.p, ARCHIVE_ID);
	buf_put_str(out, "@h>");
}

static void add_to_thread(struct thread *t, const struct archive_entry *e, uint32_t number, struct buf *ids)
{
	size_t at;

	buf_reset(ids);
	if (e->has_permalink)
		put_id(ids, e->hash);
	at = ids->n;
	for (size_t i = 0; i + ARCHIVE_ID <= e->references.n && i < ARCHIVE_REFERENCES_MAX * ARCHIVE_ID;
	     i += ARCHIVE_ID)
		put_id(ids, span_from(e->references, i));
	thread_add(t, &(struct thread_message){ .number = number,
						.date = e->date,
						.id = span_of(ids->p, at),
						.references = span_from(buf_span(ids), at) });
}

static void link_child(struct archive *a, int32_t parent, int32_t child)
{
	struct archive_entry *p = &a->v[parent];

	a->v[child].parent = parent;
	if (p->first_child == ARCHIVE_NONE)
		p->first_child = child;
	else
		a->v[p->last_child].next_sibling = child;
	p->last_child = child;
}

/* As the walk comes to it. Returns the thread that it is in. */
static int32_t take_place(struct archive *a, const struct thread_walk *w, int32_t thread, int32_t previous,
			  uint32_t position)
{
	int32_t i = (int32_t)w->number - 1;
	struct archive_entry *e = &a->v[i], *first;

	if (w->is_first) {
		thread = i;
		a->threads[a->nthreads++] = i;
		e->thread_latest = i;
	} else {
		e->thread_previous = previous;
		a->v[previous].thread_next = i;
	}
	if (w->parent > 0)
		link_child(a, (int32_t)w->parent - 1, i);
	e->depth = w->depth;
	e->position = position;
	e->thread = thread;
	first = &a->v[thread];
	first->thread_count++;
	if (compare_dates(&i, &first->thread_latest, a) > 0)
		first->thread_latest = i;
	return thread;
}

static void find_threads(struct archive *a, size_t n)
{
	struct arena arena = { 0 };
	int32_t thread = ARCHIVE_NONE, previous = ARCHIVE_NONE;
	uint32_t position = 0;
	struct thread t;
	struct buf ids;

	buf_init(&ids, REFERENCES_ROOM + ARCHIVE_ID + 4);
	thread_init(&t, THREAD_REFS, &arena, n);
	for (size_t i = 0; i < a->n; i++)
		if (!a->v[i].is_gone)
			add_to_thread(&t, &a->v[i], (uint32_t)i + 1, &ids);
	thread_arrange(&t);
	a->threads = arena_alloc(&a->arena, (n + 1) * sizeof(*a->threads));
	a->nthreads = 0;
	for (struct thread_walk w = { .thread = &t }; thread_walk_next(&w) > 0; previous = (int32_t)w.number - 1)
		thread = take_place(a, &w, thread, previous, position++);
	buf_clear(&ids);
	arena_clear(&arena);
}

void archive_arrange(struct archive *a)
{
	size_t n;

	forget(a);
	find_permalinks(a);
	n = order_by_date(a);
	find_months(a, n);
	find_threads(a, n);
}
