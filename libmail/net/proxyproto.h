/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_PROXYPROTO_H
#define LIBMAIL_NET_PROXYPROTO_H

/*
 * proxyproto - the header that a proxy puts in front of a connection, to say whose it is.
 *
 * HAProxy's PROXY protocol, version 1 (a line of text) and 2 (binary). What version 2 has behind the addresses (TLVs)
 * is skipped. The parser is a function of the bytes; upstream.h reads them from a socket.
 */

#include <stdbool.h>

#include "base/fault.h"
#include "base/span.h"
#include "net/addr.h"

enum {
	PROXYPROTO_LINE_MAX = 107, /* octets of a version 1 header, its CR LF included */
	PROXYPROTO_MAX = 4096,	   /* octets of a header: version 2 with its TLVs */
};

struct proxyproto {
	/*
	 * The client's address is not told: the proxy speaks for itself (LOCAL, a health check), or for a
	 * client that it knows no address of (UNKNOWN, UNSPEC, a UNIX socket).
	 */
	bool is_nameless;
	struct addr client; /* all zero then */
};

/*
 * The header at the start of the bytes: 1 with its length in *used, 0 when all of them belong to a header that is not
 * whole yet, -1 when they are none, or a bad one.
 */
int proxyproto_parse(struct span bytes, size_t *used, struct proxyproto *out, struct fault *f);

#endif
