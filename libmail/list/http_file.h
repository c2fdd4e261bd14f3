/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_HTTP_FILE_H
#define LIBMAIL_LIST_HTTP_FILE_H

/*
 * http_file - a file of the archive's pages as an answer: regular files of html/ in the list's directory and of
 * html/attachments/NUMBER/, reached through no symbolic link.
 */

#include "list/http.h"
#include "list/list.h"

/* `number`: of a message whose attachment it is; 0: it is a page. Status 200, or 404. */
void http_file_open(const struct list *l, uint32_t number, struct span name, struct http_response *out);

/* Are there pages? */
bool http_file_has_pages(const struct list *l);

#endif
