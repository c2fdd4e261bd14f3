/* SPDX-License-Identifier: ISC */
/*
 * base64 - RFC 4648 section 4.
 *
 * Strict: an encoding that decodes to the same bytes as another one is a way
 * around whoever compares the encoded forms.
 */
#include "base/base64.h"

#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(struct buf *out, struct span bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	char *to = buf_room(out, base64_size(bytes.n));

	if (!to)
		return;
	for (size_t i = 0; i < bytes.n; i += 3, p += 3) {
		size_t left = bytes.n - i;
		uint32_t bits = (uint32_t)p[0] << 16 | (left > 1 ? (uint32_t)p[1] << 8 : 0) | (left > 2 ? p[2] : 0);

		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*to++ = left > 2 ? digits[bits & 63] : '=';
	}
	buf_added(out, base64_size(bytes.n));
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_is_digit(char c)
{
	return digit_value(c) >= 0;
}

/* Take off the padding; -1 when it is not what the length calls for. */
static int strip_padding(struct span *text, unsigned how)
{
	size_t n = text->n;

	while (text->n && n - text->n < 2 && text->p[text->n - 1] == '=')
		text->n--;
	if (n == text->n && (how & BASE64_UNPADDED))
		return text->n % 4 == 1 ? -1 : 0;
	return n % 4 ? -1 : 0;
}

/* Decode to *to; the number of bytes, or -1. */
static ptrdiff_t decode(char *to, struct span text)
{
	const char *start = to;
	uint32_t bits = 0;
	size_t have = 0;

	for (size_t i = 0; i < text.n; i++) {
		int value = digit_value(text.p[i]);

		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			*to++ = (char)(bits >> have);
			bits &= (1u << have) - 1;
		}
	}
	return bits == 0 ? to - start : -1;
}

int base64_parse(struct buf *out, struct span text, unsigned how)
{
	ptrdiff_t n;
	char *to;

	if (strip_padding(&text, how) < 0)
		return -1;
	to = buf_room(out, text.n / 4 * 3 + 2);
	if (!to)
		return 0;
	n = decode(to, text);
	buf_added(out, n < 0 ? 0 : (size_t)n);
	return n < 0 ? -1 : 0;
}
