/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_SCAN_H
#define LIBMAIL_STORE_SCAN_H

/*
 * scan - the names in new/ and cur/ of a Maildir folder, each message once.
 *
 * new/ is read first, so that a message on its way to cur/ is met at least once. Two files with the same base name in
 * one folder, which should not be, are one entry and one `twin`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/map.h"
#include "base/span.h"
#include "store/stamp.h"

struct scan_entry {
	const char *name; /* NUL-terminated, lives as long as the scan */
	uint32_t uid;	  /* for the caller; 0 */
	uint32_t record;  /* for the caller */
	uint16_t base_n;  /* octets of the name before the ":" */
	bool in_new;
	bool was_new; /* for the caller; false */
	bool is_twin; /* another entry has the same base: only in `entries`, not found by name */
};

struct scan {
	struct scan_entry *entries;
	size_t n, room;
	size_t twins;
	size_t in_new;
	struct map by_base;    /* to struct scan_entry */
	struct stamp cur, new; /* as they were before it began */
	int64_t began_us;
	bool stable; /* nothing changed meanwhile: what is not in it is not there */
	struct arena arena;
};

/* Read both directories. A zeroed struct is an empty one; on -1 (temporary) it is empty. */
int scan_folder(struct scan *s, int cur, int new, struct fault *f);
/* new/ alone; `cur`, and `stable`, say nothing then. */
int scan_new(struct scan *s, int new, struct fault *f);
void scan_clear(struct scan *s);

struct scan_entry *scan_find(const struct scan *s, struct span base);

/* Take over what an earlier scan saw, this one did not, and is still there by the name that it had then. */
void scan_add_missed(struct scan *s, const struct scan *earlier, int cur, int new);

#endif
