/* SPDX-License-Identifier: ISC */
/*
 * cmd_esearch - ESEARCH: one search in many mailboxes, RFC 7377.
 *
 * The selected mailbox is searched as the client sees it, others are opened for it, one after the other. One that
 * cannot be opened is passed over, as it may have been removed meanwhile; one without a match is not told of.
 */
#include <string.h>

#include "base/map.h"
#include "imap/search_run.h"
#include "imap/search_update.h"
#include "store/subscriptions.h"

enum {
	RETURNS = SEARCH_RETURN_MIN | SEARCH_RETURN_MAX | SEARCH_RETURN_ALL | SEARCH_RETURN_COUNT |
		  SEARCH_RETURN_PARTIAL | SEARCH_RETURN_SAVE | SEARCH_RETURN_CONTEXT | SEARCH_RETURN_UPDATE,
};

struct esearch {
	struct search_run run;
	struct search_update_text text;
	struct map names;	/* of the mailboxes to search, each once; the value is not used */
	size_t at;		/* the next of them */
	const char *const *all; /* the names of all, once they were asked for */
	size_t n;
	unsigned added; /* filters without names, by their places, whose mailboxes are there: each once */
	bool has_selected, has_others; /* the selected mailbox is asked for by that word; others are */
	const char *name;	       /* of the mailbox at hand */
	/* It, unless it is the selected one. */
	bool is_open;
	struct mailbox mailbox;
	struct modseq modseq;
	struct imap_source source;
};

/* ---- which mailboxes ---- */

static void add_name(struct esearch *w, const char *name)
{
	map_add(&w->names, span_str(name), w);
}

static int add_selected(struct imap_session *s, struct esearch *w, const char *name, struct fault *f)
{
	(void)name;
	(void)f;
	w->has_selected = true;
	if (s->box)
		add_name(w, s->name);
	return 0;
}

enum { ONLY_BELOW = 1, ONE_LEVEL };

/* Is it this one, or below it? All are below "", as in LIST. */
static bool is_in_tree(const char *name, const char *top, int depth)
{
	size_t n = strlen(top);

	if (n == 0)
		return depth != ONE_LEVEL || !strchr(name, '/');
	if (strncmp(name, top, n) != 0)
		return false;
	if (name[n] == '\0')
		return true;
	return name[n] == '/' && (depth != ONE_LEVEL || !strchr(name + n + 1, '/'));
}

/* All mailboxes, if there is no top. */
static int add_tree(struct imap_session *s, struct esearch *w, const char *top, int depth, struct fault *f)
{
	if (!w->all && folders_list(&s->folders, &s->command, &w->all, &w->n, f) < 0)
		return -1;
	for (size_t i = 0; i < w->n; i++)
		if (!top || is_in_tree(w->all[i], top, depth))
			add_name(w, w->all[i]);
	return 0;
}

static int add_personal(struct imap_session *s, struct esearch *w, const char *name, struct fault *f)
{
	return add_tree(s, w, name, ONLY_BELOW, f);
}

static int add_subtree_one(struct imap_session *s, struct esearch *w, const char *name, struct fault *f)
{
	return add_tree(s, w, name, ONE_LEVEL, f);
}

static int add_subscribed(struct imap_session *s, struct esearch *w, const char *name, struct fault *f)
{
	const char *const *names;
	size_t n;

	(void)name;
	if (subscriptions_list(&s->folders, &s->command, &names, &n, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		add_name(w, names[i]);
	return 0;
}

static int add_mailbox(struct imap_session *s, struct esearch *w, const char *name, struct fault *f)
{
	(void)s;
	(void)f;
	add_name(w, name);
	return 0;
}

/*
 * Those of RFC 5465 6 but selected-delayed, and subtree-one: RFC 7377 2.2. A delivery may go to any folder, so
 * "inboxes" is "personal".
 */
static const struct filter {
	const char *word;
	int (*add)(struct imap_session *s, struct esearch *w, const char *name, struct fault *f);
	bool has_names;
} filters[] = {
	{ "selected", add_selected, false }, { "inboxes", add_personal, false },
	{ "personal", add_personal, false }, { "subscribed", add_subscribed, false },
	{ "subtree", add_personal, true },   { "subtree-one", add_subtree_one, true },
	{ "mailboxes", add_mailbox, true },
};

/* One name, or several in brackets. */
static int parse_names(struct imap_session *s, struct imap_parse *p, struct esearch *w, const struct filter *filter,
		       struct fault *f)
{
	bool many;
	const char *name;

	if (imap_parse_sp(p) < 0)
		return -1;
	many = imap_parse_take(p, '(');
	do {
		if (imap_parse_any_mailbox(p, &name) < 0)
			return -1;
		if (filter->add(s, w, name, f) < 0)
			return 1;
	} while (many && !imap_parse_is(p, ')') && imap_parse_sp(p) == 0);
	return many ? imap_parse_close(p) : 0;
}

/* 0; -1 with p->wrong; 1 with the fault. */
static int parse_filter(struct imap_session *s, struct imap_parse *p, struct esearch *w, struct fault *f)
{
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (!imap_parse_take_word(p, filters[i].word))
			continue;
		w->has_others |= filters[i].add != add_selected;
		if (filters[i].has_names)
			return parse_names(s, p, w, &filters[i], f);
		if (w->added & 1u << i)
			return 0;
		w->added |= 1u << i;
		return filters[i].add(s, w, NULL, f) < 0;
	}
	return imap_parse_fail(p, "Unknown kind of mailboxes to search");
}

/* "IN (...)" and a blank. As parse_filter(). */
static int parse_source(struct imap_session *s, struct imap_parse *p, struct esearch *w, struct fault *f)
{
	int rc;

	if (!imap_parse_take_word(p, "IN"))
		return s->box ? (int)add_selected(s, w, NULL, f)
			      : imap_parse_fail(p, "Say where to search, or select a mailbox first");
	if (imap_parse_sp(p) < 0 || imap_parse_open(p) < 0)
		return -1;
	do {
		rc = parse_filter(s, p, w, f);
		if (rc != 0)
			return rc;
	} while (!imap_parse_is(p, ')') && imap_parse_sp(p) == 0);
	return imap_parse_close(p) < 0 ? -1 : imap_parse_sp(p);
}

/* ---- one after the other ---- */

static void leave(struct esearch *w)
{
	if (!w->is_open)
		return;
	search_match_clear(&w->run.match);
	imap_source_clear(&w->source);
	modseq_clear(&w->modseq);
	mailbox_close(&w->mailbox);
	w->is_open = false;
	w->run.place.box = NULL;
	w->run.place.source = NULL;
}

/* 0; -1: it is not there, or cannot be searched. */
static int enter(struct imap_session *s, struct esearch *w, const char *name)
{
	char path[PATH_MAX];
	struct fault f;

	if (s->box && strcmp(name, s->name) == 0) {
		search_run_enter(&w->run, s->box, imap_session_source(s), &s->modseq);
		return 0;
	}
	if (folders_find(&s->folders, span_str(name), path, &f) <= 0 || mailbox_open(&w->mailbox, path, 0, &f) < 0)
		return -1;
	w->is_open = true;
	modseq_init(&w->modseq);
	imap_source_init(&w->source, &w->mailbox);
	w->run.place.source = NULL;
	if (mailbox_load_keywords(&w->mailbox, &f) < 0 ||
	    (w->run.program.has_modseq && modseq_load(&w->modseq, &w->mailbox, &f) < 0)) {
		leave(w);
		return -1;
	}
	search_run_enter(&w->run, &w->mailbox, &w->source, &w->modseq);
	return 0;
}

static bool enter_next(struct search_run *run)
{
	struct esearch *w = (struct esearch *)run;

	leave(w);
	while (w->at < w->names.n) {
		w->name = w->names.entries[w->at++].key.p;
		if (enter(run->s, w, w->name) == 0)
			return true;
	}
	return false;
}

static void put_mailbox(struct search_run *run)
{
	struct esearch *w = (struct esearch *)run;
	struct imap_session *s = run->s;
	struct buf text;

	if (run->n == 0 && run->ret.what & SEARCH_RETURN_SAVE)
		s->saved = (struct seqset){ 0 };
	buf_init(&text, IMAP_LINE_MAX);
	buf_put_span(&text, search_run_correlator(s));
	buf_put_str(&text, " MAILBOX ");
	imap_put_mailbox(&text, w->name, imap_utf8(s));
	buf_put_str(&text, " UIDVALIDITY ");
	buf_put_number(&text, run->place.box->view.uidvalidity);
	if (run->n > 0)
		search_run_put(run, "SEARCH", NULL, buf_span(&text));
	if (run->ret.what & SEARCH_RETURN_UPDATE && run->place.box == s->box)
		search_update_add(run, &w->text, NULL, buf_span(&text));
	buf_clear(&text);
}

static void clear(struct search_run *run)
{
	leave((struct esearch *)run);
}

/* What means nothing elsewhere; NULL if all is well. RFC 7377 2.2. */
static const char *find_misplaced(const struct imap_session *s, const struct esearch *w)
{
	if (!s->box && w->has_selected)
		return "Select a mailbox first";
	if (!s->box && w->run.ret.what & SEARCH_RETURN_UPDATE)
		return "UPDATE is for the selected mailbox alone";
	if (!w->has_others)
		return NULL;
	if (w->run.ret.what & SEARCH_RETURN_SAVE)
		return "SAVE is for the selected mailbox alone";
	return w->run.program.has_numbers ? "Message numbers and $ are of the selected mailbox alone" : NULL;
}

/* Only the selected mailbox is kept up to date, so where it is not searched nothing is. */
static void vet_update(struct imap_session *s, struct esearch *w)
{
	if (w->run.ret.what & SEARCH_RETURN_UPDATE && !map_find(&w->names, span_str(s->name))) {
		search_update_refuse(s);
		w->run.ret.what &= ~(unsigned)SEARCH_RETURN_UPDATE;
	}
}

void imap_cmd_esearch(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct esearch *w = search_run_new(s, sizeof(*w), IMAP_UID);
	unsigned charset = s->enabled & IMAP_UTF8 ? SEARCH_NO_CHARSET : 0;
	const char *misplaced;
	struct fault f;
	int rc;

	(void)how;
	map_init(&w->names, &s->command);
	if (imap_parse_sp(p) < 0)
		return;
	rc = parse_source(s, p, w, &f);
	if (rc > 0)
		imap_fail(s, NULL, &f);
	if (rc != 0 || search_run_parse_return(&w->run, p, RETURNS) < 0)
		return;
	w->text = (struct search_update_text){ .how = charset, .program = span_of(p->p, (size_t)(p->end - p->p)) };
	if (search_run_parse(&w->run, p, charset, span_of(NULL, 0)) < 0)
		return;
	misplaced = find_misplaced(s, w);
	if (misplaced) {
		imap_bad(s, NULL, "%s", misplaced);
		return;
	}
	vet_update(s, w);
	w->run.ret.is_extended = true;
	w->run.next = enter_next;
	w->run.finish = put_mailbox;
	w->run.clear = clear;
	search_run_start_elsewhere(&w->run);
}
