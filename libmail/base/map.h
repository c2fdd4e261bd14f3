/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_MAP_H
#define LIBMAIL_BASE_MAP_H

/*
 * map - a hash table from bytes to pointers.
 *
 * Keys are borrowed: they must live as long as the map. The hash is keyed
 * with random bytes, so that no peer can choose keys that collide. Iteration order
 * is the order of insertion.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

struct map {
	struct arena *arena;
	struct map_entry {
		struct span key;
		void *value;
		uint64_t hash;
	} * entries; /* in order of insertion: entries[0 .. n-1] */
	size_t n, room;
	uint32_t *slots; /* index + 1 into entries; 0 is free */
	size_t nslots;
	uint64_t seed;
};

void map_init(struct map *m, struct arena *a);
/* NULL when there is none. */
void *map_find(const struct map *m, struct span key);
/* Insert or replace; value must not be NULL. */
void map_set(struct map *m, struct span key, void *value);
/* Insert if there is none yet: true if it was inserted. */
bool map_add(struct map *m, struct span key, void *value);
/*
 * Both in one: the key's entry, which is new if its value is NULL. Then the value is to be set, and the key may be
 * replaced by a copy of it that lives long enough. Valid until the next key.
 */
struct map_entry *map_enter(struct map *m, struct span key);

/* The hash that it uses, for other tables: `seed` is to be random. */
uint64_t map_hash(uint64_t seed, struct span key);

#endif
