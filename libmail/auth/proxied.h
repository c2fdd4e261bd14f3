/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_PROXIED_H
#define LIBMAIL_AUTH_PROXIED_H

/*
 * proxied - an account whose mailbox is served by another host, as the extra fields of the users file say it. The
 * fields and what they mean are Dovecot's:
 *
 *	proxy                the client is connected to the host, after its login here
 *	proxy_maybe          the same, unless the host is this one
 *	host=NAME            which is needed; port=NUMBER (the protocol's if it is missing)
 *	destuser=NAME        who it is there; the same name if it is missing
 *	pass=PASSWORD        with which we log in there; the client's own if it is missing
 *	nopassword           passwords are not looked at here: the host knows whether they are right
 *	ssl, starttls        with TLS first, or STARTTLS: =any-cert whoever it is, else the host's name is verified
 *	proxy_timeout=TIME   seconds to connect and log in; 30 if it is missing
 */

#include <stdbool.h>

#include "auth/users.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	PROXIED_HOST_MAX = 255,
	PROXIED_PORT_MAX = 5,
	PROXIED_PASSWORD_MAX = 512,
	PROXIED_TIMEOUT = 30,
	PROXIED_TIMEOUT_MAX = 600,
};

enum proxied_tls { PROXIED_CLEAR, PROXIED_TLS, PROXIED_STARTTLS };

struct proxied {
	char host[PROXIED_HOST_MAX + 1]; /* "": the mailbox is here, and the rest is nothing */
	char port[PROXIED_PORT_MAX + 1]; /* "": the protocol's */
	char user[USERS_NAME_MAX + 1];
	char password[PROXIED_PASSWORD_MAX + 1]; /* "": the client's */
	bool unless_here;			 /* proxy_maybe */
	bool unchecked;				 /* nopassword */
	enum proxied_tls tls;
	bool any_certificate;
	long timeout;
};

/* From an account's extra fields; `name` is for `user` and for faults, which are temporary. */
int proxied_parse(struct span extra, const char *name, struct proxied *out, struct fault *f);

#endif
