/* SPDX-License-Identifier: ISC */
/*
 * prep - SASLprep, RFC 4013. The tables are those of RFC 3454 that it names.
 */
#include "auth/prep.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"
#include "message/bidi.h"
#include "message/nfkc.h"

struct range {
	uint32_t first, last;
};

/* C.1.2: mapped to a space. */
static const struct range spaces[] = {
	{ 0xa0, 0xa0 },	    { 0x1680, 0x1680 }, { 0x2000, 0x200b },
	{ 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 },
};

/* B.1: mapped to nothing. */
static const struct range invisible[] = {
	{ 0xad, 0xad },	    { 0x34f, 0x34f },	{ 0x1806, 0x1806 }, { 0x180b, 0x180d },
	{ 0x200c, 0x200d }, { 0x2060, 0x2060 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
};

/* C.2.1, C.2.2, C.3, C.4 but for the last two of each plane, C.6, C.7, C.8, C.9. */
static const struct range prohibited[] = {
	{ 0x00, 0x1f },	      { 0x7f, 0x9f },	    { 0x340, 0x341 },	   { 0x6dd, 0x6dd },   { 0x70f, 0x70f },
	{ 0x180e, 0x180e },   { 0x200e, 0x200f },   { 0x2028, 0x202e },	   { 0x2061, 0x2063 }, { 0x206a, 0x206f },
	{ 0x2ff0, 0x2ffb },   { 0xe000, 0xf8ff },   { 0xfdd0, 0xfdef },	   { 0xfff9, 0xfffd }, { 0x1d173, 0x1d17a },
	{ 0xe0001, 0xe0001 }, { 0xe0020, 0xe007f }, { 0xf0000, 0x10ffff },
};

static bool is_in(const struct range *v, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= v[i].first && c <= v[i].last)
			return true;
	return false;
}

#define IS_IN(table, c) is_in(table, sizeof(table) / sizeof((table)[0]), c)

/* RFC 4013 2.1 */
static int map(struct buf *out, struct span text)
{
	uint32_t c;
	int rc;

	while ((rc = utf8_next(&text, &c)) == 1) {
		if (IS_IN(spaces, c))
			buf_put_char(out, ' ');
		else if (!IS_IN(invisible, c))
			utf8_put(out, c);
	}
	return rc;
}

static bool has_prohibited(struct span text)
{
	uint32_t c;

	while (utf8_next(&text, &c) == 1)
		if (IS_IN(prohibited, c) || (c & 0xfffe) == 0xfffe)
			return true;
	return false;
}

/* RFC 4013 2.3, 2.4 */
static bool is_allowed(struct span text)
{
	return !has_prohibited(text) && bidi_is_plain(text);
}

int prep_put(struct buf *out, struct span text)
{
	size_t before = out->n;
	struct buf mapped;
	int rc;

	buf_init(&mapped, NFKC_MAX);
	/* All at once: what is outgrown would be left behind. */
	buf_room(&mapped, text.n);
	rc = map(&mapped, text);
	if (rc == 0 && !mapped.overflow)
		rc = nfkc_put(out, buf_span(&mapped));
	if (mapped.overflow || (rc == 0 && !is_allowed(span_from(buf_span(out), before))))
		rc = -1;
	buf_wipe(&mapped);
	return rc;
}
