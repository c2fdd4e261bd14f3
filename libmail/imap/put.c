/* SPDX-License-Identifier: ISC */
/*
 * put - the words of an IMAP response.
 */
#include "imap/put.h"

#include <string.h>

#include "base/utf8.h"
#include "message/date.h"
#include "message/mutf7.h"
#include "store/folders.h"

#define REPLACES_NUL '\x80'

static const struct {
	uint32_t bit;
	const char *name;
} system_flags[] = {
	{ MSGNAME_ANSWERED, "\\Answered" }, { MSGNAME_FLAGGED, "\\Flagged" }, { MSGNAME_DELETED, "\\Deleted" },
	{ MSGNAME_SEEN, "\\Seen" },	    { MSGNAME_DRAFT, "\\Draft" },
};

/* ---- strings ---- */

static bool is_quotable(struct span text, bool utf8)
{
	bool has_8bit = false;

	if (text.n > IMAP_QUOTED_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\r' || text.p[i] == '\n' || text.p[i] == '\0')
			return false;
		has_8bit |= (unsigned char)text.p[i] >= 0x80;
	}
	return !has_8bit || (utf8 && utf8_is_valid(text));
}

static void put_quoted(struct buf *out, struct span text)
{
	char *at = buf_room(out, 2 * text.n + 2), *start = at;

	if (!at)
		return;
	*at++ = '"';
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			*at++ = '\\';
		*at++ = text.p[i];
	}
	*at++ = '"';
	buf_added(out, (size_t)(at - start));
}

void imap_put_literal(struct buf *out, uint64_t octets)
{
	buf_put_char(out, '{');
	buf_put_number(out, octets);
	buf_put_str(out, "}\r\n");
}

void imap_put_string(struct buf *out, struct span text, bool utf8)
{
	char *at;

	if (is_quotable(text, utf8)) {
		put_quoted(out, text);
		return;
	}
	imap_put_literal(out, text.n);
	at = buf_room(out, text.n);
	if (!at)
		return;
	for (size_t i = 0; i < text.n; i++)
		at[i] = text.p[i] ? text.p[i] : REPLACES_NUL;
	buf_added(out, text.n);
}

void imap_put_nstring(struct buf *out, struct span text, bool utf8)
{
	if (text.p)
		imap_put_string(out, text, utf8);
	else
		buf_put_str(out, "NIL");
}

static bool is_atom(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] == 0x7f || strchr("(){%*\"\\]", text.p[i]))
			return false;
	return text.n > 0 && text.n <= IMAP_QUOTED_MAX && !span_is_nocase(text, SPAN("NIL"));
}

void imap_put_astring(struct buf *out, struct span text, bool utf8)
{
	if (is_atom(text))
		buf_put_span(out, text);
	else
		imap_put_string(out, text, utf8);
}

void imap_put_mailbox(struct buf *out, const char *name, bool utf8)
{
	struct span text = span_str(name);
	struct buf encoded;

	buf_init(&encoded, 4 * FOLDERS_NAME_MAX);
	if (!utf8 && mutf7_put(&encoded, text) == 0 && !encoded.overflow)
		text = buf_span(&encoded);
	imap_put_string(out, text, utf8);
	buf_clear(&encoded);
}

/* ---- flags and dates ---- */

static void put_flag(struct buf *out, size_t start, const char *name)
{
	if (out->n > start)
		buf_put_char(out, ' ');
	buf_put_str(out, name);
}

void imap_put_flags(struct buf *out, uint32_t flags, const struct keywords *keywords, bool is_recent)
{
	size_t start;

	buf_put_char(out, '(');
	start = out->n;
	for (size_t i = 0; i < sizeof(system_flags) / sizeof(system_flags[0]); i++)
		if (flags & system_flags[i].bit)
			put_flag(out, start, system_flags[i].name);
	if (is_recent)
		put_flag(out, start, "\\Recent");
	for (unsigned i = 0; flags & MSGNAME_KEYWORD_BITS && i < MSGNAME_KEYWORDS; i++)
		if (flags & UINT32_C(1) << i && keywords->names[i])
			put_flag(out, start, keywords->names[i]);
	buf_put_char(out, ')');
}

void imap_put_date_time(struct buf *out, int64_t when)
{
	buf_put_char(out, '"');
	date_put_imap(out, when);
	buf_put_char(out, '"');
}

/* ---- sets ---- */

static void put_range(struct buf *out, uint32_t first, uint32_t last)
{
	buf_put_number(out, first);
	if (last == first)
		return;
	buf_put_char(out, ':');
	buf_put_number(out, last);
}

void imap_put_uids(struct buf *out, const uint32_t *uid, size_t n)
{
	for (size_t i = 0, next; i < n; i = next) {
		for (next = i + 1; next < n && uid[next] == uid[next - 1] + 1;)
			next++;
		if (i)
			buf_put_char(out, ',');
		put_range(out, uid[i], uid[next - 1]);
	}
}

void imap_put_seqset(struct buf *out, const struct seqset *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (i)
			buf_put_char(out, ',');
		put_range(out, s->v[i].first, s->v[i].last);
	}
}
