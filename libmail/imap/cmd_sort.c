/* SPDX-License-Identifier: ISC */
/*
 * cmd_sort - SORT, THREAD and their UID forms: RFC 5256, 5957; SORT RETURN, also of results that are kept up to date:
 * RFC 5267.
 */
#include "imap/facts.h"
#include "imap/lineage.h"
#include "imap/search_run.h"
#include "imap/search_update.h"
#include "imap/sort.h"
#include "message/thread.h"

enum {
	RETURNS = SEARCH_RETURN_MIN | SEARCH_RETURN_MAX | SEARCH_RETURN_ALL | SEARCH_RETURN_COUNT |
		  SEARCH_RETURN_PARTIAL | SEARCH_RETURN_SAVE | SEARCH_RETURN_CONTEXT | SEARCH_RETURN_UPDATE,
};

struct sorting {
	struct search_run w;
	struct search_update_text text;
	struct sort_keys keys;
	unsigned needs;
	struct sort sort;
};

struct threading {
	struct search_run w;
	enum thread_algorithm algorithm;
	struct thread thread;
};

/* ---- SORT ---- */

static int add_to_sort(struct search_run *w, size_t i, struct fault *f)
{
	struct sorting *sorting = (struct sorting *)w;

	return facts_add_to_sort(&sorting->sort, sorting->needs, w->place.source, i, f);
}

static void put_sorted(struct search_run *w)
{
	struct span correlator = search_run_correlator(w->s);
	struct sorting *sorting = (struct sorting *)w;

	sort_run(&sorting->sort);
	search_run_put(w, "SORT", sorting->sort.number, correlator);
	if (w->ret.what & SEARCH_RETURN_UPDATE)
		search_update_add(w, &sorting->text, &sorting->sort, correlator);
}

static void clear_sort(struct search_run *w)
{
	sort_clear(&((struct sorting *)w)->sort);
}

void imap_cmd_sort(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct sorting *w = search_run_new(s, sizeof(*w), how);
	struct search_update_text *text = &w->text;

	if (imap_parse_sp(p) < 0 || search_run_parse_return(&w->w, p, RETURNS) < 0 || sort_parse(p, &w->keys) < 0 ||
	    imap_parse_sp(p) < 0 || imap_parse_astring(p, &text->charset) < 0 || imap_parse_sp(p) < 0)
		return;
	text->how = SEARCH_HAS_CHARSET;
	text->program = span_of(p->p, (size_t)(p->end - p->p));
	if (search_run_parse(&w->w, p, text->how, text->charset) < 0)
		return;
	w->needs = sort_needs(&w->keys);
	sort_init(&w->sort, &w->keys, &s->command, s->box->view.n);
	w->w.take = add_to_sort;
	w->w.finish = put_sorted;
	w->w.clear = clear_sort;
	search_run_start(&w->w);
}

/* ---- THREAD ---- */

static int add_to_thread(struct search_run *w, size_t i, struct fault *f)
{
	struct threading *threading = (struct threading *)w;
	struct imap_source *source = w->place.source;
	struct thread_message message = { .number = search_run_name(w, i) };

	facts_turn(source, i);
	if (lineage_find(source, &message, f) < 0)
		return -1;
	thread_add(&threading->thread, &message);
	return 0;
}

static void put_threads(struct search_run *w)
{
	struct threading *threading = (struct threading *)w;

	thread_arrange(&threading->thread);
	imap_begin(w->s, "THREAD");
	if (w->n > 0)
		buf_put_char(w->s->out, ' ');
	thread_put(&threading->thread, w->s->out);
	imap_end(w->s);
}

static int parse_algorithm(struct imap_parse *p, enum thread_algorithm *out)
{
	static const char *const names[] = {
		[THREAD_ORDEREDSUBJECT] = "ORDEREDSUBJECT",
		[THREAD_REFERENCES] = "REFERENCES",
		[THREAD_REFS] = "REFS",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (imap_parse_take_word(p, names[i])) {
			*out = (enum thread_algorithm)i;
			return 0;
		}
	return imap_parse_fail(p, "Unknown algorithm");
}

void imap_cmd_thread(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	struct threading *w = search_run_new(s, sizeof(*w), how);
	struct span charset;

	if (imap_parse_sp(p) < 0 || parse_algorithm(p, &w->algorithm) < 0 || imap_parse_sp(p) < 0 ||
	    imap_parse_astring(p, &charset) < 0 || imap_parse_sp(p) < 0 ||
	    search_run_parse(&w->w, p, SEARCH_HAS_CHARSET, charset) < 0)
		return;
	thread_init(&w->thread, w->algorithm, &s->command, s->box->view.n);
	w->w.take = add_to_thread;
	w->w.finish = put_threads;
	search_run_start(&w->w);
}
