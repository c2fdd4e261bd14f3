/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_ADDR_H
#define LIBMAIL_NET_ADDR_H

/*
 * addr - socket addresses as text, and lists of networks.
 *
 * An IPv4 address that a dual-stack socket shows as ::ffff:192.0.2.1 is the
 * IPv4 address, everywhere here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/fault.h"

enum {
	ADDR_TEXT_MAX = 56,	   /* "IPv6:" and the longest address, with NUL */
	ADDR_CLIENT_PREFIX = 64,   /* bits of an IPv6 address that one customer has to himself */
	ADDR_NETWORKS_MAX = 10000, /* elements of a list */
};

/* An address as 16 bytes, IPv4 mapped into IPv6. */
struct addr {
	uint8_t bytes[16];
};

/* false: neither IPv4 nor IPv6; *out is then all zero. */
bool addr_from(const struct sockaddr *sa, struct addr *out);
bool addr_is_v4(const struct addr *a);
/* "192.0.2.1", "2001:db8::1" (a zone is an error). 0 or -1. */
int addr_parse(const char *text, struct addr *out);

/* "192.0.2.1", "2001:db8::1" */
void addr_text(const struct addr *a, char out[ADDR_TEXT_MAX]);
/* As in a RFC 5321 address literal: "192.0.2.1", "IPv6:2001:db8::1" */
void addr_literal(const struct addr *a, char out[ADDR_TEXT_MAX]);

/* The address with all but the part that stands for one client zeroed: IPv4 whole, IPv6 ADDR_CLIENT_PREFIX bits. */
struct addr addr_client(const struct addr *a);

/*
 * Postfix's mynetworks: addresses and networks "192.0.2.0/24", "[2001:db8::]/32"
 * (brackets may be left out), separated by commas or blanks; "!" before one
 * excludes it. The first that fits decides. A network with bits set behind its
 * prefix, a table or file name and what else is none of this is a usage fault that
 * quotes the element.
 */
struct addr_network {
	struct addr address;
	unsigned bits; /* of the 128 */
	bool not ;
};

struct addr_networks {
	struct addr_network *v;
	size_t n;
};

int addr_networks_parse(struct arena *a, const char *text, struct addr_networks *out, struct fault *f);
bool addr_networks_match(const struct addr_networks *list, const struct addr *a);

#endif
