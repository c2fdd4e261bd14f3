/* SPDX-License-Identifier: ISC */
/*
 * escapes - bytes as they are written in transcripts.
 */
#include "support/escapes.h"

#include <stdlib.h>
#include <string.h>

enum { ESCAPES_MAX = 256 << 20 };

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *p = c ? strchr(digits, c | 0x20) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* What stands behind a backslash; NULL if it means nothing. */
static const char *put_escape(struct buf *out, const char *p)
{
	static const char names[] = "rnt0\\", values[] = "\r\n\t\0\\";
	const char *name = *p ? strchr(names, *p) : NULL;

	if (name) {
		buf_put_char(out, values[name - names]);
		return p + 1;
	}
	if (*p != 'x' || hex(p[1]) < 0 || hex(p[2]) < 0)
		return NULL;
	buf_put_char(out, (char)(hex(p[1]) * 16 + hex(p[2])));
	return p + 3;
}

/* "{abc*1000}" */
static const char *put_repetition(struct buf *out, const char *p)
{
	const char *end = strchr(p, '}'), *star = end;
	struct buf one;
	long times;

	while (star && star > p && *star != '*')
		star--;
	if (!end || *star != '*')
		return NULL;
	times = strtol(star + 1, NULL, 10);
	buf_init(&one, ESCAPES_MAX);
	for (p++; p && p < star;)
		if (*p == '\\')
			p = put_escape(&one, p + 1);
		else
			buf_put_char(&one, *p++);
	while (p && times-- > 0)
		buf_put_span(out, buf_span(&one));
	buf_clear(&one);
	return p ? end + 1 : NULL;
}

int escapes_put(struct buf *out, const char *p)
{
	while (p && *p)
		if (*p == '\\')
			p = put_escape(out, p + 1);
		else if (p[0] == '%' && p[1] == '{')
			p = put_repetition(out, p + 1);
		else
			buf_put_char(out, *p++);
	return p && !out->overflow ? 0 : -1;
}
