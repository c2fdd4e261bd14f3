/* SPDX-License-Identifier: ISC */
/*
 * tlspolicy - from what table, DNS, domain and message say to the rules of one connection: RFC 7672 2.2, 8461 5,
 * 8689 4. The table is in tlspolicy_table.c.
 */
#include "relay/tlspolicy.h"

#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "message/header.h"
#include "message/idna.h"

enum { FIRST_READ = 8 << 10 };

/* ---- the message ---- */

/* The begin of the message up to the end of its header; *p is to be freed. */
static struct span read_header(int fd, off_t at, off_t size, char **p)
{
	for (size_t room = FIRST_READ;; room = TLSPOLICY_HEADER_MAX) {
		size_t n = (uintmax_t)size < room ? (size_t)size : room, length;

		*p = arena_heap(n + 1);
		if (disk_read_at(fd, *p, n, at, "queue file", NULL) < 0)
			return span_of(*p, 0);
		length = header_length(span_of(*p, n), 0);
		if (length || n < room || room == TLSPOLICY_HEADER_MAX)
			return span_of(*p, length ? length : n);
		free(*p);
	}
}

static bool is_waived(int fd, off_t at, off_t size)
{
	struct header_field field;
	char *p;
	struct span header = read_header(fd, at, size, &p);
	bool waived =
		header_find(header, SPAN("TLS-Required"), &field) && span_is_nocase(span_trim(field.body), SPAN("No"));

	free(p);
	return waived;
}

/* May anything come of it that is more than may? */
static bool is_strict(const struct tlspolicy *p)
{
	return p->line.level > TLSPOLICY_MAY || (p->rules->sts && !p->is_listed && p->line.level != TLSPOLICY_NONE);
}

enum tlspolicy_need tlspolicy_need(const struct tlspolicy *p, bool require_tls, int fd, off_t at, off_t size)
{
	if (require_tls)
		return TLSPOLICY_REQUIRED;
	return p->rules->heeds_header && is_strict(p) && is_waived(fd, at, size) ? TLSPOLICY_WAIVED : TLSPOLICY_USUAL;
}

/* ---- the domain ---- */

static bool is_dane(const struct tlspolicy *p)
{
	return p->line.level == TLSPOLICY_DANE || p->line.level == TLSPOLICY_DANE_ONLY;
}

bool tlspolicy_asks_dane(const struct tlspolicy *p, enum tlspolicy_need need)
{
	return need == TLSPOLICY_REQUIRED || (need == TLSPOLICY_USUAL && is_dane(p));
}

/* A line of the table is the word of who runs this machine, and comes before the domain's. */
static bool asks_sts(const struct tlspolicy *p, enum tlspolicy_need need)
{
	if (!p->rules->sts || need == TLSPOLICY_WAIVED)
		return false;
	if (need == TLSPOLICY_REQUIRED)
		return p->line.level != TLSPOLICY_NONE;
	return !p->is_listed && (p->line.level == TLSPOLICY_MAY || p->line.level == TLSPOLICY_DANE);
}

static int ask_txt(void *ctx, struct arena *a, const char *name, struct span **out, size_t *n, struct fault *f)
{
	struct dns_answer answer;

	if (dns_ask(ctx, a, name, DNS_TXT, &answer, f) < 0)
		return -1;
	*n = answer.status == DNS_FOUND ? answer.n : 0;
	*out = arena_alloc(a, (*n + 1) * sizeof(**out));
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = answer.v[i].data;
	return 0;
}

void tlspolicy_ask(const struct tlspolicy *p, struct arena *a, struct dns *dns, const struct hosts_list *list,
		   enum tlspolicy_need need, struct tlspolicy_domain *out, struct fault *why)
{
	const struct sts_rules rules = { .spool = p->rules->spool, .txt = ask_txt, .ctx = dns, .way = p->rules->way };

	*out = (struct tlspolicy_domain){ .name = list->domain };
	if (why)
		why->kind = FAULT_NONE;
	if (list->domain && asks_sts(p, need))
		out->has_sts = sts_lookup(&rules, a, list->domain, &out->sts, why) > 0;
}

static bool is_enforced(const struct tlspolicy_domain *d)
{
	return d->has_sts && d->sts.mode == STS_ENFORCE;
}

bool tlspolicy_is_in_doubt(const struct tlspolicy_domain *d, const struct host_candidate *c)
{
	return d->has_sts && d->sts.mode == STS_TESTING && !sts_matches(&d->sts, span_str(c->name));
}

/* ---- the host ---- */

struct decision {
	const struct tlspolicy *policy;
	struct arena *arena;
	const struct tlspolicy_domain *domain;
	const struct host_candidate *host;
	struct client_tls *tls;
};

/* RFC 7672 3.1, 2.1: what says something to us. libssl is asked again when it gets them. */
static bool is_usable(const struct dns_record *r)
{
	static const size_t sizes[] = { 0, 32, 64 };

	if ((r->usage != 2 && r->usage != 3) || r->selector > 1 || r->match_type > 2 || r->data.n == 0)
		return false;
	return r->match_type == 0 || r->data.n == sizes[r->match_type];
}

static bool has_usable(const struct host_candidate *c)
{
	for (size_t i = 0; i < c->n_tlsa; i++)
		if (is_usable(&c->tlsa[i]))
			return true;
	return false;
}

static void use_dane(const struct decision *d)
{
	const struct host_candidate *c = d->host;
	struct tlsio_tlsa *v = arena_alloc(d->arena, c->n_tlsa * sizeof(*v));

	for (size_t i = 0; i < c->n_tlsa; i++)
		v[i] = (struct tlsio_tlsa){ .usage = c->tlsa[i].usage,
					    .selector = c->tlsa[i].selector,
					    .mtype = c->tlsa[i].match_type,
					    .data = (const uint8_t *)c->tlsa[i].data.p,
					    .n = c->tlsa[i].data.n };
	d->tls->level = CLIENT_TLS_DANE;
	d->tls->host = c->tlsa_base;
	d->tls->tlsa = v;
	d->tls->n_tlsa = c->n_tlsa;
	/* RFC 7672 3.2.2: where the MX records are signed the domain's own name is as good. */
	if (c->is_mx && d->domain->name)
		d->tls->names[d->tls->n_names++] = d->domain->name;
}

static bool is_address(const char *name)
{
	struct addr a;

	return addr_parse(name, &a) == 0;
}

/* The next hop's name; the domain's is in ASCII already. */
static const char *nexthop_name(const struct decision *d)
{
	const char *host = d->domain->name ? d->domain->name : d->policy->host;
	const char *ascii = host ? idna_to_ascii(d->arena, span_str(host)) : NULL;

	return ascii ? ascii : d->host->name;
}

static const char *name_for(const struct decision *d, const char *word)
{
	if (strcmp(word, "hostname") == 0)
		return d->host->name;
	if (strcmp(word, "nexthop") == 0)
		return nexthop_name(d);
	if (strcmp(word, "dot-nexthop") == 0 && !is_address(nexthop_name(d)))
		return arena_printf(d->arena, ".%s", nexthop_name(d));
	return strcmp(word, "dot-nexthop") == 0 ? nexthop_name(d) : word;
}

/* An address is a name only where it is the host itself, and nothing else is wanted. */
static void use_names(const struct decision *d, const char *const *words, size_t n)
{
	struct client_tls *tls = d->tls;

	tls->level = CLIENT_TLS_VERIFY;
	for (size_t i = 0; i < n; i++) {
		const char *name = name_for(d, words[i]);

		if (!is_address(name))
			tls->names[tls->n_names++] = name;
	}
	tls->only_names = tls->n_names > 0;
}

static void use_verify(const struct decision *d)
{
	static const char *const hostname[] = { "hostname" };
	const struct tlspolicy_line *line = &d->policy->line;

	use_names(d, line->n_match ? line->match : hostname, line->n_match ? line->n_match : 1);
}

static void use_secure(const struct decision *d)
{
	static const char *const nexthop[] = { "nexthop", "dot-nexthop" };
	const struct tlspolicy_line *line = &d->policy->line;

	use_names(d, line->n_match ? line->match : nexthop, line->n_match ? line->n_match : 2);
}

static int use_sts(const struct decision *d, struct fault *f)
{
	if (!sts_matches(&d->domain->sts, span_str(d->host->name)))
		return fault_temp(f, 451, "4.7.5", "the MTA-STS policy of %s does not allow mail to host %s",
				  d->domain->name, d->host->name);
	d->tls->level = CLIENT_TLS_VERIFY;
	return 0;
}

/* ---- the levels ---- */

static int decide_required(const struct decision *d, struct fault *f)
{
	const struct host_candidate *c = d->host;
	enum tlspolicy_level level = d->policy->line.level;

	if (level == TLSPOLICY_NONE)
		return fault_perm(f, 550, "5.7.30", "message needs REQUIRETLS, and there is no TLS with host %s",
				  c->name);
	if (has_usable(c))
		use_dane(d);
	else if (is_enforced(d->domain))
		return use_sts(d, f);
	else if (level == TLSPOLICY_VERIFY)
		use_verify(d);
	else if (level == TLSPOLICY_SECURE || (c->is_mx && !c->is_secure))
		use_secure(d);
	else
		d->tls->level = CLIENT_TLS_VERIFY;
	return 0;
}

static int decide_dane(const struct decision *d, struct fault *f)
{
	const struct host_candidate *c = d->host;

	if (has_usable(c)) {
		use_dane(d);
		return 0;
	}
	if (d->policy->line.level == TLSPOLICY_DANE_ONLY)
		return fault_temp(f, 451, "4.7.5", "host %s has no TLSA record that %s, and the policy is dane-only",
				  c->name, c->n_tlsa ? "can be used" : "is signed");
	if (is_enforced(d->domain))
		return use_sts(d, f);
	d->tls->level = c->n_tlsa ? CLIENT_TLS_ENCRYPT : CLIENT_TLS_MAY;
	return 0;
}

static int decide_may(const struct decision *d, struct fault *f)
{
	d->tls->level = CLIENT_TLS_MAY;
	return is_enforced(d->domain) ? use_sts(d, f) : 0;
}

static int decide_usual(const struct decision *d, struct fault *f)
{
	switch (d->policy->line.level) {
	case TLSPOLICY_NONE:
		return 0;
	case TLSPOLICY_MAY:
		return decide_may(d, f);
	case TLSPOLICY_ENCRYPT:
		d->tls->level = CLIENT_TLS_ENCRYPT;
		return 0;
	case TLSPOLICY_VERIFY:
		use_verify(d);
		return 0;
	case TLSPOLICY_SECURE:
		use_secure(d);
		return 0;
	default:
		return decide_dane(d, f);
	}
}

int tlspolicy_host(const struct tlspolicy *p, struct arena *a, const struct tlspolicy_domain *domain,
		   const struct host_candidate *c, enum tlspolicy_need need, struct client_tls *tls, struct fault *f)
{
	const struct decision d = { .policy = p, .arena = a, .domain = domain, .host = c, .tls = tls };

	tls->level = CLIENT_TLS_NONE;
	tls->host = NULL;
	tls->n_names = 0;
	tls->only_names = false;
	tls->tlsa = NULL;
	tls->n_tlsa = 0;
	if (p->line.min_protocol)
		tls->min_protocol = p->line.min_protocol;
	if (need == TLSPOLICY_REQUIRED)
		return decide_required(&d, f);
	if (need == TLSPOLICY_USUAL)
		return decide_usual(&d, f);
	tls->level = p->line.level == TLSPOLICY_NONE ? CLIENT_TLS_NONE : CLIENT_TLS_MAY;
	return 0;
}
