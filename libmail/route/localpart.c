/* SPDX-License-Identifier: ISC */
/*
 * localpart - what a local address is looked up by.
 */
#include "route/localpart.h"

#include "message/address.h"

static struct span unquote(struct arena *a, struct span s)
{
	size_t n = 0;
	char *p;

	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return s;
	p = arena_alloc(a, s.n);
	for (size_t i = 1; i + 1 < s.n; i++) {
		if (s.p[i] == '\\' && i + 2 < s.n)
			i++;
		p[n++] = s.p[i];
	}
	return span_of(p, n);
}

bool localpart_is_administrator(struct span user)
{
	return span_is_nocase(user, SPAN("postmaster")) || span_is_nocase(user, SPAN("mailer-daemon")) ||
	       span_is_nocase(user, SPAN("root"));
}

/* Names that have a "-" in them by tradition are whole, even if that is the delimiter. */
static bool may_have_detail(struct span local, char delimiter)
{
	if (localpart_is_administrator(local))
		return false;
	return delimiter != '-' ||
	       !(span_starts_nocase(local, SPAN("owner-")) || span_ends_nocase(local, SPAN("-request")));
}

void localpart_split(struct arena *a, const char *delimiters, struct span address, struct localpart *out)
{
	struct span local, set = span_str(delimiters);
	size_t i = 1;

	address_split(address, &local, &out->domain);
	out->local = out->user = unquote(a, local);
	out->detail = span_of("", 0);
	while (i < out->local.n && span_find(set, out->local.p[i]) == set.n)
		i++;
	if (i >= out->local.n || !may_have_detail(out->local, out->local.p[i]))
		return;
	out->user = span_of(out->local.p, i);
	out->detail = span_from(out->local, i + 1);
}
