/* SPDX-License-Identifier: ISC */
/*
 * entropy - random bytes from the kernel, and identifiers made with them.
 */
#include "base/entropy.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sysexits.h>

#include "base/clock.h"

void entropy_fill(void *p, size_t n)
{
	unsigned char *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			exit(EX_OSERR);
		at += got;
		n -= (size_t)got;
	}
}

/* Crockford's base 32: no letter that is read as a digit. */
static void put_base32(char *out, int digits, uint64_t v)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

	for (int i = digits - 1; i >= 0; i--, v >>= 5)
		out[i] = alphabet[v & 31];
}

enum { TIME_DIGITS = 11, RANDOM_DIGITS = ENTROPY_ID - TIME_DIGITS };

void entropy_id(char id[ENTROPY_ID + 1])
{
	uint64_t random;

	entropy_fill(&random, sizeof(random));
	put_base32(id, TIME_DIGITS, (uint64_t)clock_wall_us());
	put_base32(id + TIME_DIGITS, RANDOM_DIGITS, random);
	id[ENTROPY_ID] = '\0';
}
