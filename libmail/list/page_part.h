/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_PAGE_PART_H
#define LIBMAIL_LIST_PAGE_PART_H

/*
 * page_part - what the makers of pages (page_*.c) have in common; for them alone. See list/page.h.
 *
 * A maker puts a whole page into r->out, and page_write() gives it its name. Links are relative: all pages are in one
 * directory, attachments below it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "list/archive.h"
#include "list/article.h"
#include "list/page.h"
#include "message/prose.h"
#include "store/mailbox.h"

enum {
	PAGE_OUT_MAX = 256 << 20, /* octets of one page */
	PAGE_SYNC_EACH =
		64, /* files that are synced one by one; where there are more, all of the file system is, once */
	PAGE_DEPTH_MAX = 10, /* answers that are set below each other; deeper ones are beside those */
};

/* What the list says of itself. */
struct page_site {
	const char *title;			    /* "friends" */
	const char *address;			    /* "friends@example.org" */
	const char *description;		    /* or "" */
	const char *language;			    /* of the messages, "de"; "" not known */
	const char *subscribe, *unsubscribe, *help; /* addresses */
	const char *base_url;			    /* with its "/" at the end; "" not known */
	bool robots;				    /* search engines may come */
	enum prose_addresses addresses;
};

struct page_run {
	struct page_site site;
	struct archive archive;
	struct mailbox box;
	struct article article;
	struct arena arena; /* of the run */
	struct buf out, text;
	int dir;
	bool anew;
	struct timespec began; /* by the file system's clock */
	struct page_report report;
};

/* ---- page.c ---- */

/* Give what is in r->out the name `name`, in place of what has it. */
int page_write(struct page_run *r, const char *name, struct fault *f);
/* The same, unless it says so already. */
int page_write_changed(struct page_run *r, const char *name, struct fault *f);
/* Before it gets its name; see disk_sync_ahead(). */
int page_sync_file(struct page_run *r, int fd, struct fault *f);
/* The file `name` gets another one, in place of what has that. */
int page_link(struct page_run *r, const char *name, const char *other, struct fault *f);
void page_remove(struct page_run *r, const char *name);

/* ---- page_frame.c ---- */

/* What a page's frame has to know of it. Texts are plain. */
struct page_frame {
	const char *title;
	struct span description;     /* .n 0: none */
	const char *name;	     /* its own, for the canonical URL */
	const char *previous, *next; /* names of the pages before and behind it, or NULL */
	int month;		     /* that it is in, ARCHIVE_NONE: none */
	const char *view;	     /* which of the month's pages it is: "", "-date", "-author", NULL: none */
};

void page_begin(struct page_run *r, const struct page_frame *frame);
void page_end(struct page_run *r);

/* Names, which need no escape. */
void page_put_name(struct buf *out, const struct archive_entry *e);
void page_put_thread_name(struct buf *out, const struct archive_entry *first);
void page_put_month_name(struct buf *out, int key, const char *view);
/* "November 2026". */
void page_put_month_title(struct buf *out, int key);
/* "1 message", "12 messages". */
void page_put_count(struct buf *out, size_t n, const char *one, const char *many);
/* A link to a message: <a href="..."><bdi>TEXT</bdi></a>. `rel` may be NULL. */
void page_put_link(struct page_run *r, const struct archive_entry *e, struct span text, const char *rel);
/* "mailto:ADDRESS?subject=TEXT", for an attribute. */
void page_put_mailto(struct buf *out, const char *address, const char *subject);

/* ---- the makers ---- */

uint64_t page_message_sum(const struct page_run *r, const struct archive_entry *e);
int page_message(struct page_run *r, struct archive_entry *e, struct fault *f);

uint64_t page_thread_sum(const struct page_run *r, const struct archive_entry *first);
int page_thread(struct page_run *r, const struct archive_entry *first, struct fault *f);

uint64_t page_month_sum(const struct page_run *r, const struct archive_month *m);
int page_month(struct page_run *r, size_t month, struct fault *f);

int page_front(struct page_run *r, struct fault *f);
int page_feed(struct page_run *r, struct fault *f);
/* Nothing where search engines may not come, or the base URL is not known. */
int page_sitemap_month(struct page_run *r, size_t month, struct fault *f);
int page_sitemap(struct page_run *r, struct fault *f);

/* ---- page_files.c ---- */

/* The message's attachments to attachments/NUMBER/, and a list of them to r->out. */
int page_put_files(struct page_run *r, const struct archive_entry *e, struct fault *f);
void page_remove_files(struct page_run *r, uint32_t number);
/* Whatever was not written in this run goes; with `all` the rest, too. */
void page_sweep(struct page_run *r, bool all);

/* ---- a tree of messages as nested lists ---- */

struct page_tree {
	struct buf *out;
	int level; /* -1: nothing is open */
};
void page_tree_next(struct page_tree *t, unsigned depth);
void page_tree_end(struct page_tree *t);

#endif
