/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_DNSMSG_H
#define LIBMAIL_NET_DNSMSG_H

/*
 * dnsmsg - DNS messages as bytes: a query to send, an answer to read. Pure functions.
 *
 * RFC 1035, 2181, 2308 (no data, no such name), 6891 (EDNS), 6840 5.7 (the AD bit asked for and given). Whoever can
 * send us mail can make us ask his own name server, so an answer is read as what an enemy wrote: every
 * length is checked, a compression pointer leads backwards only, a chain of aliases has at most DNSMSG_CNAMES_MAX
 * links, and time and memory are linear in the message (DNSMSG_MAX).
 *
 * Names are text without a dot at the end; the root is ".". Only letters, digits, "-" and "_" are in
 * them: a record whose name has anything else (a control byte, a blank, a dot within a label) is left out, as no host
 * can be meant and no such text may reach a log or a dialogue.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "net/addr.h"

enum dns_type { DNS_A = 1, DNS_CNAME = 5, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_TLSA = 52 };

enum {
	DNSMSG_MAX = 65535,	/* octets of an answer */
	DNSMSG_UDP = 1232,	/* octets that we take by UDP: what no network fragments */
	DNSMSG_EDNS = 11,	/* octets of the EDNS record at the end of a query */
	DNSMSG_QUERY_MAX = 300, /* octets of a query */
	DNSMSG_NAME_MAX = 254,	/* characters of a name, with NUL */
	DNSMSG_CNAMES_MAX = 16, /* aliases that lead to each other */
};

enum dns_status {
	DNS_FOUND,
	DNS_NODATA,   /* the name exists, but has no such record */
	DNS_NXDOMAIN, /* there is no such name */
};

struct dns_record {
	uint16_t preference;		     /* MX */
	const char *name;		     /* MX, CNAME: the host; "." is the null MX of RFC 7505 */
	struct addr address;		     /* A, AAAA */
	uint8_t usage, selector, match_type; /* TLSA, RFC 6698 2.1 */
	struct span data; /* TLSA: certificate association data. TXT: the strings, joined; any octets. */
};

struct dns_answer {
	enum dns_status status;
	bool secure;  /* AD: the name server says that it has checked the signatures; see dns.h for whom we believe */
	uint32_t ttl; /* seconds, the least of the records and aliases; 0 if there are none */
	const char *name; /* where the records are: what was asked for, or what its aliases lead to */
	bool is_alias;
	struct dns_record *v;
	size_t n;
};

/* "MX", "AAAA" */
const char *dnsmsg_type_name(enum dns_type type);
/* Write a query; its length, or 0 when `name` (with or without a dot at its end) is no domain name. */
size_t dnsmsg_put_query(uint8_t out[DNSMSG_QUERY_MAX], uint16_t id, const char *name, enum dns_type type);
/* Take the EDNS record away, for a server that does not know it; the new length. */
size_t dnsmsg_drop_edns(uint8_t *query, size_t n);

/* The response code of a message with a whole header, -1 without; is it cut short (TC)? */
int dnsmsg_rcode(struct span message);
bool dnsmsg_is_truncated(struct span message);
/* "SERVFAIL" */
const char *dnsmsg_rcode_name(int rcode);

/*
 * Read the answer to that question. 0; -1, always temporary (451 4.4.3), when the message is broken, not an
 * answer to this question, a refusal (SERVFAIL ...), a referral, a chain of aliases that is too long, or when it has
 * records and none is usable. All is copied to the arena.
 */
int dnsmsg_parse(struct arena *a, struct span message, const char *name, enum dns_type type, struct dns_answer *out,
		 struct fault *f);

#endif
