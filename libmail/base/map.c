/* SPDX-License-Identifier: ISC */
/*
 * map - a hash table from bytes to pointers: open addressing over an array
 * that keeps the order of insertion.
 */
#include "base/map.h"

#include "base/entropy.h"

enum { SLOTS_MIN = 16 };

void map_init(struct map *m, struct arena *a)
{
	*m = (struct map){ .arena = a };
	entropy_fill(&m->seed, sizeof(m->seed));
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ (h >> 33);
}

uint64_t map_hash(uint64_t seed, struct span key)
{
	uint64_t h = mix(seed ^ key.n), word;

	for (; key.n >= sizeof(word); key.p += sizeof(word), key.n -= sizeof(word)) {
		memcpy(&word, key.p, sizeof(word));
		h = mix(h ^ word);
	}
	word = 0;
	if (key.n)
		memcpy(&word, key.p, key.n);
	return mix(h ^ word ^ seed);
}

static uint32_t *slot_for(const struct map *m, struct span key, uint64_t hash)
{
	size_t i = hash & (m->nslots - 1);

	while (m->slots[i]) {
		const struct map_entry *e = &m->entries[m->slots[i] - 1];

		if (e->hash == hash && span_is(e->key, key))
			break;
		i = (i + 1) & (m->nslots - 1);
	}
	return &m->slots[i];
}

static void grow(struct map *m)
{
	size_t nslots = m->nslots ? m->nslots * 2 : SLOTS_MIN;
	struct map_entry *entries = arena_alloc(m->arena, nslots / 2 * sizeof(*entries));

	if (m->n)
		memcpy(entries, m->entries, m->n * sizeof(*entries));
	m->entries = entries;
	m->room = nslots / 2;
	m->slots = arena_alloc(m->arena, nslots * sizeof(*m->slots));
	m->nslots = nslots;
	for (size_t i = 0; i < m->n; i++)
		*slot_for(m, entries[i].key, entries[i].hash) = (uint32_t)i + 1;
}

void *map_find(const struct map *m, struct span key)
{
	uint32_t index = m->nslots ? *slot_for(m, key, map_hash(m->seed, key)) : 0;

	return index ? m->entries[index - 1].value : NULL;
}

struct map_entry *map_enter(struct map *m, struct span key)
{
	uint64_t hash = map_hash(m->seed, key);
	uint32_t *slot;

	if (m->n == m->room)
		grow(m);
	slot = slot_for(m, key, hash);
	if (!*slot) {
		m->entries[m->n++] = (struct map_entry){ .key = key, .hash = hash };
		*slot = (uint32_t)m->n;
	}
	return &m->entries[*slot - 1];
}

void map_set(struct map *m, struct span key, void *value)
{
	map_enter(m, key)->value = value;
}

bool map_add(struct map *m, struct span key, void *value)
{
	struct map_entry *e = map_enter(m, key);

	if (e->value)
		return false;
	e->value = value;
	return true;
}
