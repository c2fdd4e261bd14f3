/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_CURL_LIBCURL_H
#define LIBMAIL_NET_CURL_LIBCURL_H

/*
 * curl_libcurl - what the files of the module share: one piece of work with libcurl.
 *
 *	curl_libcurl.c         setting up, time, faults; the module's functions
 *	curl_said_libcurl.c    the dialogue: what may be shown, who has been let in
 *	curl_dial_libcurl.c    connections, and the stream on them
 *	curl_https_libcurl.c   requests
 */

#include <curl/curl.h>

#include "base/arena.h"
#include "net/curl.h"

enum { CURL_WORDS_MAX = 300 /* octets kept of the server's last reply */ };

struct curl_call {
	const struct curl_way *way;
	const struct curl_target *target; /* NULL: HTTPS */
	struct arena arena;
	CURL *easy;
	struct curl_slist *resolve, *connect_to, *headers;
	char words[CURL_ERROR_SIZE];
	int64_t begun;	 /* monotonic, milliseconds */
	bool logging_in; /* AUTH or its like was said: what we say is secret until the server has decided */
	bool logged_in;	 /* ...and it was content */
	bool in_head;	 /* the lines of a proxy's or web server's answer */
	char said[CURL_WORDS_MAX + 1]; /* the server's last line */
	struct buf *body;
	bool too_long;
};

/* The call is to be closed, also after a fault. */
int curl_call_open(struct curl_call *c, const struct curl_way *way, const struct curl_target *t, struct fault *f);
void curl_call_close(struct curl_call *c);

void curl_call_number(struct curl_call *c, CURLoption option, long value);
/* NULL: nothing is set. */
void curl_call_text(struct curl_call *c, CURLoption option, const char *value);
/* The names as a list with commas, and as bits for an old libcurl. */
void curl_call_protocols(struct curl_call *c, const char *names, long bits);

/* Seconds for the connection alone. */
long curl_call_connect_seconds(const struct curl_call *c);

/* What libcurl says went wrong, as a fault about this host. -1. */
int curl_call_failed(const struct curl_call *c, CURLcode code, const char *host, struct fault *f);

/* CURLOPT_DEBUGFUNCTION: the trace without secrets; `said`, `logging_in` and `logged_in` of the call. */
int curl_said(CURL *easy, curl_infotype type, char *p, size_t n, void *call);

int curl_dial_run(const struct curl_target *t, struct stream *out, char address[DIAL_ADDRESS_MAX], struct fault *f);
int curl_https_run(const struct curl_request *r, struct curl_answer *out, struct fault *f);

#endif
