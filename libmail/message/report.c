/* SPDX-License-Identifier: ISC */
/*
 * report - delivery status notifications, RFC 3464, 6522, 6533.
 *
 * What others said is put word by word: a word that cannot stand in a line is
 * cut into pieces, each on a line of its own, and no line begins but by our hand.
 */
#include "message/report.h"

#include <string.h>

#include "base/printable.h"
#include "message/date.h"
#include "message/header.h"

enum {
	WORD_LONG = 900,   /* fits on a line behind the name of a field */
	ESCAPE_GROWTH = 4, /* of printable.h: an octet becomes \ooo, a character of two or three \u{200b} */
};

static const struct action {
	const char *action; /* RFC 3464 2.3.3 */
	const char *subject;
	const char *sentence; /* for people, before the list of recipients */
} actions[] = {
	[REPORT_FAILED] = { "failed", "Undelivered Mail Returned to Sender",
			    "Your message could not be delivered to the recipients below. It is returned\n"
			    "to you, and will not be tried again.\n" },
	[REPORT_DELAYED] = { "delayed", "Delayed Mail (still being retried)",
			     "Your message could not be delivered to the recipients below yet. You need not\n"
			     "send it again: it will be tried until it is delivered or too old.\n" },
	[REPORT_DELIVERED] = { "delivered", "Successful Mail Delivery Report",
			       "Your message was delivered to the recipients below.\n" },
	[REPORT_RELAYED] = { "relayed", "Mail Relay Report",
			     "Your message was handed to a system that will not report its delivery, for\n"
			     "the recipients below.\n" },
	[REPORT_EXPANDED] = { "expanded", "Mail Expansion Report",
			      "Your message was handed to the members of the lists or aliases below. There\n"
			      "will be no report about each of them.\n" },
};

/* Octets in s, at most n, that end between two characters. */
static size_t whole_characters(struct span s, size_t n)
{
	if (n >= s.n)
		return s.n;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Escape s, without utf8 all that is not ASCII too. */
static void escape(const struct report *r, struct buf *out, struct span s)
{
	if (r->utf8) {
		printable_put(out, s);
		return;
	}
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x80)
			printable_put(out, span_of(s.p + i, 1));
		else
			buf_printf(out, "\\%03o", (unsigned)(unsigned char)s.p[i]);
}

/* The octets of the last line of *out. */
static size_t column(const struct buf *out)
{
	const char *lf = out->n ? memrchr(out->p, '\n', out->n) : NULL;

	return lf ? (size_t)(out->p + out->n - lf - 1) : out->n;
}

/* One that is too long for a line becomes several. */
static void put_word(struct buf *out, struct span word)
{
	while (word.n > WORD_LONG) {
		size_t n = whole_characters(word, WORD_LONG);

		buf_put(out, word.p, n ? n : WORD_LONG);
		buf_put_str(out, "\n\t");
		word = span_from(word, n ? n : WORD_LONG);
	}
	buf_put_span(out, word);
}

/* A string of others: escaped, shortened, folded with a tab. */
static void put_text(const struct report *r, struct buf *out, const char *z)
{
	struct span whole = span_str(z), s = span_of(whole.p, whole_characters(whole, REPORT_TEXT_MAX)), word;
	struct buf text;

	buf_init(&text, REPORT_TEXT_MAX * ESCAPE_GROWTH + HEADER_LINE_MAX);
	escape(r, &text, s);
	if (s.n < whole.n)
		buf_printf(&text, " [%zu more octets]", whole.n - s.n);
	s = buf_span(&text);
	word = span_word(&s);
	while (word.n) {
		put_word(out, word);
		word = span_word(&s);
		if (word.n)
			buf_put_str(out, column(out) + 1 + word.n > HEADER_LINE_WANTED ? "\n\t" : " ");
	}
	buf_clear(&text);
}

static void put_field(const struct report *r, struct buf *out, const char *name, const char *type, const char *value)
{
	if (!value)
		return;
	buf_printf(out, "%s: %s", name, type);
	put_text(r, out, value);
	buf_put_char(out, '\n');
}

static void put_date(struct buf *out, const char *name, int64_t when)
{
	if (when == 0)
		return;
	buf_printf(out, "%s: ", name);
	date_put(out, when);
	buf_put_char(out, '\n');
}

/* The worst of what happened names the report. */
static const struct action *action_of(const struct report *r)
{
	enum report_action worst = r->n ? r->recipients[0].action : REPORT_FAILED;

	for (size_t i = 1; i < r->n; i++)
		if (r->recipients[i].action < worst)
			worst = r->recipients[i].action;
	return &actions[worst];
}

static void put_header(struct buf *out, const struct report *r)
{
	buf_put_str(out, "From: Mail Delivery System <");
	put_text(r, out, r->from);
	buf_put_str(out, ">\nTo: <");
	put_text(r, out, r->to);
	buf_put_str(out, ">\n");
	put_date(out, "Date", r->now ? r->now : 1);
	put_field(r, out, "Message-ID", "", r->message_id);
	buf_printf(out, "Subject: %s\n", action_of(r)->subject);
	buf_put_str(out, "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n");
	buf_printf(out, "Content-Type: multipart/report; report-type=%sdelivery-status;\n\tboundary=\"%s\"\n",
		   r->utf8 ? "global-" : "", r->boundary);
	if (r->utf8 || r->has_8bit)
		buf_put_str(out, "Content-Transfer-Encoding: 8bit\n");
	buf_put_char(out, '\n');
}

static void put_part(struct buf *out, const struct report *r, const char *description, const char *type, bool eight)
{
	buf_printf(out, "--%s\nContent-Description: %s\nContent-Type: %s\n", r->boundary, description, type);
	if (eight)
		buf_put_str(out, "Content-Transfer-Encoding: 8bit\n");
	buf_put_char(out, '\n');
}

/* "2 hours", "5 days" */
static void put_span_of_time(struct buf *out, int64_t seconds)
{
	static const struct {
		int64_t from, unit;
		const char *name;
	} units[] = {
		{ 48 * 3600, 86400, "days" }, { 2 * 3600, 3600, "hours" }, { 120, 60, "minutes" }, { 0, 1, "seconds" }
	};
	size_t i = 0;

	while (seconds < units[i].from)
		i++;
	buf_printf(out, "%jd %s", (intmax_t)(seconds / units[i].unit), units[i].name);
}

static void put_tried(struct buf *out, const struct report *r, enum report_action action)
{
	if (r->tried <= 0 || action > REPORT_DELAYED)
		return;
	buf_put_str(out, action == REPORT_FAILED ? "It was tried for " : "It has been tried for ");
	put_span_of_time(out, r->tried);
	buf_put_str(out, ".\n");
}

static void put_reasons(struct buf *out, const struct report *r, const struct report_recipient *to)
{
	if (to->advice) {
		put_text(r, out, to->advice);
		buf_put_str(out, "\n\t");
	}
	if (to->remote) {
		put_text(r, out, to->remote);
		buf_put_str(out, " said:\n\t");
	}
	put_text(r, out, to->text);
	buf_put_char(out, '\n');
	if (to->action != REPORT_DELAYED || to->will_retry_until == 0)
		return;
	buf_put_str(out, "\tIt will be tried until ");
	date_put(out, to->will_retry_until);
	buf_put_str(out, ".\n");
}

/* All recipients with one action, behind the sentence that tells what happened to them. */
static void put_sentences(struct buf *out, const struct report *r, enum report_action action)
{
	bool any = false;

	for (size_t i = 0; i < r->n; i++) {
		const struct report_recipient *to = &r->recipients[i];

		if (to->action != action)
			continue;
		if (!any) {
			buf_printf(out, "\n%s", actions[action].sentence);
			put_tried(out, r, action);
		}
		any = true;
		buf_put_str(out, "\n<");
		put_text(r, out, to->final);
		buf_put_str(out, ">:\n\t");
		put_reasons(out, r, to);
	}
}

static void put_human(struct buf *out, const struct report *r)
{
	const char *type = r->utf8 ? "text/plain; charset=utf-8" : "text/plain; charset=us-ascii";

	put_part(out, r, "Notification", type, r->utf8);
	buf_put_str(out, "This is the mail system at ");
	put_text(r, out, r->reporting_mta);
	buf_put_str(out, ".\n");
	for (int action = REPORT_FAILED; action <= REPORT_EXPANDED; action++)
		put_sentences(out, r, (enum report_action)action);
	buf_put_char(out, '\n');
}

/* "mx.example.org[192.0.2.1]" has its name and address; the field takes a name. */
static void put_remote(struct buf *out, const struct report *r, const char *remote)
{
	struct span all = span_str(remote), name = span_cut(&all, '[');
	struct buf z;

	if (!remote)
		return;
	buf_init(&z, REPORT_TEXT_MAX + 1);
	buf_put_span(&z, name.n ? name : span_str(remote));
	put_field(r, out, "Remote-MTA", "dns; ", z.overflow ? remote : buf_str(&z));
	buf_clear(&z);
}

/* RFC 3464 2.3, RFC 6533 3. */
static void put_recipient(struct buf *out, const struct report *r, const struct report_recipient *to)
{
	bool wide = r->utf8 && span_has_8bit(span_str(to->final));

	buf_put_char(out, '\n');
	put_field(r, out, "Original-Recipient", "", to->original);
	put_field(r, out, "Final-Recipient", wide ? "utf-8; " : "rfc822; ", to->final);
	put_field(r, out, "Action", "", actions[to->action].action);
	put_field(r, out, "Status", "", to->status);
	put_remote(out, r, to->remote);
	put_field(r, out, "Diagnostic-Code", to->remote ? "smtp; " : "X-Letterbox; ", to->text);
	put_date(out, "Last-Attempt-Date", to->last_attempt);
	if (to->action == REPORT_DELAYED)
		put_date(out, "Will-Retry-Until", to->will_retry_until);
}

static void put_machine(struct buf *out, const struct report *r)
{
	put_part(out, r, "Delivery report", r->utf8 ? "message/global-delivery-status" : "message/delivery-status",
		 r->utf8);
	put_field(r, out, "Original-Envelope-Id", "", r->envid);
	put_field(r, out, "Reporting-MTA", "dns; ", r->reporting_mta);
	put_field(r, out, "X-Letterbox-Queue-ID", "", r->queue_id);
	put_date(out, "Arrival-Date", r->arrived);
	put_date(out, "Deliver-By-Date", r->deliver_by);
	for (size_t i = 0; i < r->n; i++)
		put_recipient(out, r, &r->recipients[i]);
	buf_put_char(out, '\n');
}

void report_put_head(struct buf *out, const struct report *r, bool headers_only)
{
	static const char *const types[2][2] = {
		{ "message/rfc822", "text/rfc822-headers" },
		{ "message/global", "message/global-headers" },
	};

	put_header(out, r);
	put_human(out, r);
	put_machine(out, r);
	put_part(out, r, headers_only ? "Header of the message" : "The message", types[r->utf8][headers_only],
		 r->utf8 || r->has_8bit);
}

void report_put_tail(struct buf *out, const struct report *r)
{
	buf_printf(out, "\n--%s--\n", r->boundary);
}
