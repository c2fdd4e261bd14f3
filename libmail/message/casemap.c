/* SPDX-License-Identifier: ISC */
/*
 * casemap - the collation i;unicode-casemap, RFC 5051.
 *
 * Most text is ASCII, which takes the short way.
 */
#include "message/casemap.h"

#include "base/utf8.h"
#include "message/casemap_data.h"

enum { PIECE = 1024 /* octets for which room is made at a time */ };

static char *put_character(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

static char *put_mapped(char *to, uint32_t c)
{
	uint32_t becomes[CHARMAP_MAX];
	size_t n = charmap_find(&casemap_data, c, becomes);

	for (size_t i = 0; i < n; i++)
		to = put_character(to, becomes[i]);
	return to;
}

/* Whole characters from the front of *rest, about PIECE octets. */
static char *put_piece(char *to, struct span *rest)
{
	size_t left = rest->n < PIECE ? 0 : rest->n - PIECE;

	while (rest->n > left) {
		unsigned char c = (unsigned char)*rest->p;
		uint32_t character;

		if (c < 0x80) {
			*to++ = (char)(c - (c >= 'a' && c <= 'z' ? 'a' - 'A' : 0));
			*rest = span_from(*rest, 1);
		} else if (utf8_next(rest, &character) > 0) {
			to = put_mapped(to, character);
		} else {
			*to++ = (char)c;
		}
	}
	return to;
}

void casemap_put(struct buf *out, struct span text)
{
	while (text.n > 0) {
		char *room = buf_room(out, (size_t)CASEMAP_GROWTH * (PIECE + UTF8_MAX));

		if (!room)
			return;
		buf_added(out, (size_t)(put_piece(room, &text) - room));
	}
}
