/* SPDX-License-Identifier: ISC */
/*
 * bidi - which way characters are written.
 */
#include "message/bidi.h"

#include "base/utf8.h"

enum bidi_direction bidi_direction(uint32_t c)
{
	size_t low = 0, high = bidi_nranges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct bidi_range *r = &bidi_ranges[middle];

		if (c < r->first)
			high = middle;
		else if (c > r->last)
			low = middle + 1;
		else
			return (enum bidi_direction)r->direction;
	}
	return BIDI_NONE;
}

bool bidi_is_plain(struct span text)
{
	enum bidi_direction first = BIDI_NONE, last = BIDI_NONE;
	bool has_left = false, has_right = false, is_first = true;
	uint32_t c;

	while (utf8_next(&text, &c) == 1) {
		last = bidi_direction(c);
		if (is_first)
			first = last;
		is_first = false;
		has_left |= last == BIDI_LEFT;
		has_right |= last == BIDI_RIGHT;
	}
	return !has_right || (!has_left && first == BIDI_RIGHT && last == BIDI_RIGHT);
}
