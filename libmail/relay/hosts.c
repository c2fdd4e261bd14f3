/* SPDX-License-Identifier: ISC */
/*
 * hosts - which hosts take the mail for a next hop.
 */
#include "relay/hosts.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/entropy.h"
#include "message/idna.h"

enum { SMTP_PORT = 25, LMTP_PORT = 24, PORT_MAX = 65535 };

int hosts_init(struct hosts *h, const struct hosts_rules *rules, struct fault *f)
{
	const char *proxies = rules->proxy_interfaces ? rules->proxy_interfaces : "";
	struct fault why;

	*h = (struct hosts){ .rules = rules };
	if (dns_init(&h->dns, rules->dns_servers, rules->believe_dns, f) < 0)
		return -1;
	if (addr_networks_parse(&h->arena, proxies, &h->proxies, &why) == 0)
		return 0;
	return fault_usage(f, "proxy_interfaces: %s", why.text);
}

void hosts_clear(struct hosts *h)
{
	dns_clear(&h->dns);
	arena_clear(&h->arena);
}

void hosts_note(struct fault *all, const struct fault *one)
{
	if (all->kind == FAULT_NONE || all->kind == FAULT_PERM || one->kind != FAULT_PERM)
		*all = *one;
}

/* ---- is it this machine? ---- */

static bool is_here(const struct addr *a)
{
	static const struct addr nowhere, loopback = { { [15] = 1 } };

	if (addr_is_v4(a))
		return a->bytes[12] == 127 || a->bytes[12] == 0;
	return memcmp(a, &nowhere, sizeof(*a)) == 0 || memcmp(a, &loopback, sizeof(*a)) == 0;
}

static bool has_interface(const struct ifaddrs *list, const struct addr *a)
{
	struct addr own;

	for (; list; list = list->ifa_next)
		if (list->ifa_addr && addr_from(list->ifa_addr, &own) && memcmp(&own, a, sizeof(own)) == 0)
			return true;
	return false;
}

struct search {
	struct hosts *hosts;
	struct arena *arena;
	struct hosts_list *out;
	unsigned how;
	bool mx_secure;
	struct ifaddrs *interfaces; /* NULL: loops are not looked for */
	bool is_nowhere;	    /* what is_self() has found is an address that every machine has */
	size_t addresses;	    /* of all candidates until now */
	struct fault why;	    /* what hosts_note() made of their problems */
};

static bool is_self(struct search *s, const struct host_candidate *c)
{
	const char *myhostname = s->hosts->rules->myhostname;

	s->is_nowhere = false;
	if (!s->interfaces)
		return false;
	if (myhostname && span_is_nocase(span_str(c->name), span_str(myhostname)))
		return true;
	for (size_t i = 0; i < c->addresses.n; i++) {
		const struct addr *a = &c->addresses.v[i];

		s->is_nowhere = is_here(a);
		if (s->is_nowhere || has_interface(s->interfaces, a) || addr_networks_match(&s->hosts->proxies, a))
			return true;
	}
	return false;
}

/* ---- one host ---- */

static void limit_addresses(struct search *s, struct host_candidate *c)
{
	size_t limit = (size_t)s->hosts->rules->address_limit;

	if (limit && c->addresses.n > limit - s->addresses)
		c->addresses.n = limit - s->addresses;
	s->addresses += c->addresses.n;
}

static bool is_full(const struct search *s)
{
	long limit = s->hosts->rules->address_limit;

	return limit && s->addresses >= (size_t)limit;
}

static void find_addresses(struct search *s, struct host_candidate *c)
{
	struct fault *f = &c->problem;

	if (dns_addresses(&s->hosts->dns, s->arena, c->name, &c->addresses, f) < 0)
		return;
	if (c->addresses.n == 0)
		fault_perm(f, 550, "5.4.4", "host %s %s", c->name,
			   c->addresses.status == DNS_NXDOMAIN ? "does not exist" : "has no address");
}

static void find_tlsa(struct search *s, struct host_candidate *c)
{
	struct dns_answer answer;
	struct fault f;

	c->is_secure = s->mx_secure && c->addresses.secure;
	if (!(s->how & HOSTS_DANE) || !s->mx_secure || c->problem.kind != FAULT_NONE)
		return;
	if (dns_tlsa(&s->hosts->dns, s->arena, c->name, &c->addresses, s->out->port, &answer, &c->tlsa_base, &f) < 0) {
		c->tlsa_unknown = true;
		c->problem = f;
		return;
	}
	c->tlsa = answer.v;
	c->n_tlsa = answer.n;
}

static void note_problem(struct search *s, const struct host_candidate *c)
{
	if (c->problem.kind != FAULT_NONE)
		hosts_note(&s->why, &c->problem);
}

/* ---- without MX records ---- */

/* The port in numbers. Names other than these few are in no next hop that the route makes. */
static unsigned port_number(const char *text)
{
	const struct servent *service;
	uint64_t number;

	if (span_number(span_str(text), PORT_MAX, &number) == 0)
		return (unsigned)number;
	service = getservbyname(text, "tcp");
	return service ? ntohs((uint16_t)service->s_port) : 0;
}

static void add_native(struct search *s, const struct dial_target *target)
{
	struct host_candidate *c = &s->out->v[s->out->n++];

	c->is_native = true;
	c->target = *target;
	c->name = arena_str(s->arena, target->host);
}

static struct host_candidate *add_host(struct search *s, const char *name)
{
	struct host_candidate *c = &s->out->v[s->out->n++];

	c->name = name;
	find_addresses(s, c);
	return c;
}

/* The host itself, with addresses from DNS; where that does not know it the system may. */
static int find_host(struct search *s, const struct dial_target *target, struct fault *f)
{
	struct host_candidate *c = add_host(s, arena_str(s->arena, target->host));

	if (c->problem.kind == FAULT_PERM && !s->hosts->rules->only_dns) {
		*c = (struct host_candidate){ 0 };
		s->out->n = 0;
		add_native(s, target);
		return 0;
	}
	s->mx_secure = true;
	limit_addresses(s, c);
	find_tlsa(s, c);
	if (c->problem.kind == FAULT_NONE)
		return 0;
	*f = c->problem;
	return -1;
}

static int no_such_domain(const char *domain, enum dns_status status, struct fault *f)
{
	if (status == DNS_NXDOMAIN)
		return fault_perm(f, 550, "5.1.2", "domain %s does not exist", domain);
	return fault_perm(f, 550, "5.1.2", "domain %s has neither MX nor address records", domain);
}

/*
 * Who has a domain point at 127.0.0.1 means nobody. Who has it point at an address of ours means us, and whoever
 * configured us has forgotten the domain, or mistyped it.
 */
static int loops_back(const struct search *s, const char *domain, struct fault *f)
{
	if (s->is_nowhere)
		return fault_perm(f, 554, "5.4.6", "mail for %s loops back to myself", domain);
	return fault_temp(f, 451, "4.4.6", "mail for %s loops back to myself: mydestination does not have it", domain);
}

/* RFC 5321 5.1: a domain without MX records is its own MX host. */
static int find_implicit(struct search *s, const char *domain, struct fault *f)
{
	struct host_candidate *c = add_host(s, domain);

	if (c->problem.kind == FAULT_PERM) {
		no_such_domain(domain, c->addresses.status, &c->problem);
	} else if (is_self(s, c)) {
		loops_back(s, domain, &c->problem);
	} else {
		limit_addresses(s, c);
		find_tlsa(s, c);
	}
	if (c->problem.kind == FAULT_NONE)
		return 0;
	*f = c->problem;
	return -1;
}

/* ---- MX records ---- */

/* By preference; equal ones by chance. */
struct ranked {
	const struct dns_record *record;
	uint32_t chance;
};

static int compare_ranked(const void *p, const void *q)
{
	const struct ranked *a = p, *b = q;

	if (a->record->preference != b->record->preference)
		return a->record->preference < b->record->preference ? -1 : 1;
	return a->chance < b->chance ? -1 : a->chance > b->chance;
}

static size_t rank(struct search *s, const struct dns_answer *mx, struct ranked **out)
{
	struct ranked *v = arena_alloc(s->arena, mx->n * sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < mx->n; i++) {
		/* Beside others a null MX has no meaning: RFC 7505 3. */
		if (strcmp(mx->v[i].name, ".") == 0)
			continue;
		v[n].record = &mx->v[i];
		entropy_fill(&v[n++].chance, sizeof(v[0].chance));
	}
	qsort(v, n, sizeof(*v), compare_ranked);
	*out = v;
	return n < HOSTS_MX_MAX ? n : HOSTS_MX_MAX;
}

/* The hosts of one preference are added; false if this machine is one of them, and then none is. */
static bool add_group(struct search *s, const struct ranked *v, size_t n)
{
	size_t first = s->out->n;

	for (size_t i = 0; i < n; i++) {
		struct host_candidate *c = add_host(s, v[i].record->name);

		c->is_mx = true;
		c->preference = v[i].record->preference;
		if (is_self(s, c)) {
			s->out->n = first;
			return false;
		}
	}
	for (size_t i = first; i < s->out->n; i++) {
		limit_addresses(s, &s->out->v[i]);
		find_tlsa(s, &s->out->v[i]);
		note_problem(s, &s->out->v[i]);
		if (s->out->v[i].addresses.n == 0 && s->out->v[i].problem.kind == FAULT_NONE) {
			s->out->n = i;
			break;
		}
	}
	return true;
}

static bool is_any_usable(const struct hosts_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].problem.kind == FAULT_NONE)
			return true;
	return false;
}

static int find_mx(struct search *s, const char *domain, const struct dns_answer *mx, struct fault *f)
{
	struct ranked *v;
	size_t n = rank(s, mx, &v), at = 0, same;
	bool is_left = true;

	s->out->has_mx = true;
	s->mx_secure = mx->secure;
	if (n == 0)
		return fault_perm(f, 556, "5.1.10", "domain %s accepts no mail (null MX)", domain);
	for (; at < n && is_left && !is_full(s); at += same) {
		for (same = 1; at + same < n && v[at + same].record->preference == v[at].record->preference;)
			same++;
		is_left = add_group(s, v + at, same);
	}
	if (is_any_usable(s->out))
		return 0;
	if (is_left || s->out->n) {
		*f = s->why;
		/* We are an MX host, and the better ones have no address: somebody is at work on them. */
		if (!is_left && f->kind == FAULT_PERM)
			fault_temp(f, 451, "4.4.4", "no better MX host of %s than this one has an address", domain);
		return -1;
	}
	return loops_back(s, domain, f);
}

static bool is_localhost(struct span host)
{
	return span_is_nocase(host, SPAN("localhost")) || span_ends_nocase(host, SPAN(".localhost"));
}

static int find_domain(struct search *s, const struct dial_target *target, struct fault *f)
{
	const char *domain = arena_str(s->arena, target->host);
	struct dns_answer mx;
	int rc;

	s->out->domain = domain;
	if (dns_ask(&s->hosts->dns, s->arena, domain, DNS_MX, &mx, f) < 0)
		return -1;
	if (mx.status == DNS_NXDOMAIN && !strchr(domain, '.')) {
		s->out->domain = NULL;
		add_native(s, target);
		return 0;
	}
	if (mx.status == DNS_NXDOMAIN)
		return no_such_domain(domain, mx.status, f);
	/* Where they cannot be had (a service without AF_NETLINK), our name among the MX hosts still tells of a loop.
	 */
	if (s->out->port == SMTP_PORT && getifaddrs(&s->interfaces) < 0)
		s->interfaces = NULL;
	s->mx_secure = mx.secure;
	rc = mx.status == DNS_FOUND ? find_mx(s, domain, &mx, f) : find_implicit(s, domain, f);
	freeifaddrs(s->interfaces);
	s->interfaces = NULL;
	return rc;
}

/* ---- the next hop ---- */

static bool is_address(const char *host)
{
	struct addr a;

	return addr_parse(host, &a) == 0;
}

/* Needs it no DNS: a socket, an address, this machine? */
static bool is_known(const struct search *s, const struct dial_target *t)
{
	return t->is_unix || s->out->port == 0 || is_address(t->host) || is_localhost(span_str(t->host));
}

static bool is_domain(const struct search *s, const struct dial_target *t)
{
	return !is_known(s, t) && !t->is_bracketed && !(s->how & (HOSTS_LMTP | HOSTS_NATIVE)) &&
	       !s->hosts->rules->no_mx;
}

/* Is it to be asked for in DNS, though it is no domain? */
static bool is_dns_host(const struct search *s, const struct dial_target *t)
{
	return !is_known(s, t) && !(s->how & HOSTS_NATIVE) && (s->hosts->rules->only_dns || s->how & HOSTS_DANE);
}

/* RFC 6531 3.2: DNS and the system are asked in ASCII. */
static int make_ascii(struct arena *a, struct dial_target *t, struct fault *f)
{
	const char *ascii = t->is_unix ? t->host : idna_to_ascii(a, span_str(t->host));

	if (!ascii)
		return fault_perm(f, 550, "5.1.2", "\"%s\" is no domain name", t->host);
	memmove(t->host, ascii, strlen(ascii) + 1);
	return 0;
}

int hosts_find(struct hosts *h, struct arena *a, const char *nexthop, unsigned how, struct hosts_list *out,
	       struct fault *f)
{
	struct search s = { .hosts = h, .arena = a, .out = out, .how = how };
	long port = how & HOSTS_LMTP ? LMTP_PORT : h->rules->port ? h->rules->port : SMTP_PORT;
	struct dial_target target;
	struct fault fault = { 0 };
	int rc = 0;

	*out = (struct hosts_list){ .v = arena_alloc(a, HOSTS_MX_MAX * sizeof(*out->v)) };
	if (dial_parse(span_str(nexthop), arena_printf(a, "%ld", port), &target, f) < 0 ||
	    make_ascii(a, &target, f) < 0)
		return -1;
	out->port = target.is_unix ? 0 : port_number(target.port);
	if (is_domain(&s, &target))
		rc = find_domain(&s, &target, &fault);
	else if (is_dns_host(&s, &target))
		rc = find_host(&s, &target, &fault);
	else
		add_native(&s, &target);
	if (rc < 0 && f)
		*f = fault;
	return rc;
}

int hosts_dial(const struct hosts_list *list, const struct host_candidate *c, long seconds,
	       char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	if (c->is_native)
		return dial_connect(&c->target, seconds, address, f);
	return dial_addresses(c->name, c->addresses.v, c->addresses.n, list->port, seconds, address, f);
}
