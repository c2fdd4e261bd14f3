/* SPDX-License-Identifier: ISC */
/*
 * report - what others did to the selected mailbox, told to the client: RFC 9051 7.4.1, 7.5.1, RFC 7162 3.2.10.
 *
 * The mailbox is looked at once, and has then its new numbers. What went away is told first, by the numbers that the
 * client knows: it counts down with each, so that a UID's number is the count of those before it that are still there,
 * and one. Then how many messages there are, and only then flags, as those are of the new numbers.
 */
#include <stdlib.h>

#include "imap/cmd.h"
#include "imap/fetching.h"
#include "imap/lookout.h"
#include "imap/notify.h"
#include "imap/search_update.h"
#include "imap/source.h"

struct imap_report {
	struct arena arena;
	uint32_t last;			    /* the last UID that the client has been told of; 0: it knows none */
	struct seqset gone, changed, added; /* UIDs */
	struct seqset_iter at;
	unsigned events;   /* that the client wants to hear of: NOTIFY_MESSAGES */
	bool is_reset;	   /* another UIDVALIDITY: nothing that the client knows is true */
	bool has_keywords; /* there are others than before */
	size_t step;
	size_t searches;		/* whose new messages were told */
	struct imap_fetching *fetching; /* new messages that are being told of, or NULL */
};

static void on_gone(void *context, uint32_t uid)
{
	struct imap_report *r = context;

	/* What came and went between two looks was never there for the client. */
	if (uid <= r->last)
		seqset_add(&r->arena, &r->gone, uid, uid);
}

static void on_changed(void *context, uint32_t uid, uint32_t flags)
{
	struct imap_report *r = context;

	(void)flags;
	seqset_add(&r->arena, &r->changed, uid, uid);
}

static void on_added(void *context, uint32_t uid)
{
	struct imap_report *r = context;

	seqset_add(&r->arena, &r->added, uid, uid);
}

static void on_reset(void *context)
{
	struct imap_report *r = context;

	r->is_reset = true;
}

void imap_report_drop(struct imap_session *s)
{
	if (!s->report)
		return;
	if (s->report->fetching && s->source)
		imap_source_end(s->source);
	arena_clear(&s->report->arena);
	free(s->report);
	s->report = NULL;
}

/* There is no response that says so: the client has to begin anew. */
static void end_session(struct imap_session *s)
{
	imap_session_stop(s, "The mailbox has another UIDVALIDITY now, select it again");
}

static int refresh(struct imap_session *s, struct imap_report *r, struct fault *f)
{
	/* Between two commands, where the client wants its numbers to stay: RFC 5465 6.1. */
	struct mailbox_watch watch = {
		.context = r,
		.gone = on_gone,
		.changed = on_changed,
		.added = on_added,
		.reset = on_reset,
		.keeps_gone = !s->running && imap_lookout_delays_expunges(s),
	};
	struct stamp keywords = s->box->keywords.stamp;
	int rc = s->modseq.loaded ? modseq_refresh(&s->modseq, s->box, &watch, f) : mailbox_refresh(s->box, &watch, f);

	if (rc <= 0)
		return rc;
	seqset_resolve(&r->gone, 0);
	seqset_resolve(&r->changed, 0);
	imap_add_recent(s, &r->added);
	if (mailbox_load_keywords(s->box, f) < 0)
		return -1;
	r->has_keywords = !stamp_is(&keywords, &s->box->keywords.stamp);
	return 0;
}

/*
 * Who has asked for no events of the selected mailbox sees it as it was (RFC 5465 5), until he removes messages
 * himself: then numbers are others.
 */
static bool is_wanted(const struct imap_session *s)
{
	return imap_lookout_selected_events(s) != 0 || (s->running && s->running->flags & IMAP_REMOVES);
}

void imap_report_look(struct imap_session *s)
{
	struct imap_report *r;
	struct fault f;

	if (s->box_changed)
		mailbox_doubt(s->box);
	if (s->box_arrived)
		mailbox_expect(s->box,
			       watch_sees_all(&s->watch, IMAP_WATCH_BOX) ? MAILBOX_ARRIVED_ONLY : MAILBOX_ARRIVED);
	s->box_changed = s->box_arrived = false;
	if (s->report || !is_wanted(s))
		return;
	r = arena_heap(sizeof(*r));
	*r = (struct imap_report){ .last = s->told ? s->box->view.uid[s->told - 1] : 0,
				   .events = imap_lookout_selected_events(s) };
	s->report = r;
	if (refresh(s, r, &f) < 0) {
		if (s->call->failed)
			s->call->failed(s->ctx, &f);
		imap_report_drop(s);
		return;
	}
	if (r->is_reset) {
		imap_report_drop(s);
		end_session(s);
		return;
	}
	if (!search_update_look(s) && r->gone.n == 0 && r->changed.n == 0 && !r->has_keywords &&
	    s->told == s->box->view.n)
		imap_report_drop(s);
}

/* ---- what went away ---- */

static bool put_expunges(struct imap_session *s, struct imap_report *r)
{
	uint32_t uid;

	while (s->out->n < IMAP_FULL) {
		if (!seqset_next(&r->gone, &r->at, &uid))
			return false;
		imap_begin(s, "");
		buf_put_number(s->out, imap_find_from(&s->box->view, uid) + 1);
		buf_put_str(s->out, " EXPUNGE\r\n");
		s->told--;
	}
	return true;
}

static void put_vanished(struct imap_session *s, struct imap_report *r)
{
	imap_begin(s, "VANISHED ");
	imap_put_seqset(s->out, &r->gone);
	imap_end(s);
	s->told -= seqset_count(&r->gone);
}

static bool put_gone(struct imap_session *s, struct imap_report *r)
{
	if (r->gone.n && s->enabled & (IMAP_QRESYNC | IMAP_UIDONLY))
		put_vanished(s, r);
	else if (r->gone.n && put_expunges(s, r))
		return true;
	r->at = (struct seqset_iter){ 0 };
	return false;
}

/* ---- what came ---- */

static bool put_exists(struct imap_session *s, struct imap_report *r)
{
	(void)r;
	if (s->told == s->box->view.n)
		return false;
	s->told = s->box->view.n;
	imap_say_exists(s);
	return false;
}

/* Those that the client has not put there itself: RFC 5465 5.2. */
static bool begin_fetching_news(struct imap_session *s, struct imap_report *r)
{
	const struct imap_fetch *fetch = imap_lookout_fetch(s);
	struct seqset numbers = { 0 };
	struct seqset_iter at = { 0 };
	uint32_t uid;
	size_t i;

	while (fetch && seqset_next(&r->added, &at, &uid))
		if (!imap_lookout_is_own(s, uid) && mailbox_find(s->box, uid, &i))
			seqset_add(&r->arena, &numbers, (uint32_t)i + 1, (uint32_t)i + 1);
	imap_lookout_forget_own(s);
	if (numbers.n > 0)
		r->fetching = imap_fetching_new(s, &r->arena, fetch, &numbers);
	return r->fetching;
}

static bool begin_fetching_found(struct imap_session *s, struct imap_report *r)
{
	const struct imap_fetch *fetch;
	struct seqset numbers;

	while (search_update_next_fetch(s, &r->arena, &r->searches, &fetch, &numbers)) {
		r->fetching = imap_fetching_new(s, &r->arena, fetch, &numbers);
		return true;
	}
	return false;
}

/* A part of what is being fetched: true, there is more of it. */
static bool go_on_fetching(struct imap_session *s, struct imap_report *r)
{
	int rc = r->fetching ? imap_fetching_go_on(r->fetching) : 0;

	if (rc > 0)
		return true;
	if (rc < 0)
		imap_session_stop(s, IMAP_FETCHING_BROKEN);
	r->fetching = NULL;
	return false;
}

static bool put_news(struct imap_session *s, struct imap_report *r)
{
	return r->fetching || begin_fetching_news(s, r) ? go_on_fetching(s, r) : false;
}

static bool put_found(struct imap_session *s, struct imap_report *r)
{
	do {
		if (go_on_fetching(s, r))
			return true;
	} while (s->state != IMAP_CLOSED && begin_fetching_found(s, r));
	return false;
}

/* ---- what changed ---- */

static bool put_keywords(struct imap_session *s, struct imap_report *r)
{
	if (r->has_keywords)
		imap_say_keywords(s);
	return false;
}

static bool put_changes(struct imap_session *s, struct imap_report *r)
{
	uint32_t uid;
	size_t i;

	while (s->out->n < IMAP_FULL && r->events & NOTIFY_FLAG_CHANGE) {
		if (!seqset_next(&r->changed, &r->at, &uid))
			return false;
		if (mailbox_find(s->box, uid, &i))
			imap_say_flags(s, i, imap_tells_uid(s));
	}
	return r->events & NOTIFY_FLAG_CHANGE;
}

/* ---- searches that are kept up to date ---- */

static bool put_removed(struct imap_session *s, struct imap_report *r)
{
	(void)r;
	search_update_put_removed(s);
	return false;
}

static bool put_updates(struct imap_session *s, struct imap_report *r)
{
	(void)r;
	search_update_put(s);
	return false;
}

/* Each true when there is more of it: in the order of RFC 5465 5.1, 5.2 and 7. */
static bool (*const steps[])(struct imap_session *s, struct imap_report *r) = {
	put_removed, put_gone, put_exists, put_news, put_found, put_keywords, put_changes, put_updates,
};

bool imap_report_put(struct imap_session *s)
{
	struct imap_report *r = s->report;

	for (; r->step < sizeof(steps) / sizeof(steps[0]); r->step++) {
		if (steps[r->step](s, r))
			return true;
		if (s->state == IMAP_CLOSED)
			break;
	}
	return false;
}

bool imap_report_is_open(const struct imap_session *s)
{
	return s->report && s->report->fetching;
}

void imap_use_condstore(struct imap_session *s)
{
	if (s->enabled & IMAP_CONDSTORE)
		return;
	s->enabled |= IMAP_CONDSTORE;
	if (!s->box)
		return;
	modseq_load_quietly(&s->modseq, s->box);
	imap_say(s, "OK [HIGHESTMODSEQ %llu] The last change", (unsigned long long)s->modseq.highest);
}
