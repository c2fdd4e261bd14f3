/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_PAGE_H
#define LIBMAIL_LIST_PAGE_H

/*
 * page - the archive of a list as pages for browsers: html/ in the list's directory, or any other.
 *
 *	index.html			what the list is, how to take part, its months, the latest threads
 *	2026-11.html			a month, by thread; 2026-11-date.html, 2026-11-author.html
 *	HASH.html, NUMBER.html		a message, by its permanent name (list/webname.h) and by its number
 *	thread-NUMBER.html		a thread of several messages, by the number of its first one
 *	attachments/NUMBER/		the message's attachments
 *	feed.atom, sitemap.xml, sitemap-2026-11.xml, style.css
 *
 * They are HTML 5 without scripts, and are read as files, from any web server, or from `listmgr http`. What messages
 *say is text in them and nothing else (message/markup.h, prose.h).
 *
 * What has changed is written, and nothing else: list/archive.h keeps for each page a sum of all that it was made of. A
 * file is replaced as a whole, a page before those that lead to it. Whoever is killed in between leaves an archive
 * that can be read, and the next run does what is missing. Runs wait for each other.
 *
 * An archive that not everybody may read (archive_access) has no pages; those that there are, are removed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/fault.h"
#include "list/list.h"

struct page_options {
	const char *output;   /* directory; NULL: html/ of the list */
	const char *base_url; /* NULL: archive_url */
	bool rebuild;	      /* write all anew */
};

struct page_report {
	size_t messages;
	size_t written, removed; /* files */
};

/* All may be zero; *out may be NULL. */
int page_build(struct list *l, const struct page_options *o, struct page_report *out, struct fault *f);
/* As after a post. */
int page_update(struct list *l, struct fault *f);

/* The style sheet: also of the pages that `listmgr http` makes itself. */
void page_put_style(struct buf *out);

#endif
