/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_HANGUL_H
#define LIBMAIL_MESSAGE_HANGUL_H

/*
 * hangul - the 11,172 syllables of Hangul, which are in no table: what they are made of is computed, Unicode 3.12.
 */

#include <stddef.h>
#include <stdint.h>

enum { HANGUL_FIRST = 0xac00, HANGUL_LAST = 0xd7a3, HANGUL_PARTS = 3 };

/* The letters of the syllable c, two or three: how many; 0 when it is none. */
size_t hangul_split(uint32_t c, uint32_t out[HANGUL_PARTS]);
/* The syllable that a letter or a syllable becomes with the letter behind it; 0 when they are no syllable. */
uint32_t hangul_join(uint32_t first, uint32_t second);

#endif
