/* SPDX-License-Identifier: ISC */
/*
 * flush - mail for one domain is to be tried now.
 */
#include "relay/flush.h"

#include "message/address.h"

static bool is_domain(struct span s)
{
	if (s.n && s.p[0] == '@')
		s = span_from(s, 1);
	return s.n > 0 && s.n < SPOOL_DOMAIN_MAX && !span_has_control(s) && span_find(s, ' ') == s.n &&
	       span_find(s, '@') == s.n;
}

int relay_flush_destination(const struct spool *s, const char *domain, struct fault *f)
{
	if (!is_domain(span_str(domain)))
		return fault_perm(f, 501, "5.5.4", "\"%.255s\" is no domain", domain);
	return spool_kick_domain(s, domain);
}

static bool is_in(struct span domain, struct span wanted)
{
	bool below = wanted.n && wanted.p[0] == '@';

	wanted = span_from(wanted, below);
	if (span_is_nocase(domain, wanted))
		return true;
	return below && domain.n > wanted.n && domain.p[domain.n - wanted.n - 1] == '.' &&
	       span_ends_nocase(domain, wanted);
}

bool flush_concerns(const struct envelope *e, const char *domain)
{
	struct span local, at;

	for (size_t i = 0; i < e->n; i++) {
		address_split(span_str(e->rcpts[i].address), &local, &at);
		if (e->rcpts[i].state == ENVELOPE_QUEUED && is_in(at, span_str(domain)))
			return true;
	}
	return false;
}
