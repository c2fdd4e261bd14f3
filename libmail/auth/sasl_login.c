/* SPDX-License-Identifier: ISC */
/*
 * sasl_login - LOGIN, which has no RFC and many clients: the server asks for the name and then for the password.
 */
#include "auth/sasl_mechanism.h"

enum sasl_turn sasl_login_step(struct sasl *s, struct span response, struct fault *f)
{
	if (s->steps == 0) {
		buf_put_str(&s->challenge, "Username:");
		return SASL_CONTINUE;
	}
	if (s->steps == 1) {
		if (response.n == 0 || response.n > USERS_NAME_MAX || memchr(response.p, '\0', response.n))
			return sasl_malformed(f);
		/* Until it is answered, whose account it is does not matter. */
		memcpy(s->user, response.p, response.n);
		s->user[response.n] = '\0';
		buf_put_str(&s->challenge, "Password:");
		return SASL_CONTINUE;
	}
	return response.n ? sasl_check_password(s, span_str(arena_str(&s->arena, s->user)), response, f)
			  : sasl_malformed(f);
}
