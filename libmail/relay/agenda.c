/* SPDX-License-Identifier: ISC */
/*
 * agenda - a binary heap of due times.
 */
#include "relay/agenda.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { ROOM_MIN = 64 };

void agenda_clear(struct agenda *a)
{
	free(a->v);
	*a = (struct agenda){ 0 };
}

static void swap(struct agenda *a, size_t i, size_t k)
{
	struct agenda_entry e = a->v[i];

	a->v[i] = a->v[k];
	a->v[k] = e;
}

void agenda_add(struct agenda *a, int64_t due, const char *id)
{
	size_t i = a->n;

	if (a->n == a->room) {
		a->room = a->room ? a->room * 2 : ROOM_MIN;
		a->v = arena_heap_resize(a->v, a->room * sizeof(*a->v));
	}
	a->v[i].due = due;
	memcpy(a->v[i].id, id, ENTROPY_ID);
	a->n++;
	for (; i > 0 && a->v[(i - 1) / 2].due > a->v[i].due; i = (i - 1) / 2)
		swap(a, i, (i - 1) / 2);
}

bool agenda_first(const struct agenda *a, int64_t *due)
{
	if (a->n == 0)
		return false;
	*due = a->v[0].due;
	return true;
}

static void sink(struct agenda *a)
{
	size_t i = 0;

	for (;;) {
		size_t least = i, left = 2 * i + 1;

		if (left < a->n && a->v[left].due < a->v[least].due)
			least = left;
		if (left + 1 < a->n && a->v[left + 1].due < a->v[least].due)
			least = left + 1;
		if (least == i)
			return;
		swap(a, i, least);
		i = least;
	}
}

bool agenda_take(struct agenda *a, int64_t now, char id[ENTROPY_ID + 1], int64_t *due)
{
	if (a->n == 0 || a->v[0].due > now)
		return false;
	memcpy(id, a->v[0].id, ENTROPY_ID);
	id[ENTROPY_ID] = '\0';
	*due = a->v[0].due;
	a->v[0] = a->v[--a->n];
	sink(a);
	return true;
}
