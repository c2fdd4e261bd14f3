/* SPDX-License-Identifier: ISC */
/*
 * sasl_plain - PLAIN, RFC 4616: authzid NUL authcid NUL password.
 */
#include "auth/sasl_mechanism.h"

enum sasl_turn sasl_plain_step(struct sasl *s, struct span response, struct fault *f)
{
	struct span rest = response, authzid = span_cut(&rest, '\0'), name = span_cut(&rest, '\0');
	enum sasl_turn turn;

	/* Behind the second NUL there must be something, and no third. */
	if (authzid.n + name.n + 2 > response.n || rest.n == 0 || span_find(rest, '\0') < rest.n || name.n == 0 ||
	    name.n > USERS_NAME_MAX)
		return sasl_malformed(f);
	turn = sasl_check_password(s, name, rest, f);
	if (turn != SASL_SUCCESS || sasl_is_same(s, authzid, name))
		return turn;
	return sasl_reject(s, response, "nobody may act as somebody else", f);
}
