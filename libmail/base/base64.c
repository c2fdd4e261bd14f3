/* SPDX-License-Identifier: ISC */
/*
 * base64 - RFC 4648 section 4, RFC 2045 6.8.
 *
 * Strings are read strictly: an encoding that decodes to the same bytes as another one is a way
 * around whoever compares the encoded forms.
 */
#include "base/base64.h"

#include <string.h>

#include "base/base64_lines.h"

const char base64_digits[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define NONE4  BASE64_NONE, BASE64_NONE, BASE64_NONE, BASE64_NONE
#define NONE16 NONE4, NONE4, NONE4, NONE4
#define NONE64 NONE16, NONE16, NONE16, NONE16
#define NONE3  BASE64_NONE, BASE64_NONE, BASE64_NONE

const unsigned char base64_values[256] = {
	NONE16, NONE16, NONE4, NONE4, NONE3, 62, NONE3, 63, /* up to the slash */
	52,	53,	54,    55,    56,    57, 58,	59,    60,	    61,		 NONE4,	      NONE3, 0,	 1,  2,
	3,	4,	5,     6,     7,     8,	 9,	10,    11,	    12,		 13,	      14,    15, 16, 17,
	18,	19,	20,    21,    22,    23, 24,	25,    NONE4,	    BASE64_NONE, BASE64_NONE, 26,    27, 28, 29,
	30,	31,	32,    33,    34,    35, 36,	37,    38,	    39,		 40,	      41,    42, 43, 44,
	45,	46,	47,    48,    49,    50, 51,	NONE4, BASE64_NONE, NONE64,	 NONE64,
};

void base64_put(struct buf *out, struct span bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	char *to = buf_room(out, base64_size(bytes.n));

	if (!to)
		return;
	for (size_t i = 0; i < bytes.n; i += 3, p += 3) {
		size_t left = bytes.n - i;
		uint32_t bits = (uint32_t)p[0] << 16 | (left > 1 ? (uint32_t)p[1] << 8 : 0) | (left > 2 ? p[2] : 0);

		*to++ = base64_digits[bits >> 18];
		*to++ = base64_digits[bits >> 12 & 63];
		*to++ = left > 1 ? base64_digits[bits >> 6 & 63] : '=';
		*to++ = left > 2 ? base64_digits[bits & 63] : '=';
	}
	buf_added(out, base64_size(bytes.n));
}

bool base64_is_digit(char c)
{
	return base64_values[(unsigned char)c] != BASE64_NONE;
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
		unsigned value = base64_values[(unsigned char)text.p[i]];

		if (value == BASE64_NONE)
			return -1;
		bits = bits << 6 | value;
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
	/* No more than it fills, whose maximum may be just that. */
	to = buf_room(out, text.n * 3 / 4);
	if (!to)
		return 0;
	n = decode(to, text);
	buf_added(out, n < 0 ? 0 : (size_t)n);
	return n < 0 ? -1 : 0;
}

static const struct base64_loops *loops;

bool base64_use(enum base64_kernel kernel)
{
	const struct base64_loops *wanted = base64_loops(kernel);

	if (wanted)
		loops = wanted;
	return wanted != NULL;
}

static void choose_loops(void)
{
	if (!loops && !base64_use(BASE64_WIDE) && !base64_use(BASE64_VECTOR))
		base64_use(BASE64_PORTABLE);
}

void base64_encode_init(struct base64_encode *e, bool crlf)
{
	choose_loops();
	e->n = 0;
	e->crlf = crlf;
}

static void encode_lines(const struct base64_encode *e, const char *from, size_t lines, struct buf *out)
{
	char *to = buf_room(out, lines * (BASE64_LINE + 2) + BASE64_SPARE);

	if (to && lines > 0)
		buf_added(out, (size_t)(loops->encode(to, (const unsigned char *)from, lines, e->crlf) - to));
}

void base64_encode_feed(struct base64_encode *e, struct span piece, struct buf *out)
{
	size_t lines;

	if (e->n > 0) {
		size_t n = BASE64_LINE_BYTES - e->n < piece.n ? BASE64_LINE_BYTES - e->n : piece.n;

		memcpy(e->held + e->n, piece.p, n);
		e->n += n;
		piece = span_from(piece, n);
		if (e->n < BASE64_LINE_BYTES)
			return;
		encode_lines(e, (const char *)e->held, 1, out);
	}
	lines = piece.n / BASE64_LINE_BYTES;
	encode_lines(e, piece.p, lines, out);
	piece = span_from(piece, lines * BASE64_LINE_BYTES);
	if (piece.n > 0)
		memcpy(e->held, piece.p, piece.n);
	e->n = piece.n;
}

void base64_encode_end(struct base64_encode *e, struct buf *out)
{
	if (e->n == 0)
		return;
	base64_put(out, span_of((const char *)e->held, e->n));
	buf_put_str(out, e->crlf ? "\r\n" : "\n");
	e->n = 0;
}

uint64_t base64_lines_size(uint64_t n, bool crlf)
{
	uint64_t lines = (n + BASE64_LINE_BYTES - 1) / BASE64_LINE_BYTES;

	return (n + 2) / 3 * 4 + lines * (crlf ? 2 : 1);
}

void base64_decode_init(struct base64_decode *d)
{
	choose_loops();
	*d = (struct base64_decode){ 0 };
}

/* The whole bytes of a group that has less than four digits. */
static char *end_group(struct base64_decode *d, char *to)
{
	unsigned left = d->digits * 6 % 8;

	d->junk += d->digits == 1 || (d->bits & ((1u << left) - 1)) != 0;
	if (d->digits > 1)
		*to++ = (char)(d->bits >> (left + (d->digits - 2) * 8));
	if (d->digits > 2)
		*to++ = (char)(d->bits >> left);
	d->digits = 0;
	d->bits = 0;
	return to;
}

/* Padding ends it all. One at the wrong place is none. */
static char *take_padding(struct base64_decode *d, char *to)
{
	if (d->pads > 0) {
		d->junk += --d->pads == 0;
		return to;
	}
	if (d->padded || d->digits < 2) {
		d->junk++;
		return to;
	}
	d->padded = true;
	d->pads = 4 - d->digits;
	return end_group(d, to);
}

/* One character that is not in a whole group. */
static char *decode_char(struct base64_decode *d, char *to, char c)
{
	unsigned value = base64_values[(unsigned char)c];

	if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
		return to;
	if (c == '=')
		return take_padding(d, to);
	if (d->padded || value == BASE64_NONE) {
		d->junk++;
		return to;
	}
	d->bits = d->bits << 6 | value;
	if (++d->digits < 4)
		return to;
	*to++ = (char)(d->bits >> 16);
	*to++ = (char)(d->bits >> 8);
	*to++ = (char)d->bits;
	d->digits = 0;
	d->bits = 0;
	return to;
}

void base64_decode_feed(struct base64_decode *d, struct span piece, struct buf *out)
{
	char *to = buf_room(out, piece.n / 4 * 3 + 4 + BASE64_SPARE), *start = to;

	if (!to)
		return;
	for (size_t i = 0; i < piece.n;) {
		if (d->digits == 0 && !d->padded)
			i += loops->decode(&to, piece.p + i, piece.n - i);
		if (i < piece.n)
			to = decode_char(d, to, piece.p[i++]);
	}
	buf_added(out, (size_t)(to - start));
}

void base64_decode_end(struct base64_decode *d, struct buf *out)
{
	char bytes[4];

	d->junk += d->pads > 1;
	if (d->digits > 0) {
		d->junk++;
		buf_put(out, bytes, (size_t)(end_group(d, bytes) - bytes));
	}
}
