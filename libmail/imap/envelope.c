/* SPDX-License-Identifier: ISC */
/*
 * envelope - ENVELOPE.
 */
#include "imap/envelope.h"

#include "imap/put.h"
#include "message/address.h"

/* Without what quoted it: backslashes, and quotes; a tab, which folded it, is a blank. */
static char *unquote(char *to, struct span text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		else if (text.p[i] == '\\' && i + 1 < text.n)
			*to++ = text.p[++i];
		else
			*to++ = text.p[i] == '\t' ? ' ' : text.p[i];
	}
	return to;
}

/* Where a comment at the front of s ends. */
static size_t comment_length(struct span s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.n;
}

/* A quoted string at the front of s, with its quotes. */
static size_t quoted_length(struct span s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return s.n;
}

/* A phrase as people read it: quotes undone, comments left out, one blank between words. */
static struct span read_phrase(struct arena *a, struct span s)
{
	char *text = arena_alloc(a, s.n + 1), *to = text;
	bool gap = false;

	while (s.n > 0) {
		bool is_blank = s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '(';
		size_t n = s.p[0] == '(' ? comment_length(s) : s.p[0] == '"' ? quoted_length(s) : 1;

		if (!is_blank && gap)
			*to++ = ' ';
		gap = is_blank && (gap || to > text);
		if (!is_blank)
			to = unquote(to, span_of(s.p, n));
		s = span_from(s, n);
	}
	return span_of(text, (size_t)(to - text));
}

static struct span read_quoted(struct arena *a, struct span s)
{
	char *text = arena_alloc(a, s.n + 1);

	return span_of(text, (size_t)(unquote(text, s) - text));
}

/* NIL when it is empty. */
static void put_text(struct buf *out, struct span text)
{
	imap_put_nstring(out, text.n > 0 ? text : span_of(NULL, 0), false);
}

static void put_or(struct buf *out, struct span text, const char *missing)
{
	imap_put_string(out, text.n > 0 ? text : span_str(missing), false);
}

static void put_mailbox(struct buf *out, struct arena *a, const struct address *item)
{
	struct span name = read_phrase(a, item->display);

	buf_put_char(out, '(');
	put_text(out, name.n > 0 ? name : read_quoted(a, item->comment));
	buf_put_char(out, ' ');
	put_text(out, item->route);
	buf_put_char(out, ' ');
	put_or(out, read_quoted(a, item->local), "MISSING_MAILBOX");
	buf_put_char(out, ' ');
	put_or(out, item->domain, "MISSING_DOMAIN");
	buf_put_char(out, ')');
}

static void put_bad(struct buf *out, struct span text)
{
	buf_put_char(out, '(');
	put_text(out, text);
	buf_put_str(out, " NIL \"MISSING_MAILBOX\" \"MISSING_DOMAIN\")");
}

static void put_item(struct buf *out, struct arena *a, const struct address *item, enum address_kind kind)
{
	if (kind == ADDRESS_GROUP) {
		buf_put_str(out, "(NIL NIL ");
		imap_put_string(out, read_phrase(a, item->display), false);
		buf_put_str(out, " NIL)");
	} else if (kind == ADDRESS_GROUP_END) {
		buf_put_str(out, "(NIL NIL NIL NIL)");
	} else {
		put_mailbox(out, a, item);
	}
}

/* false: there is no address in it, and nothing was put. */
static bool put_list(struct buf *out, struct arena *a, const char *text)
{
	struct address_list list = { .rest = span_str(text) };
	enum address_kind kind;
	struct address item;
	bool any = false;
	int more;

	while ((more = address_list_next(&list, a, &item, &kind)) != 0) {
		if (!any)
			buf_put_char(out, '(');
		any = true;
		if (more > 0)
			put_item(out, a, &item, kind);
		else
			put_bad(out, item.text);
	}
	if (any)
		buf_put_char(out, ')');
	return any;
}

static void put_addresses(struct buf *out, struct arena *a, const char *text, const char *instead)
{
	buf_put_char(out, ' ');
	if (!put_list(out, a, text) && !put_list(out, a, instead))
		buf_put_str(out, "NIL");
}

void imap_envelope_put(struct buf *out, struct arena *a, const struct mime_envelope *e)
{
	buf_put_char(out, '(');
	imap_put_nstring(out, span_str(e->date), false);
	buf_put_char(out, ' ');
	imap_put_nstring(out, span_str(e->subject), false);
	put_addresses(out, a, e->from, NULL);
	put_addresses(out, a, e->sender, e->from);
	put_addresses(out, a, e->reply_to, e->from);
	put_addresses(out, a, e->to, NULL);
	put_addresses(out, a, e->cc, NULL);
	put_addresses(out, a, e->bcc, NULL);
	buf_put_char(out, ' ');
	imap_put_nstring(out, span_str(e->in_reply_to), false);
	buf_put_char(out, ' ');
	imap_put_nstring(out, span_str(e->message_id), false);
	buf_put_char(out, ')');
}
