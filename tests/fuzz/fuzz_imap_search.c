/* SPDX-License-Identifier: ISC */
/*
 * "RETURN (...) program": it is read or refused, and then each key stands behind the one that holds it, OR has two
 * keys, and a list has one at least.
 */
#include <assert.h>
#include <stdint.h>

#include "imap/search.h"
#include "imap/search_return.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *a, const struct search *s)
{
	uint32_t *held = arena_alloc(a, s->n * sizeof(*held));
	size_t texts = 0;

	assert(s->n >= 2 && s->n <= SEARCH_KEYS_MAX && s->v[0].kind == SEARCH_AND);
	for (size_t i = 1; i < s->n; i++) {
		const struct search_key *key = &s->v[i];

		assert(key->parent < i && s->v[key->parent].kind <= SEARCH_OR);
		held[key->parent]++;
		texts += key->kind >= SEARCH_BODY;
		if (key->kind > SEARCH_OR)
			assert(s->costs & 1u << search_cost(key->kind));
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].kind <= SEARCH_OR)
			assert(s->v[i].kind == SEARCH_OR ? held[i] == 2 : held[i] > 0);
	assert(texts == s->bodies + s->texts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct search_return r;
	struct search s;
	int rc;

	imap_parse_init(&p, &a, span_of((const char *)data, size), false);
	rc = search_return_parse(&p, ~0u, &r);
	if (rc == 0) {
		assert(!(r.what & SEARCH_RETURN_PARTIAL) || (r.first > 0 && r.first <= r.last));
		rc = search_parse(&p, 0, span_of(NULL, 0), &s);
	}
	assert((rc < 0) == (p.wrong != NULL));
	if (rc == 0)
		check(&a, &s);
	arena_clear(&a);
	return 0;
}
