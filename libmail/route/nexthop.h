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

enum nexthop_action {
	NEXTHOP_SEND,
	NEXTHOP_LOCAL,	 /* as if the domain were in mydestination */
	NEXTHOP_VIRTUAL, /* as if it were in virtual_mailbox_domains */
	NEXTHOP_DISCARD,
	NEXTHOP_ERROR,
	NEXTHOP_KEEP, /* nothing is said */
};

struct nexthop {
	enum nexthop_action action;
	enum route_transport transport;
	const char *host;    /* as route_target's nexthop; NULL: by the recipient's domain */
	const char *command; /* PIPE */
	const char *error;   /* ERROR: mail is refused with this text... */
	const char *status;  /* ...and this enhanced status; "4...": for now */
};

/* A usage fault names the parameter. */
int nexthop_parse(struct arena *a, const char *default_transport, const char *relayhost, struct nexthop *out,
		  struct fault *f);

/*
 * A value in transport_maps: "transport:nexthop" as in default_transport, and also "local:", "virtual:", "discard:",
 * "error:5.1.2 text", "retry:text". Without a next hop ("smtp:") it is the recipient's domain, whatever relayhost is;
 * without a transport (":[host]:port") default_transport's; without both (":") the value says nothing. The usage fault
 * begins with `place`, as table_place() makes it.
 */
int nexthop_parse_transport(struct arena *a, const char *place, struct span value, const char *default_transport,
			    struct nexthop *out, struct fault *f);

/* A value in sender_dependent_relayhost_maps: relayhost's syntax, or DUNNO, which says nothing. */
int nexthop_parse_relayhost(struct arena *a, const char *place, struct span value, const char *default_transport,
			    struct nexthop *out, struct fault *f);

/* Is a next hop that was made here one that a parameter or a table names, or an address, and not a recipient's domain?
 */
bool nexthop_is_named(const char *nexthop);

/* The next hop for a domain when no parameter gives one: the domain, or "[192.0.2.1]:25" for an address literal. */
const char *nexthop_of_domain(struct arena *a, struct span domain);

#endif
