/* SPDX-License-Identifier: ISC */
/*
 * page_thread - the page of a thread: who answered whom, and how each message begins.
 */
#include "list/page_part.h"

#include <stdio.h>

#include "base/checksum.h"
#include "base/map.h"
#include "message/markup.h"

uint64_t page_thread_sum(const struct page_run *r, const struct archive_entry *first)
{
	uint64_t sum = 1;

	for (int32_t i = first->thread; i != ARCHIVE_NONE; i = r->archive.v[i].thread_next) {
		const struct archive_entry *e = &r->archive.v[i];
		uint64_t what[] = { e->facts, e->number, e->has_permalink, e->depth };

		sum = checksum_add(sum, what, sizeof(what));
	}
	return sum | 1;
}

static size_t count_authors(const struct page_run *r, const struct archive_entry *first)
{
	struct arena a = { 0 };
	struct map authors;
	size_t n;

	map_init(&authors, &a);
	for (int32_t i = first->thread; i != ARCHIVE_NONE; i = r->archive.v[i].thread_next)
		map_set(&authors, r->archive.v[i].author_key, &r->archive.v[i]);
	n = authors.n;
	arena_clear(&a);
	return n;
}

static void put_message(struct page_run *r, const struct archive_entry *e)
{
	struct buf *out = &r->out;

	page_put_link(r, e, e->author, NULL);
	buf_put_char(out, ' ');
	markup_put_time(out, e->date, true);
	buf_put_str(out, "<p class=\"preview\" dir=\"auto\">");
	markup_put(out, e->preview);
	buf_put_str(out, "</p>");
}

static void put_header(struct page_run *r, const struct archive_entry *first)
{
	struct buf *out = &r->out;

	buf_put_str(out, "<header>\n<h1><bdi>");
	markup_put(out, first->subject);
	buf_put_str(out, "</bdi></h1>\n<p class=\"meta\">");
	page_put_count(out, first->thread_count, "message", "messages");
	buf_put_str(out, " \xc2\xb7 ");
	page_put_count(out, count_authors(r, first), "author", "authors");
	buf_put_str(out, " \xc2\xb7 ");
	markup_put_time(out, first->date, false);
	buf_put_str(out, " to ");
	markup_put_time(out, r->archive.v[first->thread_latest].date, false);
	buf_put_str(out, "</p>\n</header>\n");
}

int page_thread(struct page_run *r, const struct archive_entry *first, struct fault *f)
{
	struct page_tree tree = { .out = &r->out, .level = -1 };
	char name[WEBNAME_MAX];

	snprintf(name, sizeof(name), "thread-%u.html", (unsigned)first->number);
	arena_reset(&r->arena);
	page_begin(r, &(struct page_frame){ .title = arena_span(&r->arena, first->subject),
					    .description = first->preview,
					    .name = name,
					    .month = archive_month_of(first->date) });
	buf_put_str(&r->out, "<article>\n");
	put_header(r, first);
	buf_put_str(&r->out, "<div class=\"tree wide\">");
	for (int32_t i = first->thread; i != ARCHIVE_NONE; i = r->archive.v[i].thread_next) {
		page_tree_next(&tree, r->archive.v[i].depth);
		put_message(r, &r->archive.v[i]);
	}
	page_tree_end(&tree);
	buf_put_str(&r->out, "</div>\n</article>\n");
	page_end(r);
	return page_write(r, name, f);
}
