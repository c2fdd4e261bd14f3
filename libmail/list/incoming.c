/* SPDX-License-Identifier: ISC */
/*
 * incoming - a message that came for a list, as LF lines in a spill, and its header in memory.
 */
#include "list/incoming.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "message/lines.h"
#include "message/msgid.h"

enum { FROM_LINE_MAX = 1000 /* octets of a "From " line */ };

/* ---- reading ---- */

struct reader {
	struct incoming *in;
	struct lines lines;
	struct buf piece; /* with LF lines */
	bool begun;	  /* what is in front has been looked at */
};

/* A "From " line is no header field, and whoever wrote it meant none. False: its end is not there yet. */
static bool drop_from_line(struct reader *r, bool is_end)
{
	struct span s = buf_span(&r->piece);
	size_t n = span_find(s, '\n');

	if (!span_starts(s, SPAN("From ")))
		return s.n >= sizeof("From ") - 1 || is_end;
	if (n == s.n && n < FROM_LINE_MAX && !is_end)
		return false;
	if (n < s.n)
		buf_consume(&r->piece, n + 1);
	return true;
}

static int hand_over(struct reader *r, bool is_end, struct fault *f)
{
	if (!r->begun)
		r->begun = drop_from_line(r, is_end);
	if (!r->begun)
		return 0;
	if (spill_put(&r->in->raw, buf_span(&r->piece), f) < 0)
		return -1;
	buf_reset(&r->piece);
	return 0;
}

static int read_all(struct reader *r, int fd, struct fault *f)
{
	char bytes[16 << 10];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, "cannot read the message");
		lines_in_feed(&r->lines, span_of(bytes, (size_t)n), &r->piece);
		if (hand_over(r, false, f) < 0)
			return -1;
	}
	lines_in_end(&r->lines, &r->piece);
	return hand_over(r, true, f);
}

static int find_header(struct incoming *in, struct fault *f)
{
	struct buf head;
	struct span piece;
	off_t at = 0;
	size_t n = 0, seen = 0;
	int rc = 0;

	buf_init(&head, INCOMING_HEADER_MAX + SPILL_PIECE);
	while (n == 0 && head.n <= INCOMING_HEADER_MAX && (rc = spill_next(&in->raw, &at, &piece, f)) > 0) {
		buf_put_span(&head, piece);
		n = header_length(buf_span(&head), seen);
		seen = head.n;
	}
	if (rc >= 0 && n == 0)
		n = head.n;
	if (rc >= 0 && n > INCOMING_HEADER_MAX)
		rc = fault_perm(f, 552, "5.3.4", "the header is longer than %d octets", INCOMING_HEADER_MAX);
	in->header = rc < 0 ? span_of("", 0) : span_of(arena_span(&in->arena, span_of(head.p, n)), n);
	in->body_at = (off_t)n;
	buf_clear(&head);
	return rc < 0 ? -1 : 0;
}

/* ---- what the header says ---- */

const char *incoming_field(struct incoming *in, struct span name)
{
	struct header_field field;

	return header_find(in->header, name, &field) ? header_unfold(&in->arena, field.body) : NULL;
}

size_t incoming_count(const struct incoming *in, struct span name)
{
	struct span rest = in->header;
	struct header_field field;
	size_t n = 0;

	while (header_next(&rest, &field) > 0)
		n += span_is_nocase(field.name, name);
	return n;
}

static bool names_people(struct incoming_named *w, struct span field)
{
	static const struct span names[] = { SPAN_INIT("To"), SPAN_INIT("Cc"), SPAN_INIT("Resent-To"),
					     SPAN_INIT("Resent-Cc") };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(field, names[i])) {
			w->is_resent = i >= 2;
			return true;
		}
	return false;
}

int incoming_next_named(struct incoming_named *w, struct arena *a, struct address *out)
{
	struct header_field field;
	int rc;

	for (;;) {
		rc = address_next(&w->body, a, out);
		if (rc != 0)
			return rc;
		rc = header_next(&w->rest, &field);
		if (rc == 0)
			return 0;
		if (rc < 0)
			span_cut(&w->rest, '\n');
		else if (names_people(w, field.name))
			w->body = field.body;
	}
}

/* With several authors, or several fields, nobody can be said to have written it. */
static const char *find_author(struct incoming *in)
{
	struct span rest = span_str(incoming_field(in, SPAN("From")));
	struct address author, other;

	if (incoming_count(in, SPAN("From")) != 1 || address_next(&rest, &in->arena, &author) <= 0 ||
	    address_next(&rest, &in->arena, &other) != 0)
		return "";
	return address_is_valid(span_str(author.mailbox), false, true) ? author.mailbox : "";
}

static const char *find_id(struct incoming *in)
{
	struct span rest = span_str(incoming_field(in, SPAN("Message-ID"))), id;

	return msgid_next(&rest, &id) > 0 ? arena_span(&in->arena, id) : "";
}

static bool has_header(const struct incoming *in)
{
	struct span rest = in->header;
	struct header_field field;

	return header_next(&rest, &field) > 0;
}

int incoming_read(struct incoming *in, int fd, long max, const char *sender, const char *recipient, struct fault *f)
{
	struct reader r = { .in = in };
	const char *subject;
	int rc;

	*in = (struct incoming){ 0 };
	spill_init(&in->raw, max);
	in->sender = arena_str(&in->arena, sender);
	in->recipient = arena_str(&in->arena, recipient);
	lines_in_init(&r.lines, false);
	buf_init(&r.piece, (16 << 10) + FROM_LINE_MAX + LINES_ROOM);
	rc = read_all(&r, fd, f);
	buf_clear(&r.piece);
	if (rc == 0)
		rc = find_header(in, f);
	if (rc == 0 && !has_header(in))
		rc = fault_perm(f, 550, "5.6.0", "the message has no header");
	if (rc < 0) {
		incoming_clear(in);
		return -1;
	}
	subject = incoming_field(in, SPAN("Subject"));
	in->subject = subject ? subject : "";
	in->from = find_author(in);
	in->message_id = find_id(in);
	return 0;
}

void incoming_clear(struct incoming *in)
{
	spill_clear(&in->raw);
	arena_clear(&in->arena);
	in->header = span_of(NULL, 0);
}

/* ---- was it written by a machine? ---- */

/* The first word of a field's body, without a comment behind it. */
static struct span first_word(const char *body)
{
	struct span s = span_str(body);
	size_t n = 0;

	while (n < s.n && !strchr(" \t;(", s.p[n]))
		n++;
	return span_of(s.p, n);
}

static bool is_machine(struct incoming *in)
{
	const char *body = incoming_field(in, SPAN("Auto-Submitted"));

	return body && !span_is_nocase(first_word(body), SPAN("no"));
}

static bool is_bulk(struct incoming *in)
{
	const char *body = incoming_field(in, SPAN("Precedence"));

	return body && span_list_has(SPAN("bulk junk list auto_reply"), first_word(body));
}

/* RFC 5321 4.5.5, RFC 3834 2: the null sender, and names that no person has. */
static bool is_daemon(const char *address)
{
	static const char *const names[] = {
		"mailer-daemon", "majordomo", "listserv", "mailman", "noreply", "no-reply"
	};
	struct span local, domain;

	address_split(span_str(address), &local, &domain);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(local, span_str(names[i])))
			return true;
	return false;
}

const char *incoming_automatic(struct incoming *in)
{
	static const struct span fields[] = {
		SPAN_INIT("List-Id"),	  SPAN_INIT("List-Unsubscribe"),
		SPAN_INIT("List-Post"),	  SPAN_INIT("X-Auto-Response-Suppress"),
		SPAN_INIT("X-Autoreply"), SPAN_INIT("X-Autorespond"),
		SPAN_INIT("Feedback-ID"),
	};
	struct header_field field;

	if (!in->sender[0])
		return "the null sender";
	if (is_daemon(in->sender) || is_daemon(in->from))
		return "the sender's name";
	if (is_machine(in))
		return "Auto-Submitted";
	if (is_bulk(in))
		return "Precedence";
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (header_find(in->header, fields[i], &field))
			return fields[i].p;
	return NULL;
}
