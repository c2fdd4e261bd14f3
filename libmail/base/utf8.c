/* SPDX-License-Identifier: ISC */
/*
 * utf8 - characters in UTF-8, RFC 3629.
 *
 * The table is the ABNF of section 4: for each range of first octets the
 * length and the range of the second octet, which is what excludes overlong
 * forms and surrogates.
 */
#include "base/utf8.h"

#include <string.h>

static const struct utf8_form {
	unsigned char first, last; /* of the first octet */
	unsigned char length;
	unsigned char low, high; /* of the second octet */
} forms[] = {
	{ 0x00, 0x7f, 1, 0x00, 0xff }, { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const struct utf8_form *form_of(unsigned char c)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (c >= forms[i].first && c <= forms[i].last)
			return &forms[i];
	return NULL;
}

size_t utf8_length(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	const struct utf8_form *form = s.n ? form_of(p[0]) : NULL;

	if (!form || form->length > s.n)
		return 0;
	if (form->length > 1 && (p[1] < form->low || p[1] > form->high))
		return 0;
	for (size_t i = 2; i < form->length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return form->length;
}

bool utf8_is_begun(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	const struct utf8_form *form = s.n ? form_of(p[0]) : NULL;

	if (!form || s.n >= form->length || (s.n > 1 && (p[1] < form->low || p[1] > form->high)))
		return false;
	return s.n < 3 || (p[2] & 0xc0) == 0x80;
}

int utf8_next(struct span *rest, uint32_t *character)
{
	static const unsigned char masks[UTF8_MAX + 1] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t n = utf8_length(*rest);

	if (rest->n == 0)
		return 0;
	if (n > 0)
		*character = (unsigned char)rest->p[0] & masks[n];
	for (size_t i = 1; i < n; i++)
		*character = *character << 6 | ((unsigned char)rest->p[i] & 0x3f);
	*rest = span_from(*rest, n ? n : 1);
	return n ? 1 : -1;
}

/* Octets of ASCII at the front of s, eight at a time: most text is that. */
static size_t ascii_prefix(struct span s)
{
	size_t n = 0;
	uint64_t word;

	for (; s.n - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, s.p + n, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (n < s.n && (unsigned char)s.p[n] < 0x80)
		n++;
	return n;
}

size_t utf8_prefix(struct span s)
{
	size_t n = 0, step = 1;

	while (n < s.n && step > 0) {
		n += ascii_prefix(span_from(s, n));
		step = utf8_length(span_from(s, n));
		n += step;
	}
	return n;
}

bool utf8_is_valid(struct span s)
{
	return utf8_prefix(s) == s.n;
}

/* Complete a character that the pieces cut; what is left of the piece. */
static struct span finish_tail(struct utf8_check *u, struct span piece)
{
	while (u->n > 0 && piece.n > 0 && !u->bad) {
		u->tail[u->n++] = piece.p[0];
		piece = span_from(piece, 1);
		if (utf8_length(span_of(u->tail, u->n)) > 0)
			u->n = 0;
		else
			u->bad = !utf8_is_begun(span_of(u->tail, u->n));
	}
	return piece;
}

void utf8_check_feed(struct utf8_check *u, struct span piece)
{
	piece = finish_tail(u, piece);
	piece = span_from(piece, utf8_prefix(piece));
	if (u->bad || piece.n == 0)
		return;
	u->bad = !utf8_is_begun(piece);
	if (u->bad)
		return;
	memcpy(u->tail, piece.p, piece.n);
	u->n = piece.n;
}

bool utf8_check_end(const struct utf8_check *u)
{
	return !u->bad && u->n == 0;
}

void utf8_put(struct buf *out, uint32_t c)
{
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	if (c < 0x80) {
		buf_put_char(out, (char)c);
	} else if (c < 0x800) {
		buf_put(out, (const char[]){ (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)) }, 2);
	} else if (c < 0x10000) {
		buf_put(out,
			(const char[]){ (char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)),
					(char)(0x80 | (c & 0x3f)) },
			3);
	} else {
		buf_put(out,
			(const char[]){ (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
					(char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)) },
			4);
	}
}
