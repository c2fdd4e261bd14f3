/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_TRAY_H
#define LIBMAIL_RELAY_TRAY_H

/*
 * tray - ids of messages that are laid aside, 16 octets each, in the order in which they were. Zeroed it is empty.
 *
 * It is only a memory: a message may be in it twice, or be gone.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/entropy.h"

struct tray {
	char (*ids)[ENTROPY_ID];
	size_t first, n, room; /* ids[first] to ids[n - 1] are there */
};

void tray_add(struct tray *t, const char *id);
/* The one that has been there longest; false when it is empty. */
bool tray_take(struct tray *t, char id[ENTROPY_ID + 1]);
void tray_clear(struct tray *t);

static inline size_t tray_count(const struct tray *t)
{
	return t->n - t->first;
}

#endif
