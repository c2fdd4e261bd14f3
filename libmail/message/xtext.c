/* SPDX-License-Identifier: ISC */
/*
 * xtext - RFC 3461 section 4: "+" and two upper case hexadecimal digits.
 */
#include "message/xtext.h"

static bool is_plain(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '+' && c != '=';
}

void xtext_put(struct buf *out, struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (is_plain(c))
			buf_put_char(out, (char)c);
		else
			buf_printf(out, "+%02X", c);
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int xtext_parse(struct arena *a, struct span text, const char **out)
{
	char *p = arena_alloc(a, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '+') {
			int high = text.n - i > 2 ? digit(text.p[i + 1]) : -1;
			int low = text.n - i > 2 ? digit(text.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (unsigned char)(high * 16 + low);
			if (c < 0x20 || c == 0x7f)
				return -1;
			i += 2;
		} else if (!is_plain(c)) {
			return -1;
		}
		p[n++] = (char)c;
	}
	*out = p;
	return 0;
}
