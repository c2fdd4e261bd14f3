/* SPDX-License-Identifier: ISC */
/*
 * markup - text from strangers as HTML and XML.
 */
#include "message/markup.h"

#include <time.h>

#include "base/utf8.h"
#include "message/date.h"

/* ---- text ---- */

static const char *reference(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* Control characters, those that turn the direction, and invisible ones that no script needs. */
static bool is_left_out(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x200b || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

static bool is_noncharacter(uint32_t c)
{
	return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

static void put_character(struct buf *out, uint32_t c, bool lines)
{
	const char *ref = reference(c);

	if (ref)
		buf_put_str(out, ref);
	else if (c == '\n' || c == '\t')
		buf_put_char(out, lines ? (char)c : ' ');
	else if (!is_left_out(c))
		utf8_put(out, is_noncharacter(c) ? 0xfffd : c);
}

/* Octets at the front that stand for themselves: most of most texts. */
static size_t plain_prefix(struct span s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] >= ' ' && s.p[i] < 0x7f && !reference((unsigned char)s.p[i]))
		i++;
	return i;
}

static void put(struct buf *out, struct span text, bool lines)
{
	while (text.n > 0) {
		size_t plain = plain_prefix(text);
		uint32_t c;

		buf_put(out, text.p, plain);
		text = span_from(text, plain);
		if (text.n > 0)
			put_character(out, utf8_next(&text, &c) > 0 ? c : 0xfffd, lines);
	}
}

void markup_put(struct buf *out, struct span text)
{
	put(out, text, false);
}

void markup_put_str(struct buf *out, const char *text)
{
	put(out, span_str(text), false);
}

void markup_put_lines(struct buf *out, struct span text)
{
	put(out, text, true);
}

/* ---- addresses of links ---- */

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void put_percent(struct buf *out, char c)
{
	buf_printf(out, "%%%02X", (unsigned char)c);
}

void markup_put_url(struct buf *out, struct span url)
{
	for (size_t i = 0; i < url.n; i++) {
		char c = url.p[i];

		if (c == '&')
			buf_put_str(out, "&amp;");
		else if (is_alnum(c) || (c && strchr("-._~:/?#[]!$()*+,;=%", c)))
			buf_put_char(out, c);
		else
			put_percent(out, c);
	}
}

void markup_put_component(struct buf *out, struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (is_alnum(name.p[i]) || (name.p[i] && strchr("-._", name.p[i])))
			buf_put_char(out, name.p[i]);
		else
			put_percent(out, name.p[i]);
}

/* ---- times ---- */

void markup_put_time(struct buf *out, int64_t when, bool with_time)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)when;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return;
	buf_put_str(out, "<time datetime=\"");
	date_put_rfc3339(out, when);
	buf_printf(out, "\">%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
	if (with_time)
		buf_printf(out, ", %02d:%02d UTC", tm.tm_hour, tm.tm_min);
	buf_put_str(out, "</time>");
}
