/* SPDX-License-Identifier: ISC */
/*
 * nfkc - Unicode's normalisation form KC.
 *
 * Three steps: each character is decomposed, marks behind a character are put in the order of their classes, and what
 * has a character of its own is composed again.
 */
#include "message/nfkc.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "message/hangul.h"
#include "message/nfkc_data.h"

struct characters {
	uint32_t *v;
	size_t n;
};

/* ---- order ---- */

static unsigned class_of(uint32_t c)
{
	size_t low = 0, high = nfkc_nclasses;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (nfkc_classes[middle].first <= c)
			low = middle;
		else
			high = middle;
	}
	return c - nfkc_classes[low].first < nfkc_classes[low].n ? nfkc_classes[low].class : 0;
}

/* Marks pass marks of a higher class; equal ones stay as they are. */
static void order(struct characters *s)
{
	for (size_t i = 1; i < s->n; i++) {
		uint32_t c = s->v[i];
		unsigned class = class_of(c);
		size_t at = i;

		for (; class && at > 0 && class_of(s->v[at - 1]) > class; at--)
			s->v[at] = s->v[at - 1];
		s->v[at] = c;
	}
}

/* ---- composition ---- */

static int compare_pairs(const void *p, const void *q)
{
	const struct nfkc_pair *a = p, *b = q;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->second > b->second) - (a->second < b->second);
}

/* 0: the two are no one character. */
static uint32_t join(uint32_t first, uint32_t second)
{
	const struct nfkc_pair key = { .first = first, .second = second }, *found;
	uint32_t syllable = hangul_join(first, second);

	if (syllable)
		return syllable;
	found = bsearch(&key, nfkc_pairs, nfkc_npairs, sizeof(key), compare_pairs);
	return found ? found->whole : 0;
}

/* A mark joins the last starter unless another mark of its class or a higher one stands between them. */
static void compose(struct characters *s)
{
	size_t starter = SIZE_MAX, n = 0;
	unsigned last = 0; /* the class of what was kept last behind the starter */

	for (size_t i = 0; i < s->n; i++) {
		unsigned class = class_of(s->v[i]);
		bool adjacent = starter != SIZE_MAX && n == starter + 1;
		uint32_t whole = 0;

		if (starter != SIZE_MAX && (adjacent || last < class))
			whole = join(s->v[starter], s->v[i]);
		if (whole) {
			s->v[starter] = whole;
			continue;
		}
		if (class == 0)
			starter = n;
		last = class;
		s->v[n++] = s->v[i];
	}
	s->n = n;
}

int nfkc_put(struct buf *out, struct span text)
{
	struct characters s = { .n = 0 };
	uint32_t c;
	int rc;

	if (text.n > NFKC_MAX)
		return -1;
	if (!span_has_8bit(text)) {
		buf_put_span(out, text);
		return 0;
	}
	s.v = arena_heap(text.n * CHARMAP_MAX * sizeof(*s.v));
	while ((rc = utf8_next(&text, &c)) > 0)
		s.n += charmap_find(&nfkc_data, c, s.v + s.n);
	if (rc == 0) {
		order(&s);
		compose(&s);
		for (size_t i = 0; i < s.n; i++)
			utf8_put(out, s.v[i]);
	}
	explicit_bzero(s.v, s.n * sizeof(*s.v));
	free(s.v);
	return rc;
}
