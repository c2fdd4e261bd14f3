/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_ENTROPY_H
#define LIBMAIL_BASE_ENTROPY_H

/*
 * entropy - random bytes from the kernel, and identifiers made with them.
 */

#include <stddef.h>

/* Fill with random bytes; ends the process with EX_OSERR if the kernel has none to give. */
void entropy_fill(void *p, size_t n);

/*
 * A unique identifier of ENTROPY_ID characters [0-9A-Z without I, L, O, U]:
 * microseconds since 1970 in 55 bits (enough until the year 3111), so that
 * names sort by age, then 25 random bits.
 */
enum { ENTROPY_ID = 16 };
void entropy_id(char id[ENTROPY_ID + 1]);

#endif
