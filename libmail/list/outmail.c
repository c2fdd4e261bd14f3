/* SPDX-License-Identifier: ISC */
/*
 * outmail - a message that a list itself sends, written into the queue.
 */
#include "list/outmail.h"

#include "base/clock.h"
#include "base/entropy.h"
#include "base/spill.h"
#include "message/address.h"
#include "message/date.h"
#include "message/msgid.h"

enum { FIELDS_OF_OURS = 12, LINE_MAX_OCTETS = 2048 };

struct fields {
	struct compose_field v[FIELDS_OF_OURS + OUTMAIL_FIELDS_MAX];
	size_t n;
};

static void add(struct fields *s, const char *name, const char *value, enum compose_kind kind)
{
	if (value && value[0])
		s->v[s->n++] = (struct compose_field){ name, value, kind };
}

/* "friends list <friends+owner@example.org>" */
static const char *usual_from(const struct list_run *r, struct arena *a)
{
	const struct list *l = r->list;

	if (!l)
		return arena_str(a, r->request ? r->request : "");
	return arena_printf(a, "%.*s list <%s>", SPAN_ARG(l->local), list_address(l, a, "owner"));
}

static const char *usual_to(const struct list_run *r, struct arena *a, const char *const *to, size_t n)
{
	return n == 1 || !r->list ? to[0] : list_address(r->list, a, NULL);
}

static const char *date_now(struct arena *a, int64_t now)
{
	struct buf b;
	char *z;

	buf_init(&b, LINE_MAX_OCTETS);
	date_put(&b, now);
	z = arena_str(a, buf_str(&b));
	buf_clear(&b);
	return z;
}

static const char *make_id(struct arena *a, const char *hostname)
{
	char id[ENTROPY_ID + 1];
	struct buf b;
	char *z;

	entropy_id(id);
	buf_init(&b, LINE_MAX_OCTETS);
	msgid_put(&b, id, hostname);
	z = arena_str(a, buf_str(&b));
	buf_clear(&b);
	return z;
}

static void gather(const struct list_run *r, const struct outmail *m, struct arena *a, const char *const *to, size_t n,
		   struct fields *s)
{
	add(s, "Date", date_now(a, r->now), COMPOSE_PLAIN);
	add(s, "From", m->from ? m->from : usual_from(r, a), COMPOSE_ADDRESSES);
	add(s, "To", m->to ? m->to : usual_to(r, a, to, n), COMPOSE_ADDRESSES);
	add(s, "Reply-To", m->reply_to, COMPOSE_ADDRESSES);
	add(s, "Subject", m->subject, COMPOSE_TEXT);
	add(s, "Message-ID", make_id(a, r->hostname), COMPOSE_PLAIN);
	add(s, "In-Reply-To", m->in_reply_to, COMPOSE_PLAIN);
	add(s, "References", m->in_reply_to, COMPOSE_PLAIN);
	add(s, "Auto-Submitted", m->auto_replied ? "auto-replied" : "auto-generated", COMPOSE_PLAIN);
	add(s, "Precedence", m->precedence ? m->precedence : "bulk", COMPOSE_PLAIN);
	if (r->list && !m->no_list_id)
		add(s, "List-Id", arena_printf(a, "<%s>", list_id(r->list, a)), COMPOSE_PLAIN);
	for (size_t i = 0; i < m->nfields && i < OUTMAIL_FIELDS_MAX; i++)
		add(s, m->fields[i].name, m->fields[i].value, m->fields[i].kind);
}

static int put_to_spill(void *spill, struct span piece, struct fault *f)
{
	return spill_put(spill, piece, f);
}

/* Who has such an address is reached by SMTPUTF8 alone, and the header may have it then. */
static bool is_any_8bit(const char *const *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_has_8bit(span_str(to[i])))
			return true;
	return false;
}

/* The envelope comes first in the queue file and says what the message is like: so the message is made before. */
static int compose(const struct list_run *r, const struct outmail *m, struct arena *a, const char *const *to, size_t n,
		   struct spill *out, struct compose_result *result, struct fault *f)
{
	const struct compose_rules rules = { .allow_8bit = m->parts != NULL,
					     .message_8bit = true,
					     .utf8 = is_any_8bit(to, n) };
	struct compose_bytes body = { .bytes = m->body };
	struct compose_part text = { .type = "text/plain", .source = compose_bytes(&body) };
	struct compose_part *root = m->parts ? m->parts : &text;
	struct fields fields = { .n = 0 };

	gather(r, m, a, to, n, &fields);
	root->fields = fields.v;
	root->nfields = fields.n;
	return compose_put(a, root, &rules, put_to_spill, out, result, f);
}

static int fill_envelope(const struct outmail *m, struct arena *a, const char *const *to, size_t n,
			 const struct compose_result *result, struct envelope *e, struct fault *f)
{
	size_t room = 0;

	*e = (struct envelope){
		.sender = m->sender ? m->sender : "",
		.arrived_us = clock_wall_us(),
		.origin = "listmgr",
		.body = result->has_8bit ? ENVELOPE_8BITMIME : ENVELOPE_7BIT,
		.smtputf8 = result->has_8bit_header,
		.envid = m->envid,
	};
	for (size_t i = 0; i < n; i++) {
		struct envelope_rcpt *rcpt = envelope_add_rcpt(a, e, &room);

		if (!address_is_valid(span_str(to[i]), false, true))
			return fault_perm(f, 553, "5.1.3", "\"%.200s\" is no address", to[i]);
		rcpt->address = to[i];
		rcpt->state = ENVELOPE_QUEUED;
		rcpt->sender = m->senders ? m->senders[i] : NULL;
		e->smtputf8 |= span_has_8bit(span_str(to[i]));
	}
	return 0;
}

static int commit(struct list_run *r, struct spool_writer *w, const struct outmail_draft *draft, struct arena *a,
		  struct fault *f)
{
	if (draft)
		return spool_commit_into(w, draft->dir, arena_printf(a, "%s.%s", draft->name, w->id), f);
	if (spool_commit(w, f) < 0)
		return -1;
	list_run_queued(r, w->id);
	return 0;
}

static int enqueue(struct list_run *r, const struct outmail *m, struct arena *a, struct envelope *e,
		   struct spill *message, struct fault *f)
{
	struct spool_writer w;
	struct span piece;
	off_t at = 0;
	int rc;

	if (spool_begin(r->spool, &w, e, 0, f) < 0)
		return -1;
	while ((rc = spill_next(message, &at, &piece, f)) > 0)
		spool_put(&w, piece.p, piece.n);
	if (rc < 0) {
		spool_abort(&w);
		return -1;
	}
	return commit(r, &w, m->draft, a, f);
}

int outmail_send(struct list_run *r, const struct outmail *m, const char *const *to, size_t n, struct fault *f)
{
	struct arena a = { 0 };
	struct compose_result result;
	struct envelope e;
	struct spill message;
	int rc = -1;

	if (n == 0)
		return 0;
	if (m->nfields > OUTMAIL_FIELDS_MAX)
		return fault_bug(f, "%zu fields are too many", m->nfields);
	spill_init(&message, 0);
	if (compose(r, m, &a, to, n, &message, &result, f) == 0 && fill_envelope(m, &a, to, n, &result, &e, f) == 0)
		rc = enqueue(r, m, &a, &e, &message, f);
	spill_clear(&message);
	arena_clear(&a);
	return rc;
}
