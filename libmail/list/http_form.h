/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_HTTP_FORM_H
#define LIBMAIL_LIST_HTTP_FORM_H

/*
 * http_form - what a form has sent: application/x-www-form-urlencoded (WHATWG URL 5.1), or multipart/form-data (RFC
 * 7578), which RFC 8058 3.1 allows, too.
 */

#include "base/arena.h"
#include "list/http_parse.h"

/*
 * The first value of that name, in the arena, decoded: 1; 0 there is none; -1 the content is of another type, or
 * damaged. It may be any bytes.
 */
int http_form_find(struct arena *a, const struct http_request *q, const char *name, struct span *out);

#endif
