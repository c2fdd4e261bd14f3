/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_DIAL_H
#define LIBMAIL_NET_DIAL_H

/*
 * dial - connect to a named host or a UNIX socket, with a deadline.
 *
 * Of a host with several addresses the first that answers is taken (RFC 8305, Happy Eyeballs): IPv6 and IPv4
 * alternate, and each attempt begins when the one before has failed or has had DIAL_STAGGER_MS, so that
 * an address which does not answer costs a quarter of a second and not the whole time. The first DIAL_ADDRESSES_MAX
 * addresses are tried. The socket is close-on-exec, non-blocking, and TCP_NODELAY is set: a mail dialogue is short
 * packets, each of which somebody waits for.
 */

#include <netinet/in.h>
#include <stdbool.h>

#include "base/fault.h"
#include "base/span.h"
#include "net/addr.h"

enum {
	DIAL_HOST_MAX = 255,
	DIAL_ADDRESS_MAX = ADDR_TEXT_MAX,
	DIAL_ADDRESSES_MAX = 16,
	DIAL_STAGGER_MS = 250, /* RFC 8305 5: the Connection Attempt Delay */
};

struct dial_target {
	char host[DIAL_HOST_MAX + 1]; /* name or address, without brackets; or a path */
	char port[32];		      /* number or service name */
	bool is_unix, is_bracketed;
};

/* "host", "host:port", "[host]", "[host]:port", "[IPv6:...]:port", "unix:PATH", "/PATH". A fault names the text. */
int dial_parse(struct span text, const char *default_port, struct dial_target *out, struct fault *f);

/*
 * Connect to a host that getaddrinfo(3) finds (RFC 6724 says which address is first). Returns the socket; `address`
 * receives the numeric address in RFC 5321's form without brackets. Every failure to connect is temporary (450 4.4.1),
 * a host name that does not exist is permanent (5.1.2).
 */
int dial_connect(const struct dial_target *t, long seconds, char address[DIAL_ADDRESS_MAX], struct fault *f);

/* The same with addresses that are known, in this order; `host` is what they are called. */
int dial_addresses(const char *host, const struct addr *v, size_t n, unsigned port, long seconds,
		   char address[DIAL_ADDRESS_MAX], struct fault *f);

/* Ask for immediate ACKs: a peer that waits for them before it sends the rest of a reply loses 40 ms otherwise. */
void dial_quick_ack(int fd);

#endif
