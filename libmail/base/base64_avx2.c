/* SPDX-License-Identifier: ISC */
/*
 * base64_avx2 - the loops of base64 for x86 with AVX2: two blocks of 16 characters in a vector.
 *
 * Bytes are brought where multiplications shift each six bits into a byte of their own. The ranges of the alphabet are
 * told apart by small tables: by the value less 51 when characters are made, by the upper four bits when they are read.
 */
#include "base/base64_lines.h"

#include <string.h>

#include "base/machine.h"

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>

enum { IN = 24, OUT = 32 };

#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET static inline __attribute__((always_inline))

/* The same sixteen bytes in both halves. */
#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

INLINE __m128i load(const void *p)
{
	return _mm_loadu_si128(p);
}

/* Values of six bits from words of three bytes in the order 1 0 2 1. */
INLINE __m256i split(__m256i v)
{
	__m256i high =
		_mm256_mulhi_epu16(_mm256_and_si256(v, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
	__m256i low =
		_mm256_mullo_epi16(_mm256_and_si256(v, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));

	return _mm256_or_si256(high, low);
}

/* What is added: by 0 for 26 to 51, by 1 to 12 for what is above, by 13 for what is below 26. */
INLINE __m256i to_characters(__m256i v)
{
	const __m256i difference = TWICE('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
					 '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
	__m256i range = _mm256_subs_epu8(v, _mm256_set1_epi8(51));
	__m256i below = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), v);

	range = _mm256_or_si256(range, _mm256_and_si256(below, _mm256_set1_epi8(13)));
	return _mm256_add_epi8(v, _mm256_shuffle_epi8(difference, range));
}

/* The first twelve bytes of each. */
INLINE __m256i encode_two(__m128i a, __m128i b)
{
	const __m256i order = TWICE(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);

	return to_characters(
		split(_mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1), order)));
}

TARGET static char *encode(char *to, const unsigned char *from, size_t lines, bool crlf)
{
	for (; lines > 0; lines--, from += BASE64_LINE_BYTES) {
		/* Of the last block nine bytes are wanted, and none behind the line is read. */
		__m128i last = _mm_srli_si128(load(from + BASE64_LINE_BYTES - 16), 7);
		__m256i end = encode_two(last, last);

		_mm256_storeu_si256((void *)to, encode_two(load(from), load(from + IN / 2)));
		_mm256_storeu_si256((void *)(to + OUT), encode_two(load(from + IN), load(from + IN + IN / 2)));
		_mm_storeu_si128((void *)(to + 2 * OUT), _mm256_castsi256_si128(end));
		to += BASE64_LINE;
		if (crlf)
			*to++ = '\r';
		*to++ = '\n';
	}
	return to;
}

/* By the upper four bits: the first and the last character of the alphabet there are, and what is added to them. */
#define NO 0x7f
INLINE __m256i to_values(__m256i c, uint32_t *valid)
{
	const __m256i first = TWICE(NO, NO, '+', '0', 'A', 'P', 'a', 'p', NO, NO, NO, NO, NO, NO, NO, NO);
	const __m256i last = TWICE(0, 0, '+', '9', 'O', 'Z', 'o', 'z', 0, 0, 0, 0, 0, 0, 0, 0);
	const __m256i difference =
		TWICE(0, 0, 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0);
	__m256i upper = _mm256_and_si256(_mm256_srli_epi32(c, 4), _mm256_set1_epi8(15));
	__m256i slash = _mm256_cmpeq_epi8(c, _mm256_set1_epi8('/'));
	__m256i bad = _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_shuffle_epi8(first, upper), c),
				      _mm256_cmpgt_epi8(c, _mm256_shuffle_epi8(last, upper)));

	*valid = ~(uint32_t)_mm256_movemask_epi8(_mm256_andnot_si256(slash, bad));
	/* The slash stands among those that begin with the plus. */
	c = _mm256_add_epi8(c, _mm256_shuffle_epi8(difference, upper));
	return _mm256_add_epi8(c, _mm256_and_si256(slash, _mm256_set1_epi8((63 - '/') - (62 - '+'))));
}

/* Twelve bytes in each half. */
INLINE __m256i join(__m256i v)
{
	const __m256i order = TWICE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
	__m256i pairs = _mm256_maddubs_epi16(v, _mm256_set1_epi32(0x01400140));

	return _mm256_shuffle_epi8(_mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000)), order);
}

TARGET static size_t decode(char **to, const char *from, size_t n)
{
	char *put = *to;
	size_t i = 0, count = OUT, end;

	while (n - i >= OUT && count > 0) {
		uint32_t valid;
		__m256i bytes = join(to_values(_mm256_loadu_si256((const void *)(from + i)), &valid));

		_mm_storeu_si128((void *)put, _mm256_castsi256_si128(bytes));
		_mm_storeu_si128((void *)(put + IN / 2), _mm256_extracti128_si256(bytes, 1));
		/* All, or the twelve that end a line of 76. */
		count = valid == UINT32_MAX ? OUT : (valid & 0xfff) == 0xfff ? 12 : 0;
		i += count;
		put += count / 4 * 3;
		if (count < OUT) {
			end = base64_line_end(from + i, n - i);
			i += end;
			count += end;
		}
	}
	*to = put;
	return i + base64_loops(BASE64_PORTABLE)->decode(to, from + i, n - i);
}

static const struct base64_loops loops = { encode, decode };

const struct base64_loops *base64_avx2(void)
{
	return machine_has_avx2() ? &loops : NULL;
}
#else
const struct base64_loops *base64_avx2(void)
{
	return NULL;
}
#endif
