/* SPDX-License-Identifier: ISC */
/*
 * page_feed - for programs: the latest messages as an Atom feed (RFC 4287), and sitemaps (sitemaps.org, protocol 0.9)
 * for search engines, one a month and one of these.
 */
#include "list/page_part.h"

#include <stdio.h>

#include "message/date.h"
#include "message/markup.h"

enum { FEED_MESSAGES = 20 };

static void put_element(struct buf *out, const char *name, struct span text)
{
	buf_printf(out, "<%s>", name);
	markup_put(out, text);
	buf_printf(out, "</%s>\n", name);
}

static void put_time(struct buf *out, const char *name, int64_t when)
{
	buf_printf(out, "<%s>", name);
	date_put_rfc3339(out, when);
	buf_printf(out, "</%s>\n", name);
}

/* ---- the feed ---- */

/* An id that stays when the archive moves: the hash of its Message-ID, or else the list and the number. */
static void put_id(struct page_run *r, const struct archive_entry *e)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<id>");
	if (e->has_permalink) {
		buf_put_str(out, "urn:sha1:");
		buf_put_span(out, e->hash);
	} else {
		page_put_mailto(out, r->site.address, NULL);
		buf_printf(out, "#%u", (unsigned)e->number);
	}
	buf_put_str(out, "</id>\n");
}

static void put_entry(struct page_run *r, const struct archive_entry *e)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<entry>\n");
	put_element(out, "title", e->subject);
	put_id(r, e);
	put_time(out, "updated", e->date);
	buf_put_str(out, "<author><name>");
	markup_put(out, e->author);
	buf_put_str(out, "</name></author>\n<link rel=\"alternate\" type=\"text/html\" href=\"");
	markup_put_url(out, span_str(r->site.base_url));
	page_put_name(out, e);
	buf_put_str(out, "\"/>\n");
	put_element(out, "summary", e->preview);
	buf_put_str(out, "</entry>\n");
}

static size_t count_messages(const struct archive *a)
{
	return a->nmonths ? a->months[a->nmonths - 1].first + a->months[a->nmonths - 1].n : 0;
}

int page_feed(struct page_run *r, struct fault *f)
{
	const struct archive *a = &r->archive;
	size_t n = count_messages(a);
	struct buf *out = &r->out;

	buf_reset(out);
	buf_put_str(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	put_element(out, "title", span_str(r->site.title));
	if (r->site.description[0])
		put_element(out, "subtitle", span_str(r->site.description));
	buf_put_str(out, "<id>");
	page_put_mailto(out, r->site.address, NULL);
	buf_put_str(out, "</id>\n");
	put_time(out, "updated", n ? a->v[a->by_date[n - 1]].date : 0);
	if (r->site.base_url[0]) {
		buf_put_str(out, "<link rel=\"alternate\" type=\"text/html\" href=\"");
		markup_put_url(out, span_str(r->site.base_url));
		buf_put_str(out, "\"/>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"");
		markup_put_url(out, span_str(r->site.base_url));
		buf_put_str(out, "feed.atom\"/>\n");
	}
	for (size_t i = 0; i < n && i < FEED_MESSAGES; i++)
		put_entry(r, &a->v[a->by_date[n - 1 - i]]);
	buf_put_str(out, "</feed>\n");
	return page_write_changed(r, "feed.atom", f);
}

/* ---- sitemaps ---- */

#define SITEMAP " xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"

static void put_location(struct page_run *r, const char *name)
{
	buf_put_str(&r->out, "<loc>");
	markup_put_url(&r->out, span_str(r->site.base_url));
	buf_printf(&r->out, "%s</loc>\n", name);
}

static int put_month(struct page_run *r, const struct archive_month *m, const char *name, struct fault *f)
{
	struct buf *out = &r->out;

	buf_reset(out);
	buf_put_str(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset" SITEMAP);
	for (size_t i = 0; i < m->n; i++) {
		const struct archive_entry *e = &r->archive.v[r->archive.by_date[m->first + i]];

		buf_put_str(out, "<url>\n<loc>");
		markup_put_url(out, span_str(r->site.base_url));
		page_put_name(out, e);
		buf_put_str(out, "</loc>\n");
		put_time(out, "lastmod", e->date);
		buf_put_str(out, "</url>\n");
	}
	buf_put_str(out, "</urlset>\n");
	return page_write(r, name, f);
}

static void month_file(char out[WEBNAME_MAX], int key)
{
	snprintf(out, WEBNAME_MAX, "sitemap-%04d-%02d.xml", key / 12, key % 12 + 1);
}

int page_sitemap_month(struct page_run *r, size_t month, struct fault *f)
{
	const struct archive_month *m = &r->archive.months[month];
	char name[WEBNAME_MAX];

	if (!r->site.robots || !r->site.base_url[0])
		return 0;
	month_file(name, m->key);
	return put_month(r, m, name, f);
}

int page_sitemap(struct page_run *r, struct fault *f)
{
	const struct archive *a = &r->archive;
	struct buf *out = &r->out;
	char name[WEBNAME_MAX];

	if (!r->site.robots || !r->site.base_url[0])
		return 0;
	buf_reset(out);
	buf_put_str(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<sitemapindex" SITEMAP);
	for (size_t i = 0; i < a->nmonths; i++) {
		month_file(name, a->months[i].key);
		buf_put_str(out, "<sitemap>\n");
		put_location(r, name);
		buf_put_str(out, "</sitemap>\n");
	}
	buf_put_str(out, "</sitemapindex>\n");
	return page_write_changed(r, "sitemap.xml", f);
}
