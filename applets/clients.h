/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_CLIENTS_H
#define APPLETS_CLIENTS_H

/*
 * clients - whom a server trusts with what: mynetworks, proxies, XCLIENT, and whose headers are completed.
 */

#include "base/arena.h"
#include "base/fault.h"
#include "net/addr.h"
#include "net/peer.h"
#include "net/upstream.h"
#include "settings.h"

struct clients {
	struct addr_networks relaying; /* mynetworks */
	struct addr_networks own;      /* this machine's addresses */
	struct addr_networks xclient, verp, proxies;
	struct upstream upstream;
	unsigned rewritten; /* of local_header_rewrite_clients */
};

/* From the settings; it stays where it is. A fault names the parameter. */
int clients_load(struct clients *c, struct arena *a, const struct settings *s, struct fault *f);
/* For clients_is_rewritten(), after that. The kernel is asked for this machine's addresses. */
int clients_load_rewritten(struct clients *c, struct arena *a, const struct settings *s, struct fault *f);

/* A local process, or an address in mynetworks; a proxy that does not name its client is none. */
bool clients_may_relay(const struct clients *c, const struct peer *peer);
bool clients_may_xclient(const struct clients *c, const struct peer *peer);
/* Or a local process. */
bool clients_may_verp(const struct clients *c, const struct peer *peer);

/*
 * Are its headers completed? permit_inet_interfaces: an address that an interface of this machine had when the settings
 * were loaded; permit_mynetworks: one in mynetworks; permit_sasl_authenticated: who has logged in. What comes through
 * a UNIX socket is from sendmail, which has done it.
 */
bool clients_is_rewritten(const struct clients *c, const struct peer *peer, bool authenticated);

#endif
