/* SPDX-License-Identifier: ISC */
/*
 * heading - fields that go, stay, change and come.
 */
#include "list/heading.h"

#include "list/prefix.h"
#include "message/address.h"
#include "message/fold.h"
#include "message/header.h"
#include "message/words.h"

enum { NAME_MAX_OCTETS = 1000 };

/* What becomes of a field. */
enum fate {
	STAYS = 0,
	GOES = 1,	/* it is not the members' business */
	IS_TRACE = 2,	/* it goes, also in a message that is wrapped */
	IS_CONTENT = 4, /* Content-... */
	IS_SUBJECT = 8, /* ... gets a mark */
	IS_FROM = 16,
	IS_REPLY_TO = 32,
	IS_CC = 64,
	IS_SHARED = 128, /* stays in front of a message that is wrapped */
};

static const struct {
	char name[36];
	unsigned fate;
} fates[] = {
	{ "Return-Path", GOES | IS_TRACE },
	{ "Delivered-To", GOES | IS_TRACE },
	{ "X-Original-To", GOES | IS_TRACE },
	{ "Envelope-To", GOES | IS_TRACE },
	{ "Bcc", GOES | IS_TRACE },
	{ "Resent-Bcc", GOES | IS_TRACE },
	{ "Content-Length", GOES | IS_TRACE },
	/* Each member's program would answer. */
	{ "Disposition-Notification-To", GOES },
	{ "Disposition-Notification-Options", GOES },
	{ "Return-Receipt-To", GOES },
	{ "X-Confirm-Reading-To", GOES },
	{ "X-PMRQC", GOES },
	{ "Errors-To", GOES },
	/* Passwords of other list managers. */
	{ "Approved", GOES },
	{ "Approve", GOES },
	{ "X-Approved", GOES },
	{ "X-Approve", GOES },
	/* What this list says for itself. */
	{ "Archived-At", GOES },
	{ "Precedence", GOES },
	{ "Sender", GOES },
	{ "Subject", IS_SUBJECT | IS_SHARED },
	{ "From", IS_FROM | IS_SHARED },
	{ "Reply-To", IS_REPLY_TO | IS_SHARED },
	{ "Cc", IS_CC | IS_SHARED },
	{ "To", IS_SHARED },
	{ "Date", IS_SHARED },
	{ "Message-ID", IS_SHARED },
	{ "In-Reply-To", IS_SHARED },
	{ "References", IS_SHARED },
	{ "Received", IS_SHARED },
	{ "X-BeenThere", IS_SHARED },
};

static unsigned fate_of(struct span name)
{
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		if (span_is_nocase(name, span_str(fates[i].name)))
			return fates[i].fate;
	if (span_starts_nocase(name, SPAN("List-")))
		return GOES;
	if (span_starts_nocase(name, SPAN("Content-")) || span_is_nocase(name, SPAN("MIME-Version")))
		return IS_CONTENT;
	return STAYS;
}

/* The next field; lines that are none are passed over. */
static bool next_field(struct span *rest, struct header_field *field)
{
	int rc;

	while ((rc = header_next(rest, field)) < 0)
		span_cut(rest, '\n');
	return rc > 0;
}

/* ---- what is known of the whole header ---- */

struct work {
	struct arena *arena;
	struct buf *out;
	const struct heading *h;
	const struct list_settings *settings;
	struct span header;
	struct header_field from, reply_to; /* the first of each; name empty: none */
	struct address author;
	bool has_author;
	bool has_subject, has_cc, put_reply_to, put_from;
};

static void look(struct work *w)
{
	struct header_field field;
	struct span rest;

	if (header_find(w->header, SPAN("From"), &w->from)) {
		rest = w->from.body;
		w->has_author = address_next(&rest, w->arena, &w->author) > 0 && w->author.mailbox[0];
	}
	header_find(w->header, SPAN("Reply-To"), &w->reply_to);
	w->has_subject = header_find(w->header, SPAN("Subject"), &field);
	w->has_cc = header_find(w->header, SPAN("Cc"), &field);
}

static bool is_word(const char *value, const char *word)
{
	return strcmp(value, word) == 0;
}

/* Do answers go somewhere where the author is not, without anybody having asked for that? */
static bool is_author_hidden(const struct work *w)
{
	return w->h->munge && w->has_author && !is_word(w->settings->reply_to, "unchanged") &&
	       !is_word(w->settings->reply_to, "poster");
}

static bool names_author(struct work *w, struct span body)
{
	struct address each;
	int rc;

	while ((rc = address_next(&body, w->arena, &each)) != 0)
		if (rc > 0 && span_is_nocase(span_str(each.mailbox), span_str(w->author.mailbox)))
			return true;
	return false;
}

static bool is_addressed(struct work *w)
{
	struct span rest = w->header;
	struct header_field field;

	while (next_field(&rest, &field))
		if ((span_is_nocase(field.name, SPAN("To")) || span_is_nocase(field.name, SPAN("Cc"))) &&
		    names_author(w, field.body))
			return true;
	return false;
}

/* ---- fields that change ---- */

/* A body as it stands in one field, in another one. */
static void put_body(struct work *w, const char *name, struct span body)
{
	struct header_field field = { .name = span_str(name) };
	struct buf text;

	buf_init(&text, HEADING_MAX);
	buf_printf(&text, "%s:%s", name, body.n && (body.p[0] == ' ' || body.p[0] == '\t') ? "" : " ");
	buf_put_span(&text, body);
	buf_put_char(&text, '\n');
	field.whole = buf_span(&text);
	field.body = span_of(text.p + strlen(name) + 1, text.n - strlen(name) - 2);
	fold_put_field(w->arena, w->out, &field);
	buf_clear(&text);
}

/* "Al Green via friends <friends@example.org>" */
static void put_munged_from(struct work *w)
{
	const struct list *l = w->h->list;
	struct buf name;

	buf_init(&name, 4 * NAME_MAX_OCTETS);
	if (w->has_author && w->author.display.n && w->author.display.n < NAME_MAX_OCTETS)
		buf_put_str(&name, address_display(w->arena, w->author.display));
	else if (w->has_author)
		buf_put_span(&name, w->author.local);
	else
		buf_put_str(&name, "somebody");
	buf_printf(&name, " via %.*s", SPAN_ARG(l->local));
	buf_put_str(w->out, "From: ");
	address_put(w->out, buf_str(&name), list_address(l, w->arena, NULL));
	buf_put_char(w->out, '\n');
	if (w->from.name.n)
		put_body(w, "Author", w->from.body);
	buf_clear(&name);
}

static void put_from(struct work *w, const struct header_field *field)
{
	if (!w->h->munge) {
		fold_put_field(w->arena, w->out, field);
		return;
	}
	if (!w->put_from)
		put_munged_from(w);
	w->put_from = true;
}

/* What the author asked for counts for him; else it is he. */
static void put_poster(struct work *w)
{
	if (w->reply_to.name.n)
		fold_put_field(w->arena, w->out, &w->reply_to);
	else if (w->from.name.n)
		put_body(w, "Reply-To", w->from.body);
}

static void put_reply_to(struct work *w)
{
	const char *to = w->settings->reply_to;

	if (w->put_reply_to)
		return;
	w->put_reply_to = true;
	if (is_word(to, "poster") || (is_word(to, "unchanged") && w->h->munge))
		put_poster(w);
	else if (is_word(to, "list"))
		buf_printf(w->out, "Reply-To: %s\n", list_address(w->h->list, w->arena, NULL));
	else if (!is_word(to, "unchanged"))
		buf_printf(w->out, "Reply-To: %s\n", to);
	else if (w->reply_to.name.n)
		fold_put_field(w->arena, w->out, &w->reply_to);
}

static void put_cc(struct work *w, const struct header_field *field)
{
	struct buf body;

	if (!is_author_hidden(w) || is_addressed(w)) {
		fold_put_field(w->arena, w->out, field);
		return;
	}
	buf_init(&body, HEADING_MAX);
	buf_put_span(&body, field->body);
	buf_put_str(&body, ",\n ");
	buf_put_span(&body, span_trim(w->from.body));
	put_body(w, "Cc", buf_span(&body));
	buf_clear(&body);
}

static void put_subject(struct work *w, const struct header_field *field)
{
	if (!prefix_put(w->arena, w->out, field->body, w->settings->subject_prefix, w->h->number))
		fold_put_field(w->arena, w->out, field);
}

static void put_field(struct work *w, const struct header_field *field)
{
	unsigned fate = fate_of(field->name);

	if (fate & (GOES | IS_TRACE) || span_list_has(span_str(w->settings->remove_headers), field->name))
		return;
	if (w->h->message_id && span_is_nocase(field->name, SPAN("Message-ID")))
		return;
	if ((fate & IS_CONTENT && w->h->type) || (w->h->wrap && !(fate & IS_SHARED)))
		return;
	if (fate & IS_SUBJECT)
		put_subject(w, field);
	else if (fate & IS_FROM)
		put_from(w, field);
	else if (fate & IS_REPLY_TO)
		put_reply_to(w);
	else if (fate & IS_CC)
		put_cc(w, field);
	else
		fold_put_field(w->arena, w->out, field);
}

/* What was not there to be changed. */
static void put_missing(struct work *w)
{
	if (w->h->munge && !w->put_from)
		put_from(w, NULL);
	put_reply_to(w);
	if (w->h->message_id)
		buf_printf(w->out, "Message-ID: %s\n", w->h->message_id);
	if (!w->has_subject)
		prefix_put(w->arena, w->out, SPAN(""), w->settings->subject_prefix, w->h->number);
	if (!w->has_cc && is_author_hidden(w) && !is_addressed(w))
		put_body(w, "Cc", w->from.body);
}

/* ---- fields that come ---- */

static void put_list_id(struct work *w)
{
	const struct list *l = w->h->list;

	buf_put_str(w->out, "List-Id: ");
	if (w->settings->description[0]) {
		words_put_phrase(w->out, span_str(w->settings->description));
		buf_put_str(w->out, "\n ");
	}
	buf_printf(w->out, "<%s>\n", list_id(l, w->arena));
}

static void put_mailto(struct work *w, const char *field, const char *word)
{
	buf_printf(w->out, "%s: <mailto:%s>\n", field, list_address(w->h->list, w->arena, word));
}

/*
 * RFC 8058: POST to an address that says who it is, and nothing else. Whoever takes "List-Unsubscribe-Post" for granted
 * must find that; so it is only there with the place for it.
 */
static void put_unsubscribe(struct work *w, size_t start, struct heading_result *result)
{
	const struct heading *h = w->h;
	bool has_page = h->http_url[0] && w->settings->list_http;

	buf_put_str(w->out, "List-Unsubscribe: ");
	if (has_page && h->oneclick) {
		buf_printf(w->out, "<%s/%s/oneclick-", h->http_url, h->list->name);
		result->patch_at = w->out->n - start;
		result->patch_size = HEADING_ONECLICK;
		buf_printf(w->out, "%0*d>,\n ", HEADING_ONECLICK, 0);
	} else if (has_page) {
		buf_printf(w->out, "<%s/%s/unsubscribe>,\n ", h->http_url, h->list->name);
	}
	buf_printf(w->out, "<mailto:%s>\n", list_address(h->list, w->arena, "unsubscribe"));
	if (has_page && h->oneclick)
		buf_put_str(w->out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n");
}

static void put_list_fields(struct work *w, size_t start, struct heading_result *result)
{
	put_mailto(w, "List-Help", "help");
	put_mailto(w, "List-Subscribe", "subscribe");
	put_unsubscribe(w, start, result);
	if (is_word(w->settings->posting, "moderators"))
		buf_put_str(w->out, "List-Post: NO\n");
	else
		put_mailto(w, "List-Post", NULL);
	put_mailto(w, "List-Owner", "owner");
	if (w->settings->archive_url[0])
		buf_printf(w->out, "List-Archive: <%s>\n", w->settings->archive_url);
	if (w->h->archived_at)
		buf_printf(w->out, "Archived-At: <%s>\n", w->h->archived_at);
}

/* "Name: value|Name: value" */
static void put_own_fields(struct work *w)
{
	struct span rest = span_str(w->settings->add_headers);

	while (rest.n) {
		struct span value = span_cut(&rest, '|'), name = span_trim(span_cut(&value, ':'));

		value = span_trim(value);
		if (header_is_name(name) && !span_has_control(value))
			put_body(w, arena_span(w->arena, name), value);
	}
}

void heading_put(struct arena *a, struct buf *out, const struct heading *h, struct span header,
		 struct heading_result *result)
{
	struct work w = { .arena = a, .out = out, .h = h, .settings = &h->list->settings, .header = header };
	struct header_field field;
	size_t start = out->n;

	*result = (struct heading_result){ .patch_size = 0 };
	look(&w);
	while (next_field(&header, &field))
		put_field(&w, &field);
	put_missing(&w);
	if (!h->munge)
		buf_printf(out, "Sender: %s\n", list_address(h->list, a, "bounces"));
	put_list_id(&w);
	if (w.settings->list_headers)
		put_list_fields(&w, start, result);
	buf_put_str(out, "Precedence: list\n");
	buf_printf(out, "X-BeenThere: %s\n", list_address(h->list, a, NULL));
	put_own_fields(&w);
	if (h->type) {
		buf_put_str(out, "MIME-Version: 1.0\n");
		buf_put_str(out, h->type);
	}
	buf_put_char(out, '\n');
}

/* ---- parts of it ---- */

struct span heading_content(struct arena *a, struct span header)
{
	struct header_field field;
	struct buf out;
	struct span got;

	buf_init(&out, HEADING_MAX);
	while (next_field(&header, &field))
		if (fate_of(field.name) & IS_CONTENT && span_starts_nocase(field.name, SPAN("Content-")))
			fold_put_field(a, &out, &field);
	got = span_of(arena_span(a, buf_span(&out)), out.n);
	buf_clear(&out);
	return got;
}

void heading_put_inner(struct buf *out, struct span header)
{
	struct header_field field;

	while (next_field(&header, &field))
		if (!(fate_of(field.name) & IS_TRACE))
			buf_put_span(out, field.whole);
	buf_put_char(out, '\n');
}
