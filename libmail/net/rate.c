/* SPDX-License-Identifier: ISC */
/*
 * rate - how often each client has come within a minute.
 */
#include "net/rate.h"

#include <string.h>
#include <sys/mman.h>

#include "base/entropy.h"

struct rate_place {
	struct addr client;
	int64_t since;	/* when his minute began, monotonic ms */
	int64_t last;	/* when he came last */
	uint32_t count; /* 0: the place is free */
};

enum { SETS = RATE_CLIENTS / RATE_WAYS };

int rate_init(struct rate *r, struct fault *f)
{
	void *p = mmap(NULL, RATE_CLIENTS * sizeof(*r->places), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);

	*r = (struct rate){ .places = NULL };
	if (p == MAP_FAILED)
		return fault_errno(f, "memory for the rates of clients");
	r->places = p;
	entropy_fill(&r->seed, sizeof(r->seed));
	return 0;
}

void rate_clear(struct rate *r)
{
	if (r->places)
		munmap(r->places, RATE_CLIENTS * sizeof(*r->places));
	r->places = NULL;
}

/* The set of places that the client can have. */
static struct rate_place *find_set(const struct rate *r, const struct addr *client)
{
	uint64_t halves[2], h;

	memcpy(halves, client->bytes, sizeof(halves));
	h = (halves[0] ^ r->seed) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ (h >> 32) ^ halves[1]) * UINT64_C(0xd6e8feb86659fd93);
	h = (h ^ (h >> 32) ^ r->seed) * UINT64_C(0xd6e8feb86659fd93);
	return r->places + (h >> 32) % SETS * RATE_WAYS;
}

/* His own, or that of who has not come for longest. */
static struct rate_place *find_place(struct rate_place *set, const struct addr *client)
{
	struct rate_place *oldest = set;

	for (int i = 0; i < RATE_WAYS; i++) {
		if (set[i].count && memcmp(&set[i].client, client, sizeof(*client)) == 0)
			return &set[i];
		if (set[i].last < oldest->last)
			oldest = &set[i];
	}
	oldest->client = *client;
	oldest->count = 0;
	return oldest;
}

uint32_t rate_count(struct rate *r, const struct addr *client, int64_t now_ms)
{
	struct rate_place *place;

	if (!r->places)
		return 0;
	place = find_place(find_set(r, client), client);
	if (place->count == 0 || now_ms - place->since >= RATE_SECONDS * 1000) {
		place->since = now_ms;
		place->count = 0;
	}
	place->last = now_ms;
	if (place->count < UINT32_MAX)
		place->count++;
	return place->count;
}
