/* SPDX-License-Identifier: ISC */
/*
 * envelope - the text of a queue file's envelope and journal.
 *
 * Values that may hold blanks are last on their line; those that may not are
 * xtext (RFC 3461 4), so that one line is one record whatever a client sent.
 */
#include "queue/envelope.h"

#include <inttypes.h>
#include <stdio.h>

#include "message/xtext.h"

#define MAGIC  "letterbox-queue 1\n"
#define STATES "QDF"

static const struct {
	unsigned flag;
	struct span word;
} notify_words[] = {
	{ ENVELOPE_NOTIFY_NEVER, { "never", 5 } },
	{ ENVELOPE_NOTIFY_SUCCESS, { "success", 7 } },
	{ ENVELOPE_NOTIFY_FAILURE, { "failure", 7 } },
	{ ENVELOPE_NOTIFY_DELAY, { "delay", 5 } },
};

enum { NOTIFY_WORDS = sizeof(notify_words) / sizeof(notify_words[0]) };

/* ---- checking ---- */

static int check_text(const char *what, const char *text, struct fault *f)
{
	if (text && span_has_control(span_str(text)))
		return fault_perm(f, 553, "5.1.3", "%s has a control character", what);
	return 0;
}

static bool is_priority(int priority)
{
	return priority >= ENVELOPE_PRIORITY_MIN && priority <= ENVELOPE_PRIORITY_MAX;
}

static int check_terms(const struct envelope *e, struct fault *f)
{
	const struct envelope_by *by = &e->deliver_by;

	if (!is_priority(e->priority))
		return fault_perm(f, 501, "5.5.4", "priority %d is not between %d and %d", e->priority,
				  ENVELOPE_PRIORITY_MIN, ENVELOPE_PRIORITY_MAX);
	if (e->hold_until < 0 || (by->mode != ENVELOPE_BY_NONE && by->at <= 0))
		return fault_perm(f, 501, "5.5.4", "a time before 1970 was asked for");
	return 0;
}

static int check_patch(const struct envelope *e, const struct envelope_rcpt *r, struct fault *f)
{
	if (!r->put || (strlen(r->put) == e->patch_size && !span_has_control(span_str(r->put))))
		return 0;
	return fault_perm(f, 554, "5.3.0", "the patch for %.200s is not %zu visible octets", r->address, e->patch_size);
}

int envelope_check(const struct envelope *e, struct fault *f)
{
	if (check_text("sender address", e->sender, f) < 0 || check_text("origin", e->origin, f) < 0 ||
	    check_text("ENVID", e->envid, f) < 0 || check_terms(e, f) < 0)
		return -1;
	if (e->n == 0)
		return fault_perm(f, 554, "5.5.1", "message has no recipients");
	if (e->n > ENVELOPE_RCPT_MAX)
		return fault_perm(f, 552, "5.5.3", "message has more than %d recipients", ENVELOPE_RCPT_MAX);
	for (size_t i = 0; i < e->n; i++)
		if (check_text("recipient address", e->rcpts[i].address, f) < 0 ||
		    check_text("sender address", e->rcpts[i].sender, f) < 0 ||
		    check_text("ORCPT", e->rcpts[i].orcpt, f) < 0 || check_patch(e, &e->rcpts[i], f) < 0)
			return -1;
	return 0;
}

/* ---- writing ---- */

static void put_notify(struct buf *out, unsigned notify)
{
	const char *before = " notify=";

	for (size_t i = 0; i < NOTIFY_WORDS; i++) {
		if (!(notify & notify_words[i].flag))
			continue;
		buf_put_str(out, before);
		buf_put_span(out, notify_words[i].word);
		before = ",";
	}
}

static void put_rcpt(struct buf *out, const struct envelope_rcpt *r)
{
	buf_printf(out, "rcpt %c", ENVELOPE_QUEUED);
	put_notify(out, r->notify);
	if (r->orcpt) {
		buf_put_str(out, " orcpt=");
		xtext_put(out, span_str(r->orcpt));
	}
	if (r->sender) {
		buf_put_str(out, " from=");
		xtext_put(out, span_str(r->sender));
	}
	if (r->put) {
		buf_put_str(out, " put=");
		xtext_put(out, span_str(r->put));
	}
	buf_put_str(out, " <");
	buf_put_str(out, r->address);
	buf_put_str(out, ">\n");
}

void envelope_put_size(struct buf *out, off_t at, off_t size)
{
	buf_printf(out, "message %010jd %010jd\n", (intmax_t)at, (intmax_t)size);
}

/* When, how fast and how safely. */
static void put_terms(struct buf *out, const struct envelope *e)
{
	const struct envelope_by *by = &e->deliver_by;

	if (e->hold_until)
		buf_printf(out, "hold %" PRId64 "\n", e->hold_until);
	if (by->mode != ENVELOPE_BY_NONE)
		buf_printf(out, "by %" PRId64 " %c%s%s\n", by->at, (char)by->mode, by->trace ? " trace" : "",
			   by->strict ? " strict" : "");
	if (e->priority)
		buf_printf(out, "priority %d\n", e->priority);
	if (e->require_tls)
		buf_put_str(out, "requiretls\n");
}

static void put_head(struct buf *out, const struct envelope *e)
{
	buf_put_str(out, MAGIC);
	envelope_put_size(out, 0, 0);
	buf_printf(out, "arrived %" PRId64 "\n", e->arrived_us);
	if (e->origin && e->origin[0])
		buf_printf(out, "origin %s\n", e->origin);
	if (e->body == ENVELOPE_8BITMIME)
		buf_put_str(out, "body 8bitmime\n");
	if (e->smtputf8)
		buf_put_str(out, "smtputf8\n");
	if (e->ret != ENVELOPE_RET_UNSET)
		buf_printf(out, "ret %s\n", e->ret == ENVELOPE_RET_FULL ? "full" : "hdrs");
	if (e->envid) {
		buf_put_str(out, "envid ");
		xtext_put(out, span_str(e->envid));
		buf_put_char(out, '\n');
	}
	put_terms(out, e);
	if (e->patch_size)
		buf_printf(out, "patch %jd %zu\n", (intmax_t)e->patch_at, e->patch_size);
	buf_printf(out, "sender <%s>\n", e->sender);
}

/* *at: of the recipients, the first that is not put, and one more behind the last. */
bool envelope_put_part(struct buf *out, const struct envelope *e, size_t *at)
{
	size_t before = out->n;

	if (*at > e->n)
		return false;
	if (*at == 0)
		put_head(out, e);
	while (*at < e->n && out->n - before < ENVELOPE_PART && !out->overflow)
		put_rcpt(out, &e->rcpts[(*at)++]);
	if (*at == e->n) {
		buf_put_char(out, '\n');
		++*at;
	}
	return true;
}

void envelope_put(struct buf *out, const struct envelope *e)
{
	size_t at = 0;

	while (envelope_put_part(out, e, &at) && !out->overflow)
		;
}

static void put_indexes(struct buf *out, const size_t *rcpts, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t first = i;

		while (i + 1 < n && rcpts[i + 1] == rcpts[i] + 1)
			i++;
		if (first > 0)
			buf_put_char(out, ',');
		buf_printf(out, "%zu", rcpts[first]);
		if (i > first)
			buf_printf(out, "-%zu", rcpts[i]);
		i++;
	}
}

/* What a remote host said may hold anything. */
static void put_safe(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_put_char(out, (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}

void envelope_put_log(struct buf *out, int64_t when, enum envelope_state state, const char *status, const size_t *rcpts,
		      size_t n, const char *text)
{
	buf_printf(out, "log %" PRId64 " %c %s ", when, (char)state, status && status[0] ? status : "-");
	put_indexes(out, rcpts, n);
	buf_put_char(out, ' ');
	put_safe(out, text);
	buf_put_char(out, '\n');
}

void envelope_put_offline(struct buf *out, int64_t when)
{
	buf_printf(out, "offline %" PRId64 "\n", when);
}

void envelope_put_told(struct buf *out, int64_t when, const size_t *rcpts, size_t n)
{
	buf_printf(out, "told %" PRId64 " ", when);
	put_indexes(out, rcpts, n);
	buf_put_char(out, '\n');
}

void envelope_put_done(struct buf *out, size_t rcpt, const char *key)
{
	buf_printf(out, "done %zu ", rcpt);
	xtext_put(out, span_str(key));
	buf_put_char(out, '\n');
}

bool envelope_is_done(const struct envelope_rcpt *r, const char *key)
{
	for (const struct envelope_done *d = r->done; d; d = d->next)
		if (strcmp(d->key, key) == 0)
			return true;
	return false;
}

/* ---- reading ---- */

struct reader {
	struct arena *arena;
	struct envelope *envelope;
	const char *start; /* of the text, for offsets */
	size_t room;	   /* of envelope->rcpts */
};

static int read_message(struct reader *r, struct span value)
{
	struct span first = span_cut(&value, ' ');
	uint64_t at, size;

	if (span_number(first, INT64_MAX / 2, &at) < 0 || span_number(value, INT64_MAX / 2, &size) < 0)
		return -1;
	r->envelope->message_at = (off_t)at;
	r->envelope->message_size = (off_t)size;
	return 0;
}

static int read_arrived(struct reader *r, struct span value)
{
	uint64_t us;

	if (span_number(value, INT64_MAX, &us) < 0)
		return -1;
	r->envelope->arrived_us = (int64_t)us;
	return 0;
}

static int read_origin(struct reader *r, struct span value)
{
	r->envelope->origin = arena_span(r->arena, value);
	return 0;
}

static int read_body(struct reader *r, struct span value)
{
	if (!span_is(value, SPAN("8bitmime")))
		return -1;
	r->envelope->body = ENVELOPE_8BITMIME;
	return 0;
}

static int read_smtputf8(struct reader *r, struct span value)
{
	r->envelope->smtputf8 = true;
	return value.n == 0 ? 0 : -1;
}

static int read_ret(struct reader *r, struct span value)
{
	if (span_is(value, SPAN("full")))
		r->envelope->ret = ENVELOPE_RET_FULL;
	else if (span_is(value, SPAN("hdrs")))
		r->envelope->ret = ENVELOPE_RET_HDRS;
	else
		return -1;
	return 0;
}

static int read_time(struct span value, int64_t *out)
{
	uint64_t seconds;

	if (span_number(value, INT64_MAX / 1000000, &seconds) < 0)
		return -1;
	*out = (int64_t)seconds;
	return 0;
}

static int read_hold(struct reader *r, struct span value)
{
	return read_time(value, &r->envelope->hold_until);
}

static int read_by(struct reader *r, struct span value)
{
	struct envelope_by *by = &r->envelope->deliver_by;
	struct span at = span_cut(&value, ' '), mode = span_cut(&value, ' ');

	if (read_time(at, &by->at) < 0 || by->at == 0 || (!span_is(mode, SPAN("R")) && !span_is(mode, SPAN("N"))))
		return -1;
	by->mode = (enum envelope_by_mode)mode.p[0];
	if (span_starts(value, SPAN("trace"))) {
		by->trace = true;
		span_cut(&value, ' ');
	}
	by->strict = span_is(value, SPAN("strict"));
	return by->strict || value.n == 0 ? 0 : -1;
}

static int read_priority(struct reader *r, struct span value)
{
	bool negative = value.n && value.p[0] == '-';
	uint64_t n;

	if (span_number(span_from(value, negative), ENVELOPE_PRIORITY_MAX, &n) < 0)
		return -1;
	r->envelope->priority = negative ? -(int)n : (int)n;
	return 0;
}

static int read_require_tls(struct reader *r, struct span value)
{
	r->envelope->require_tls = true;
	return value.n == 0 ? 0 : -1;
}

static int read_patch(struct reader *r, struct span value)
{
	struct span at = span_cut(&value, ' ');
	uint64_t from, size;

	if (span_number(at, ENVELOPE_OCTETS_MAX, &from) < 0 || span_number(value, ENVELOPE_PATCH_MAX, &size) < 0 ||
	    size == 0 || r->envelope->patch_size)
		return -1;
	r->envelope->patch_at = (off_t)from;
	r->envelope->patch_size = (size_t)size;
	return 0;
}

static int read_envid(struct reader *r, struct span value)
{
	return xtext_parse(r->arena, value, &r->envelope->envid);
}

/* "<address>", all of value. */
static int read_path(struct arena *a, struct span value, const char **out)
{
	if (value.n < 2 || value.p[0] != '<' || value.p[value.n - 1] != '>')
		return -1;
	*out = arena_span(a, span_of(value.p + 1, value.n - 2));
	return 0;
}

static int read_sender(struct reader *r, struct span value)
{
	return read_path(r->arena, value, &r->envelope->sender);
}

static int read_notify(struct envelope_rcpt *rcpt, struct span list)
{
	while (list.n) {
		struct span word = span_cut(&list, ',');
		size_t i = 0;

		while (i < NOTIFY_WORDS && !span_is(word, notify_words[i].word))
			i++;
		if (i == NOTIFY_WORDS)
			return -1;
		rcpt->notify |= notify_words[i].flag;
	}
	return 0;
}

static int read_put(struct reader *r, struct envelope_rcpt *rcpt, struct span value)
{
	if (xtext_parse(r->arena, value, &rcpt->put) < 0)
		return -1;
	return rcpt->put[0] && strlen(rcpt->put) == r->envelope->patch_size ? 0 : -1;
}

static int read_rcpt_param(struct reader *r, struct envelope_rcpt *rcpt, struct span param)
{
	struct span name = span_cut(&param, '=');

	if (span_is(name, SPAN("notify")))
		return read_notify(rcpt, param);
	if (span_is(name, SPAN("orcpt")))
		return xtext_parse(r->arena, param, &rcpt->orcpt);
	if (span_is(name, SPAN("from")))
		return xtext_parse(r->arena, param, &rcpt->sender);
	if (span_is(name, SPAN("put")))
		return read_put(r, rcpt, param);
	return -1;
}

struct envelope_rcpt *envelope_add_rcpt(struct arena *a, struct envelope *e, size_t *room)
{
	if (e->n == *room) {
		struct envelope_rcpt *more;

		*room = *room ? *room * 2 : 4;
		more = arena_alloc(a, *room * sizeof(*more));
		if (e->n)
			memcpy(more, e->rcpts, e->n * sizeof(*more));
		e->rcpts = more;
	}
	return &e->rcpts[e->n++];
}

/* "Q notify=... orcpt=... <address>" */
static int read_rcpt(struct reader *r, struct span value)
{
	struct envelope_rcpt *rcpt;

	if (r->envelope->n >= ENVELOPE_RCPT_MAX || value.n < 4 || value.p[1] != ' ' ||
	    !memchr(STATES, value.p[0], sizeof(STATES) - 1))
		return -1;
	rcpt = envelope_add_rcpt(r->arena, r->envelope, &r->room);
	rcpt->state = (enum envelope_state)value.p[0];
	rcpt->state_at = value.p - r->start;
	value = span_from(value, 2);
	while (value.n && value.p[0] != '<')
		if (read_rcpt_param(r, rcpt, span_cut(&value, ' ')) < 0)
			return -1;
	return read_path(r->arena, value, &rcpt->address);
}

static const struct {
	struct span key;
	int (*read)(struct reader *r, struct span value);
} keys[] = {
	{ { "message", 7 }, read_message },
	{ { "arrived", 7 }, read_arrived },
	{ { "origin", 6 }, read_origin },
	{ { "body", 4 }, read_body },
	{ { "smtputf8", 8 }, read_smtputf8 },
	{ { "ret", 3 }, read_ret },
	{ { "envid", 5 }, read_envid },
	{ { "hold", 4 }, read_hold },
	{ { "by", 2 }, read_by },
	{ { "priority", 8 }, read_priority },
	{ { "requiretls", 10 }, read_require_tls },
	{ { "patch", 5 }, read_patch },
	{ { "sender", 6 }, read_sender },
	{ { "rcpt", 4 }, read_rcpt },
};

static int read_line(struct reader *r, struct span line)
{
	struct span key = span_cut(&line, ' ');

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (span_is(key, keys[i].key))
			return keys[i].read(r, line);
	return -1;
}

int envelope_peek(struct span text, off_t *message_at, struct fault *f)
{
	struct envelope e = { 0 };
	struct reader r = { .envelope = &e };
	struct span line, key;

	if (!span_starts(text, SPAN(MAGIC)))
		return fault_perm(f, 0, "5.3.0", "not a queue file of version %d", ENVELOPE_VERSION);
	span_cut(&text, '\n');
	line = span_cut(&text, '\n');
	key = span_cut(&line, ' ');
	if (!span_is(key, SPAN("message")) || read_message(&r, line) < 0 || e.message_at <= 0)
		return fault_perm(f, 0, "5.3.0", "damaged envelope at line 2");
	*message_at = e.message_at;
	return 0;
}

/* All recipients at once: arrays that grow leave others behind in an arena. What is no recipient costs no more. */
static void make_room(struct reader *r, struct span text)
{
	static const char start[] = "\nrcpt ";
	const char *hit = text.p;

	while ((hit = memmem(hit, text.n - (size_t)(hit - text.p), start, sizeof(start) - 1)) != NULL) {
		r->room++;
		hit += sizeof(start) - 1;
	}
	r->room = r->room < ENVELOPE_RCPT_MAX ? r->room : ENVELOPE_RCPT_MAX;
	r->envelope->rcpts = arena_alloc(r->arena, r->room * sizeof(*r->envelope->rcpts));
}

int envelope_parse(struct arena *a, struct span text, struct envelope *e, size_t *length, struct fault *f)
{
	struct reader r = { .arena = a, .envelope = e, .start = text.p };
	struct span rest = text, line;
	bool ended = false;
	unsigned number = 1;

	if (!span_starts(text, SPAN(MAGIC)))
		return fault_perm(f, 0, "5.3.0", "not a queue file of version %d", ENVELOPE_VERSION);
	span_cut(&rest, '\n');
	make_room(&r, text);
	while (!ended && span_find(rest, '\n') < rest.n) {
		line = span_cut(&rest, '\n');
		number++;
		ended = line.n == 0;
		if (!ended && (span_has_control(line) || read_line(&r, line) < 0))
			return fault_perm(f, 0, "5.3.0", "damaged envelope at line %u", number);
	}
	if (!ended || !e->sender || e->n == 0)
		return fault_perm(f, 0, "5.3.0", "incomplete envelope, it ends at line %u", number);
	*length = text.n - rest.n;
	return 0;
}

/* ---- the journal ---- */

struct log_line {
	int64_t when;
	const char *status, *text;
};

static void set_last(struct envelope_rcpt *r, const struct log_line *l)
{
	r->last = l->text;
	r->status = l->status;
	r->last_at = l->when;
	r->attempts++;
}

static void set_told(struct envelope_rcpt *r, const struct log_line *l)
{
	(void)l;
	r->told = true;
}

/* "0,2-5": for each of them. */
static void for_each(struct envelope *e, struct span indexes,
		     void (*set)(struct envelope_rcpt *r, const struct log_line *l), const struct log_line *l)
{
	while (indexes.n) {
		struct span range = span_cut(&indexes, ','), first = span_cut(&range, '-');
		uint64_t from, to;

		if (span_number(first, ENVELOPE_RCPT_MAX, &from) < 0)
			return;
		to = from;
		if (range.n && span_number(range, ENVELOPE_RCPT_MAX, &to) < 0)
			return;
		for (size_t i = from; i <= to && i < e->n; i++)
			set(&e->rcpts[i], l);
	}
}

/* One attempt may have several lines. */
static void add_attempt(struct arena *a, struct envelope *e, int64_t at)
{
	struct envelope_attempt *attempt, *last = e->last_attempt;

	if (last && last->at == at)
		return;
	attempt = arena_alloc(a, sizeof(*attempt));
	attempt->at = at;
	*(last ? &last->next : &e->attempts) = attempt;
	e->last_attempt = attempt;
}

static void read_log(struct arena *a, struct envelope *e, struct span rest)
{
	struct span when = span_cut(&rest, ' '), state = span_cut(&rest, ' ');
	struct span status = span_cut(&rest, ' '), indexes = span_cut(&rest, ' ');
	struct log_line l = { .status = arena_span(a, status), .text = arena_span(a, rest) };

	if (read_time(when, &l.when) < 0 || state.n != 1)
		return;
	add_attempt(a, e, l.when);
	for_each(e, indexes, set_last, &l);
}

static void read_offline(struct arena *a, struct envelope *e, struct span rest)
{
	int64_t when;

	(void)a;
	if (read_time(rest, &when) == 0 && e->last_attempt && e->last_attempt->at == when)
		e->last_attempt->offline = true;
}

static void read_told(struct arena *a, struct envelope *e, struct span rest)
{
	struct log_line l = { 0 };

	(void)a;
	if (read_time(span_cut(&rest, ' '), &l.when) == 0)
		for_each(e, rest, set_told, &l);
}

static void read_done(struct arena *a, struct envelope *e, struct span rest)
{
	struct span index = span_cut(&rest, ' ');
	struct envelope_done *d = arena_alloc(a, sizeof(*d));
	uint64_t i;

	if (span_number(index, ENVELOPE_RCPT_MAX, &i) < 0 || i >= e->n || xtext_parse(a, rest, &d->key) < 0)
		return;
	d->next = e->rcpts[i].done;
	e->rcpts[i].done = d;
}

static const struct {
	struct span key;
	void (*read)(struct arena *a, struct envelope *e, struct span rest);
} journal_keys[] = {
	{ { "log", 3 }, read_log },
	{ { "offline", 7 }, read_offline },
	{ { "told", 4 }, read_told },
	{ { "done", 4 }, read_done },
};

void envelope_parse_journal(struct arena *a, struct span text, struct envelope *e)
{
	while (span_find(text, '\n') < text.n) {
		struct span line = span_cut(&text, '\n');
		struct span key = span_cut(&line, ' ');

		if (span_has_control(line))
			continue;
		for (size_t i = 0; i < sizeof(journal_keys) / sizeof(journal_keys[0]); i++)
			if (span_is(key, journal_keys[i].key))
				journal_keys[i].read(a, e, line);
	}
}
