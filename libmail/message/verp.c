/* SPDX-License-Identifier: ISC */
/*
 * verp - variable envelope return paths: a sender address for each recipient.
 */
#include "message/verp.h"

#include "message/address.h"

bool verp_is_delimiters(struct span s)
{
	return s.n == 2 && memchr(VERP_DELIMITERS, s.p[0], sizeof(VERP_DELIMITERS) - 1) &&
	       memchr(VERP_DELIMITERS, s.p[1], sizeof(VERP_DELIMITERS) - 1);
}

const char *verp_sender(struct arena *a, struct span sender, struct span recipient, const char delimiters[2])
{
	struct span from, at, to, domain;
	const char *made;

	address_split(sender, &from, &at);
	address_split(recipient, &to, &domain);
	if (from.n == 0 || at.n == 0 || to.n == 0 || domain.n == 0)
		return NULL;
	made = arena_printf(a, "%.*s%c%.*s%c%.*s@%.*s", SPAN_ARG(from), delimiters[0], SPAN_ARG(to), delimiters[1],
			    SPAN_ARG(domain), SPAN_ARG(at));
	return address_is_valid(span_str(made), false, true) ? made : NULL;
}
