/* SPDX-License-Identifier: ISC */
/*
 * cmd_fetch - FETCH and UID FETCH: the command; how messages are put is in fetching.c.
 */
#include "imap/cmd.h"
#include "imap/fetching.h"
#include "imap/source.h"

struct work {
	struct imap_fetch fetch;
	struct seqset numbers;
	struct imap_fetching *fetching;
};

static void finish(struct imap_session *s, const struct imap_fetching_end *end)
{
	if (end->unknown_encoding)
		imap_no(s, "UNKNOWN-CTE", "A part has an encoding that is not known");
	else if (end->failed)
		imap_no(s, NULL, "Some of the messages cannot be read");
	else if (end->missed)
		imap_ok(s, "EXPUNGEISSUED", "Some of the messages are gone");
	else
		imap_ok(s, NULL, "Fetched");
}

static void abandon(struct imap_session *s)
{
	if (s->source)
		imap_source_end(s->source);
}

static bool go_on(struct imap_session *s)
{
	struct work *w = s->work;
	int rc = imap_fetching_go_on(w->fetching);

	if (rc > 0)
		return true;
	if (rc < 0) {
		imap_session_stop(s, IMAP_FETCHING_BROKEN);
		return false;
	}
	s->abandon = NULL;
	finish(s, imap_fetching_how(w->fetching));
	return false;
}

/* RFC 9394: only a part of the messages, from the one in front of which there are `skip` up to that of rank `last`. */
static void apply_range(struct arena *a, struct work *w)
{
	uint64_t n = seqset_count(&w->numbers), skip = w->fetch.first - 1, last = w->fetch.last, rank = 0;
	struct seqset all = w->numbers;

	if (w->fetch.from_end) {
		skip = n > w->fetch.last ? n - w->fetch.last : 0;
		last = n >= w->fetch.first ? n - w->fetch.first + 1 : 0;
	}
	w->numbers = (struct seqset){ 0 };
	for (size_t i = 0; i < all.n && rank < last; i++) {
		uint64_t size = (uint64_t)all.v[i].last - all.v[i].first + 1;
		uint64_t from = rank < skip ? skip - rank : 0, to = last - rank < size ? last - rank : size;

		if (from < to)
			seqset_add(a, &w->numbers, all.v[i].first + (uint32_t)from, all.v[i].first + (uint32_t)to - 1);
		rank += size;
	}
}

/* The UIDs as they were written: those that nobody has any more are told of by VANISHED. */
static int parse_uids(struct imap_session *s, struct imap_parse p, struct seqset *out)
{
	const struct cache *view = &s->box->view;

	if (imap_parse_seqset(&p, out) < 0)
		return -1;
	if (out->is_saved)
		*out = s->saved;
	else
		seqset_resolve(out, view->n ? view->uid[view->n - 1] : 0);
	return 0;
}

void imap_cmd_fetch(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct work *w = arena_alloc(&s->command, sizeof(*w));
	struct seqset uids = { 0 };
	bool by_uid = how & IMAP_UID;

	if (imap_parse_sp(p) < 0 || (by_uid && parse_uids(s, *p, &uids) < 0) ||
	    imap_parse_messages(s, p, how, &w->numbers) < 0 || imap_parse_sp(p) < 0 ||
	    imap_fetch_parse(p, by_uid, &w->fetch) < 0)
		return;
	if (w->fetch.vanished && !(s->enabled & IMAP_QRESYNC)) {
		imap_bad(s, NULL, "VANISHED needs QRESYNC to be enabled");
		return;
	}
	if (w->fetch.has_modseq)
		imap_use_condstore(s);
	if (w->fetch.vanished)
		imap_say_vanished(s, &uids, 0, w->fetch.since);
	if (w->fetch.has_range)
		apply_range(&s->command, w);
	w->fetching = imap_fetching_new(s, &s->command, &w->fetch, &w->numbers);
	s->work = w;
	s->abandon = abandon;
	s->more = go_on;
}
