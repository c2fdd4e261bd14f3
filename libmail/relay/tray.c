/* SPDX-License-Identifier: ISC */
/*
 * tray - ids of messages that are laid aside.
 */
#include "relay/tray.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { ROOM_MIN = 64 };

void tray_add(struct tray *t, const char *id)
{
	if (t->n == t->room && t->first > t->n / 2) {
		memmove(t->ids, t->ids + t->first, tray_count(t) * sizeof(*t->ids));
		t->n -= t->first;
		t->first = 0;
	}
	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : ROOM_MIN;
		t->ids = arena_heap_resize(t->ids, t->room * sizeof(*t->ids));
	}
	memcpy(t->ids[t->n++], id, ENTROPY_ID);
}

bool tray_take(struct tray *t, char id[ENTROPY_ID + 1])
{
	if (tray_count(t) == 0)
		return false;
	memcpy(id, t->ids[t->first++], ENTROPY_ID);
	id[ENTROPY_ID] = '\0';
	if (tray_count(t) == 0)
		tray_clear(t);
	return true;
}

void tray_clear(struct tray *t)
{
	free(t->ids);
	*t = (struct tray){ 0 };
}
