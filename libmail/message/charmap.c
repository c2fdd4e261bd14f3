/* SPDX-License-Identifier: ISC */
/*
 * charmap - look up what characters become: the runs are searched by bisection.
 */
#include "message/charmap.h"

#include <string.h>

#include "message/hangul.h"

/* The last run that does not begin behind c. */
static const struct charmap_run *find_run(const struct charmap *map, uint32_t c)
{
	size_t low = 0, high = map->nruns;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (map->runs[middle].first <= c)
			low = middle;
		else
			high = middle;
	}
	return &map->runs[low];
}

size_t charmap_find(const struct charmap *map, uint32_t c, uint32_t out[CHARMAP_MAX])
{
	size_t n = hangul_split(c, out);
	const struct charmap_run *run;
	const uint32_t *text;
	uint32_t offset;

	if (n > 0)
		return n;
	out[0] = c;
	run = find_run(map, c);
	offset = c - run->first;
	if (c < run->first || offset >= run->n * (run->step ? run->step : 1u))
		return 1;
	if (run->step) {
		if (offset % run->step == 0)
			out[0] = run->to + offset;
		return 1;
	}
	text = &map->text[map->listed[run->to + offset]];
	n = *text++;
	memcpy(out, text, n * sizeof(*text));
	return n;
}
