/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_HTTP_PARSE_H
#define LIBMAIL_LIST_HTTP_PARSE_H

/*
 * http_parse - one request of HTTP/1.0 or HTTP/1.1 (RFC 9112), all of it or nothing.
 *
 * Strict, as a proxy in front may read what is not quite right in another way, and so see other requests than we do:
 * lines end with CR LF and nothing else; no blank stands before a colon, and no line goes on in the next; a body has
 * one Content-Length of digits, and no Transfer-Encoding, which is refused (411; 400 beside a Content-Length); HTTP/1.1
 * has one Host. One empty line in front of a request is passed over (2.2).
 *
 * What is asked for is read as well: the path is cut at its "?", and its segments are decoded when they are asked for.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/span.h"

enum {
	HTTP_LINE_MAX = 4096,	 /* octets of the request line: 414 */
	HTTP_HEADER_MAX = 16384, /* of request line and header fields: 431 */
	HTTP_FIELDS_MAX = 100,	 /* header fields: 431 */
	HTTP_BODY_MAX = 4096,	 /* octets of a body: 413 */
	HTTP_REQUEST_MAX = HTTP_HEADER_MAX + HTTP_BODY_MAX,
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST };

/* Spans are of the bytes that were parsed. */
struct http_request {
	enum http_method method;
	bool is_1_0;
	bool keeps_alive;   /* the client may send another one */
	bool expects;	    /* 100-continue, and the body is not there yet */
	struct span target; /* as it stands in the request line, for the log */
	struct span path;   /* from its "/" to its "?", as written */
	struct span content_type, if_none_match, if_modified_since, user_agent; /* .p NULL: not there */
	struct span body;
	size_t length; /* octets in all, of `in` */
};

/*
 * The request at the front of `in`: 1; 0 it is not whole yet; -1 it is wrong, *status being the code to be answered,
 * and nothing behind it can be read. With 0 out->expects tells whether its header is whole, and the client waits to be
 * asked for the body.
 */
int http_parse(struct span in, struct http_request *out, int *status);

/*
 * The next segment of a path, decoded, in the arena: 1; 0 at the end. "/a/b" has two, "/a/" has "a" and "". -1: it is
 * none that can be served: an escape that is none, a NUL or "/" that was escaped, "." or "..".
 */
int http_segment_next(struct span *rest, struct arena *a, struct span *out);

#endif
