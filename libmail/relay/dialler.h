/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_DIALLER_H
#define LIBMAIL_RELAY_DIALLER_H

/*
 * dialler - connections that libcurl dials: where we log in, and through a proxy.
 *
 * A worker prepares its dialler before it gives up its rights (credential.h), and asks then whether it is needed. What
 * it opens is a client after EHLO, as client_open() leaves it; the transaction is ours.
 *
 * Who logs in sends a password or a token: so TLS is required then, and the server's certificate must be good and for
 * the host's name, unless smtp_tls_security_level says "encrypt" (TLS with whoever it is) or "none". Which mechanisms
 * may be used is said by smtp_sasl_mechanism_filter and by smtp_sasl_security_options (without TLS;
 * smtp_sasl_tls_security_options with it): "noplaintext" keeps those away that send the password itself. GSSAPI and
 * NTLM are used only if the filter names them.
 */

#include <stdbool.h>

#include "net/curl.h"
#include "relay/credential.h"
#include "smtp/client.h"

struct dialler_rules {
	struct credential_rules credential;
	const char *spool; /* where tokens are kept */
	/* parameters; the strings may be NULL */
	const char *mechanism_filter, *security_options, *tls_security_options;
	const char *security_level; /* smtp_tls_security_level */
	bool wrapper_mode;	    /* TLS from the first octet, at any port; at 465 it is always so */
	/* connect_timeout, trace and ctx are the client's */
	struct curl_way way;
};

enum { DIALLER_MECHANISMS_MAX = 500 /* octets of a list of mechanisms */ };

struct dialler {
	const struct dialler_rules *rules;
	struct arena arena; /* secrets: wiped by dialler_clear() */
	struct credential credential;
	bool has_credential;
	struct fault trouble; /* why there is none though there should be; FAULT_NONE: nothing */
};

/* Never fails: a fault is kept for dialler_open(). `sender` is who the worker sends for, or NULL. */
void dialler_init(struct dialler *d, const struct dialler_rules *rules, const char *nexthop, const char *sender);
void dialler_clear(struct dialler *d);

/* Are its connections for libcurl? */
bool dialler_is_needed(const struct dialler *d);

/*
 * Connect to the host, log in, say EHLO. All faults are temporary, as with Postfix (smtp_sasl_auth_soft_bounce): a
 * password that is refused is mended by a person, and mail waits for it. On a fault the client is closed. A token that
 * is refused is fetched anew, once.
 */
int dialler_open(struct dialler *d, struct client *c, const char *host, const char *port, struct fault *f);

/* The mechanisms that may be used, "PLAIN LOGIN"; -1 if there is none, or a parameter is wrong. */
int dialler_mechanisms(const struct dialler *d, bool tls, char out[DIALLER_MECHANISMS_MAX], struct fault *f);

#endif
