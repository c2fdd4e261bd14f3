/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_HOSTS_H
#define LIBMAIL_RELAY_HOSTS_H

/*
 * hosts - which hosts take the mail for a next hop, and in which order they are tried.
 *
 * RFC 5321 5.1, RFC 7505. A next hop without brackets ("example.org", "example.org:2525") is a domain: its MX hosts,
 * best preference first, equal ones in random order; without MX records the domain's own addresses. In brackets, with a
 * UNIX socket, and for LMTP it is the host itself. So is "localhost", and a name without a dot that DNS does not know.
 *
 * A domain in UTF-8 is looked up in its ASCII form (message/idna.h).
 *
 * Loops: where this machine is among the MX hosts (by its name, or by an address of it or of proxy_interfaces) only
 * better ones are tried, as this is where mail for the domain gathers when they are away. That is so at port 25; on
 * another port another service listens.
 *
 * Faults. The domain does not exist, or has neither MX nor address: permanent, 5.1.2. It takes no mail (null
 * MX): 5.1.10 with 556. Its MX hosts have no addresses, and all of them for certain: 5.4.4. Nobody but ourselves is
 * left: temporary, 4.4.6, as mydestination may have to be mended; by an address that every machine has: 5.4.6. What
 * cannot be known now is temporary, 4.4.3.
 */

#include "base/arena.h"
#include "base/fault.h"
#include "net/dial.h"
#include "net/dns.h"

enum {
	HOSTS_MX_MAX = 20, /* MX hosts that are looked at, the best ones; the rest could never be reached in time */
};

struct hosts_rules {
	const char *dns_servers; /* see dns.h */
	bool believe_dns;	 /* smtp_dns_support_level = dnssec: the AD bit counts, whoever sets it */
	bool no_mx;		 /* ... = disabled: there is no DNS, every next hop is the host itself */
	bool only_dns;		 /* smtp_host_lookup = dns: hosts in brackets too, and not /etc/hosts */
	long port;		 /* where the next hop names none; 0: 25 */
	long address_limit;	 /* addresses of a next hop; 0: DNS_ADDRESSES_MAX of each host */
	long session_limit;	 /* hosts that may greet us before we give up; 0: all */
	const char *myhostname;
	const char *proxy_interfaces; /* our addresses on the other side of a translator, as mynetworks; or NULL */
};

/* A host that may be tried. */
struct host_candidate {
	const char *name;
	uint16_t preference;
	bool is_mx; /* from an MX record */
	/* Looked up by getaddrinfo(3) when it is tried: `target`; otherwise these are its addresses. */
	bool is_native;
	struct dial_target target;
	struct dns_addresses addresses;
	/*
	 * For DANE (RFC 7672): are the MX records signed (or is there no need for them), is there a TLSA record? They
	 * are asked for with HOSTS_DANE only, and found where everything on the way was signed. tlsa_base is the name
	 * that they are for; tlsa_unknown: they could not be asked for, and the host must not be used.
	 */
	bool is_secure;
	bool tlsa_unknown;
	const char *tlsa_base;
	struct dns_record *tlsa;
	size_t n_tlsa;
	/* Why it cannot be tried; FAULT_NONE: it can. */
	struct fault problem;
};

struct hosts_list {
	struct host_candidate *v;
	size_t n;
	const char *domain; /* that was asked for MX records; NULL: none was */
	bool has_mx;
	unsigned port; /* 0 for a UNIX socket */
};

struct hosts {
	const struct hosts_rules *rules;
	struct dns dns;
	struct arena arena; /* of the next */
	struct addr_networks proxies;
};

/* What is wrong with dns_servers or proxy_interfaces is a usage fault. Nothing is asked yet. `rules` is kept. */
int hosts_init(struct hosts *h, const struct hosts_rules *rules, struct fault *f);
void hosts_clear(struct hosts *h);

enum {
	HOSTS_LMTP = 1,	  /* the next hop is a host, and its port is 24 where it names none */
	HOSTS_DANE = 2,	  /* ask for TLSA records; hosts in brackets are then looked up in DNS, too */
	HOSTS_NATIVE = 4, /* the next hop is a host, and not looked up here: who dials does that */
};

/*
 * Find the hosts of a next hop (as dial_parse() takes it). 0: at least one can be tried. -1: none; *out has what was
 * found all the same. Everything lives in the arena.
 */
int hosts_find(struct hosts *h, struct arena *a, const char *nexthop, unsigned how, struct hosts_list *out,
	       struct fault *f);

/* Connect to a host that can be tried; as dial_connect(). */
int hosts_dial(const struct hosts_list *list, const struct host_candidate *c, long seconds,
	       char address[DIAL_ADDRESS_MAX], struct fault *f);

/* Several hosts have failed: keep in *all what is to be said of them. A temporary fault stands before a permanent one.
 */
void hosts_note(struct fault *all, const struct fault *one);

#endif
