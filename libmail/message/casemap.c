/* SPDX-License-Identifier: ISC */
/*
 * casemap - the collation i;unicode-casemap, RFC 5051.
 *
 * Most text is ASCII, which takes the short way. Other characters are looked up in runs (casemap_data.h) by bisection;
 * syllables of Hangul are decomposed by arithmetic, as Unicode 3.12 says.
 */
#include "message/casemap.h"

#include "base/utf8.h"
#include "message/casemap_data.h"

enum {
	PIECE = 1024, /* octets for which room is made at a time */
	SYLLABLES = 0xac00,
	LEADS = 0x1100,
	VOWELS = 0x1161,
	TRAILS = 0x11a7, /* the one before the first */
	NVOWELS = 21,
	NTRAILS = 28,
	NSYLLABLES = 19 * NVOWELS * NTRAILS,
};

static char *put_character(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

static char *put_syllable(char *to, uint32_t index)
{
	to = put_character(to, LEADS + index / (NVOWELS * NTRAILS));
	to = put_character(to, VOWELS + index / NTRAILS % NVOWELS);
	return index % NTRAILS ? put_character(to, TRAILS + index % NTRAILS) : to;
}

/* The last run that does not begin behind c. */
static const struct casemap_run *find_run(uint32_t c)
{
	size_t low = 0, high = casemap_nruns;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (casemap_runs[middle].first <= c)
			low = middle;
		else
			high = middle;
	}
	return &casemap_runs[low];
}

static char *put_mapped(char *to, uint32_t c)
{
	const struct casemap_run *run;
	const uint32_t *text;
	uint32_t offset;

	if (c - SYLLABLES < NSYLLABLES)
		return put_syllable(to, c - SYLLABLES);
	run = find_run(c);
	offset = c - run->first;
	if (c < run->first || offset >= run->n * (run->step ? run->step : 1u))
		return put_character(to, c);
	if (run->step)
		return put_character(to, offset % run->step ? c : run->to + offset);
	text = &casemap_text[casemap_listed[run->to + offset]];
	for (uint32_t n = *text++; n > 0; n--)
		to = put_character(to, *text++);
	return to;
}

/* Whole characters from the front of *rest, about PIECE octets. */
static char *put_piece(char *to, struct span *rest)
{
	size_t left = rest->n < PIECE ? 0 : rest->n - PIECE;

	while (rest->n > left) {
		unsigned char c = (unsigned char)*rest->p;
		uint32_t character;

		if (c < 0x80) {
			*to++ = (char)(c - (c >= 'a' && c <= 'z' ? 'a' - 'A' : 0));
			*rest = span_from(*rest, 1);
		} else if (utf8_next(rest, &character) > 0) {
			to = put_mapped(to, character);
		} else {
			*to++ = (char)c;
		}
	}
	return to;
}

void casemap_put(struct buf *out, struct span text)
{
	while (text.n > 0) {
		char *room = buf_room(out, (size_t)CASEMAP_GROWTH * (PIECE + UTF8_MAX));

		if (!room)
			return;
		buf_added(out, (size_t)(put_piece(room, &text) - room));
	}
}
