/* SPDX-License-Identifier: ISC */
/*
 * page_frame - what is around the content of each page, and the small pieces that pages are made of.
 */
#include "list/page_part.h"

#include "message/markup.h"

static const char *const month_names[12] = { "January", "February", "March",	 "April",   "May",	"June",
					     "July",	"August",   "September", "October", "November", "December" };

/* ---- names and small pieces ---- */

void page_put_name(struct buf *out, const struct archive_entry *e)
{
	if (e->has_permalink)
		buf_put_span(out, e->hash);
	else
		buf_put_number(out, e->number);
	buf_put_str(out, ".html");
}

void page_put_thread_name(struct buf *out, const struct archive_entry *first)
{
	if (first->thread_count > 1)
		buf_printf(out, "thread-%u.html", (unsigned)first->number);
	else
		page_put_name(out, first);
}

void page_put_month_name(struct buf *out, int key, const char *view)
{
	archive_put_month(out, key);
	buf_printf(out, "%s.html", view);
}

void page_put_month_title(struct buf *out, int key)
{
	buf_printf(out, "%s %d", month_names[key % 12], key / 12);
}

void page_put_count(struct buf *out, size_t n, const char *one, const char *many)
{
	buf_put_number(out, n);
	buf_put_char(out, ' ');
	buf_put_str(out, n == 1 ? one : many);
}

static void put_rel(struct buf *out, const char *rel)
{
	if (rel)
		buf_printf(out, " rel=\"%s\"", rel);
}

void page_put_link(struct page_run *r, const struct archive_entry *e, struct span text, const char *rel)
{
	buf_put_str(&r->out, "<a href=\"");
	page_put_name(&r->out, e);
	buf_put_char(&r->out, '"');
	put_rel(&r->out, rel);
	buf_put_str(&r->out, "><bdi>");
	markup_put(&r->out, text);
	buf_put_str(&r->out, "</bdi></a>");
}

void page_put_mailto(struct buf *out, const char *address, const char *subject)
{
	struct span local, domain, s = span_str(address);
	size_t at = span_find_last(s, '@');

	local = span_of(s.p, at);
	domain = span_from(s, at + 1);
	buf_put_str(out, "mailto:");
	markup_put_component(out, local);
	buf_put_char(out, '@');
	markup_put_component(out, domain);
	if (!subject)
		return;
	buf_put_str(out, "?subject=");
	markup_put_component(out, span_str(subject));
}

/* ---- trees ---- */

static int level_of(const struct page_tree *t, unsigned depth)
{
	int level = depth < PAGE_DEPTH_MAX ? (int)depth : PAGE_DEPTH_MAX;

	return level <= t->level + 1 ? level : t->level + 1;
}

void page_tree_next(struct page_tree *t, unsigned depth)
{
	int level = level_of(t, depth);

	if (level > t->level) {
		buf_put_str(t->out, "\n<ol>\n<li>");
		t->level++;
		return;
	}
	for (; t->level > level; t->level--)
		buf_put_str(t->out, "</li>\n</ol>\n");
	buf_put_str(t->out, "</li>\n<li>");
}

void page_tree_end(struct page_tree *t)
{
	for (; t->level >= 0; t->level--)
		buf_put_str(t->out, "</li>\n</ol>\n");
}

/* ---- the frame ---- */

/* Pages read as files have no origin, so the style sheet is named by its place. */
#define POLICY "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"

static void put_meta(struct page_run *r, const struct page_frame *frame)
{
	struct buf *out = &r->out;

	if (frame->description.n > 0) {
		buf_put_str(out, "<meta name=\"description\" content=\"");
		markup_put(out, frame->description);
		buf_put_str(out, "\">\n");
	}
	if (!r->site.robots)
		buf_put_str(out, "<meta name=\"robots\" content=\"noindex, nofollow, noarchive\">\n");
	if (r->site.base_url[0]) {
		buf_put_str(out, "<link rel=\"canonical\" href=\"");
		markup_put_url(out, span_str(r->site.base_url));
		if (strcmp(frame->name, "index.html") != 0)
			buf_put_str(out, frame->name);
		buf_put_str(out, "\">\n");
	}
	if (frame->previous)
		buf_printf(out, "<link rel=\"prev\" href=\"%s\">\n", frame->previous);
	if (frame->next)
		buf_printf(out, "<link rel=\"next\" href=\"%s\">\n", frame->next);
	buf_put_str(out, "<link rel=\"stylesheet\" href=\"style.css\">\n"
			 "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Latest messages\" "
			 "href=\"feed.atom\">\n");
}

static void put_view(struct page_run *r, const struct page_frame *frame, const char *view, const char *label)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<li><a href=\"");
	page_put_month_name(out, frame->month, view);
	buf_put_char(out, '"');
	if (frame->view && strcmp(frame->view, view) == 0)
		buf_put_str(out, " aria-current=\"page\"");
	buf_printf(out, ">%s</a></li>\n", label);
}

static void put_navigation(struct page_run *r, const struct page_frame *frame)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<header class=\"site\">\n<p class=\"list\"><a href=\"index.html\"><bdi>");
	markup_put_str(out, r->site.title);
	buf_put_str(out, "</bdi></a></p>\n<nav aria-label=\"Archive\">\n<ul>\n");
	if (frame->month != ARCHIVE_NONE) {
		put_view(r, frame, "", "Threads");
		put_view(r, frame, "-date", "Dates");
		put_view(r, frame, "-author", "Authors");
	}
	buf_put_str(out, "<li><a href=\"feed.atom\">Feed</a></li>\n</ul>\n</nav>\n</header>\n");
}

void page_begin(struct page_run *r, const struct page_frame *frame)
{
	struct buf *out = &r->out;

	buf_reset(out);
	buf_put_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			 "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
			 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
			 "<meta name=\"color-scheme\" content=\"light dark\">\n"
			 "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	markup_put_str(out, frame->title);
	if (strcmp(frame->name, "index.html") != 0) {
		buf_put_str(out, " - ");
		markup_put_str(out, r->site.title);
	}
	buf_put_str(out, "</title>\n");
	put_meta(r, frame);
	buf_put_str(out, "</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to content</a>\n");
	put_navigation(r, frame);
	buf_put_str(out, "<main id=\"content\">\n");
}

void page_end(struct page_run *r)
{
	struct buf *out = &r->out;

	buf_put_str(out, "</main>\n<footer class=\"site\">\n<p>Archive of <a href=\"index.html\">");
	markup_put_str(out, r->site.address);
	buf_put_str(out, "</a>, made by letterbox listmgr.</p>\n</footer>\n</body>\n</html>\n");
}
