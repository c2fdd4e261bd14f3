/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_UPSTREAM_H
#define LIBMAIL_NET_UPSTREAM_H

/*
 * upstream - the client behind a proxy, on a socket that was just accepted.
 *
 * Only from the trusted networks is a PROXY header (proxyproto.h) expected, and there it must be. From anywhere else
 * its bytes are what the session makes of them, which is no valid command.
 */

#include "base/fault.h"
#include "net/addr.h"
#include "net/peer.h"

struct upstream {
	const struct addr_networks *trusted; /* NULL: there is no proxy */
	long timeout;			     /* seconds for the whole header */
};

/*
 * Read the header from the socket if its peer is a trusted proxy; not a byte of what follows is taken. The peer
 * then is the client; or a nameless one (peer.h), if the proxy told no address. -1: there is no good header in time,
 * and the connection is to be closed.
 */
int upstream_read(const struct upstream *u, int fd, struct peer *peer, struct fault *f);

#endif
