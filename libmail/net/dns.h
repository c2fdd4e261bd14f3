/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_DNS_H
#define LIBMAIL_NET_DNS_H

/*
 * dns - questions to the domain name system: the one owner of the C library's resolver.
 *
 * The resolver carries messages to the name servers of /etc/resolv.conf, or to those of a parameter, with its time-outs
 * and attempts, and repeats by TCP what is cut short; queries and answers are net/dnsmsg.h's. Names are
 * asked for as they are: there is no search list, and /etc/hosts is not read (dial_connect() does that).
 *
 * An answer's `secure` is the AD bit, and only where it can be believed: when every name server is on this machine,
 * when resolv.conf says "options trust-ad", or when the caller says so. Everybody between us and a server elsewhere
 * could have set it.
 *
 * Answers are kept for their time to live, DNS_TTL_MAX seconds at most (DNS_NEGATIVE_TTL if there was nothing), in
 * DNS_CACHE_MAX octets; that is for a process which asks the same again within minutes. resolv.conf is
 * read again after DNS_REREAD_SECONDS.
 */

#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/map.h"
#include "net/dnsmsg.h"

enum {
	DNS_SERVERS_MAX = 3,	 /* as many as the C library asks */
	DNS_ADDRESSES_MAX = 16,	 /* of one host that are used, half of each family where it has both */
	DNS_TTL_MAX = 3600,	 /* seconds */
	DNS_NEGATIVE_TTL = 60,	 /* seconds */
	DNS_CACHE_MAX = 1 << 20, /* octets; when it is full it begins anew */
	DNS_REREAD_SECONDS = 60,
};

struct dns {
	struct sockaddr_in6 servers[DNS_SERVERS_MAX]; /* of the parameter; IPv4 as sockaddr_in, by its family */
	size_t n;
	bool believes; /* the AD bit, whoever sets it */
	bool is_open, is_trusted;
	int64_t opened; /* monotonic, milliseconds */
#ifdef __GLIBC__
	struct __res_state state;
#endif
	uint8_t *answer; /* DNSMSG_MAX octets */
	struct arena kept;
	struct map cache;
	size_t cached; /* octets */
};

/*
 * `servers`: "" (or NULL) for those of /etc/resolv.conf, else at most DNS_SERVERS_MAX addresses with or without port,
 * separated by commas or blanks: "127.0.0.1:5353 [::1]:53 192.0.2.1". What is wrong with them is a usage fault that
 * begins with "dns_servers:", as is that they are given where the C library can ask only its own (musl). Nothing is
 * asked and no file is read before the first question.
 */
int dns_init(struct dns *d, const char *servers, bool believes, struct fault *f);
void dns_clear(struct dns *d);

/*
 * Ask. 0: *out says found, no data or no such name, and lives in the arena. -1: it cannot be known now (451 4.4.3:
 * SERVFAIL, time-out, a malformed answer); or never, when `name` is no domain name (550 5.1.2).
 */
int dns_ask(struct dns *d, struct arena *a, const char *name, enum dns_type type, struct dns_answer *out,
	    struct fault *f);

/* The addresses of a host. */
struct dns_addresses {
	enum dns_status status;
	bool secure; /* of both questions */
	bool is_alias;
	const char *name; /* the end of its aliases */
	/* In the order in which they should be tried: IPv6 and IPv4 alternate, those of a family are shuffled. */
	struct addr *v;
	size_t n;
};

/* Both families are asked for. -1 when there is none and one of the two could not be known. */
int dns_addresses(struct dns *d, struct arena *a, const char *host, struct dns_addresses *out, struct fault *f);

/*
 * The TLSA records of a host's TCP port by RFC 7672 2.2.2, when its addresses were asked for before. *out is NODATA
 * where they do not count: nothing is signed, or there is none. Where the host is a signed alias the name that
 * it leads to is looked at first; *base is the name under which they were found, which is one that the certificate may
 * have. -1: it could not be known, and then the host must not be used without them.
 */
int dns_tlsa(struct dns *d, struct arena *a, const char *host, const struct dns_addresses *addresses, unsigned port,
	     struct dns_answer *out, const char **base, struct fault *f);

#endif
