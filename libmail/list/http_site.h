/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_HTTP_SITE_H
#define LIBMAIL_LIST_HTTP_SITE_H

/*
 * http_site - what `listmgr http` has to offer:
 *
 *	/					the lists with a public archive
 *	/LIST/					what the list is, forms to join and to leave
 *	/LIST/subscribe, /LIST/leave		POST: a question goes to the address, by mail
 *	/LIST/oneclick-TOKEN			RFC 8058: GET asks, POST does it; also /LIST/unsubscribe/TOKEN
 *	/LIST/confirm-TOKEN			the same for what a question by mail was about
 *	/LIST/archive/NAME			the pages of the archive (list/page.h), if it is public
 *	/LIST/archive/attachments/NUMBER/NAME
 *
 * GET and HEAD change nothing, whatever follows links. Links on the pages are relative, so a proxy may put it below any
 * path. Who asks learns nothing of who is on a list: all answers to a form are the same, and so are those to a token
 *that was made up, is too old, or is of another list. What a path names is a list's name (list_is_name()) or a page's
 * (webname_is_valid()), or there is no such page.
 */

#include "list/http.h"
#include "list/run.h"

/* `run` without list and message; `now` is set by the caller before each request. */
struct http_site {
	struct list_run run;
	/* What was done, or went wrong, for the log; may be NULL. */
	void (*log)(void *ctx, const char *text);
	void *ctx;
};

void http_site_respond(struct http_site *site, const struct http_request *q, struct http_response *out);

#endif
