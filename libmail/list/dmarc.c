/* SPDX-License-Identifier: ISC */
/*
 * dmarc - the policy of a domain.
 */
#include "list/dmarc.h"

#include <string.h>

#include "message/idna.h"

static int parse_policy(struct span word, enum dmarc_policy *out)
{
	static const struct {
		struct span word;
		enum dmarc_policy policy;
	} rows[] = {
		{ SPAN_INIT("none"), DMARC_NONE },
		{ SPAN_INIT("quarantine"), DMARC_QUARANTINE },
		{ SPAN_INIT("reject"), DMARC_REJECT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (span_is_nocase(word, rows[i].word)) {
			*out = rows[i].policy;
			return 0;
		}
	return -1;
}

int dmarc_parse(struct span record, bool is_parent, enum dmarc_policy *out)
{
	enum dmarc_policy own = DMARC_NONE, sub = DMARC_NONE;
	bool has_own = false, has_sub = false, tests = false;
	struct span first = span_cut(&record, ';'), version = span_cut(&first, '=');

	if (!span_is(span_trim(version), SPAN("v")) || !span_is(span_trim(first), SPAN("DMARC1")))
		return 0;
	while (record.n) {
		struct span value = span_cut(&record, ';'), name = span_trim(span_cut(&value, '='));

		value = span_trim(value);
		if (span_is_nocase(name, SPAN("p")))
			has_own = parse_policy(value, &own) == 0;
		else if (span_is_nocase(name, SPAN("sp")))
			has_sub = parse_policy(value, &sub) == 0;
		else if (span_is_nocase(name, SPAN("t")))
			tests = span_is_nocase(value, SPAN("y"));
	}
	if (!has_own && !has_sub)
		return 0;
	*out = is_parent && has_sub ? sub : own;
	if (tests && *out != DMARC_NONE)
		--*out;
	return 1;
}

/* 1 found, 0 there is none, -1 it cannot be known. Two of them count as none (RFC 7489 6.6.3). */
static int ask(struct dns *dns, struct arena *a, const char *domain, bool is_parent, enum dmarc_policy *out)
{
	struct dns_answer answer;
	struct fault f;
	int found = 0;

	if (dns_ask(dns, a, arena_printf(a, "_dmarc.%s", domain), DNS_TXT, &answer, &f) < 0)
		return f.kind == FAULT_PERM || f.kind == FAULT_USAGE ? 0 : -1;
	for (size_t i = 0; answer.status == DNS_FOUND && i < answer.n; i++)
		found += dmarc_parse(answer.v[i].data, is_parent, out);
	return found == 1;
}

static size_t labels(const char *domain)
{
	size_t n = 1;

	for (; *domain; domain++)
		n += *domain == '.';
	return n;
}

/* The next to ask; NULL when it would be a name of one label: nobody's mail comes from there. */
static const char *parent(const char *domain)
{
	size_t n = labels(domain);

	do {
		domain = strchr(domain, '.');
		if (!domain)
			return NULL;
		domain++;
		n--;
	} while (n >= DMARC_QUERIES_MAX);
	return strchr(domain, '.') ? domain : NULL;
}

enum dmarc_policy dmarc_find(struct dns *dns, struct arena *a, const char *domain)
{
	const char *name = idna_to_ascii(a, span_str(domain));
	enum dmarc_policy policy = DMARC_NONE;

	for (bool is_parent = false; name; name = parent(name), is_parent = true) {
		int rc = ask(dns, a, name, is_parent, &policy);

		if (rc < 0)
			return DMARC_REJECT;
		if (rc > 0)
			return policy;
	}
	return DMARC_NONE;
}
