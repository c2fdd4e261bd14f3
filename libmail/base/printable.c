/* SPDX-License-Identifier: ISC */
/*
 * printable - text from strangers, made safe to show.
 */
#include "base/printable.h"

#include <inttypes.h>

#include "base/utf8.h"

static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x00, 0x1f },	    { 0x7f, 0x9f },	{ 0xad, 0xad },	      { 0x61c, 0x61c },
	{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },
	{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
};

bool printable_is(uint32_t c)
{
	if (c >= 0x20 && c < 0x7f)
		return true;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	return true;
}

static void put(struct buf *out, struct span s, bool lines)
{
	uint32_t c;

	while (s.n) {
		unsigned char byte = (unsigned char)s.p[0];
		int rc = utf8_next(&s, &c);

		if (rc < 0 || (c < 0x80 && !printable_is(c) && !(lines && (c == '\n' || c == '\t'))))
			buf_printf(out, "\\%03o", byte);
		else if (c >= 0x80 && !printable_is(c))
			buf_printf(out, "\\u{%" PRIx32 "}", c);
		else
			utf8_put(out, c);
	}
}

void printable_put(struct buf *out, struct span s)
{
	put(out, s, false);
}

void printable_put_lines(struct buf *out, struct span s)
{
	put(out, s, true);
}

size_t printable_width(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}
