/* SPDX-License-Identifier: ISC */
/*
 * search_run - a command that looks at all messages of the selected mailbox.
 */
#include "imap/search_run.h"

#include <errno.h>

#include "base/clock.h"
#include "imap/search_update.h"

enum {
	LOOK_EVERY = 64, /* messages between two looks at the clock, when none has to be read */
};

void *search_run_new(struct imap_session *s, size_t size, unsigned how)
{
	struct search_run *w = arena_alloc(&s->command, size);

	w->s = s;
	w->how = how;
	return w;
}

void search_run_refuse_charset(struct imap_session *s)
{
	imap_no(s,
		"BADCHARSET (US-ASCII UTF-8 ISO-8859-1 ISO-8859-15 WINDOWS-1252 KOI8-R ISO-2022-JP SHIFT_JIS "
		"GB18030 BIG5 EUC-KR)",
		"Strings in that charset cannot be read");
}

/* RFC 5182 2.1: after NO "$" is empty. */
static void forget_saved(struct search_run *w)
{
	if (w->ret.what & SEARCH_RETURN_SAVE)
		w->s->saved = (struct seqset){ 0 };
}

int search_run_parse_return(struct search_run *w, struct imap_parse *p, unsigned allowed)
{
	if (search_return_parse(p, allowed, &w->ret) < 0)
		return -1;
	if (w->ret.what & SEARCH_RETURN_UPDATE && search_update_has_tag(w->s))
		return imap_parse_fail(p, "A search with that tag is being kept up to date");
	return 0;
}

int search_run_parse(struct search_run *w, struct imap_parse *p, unsigned how, struct span charset)
{
	struct imap_session *s = w->s;
	int rc = search_parse(p, how, charset, &w->program);

	if (rc > 0) {
		forget_saved(w);
		search_run_refuse_charset(s);
	}
	if (rc != 0)
		return -1;
	if (w->program.has_numbers && (s->enabled & IMAP_UIDONLY)) {
		imap_bad(s, "UIDREQUIRED", "Message numbers are not used with UIDONLY");
		return -1;
	}
	if (w->program.has_modseq)
		imap_use_condstore(s);
	return 0;
}

uint32_t search_run_name(const struct search_run *w, size_t i)
{
	return w->how & IMAP_UID ? w->place.box->view.uid[i] : (uint32_t)i + 1;
}

struct span search_run_correlator(struct imap_session *s)
{
	return span_str(arena_printf(&s->command, "TAG \"%s\"", s->tag));
}

/* ---- going through the mailbox ---- */

static void clear(struct search_run *w)
{
	search_match_clear(&w->match);
	if (w->place.source)
		imap_source_end(w->place.source);
	if (w->clear)
		w->clear(w);
}

static void abandon(struct imap_session *s)
{
	clear(s->work);
}

static int64_t tell_ms(const struct search_run *w)
{
	long ms = w->s->server->progress_ms;

	return ms < 0 ? 0 : ms ? ms : SEARCH_RUN_TELL_MS;
}

/* RFC 9585: it never goes back, and in many mailboxes nobody knows how much there is. */
static void tell_progress(struct search_run *w, int64_t now)
{
	unsigned long long done = w->before + w->i;

	if (now - w->told < tell_ms(w))
		return;
	w->told = now;
	if (w->next)
		imap_say(w->s, "OK [INPROGRESS (\"%s\" %llu NIL)] Still searching", w->s->tag, done);
	else
		imap_say(w->s, "OK [INPROGRESS (\"%s\" %llu %zu)] Still searching", w->s->tag, done,
			 w->place.box->view.n);
}

static void look_at(struct search_run *w, size_t i)
{
	struct fault f;
	int rc = search_match(&w->match, i, &f);

	/* Who went away meanwhile does not fit: RFC 2180 4.2. */
	if (rc > 0 && w->take && w->take(w, i, &f) < 0)
		rc = errno == ENOENT ? 0 : -1;
	if (rc < 0 && !w->failed)
		w->fault = f;
	w->failed |= rc < 0;
	if (rc <= 0)
		return;
	seqset_add(&w->s->command, &w->numbers, (uint32_t)i + 1, (uint32_t)i + 1);
	w->n++;
}

static void answer(struct search_run *w)
{
	w->s->abandon = NULL;
	if (w->failed) {
		forget_saved(w);
		imap_fail(w->s, NULL, &w->fault);
	} else {
		imap_ok(w->s, NULL, "Done");
	}
	clear(w);
}

static bool go_on(struct imap_session *s)
{
	struct search_run *w = s->work;
	int64_t start = clock_mono_ms(), now = start;
	bool is_slow = w->program.costs & ~(1u << SEARCH_INDEX) || w->take;

	while (w->place.box && w->i < w->place.box->view.n && now - start < SEARCH_RUN_PART_MS) {
		look_at(w, w->i++);
		if (is_slow || w->i % LOOK_EVERY == 0)
			now = clock_mono_ms();
		if (now - w->told >= tell_ms(w))
			break;
	}
	if (w->place.box && w->i < w->place.box->view.n) {
		tell_progress(w, now);
		return true;
	}
	if (w->place.box) {
		w->finish(w);
		w->before += w->place.box->view.n;
	}
	if (w->next && w->next(w))
		return true;
	answer(w);
	return false;
}

void search_run_enter(struct search_run *w, struct mailbox *box, struct imap_source *source,
		      const struct modseq *modseq)
{
	struct imap_session *s = w->s;
	bool is_selected = box == s->box;

	search_match_clear(&w->match);
	w->place = (struct search_place){
		.box = box,
		.source = source,
		.modseq = modseq,
		.recent = is_selected && !(s->enabled & IMAP_REV2) ? &s->recent : NULL,
		.saved = &s->saved,
		.now = clock_wall(),
	};
	search_match_init(&w->match, &s->command, &w->program, &w->place);
	w->numbers = (struct seqset){ 0 };
	w->n = w->i = 0;
}

void search_run_start_elsewhere(struct search_run *w)
{
	w->told = clock_mono_ms();
	w->s->work = w;
	w->s->abandon = abandon;
	w->s->more = go_on;
}

void search_run_start(struct search_run *w)
{
	search_run_enter(w, w->s->box, imap_session_source(w->s), &w->s->modseq);
	search_run_start_elsewhere(w);
}

/* ---- the answer ---- */

static void number_to_uids(const struct search_run *w, struct seqset *out)
{
	const struct cache *view = &w->place.box->view;
	struct seqset_iter at = { 0 };
	uint32_t number;

	*out = (struct seqset){ 0 };
	while (seqset_next(&w->numbers, &at, &number))
		seqset_add(&w->s->command, out, view->uid[number - 1], view->uid[number - 1]);
}

static uint64_t highest_modseq(const struct search_run *w, const struct seqset *numbers)
{
	struct seqset_iter at = { 0 };
	uint64_t highest = 0;
	uint32_t number;

	while (seqset_next(numbers, &at, &number)) {
		uint64_t modseq = modseq_of(w->place.modseq, w->place.box, number - 1);

		highest = modseq > highest ? modseq : highest;
	}
	return highest;
}

/* "$" is what the client was told of, as UIDs: they stay what they are when numbers move. */
static void save(struct search_run *w, const struct search_results *numbers)
{
	const struct cache *view = &w->place.box->view;
	struct seqset chosen, saved = { 0 };
	struct seqset_iter at = { 0 };
	struct arena keep = { 0 };
	uint32_t number;

	search_return_choose(&w->ret, &w->s->command, numbers, &chosen);
	while (seqset_next(&chosen, &at, &number))
		seqset_add(&keep, &saved, view->uid[number - 1], view->uid[number - 1]);
	arena_clear(&w->s->saved_in);
	w->s->saved_in = keep;
	w->s->saved = saved;
}

static const uint32_t *name_order(struct search_run *w, const uint32_t *order)
{
	uint32_t *names = arena_alloc(&w->s->command, (w->n + 1) * sizeof(*names));

	for (uint64_t i = 0; i < w->n; i++)
		names[i] = search_run_name(w, order[i] - 1);
	return names;
}

void search_run_put(struct search_run *w, const char *name, const uint32_t *order, struct span correlator)
{
	struct imap_session *s = w->s;
	struct search_results numbers = { .set = w->numbers, .order = order, .n = w->n }, named = numbers;
	struct seqset chosen = w->numbers;

	if (w->ret.what & SEARCH_RETURN_SAVE)
		save(w, &numbers);
	if (w->how & IMAP_UID) {
		number_to_uids(w, &named.set);
		named.order = order ? name_order(w, order) : NULL;
	}
	if (w->ret.is_extended)
		search_return_choose(&w->ret, &s->command, &numbers, &chosen);
	if (w->program.has_modseq)
		named.modseq = highest_modseq(w, &chosen);
	if (!w->ret.is_extended && (order || !(s->enabled & IMAP_REV2)))
		search_return_put_list(s->out, name, &named);
	else if (w->ret.what & ~(unsigned)(SEARCH_RETURN_SAVE | SEARCH_RETURN_CONTEXT | SEARCH_RETURN_UPDATE))
		search_return_put(s->out, &s->command, &w->ret, correlator, w->how & IMAP_UID, &named);
}
