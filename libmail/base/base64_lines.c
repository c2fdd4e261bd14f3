/* SPDX-License-Identifier: ISC */
/*
 * base64_lines - the loops of base64, in C and in vectors.
 *
 * The vector ones are the compiler's vector extension, not intrinsics: one text becomes SSSE3 or NEON. Twelve bytes
 * become sixteen characters in words of 32 bits; what a lookup in a table of 64 would do is done by comparisons, as
 * there are five ranges only. base64_avx2.c has the same for 32 characters at once.
 */
#include "base/base64_lines.h"

#include <string.h>

#include "base/machine.h"

/* Four characters of three bytes. */
static char *encode_group(char *to, const unsigned char *from)
{
	uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];

	to[0] = base64_digits[bits >> 18];
	to[1] = base64_digits[bits >> 12 & 63];
	to[2] = base64_digits[bits >> 6 & 63];
	to[3] = base64_digits[bits & 63];
	return to + 4;
}

static char *end_line(char *to, bool crlf)
{
	if (crlf)
		*to++ = '\r';
	*to++ = '\n';
	return to;
}

static char *encode_portable(char *to, const unsigned char *from, size_t lines, bool crlf)
{
	for (; lines > 0; lines--) {
		for (size_t i = 0; i < BASE64_LINE_BYTES; i += 3, from += 3)
			to = encode_group(to, from);
		to = end_line(to, crlf);
	}
	return to;
}

static size_t decode_portable(char **to, const char *from, size_t n)
{
	char *put = *to;
	size_t i = 0;

	for (; n - i >= 4; i += 4, put += 3) {
		unsigned a = base64_values[(unsigned char)from[i]], b = base64_values[(unsigned char)from[i + 1]];
		unsigned c = base64_values[(unsigned char)from[i + 2]], d = base64_values[(unsigned char)from[i + 3]];

		if ((a | b | c | d) & BASE64_NONE)
			break;
		put[0] = (char)(a << 2 | b >> 4);
		put[1] = (char)(b << 4 | c >> 2);
		put[2] = (char)(c << 6 | d);
	}
	*to = put;
	return i;
}

static const struct base64_loops portable = { encode_portable, decode_portable };

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#if defined(__x86_64__) || defined(__i386__)
#define HAVE_VECTORS  1
#define VECTOR_TARGET __attribute__((target("ssse3")))
#define HAS_VECTORS   machine_has_ssse3()
#elif defined(__aarch64__)
#define HAVE_VECTORS 1
#define VECTOR_TARGET
#define HAS_VECTORS 1
#endif
#endif
#endif

#ifdef HAVE_VECTORS
#ifndef __clang__
/* gcc's analyzer takes a vector for a number when it looks at how far it is shifted. */
#pragma GCC diagnostic ignored "-Wanalyzer-shift-count-overflow"
#endif

/* Where these are inlined decides what they are compiled to. */
#define INLINE static inline __attribute__((always_inline))

enum { IN = 12, OUT = 16 /* octets of a block, plain and encoded */ };

typedef unsigned char block __attribute__((vector_size(OUT)));
typedef signed char signs __attribute__((vector_size(OUT)));
typedef uint32_t words __attribute__((vector_size(OUT)));

/* Characters, from words that hold three bytes each, the first in bits 16 to 23 and anything above. */
INLINE block encode_block(block spread)
{
	words w = (words)spread;
	block v = (block)((w >> 18 & 0x3f) | (w >> 4 & 0x3f00) | (w << 10 & 0x3f0000) | (w << 24 & 0x3f000000));
	signs s = (signs)v;

	/* A value below 26 plus 'A'; at each border of a range the difference changes. */
	v += 'A';
	v += (block)(s > 25) & ('a' - 26 - 'A');
	v += (block)(s > 51) & (unsigned char)('0' - 52 - ('a' - 26));
	v += (block)(s > 61) & (unsigned char)('+' - 62 - ('0' - 52));
	v += (block)(s > 62) & ('/' - 63 - ('+' - 62));
	return v;
}

/* Words of three bytes, the first lowest. *valid: which characters are of the alphabet. */
INLINE block decode_block(block characters, block *valid)
{
	signs c = (signs)characters;
	block upper = (block)(c > 'A' - 1) & (block)(c < 'Z' + 1);
	block lower = (block)(c > 'a' - 1) & (block)(c < 'z' + 1);
	block digit = (block)(c > '0' - 1) & (block)(c < '9' + 1);
	block plus = (block)(c == '+'), slash = (block)(c == '/');
	words v = (words)(characters + ((upper & (unsigned char)-'A') | (lower & (unsigned char)(26 - 'a')) |
					(digit & (52 - '0')) | (plus & (62 - '+')) | (slash & (63 - '/'))));

	*valid = upper | lower | digit | plus | slash;
	return (block)((v << 18 & 0xfc0000) | (v << 4 & 0x3f000) | (v >> 10 & 0xfc0) | v >> 24);
}

INLINE block load(const void *p)
{
	block b;

	memcpy(&b, p, sizeof(b));
	return b;
}

INLINE void store(char *p, block b)
{
	memcpy(p, &b, sizeof(b));
}

/* The first twelve bytes as four words. */
INLINE block spread(block in)
{
	return __builtin_shufflevector(in, in, 2, 1, 0, 0, 5, 4, 3, 3, 8, 7, 6, 6, 11, 10, 9, 9);
}

/* The last nine bytes as three words: so no byte behind a line is read. */
INLINE block spread_last(block in)
{
	return __builtin_shufflevector(in, in, 9, 8, 7, 7, 12, 11, 10, 10, 15, 14, 13, 13, 0, 0, 0, 0);
}

/* The words' three bytes in their order. */
INLINE block pack(block b)
{
	return __builtin_shufflevector(b, b, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 3, 3, 3);
}

/* How many characters from the first on are of the alphabet: all, or the 12 that end a line of 76, or not worth it. */
INLINE size_t count_valid(block valid)
{
	uint64_t v[2];

	memcpy(v, &valid, sizeof(valid));
	if ((v[0] & v[1]) == UINT64_MAX)
		return OUT;
	return v[0] == UINT64_MAX && (uint32_t)v[1] == UINT32_MAX ? 12 : 0;
}

VECTOR_TARGET static char *encode_vector(char *to, const unsigned char *from, size_t lines, bool crlf)
{
	for (; lines > 0; lines--, from += BASE64_LINE_BYTES) {
		for (size_t i = 0; i < 4; i++)
			store(to + i * OUT, encode_block(spread(load(from + i * IN))));
		store(to + 4 * OUT, encode_block(spread_last(load(from + BASE64_LINE_BYTES - OUT))));
		to = end_line(to + BASE64_LINE, crlf);
	}
	return to;
}

VECTOR_TARGET static size_t decode_vector(char **to, const char *from, size_t n)
{
	char *put = *to;
	size_t i = 0, count = OUT, end;

	while (n - i >= OUT && count > 0) {
		block valid, bytes = decode_block(load(from + i), &valid);

		count = count_valid(valid);
		store(put, pack(bytes));
		put += count / 4 * 3;
		i += count;
		if (count < OUT) {
			end = base64_line_end(from + i, n - i);
			i += end;
			count += end;
		}
	}
	*to = put;
	return i + decode_portable(to, from + i, n - i);
}

static const struct base64_loops vector = { encode_vector, decode_vector };

const struct base64_loops *base64_loops(enum base64_kernel kernel)
{
	if (kernel == BASE64_VECTOR)
		return HAS_VECTORS ? &vector : NULL;
	if (kernel == BASE64_WIDE)
		return base64_avx2();
	return &portable;
}
#else
const struct base64_loops *base64_loops(enum base64_kernel kernel)
{
	return kernel == BASE64_PORTABLE ? &portable : NULL;
}
#endif
