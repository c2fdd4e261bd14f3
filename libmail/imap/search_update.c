/* SPDX-License-Identifier: ISC */
/*
 * search_update - searches whose results the client is kept informed of.
 */
#include "imap/search_update.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "imap/facts.h"

/* Results that came or went: their names (numbers or UIDs), and where in the results, from 1 on; 0: they have no order.
 */
struct changes {
	struct change {
		uint32_t place, name;
	} * v;
	size_t n, room;
};

struct search_kept {
	struct arena arena; /* of the program */
	const char *tag;
	struct span correlator; /* of each ESEARCH */
	bool uid;
	struct search program;
	bool *fits; /* each message of the snapshot */
	bool fetches;
	struct imap_fetch fetch;
	/* Of a sorted one: the results in their order, as UIDs. */
	bool sorts;
	struct sort_keys keys;
	uint32_t *order;
	size_t results;

	struct arena news; /* of these: */
	struct changes gone, removed, added;
	struct seqset came; /* numbers of messages that are new, and fit */
};

struct imap_search_updates {
	struct search_kept *kept[SEARCH_UPDATES_MAX];
	size_t n;
	/* The mailbox as it was looked at last. */
	uint32_t *uid, *flags;
	size_t messages;
};

static void free_kept(struct search_kept *k)
{
	arena_clear(&k->arena);
	arena_clear(&k->news);
	free(k->fits);
	free(k->order);
	free(k);
}

void search_update_drop(struct imap_session *s)
{
	struct imap_search_updates *u = s->updates;

	if (!u)
		return;
	for (size_t i = 0; i < u->n; i++)
		free_kept(u->kept[i]);
	free(u->uid);
	free(u->flags);
	free(u);
	s->updates = NULL;
}

static void take_snapshot(struct imap_search_updates *u, const struct cache *view)
{
	free(u->uid);
	free(u->flags);
	u->messages = view->n;
	u->uid = arena_heap(view->n * sizeof(*u->uid) + 1);
	u->flags = arena_heap(view->n * sizeof(*u->flags) + 1);
	if (view->n == 0)
		return;
	memcpy(u->uid, view->uid, view->n * sizeof(*u->uid));
	memcpy(u->flags, view->flags, view->n * sizeof(*u->flags));
}

static struct imap_search_updates *updates_of(struct imap_session *s)
{
	if (!s->updates) {
		s->updates = arena_heap(sizeof(*s->updates));
		*s->updates = (struct imap_search_updates){ .n = 0 };
		take_snapshot(s->updates, &s->box->view);
	}
	return s->updates;
}

/* Which of them has this tag; u->n: none. */
static size_t find_tag(const struct imap_search_updates *u, struct span tag)
{
	size_t i = 0;

	while (i < u->n && !span_is(tag, span_str(u->kept[i]->tag)))
		i++;
	return i;
}

bool search_update_has_tag(const struct imap_session *s)
{
	return s->updates && find_tag(s->updates, span_str(s->tag)) < s->updates->n;
}

bool search_update_cancel(struct imap_session *s, struct span tag)
{
	struct imap_search_updates *u = s->updates;
	size_t i = u ? find_tag(u, tag) : 0;

	if (!u || i == u->n)
		return false;
	free_kept(u->kept[i]);
	u->kept[i] = u->kept[--u->n];
	if (u->n == 0)
		search_update_drop(s);
	return true;
}

/* ---- a search is kept ---- */

static struct span keep(struct search_kept *k, struct span text)
{
	return span_of(arena_span(&k->arena, text), text.n);
}

/* The same program, out of a copy of its text that stays; and what is to be fetched. */
static void copy_program(struct search_kept *k, const struct search_run *w, const struct search_update_text *text)
{
	struct imap_parse p;

	imap_parse_init(&p, &k->arena, keep(k, text->program), imap_utf8(w->s));
	search_parse(&p, text->how, keep(k, text->charset), &k->program);
	k->fetches = w->ret.fetch.p;
	if (!k->fetches)
		return;
	imap_parse_init(&p, &k->arena, keep(k, w->ret.fetch), imap_utf8(w->s));
	imap_fetch_parse_list(&p, &k->fetch);
}

static void copy_order(struct search_kept *k, const struct sort *sorted, const struct cache *view)
{
	k->sorts = sorted;
	if (!sorted)
		return;
	k->keys = *sorted->keys;
	k->results = sorted->n;
	k->order = arena_heap(sorted->n * sizeof(*k->order) + 1);
	for (size_t i = 0; i < sorted->n; i++)
		k->order[i] = view->uid[sorted->number[i] - 1];
}

void search_update_refuse(struct imap_session *s)
{
	imap_say(s, "NO [NOUPDATE \"%s\"] That cannot be kept up to date", s->tag);
}

void search_update_add(const struct search_run *w, const struct search_update_text *text, const struct sort *sorted,
		       struct span correlator)
{
	struct imap_session *s = w->s;
	struct imap_search_updates *u;
	struct seqset_iter at = { 0 };
	struct search_kept *k;
	uint32_t number;

	if (w->program.has_numbers || text->program.n > SEARCH_UPDATE_TEXT_MAX ||
	    w->ret.fetch.n > SEARCH_UPDATE_TEXT_MAX || (s->updates && s->updates->n == SEARCH_UPDATES_MAX)) {
		search_update_refuse(s);
		return;
	}
	u = updates_of(s);
	k = arena_heap(sizeof(*k));
	*k = (struct search_kept){ .uid = w->how & IMAP_UID };
	k->tag = arena_str(&k->arena, s->tag);
	k->correlator = keep(k, correlator);
	copy_program(k, w, text);
	copy_order(k, sorted, &s->box->view);
	k->fits = arena_heap(u->messages * sizeof(*k->fits) + 1);
	memset(k->fits, 0, u->messages * sizeof(*k->fits));
	while (seqset_next(&w->numbers, &at, &number))
		k->fits[number - 1] = true;
	u->kept[u->n++] = k;
}

/* ---- what is news ---- */

static void add_change(struct search_kept *k, struct changes *c, size_t place, uint32_t name)
{
	struct change *v;

	if (c->n == c->room) {
		c->room = c->room ? 2 * c->room : 16;
		v = arena_alloc(&k->news, c->room * sizeof(*v));
		if (c->n > 0)
			memcpy(v, c->v, c->n * sizeof(*v));
		c->v = v;
	}
	c->v[c->n++] = (struct change){ (uint32_t)place, name };
}

static bool fits_now(struct search_match *m, size_t i)
{
	struct fault f;

	return search_match(m, i, &f) > 0;
}

/*
 * One search, from the snapshot to the view; what fits in the view replaces what fitted in the snapshot. Where results
 * have an order, those that came and went are found by comparing that.
 */
static void compare(struct imap_session *s, const struct imap_search_updates *u, struct search_kept *k,
		    struct search_match *m)
{
	const struct cache *view = &s->box->view;
	bool *fits = arena_heap(view->n * sizeof(*fits) + 1);
	size_t old = 0;

	for (size_t i = 0; i <= view->n; i++) {
		bool is_known;

		for (; old < u->messages && (i == view->n || u->uid[old] < view->uid[i]); old++)
			if (k->fits[old] && !k->sorts)
				add_change(k, &k->gone, 0, k->uid ? u->uid[old] : (uint32_t)old + 1);
		if (i == view->n)
			break;
		is_known = old < u->messages && u->uid[old] == view->uid[i];
		fits[i] = is_known && u->flags[old] == view->flags[i] ? k->fits[old] : fits_now(m, i);
		if (is_known && k->fits[old] && !fits[i] && !k->sorts)
			add_change(k, &k->removed, 0, k->uid ? view->uid[i] : (uint32_t)i + 1);
		if (fits[i] && !(is_known && k->fits[old]) && !k->sorts)
			add_change(k, &k->added, 0, k->uid ? view->uid[i] : (uint32_t)i + 1);
		if (fits[i] && !is_known && k->fetches)
			seqset_add(&k->news, &k->came, (uint32_t)i + 1, (uint32_t)i + 1);
		old += is_known;
	}
	free(k->fits);
	k->fits = fits;
}

/* The index of a UID in ascending ones; n if it is not there. */
static size_t find_uid(const uint32_t *uids, size_t n, uint32_t uid)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (uids[middle] < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && uids[low] == uid ? low : n;
}

/*
 * From the last to the first, so that the places of those in front stay what they are. Those that are gone have their
 * place among all, those that fit no more theirs among the ones that are left.
 */
static void find_removed(struct imap_session *s, const struct imap_search_updates *u, struct search_kept *k)
{
	const struct cache *view = &s->box->view;
	size_t left = 0;

	for (size_t i = k->results; i-- > 0;)
		if (find_uid(view->uid, view->n, k->order[i]) == view->n)
			add_change(k, &k->gone, i + 1,
				   k->uid ? k->order[i] : (uint32_t)find_uid(u->uid, u->messages, k->order[i]) + 1);
	for (size_t i = 0; i < k->results; i++)
		if (find_uid(view->uid, view->n, k->order[i]) < view->n)
			k->order[left++] = k->order[i];
	k->results = left;
	left = 0;
	for (size_t i = k->results; i-- > 0;) {
		size_t at = find_uid(view->uid, view->n, k->order[i]);

		if (!k->fits[at])
			add_change(k, &k->removed, i + 1, k->uid ? k->order[i] : (uint32_t)at + 1);
	}
	for (size_t i = 0; i < k->results; i++)
		if (k->fits[find_uid(view->uid, view->n, k->order[i])])
			k->order[left++] = k->order[i];
	k->results = left;
}

/* What was there keeps its order, as nothing of a message changes that is sorted by; unless a file was tampered with.
 */
static void check_order(const struct cache *view, struct search_kept *k, const struct sort *sorted)
{
	size_t old = 0;

	for (size_t i = 0; i < sorted->n; i++)
		old += old < k->results && k->order[old] == view->uid[sorted->number[i] - 1];
	if (old == k->results)
		return;
	for (size_t i = k->results; i-- > 0;)
		add_change(k, &k->removed, i + 1,
			   k->uid ? k->order[i] : (uint32_t)find_uid(view->uid, view->n, k->order[i]) + 1);
	k->results = 0;
}

/* Each that was not there is added where it stands now. */
static void find_added(struct imap_session *s, struct search_kept *k, const struct sort *sorted)
{
	const struct cache *view = &s->box->view;
	uint32_t *order = arena_heap(sorted->n * sizeof(*order) + 1);
	size_t old = 0;

	check_order(view, k, sorted);
	for (size_t i = 0; i < sorted->n; i++) {
		order[i] = view->uid[sorted->number[i] - 1];
		if (old < k->results && k->order[old] == order[i])
			old++;
		else
			add_change(k, &k->added, i + 1, k->uid ? order[i] : sorted->number[i]);
	}
	free(k->order);
	k->order = order;
	k->results = sorted->n;
}

/* A message that cannot be read now is no result, until its flags change. */
static void sort_again(struct imap_session *s, const struct imap_search_updates *u, struct search_kept *k,
		       struct imap_source *source)
{
	unsigned needs = sort_needs(&k->keys);
	struct arena a = { 0 };
	struct sort sort;
	struct fault f;

	sort_init(&sort, &k->keys, &a, s->box->view.n);
	for (size_t i = 0; i < s->box->view.n; i++)
		if (k->fits[i] && facts_add_to_sort(&sort, needs, source, i, &f) < 0)
			k->fits[i] = false;
	sort_run(&sort);
	find_removed(s, u, k);
	find_added(s, k, &sort);
	arena_clear(&a);
}

static void look_for(struct imap_session *s, struct search_kept *k)
{
	const struct search_place place = {
		.box = s->box,
		.source = imap_session_source(s),
		.modseq = &s->modseq,
		.recent = s->enabled & IMAP_REV2 ? NULL : &s->recent,
		.saved = &s->saved,
		.now = clock_wall(),
	};
	struct arena a = { 0 };
	struct search_match m;

	search_match_init(&m, &a, &k->program, &place);
	compare(s, s->updates, k, &m);
	search_match_clear(&m);
	arena_clear(&a);
	if (k->sorts)
		sort_again(s, s->updates, k, place.source);
	imap_source_end(place.source);
}

static bool is_same(const struct imap_search_updates *u, const struct cache *view)
{
	return u->messages == view->n &&
	       (view->n == 0 || (memcmp(u->uid, view->uid, view->n * sizeof(*u->uid)) == 0 &&
				 memcmp(u->flags, view->flags, view->n * sizeof(*u->flags)) == 0));
}

bool search_update_look(struct imap_session *s)
{
	struct imap_search_updates *u = s->updates;
	bool any = false;

	if (!u || is_same(u, &s->box->view))
		return false;
	for (size_t i = 0; i < u->n; i++) {
		look_for(s, u->kept[i]);
		any |= u->kept[i]->gone.n > 0 || u->kept[i]->removed.n > 0 || u->kept[i]->added.n > 0;
	}
	take_snapshot(u, &s->box->view);
	return any;
}

/* ---- telling ---- */

/* "0 1:3", of results that have no order; "4 7 2 9" of sorted ones. */
static void put_changes(struct imap_session *s, const struct search_kept *k, const struct changes *c)
{
	struct seqset all = { 0 };
	struct arena a = { 0 };

	for (size_t i = 0; i < c->n && k->sorts; i++)
		buf_printf(s->out, "%s%u %u", i > 0 ? " " : "", (unsigned)c->v[i].place, (unsigned)c->v[i].name);
	if (k->sorts)
		return;
	for (size_t i = 0; i < c->n; i++)
		seqset_add(&a, &all, c->v[i].name, c->v[i].name);
	buf_put_str(s->out, "0 ");
	imap_put_seqset(s->out, &all);
	arena_clear(&a);
}

static void put(struct imap_session *s, const struct search_kept *k, const char *what, struct changes *c)
{
	if (c->n == 0)
		return;
	imap_begin(s, "ESEARCH (");
	buf_put_span(s->out, k->correlator);
	buf_put_str(s->out, k->uid ? ") UID " : ") ");
	buf_put_str(s->out, what);
	buf_put_str(s->out, " (");
	put_changes(s, k, c);
	buf_put_char(s->out, ')');
	imap_end(s);
	*c = (struct changes){ .n = 0 };
}

void search_update_put_removed(struct imap_session *s)
{
	for (size_t i = 0; s->updates && i < s->updates->n; i++)
		put(s, s->updates->kept[i], "REMOVEFROM", &s->updates->kept[i]->gone);
}

bool search_update_next_fetch(struct imap_session *s, struct arena *a, size_t *at, const struct imap_fetch **fetch,
			      struct seqset *numbers)
{
	struct seqset_iter it = { 0 };
	uint32_t number;

	while (s->updates && *at < s->updates->n) {
		struct search_kept *k = s->updates->kept[(*at)++];

		if (k->came.n == 0)
			continue;
		*fetch = &k->fetch;
		*numbers = (struct seqset){ 0 };
		while (seqset_next(&k->came, &it, &number))
			seqset_add(a, numbers, number, number);
		return true;
	}
	return false;
}

void search_update_put(struct imap_session *s)
{
	for (size_t i = 0; s->updates && i < s->updates->n; i++) {
		struct search_kept *k = s->updates->kept[i];

		put(s, k, "REMOVEFROM", &k->removed);
		put(s, k, "ADDTO", &k->added);
		k->came = (struct seqset){ 0 };
		arena_clear(&k->news);
	}
}
