/* SPDX-License-Identifier: ISC */
/*
 * fields - what SEARCH, SORT and THREAD want to know of a header.
 */
#include "imap/fields.h"

#include "message/address.h"
#include "message/date.h"
#include "message/header.h"
#include "message/subject.h"
#include "message/words.h"

enum { DAY = 86400 };

static const struct span names[FIELDS] = {
	[FIELD_DATE] = SPAN_INIT("Date"),
	[FIELD_SUBJECT] = SPAN_INIT("Subject"),
	[FIELD_FROM] = SPAN_INIT("From"),
	[FIELD_TO] = SPAN_INIT("To"),
	[FIELD_CC] = SPAN_INIT("Cc"),
	[FIELD_BCC] = SPAN_INIT("Bcc"),
	[FIELD_MESSAGE_ID] = SPAN_INIT("Message-ID"),
	[FIELD_IN_REPLY_TO] = SPAN_INIT("In-Reply-To"),
	[FIELD_REFERENCES] = SPAN_INIT("References"),
};

enum field fields_named(struct span name)
{
	enum field i = 0;

	while (i < FIELDS && (name.n != names[i].n || !span_is_nocase(name, names[i])))
		i++;
	return i;
}

void fields_find(struct span header, struct fields *out)
{
	struct header_field field;
	enum field name;
	int more;

	*out = (struct fields){ 0 };
	while ((more = header_next(&header, &field)) != 0)
		if (more < 0)
			span_cut(&header, '\n');
		else if ((name = fields_named(field.name)) != FIELDS && !out->body[name].p)
			out->body[name] = field.body;
}

/* Is there nothing to unfold or to decode? */
static bool is_plain(struct span body)
{
	for (size_t i = 0; i < body.n; i++)
		if ((unsigned char)body.p[i] < ' ' || (unsigned char)body.p[i] > '~' ||
		    (body.p[i] == '=' && i + 1 < body.n && body.p[i + 1] == '?'))
			return false;
	return true;
}

void fields_put_text(struct buf *out, struct arena *a, struct span body)
{
	if (is_plain(body))
		buf_put_span(out, span_trim(body));
	else
		words_decode(out, span_str(header_unfold(a, body)));
}

static struct span cut(struct span body)
{
	return span_of(body.p, body.n < FIELDS_BODY_MAX ? body.n : FIELDS_BODY_MAX);
}

void fields_put_base_subject(struct buf *out, struct arena *a, struct span body, bool *is_reply)
{
	struct buf text;

	buf_init(&text, FIELDS_TEXT_MAX);
	fields_put_text(&text, a, cut(body));
	casemap_put(out, subject_base(a, buf_span(&text), is_reply));
	buf_clear(&text);
}

static int64_t floor_day(int64_t seconds)
{
	return seconds >= 0 ? seconds / DAY : -((DAY - 1 - seconds) / DAY);
}

bool fields_date(const struct fields *f, int64_t *when, int64_t *day)
{
	struct date date;

	if (!f->body[FIELD_DATE].p || date_parse(f->body[FIELD_DATE], &date) < 0)
		return false;
	*when = date.when;
	*day = floor_day(date.when + date.zone * INT64_C(60));
	return true;
}

/* Without the quotes around it, and the backslashes in it. */
static struct span unquote(struct arena *a, struct span s)
{
	char *to;
	size_t n = 0;

	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return s;
	to = arena_alloc(a, s.n);
	for (size_t i = 1; i + 1 < s.n; i++) {
		i += s.p[i] == '\\' && i + 2 < s.n;
		to[n++] = s.p[i];
	}
	return span_of(to, n);
}

void fields_put_address(struct buf *out, struct arena *a, struct span body, bool display)
{
	struct address address;
	int more;

	body = cut(body);
	while ((more = address_next(&body, a, &address)) < 0)
		;
	if (more == 0)
		return;
	if (!display)
		buf_put_span(out, unquote(a, address.local));
	else if (span_trim(address.display).n > 0)
		address_put_display(out, a, &address);
	else
		buf_put_str(out, address.mailbox);
}
