/* SPDX-License-Identifier: ISC */
/*
 * repair - the new header of a message that was submitted on this machine.
 *
 * What happens to a field is a row of a table. All others pass as they are.
 */
#include "message/repair.h"

#include <string.h>

#include "base/map.h"
#include "message/address.h"
#include "message/date.h"
#include "message/fold.h"
#include "message/header.h"
#include "message/idna.h"
#include "message/msgid.h"
#include "message/rewrite.h"

enum {
	DESTINATION = 2, /* whom the message goes to, for -t */
	HIDDEN = 4,	 /* and nobody else may see it */
	DROP = 8,	 /* of no use in a message that is sent */
	RESENT = 16,	 /* RFC 5322 3.6.6 */
	NOT_EMPTY = 32,	 /* without content it is as good as missing */
};

enum field {
	RETURN_PATH,
	CONTENT_LENGTH,
	DATE,
	FROM,
	SENDER,
	REPLY_TO,
	TO,
	CC,
	BCC,
	MESSAGE_ID,
	RESENT_DATE,
	RESENT_FROM,
	RESENT_SENDER,
	RESENT_REPLY_TO,
	RESENT_TO,
	RESENT_CC,
	RESENT_BCC,
	RESENT_MESSAGE_ID,
	ERRORS_TO,
	APPARENTLY_TO,
	RECEIPT_TO,
	NOTIFICATION_TO,
	MAIL_FOLLOWUP_TO,
	MAIL_REPLY_TO,
	MIME_VERSION,
	CONTENT_TYPE,
	CONTENT_ENCODING,
	OTHER,
};

static const struct rule {
	char name[32];
	unsigned flags;
} rules_of[OTHER] = {
	[RETURN_PATH] = { "Return-Path", DROP },
	[CONTENT_LENGTH] = { "Content-Length", DROP },
	[DATE] = { "Date", NOT_EMPTY },
	[FROM] = { "From", NOT_EMPTY },
	[SENDER] = { "Sender", NOT_EMPTY },
	[REPLY_TO] = { "Reply-To", NOT_EMPTY },
	[TO] = { "To", DESTINATION | NOT_EMPTY },
	[CC] = { "Cc", DESTINATION | NOT_EMPTY },
	[BCC] = { "Bcc", DESTINATION | HIDDEN },
	[MESSAGE_ID] = { "Message-ID", NOT_EMPTY },
	[RESENT_DATE] = { "Resent-Date", RESENT | NOT_EMPTY },
	[RESENT_FROM] = { "Resent-From", RESENT | NOT_EMPTY },
	[RESENT_SENDER] = { "Resent-Sender", RESENT | NOT_EMPTY },
	[RESENT_REPLY_TO] = { "Resent-Reply-To", RESENT | NOT_EMPTY },
	[RESENT_TO] = { "Resent-To", RESENT | DESTINATION | NOT_EMPTY },
	[RESENT_CC] = { "Resent-Cc", RESENT | DESTINATION | NOT_EMPTY },
	[RESENT_BCC] = { "Resent-Bcc", RESENT | DESTINATION | HIDDEN },
	[RESENT_MESSAGE_ID] = { "Resent-Message-ID", RESENT | NOT_EMPTY },
	[ERRORS_TO] = { "Errors-To", NOT_EMPTY },
	[APPARENTLY_TO] = { "Apparently-To", DESTINATION | NOT_EMPTY },
	[RECEIPT_TO] = { "Return-Receipt-To", NOT_EMPTY },
	[NOTIFICATION_TO] = { "Disposition-Notification-To", NOT_EMPTY },
	[MAIL_FOLLOWUP_TO] = { "Mail-Followup-To", NOT_EMPTY },
	[MAIL_REPLY_TO] = { "Mail-Reply-To", NOT_EMPTY },
	[MIME_VERSION] = { "MIME-Version", 0 },
	[CONTENT_TYPE] = { "Content-Type", 0 },
	[CONTENT_ENCODING] = { "Content-Transfer-Encoding", 0 },
};

struct work {
	struct arena *arena;
	const struct repair_scan *scan;
	const struct repair_rules *rules;
	struct buf *out;
	struct repair_result *result;
	struct buf field;  /* one, as it is put together */
	struct map known;  /* recipients */
	bool has[OTHER];   /* with content; of Resent- fields those of the newest block */
	const char *block; /* where the newest block of Resent- fields starts... */
	const char *block_end;
	bool to_qp;	    /* the body as a whole becomes quoted-printable */
	struct fault fault; /* of rules->map */
};

static void list_add(struct arena *a, struct repair_list *list, const char *value)
{
	if (list->n == list->room) {
		const char **old = list->v;

		list->room = list->room ? list->room * 2 : 8;
		list->v = arena_alloc(a, list->room * sizeof(*list->v));
		if (old)
			memcpy(list->v, old, list->n * sizeof(*old));
	}
	list->v[list->n++] = value;
}

static void note(struct work *w, const char *text)
{
	list_add(w->arena, &w->result->changes, text);
}

static void note_field(struct work *w, const char *what, struct span name)
{
	note(w, arena_printf(w->arena, "%s %.*s", what, SPAN_ARG(name)));
}

static enum field field_of(struct span name)
{
	size_t i = 0;

	while (i < OTHER && !span_is_nocase(name, span_str(rules_of[i].name)))
		i++;
	return (enum field)i;
}

static unsigned flags_of(enum field field)
{
	return field < OTHER ? rules_of[field].flags : 0;
}

static bool is_empty(const struct header_field *field)
{
	return span_trim(field->body).n == 0;
}

/*
 * Blocks of Resent- fields stand one upon the other, the newest first. A new one begins where something else
 * is between, or where a field comes again that a block has once; destinations may come more often,
 * as it is worse to leave one out.
 */
static void survey_resent(struct work *w, const struct header_field *at, enum field field)
{
	if (!w->block)
		w->block = w->block_end = at->whole.p;
	if (at->whole.p != w->block_end || (w->has[field] && !(flags_of(field) & DESTINATION)))
		return;
	w->block_end = at->whole.p + at->whole.n;
	w->has[field] = !is_empty(at);
}

static void survey(struct work *w)
{
	struct span rest = buf_span(&w->scan->header);
	struct header_field at;

	while (header_next(&rest, &at) == 1) {
		enum field field = field_of(at.name);

		if (flags_of(field) & RESENT)
			survey_resent(w, &at, field);
		else if (field < OTHER && !((flags_of(field) & NOT_EMPTY) && is_empty(&at)))
			w->has[field] = true;
	}
	w->result->resent = w->block != NULL;
}

/* Does the field say to whom the message goes this time? */
static bool names_recipients(const struct work *w, const struct header_field *at, unsigned flags)
{
	if (!w->rules->recipients || !(flags & DESTINATION))
		return false;
	if (!w->result->resent)
		return !(flags & RESENT);
	return (flags & RESENT) && at->whole.p < w->block_end;
}

static void add_recipient(struct work *w, const char *mailbox, struct span text)
{
	struct span key = span_str(mailbox);

	if (!address_is_valid(key, false, true)) {
		list_add(w->arena, &w->result->bad, header_unfold(w->arena, text));
		return;
	}
	if (map_find(&w->known, key))
		return;
	map_set(&w->known, key, w);
	list_add(w->arena, &w->result->recipients, mailbox);
}

/* What was changed in a field's addresses. */
struct changes {
	size_t qualified, mapped, in_ascii;
};

/* What the rules make of an address that has its domain. */
static const char *map_address(struct work *w, const char *mailbox, enum rewrite_side side)
{
	const char *mapped = mailbox;

	if (!w->rules->map || w->fault.kind != FAULT_NONE || !address_is_valid(span_str(mailbox), false, true) ||
	    w->rules->map(w->rules->ctx, w->arena, mailbox, side, &mapped, &w->fault) < 0)
		return mailbox;
	return mapped;
}

/* What is for a domain in UTF-8 goes everywhere by its A-labels; a local part has no such form. */
static const char *in_ascii(struct work *w, const char *mailbox, struct changes *n)
{
	struct span local, domain;
	const char *ascii;

	address_split(span_str(mailbox), &local, &domain);
	if (!span_has_8bit(domain) || span_has_8bit(local))
		return mailbox;
	ascii = idna_to_ascii(w->arena, domain);
	if (!ascii)
		return mailbox;
	n->in_ascii++;
	return arena_printf(w->arena, "%.*s@%s", SPAN_ARG(local), ascii);
}

/* Read a field's addresses into w->field, qualified and mapped. */
static struct changes read_addresses(struct work *w, const struct header_field *at, enum rewrite_side side,
				     bool recipients)
{
	struct changes n = { 0, 0, 0 };
	struct rewrite rewrite;
	struct address address;
	int more;

	buf_reset(&w->field);
	rewrite_begin(&rewrite, at, &w->field);
	while ((more = rewrite_next(&rewrite, w->arena, &address)) != 0) {
		const char *mailbox = more > 0 ? address.mailbox : "", *mapped;

		if (mailbox[0] && address.domain.n == 0) {
			mailbox = arena_printf(w->arena, "%s@%s", mailbox, w->rules->origin);
			n.qualified++;
		}
		mapped = map_address(w, mailbox, side);
		n.mapped += mapped != mailbox && strcmp(mapped, mailbox) != 0;
		mapped = in_ascii(w, mapped, &n);
		if (more > 0 && strcmp(mapped, address.mailbox) != 0)
			rewrite_put(&rewrite, &address, mapped);
		if (recipients)
			add_recipient(w, mailbox, address.text);
	}
	rewrite_end(&rewrite);
	return n;
}

static void put_field(struct work *w, const struct header_field *at)
{
	size_t before = w->out->n;

	fold_put_field(w->arena, w->out, at);
	if (w->out->n - before != at->whole.n)
		note_field(w, "folded", at->name);
}

static void put_addresses(struct work *w, const struct header_field *at, struct changes n)
{
	struct span rest = buf_span(&w->field);
	struct header_field changed;

	if (n.qualified + n.mapped + n.in_ascii == 0 || header_next(&rest, &changed) != 1) {
		put_field(w, at);
		return;
	}
	if (n.qualified)
		note(w, arena_printf(w->arena, "added @%s to %zu address%s in %.*s", w->rules->origin, n.qualified,
				     n.qualified == 1 ? "" : "es", SPAN_ARG(at->name)));
	if (n.mapped)
		note(w, arena_printf(w->arena, "rewrote %zu address%s in %.*s", n.mapped, n.mapped == 1 ? "" : "es",
				     SPAN_ARG(at->name)));
	if (n.in_ascii)
		note(w, arena_printf(w->arena, "wrote %zu domain%s in ASCII in %.*s", n.in_ascii,
				     n.in_ascii == 1 ? "" : "s", SPAN_ARG(at->name)));
	put_field(w, &changed);
}

static bool is_dropped(const struct work *w, const struct header_field *at, enum field field)
{
	unsigned flags = flags_of(field);

	if ((flags & DROP) || ((flags & HIDDEN) && !w->rules->keep_bcc))
		return true;
	return ((flags & NOT_EMPTY) && is_empty(at)) || (field == CONTENT_ENCODING && w->to_qp);
}

static void repair_field(struct work *w, const struct header_field *at)
{
	enum field field = field_of(at->name);
	enum rewrite_side side = rewrite_side_of(at->name);
	struct changes changes = { 0, 0, 0 };

	if (side != REWRITE_NOTHING)
		changes = read_addresses(w, at, side, names_recipients(w, at, flags_of(field)));
	if (is_dropped(w, at, field))
		note_field(w, "removed", at->name);
	else
		put_addresses(w, at, changes);
}

static void put_from(struct work *w, enum field field)
{
	enum { SENDER_LONG = 900 /* would leave no line for it */ };
	const char *sender = w->rules->sender;
	struct span local, domain;

	if (!address_is_valid(span_str(sender), true, true) || strlen(sender) > SENDER_LONG)
		sender = "MAILER-DAEMON";
	address_split(span_str(sender), &local, &domain);
	if (domain.n == 0)
		sender = arena_printf(w->arena, "%s@%s", sender, w->rules->origin);
	sender = map_address(w, sender, REWRITE_SENDER);
	buf_printf(w->out, "%s: ", rules_of[field].name);
	address_put(w->out, w->rules->full_name, sender);
	buf_put_char(w->out, '\n');
}

static void put_date(struct work *w, enum field field)
{
	buf_printf(w->out, "%s: ", rules_of[field].name);
	date_put(w->out, w->rules->now);
	buf_put_char(w->out, '\n');
}

static void put_message_id(struct work *w, enum field field)
{
	buf_printf(w->out, "%s: ", rules_of[field].name);
	msgid_put(w->out, w->rules->id, w->rules->host);
	buf_put_char(w->out, '\n');
}

static void put_undisclosed(struct work *w, enum field field)
{
	buf_printf(w->out, "%s: undisclosed-recipients:;\n", rules_of[field].name);
}

static const struct addition {
	enum field field;
	void (*put)(struct work *w, enum field field);
} additions[] = {
	{ FROM, put_from },
	{ TO, put_undisclosed },
	{ DATE, put_date },
	{ MESSAGE_ID, put_message_id },
	{ RESENT_FROM, put_from },
	{ RESENT_DATE, put_date },
	{ RESENT_MESSAGE_ID, put_message_id },
};

/* What a message, or its newest block of Resent- fields, must have and has not. */
static void put_missing(struct work *w, unsigned resent)
{
	for (size_t i = 0; i < sizeof(additions) / sizeof(additions[0]); i++) {
		enum field field = additions[i].field;
		bool has = w->has[field];

		if (field == TO)
			has |= w->has[CC] || (w->has[BCC] && w->rules->keep_bcc);
		if ((flags_of(field) & RESENT) != resent || has)
			continue;
		additions[i].put(w, field);
		note_field(w, "added", span_str(rules_of[field].name));
	}
}

static const char *charset_of(const struct repair_scan *s)
{
	return !s->body.has_8bit ? "us-ascii" : s->body_utf8 ? "utf-8" : "unknown-8bit";
}

static void put_mime_field(struct work *w, enum field field, const char *format, const char *value)
{
	if (w->has[field] && field != CONTENT_ENCODING)
		return;
	buf_printf(w->out, "%s: ", rules_of[field].name);
	buf_put_str(w->out, format);
	buf_put_str(w->out, value);
	buf_put_char(w->out, '\n');
	note_field(w, "added", span_str(rules_of[field].name));
}

/* RFC 2045: 8-bit text says what it is, and how it is encoded. */
static void put_mime(struct work *w)
{
	bool eight = w->scan->body.has_8bit && !w->has[CONTENT_ENCODING];

	if (!w->to_qp && !eight && !(w->scan->body.has_8bit && !w->has[CONTENT_TYPE]))
		return;
	put_mime_field(w, MIME_VERSION, "1.0", "");
	put_mime_field(w, CONTENT_TYPE, "text/plain; charset=", charset_of(w->scan));
	if (w->to_qp || eight)
		put_mime_field(w, CONTENT_ENCODING, w->to_qp ? "quoted-printable" : "8bit", "");
}

static void note_scan(struct work *w)
{
	const struct repair_scan *s = w->scan;
	const struct {
		bool is;
		const char *text;
	} notes[] = {
		{ s->from_line, "removed the mbox \"From \" line" },
		{ s->no_header, "put an empty line before the text, which had no header" },
		{ s->no_blank, "put the missing empty line behind the header" },
		{ s->header_nul, "made NULs in the header blanks" },
		{ s->in.facts.bare_cr > 0, "made CRs that end no line blanks" },
		{ s->recode, "re-encoded what has lines over 998 octets or NULs" },
	};

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (notes[i].is)
			note(w, notes[i].text);
}

static void put_all(struct work *w)
{
	struct span rest = buf_span(&w->scan->header);
	struct header_field at;

	while (header_next(&rest, &at) == 1 && !w->out->overflow) {
		if (at.whole.p == w->block)
			put_missing(w, RESENT);
		repair_field(w, &at);
	}
	if (!w->result->resent)
		put_missing(w, 0);
	put_mime(w);
	buf_put_char(w->out, '\n');
}

int repair_header(struct arena *a, const struct repair_scan *s, const struct repair_rules *rules, struct buf *out,
		  struct repair_result *result, struct fault *f)
{
	struct work w = { .arena = a, .scan = s, .rules = rules, .out = out, .result = result };
	size_t start = out->n;

	memset(result, 0, sizeof(*result));
	map_init(&w.known, a);
	buf_init(&w.field, out->max);
	w.to_qp = s->recode && !s->structured && encoding_is_identity(s->encoding);
	note_scan(&w);
	survey(&w);
	put_all(&w);
	result->has_8bit_header = span_has_8bit(span_from(buf_span(out), start));
	result->has_8bit_body = s->body.has_8bit && !w.to_qp;
	if (w.field.overflow)
		out->overflow = true;
	buf_clear(&w.field);
	if (w.fault.kind != FAULT_NONE) {
		if (f)
			*f = w.fault;
		return -1;
	}
	if (out->overflow)
		return fault_perm(f, 552, "5.3.4", "the header, repaired, is longer than %zu octets", out->max);
	return 0;
}
