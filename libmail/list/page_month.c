/* SPDX-License-Identifier: ISC */
/*
 * page_month - the pages of a month: by thread, by date, by author. They are made of what the archive keeps; no message
 * is read.
 */
#include "list/page_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/map.h"
#include "message/casemap.h"
#include "message/markup.h"

static const struct archive_entry *entry_of(const struct page_run *r, const struct archive_month *m, size_t i)
{
	return &r->archive.v[r->archive.by_date[m->first + i]];
}

uint64_t page_month_sum(const struct page_run *r, const struct archive_month *m)
{
	const struct archive *a = &r->archive;
	int neighbours[2] = { m > a->months ? m[-1].key : 0, m + 1 < a->months + a->nmonths ? m[1].key : 0 };
	uint64_t sum = checksum_add(1, neighbours, sizeof(neighbours));

	for (size_t i = 0; i < m->n; i++) {
		const struct archive_entry *e = entry_of(r, m, i), *first = &a->v[e->thread];
		uint64_t what[] = { e->facts,	   e->number,	 e->has_permalink,   e->depth,
				    first->number, first->facts, first->thread_count };

		sum = checksum_add(sum, what, sizeof(what));
	}
	return sum | 1;
}

/* ---- the frame ---- */

static void put_pager(struct page_run *r, const struct archive_month *m, const char *view)
{
	const struct archive *a = &r->archive;
	struct buf *out = &r->out;
	const struct archive_month *others[2] = { m > a->months ? m - 1 : NULL,
						  m + 1 < a->months + a->nmonths ? m + 1 : NULL };

	buf_put_str(out, "<nav class=\"around\" aria-label=\"Months\">\n<ul class=\"pager\">\n");
	for (int i = 0; i < 2; i++) {
		if (!others[i])
			continue;
		buf_put_str(out, i ? "<li class=\"next\"><a href=\"" : "<li><a href=\"");
		page_put_month_name(out, others[i]->key, view);
		buf_put_str(out, i ? "\" rel=\"next\"><span>Newer \xe2\x86\x92</span> "
				   : "\" rel=\"prev\"><span>\xe2\x86\x90 Older</span> ");
		page_put_month_title(out, others[i]->key);
		buf_put_str(out, "</a></li>\n");
	}
	buf_put_str(out, "</ul>\n</nav>\n");
}

static size_t count_threads(const struct page_run *r, const struct archive_month *m)
{
	struct arena a = { 0 };
	struct map threads;
	size_t n;

	map_init(&threads, &a);
	for (size_t i = 0; i < m->n; i++) {
		const int32_t *thread = &entry_of(r, m, i)->thread;

		map_add(&threads, span_of((const char *)thread, sizeof(*thread)), &r->archive.v[*thread]);
	}
	n = threads.n;
	arena_clear(&a);
	return n;
}

static void begin(struct page_run *r, const struct archive_month *m, const char *view, const char *by)
{
	char name[WEBNAME_MAX];
	struct buf text;

	arena_reset(&r->arena);
	buf_init(&text, 1024);
	page_put_month_name(&text, m->key, view);
	snprintf(name, sizeof(name), "%s", buf_str(&text));
	buf_reset(&text);
	page_put_month_title(&text, m->key);
	buf_printf(&text, " by %s", by);
	page_begin(r, &(struct page_frame){ .title = buf_str(&text), .name = name, .month = m->key, .view = view });
	buf_clear(&text);
	buf_put_str(&r->out, "<header>\n<h1>");
	page_put_month_title(&r->out, m->key);
	buf_put_str(&r->out, "</h1>\n<p class=\"meta\">");
	page_put_count(&r->out, m->n, "message", "messages");
	buf_put_str(&r->out, " in ");
	page_put_count(&r->out, count_threads(r, m), "thread", "threads");
	buf_printf(&r->out, ", by %s</p>\n</header>\n", by);
}

static int end(struct page_run *r, const struct archive_month *m, const char *view, struct fault *f)
{
	char name[WEBNAME_MAX];
	struct buf text;

	put_pager(r, m, view);
	page_end(r);
	buf_init(&text, WEBNAME_MAX);
	page_put_month_name(&text, m->key, view);
	snprintf(name, sizeof(name), "%s", buf_str(&text));
	buf_clear(&text);
	return page_write(r, name, f);
}

/* ---- by thread ---- */

/* Messages of the month in the order in which their threads are read; threads by their latest message here. */
struct thread_place {
	int32_t thread, entry;
	size_t latest; /* of the thread's, in the month */
	uint32_t order;
};

static int compare_places(const void *x, const void *y)
{
	const struct thread_place *p = x, *q = y;

	if (p->latest != q->latest)
		return p->latest > q->latest ? -1 : 1;
	return p->order < q->order ? -1 : p->order > q->order;
}

static void place_threads(struct page_run *r, const struct archive_month *m, struct thread_place *places)
{
	const struct archive *a = &r->archive;
	struct arena arena = { 0 };
	struct map latest; /* of each thread */

	map_init(&latest, &arena);
	for (size_t i = m->n; i-- > 0;) {
		int32_t entry = a->by_date[m->first + i];
		const int32_t *thread = &a->v[entry].thread;
		struct span key = span_of((const char *)thread, sizeof(*thread));

		places[i] = (struct thread_place){ .thread = *thread, .entry = entry, .order = a->v[entry].position };
		map_add(&latest, key, &places[i]);
		places[i].latest = (size_t)((struct thread_place *)map_find(&latest, key) - places);
	}
	arena_clear(&arena);
}

static void put_thread_head(struct page_run *r, const struct archive_entry *first, size_t here)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<article class=\"thread\">\n<h2><a href=\"");
	page_put_thread_name(out, first);
	buf_put_str(out, "\"><bdi>");
	markup_put(out, first->subject);
	buf_put_str(out, "</bdi></a></h2>\n<p class=\"meta\"><bdi class=\"author\">");
	markup_put(out, first->author);
	buf_put_str(out, "</bdi> \xc2\xb7 ");
	markup_put_time(out, first->date, false);
	if (first->thread_count > 1) {
		buf_put_str(out, " \xc2\xb7 ");
		page_put_count(out, first->thread_count, "message", "messages");
	}
	if (here < first->thread_count)
		buf_printf(out, ", %zu of them in this month", here);
	buf_put_str(out, "</p>\n<div class=\"tree\">");
}

static void put_row(struct page_run *r, const struct archive_entry *e)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<div class=\"row\">");
	page_put_link(r, e, e->author, NULL);
	buf_put_str(out, " <bdi class=\"preview\">");
	markup_put(out, e->preview);
	buf_put_str(out, "</bdi> ");
	markup_put_time(out, e->date, false);
	buf_put_str(out, "</div>");
}

static void put_thread(struct page_run *r, const struct thread_place *places, size_t n)
{
	struct page_tree tree = { .out = &r->out, .level = -1 };

	put_thread_head(r, &r->archive.v[places[0].thread], n);
	for (size_t i = 0; i < n; i++) {
		page_tree_next(&tree, r->archive.v[places[i].entry].depth);
		put_row(r, &r->archive.v[places[i].entry]);
	}
	page_tree_end(&tree);
	buf_put_str(&r->out, "</div>\n</article>\n");
}

static int by_thread(struct page_run *r, const struct archive_month *m, struct fault *f)
{
	struct thread_place *places = arena_heap((m->n + 1) * sizeof(*places));
	size_t n;

	place_threads(r, m, places);
	qsort(places, m->n, sizeof(*places), compare_places);
	begin(r, m, "", "thread");
	for (size_t i = 0; i < m->n; i += n) {
		for (n = 1; i + n < m->n && places[i + n].thread == places[i].thread;)
			n++;
		put_thread(r, places + i, n);
	}
	free(places);
	return end(r, m, "", f);
}

/* ---- by date ---- */

enum { DAY = 24 * 60 * 60 };

static void put_item(struct page_run *r, const struct archive_entry *e, bool with_author)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<li><a class=\"subject\" href=\"");
	page_put_name(out, e);
	buf_put_str(out, "\"><bdi>");
	markup_put(out, e->subject);
	buf_put_str(out, "</bdi></a> <span class=\"meta\">");
	if (with_author) {
		buf_put_str(out, "<bdi>");
		markup_put(out, e->author);
		buf_put_str(out, "</bdi> \xc2\xb7 ");
	}
	markup_put_time(out, e->date, true);
	buf_put_str(out, "</span></li>\n");
}

static int by_date(struct page_run *r, const struct archive_month *m, struct fault *f)
{
	int64_t day = -1;

	begin(r, m, "-date", "date");
	for (size_t i = 0; i < m->n; i++) {
		const struct archive_entry *e = entry_of(r, m, i);

		if (e->date / DAY != day) {
			buf_put_str(&r->out, day < 0 ? "<h2>" : "</ul>\n<h2>");
			markup_put_time(&r->out, e->date, false);
			buf_put_str(&r->out, "</h2>\n<ul class=\"flat\">\n");
			day = e->date / DAY;
		}
		put_item(r, e, true);
	}
	buf_put_str(&r->out, "</ul>\n");
	return end(r, m, "-date", f);
}

/* ---- by author ---- */

struct author_place {
	struct span name, key; /* the name as it is sorted */
	size_t i;
};

static int compare_spans(struct span x, struct span y)
{
	size_t n = x.n < y.n ? x.n : y.n;
	int rc = n > 0 ? memcmp(x.p, y.p, n) : 0;

	return rc != 0 ? rc : (x.n > y.n) - (x.n < y.n);
}

static int compare_authors(const void *x, const void *y)
{
	const struct author_place *p = x, *q = y;
	int rc = compare_spans(p->name, q->name);

	if (rc == 0)
		rc = compare_spans(p->key, q->key);
	return rc != 0 ? rc : (p->i > q->i) - (p->i < q->i);
}

/* One address has one name here, the latest. */
static void name_authors(struct page_run *r, const struct archive_month *m, struct author_place *places)
{
	struct map names;
	struct buf mapped;

	buf_init(&mapped, (size_t)ARCHIVE_TEXT_MAX * 2 * CASEMAP_GROWTH + CASEMAP_ROOM);
	map_init(&names, &r->arena);
	for (size_t i = m->n; i-- > 0;) {
		const struct archive_entry *e = entry_of(r, m, i);
		struct span *name = map_find(&names, e->author_key);

		if (!name) {
			buf_reset(&mapped);
			casemap_put(&mapped, e->author);
			name = arena_alloc(&r->arena, sizeof(*name));
			*name = span_of(arena_span(&r->arena, buf_span(&mapped)), mapped.n);
			map_set(&names, e->author_key, name);
		}
		places[i] = (struct author_place){ .name = *name, .key = e->author_key, .i = i };
	}
	buf_clear(&mapped);
}

static void put_author(struct page_run *r, const struct archive_month *m, const struct author_place *places, size_t n)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<h2><bdi>");
	markup_put(out, entry_of(r, m, places[n - 1].i)->author);
	buf_put_str(out, "</bdi></h2>\n<ul class=\"flat\">\n");
	for (size_t i = 0; i < n; i++)
		put_item(r, entry_of(r, m, places[i].i), false);
	buf_put_str(out, "</ul>\n");
}

static int by_author(struct page_run *r, const struct archive_month *m, struct fault *f)
{
	struct author_place *places = arena_heap((m->n + 1) * sizeof(*places));
	size_t n;

	begin(r, m, "-author", "author");
	name_authors(r, m, places);
	qsort(places, m->n, sizeof(*places), compare_authors);
	for (size_t i = 0; i < m->n; i += n) {
		for (n = 1; i + n < m->n && span_is(places[i + n].key, places[i].key);)
			n++;
		put_author(r, m, places + i, n);
	}
	free(places);
	return end(r, m, "-author", f);
}

int page_month(struct page_run *r, size_t month, struct fault *f)
{
	const struct archive_month *m = &r->archive.months[month];

	return by_date(r, m, f) < 0 || by_author(r, m, f) < 0 || by_thread(r, m, f) < 0 ? -1 : 0;
}
