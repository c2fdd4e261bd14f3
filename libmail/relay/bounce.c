/* SPDX-License-Identifier: ISC */
/*
 * bounce - reports to senders, and dead letters.
 */
#include "relay/bounce.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/proc.h"
#include "message/address.h"
#include "message/advice.h"
#include "message/header.h"
#include "message/report.h"
#include "relay/lifetime.h"
#include "route/route.h"
#include "store/maildir.h"

enum { REPORT_MAX = 16 << 20 };

static void put_to_spool(void *to, const void *p, size_t n)
{
	spool_put(to, p, n);
}

static void put_to_maildir(void *to, const void *p, size_t n)
{
	maildir_put(to, p, n);
}

/* The first `size` octets of the original. */
static int put_original(struct active *a, off_t size, disk_put_fn put, void *to, struct fault *f)
{
	return disk_feed(a->m.fd, a->m.envelope.message_at, size, put, to, a->m.envelope.id, f);
}

/* ---- who is told of what ---- */

static bool is_delay(const struct active_note *n)
{
	return n->outcome.kind == FAULT_TEMP || n->outcome.kind == FAULT_BUG;
}

static bool is_wanted(const struct active *a, const struct active_note *n)
{
	const struct envelope_rcpt *r = &a->m.envelope.rcpts[n->index];

	/* Whose list it is did not say what he wants. */
	if (n->outcome.kind == FAULT_PERM && strcmp(n->sender, envelope_sender_of(&a->m.envelope, r)) != 0)
		return true;
	if (n->outcome.kind == FAULT_NONE)
		return r->notify & ENVELOPE_NOTIFY_SUCCESS;
	/* Who is told of a delay has been chosen when it was noted. */
	if (is_delay(n))
		return true;
	return r->notify == ENVELOPE_NOTIFY_UNSET || (r->notify & ENVELOPE_NOTIFY_FAILURE);
}

static bool belongs(const struct active_note *n, const struct active_note *first)
{
	return !n->handled && strcmp(n->sender, first->sender) == 0;
}

static void handled(struct active_note *first)
{
	for (struct active_note *n = first->next; n; n = n->next)
		if (belongs(n, first))
			n->handled = true;
	first->handled = true;
}

static enum report_action action_of(const struct active_note *n)
{
	if (n->outcome.kind != FAULT_NONE)
		return is_delay(n) ? REPORT_DELAYED : REPORT_FAILED;
	if (n->expanded)
		return REPORT_EXPANDED;
	return n->relayed ? REPORT_RELAYED : REPORT_DELIVERED;
}

/* Who reads the report is on this machine, and can look at what it names. */
static bool is_for_us(const struct active *a, const struct active_note *n)
{
	struct span local, domain;

	address_split(span_str(n->sender), &local, &domain);
	return route_is_local(a->rules->route, domain);
}

/* Where mailboxes are, and what is wrong with them, is not for the world: it has the id, and the log has the rest. */
static const char *public_text(struct active *a, const struct fault *f)
{
	struct fault shown = *f;

	if (f->kind == FAULT_NONE)
		return "delivered";
	fault_hide(&shown, a->m.envelope.id);
	return arena_str(&a->arena, shown.text);
}

/* A server's reply is given whole (RFC 3464 2.3.6); an enhanced code that it did not say (reply.c: X.0.0) is left out.
 */
static const char *text_of(struct active *a, const struct active_note *n)
{
	const struct fault *f = &n->outcome;
	bool said = f->status[0] && strcmp(f->status + 1, ".0.0") != 0;

	if (!n->peer && !is_for_us(a, n))
		return public_text(a, f);
	if (!n->peer || f->kind == FAULT_NONE || f->reply == 0)
		return f->text;
	return arena_printf(&a->arena, "%d %s%s%s", f->reply, said ? f->status : "", said ? " " : "", f->text);
}

/* The address that the author has used: as he says, or as it came here before it was an alias. */
static const char *original_of(struct active *a, const struct active_note *n)
{
	const struct envelope_rcpt *r = &a->m.envelope.rcpts[n->index];

	if (r->orcpt || strcmp(r->address, n->address) == 0)
		return r->orcpt;
	return arena_printf(&a->arena, "%s;%s", span_has_8bit(span_str(r->address)) ? "utf-8" : "rfc822", r->address);
}

static void add_recipient(struct active *a, const struct active_note *n, struct report *r, struct report_recipient *to)
{
	*to = (struct report_recipient){
		.action = action_of(n),
		.final = n->address,
		.original = original_of(a, n),
		.status = n->outcome.status,
		.advice = n->outcome.kind == FAULT_NONE ? NULL : advice_for(n->outcome.status),
		.remote = n->peer,
		.text = text_of(a, n),
		.last_attempt = r->now,
		.will_retry_until = is_delay(n) ? lifetime_end(a->rules, &a->m.envelope, r->now) : 0,
	};
	if (n->expired || is_delay(n))
		r->tried = lifetime_age(&a->m.envelope, r->now);
	r->n++;
}

static void collect(struct active *a, const struct active_note *first, struct report *r)
{
	struct report_recipient *list;
	size_t n = 0;

	for (const struct active_note *each = first; each; each = each->next)
		n += belongs(each, first) && is_wanted(a, each);
	list = arena_alloc(&a->arena, n * sizeof(*list));
	r->recipients = list;
	for (const struct active_note *each = first; each; each = each->next)
		if (belongs(each, first) && is_wanted(a, each))
			add_recipient(a, each, r, &list[r->n]);
}

/* ---- the report ---- */

static off_t header_size(struct active *a)
{
	const struct envelope *e = &a->m.envelope;
	size_t n = e->message_size < a->rules->bounce_size_limit ? (size_t)e->message_size
								 : (size_t)a->rules->bounce_size_limit;
	char *p = arena_alloc(&a->arena, n + 1);
	size_t length;

	if (disk_read_at(a->m.fd, p, n, e->message_at, e->id, NULL) < 0)
		return 0;
	length = header_length(span_of(p, n), 0);
	return (off_t)(length ? length : n);
}

static bool returns_header_only(const struct active *a, const struct report *r)
{
	const struct envelope *e = &a->m.envelope;

	/* RFC 8689 5: nobody knows who will read the report. */
	if (e->ret == ENVELOPE_RET_HDRS || e->require_tls || r->recipients[0].action != REPORT_FAILED)
		return true;
	return e->message_size > a->rules->bounce_size_limit;
}

static int write_report(struct active *a, struct spool_writer *w, const struct report *r, struct fault *f)
{
	bool headers_only = returns_header_only(a, r);
	off_t size = headers_only ? header_size(a) : a->m.envelope.message_size;
	struct buf text;
	int rc;

	buf_init(&text, REPORT_MAX);
	report_put_head(&text, r, headers_only);
	spool_put(w, text.p, text.n);
	rc = text.overflow ? fault_temp(f, 451, "4.3.0", "report is larger than %d bytes", REPORT_MAX) : 0;
	if (rc == 0)
		rc = put_original(a, size, put_to_spool, w, f);
	buf_reset(&text);
	report_put_tail(&text, r);
	spool_put(w, text.p, text.n);
	buf_clear(&text);
	return rc;
}

static int enqueue(struct active *a, struct report *r, const char *to, char id[ENTROPY_ID + 1], struct fault *f)
{
	struct envelope_rcpt rcpt = { .address = route_qualify(a->rules->route, &a->arena, span_str(to)) };
	const struct envelope *of = &a->m.envelope;
	struct envelope e = { .sender = "",
			      .rcpts = &rcpt,
			      .n = 1,
			      .arrived_us = clock_wall_us(),
			      .origin = "bounce",
			      /* Addresses in UTF-8 stand in the report's body. */
			      .body = of->smtputf8 ? ENVELOPE_8BITMIME : of->body,
			      .smtputf8 = of->smtputf8 };
	struct spool_writer w;
	char random[ENTROPY_ID + 1];

	entropy_id(random);
	r->to = rcpt.address;
	r->message_id = arena_printf(&a->arena, "<%s@%s>", random, a->rules->myhostname);
	r->boundary = arena_printf(&a->arena, "=_%s_%s", a->m.envelope.id, random);
	if (spool_begin(a->rules->spool, &w, &e, 0, f) < 0)
		return -1;
	if (write_report(a, &w, r, f) < 0) {
		spool_abort(&w);
		return -1;
	}
	if (spool_commit(&w, f) < 0)
		return -1;
	memcpy(id, w.id, sizeof(w.id));
	return 0;
}

/* ---- dead letters ---- */

static void put_dead_fields(struct active *a, const struct active_note *first, struct maildir_writer *w)
{
	for (const struct active_note *n = first; n; n = n->next) {
		const char *line;

		if (!belongs(n, first))
			continue;
		line = arena_printf(&a->arena, "X-Letterbox-Failed: <%s> %s\n", n->address, n->outcome.text);
		maildir_put(w, line, strlen(line));
	}
}

static int write_dead(struct active *a, const struct active_note *first, struct maildir *md, struct fault *f)
{
	static const char return_path[] = "Return-Path: <>\n";
	struct maildir_writer w;

	if (maildir_begin(md, &w, f) < 0)
		return -1;
	maildir_put(&w, return_path, sizeof(return_path) - 1);
	put_dead_fields(a, first, &w);
	if (put_original(a, a->m.envelope.message_size, put_to_maildir, &w, f) < 0) {
		maildir_abort(&w);
		return -1;
	}
	return maildir_commit(&w, f);
}

static int open_and_write_dead(struct active *a, const struct active_note *first, struct fault *f)
{
	struct maildir md;
	int rc;

	if (maildir_open(&md, arena_printf(&a->arena, "%s/dead", a->rules->spool->path), true, f) < 0)
		return -1;
	rc = write_dead(a, first, &md, f);
	maildir_close(&md);
	return rc;
}

/* Like all of the spool it belongs to the spool's owner. */
static int bury(struct active *a, const struct active_note *first, struct fault *f)
{
	const struct account owner = { .name = "", .uid = a->rules->spool->owner, .gid = a->rules->spool->group };
	int rc;

	if (proc_assume(&owner, f) < 0)
		return -1;
	rc = open_and_write_dead(a, first, f);
	proc_restore();
	if (rc == 0 && a->rules->on_trouble) {
		struct fault told;

		fault_perm(&told, 0, first->outcome.status, "undeliverable bounce kept in %s/dead: %s",
			   a->rules->spool->path, first->outcome.text);
		a->rules->on_trouble(a->rules->ctx, a->m.envelope.id, &told);
	}
	return rc;
}

int bounce_send(struct active *a, struct active_note *first, char id[ENTROPY_ID + 1], struct fault *f)
{
	const struct envelope *e = &a->m.envelope;
	struct report r = {
		.reporting_mta = a->rules->myhostname,
		.from = arena_printf(&a->arena, "MAILER-DAEMON@%s", a->rules->myhostname),
		.queue_id = e->id,
		.envid = e->envid,
		.now = clock_wall(),
		.arrived = e->arrived_us / 1000000,
		.deliver_by = e->deliver_by.mode != ENVELOPE_BY_NONE ? e->deliver_by.at : 0,
		.utf8 = e->smtputf8,
		.has_8bit = e->body == ENVELOPE_8BITMIME,
	};
	int rc = 0;

	collect(a, first, &r);
	if (first->sender[0] && r.n > 0)
		rc = enqueue(a, &r, first->sender, id, f);
	else if (!first->sender[0] && first->outcome.kind != FAULT_NONE)
		rc = bury(a, first, f);
	if (rc == 0)
		handled(first);
	return rc;
}
