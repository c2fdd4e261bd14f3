/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_HTTP_H
#define LIBMAIL_LIST_HTTP_H

/*
 * http - the server's half of HTTP/1.1 (RFC 9110, 9112), without I/O: GET, HEAD and POST.
 *
 *	http_session_init(&s, &callbacks, ctx, out)
 *	while (http_session_is_open(&s)) {
 *		while (http_session_produce(&s))      until it has no more to say
 *			... write *out, and empty it
 *		... write *out, and empty it
 *		... read; http_session_feed(&s, p, n)
 *	}
 *	http_session_clear(&s);
 *
 * Requests are answered one after another, in the order in which they came; what a client sends ahead waits. A request
 * that is not as http_parse.h wants it is answered, and ends the connection, as nobody can say where the next one would
 * begin. Files are sent in pieces of HTTP_PIECE octets. Fed in pieces of any
 * size it does the same; only 100 Continue is not said where the body is there already.
 *
 * Every answer forbids scripts, frames and guesses about its type, and tells no other site where the reader was.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "list/http_parse.h"

enum {
	HTTP_FEED = 8192,	 /* octets fed at a time at most */
	HTTP_PIECE = 32768,	 /* octets of a file in one part of the output */
	HTTP_PAGE_MAX = 1 << 20, /* octets of an answer that is no file */
	HTTP_ANSWERS_MAX = 1000, /* of one connection */
	HTTP_OUT_MAX = HTTP_PAGE_MAX + HTTP_PIECE + 4096,
};

/* What is answered. Zeroed but for status 500, fd -1 and the body when the callback gets it. Strings are in the arena.
 */
struct http_response {
	int status;
	const char *type;     /* Content-Type; NULL: "text/html; charset=utf-8" */
	const char *location; /* or NULL; relative ones will do */
	struct buf *body;     /* where there is no file */
	int fd;		      /* a file, which the session closes; -1: none */
	uint64_t size;	      /* its octets */
	int64_t modified;     /* when it was, seconds since 1970 */
	const char *etag;     /* with its quotes */
	bool is_foreign;      /* what is in it came from strangers: it is shown in a sandbox */
	struct arena *arena;
};

struct http_callbacks {
	void (*respond)(void *ctx, const struct http_request *q, struct http_response *out);
	/* It has been answered, with so many octets of content. May be NULL. `q` NULL: it was no request. */
	void (*answered)(void *ctx, const struct http_request *q, int status, uint64_t octets);
	/* Seconds since 1970, for Date. */
	int64_t (*now)(void *ctx);
};

struct http_session {
	const struct http_callbacks *call;
	void *ctx;
	struct buf *out;
	struct arena arena; /* of a request */
	struct buf page;
	bool is_open, is_ending; /* no request is read any more */
	bool has_continued;
	unsigned answers;
	int fd; /* of the file that is being sent, -1: none */
	uint64_t left;
	size_t looked, line; /* octets of `in` that were looked at, and where the line at hand begins */
	size_t need;	     /* octets of the request at hand; 0: not known */
	size_t n;
	char in[HTTP_REQUEST_MAX + HTTP_FEED];
};

/* `out` is the caller's, with a maximum of HTTP_OUT_MAX. */
void http_session_init(struct http_session *s, const struct http_callbacks *call, void *ctx, struct buf *out);
void http_session_clear(struct http_session *s);

/* At most HTTP_FEED octets, when produce() has returned false since the last time. */
void http_session_feed(struct http_session *s, const char *p, size_t n);
/* Answer. true: *out is to be written and emptied, then there is more to come. */
bool http_session_produce(struct http_session *s);

/* The client has taken too long, or the server goes down: say so if a request has begun, and end it. */
void http_session_stop(struct http_session *s, int status);

bool http_session_is_open(const struct http_session *s);
/* Is no request under way? */
bool http_session_is_idle(const struct http_session *s);

/* "Not Found"; for a code that we do not send "Error". */
const char *http_reason(int status);

#endif
