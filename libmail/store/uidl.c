/* SPDX-License-Identifier: ISC */
/*
 * uidl - the unique id of a message in POP3.
 */
#include "store/uidl.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH_MAX = 255, RAW_MAX = 2048, NUMBER = 10, HEX_NUMBER = 8 /* digits */ };

/* What stands between "%" and its letter. */
struct item {
	bool fill, hex;
	unsigned width; /* 0: as long as it is */
	char in_case;	/* 'L', 'U' or as it is */
	char letter;
};

static const char *parse_item(const char *p, struct item *item)
{
	*item = (struct item){ .fill = *p == '0' };
	for (; *p >= '0' && *p <= '9'; p++)
		item->width = item->width > WIDTH_MAX ? item->width : item->width * 10 + (unsigned)(*p - '0');
	/* One after the other: X makes digits anew, and of two cases the last is the one that is seen. */
	for (; *p && strchr("XLU", *p); p++) {
		item->hex |= *p == 'X';
		item->in_case = *p == 'X' ? '\0' : *p;
	}
	item->letter = *p;
	return *p ? p + 1 : p;
}

static bool is_name(const struct item *item)
{
	return item->letter == 'f' || item->letter == 'g';
}

/* Digits that a width cuts off would be missing one day, and two messages be one for their client. */
static bool tells_apart(const struct item *item)
{
	unsigned digits = item->hex ? HEX_NUMBER : NUMBER;

	return is_name(item) || (item->letter == 'u' && (item->fill || item->width == 0 || item->width >= digits));
}

int uidl_check(const char *format, struct fault *f)
{
	bool distinct = false;
	struct item item;

	if (span_has_control(span_str(format)))
		return fault_usage(f, "pop3_uidl_format holds a control character");
	for (const char *p = format; *p;) {
		if (*p++ != '%')
			continue;
		if (*p == '%') {
			p++;
			continue;
		}
		p = parse_item(p, &item);
		if (item.letter == '\0' || !strchr("uvfg", item.letter) || item.width > WIDTH_MAX)
			return fault_usage(
				f, "pop3_uidl_format \"%s\": what follows the \"%%\" is none of %%u %%v %%f %%g",
				format);
		if (item.hex && is_name(&item))
			return fault_usage(f, "pop3_uidl_format \"%s\": a name is no number that X could be for",
					   format);
		distinct |= tells_apart(&item);
	}
	return distinct
		       ? 0
		       : fault_usage(f, "pop3_uidl_format \"%s\" has none of %%u %%f %%g, or cuts off the UID", format);
}

static char change_case(const struct item *item, char c)
{
	if (item->in_case == 'U' && c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	if (item->in_case == 'L' && c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

static void put_item(struct buf *out, const struct item *item, struct span value)
{
	char room[CACHE_TEXT_MAX + WIDTH_MAX];
	size_t width = item->width ? item->width : value.n, n = 0;

	if (value.n > width && !item->fill)
		value.n = width;
	while (item->fill && n + value.n < width)
		room[n++] = '0';
	for (size_t i = 0; i < value.n; i++)
		room[n++] = change_case(item, value.p[i]);
	buf_put(out, room, n);
}

/* By hand, as a client may ask for a hundred thousand at a time. */
static struct span number(char room[NUMBER], const struct item *item, uint32_t value)
{
	unsigned base = item->hex ? 16 : 10;
	char *p = room + NUMBER;

	do
		*--p = "0123456789abcdef"[value % base];
	while ((value /= base) > 0);
	return span_of(p, (size_t)(room + NUMBER - p));
}

static void expand(struct buf *out, const char *format, const struct mailbox *m, size_t i,
		   const struct cache_name *name)
{
	struct span base = msgname_base(span_str(name->name)), guid = span_str(name->guid);
	struct item item;
	char room[NUMBER];

	for (const char *p = format; *p;) {
		if (*p != '%' || p[1] == '%') {
			buf_put_char(out, *p);
			p += *p == '%' ? 2 : 1;
			continue;
		}
		p = parse_item(p + 1, &item);
		if (item.letter == 'u')
			put_item(out, &item, number(room, &item, m->view.uid[i]));
		else if (item.letter == 'v')
			put_item(out, &item, number(room, &item, m->view.uidvalidity));
		else
			put_item(out, &item, item.letter == 'g' && guid.n ? guid : base);
	}
}

static bool is_uidl(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return s.n > 0 && s.n <= UIDL_MAX;
}

/* FNV-1a with two offsets: 128 bits that tell names apart; nobody gains by making two the same. */
static void put_digest(struct buf *out, struct span s)
{
	uint64_t sums[2] = { UINT64_C(0xcbf29ce484222325), UINT64_C(0x84222325cbf29ce4) };

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < s.n; i++)
			sums[k] = (sums[k] ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	buf_printf(out, "%016jx%016jx", (uintmax_t)sums[0], (uintmax_t)sums[1]);
}

static bool needs_name(const char *format)
{
	return strchr(format, 'f') || strchr(format, 'g');
}

int uidl_put(struct buf *out, const char *format, struct mailbox *m, size_t i, struct fault *f)
{
	struct cache_name name;
	char raw[RAW_MAX];
	struct span made;
	size_t before = out->n;

	name.name[0] = name.uidl[0] = name.guid[0] = '\0';
	if ((m->view.has_uidl || needs_name(format)) && mailbox_find_name(m, i, &name) < 0)
		return fault_temp(f, 451, "4.3.0", "the name of UID %u in %s is not known", m->view.uid[i], m->path);
	if (name.uidl[0])
		buf_put_str(out, name.uidl);
	else
		expand(out, format, m, i, &name);
	made = span_from(buf_span(out), before);
	if (out->overflow || is_uidl(made))
		return 0;
	made.n = made.n < RAW_MAX ? made.n : RAW_MAX;
	memcpy(raw, made.p, made.n);
	buf_cut(out, before);
	put_digest(out, span_of(raw, made.n));
	return 0;
}
