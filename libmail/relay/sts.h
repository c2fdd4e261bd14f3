/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_STS_H
#define LIBMAIL_RELAY_STS_H

/*
 * sts - a domain's word on which hosts take its mail, and that they speak TLS with a good certificate: MTA-STS, RFC
 * 8461.
 *
 * sts_lookup() is all that a delivery needs. What it finds out is kept in the directory "mta-sts" of the spool, a file
 * for each domain: a policy counts until its max_age is over, whatever happens to DNS and web server meanwhile, and it
 * is fetched again when the id in DNS changes. A domain whose policy could not be fetched is left alone for STS_PAUSE
 * seconds. At most STS_DOMAINS files are kept; those that are over go first, then the oldest.
 *
 * Host names are compared without regard to case and to a dot at the end (both are ASCII: A-labels).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "net/curl.h"

enum {
	STS_POLICY_MAX = 64 << 10, /* octets of a policy, RFC 8461 3.3 */
	STS_PATTERNS_MAX = 100,	   /* mx patterns of a policy */
	STS_AGE_MAX = 31557600,	   /* seconds, RFC 8461 3.2: a year */
	STS_ID_MAX = 32,	   /* octets, RFC 8461 3.1 */
	STS_SECONDS = 60,	   /* for the web server to answer */
	STS_PAUSE = 300,	   /* seconds between two attempts to fetch a policy */
	STS_DOMAINS = 10000,	   /* that are kept */
};

enum sts_mode { STS_NONE, STS_TESTING, STS_ENFORCE };

struct sts_policy {
	enum sts_mode mode;
	long max_age;	 /* seconds */
	struct span *mx; /* patterns: "mail.example.org", "*.example.org" */
	size_t n;
};

/*
 * A policy's text, RFC 8461 3.2. The spans point into it, the array is in the arena. A fault (temporary, 4.7.5) says
 * what is wrong and in which line: then the domain is as one without a policy. Lines may end with LF; fields that we
 * do not know are passed over; of one that is said again the first counts.
 */
int sts_parse(struct arena *a, struct span text, struct sts_policy *out, struct fault *f);

/* Does a pattern have this host? "*" stands for exactly one label, the first (RFC 8461 4.1). */
bool sts_matches(const struct sts_policy *p, struct span host);

/* A TXT record of _mta-sts.DOMAIN: its id if it is "v=STSv1; id=...;", else empty. */
struct span sts_record_id(struct span record);

/*
 * How the records are found: put all TXT records of `name`, each as one span, into *out and their number into *n, in
 * the arena. 0; -1 when they cannot be known now.
 */
typedef int (*sts_txt_fn)(void *ctx, struct arena *a, const char *name, struct span **out, size_t *n, struct fault *f);

struct sts_rules {
	const char *spool; /* its directory, which the process may write */
	sts_txt_fn txt;
	void *ctx;
	struct curl_way way;
};

/*
 * The policy that counts now for mail to the domain: 1; 0 when there is none. Everything is in the arena. What goes
 * wrong on the way (no answer from DNS or the web server, a policy that is none) is no reason not to deliver, but may
 * be for the log: *why (may be NULL) is then a temporary fault, else its kind is FAULT_NONE. A domain that is no host
 * name has no policy.
 */
int sts_lookup(const struct sts_rules *rules, struct arena *a, const char *domain, struct sts_policy *out,
	       struct fault *why);

#endif
