/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_HOST_H
#define LIBMAIL_ROUTE_HOST_H

/*
 * host - what a host may be called: a name, an address, an address literal (RFC 5321 4.1.3).
 */

#include <netinet/in.h>
#include <stdbool.h>

#include "base/span.h"

enum { HOST_NAME_MAX_OCTETS = 255 };

/* An address as bytes in network order, and as inet_ntop(3) would write it. */
struct host_address {
	int family; /* AF_INET, AF_INET6 */
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];
};

/* Letters, digits, "-", "_", "." and UTF-8: a name that no other syntax can hide in. */
bool host_is_name(struct span s);
/* The same for what an address may have behind its "@": without the dot that a name for the DNS may end with. */
bool host_is_domain(struct span s);

/* "192.0.2.1", "2001:db8::1", "IPv6:2001:db8::1". */
bool host_parse_address(struct span s, struct host_address *out);
/* "[192.0.2.1]", "[IPv6:2001:db8::1]"; the prefix may be missing. */
bool host_parse_literal(struct span s, struct host_address *out);

/* Cut "[...]" off the front; false if there is none. */
bool host_cut_brackets(struct span *rest, struct span *inside);

#endif
