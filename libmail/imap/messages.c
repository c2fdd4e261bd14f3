/* SPDX-License-Identifier: ISC */
/*
 * messages - which messages of the selected mailbox a command names, and how a response speaks of one.
 */
#include "imap/cmd.h"

#include <stdlib.h>

#include "imap/source.h"

size_t imap_find_from(const struct cache *view, uint32_t uid)
{
	size_t low = 0, high = view->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (view->uid[middle] < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void number_uids(const struct imap_session *s, struct arena *a, const struct seqset *uids,
			struct seqset *numbers)
{
	const struct cache *view = &s->box->view;

	for (size_t i = 0; i < uids->n; i++) {
		size_t first = imap_find_from(view, uids->v[i].first);
		size_t end = uids->v[i].last == UINT32_MAX ? view->n : imap_find_from(view, uids->v[i].last + 1);

		if (first < end)
			seqset_add(a, numbers, (uint32_t)first + 1, (uint32_t)end);
	}
}

/* RFC 9051 9, seq-range: a number beyond the last message is wrong, but where "*" is the other end it means "*". */
static int check_numbers(struct imap_parse *p, struct seqset *set, uint32_t last)
{
	for (size_t i = 0; i < set->n; i++) {
		struct seqset_range *r = &set->v[i];
		bool open = r->first == SEQSET_STAR || r->last == SEQSET_STAR;

		if (r->first <= last && r->last <= last)
			continue;
		if (!open)
			return imap_parse_fail(p, "There are not so many messages");
		*r = (struct seqset_range){ SEQSET_STAR, SEQSET_STAR };
	}
	return 0;
}

int imap_parse_messages(struct imap_session *s, struct imap_parse *p, unsigned how, struct seqset *numbers)
{
	const struct cache *view = &s->box->view;
	struct seqset set;

	*numbers = (struct seqset){ 0 };
	if (imap_parse_seqset(p, &set) < 0)
		return -1;
	if (set.is_saved) {
		number_uids(s, p->arena, &s->saved, numbers);
	} else if (how & IMAP_UID) {
		seqset_resolve(&set, view->n ? view->uid[view->n - 1] : 0);
		number_uids(s, p->arena, &set, numbers);
	} else {
		if (check_numbers(p, &set, (uint32_t)view->n) < 0)
			return -1;
		seqset_resolve(&set, (uint32_t)view->n);
		*numbers = set;
	}
	return 0;
}

/* ---- responses ---- */

void imap_fetch_begin(struct imap_session *s, size_t i, bool with_uid, bool then_more)
{
	bool by_uid = s->enabled & IMAP_UIDONLY;
	uint32_t uid = s->box->view.uid[i];

	buf_put_str(s->out, "* ");
	buf_put_number(s->out, by_uid ? uid : i + 1);
	buf_put_str(s->out, by_uid ? " UIDFETCH (" : " FETCH (");
	/* RFC 9586: the UID is in front of it; but there is no list of nothing. */
	if (!with_uid || (by_uid && then_more))
		return;
	buf_put_str(s->out, "UID ");
	buf_put_number(s->out, uid);
	if (then_more)
		buf_put_char(s->out, ' ');
}

void imap_fetch_end(struct imap_session *s)
{
	buf_put_str(s->out, ")\r\n");
}

/* RFC 9051 has no \Recent. */
void imap_put_message_flags(const struct imap_session *s, struct buf *out, size_t i)
{
	bool is_recent = !(s->enabled & IMAP_REV2) && seqset_has(&s->recent, s->box->view.uid[i]);

	buf_put_str(out, "FLAGS ");
	imap_put_flags(out, s->box->view.flags[i], &s->box->keywords, is_recent);
}

void imap_put_modseq(const struct imap_session *s, struct buf *out, size_t i)
{
	buf_put_str(out, "MODSEQ (");
	buf_put_number(out, modseq_of(&s->modseq, s->box, i));
	buf_put_char(out, ')');
}

void imap_say_flags(struct imap_session *s, size_t i, bool with_uid)
{
	imap_fetch_begin(s, i, with_uid, true);
	imap_put_message_flags(s, s->out, i);
	if (s->enabled & IMAP_CONDSTORE) {
		buf_put_char(s->out, ' ');
		imap_put_modseq(s, s->out, i);
	}
	imap_fetch_end(s);
}

void imap_add_recent(struct imap_session *s, const struct seqset *uids)
{
	if (s->enabled & IMAP_REV2)
		return;
	for (size_t i = 0; i < uids->n; i++)
		seqset_add(&s->recent_in, &s->recent, uids->v[i].first, uids->v[i].last);
	seqset_resolve(&s->recent, 0);
}

void imap_find_recent(struct imap_session *s)
{
	size_t at = 0;
	uint32_t uid;

	if (s->enabled & IMAP_REV2)
		return;
	while (mailbox_next_recent(s->box, &at, &uid))
		seqset_add(&s->recent_in, &s->recent, uid, uid);
	seqset_resolve(&s->recent, 0);
}

/* Those of them that are still there. */
static size_t count_recent(const struct imap_session *s)
{
	struct seqset numbers = { 0 };
	struct arena a = { 0 };
	size_t n;

	number_uids(s, &a, &s->recent, &numbers);
	n = (size_t)seqset_count(&numbers);
	arena_clear(&a);
	return n;
}

void imap_say_exists(struct imap_session *s)
{
	const struct cache *view = &s->box->view;

	imap_begin(s, "");
	buf_put_number(s->out, view->n);
	buf_put_str(s->out, " EXISTS\r\n");
	if (s->enabled & IMAP_REV2)
		return;
	imap_begin(s, "");
	buf_put_number(s->out, count_recent(s));
	buf_put_str(s->out, " RECENT\r\n");
}

/* As imap_put_flags(), whose order they have: all flags that there are. */
static void put_all_flags(const struct imap_session *s, const char *more)
{
	uint32_t all = MSGNAME_ANSWERED | MSGNAME_FLAGGED | MSGNAME_DELETED | MSGNAME_SEEN | MSGNAME_DRAFT;

	imap_put_flags(s->out, all | MSGNAME_KEYWORD_BITS, &s->box->keywords, false);
	buf_cut(s->out, s->out->n - 1);
	buf_put_str(s->out, more);
	buf_put_char(s->out, ')');
}

static bool has_room_for_keywords(const struct keywords *k)
{
	for (size_t i = 0; i < MSGNAME_KEYWORDS; i++)
		if (!k->names[i])
			return true;
	return false;
}

void imap_say_keywords(struct imap_session *s)
{
	imap_begin(s, "FLAGS ");
	put_all_flags(s, "");
	imap_end(s);
	imap_begin(s, "OK [PERMANENTFLAGS ");
	if (s->read_only)
		buf_put_str(s->out, "()");
	else
		put_all_flags(s, has_room_for_keywords(&s->box->keywords) ? " \\*" : "");
	buf_put_str(s->out, s->read_only ? "] None can be changed" : "] These can be changed");
	imap_end(s);
}

/* The part of a range that the client knows of. */
static void add_known(struct arena *a, const struct seqset *known, uint32_t first, uint32_t last, struct seqset *out)
{
	if (!known) {
		seqset_add(a, out, first, last);
		return;
	}
	for (size_t i = seqset_find(known, first); i < known->n && known->v[i].first <= last; i++)
		seqset_add(a, out, known->v[i].first > first ? known->v[i].first : first,
			   known->v[i].last < last ? known->v[i].last : last);
}

void imap_say_vanished(struct imap_session *s, const struct seqset *known, uint32_t above, uint64_t since)
{
	struct seqset gone = { 0 };
	uint32_t first, last;

	while (modseq_next_vanished(&s->modseq, s->box, since, &above, &first, &last))
		add_known(&s->command, known, first, last, &gone);
	if (gone.n == 0)
		return;
	imap_begin(s, "VANISHED (EARLIER) ");
	imap_put_seqset(s->out, &gone);
	imap_end(s);
}

/* ---- reading ---- */

struct imap_source *imap_session_source(struct imap_session *s)
{
	if (!s->source) {
		s->source = arena_heap(sizeof(*s->source));
		imap_source_init(s->source, s->box);
	}
	return s->source;
}

void imap_session_drop_source(struct imap_session *s)
{
	if (!s->source)
		return;
	imap_source_clear(s->source);
	free(s->source);
	s->source = NULL;
}
