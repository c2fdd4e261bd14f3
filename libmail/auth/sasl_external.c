/* SPDX-License-Identifier: ISC */
/*
 * sasl_external - EXTERNAL, RFC 4422 appendix A: TLS knows who the client is, by its certificate.
 */
#include "auth/sasl_mechanism.h"

enum sasl_turn sasl_external_step(struct sasl *s, struct span response, struct fault *f)
{
	struct span name = s->rules->certificate_user;
	int rc;

	if (response.n > USERS_NAME_MAX || span_find(response, '\0') < response.n)
		return sasl_malformed(f);
	rc = sasl_ask(s, AUTHORITY_FIND, name, span_of(NULL, 0), f);
	if (rc < 0)
		return SASL_FAILURE;
	if (rc == 0)
		return sasl_reject(s, name, "there is no account for the certificate", f);
	if (!sasl_is_same(s, response, name))
		return sasl_reject(s, response, "nobody may act as somebody else", f);
	return sasl_accept(s);
}
