/* SPDX-License-Identifier: ISC */
/*
 * search_update - searches whose results the client is kept informed of.
 */
#include "imap/search_update.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct search_kept {
	struct arena arena; /* of the program */
	const char *tag;
	bool uid;
	struct search program;
	bool *fits;		      /* each message of the snapshot */
	struct arena news;	      /* of these: */
	struct seqset removed, added; /* numbers of before and of now, or UIDs */
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

bool search_update_cancel(struct imap_session *s, struct span tag)
{
	struct imap_search_updates *u = s->updates;

	for (size_t i = 0; u && i < u->n; i++) {
		if (!span_is(tag, span_str(u->kept[i]->tag)))
			continue;
		free_kept(u->kept[i]);
		u->kept[i] = u->kept[--u->n];
		if (u->n == 0)
			search_update_drop(s);
		return true;
	}
	return false;
}

/* The same program, out of a copy of its text that stays. */
static void copy_program(struct search_kept *k, const struct search_run *w, struct span text)
{
	struct imap_parse p;

	text = span_of(arena_span(&k->arena, text), text.n);
	imap_parse_init(&p, &k->arena, text, imap_utf8(w->s));
	search_parse(&p, 0, span_of(NULL, 0), &k->program);
}

void search_update_add(const struct search_run *w, struct span program)
{
	struct imap_session *s = w->s;
	struct imap_search_updates *u;
	struct seqset_iter at = { 0 };
	struct search_kept *k;
	uint32_t number;

	search_update_cancel(s, span_str(s->tag));
	if (w->program.has_numbers || program.n > SEARCH_UPDATE_TEXT_MAX ||
	    (s->updates && s->updates->n == SEARCH_UPDATES_MAX)) {
		imap_say(s, "NO [NOUPDATE \"%s\"] That cannot be kept up to date", s->tag);
		return;
	}
	u = updates_of(s);
	k = arena_heap(sizeof(*k));
	*k = (struct search_kept){ .uid = w->how & IMAP_UID };
	k->tag = arena_str(&k->arena, s->tag);
	copy_program(k, w, program);
	k->fits = arena_heap(u->messages * sizeof(*k->fits) + 1);
	memset(k->fits, 0, u->messages * sizeof(*k->fits));
	while (seqset_next(&w->numbers, &at, &number))
		k->fits[number - 1] = true;
	u->kept[u->n++] = k;
}

/* ---- what is news ---- */

static bool fits_now(struct search_match *m, size_t i)
{
	struct fault f;

	return search_match(m, i, &f) > 0;
}

/* One search, from the snapshot to the view; what fits in the view replaces what fitted in the snapshot. */
static void compare(struct imap_session *s, const struct imap_search_updates *u, struct search_kept *k,
		    struct search_match *m)
{
	const struct cache *view = &s->box->view;
	bool *fits = arena_heap(view->n * sizeof(*fits) + 1);
	size_t old = 0;

	for (size_t i = 0; i <= view->n; i++) {
		bool is_known;

		for (; old < u->messages && (i == view->n || u->uid[old] < view->uid[i]); old++)
			if (k->fits[old])
				seqset_add(&k->news, &k->removed, k->uid ? u->uid[old] : (uint32_t)old + 1,
					   k->uid ? u->uid[old] : (uint32_t)old + 1);
		if (i == view->n)
			break;
		is_known = old < u->messages && u->uid[old] == view->uid[i];
		fits[i] = is_known && u->flags[old] == view->flags[i] ? k->fits[old] : fits_now(m, i);
		if (is_known && k->fits[old] && !fits[i])
			seqset_add(&k->news, &k->removed, k->uid ? view->uid[i] : (uint32_t)old + 1,
				   k->uid ? view->uid[i] : (uint32_t)old + 1);
		if (fits[i] && !(is_known && k->fits[old]))
			seqset_add(&k->news, &k->added, k->uid ? view->uid[i] : (uint32_t)i + 1,
				   k->uid ? view->uid[i] : (uint32_t)i + 1);
		old += is_known;
	}
	free(k->fits);
	k->fits = fits;
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
		any |= u->kept[i]->removed.n > 0 || u->kept[i]->added.n > 0;
	}
	take_snapshot(u, &s->box->view);
	return any;
}

/* ---- telling ---- */

/* The place in the results is 0: they have no order that the client has asked for. RFC 5267 4.3. */
static void put(struct imap_session *s, const struct search_kept *k, const char *what, const struct seqset *set)
{
	if (set->n == 0)
		return;
	imap_begin(s, "ESEARCH (TAG \"");
	buf_put_str(s->out, k->tag);
	buf_put_str(s->out, k->uid ? "\") UID " : "\") ");
	buf_put_str(s->out, what);
	buf_put_str(s->out, " (0 ");
	imap_put_seqset(s->out, set);
	buf_put_char(s->out, ')');
	imap_end(s);
}

void search_update_put_removed(struct imap_session *s)
{
	for (size_t i = 0; s->updates && i < s->updates->n; i++) {
		struct search_kept *k = s->updates->kept[i];

		put(s, k, "REMOVEFROM", &k->removed);
		k->removed = (struct seqset){ 0 };
	}
}

void search_update_put_added(struct imap_session *s)
{
	for (size_t i = 0; s->updates && i < s->updates->n; i++) {
		struct search_kept *k = s->updates->kept[i];

		put(s, k, "ADDTO", &k->added);
		k->added = (struct seqset){ 0 };
		arena_clear(&k->news);
	}
}
