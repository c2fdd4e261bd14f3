/* SPDX-License-Identifier: ISC */
/*
 * machine - which instructions may be used.
 */
#include "base/machine.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

enum {
	FEATURES = 1,			/* this question's answer is in ecx */
	MORE_FEATURES = 7,		/* and this one's in ebx */
	XMM_YMM_KEPT = 1 << 1 | 1 << 2, /* of XCR0: the kernel saves both halves of a vector register */
};

static bool are_vectors_kept(void)
{
	unsigned low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (low & XMM_YMM_KEPT) == XMM_YMM_KEPT;
}

bool machine_has_ssse3(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(FEATURES, &a, &b, &c, &d) && c & bit_SSSE3;
}

bool machine_has_avx2(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(FEATURES, &a, &b, &c, &d) && c & bit_OSXSAVE && c & bit_AVX && are_vectors_kept() &&
	       __get_cpuid_count(MORE_FEATURES, 0, &a, &b, &c, &d) && b & bit_AVX2;
}
#else
bool machine_has_ssse3(void)
{
	return false;
}

bool machine_has_avx2(void)
{
	return false;
}
#endif
