/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_TLSPOLICY_H
#define LIBMAIL_RELAY_TLSPOLICY_H

/*
 * tlspolicy - which TLS a host that takes mail must give: from a table, from DNS (DANE, RFC 7672), from the domain's
 *own word (MTA-STS, RFC 8461), and from what the message says of itself (RFC 8689).
 *
 * smtp_tls_policy_maps has, by next hop, "LEVEL [match=NAME:NAME] [protocols=>=VERSION]"; where it has nothing
 * smtp_tls_security_level counts, and MTA-STS if that is may or dane. The levels are Postfix's:
 *
 *	none       never
 *	may        if the server offers it, whoever it is
 *	encrypt    or no mail, whoever it is
 *	verify     and a certificate by a CA that we trust for the host's name (match=hostname)
 *	secure     and one for the next hop's (match=nexthop:dot-nexthop), as nobody signs what DNS says of MX hosts
 *	dane       as the host's TLSA records say; with none that can be used encrypt; without any may
 *	dane-only  or no mail
 *
 * TLSA records come before MTA-STS (RFC 8461 2). A message that needs REQUIRETLS goes only where the server has proved
 * its name, one that was not forged on the way to it: by TLSA records, by MTA-STS, by signed MX records, or by a name
 * that needed no look-up, the next hop's own.
 */

#include "net/dns.h"
#include "relay/hosts.h"
#include "relay/sts.h"
#include "smtp/client.h"

enum {
	TLSPOLICY_HEADER_MAX = 64 << 10, /* octets of a message in which TLS-Required is looked for */
};

enum tlspolicy_level {
	TLSPOLICY_NONE,
	TLSPOLICY_MAY,
	TLSPOLICY_ENCRYPT,
	TLSPOLICY_VERIFY,
	TLSPOLICY_SECURE,
	TLSPOLICY_DANE,
	TLSPOLICY_DANE_ONLY,
};

/* 0; -1: there is no such level. */
int tlspolicy_level_parse(struct span name, enum tlspolicy_level *out);

/* What a message asks for. A connection that was made for one of them serves those before it, too. */
enum tlspolicy_need {
	TLSPOLICY_WAIVED,   /* TLS-Required: No - at most may, RFC 8689 5 */
	TLSPOLICY_USUAL,    /* what the policy says */
	TLSPOLICY_REQUIRED, /* REQUIRETLS */
};

/* A line of the table. */
struct tlspolicy_line {
	enum tlspolicy_level level;
	const char
		*match[TLSIO_NAMES_MAX]; /* names, ".domain" for what is below it, or hostname, nexthop, dot-nexthop */
	size_t n_match;			 /* 0: what the level says */
	const char *min_protocol;	 /* NULL: tls_min_protocol */
};

/* Read a value of the table; `place` is where it stands, for the fault: temporary, 4.3.5, as it waits to be mended. */
int tlspolicy_line_parse(struct arena *a, const char *place, struct span value, struct tlspolicy_line *out,
			 struct fault *f);

struct tlspolicy_rules {
	const char *maps;	    /* smtp_tls_policy_maps; may be NULL */
	enum tlspolicy_level level; /* smtp_tls_security_level */
	enum tlspolicy_level lmtp;  /* lmtp_tls_security_level */
	bool sts;		    /* smtp_tls_mta_sts */
	bool heeds_header;	    /* tls_required_enable */
	const char *spool;	    /* where policies of MTA-STS are kept */
	struct curl_way way;	    /* to them */
};

/* The policy for one next hop. */
struct tlspolicy {
	const struct tlspolicy_rules *rules;
	struct arena arena;
	const char *host; /* the next hop's name, or NULL: it is a socket */
	bool is_listed;	  /* the table has it */
	struct tlspolicy_line line;
	struct fault
		trouble; /* the table cannot be read, or its line: no mail until it is mended; FAULT_NONE: nothing */
};

/* Looks into the table, with the rights that the process has now. `nexthop` as dial_parse() takes it. Never fails. */
void tlspolicy_init(struct tlspolicy *p, const struct tlspolicy_rules *rules, const char *nexthop);
/* It is LMTP that is spoken there. After init. */
void tlspolicy_set_lmtp(struct tlspolicy *p);
void tlspolicy_clear(struct tlspolicy *p);

/*
 * What does this message ask for? Its header is looked at (TLSPOLICY_HEADER_MAX) where it makes a difference; a file
 * that cannot be read is as usual.
 */
enum tlspolicy_need tlspolicy_need(const struct tlspolicy *p, bool require_tls, int fd, off_t at, off_t size);

/* Are TLSA records to be asked for: HOSTS_DANE? */
bool tlspolicy_asks_dane(const struct tlspolicy *p, enum tlspolicy_need need);

/* What the domain of the MX records says. */
struct tlspolicy_domain {
	const char *name; /* NULL: there were none to ask for, or nobody asked */
	bool has_sts;
	struct sts_policy sts;
};

/* Ask for it, in the arena. *why (may be NULL) is as in sts_lookup(). */
void tlspolicy_ask(const struct tlspolicy *p, struct arena *a, struct dns *dns, const struct hosts_list *list,
		   enum tlspolicy_need need, struct tlspolicy_domain *out, struct fault *why);

/*
 * How to speak with that host: level and names are set in *tls, whose other members stay (`wrapper` is not heeded).
 * Everything is in the arena or borrowed from policy and candidate. -1: there must be no mail to it, and the fault says
 * why.
 */
int tlspolicy_host(const struct tlspolicy *p, struct arena *a, const struct tlspolicy_domain *domain,
		   const struct host_candidate *c, enum tlspolicy_need need, struct client_tls *tls, struct fault *f);

/* In mode testing, does the host break the policy? Then nothing follows from it but a word about it. */
bool tlspolicy_is_in_doubt(const struct tlspolicy_domain *domain, const struct host_candidate *c);

#endif
