/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_HANDOVER_H
#define APPLETS_HANDOVER_H

/*
 * handover - a client whose mailbox is at another host (auth/proxied.h) is logged in there, for all servers of
 * mailboxes alike. net/splice.h then carries what both say.
 */

#include "auth/sasl.h"
#include "daemon.h"
#include "net/stream.h"
#include "settings.h"

/* What the servers differ in: "pop3", "pop3s", "110", "995". */
struct handover_protocol {
	const char *scheme, *scheme_tls, *port, *port_tls;
};

/*
 * Is the host this server itself, at one of its own ports? 1, 0; -1: it cannot be known now. Then the account is
 * served here if it says proxy_maybe, and by nobody if not.
 */
int handover_is_here(const struct proxied *p, const struct handover_protocol *protocol,
		     const struct daemon_sockets *sockets, struct fault *f);

/* Is the host this machine, whatever the port? 1, 0; -1: that cannot be known now. */
int handover_is_local(const struct proxied *p, struct fault *f);

/*
 * Connect and log in. The process should have no rights that its work does not need. 535: the host, which alone knows,
 * says that the password is wrong. Every other failure is temporary.
 */
int handover_open(const struct sasl *sasl, const struct handover_protocol *protocol, const struct settings *s,
		  struct stream *out, struct fault *f);

#endif
