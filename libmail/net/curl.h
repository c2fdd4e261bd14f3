/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_CURL_H
#define LIBMAIL_NET_CURL_H

/*
 * curl - what libcurl does for us where we are somebody's client: connections that are dialled, encrypted and
 * logged in, and HTTPS.
 *
 * curl_dial() leaves a stream on which our own protocol code goes on: proxy, TLS or STARTTLS, and SASL (RFC 4954, 5034,
 * 3501) are done, and the server waits for a command. On SMTP EHLO has been said; to say it again tells the
 * capabilities. curl_fetch() is one request over HTTPS.
 *
 * libcurl is loaded at the first call (module curl, net/curl_*libcurl.c: nobody else knows it); without it each
 * call is a temporary fault. Nothing of the environment is heeded (http_proxy, .netrc, SSL_CERT_FILE). TLS 1.2 is the
 * least. Every failure is temporary, in libcurl's words or the server's. No password, token or header of a
 * request is in a fault or a trace.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "net/dial.h"
#include "net/stream.h"

/* How to get there. All strings may be NULL. */
struct curl_way {
	const char *ca_file;   /* PEM; NULL: the system's */
	const char *ca_path;   /* a directory of certificates; with ca_file NULL: only these */
	const char *cert_file; /* our own certificate, PEM, and its chain */
	const char *key_file;  /* NULL: it is in cert_file */
	const char *proxy; /* "socks5h://host:port", "socks5://", "http://"; with "user:password@" if it wants that */
	int family;	   /* AF_INET, AF_INET6; AF_UNSPEC: both at a time */
	long connect_timeout; /* seconds; 0: 30 */
	/* For tests: "HOST:PORT:ADDRESS" and "HOST:PORT:ADDRESS:PORT" instead of a look-up of HOST. No parameter. */
	const char *resolve;
	const char *connect_to;
	/* What happens, a line at a time: '>' we, '<' the server, '*' libcurl. May be NULL. */
	void (*trace)(void *ctx, char direction, struct span line);
	void *ctx;
};

enum curl_starttls { CURL_STARTTLS_NEVER, CURL_STARTTLS_MAY, CURL_STARTTLS_MUST };

struct curl_target {
	const char *scheme;	 /* "smtp", "imap", "pop3"; with TLS from the first octet "smtps", "imaps", "pop3s" */
	const char *host, *port; /* the host's name is what its certificate is compared with */
	const char *helo;	 /* SMTP: our name */
	enum curl_starttls starttls;
	bool verify;	    /* the certificate: who signed it, when, and for which name */
	long reply_timeout; /* seconds for each reply; 0: 300 */
	/* user NULL: nobody logs in. An empty password with `cert_file`: EXTERNAL. */
	const char *user, *password;
	const char *bearer;	/* an access token (XOAUTH2, OAUTHBEARER); then there is no password */
	const char *mechanisms; /* which may be used, "PLAIN LOGIN"; NULL: all that libcurl has */
	struct curl_way way;
};

/*
 * Dial. The stream is the caller's to close. `address` is who has answered (the proxy, if there is one), as
 * dial_connect() gives it. Faults: 4.7.8 the server refuses who we are, or offers no mechanism that
 * both know and we may use; 4.7.4 it has no STARTTLS; 4.7.5 its certificate; 4.4.x the network.
 */
int curl_dial(const struct curl_target *t, struct stream *out, char address[DIAL_ADDRESS_MAX], struct fault *f);

struct curl_request {
	const char *url;  /* https:// */
	const char *body; /* NULL: GET; else POST of this */
	const char *type; /* the body's: "application/x-www-form-urlencoded" */
	long time_limit;  /* seconds, for all of it; 0: 60 */
	size_t max;	  /* octets of the answer; a longer one is a fault */
	bool redirects;	  /* follow up to CURL_REDIRECTS_MAX, to https:// only */
	struct curl_way way;
};

enum { CURL_REDIRECTS_MAX = 5, CURL_TYPE_MAX = 127 };

struct curl_answer {
	long status; /* HTTP's, whatever it is */
	char type[CURL_TYPE_MAX +
		  1]; /* media type without parameters, in lower case: "text/plain"; "" if there was none */
	struct buf body;
};

/* Certificates are always verified. On -1 there is no answer; else the caller clears it. */
int curl_fetch(const struct curl_request *r, struct curl_answer *out, struct fault *f);
void curl_answer_clear(struct curl_answer *a);

/* Append s as a form has it: all but letters, digits and "-._~" as %XX (RFC 3986 2.3). */
void curl_put_escaped(struct buf *out, struct span s);

/* What the module gives. */
struct curl_functions {
	int (*dial)(const struct curl_target *t, struct stream *out, char address[DIAL_ADDRESS_MAX], struct fault *f);
	int (*fetch)(const struct curl_request *r, struct curl_answer *out, struct fault *f);
};

#endif
