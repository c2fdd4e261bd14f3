/* SPDX-License-Identifier: ISC */
/*
 * probe - members whose mail comes back: probed, paused, removed, or forgiven.
 *
 * What is written to the ledger is written first, except for what undoes it: a message too many is better than a member
 * who is lost.
 */
#include "list/probe.h"

#include "base/buf.h"
#include "list/members.h"
#include "list/outmail.h"
#include "list/owners.h"
#include "list/posts.h"
#include "list/texts.h"
#include "list/token.h"

enum {
	RANGES = 100,	     /* ranges of posts that a member is told he has missed */
	TEXT_MAX = 16 << 10, /* octets of those */
	LINE_MAX_OCTETS = 4 << 10,
};

/* ---- what people are told ---- */

static const char *missed_text(struct arena *a, const struct score *s, uint64_t last)
{
	const char *text;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	score_put_missed(&out, s, last, RANGES);
	text = arena_str(a, buf_str(&out));
	buf_clear(&out);
	return text;
}

/* Only where posts are kept can they be had. */
static const char *get_address(struct list_run *r, struct arena *a, const char *missed)
{
	return r->list->settings.archive && missed[0] ? list_address(r->list, a, "get-N") : "";
}

static void set_vars(struct list_run *r, struct arena *a, const struct score *s, struct texts_vars *vars)
{
	const char *missed;
	uint64_t last = 0;

	posts_last(r->list, &last, NULL);
	missed = missed_text(a, s, last);
	texts_set_list(vars, a, r->list);
	texts_set(vars, "address", s->address);
	texts_set(vars, "status", arena_span(a, s->status));
	texts_set(vars, "reason", arena_span(a, s->text));
	texts_set(vars, "missed", missed);
	texts_set(vars, "get", get_address(r, a, missed));
}

/* As he has written it himself: his identity is in lower case, which a host need not take for the same. */
static const char *find_address(struct list_run *r, struct arena *a, const char *identity, struct fault *f)
{
	const char *address = identity;
	struct members m;
	struct member one;

	if (members_open(&m, r->list, "members", f) < 0)
		return NULL;
	if (members_find(&m, identity, &one) == 1)
		address = arena_span(a, one.address);
	members_close(&m);
	return address;
}

/* To the member. */
static int write_to(struct list_run *r, struct arena *a, const char *wording, const struct score *s, const char *sender,
		    struct fault *f)
{
	struct outmail m = { .sender = sender };
	struct texts_vars vars = { .n = 0 };
	const char *to = find_address(r, a, s->address, f);

	set_vars(r, a, s, &vars);
	if (!to || texts_compose(r->list, a, wording, &vars, &m.subject, &m.body, f) < 0)
		return -1;
	return outmail_send(r, &m, &to, 1, f);
}

static int tell_owners(struct list_run *r, const char *wording, const struct score *s, struct fault *f)
{
	struct texts_vars vars = { .n = 0 };
	struct arena a = { NULL };
	int rc;

	set_vars(r, &a, s, &vars);
	rc = owners_tell(r, wording, &vars, f);
	arena_clear(&a);
	return rc;
}

/* ---- steps ---- */

static int note(struct list_run *r, enum ledger_what what, const struct score *s, unsigned number, uint64_t post,
		const char *text, struct fault *f)
{
	const struct ledger_entry e = {
		.when = r->now,
		.what = what,
		.who = span_str(s->address),
		.number = number,
		.status = what == LEDGER_RETURNED ? s->status : span_of("", 0),
		.post = post,
		.text = what == LEDGER_RETURNED ? s->text : span_str(text),
	};

	return ledger_append(r->list, &e, 1, f);
}

int probe_send(struct list_run *r, const struct score *s, struct fault *f)
{
	struct arena a = { NULL };
	const char *sender = token_address(r->list, &a, TOKEN_PROBE, s->address, r->now, f);
	int rc = -1;

	if (sender && note(r, LEDGER_PROBE, s, s->probes + 1, 0, "", f) == 0)
		rc = write_to(r, &a, "probe", s, sender, f);
	if (rc == 0)
		list_log(r->list, "probe %u to %s", s->probes + 1, s->address);
	arena_clear(&a);
	return rc;
}

/* 1, 0 he is no member any more. */
static int set_paused(struct list_run *r, const char *address, bool paused, struct fault *f)
{
	struct member one = { .flags = 0 };
	struct members m;
	int rc;

	if (members_open(&m, r->list, "members", f) < 0)
		return -1;
	rc = members_find(&m, address, &one);
	if (rc == 1 && ((one.flags & MEMBER_PAUSED) != 0) != paused) {
		one.flags ^= MEMBER_PAUSED;
		rc = members_change(r->list, "members", &one, f);
	}
	members_close(&m);
	return rc;
}

static int remove_member(struct list_run *r, const struct score *s, struct fault *f)
{
	int rc = members_remove(r->list, "members", s->address, f);

	if (rc < 0 || (rc > 0 && tell_owners(r, "owner-bounced", s, f) < 0))
		return -1;
	if (rc > 0)
		list_log(r->list, "removed %s: %u probes came back, the last with %.*s", s->address, s->returned,
			 SPAN_ARG(s->status));
	return note(r, LEDGER_RESET, s, 0, 0, "removed", f);
}

/* As many probes came back as the ledger says. */
static int settle_paused(struct list_run *r, const struct score *s, struct fault *f)
{
	int rc;

	if (s->returned >= (unsigned long)r->list->settings.remove_after)
		return remove_member(r, s, f);
	rc = set_paused(r, s->address, true, f);
	if (rc == 0)
		return note(r, LEDGER_RESET, s, 0, 0, "no member", f);
	return rc < 0 ? -1 : 0;
}

static int take_return(struct list_run *r, struct score *s, struct span status, struct span text, struct fault *f)
{
	uint64_t last;

	if (s->state != SCORE_PROBED)
		return 0;
	if (posts_last(r->list, &last, f) < 0)
		return -1;
	s->status = status;
	s->text = text;
	if (note(r, LEDGER_RETURNED, s, s->probes, last, "", f) < 0)
		return -1;
	s->returned++;
	list_log(r->list, "probe %u to %s came back with %.*s", s->probes, s->address, SPAN_ARG(status));
	return settle_paused(r, s, f);
}

int probe_returned(struct list_run *r, const char *address, struct span status, struct span text, struct fault *f)
{
	struct scores s;
	int rc;

	if (scores_read(&s, r->list, &address, 1, 0, r->now, f) < 0)
		return -1;
	rc = take_return(r, scores_find(&s, address), status, text, f);
	scores_close(&s);
	return rc;
}

/* ---- all is well again ---- */

/* He hears of it if he was paused: before that he missed nothing that the probe has not told him of. */
static int forgive(struct list_run *r, const struct score *s, const char *why, struct fault *f)
{
	struct arena a = { NULL };
	int rc = set_paused(r, s->address, false, f);

	if (rc == 1 && s->paused_at)
		rc = write_to(r, &a, "resumed", s, "", f);
	arena_clear(&a);
	if (rc < 0)
		return -1;
	list_log(r->list, "bounces of %s are forgotten: %s", s->address, why);
	return note(r, LEDGER_RESET, s, 0, 0, why, f);
}

int probe_forgive(struct list_run *r, const char *address, const char *why, struct fault *f)
{
	struct scores s;
	int rc = -1;

	if (list_lock(r->list, f) < 0)
		return -1;
	if (scores_read(&s, r->list, &address, 1, 0, r->now, f) == 0) {
		const struct score *m = scores_find(&s, address);

		rc = m->last || m->probes ? 1 : 0;
		if (rc && forgive(r, m, why, f) < 0)
			rc = -1;
		scores_close(&s);
	}
	list_unlock(r->list);
	return rc;
}

/* ---- the time has come ---- */

static int step(struct list_run *r, const struct score *s, struct fault *f)
{
	const struct list_settings *settings = &r->list->settings;
	bool due = r->now >= s->probed + settings->probe_after;

	switch (s->state) {
	case SCORE_COUNTING:
		return score_is_reached(s, settings) ? probe_send(r, s, f) : 0;
	case SCORE_PROBED:
		return due ? forgive(r, s, "the probe did not come back", f) : 0;
	case SCORE_PAUSED:
		if (s->returned >= (unsigned long)settings->remove_after || !due)
			return settle_paused(r, s, f);
		return probe_send(r, s, f);
	}
	return 0;
}

static bool is_idle(const struct score *s, const struct list_settings *settings)
{
	return s->state == SCORE_COUNTING && !score_is_reached(s, settings);
}

/* Who has left the list has nothing that could come up when he is back. */
static int step_member(struct list_run *r, struct members *members, const struct score *s, struct fault *f)
{
	struct member one;

	if (is_idle(s, &r->list->settings))
		return 0;
	if (members_find(members, s->address, &one) != 1)
		return note(r, LEDGER_RESET, s, 0, 0, "no member", f);
	return step(r, s, f);
}

/* How long an entry may matter: as long as it counts, or a member's probes take. */
static int64_t oldest(const struct list_run *r)
{
	const struct list_settings *s = &r->list->settings;
	int64_t counts = s->bounce_score_days * SCORE_DAY, probes = (s->remove_after + 2) * s->probe_after;

	return r->now - (counts > probes ? counts : probes) - SCORE_DAY;
}

static int step_all(struct list_run *r, const struct scores *s, struct fault *f)
{
	struct members members;
	const struct score *each;
	size_t at = 0;
	int rc = 0;

	if (members_open(&members, r->list, "members", f) < 0)
		return -1;
	while (rc == 0 && (each = scores_next(s, &at)) != NULL)
		rc = step_member(r, &members, each, f);
	members_close(&members);
	return rc;
}

static int tick(struct list_run *r, struct fault *f)
{
	struct scores s;
	struct span text;
	int rc;

	if (scores_read(&s, r->list, NULL, 0, 0, r->now, f) < 0)
		return -1;
	rc = s.text.n ? step_all(r, &s, f) : 0;
	if (rc == 0)
		rc = ledger_read(r->list, &s.arena, &text, f);
	if (rc == 0)
		rc = ledger_compact(r->list, text, oldest(r), f);
	scores_close(&s);
	return rc;
}

int probe_tick(struct list_run *r, struct fault *f)
{
	int rc;

	if (list_lock(r->list, f) < 0)
		return -1;
	rc = tick(r, f);
	list_unlock(r->list);
	return rc;
}
