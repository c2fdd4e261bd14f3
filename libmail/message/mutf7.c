/* SPDX-License-Identifier: ISC */
/*
 * mutf7 - modified UTF-7.
 *
 * Decoding is generous and then checked by encoding the result again: what differs was not the one right form.
 */
#include "message/mutf7.h"

#include <stdint.h>

#include "base/utf8.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* 16-bit units on their way into groups of six bits. */
struct bits {
	uint32_t held;
	unsigned n;
};

static void put_unit(struct buf *out, struct bits *b, uint32_t unit)
{
	b->held = b->held << 16 | unit;
	for (b->n += 16; b->n >= 6; b->n -= 6)
		buf_put_char(out, digits[b->held >> (b->n - 6) & 63]);
	b->held &= 63;
}

static void put_character(struct buf *out, struct bits *b, uint32_t c)
{
	if (c >= 0x10000) {
		put_unit(out, b, 0xd800 + ((c - 0x10000) >> 10));
		c = 0xdc00 + ((c - 0x10000) & 0x3ff);
	}
	put_unit(out, b, c);
}

static void end_shift(struct buf *out, struct bits *b)
{
	if (b->n > 0)
		buf_put_char(out, digits[b->held << (6 - b->n) & 63]);
	buf_put_char(out, '-');
	*b = (struct bits){ 0 };
}

int mutf7_put(struct buf *out, struct span utf8)
{
	struct bits bits = { 0 };
	bool shifted = false;
	uint32_t c;

	if (!utf8_is_valid(utf8) || span_has_control(utf8))
		return -1;
	while (utf8_next(&utf8, &c) > 0) {
		bool direct = c >= 0x20 && c < 0x7f;

		if (direct == shifted) {
			shifted = !direct;
			if (direct)
				end_shift(out, &bits);
			else
				buf_put_char(out, '&');
		}
		if (!direct)
			put_character(out, &bits, c);
		else if (c == '&')
			buf_put_str(out, "&-");
		else
			buf_put_char(out, (char)c);
	}
	if (shifted)
		end_shift(out, &bits);
	return 0;
}

static int digit_of(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The characters of what stands between "&" and "-". */
static void parse_shifted(struct buf *out, struct span text)
{
	uint32_t held = 0, high = 0;
	unsigned n = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint32_t unit;

		held = held << 6 | ((uint32_t)digit_of(text.p[i]) & 63);
		n += 6;
		if (n < 16)
			continue;
		n -= 16;
		unit = held >> n & 0xffff;
		held &= (UINT32_C(1) << n) - 1;
		if (high && unit >= 0xdc00 && unit < 0xe000)
			utf8_put(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
		else if (unit < 0xd800 || unit >= 0xdc00)
			utf8_put(out, unit);
		high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
	}
}

static void parse_all(struct buf *out, struct span text)
{
	while (text.n > 0) {
		struct span direct = span_cut(&text, '&'), shifted;

		buf_put_span(out, direct);
		if (text.n == 0)
			return;
		shifted = span_cut(&text, '-');
		if (shifted.n == 0)
			buf_put_char(out, '&');
		else
			parse_shifted(out, shifted);
	}
}

int mutf7_parse(struct buf *out, struct span text)
{
	size_t before = out->n;
	struct buf again;
	bool same;

	if (span_has_8bit(text) || span_has_control(text))
		return -1;
	parse_all(out, text);
	buf_init(&again, text.n + 1);
	same = !out->overflow && mutf7_put(&again, span_from(buf_span(out), before)) == 0 && !again.overflow &&
	       span_is(buf_span(&again), text);
	buf_clear(&again);
	if (same)
		return 0;
	if (!out->overflow)
		buf_cut(out, before);
	return -1;
}
