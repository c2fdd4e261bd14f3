/* SPDX-License-Identifier: ISC */
/*
 * dsn - read delivery status notifications and complaints, RFC 3464, 5965, 6522, 6533.
 *
 * Real reports differ in what they leave out, and in what surrounds the report; the fields themselves have been the
 * same since 1996. So the part is found by its type wherever it stands, and its groups are read one by one.
 */
#include "message/dsn.h"

#include <strings.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "message/address.h"
#include "message/header.h"

/* ---- values ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int dsn_parse_status(struct span text, unsigned numbers[3])
{
	unsigned found[3];

	for (size_t i = 0; i < 3; i++) {
		struct span word = i < 2 ? span_cut(&text, '.') : text;
		uint64_t number;

		if (word.n > 3 || span_number(word, 999, &number) < 0)
			return -1;
		found[i] = (unsigned)number;
	}
	if (found[0] != 2 && found[0] != 4 && found[0] != 5)
		return -1;
	memcpy(numbers, found, sizeof(found));
	return 0;
}

/* The status at the front of s, behind which anything may stand that does not go on with it; else an empty span. */
static struct span status_at(struct span s)
{
	struct span word = s;
	unsigned numbers[3];

	for (word.n = 0; word.n < s.n && (is_digit(s.p[word.n]) || s.p[word.n] == '.');)
		word.n++;
	return dsn_parse_status(word, numbers) == 0 ? word : span_of(s.p, 0);
}

/* "type; value": both trimmed. Without a type all is the value. */
static struct span cut_type(struct span *value)
{
	struct span rest = *value, type = span_cut(&rest, ';');

	if (type.n == value->n)
		return span_of(value->p, 0);
	*value = span_trim(rest);
	return span_trim(type);
}

/* "\x{F6}" of utf-8-addr-xtext, RFC 6533 3: its octets, or 0. */
static size_t escape_length(struct span s, uint32_t *character)
{
	size_t i = 3;

	*character = 0;
	if (!span_starts(s, SPAN("\\x{")))
		return 0;
	for (; i < s.n && hex_value(s.p[i]) >= 0 && i < 9; i++)
		*character = *character * 16 + (uint32_t)hex_value(s.p[i]);
	return i > 3 && i < s.n && s.p[i] == '}' ? i + 1 : 0;
}

static struct span decode_utf8_address(struct arena *a, struct span s)
{
	struct buf text;
	char *made;

	buf_init(&text, s.n + 1);
	while (s.n) {
		uint32_t character;
		size_t n = escape_length(s, &character);

		if (n > 0)
			utf8_put(&text, character);
		else
			buf_put_char(&text, s.p[0]);
		s = span_from(s, n ? n : 1);
	}
	made = arena_span(a, buf_span(&text));
	buf_clear(&text);
	return span_str(made);
}

/* "rfc822; <al@example.net> (comment)": the mailbox; "" when there is none, or one that nobody could write to. */
static const char *mailbox_of(struct arena *a, const char *value)
{
	struct span text = span_str(value), type = cut_type(&text);
	struct address found;

	if (span_is_nocase(type, SPAN("utf-8")))
		text = decode_utf8_address(a, text);
	if (address_next(&text, a, &found) != 1 || !address_is_valid(span_str(found.mailbox), false, true))
		return "";
	return found.mailbox;
}

/* ---- groups of fields ---- */

/* A group's fields become strings, at most one of a name. */
struct row {
	const char *name;
	const char **to;
};

static void read_field(struct arena *a, const struct header_field *field, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_is_nocase(field->name, span_str(rows[i].name)) && !**rows[i].to)
			*rows[i].to = header_unfold(a, field->body);
}

/* One group, to its empty line, *rest being behind it then. A line that is no field is passed over. */
static void read_group(struct dsn *d, struct span *rest, const struct row *rows, size_t n,
		       void (*each)(struct dsn *d, const struct header_field *field))
{
	struct header_field field;
	int rc;

	while ((rc = header_next(rest, &field)) != 0) {
		if (rc < 0) {
			span_cut(rest, '\n');
			continue;
		}
		read_field(d->arena, &field, rows, n);
		if (each)
			each(d, &field);
	}
}

static void read_action(struct dsn_recipient *r, const char *word)
{
	static const char *const words[] = {
		[REPORT_FAILED] = "failed",   [REPORT_DELAYED] = "delayed",   [REPORT_DELIVERED] = "delivered",
		[REPORT_RELAYED] = "relayed", [REPORT_EXPANDED] = "expanded",
	};
	struct span rest = span_str(word), said = span_word(&rest);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is_nocase(said, span_str(words[i]))) {
			r->action = (enum report_action)i;
			r->known = true;
		}
}

/* "550 5.1.1 no such user", "550-5.1.1 ..."; *status is what stands behind the reply code, if that is one. */
static unsigned read_reply(struct span text, struct span *status)
{
	uint64_t code;

	*status = span_of(text.p, 0);
	if (text.n < 3 || span_number(span_of(text.p, 3), 599, &code) < 0 || code < 200)
		return 0;
	if (text.n > 3 && text.p[3] != ' ' && text.p[3] != '-')
		return 0;
	*status = status_at(span_from(text, 4));
	return (unsigned)code;
}

static bool is_vague(struct span status)
{
	return status.n == 0 || span_ends_nocase(status, SPAN(".0.0"));
}

/* What the diagnostic says more precisely than the status field is taken from it. */
static void read_outcome(struct arena *a, struct dsn_recipient *r, const char *status, const char *diagnostic)
{
	struct span text = span_str(diagnostic), type = cut_type(&text), own = status_at(span_str(status));
	struct span said = span_of("", 0);

	if (span_is_nocase(type, SPAN("smtp")) || span_is_nocase(type, SPAN("lmtp")))
		r->reply = read_reply(text, &said);
	if (r->reply && is_vague(own) && said.n)
		own = said;
	r->status = arena_span(a, own);
	r->diagnostic = arena_span(a, text);
}

static void add_recipient(struct dsn *d, const struct dsn_recipient *r)
{
	if (d->n == DSN_RECIPIENTS_MAX) {
		d->cut = true;
		return;
	}
	if (d->n == 0 || d->n == d->room) {
		struct dsn_recipient *more;

		d->room = d->n ? 2 * d->n : 8;
		more = arena_alloc(d->arena, d->room * sizeof(*more));

		if (d->n)
			memcpy(more, d->list, d->n * sizeof(*more));
		d->list = more;
	}
	d->list[d->n++] = *r;
}

/* Some leave out the empty line behind the message's own fields: a group is a recipient's if it has one. */
static void read_status(struct dsn *d, struct span rest)
{
	while (rest.n) {
		const char *action = "", *status = "", *diagnostic = "", *final = "", *original = "", *remote = "";
		const struct row rows[] = {
			{ "Original-Envelope-Id", &d->envelope_id },
			{ "Final-Recipient", &final },
			{ "Original-Recipient", &original },
			{ "Action", &action },
			{ "Status", &status },
			{ "Diagnostic-Code", &diagnostic },
			{ "Remote-MTA", &remote },
		};
		struct dsn_recipient r = { .known = false };
		struct span name;

		read_group(d, &rest, rows, sizeof(rows) / sizeof(rows[0]), NULL);
		if (!*final && !*original)
			continue;
		read_action(&r, action);
		r.final = mailbox_of(d->arena, final);
		r.original = mailbox_of(d->arena, original);
		read_outcome(d->arena, &r, status, diagnostic);
		name = span_str(remote);
		cut_type(&name);
		r.remote = arena_span(d->arena, name);
		add_recipient(d, &r);
	}
}

static void add_complainant(struct dsn *d, const struct header_field *field)
{
	struct dsn_recipient r = { .final = "", .status = "", .diagnostic = "", .remote = "" };

	if (!span_is_nocase(field->name, SPAN("Original-Rcpt-To")))
		return;
	r.original = mailbox_of(d->arena, header_unfold(d->arena, field->body));
	if (*r.original)
		add_recipient(d, &r);
}

/* RFC 5965 3: one group, in which only Original-Rcpt-To may stand more than once. */
static void read_feedback(struct dsn *d, struct span rest)
{
	const char *sender = "";
	const struct row rows[] = {
		{ "Feedback-Type", &d->feedback },
		{ "Original-Envelope-Id", &d->envelope_id },
		{ "Original-Mail-From", &sender },
	};

	read_group(d, &rest, rows, sizeof(rows) / sizeof(rows[0]), add_complainant);
	d->sender = mailbox_of(d->arena, sender);
}

static void read_returned(struct dsn *d, struct span header)
{
	struct header_field field;
	struct span text, id;

	if (d->has_message_id || !header_find(header, SPAN("Message-ID"), &field))
		return;
	text = span_str(header_unfold(d->arena, field.body));
	id = span_word(&text);
	d->message_id = arena_span(d->arena, id);
	d->has_message_id = true;
}

/* ---- parts ---- */

/* Is it in a report that is the message itself, and not in one that the message holds? */
static bool is_own(const struct mime_part *part)
{
	bool is_report = false;

	for (part = part->parent; part; part = part->parent) {
		if (part->entity.kind == ENTITY_MESSAGE)
			return false;
		is_report |= entity_is(&part->entity, "multipart", "report");
	}
	return is_report;
}

static const struct kind {
	const char *subtype;
	const char *type;
	enum dsn_kind kind;
	bool returned; /* what it has begins with the header of the message that is returned */
} kinds[] = {
	{ "delivery-status", "message", DSN_STATUS, false },
	{ "global-delivery-status", "message", DSN_STATUS, false },
	{ "feedback-report", "message", DSN_COMPLAINT, false },
	{ "rfc822-headers", "text", DSN_NONE, true },
	{ "global-headers", "message", DSN_NONE, true },
	/* These are leaves only where they are encoded, as RFC 6533 allows. */
	{ "rfc822", "message", DSN_NONE, true },
	{ "global", "message", DSN_NONE, true },
};

static const struct kind *kind_of(const struct entity *e)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (entity_is(e, kinds[i].type, kinds[i].subtype))
			return &kinds[i];
	return NULL;
}

static void begin(void *context, const struct mime_part *part, struct span header)
{
	struct dsn *d = context;
	const struct mime_part *holder = part->parent;
	const struct kind *kind;

	/* The message within: its holder stands behind the report, in the report's own multipart. */
	if (holder && holder->entity.kind == ENTITY_MESSAGE && is_own(holder) && d->kind != DSN_NONE)
		read_returned(d, header);
	kind = part->entity.kind == ENTITY_LEAF && is_own(part) ? kind_of(&part->entity) : NULL;
	if (!kind || kind->returned == (d->kind == DSN_NONE))
		return;
	d->taken = part;
	d->is_returned = kind->returned;
	if (!kind->returned)
		d->kind = kind->kind;
	buf_reset(&d->text);
	encoding_decode_init(&d->decode, part->entity.encoding);
}

static void content(void *context, const struct mime_part *part, struct span piece)
{
	struct dsn *d = context;
	size_t max = d->is_returned ? DSN_RETURNED_MAX : DSN_STATUS_MAX;

	while (part == d->taken && piece.n && d->text.n < max) {
		struct span some = span_of(piece.p, piece.n < QP_ROOM ? piece.n : QP_ROOM);

		encoding_decode_feed(&d->decode, some, &d->text);
		piece = span_from(piece, some.n);
	}
	if (part == d->taken && piece.n && !d->is_returned)
		d->cut = true;
}

static void end(void *context, const struct mime_part *part)
{
	struct dsn *d = context;

	if (part != d->taken)
		return;
	encoding_decode_end(&d->decode, &d->text);
	d->taken = NULL;
	if (d->is_returned)
		read_returned(d, buf_span(&d->text));
	else if (d->kind == DSN_STATUS)
		read_status(d, buf_span(&d->text));
	else
		read_feedback(d, buf_span(&d->text));
}

void dsn_init(struct dsn *d, struct arena *a)
{
	static const struct mime_events events = { .begin = begin, .content = content, .end = end };

	*d = (struct dsn){ .envelope_id = "", .message_id = "", .feedback = "", .sender = "", .arena = a };
	buf_init(&d->text, DSN_STATUS_MAX + (QP_GROWTH + 2) * QP_ROOM);
	mime_init(&d->mime, NULL, NULL, &events, d);
}

void dsn_feed(struct dsn *d, struct span piece)
{
	mime_feed(&d->mime, piece);
}

enum dsn_kind dsn_end(struct dsn *d)
{
	mime_end(&d->mime);
	mime_clear(&d->mime);
	buf_clear(&d->text);
	return d->kind;
}
