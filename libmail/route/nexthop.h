/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_NEXTHOP_H
#define LIBMAIL_ROUTE_NEXTHOP_H

/*
 * nexthop - the parameters that say where mail for other machines goes.
 *
 * relayhost: "host" or "host:port" (its MX), "[host]" or "[host]:port" (the host itself; IPv6 only so: "[2001:db8::1]",
 * with or without "IPv6:"). Ports are numbers or smtp, submission, submissions, lmtp.
 * default_transport: "smtp", "smtp:HOST", "lmtp:HOST", "lmtp:unix:PATH", "pipe:COMMAND", "error:TEXT" (nothing leaves
 * this machine, and TEXT says why). HOST has relayhost's forms. Without HOST relayhost says where; without relayhost
 * the recipient's domain does.
 */

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "route/route.h"

struct nexthop {
	enum route_transport transport;
	const char *host;    /* as route_target's nexthop; NULL: by the recipient's domain */
	const char *command; /* PIPE */
	const char *error;   /* remote mail is refused with this text; or NULL */
};

/* A usage fault names the parameter. */
int nexthop_parse(struct arena *a, const char *default_transport, const char *relayhost, struct nexthop *out,
		  struct fault *f);

/* The next hop for a domain when no parameter gives one: the domain, or "[192.0.2.1]:25" for an address literal. */
const char *nexthop_of_domain(struct arena *a, struct span domain);

#endif
