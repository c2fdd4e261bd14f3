/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_HTTP_PAGE_H
#define LIBMAIL_LIST_HTTP_PAGE_H

/*
 * http_page - the pages that `listmgr http` makes itself (http_site.h), with the archive's style sheet.
 */

#include "base/buf.h"
#include "list/list.h"

/* `root`: what leads to the directory with style.css, "" or "../". Texts are plain. */
void http_page_begin(struct buf *out, const char *title, const char *root);
void http_page_end(struct buf *out);
/* A page of one heading and one sentence. */
void http_page_put_note(struct buf *out, const char *title, const char *text, const char *root);

/* The list, with forms for those who want to join or leave. */
void http_page_put_list(struct buf *out, struct list *l, bool has_archive);
/* A button that does what the link is for: "Unsubscribe"; `who` may be "". */
void http_page_put_question(struct buf *out, const struct list *l, const char *title, const char *text, const char *who,
			    const char *button, const char *root);
/* An item of the lists' list. */
void http_page_put_item(struct buf *out, const struct list *l);

#endif
