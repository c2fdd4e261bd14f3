/* SPDX-License-Identifier: ISC */
/*
 * page_message - the page of one message: its text, its attachments, and where to go on from there.
 */
#include "list/page_part.h"

#include <errno.h>
#include <stdio.h>

#include "base/checksum.h"
#include "message/markup.h"
#include "message/msgid.h"
#include "message/subject.h"

static const struct archive_entry *entry_at(const struct page_run *r, int32_t i)
{
	return i == ARCHIVE_NONE ? NULL : &r->archive.v[i];
}

static uint64_t add_entry(uint64_t sum, const struct archive_entry *e)
{
	uint64_t what[3] = { e ? e->facts : 0, e ? e->number : 0, e ? e->has_permalink : 0 };

	return checksum_add(sum, what, sizeof(what));
}

uint64_t page_message_sum(const struct page_run *r, const struct archive_entry *e)
{
	const struct archive_entry *first = entry_at(r, e->thread);
	uint64_t sum = add_entry(1, e), in_thread = first->thread_count > 1;

	sum = add_entry(sum, first);
	sum = add_entry(sum, entry_at(r, e->parent));
	sum = add_entry(sum, entry_at(r, e->date_previous));
	sum = add_entry(sum, entry_at(r, e->date_next));
	sum = add_entry(sum, entry_at(r, e->thread_previous));
	sum = add_entry(sum, entry_at(r, e->thread_next));
	for (int32_t i = e->first_child; i != ARCHIVE_NONE; i = r->archive.v[i].next_sibling)
		sum = add_entry(sum, entry_at(r, i));
	return checksum_add(sum, &in_thread, sizeof(in_thread)) | 1;
}

/* ---- the message ---- */

static void put_header(struct page_run *r, const struct archive_entry *e)
{
	const struct archive_entry *parent = entry_at(r, e->parent);
	struct buf *out = &r->out;

	buf_put_str(out, "<header>\n<h1><bdi>");
	markup_put(out, e->subject);
	buf_put_str(out, "</bdi></h1>\n<p class=\"meta\"><bdi class=\"author\">");
	markup_put(out, e->author);
	buf_put_str(out, "</bdi> \xc2\xb7 ");
	markup_put_time(out, e->date, true);
	buf_put_str(out, " \xc2\xb7 <a rel=\"bookmark\" href=\"");
	page_put_name(out, e);
	buf_printf(out, "\" title=\"Permanent link\">#%u</a></p>\n", (unsigned)e->number);
	if (parent) {
		buf_put_str(out, "<p class=\"meta\">In reply to ");
		page_put_link(r, parent, parent->author, NULL);
		buf_put_str(out, ", ");
		markup_put_time(out, parent->date, true);
		buf_put_str(out, "</p>\n");
	}
	buf_put_str(out, "</header>\n");
}

static int put_text(struct page_run *r, struct fault *f)
{
	struct buf *out = &r->out;

	buf_reset(&r->text);
	if (article_put_text(&r->article, &r->text, f) < 0)
		return -1;
	buf_put_str(out, "<div class=\"text\" lang=\"");
	markup_put_str(out, r->site.language);
	buf_put_str(out, "\">\n");
	prose_put(out, buf_span(&r->text), r->site.addresses);
	if (r->article.left_out > 0)
		buf_printf(out, "<p class=\"note\">The rest of this message, %llu octets, is not shown here.</p>\n",
			   (unsigned long long)r->article.left_out);
	else if (span_trim(buf_span(&r->text)).n == 0)
		buf_put_str(out, "<p class=\"note\">This message has no text.</p>\n");
	buf_put_str(out, "</div>\n");
	return 0;
}

/* A mail program that is asked to answer this message. */
static void put_reply(struct page_run *r, const struct archive_entry *e)
{
	struct span rest = article_field(&r->article, SPAN("Message-ID")), id;
	struct buf subject, *out = &r->out;

	buf_init(&subject, (size_t)8 * ARCHIVE_TEXT_MAX);
	buf_put_str(&subject, "Re: ");
	buf_put_span(&subject, subject_base(&r->article.arena, e->subject, NULL));
	buf_put_str(out, "<ul class=\"part\">\n<li><a rel=\"nofollow\" href=\"");
	page_put_mailto(out, r->site.address, buf_str(&subject));
	if (msgid_next(&rest, &id) > 0) {
		buf_put_str(out, "&amp;In-Reply-To=");
		markup_put_component(out, id);
	}
	buf_put_str(out, "\">Answer to the list</a></li>\n</ul>\n");
	buf_clear(&subject);
}

/* ---- where to go on ---- */

static void put_step(struct page_run *r, const struct archive_entry *e, const char *label, bool next)
{
	struct buf *out = &r->out;

	if (!e)
		return;
	buf_printf(out, "<li%s><a href=\"", next ? " class=\"next\"" : "");
	page_put_name(out, e);
	buf_printf(out, "\" rel=\"%s\"><span>%s</span> <bdi>", next ? "next" : "prev", label);
	markup_put(out, e->subject);
	buf_put_str(out, "</bdi><span><bdi>");
	markup_put(out, e->author);
	buf_put_str(out, "</bdi></span></a></li>\n");
}

static void put_pager(struct page_run *r, const struct archive_entry *previous, const struct archive_entry *next,
		      const char *back, const char *forth)
{
	if (!previous && !next)
		return;
	buf_put_str(&r->out, "<ul class=\"pager\">\n");
	put_step(r, previous, back, false);
	put_step(r, next, forth, true);
	buf_put_str(&r->out, "</ul>\n");
}

static void put_answers(struct page_run *r, const struct archive_entry *e)
{
	struct buf *out = &r->out;

	if (e->first_child == ARCHIVE_NONE)
		return;
	buf_put_str(out, "<h2>Answers</h2>\n<ul class=\"flat\">\n");
	for (int32_t i = e->first_child; i != ARCHIVE_NONE; i = r->archive.v[i].next_sibling) {
		const struct archive_entry *answer = &r->archive.v[i];

		buf_put_str(out, "<li>");
		page_put_link(r, answer, answer->author, NULL);
		buf_put_char(out, ' ');
		markup_put_time(out, answer->date, true);
		buf_put_str(out, "<bdi class=\"preview\">");
		markup_put(out, answer->preview);
		buf_put_str(out, "</bdi></li>\n");
	}
	buf_put_str(out, "</ul>\n");
}

static void put_around(struct page_run *r, const struct archive_entry *e)
{
	const struct archive_entry *first = entry_at(r, e->thread);
	struct buf *out = &r->out;

	buf_put_str(out, "<nav class=\"around\" aria-label=\"Other messages\">\n");
	put_answers(r, e);
	if (first->thread_count > 1) {
		buf_put_str(out, "<h2>In this thread</h2>\n<p><a href=\"");
		page_put_thread_name(out, first);
		buf_put_str(out, "\">The whole thread</a></p>\n");
		put_pager(r, entry_at(r, e->thread_previous), entry_at(r, e->thread_next), "\xe2\x86\x90 Before",
			  "Next \xe2\x86\x92");
	}
	buf_put_str(out, "<h2>By date</h2>\n");
	put_pager(r, entry_at(r, e->date_previous), entry_at(r, e->date_next), "\xe2\x86\x90 Older",
		  "Newer \xe2\x86\x92");
	buf_put_str(out, "<p>All of <a href=\"");
	page_put_month_name(out, archive_month_of(e->date), "-date");
	buf_put_str(out, "\">");
	page_put_month_title(out, archive_month_of(e->date));
	buf_put_str(out, "</a></p>\n</nav>\n");
}

/* ---- the page ---- */

static void begin(struct page_run *r, const struct archive_entry *e)
{
	const char *title = arena_span(&r->article.arena, e->subject);
	struct buf names;
	size_t at[3];

	buf_init(&names, 1024);
	at[0] = names.n;
	page_put_name(&names, e);
	buf_put_char(&names, '\0');
	at[1] = names.n;
	if (e->date_previous != ARCHIVE_NONE)
		page_put_name(&names, entry_at(r, e->date_previous));
	buf_put_char(&names, '\0');
	at[2] = names.n;
	if (e->date_next != ARCHIVE_NONE)
		page_put_name(&names, entry_at(r, e->date_next));
	page_begin(r, &(struct page_frame){ .title = title,
					    .description = e->preview,
					    .name = buf_str(&names) + at[0],
					    .previous = e->date_previous != ARCHIVE_NONE ? names.p + at[1] : NULL,
					    .next = e->date_next != ARCHIVE_NONE ? buf_str(&names) + at[2] : NULL,
					    .month = archive_month_of(e->date) });
	buf_clear(&names);
}

static int put_message(struct page_run *r, const struct archive_entry *e, struct fault *f)
{
	begin(r, e);
	buf_put_str(&r->out, "<article>\n");
	put_header(r, e);
	if (put_text(r, f) < 0 || page_put_files(r, e, f) < 0)
		return -1;
	buf_put_str(&r->out, "</article>\n");
	put_reply(r, e);
	put_around(r, e);
	page_end(r);
	return 0;
}

/* By its permanent name, and by its number. */
static int write_message(struct page_run *r, const struct archive_entry *e, struct fault *f)
{
	char number[32], name[WEBNAME_MAX];

	snprintf(number, sizeof(number), "%u.html", (unsigned)e->number);
	if (!e->has_permalink)
		return page_write(r, number, f);
	snprintf(name, sizeof(name), "%.*s.html", SPAN_ARG(e->hash));
	if (page_write(r, name, f) < 0)
		return -1;
	return page_link(r, name, number, f);
}

int page_message(struct page_run *r, struct archive_entry *e, struct fault *f)
{
	size_t i;
	int rc;

	if (!mailbox_find(&r->box, e->number, &i))
		return 0;
	/* One that is gone meanwhile is known as such in the next run. */
	if (article_open(&r->article, &r->box, i, f) < 0)
		return errno == ENOENT ? 0 : -1;
	rc = put_message(r, e, f);
	article_close(&r->article);
	return rc < 0 ? -1 : write_message(r, e, f);
}
