/* SPDX-License-Identifier: ISC */
/*
 * hangul - the syllables of Hangul: a leading consonant, a vowel, and a trailing consonant or none.
 */
#include "message/hangul.h"

enum {
	LEADS = 0x1100,
	VOWELS = 0x1161,
	TRAILS = 0x11a7, /* the one before the first */
	NLEADS = 19,
	NVOWELS = 21,
	NTRAILS = 28,
	NSYLLABLES = NLEADS * NVOWELS * NTRAILS,
};

size_t hangul_split(uint32_t c, uint32_t out[HANGUL_PARTS])
{
	uint32_t index = c - HANGUL_FIRST;

	if (index >= NSYLLABLES)
		return 0;
	out[0] = LEADS + index / (NVOWELS * NTRAILS);
	out[1] = VOWELS + index / NTRAILS % NVOWELS;
	out[2] = TRAILS + index % NTRAILS;
	return out[2] == TRAILS ? 2 : 3;
}

uint32_t hangul_join(uint32_t first, uint32_t second)
{
	uint32_t index = first - HANGUL_FIRST;

	if (first - LEADS < NLEADS && second - VOWELS < NVOWELS)
		return HANGUL_FIRST + ((first - LEADS) * NVOWELS + second - VOWELS) * NTRAILS;
	if (index < NSYLLABLES && index % NTRAILS == 0 && second > TRAILS && second < TRAILS + NTRAILS)
		return first + second - TRAILS;
	return 0;
}
