/* SPDX-License-Identifier: ISC */
/*
 * checksum - multiply by 2^64 divided by the golden ratio, fold, and go on.
 */
#include "base/checksum.h"

#include <endian.h>
#include <string.h>

uint64_t checksum_add(uint64_t sum, const void *bytes, size_t n)
{
	const char *p = bytes;
	uint64_t word;

	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sum = (sum ^ le64toh(word)) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 29;
	}
	word = 0;
	if (n > 0)
		memcpy(&word, p, n);
	sum = (sum ^ le64toh(word) ^ ((uint64_t)n << 56)) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ (sum >> 32);
}
