/* SPDX-License-Identifier: ISC */
/*
 * forward - what came for a list's owners goes to them.
 */
#include "list/forward.h"

#include "base/clock.h"
#include "list/incoming.h"
#include "list/owners.h"
#include "message/header.h"

/* 8-bit octets decide about what the next server must be able to take. */
static int survey(struct incoming *in, struct envelope *e, struct fault *f)
{
	struct span piece;
	off_t at = in->body_at;
	int rc;

	e->smtputf8 = span_has_8bit(in->header);
	while ((rc = spill_next(&in->raw, &at, &piece, f)) > 0)
		if (span_has_8bit(piece))
			e->body = ENVELOPE_8BITMIME;
	if (e->smtputf8)
		e->body = ENVELOPE_8BITMIME;
	return rc;
}

static int add_owners(struct list *l, struct arena *a, struct envelope *e, struct fault *f)
{
	const char *const *owners;
	size_t n, room = 0;

	if (owners_read(l, "owners", a, &owners, &n, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct envelope_rcpt *rcpt = envelope_add_rcpt(a, e, &room);

		rcpt->address = owners[i];
		rcpt->state = ENVELOPE_QUEUED;
		e->smtputf8 |= span_has_8bit(span_str(owners[i]));
	}
	return n ? 0 : fault_perm(f, 550, "5.1.1", "the list %s has no owner", l->name);
}

static int enqueue(struct list_run *r, struct envelope *e, const char *mark, struct fault *f)
{
	struct spool_writer w;
	struct span piece;
	off_t at = 0;
	int rc;

	if (spool_begin(r->spool, &w, e, 0, f) < 0)
		return -1;
	spool_put(&w, mark, strlen(mark));
	while ((rc = spill_next(&r->in->raw, &at, &piece, f)) > 0)
		spool_put(&w, piece.p, piece.n);
	if (rc < 0) {
		spool_abort(&w);
		return -1;
	}
	if (spool_commit(&w, f) < 0)
		return -1;
	list_run_queued(r, w.id);
	return 0;
}

static bool was_here(const struct incoming *in, const char *owner)
{
	struct span rest = in->header;
	struct header_field field;

	while (header_next(&rest, &field) > 0)
		if (span_is_nocase(field.name, SPAN("X-Loop")) &&
		    span_is_nocase(span_trim(field.body), span_str(owner)))
			return true;
	return false;
}

int forward_to_owners(struct list_run *r, struct fault *f)
{
	struct arena a = { 0 };
	const char *owner = list_address(r->list, &a, "owner");
	struct envelope e = { .arrived_us = clock_wall_us(), .origin = "listmgr", .sender = "" };
	int rc = -1;

	if (r->in->sender[0])
		e.sender = list_address(r->list, &a, "bounces");
	if (was_here(r->in, owner))
		fault_perm(f, 554, "5.4.6", "mail for %s loops", owner);
	else if (survey(r->in, &e, f) == 0 && add_owners(r->list, &a, &e, f) == 0)
		rc = enqueue(r, &e, arena_printf(&a, "X-Loop: %s\n", owner), f);
	arena_clear(&a);
	return rc;
}
