/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_AGENDA_H
#define LIBMAIL_RELAY_AGENDA_H

/*
 * agenda - which deferred message is due when: a heap of times and ids, 24 octets each.
 *
 * It is only a memory of what the spool says; a message may be in it twice or not at all any more.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/entropy.h"

struct agenda {
	struct agenda_entry {
		int64_t due; /* seconds since 1970 */
		char id[ENTROPY_ID];
	} * v;
	size_t n, room;
};

void agenda_clear(struct agenda *a);
void agenda_add(struct agenda *a, int64_t due, const char *id);
/* The earliest; false when there is none. */
bool agenda_first(const struct agenda *a, int64_t *due);
/* Take the earliest if it is due; *due is what it was added with. */
bool agenda_take(struct agenda *a, int64_t now, char id[ENTROPY_ID + 1], int64_t *due);

#endif
