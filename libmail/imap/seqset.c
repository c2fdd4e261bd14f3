/* SPDX-License-Identifier: ISC */
/*
 * seqset - a set of message numbers or UIDs, as ranges.
 */
#include "imap/seqset.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4 };

static void append(struct arena *a, struct seqset *s, uint32_t first, uint32_t last)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : FIRST_ROOM;
		struct seqset_range *v = arena_alloc(a, room * sizeof(*v));

		if (s->n)
			memcpy(v, s->v, s->n * sizeof(*v));
		s->v = v;
		s->room = room;
	}
	s->v[s->n++] = (struct seqset_range){ first, last };
}

void seqset_add(struct arena *a, struct seqset *s, uint32_t first, uint32_t last)
{
	struct seqset_range *behind = s->n ? &s->v[s->n - 1] : NULL;

	if (behind && first >= behind->first && first - 1 <= behind->last) {
		if (last > behind->last)
			behind->last = last;
		return;
	}
	append(a, s, first, last);
}

/* ---- text ---- */

static int parse_number(struct span text, uint32_t *out)
{
	uint64_t value;

	if (span_is(text, SPAN("*"))) {
		*out = SEQSET_STAR;
		return 0;
	}
	if (text.n == 0 || text.p[0] == '0' || span_number(text, UINT32_MAX, &value) < 0)
		return -1;
	*out = (uint32_t)value;
	return 0;
}

/* A ":" or "," with nothing behind it is wrong, which an empty number is. */
int seqset_parse(struct arena *a, struct span text, struct seqset *out)
{
	struct seqset s = { .is_saved = span_is(text, SPAN("$")) };
	bool more = !s.is_saved;

	while (more) {
		size_t comma = span_find(text, ',');
		struct span part = span_of(text.p, comma);
		size_t colon = span_find(part, ':');
		struct span to = colon < part.n ? span_from(part, colon + 1) : part;
		uint32_t first, last;

		if (parse_number(span_of(part.p, colon), &first) < 0 || parse_number(to, &last) < 0)
			return -1;
		append(a, &s, first, last);
		more = comma < text.n;
		text = span_from(text, comma + 1);
	}
	*out = s;
	return 0;
}

/* ---- order ---- */

static int compare(const void *a, const void *b)
{
	const struct seqset_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* The order of the two numbers, and "*" its value; those for which there is none are left out. */
static void settle(struct seqset *s, uint32_t star)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		uint32_t a = s->v[i].first == SEQSET_STAR ? star : s->v[i].first;
		uint32_t b = s->v[i].last == SEQSET_STAR ? star : s->v[i].last;

		if (a != SEQSET_STAR && b != SEQSET_STAR)
			s->v[n++] = (struct seqset_range){ a < b ? a : b, a < b ? b : a };
	}
	s->n = n;
}

void seqset_resolve(struct seqset *s, uint32_t star)
{
	size_t n = 0;

	settle(s, star);
	if (s->n == 0)
		return;
	qsort(s->v, s->n, sizeof(*s->v), compare);
	for (size_t i = 1; i < s->n; i++) {
		if (s->v[i].first - 1 > s->v[n].last)
			s->v[++n] = s->v[i];
		else if (s->v[i].last > s->v[n].last)
			s->v[n].last = s->v[i].last;
	}
	s->n = n + 1;
}

/* ---- questions ---- */

size_t seqset_find(const struct seqset *s, uint32_t number)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->v[middle].last < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool seqset_has(const struct seqset *s, uint32_t number)
{
	size_t i = seqset_find(s, number);

	return i < s->n && s->v[i].first <= number;
}

uint64_t seqset_count(const struct seqset *s)
{
	uint64_t count = 0;

	for (size_t i = 0; i < s->n; i++)
		count += (uint64_t)s->v[i].last - s->v[i].first + 1;
	return count;
}

uint32_t seqset_last(const struct seqset *s)
{
	return s->n ? s->v[s->n - 1].last : 0;
}

bool seqset_next(const struct seqset *s, struct seqset_iter *it, uint32_t *number)
{
	const struct seqset_range *r;

	if (it->range >= s->n)
		return false;
	r = &s->v[it->range];
	*number = r->first + it->offset;
	if (*number == r->last)
		*it = (struct seqset_iter){ .range = it->range + 1 };
	else
		it->offset++;
	return true;
}
