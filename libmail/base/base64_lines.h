/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_BASE64_LINES_H
#define LIBMAIL_BASE_BASE64_LINES_H

/*
 * base64_lines - the loops of base64.h's streams; nobody else needs them.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/base64.h"

extern const char base64_digits[65];
/* The value of a character; BASE64_NONE: it is none of the alphabet. */
extern const unsigned char base64_values[256];

enum {
	BASE64_NONE = 0x80,
	BASE64_SPARE = 64, /* octets behind what is put that a loop may write over */
};

struct base64_loops {
	/* Whole lines of BASE64_LINE_BYTES, each ended with LF, or CR LF. Returns the end of what was put. */
	char *(*encode)(char *to, const unsigned char *from, size_t lines, bool crlf);
	/*
	 * Whole groups of four, all of the alphabet, as many as there are at the front of n characters, or as many as
	 * are quick. *to is moved; returns how many characters were taken.
	 */
	size_t (*decode)(char **to, const char *from, size_t n);
};

/* NULL: not on this machine. */
const struct base64_loops *base64_loops(enum base64_kernel kernel);
const struct base64_loops *base64_avx2(void);

/* Length of the line end at p. */
static inline size_t base64_line_end(const char *p, size_t n)
{
	if (n > 1 && p[0] == '\r' && p[1] == '\n')
		return 2;
	return n > 0 && p[0] == '\n';
}

#endif
