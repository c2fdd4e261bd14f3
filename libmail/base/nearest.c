/* SPDX-License-Identifier: ISC */
/*
 * nearest - the known name that an unknown one was meant to be: Levenshtein's
 * distance, one row of the matrix at a time.
 */
#include "base/nearest.h"

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static size_t distance(struct span a, struct span b)
{
	size_t row[NEAREST_MAX + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a.p[i - 1] != b.p[j - 1]));
			diagonal = above;
		}
	}
	return row[b.n];
}

void nearest_init(struct nearest *n, struct span word)
{
	*n = (struct nearest){ .word = word, .distance = NEAREST_MAX + 1 };
}

void nearest_offer(struct nearest *n, const char *name)
{
	struct span known = span_str(name);
	size_t longer = known.n > n->word.n ? known.n : n->word.n;
	size_t d;

	if (longer > NEAREST_MAX)
		return;
	d = distance(n->word, known);
	if (d < n->distance && d <= (longer + 2) / 3) {
		n->best = name;
		n->distance = d;
	}
}

const char *nearest_name(const struct nearest *n)
{
	return n->best;
}
