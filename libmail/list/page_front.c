/* SPDX-License-Identifier: ISC */
/*
 * page_front - the first page: what the list is and how to take part, its latest threads, its months.
 */
#include "list/page_part.h"

#include "message/markup.h"

enum { FRONT_THREADS = 20 /* the latest ones */ };

static void put_button(struct page_run *r, const char *address, const char *subject, const char *label, bool first)
{
	struct buf *out = &r->out;

	buf_put_str(out, first ? "<li class=\"first\"><a rel=\"nofollow\" href=\"" : "<li><a rel=\"nofollow\" href=\"");
	page_put_mailto(out, address, subject);
	buf_printf(out, "\">%s</a></li>\n", label);
}

static void put_header(struct page_run *r)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<header>\n<h1><bdi>");
	markup_put_str(out, r->site.title);
	buf_put_str(out, "</bdi></h1>\n");
	if (r->site.description[0]) {
		buf_put_str(out, "<p class=\"lead\" dir=\"auto\">");
		markup_put_str(out, r->site.description);
		buf_put_str(out, "</p>\n");
	}
	buf_put_str(out, "<ul class=\"part\">\n");
	put_button(r, r->site.subscribe, "subscribe", "Subscribe", true);
	put_button(r, r->site.address, NULL, "Write to the list", false);
	put_button(r, r->site.unsubscribe, "unsubscribe", "Unsubscribe", false);
	put_button(r, r->site.help, "help", "Help", false);
	buf_put_str(out,
		    "</ul>\n<p class=\"meta\">All of it works by mail: to subscribe, send an empty message to <b>");
	markup_put_str(out, r->site.subscribe);
	buf_put_str(out, "</b>, and answer what you get; to unsubscribe, to <b>");
	markup_put_str(out, r->site.unsubscribe);
	buf_put_str(out, "</b>. Messages to the list go to <b>");
	markup_put_str(out, r->site.address);
	buf_put_str(out, "</b>.</p>\n</header>\n");
}

static void put_thread(struct page_run *r, const struct archive_entry *first)
{
	const struct archive_entry *latest = &r->archive.v[first->thread_latest];
	struct buf *out = &r->out;

	buf_put_str(out, "<li><a class=\"subject\" href=\"");
	page_put_thread_name(out, first);
	buf_put_str(out, "\"><bdi>");
	markup_put(out, first->subject);
	buf_put_str(out, "</bdi></a> <span class=\"meta\"><bdi>");
	markup_put(out, first->author);
	buf_put_str(out, "</bdi> \xc2\xb7 ");
	if (first->thread_count > 1) {
		page_put_count(out, first->thread_count, "message", "messages");
		buf_put_str(out, ", the latest by <bdi>");
		markup_put(out, latest->author);
		buf_put_str(out, "</bdi> \xc2\xb7 ");
	}
	markup_put_time(out, latest->date, false);
	buf_put_str(out, "</span><bdi class=\"preview\">");
	markup_put(out, latest->preview);
	buf_put_str(out, "</bdi></li>\n");
}

static void put_threads(struct page_run *r)
{
	const struct archive *a = &r->archive;
	struct buf *out = &r->out;

	buf_put_str(out, "<section aria-labelledby=\"latest\">\n<h2 id=\"latest\">Latest threads</h2>\n");
	if (a->nthreads == 0)
		buf_put_str(out, "<p class=\"note\">There are no messages yet.</p>\n");
	else
		buf_put_str(out, "<ul class=\"flat\">\n");
	for (size_t i = 0; i < a->nthreads && i < FRONT_THREADS; i++)
		put_thread(r, &a->v[a->threads[a->nthreads - 1 - i]]);
	buf_put_str(out, a->nthreads == 0 ? "</section>\n" : "</ul>\n</section>\n");
}

static void put_month(struct page_run *r, const struct archive_month *m)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<li><a href=\"");
	page_put_month_name(out, m->key, "");
	buf_put_str(out, "\">");
	page_put_month_title(out, m->key);
	buf_put_str(out, "</a> <span>");
	buf_put_number(out, m->n);
	buf_put_str(out, "</span></li>\n");
}

static void put_months(struct page_run *r)
{
	const struct archive *a = &r->archive;
	struct buf *out = &r->out;
	int year = -1;

	if (a->nmonths == 0)
		return;
	buf_put_str(out, "<nav class=\"around\" aria-label=\"Months\">\n");
	for (size_t i = a->nmonths; i-- > 0;) {
		if (a->months[i].key / 12 != year) {
			if (year >= 0)
				buf_put_str(out, "</ul>\n");
			year = a->months[i].key / 12;
			buf_printf(out, "<h2>%d</h2>\n<ul class=\"months\">\n", year);
		}
		put_month(r, &a->months[i]);
	}
	buf_put_str(out, "</ul>\n</nav>\n");
}

int page_front(struct page_run *r, struct fault *f)
{
	page_begin(r, &(struct page_frame){ .title = r->site.title,
					    .description = span_str(r->site.description),
					    .name = "index.html",
					    .month = ARCHIVE_NONE });
	put_header(r);
	put_threads(r);
	put_months(r);
	page_end(r);
	return page_write_changed(r, "index.html", f);
}
