/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_SASL_MECHANISM_H
#define LIBMAIL_AUTH_SASL_MECHANISM_H

/*
 * sasl_mechanism - between sasl.c, which has the table, and the files sasl_*.c, which are the mechanisms. Nobody else
 * includes this.
 */

#include "auth/sasl.h"

/* s->steps says which response it is, from 1. */
typedef enum sasl_turn sasl_step_fn(struct sasl *s, struct span response, struct fault *f);

sasl_step_fn sasl_plain_step, sasl_login_step, sasl_scram_step, sasl_scram_plus_step, sasl_external_step;

enum {
	SASL_CLIENT_FIRST = 1, /* without an initial response the first challenge is empty */
	SASL_BINDING = 2,      /* needs channel bindings */
	SASL_CERTIFICATE = 4,  /* needs a client certificate */
};

struct sasl_mechanism {
	const char *name;
	sasl_step_fn *step;
	unsigned flags;
};

/* Is the mechanism allowed, and possible on this connection? */
bool sasl_is_offered(const struct sasl_rules *rules, const struct sasl_mechanism *m);
/* Is there a mechanism with channel bindings among the offers? */
bool sasl_offers_binding(const struct sasl_rules *rules);

/* Endings. `reason` is a constant. */
enum sasl_turn sasl_malformed(struct fault *f);
enum sasl_turn sasl_reject(struct sasl *s, struct span guess, const char *reason, struct fault *f);
enum sasl_turn sasl_accept(struct sasl *s);

/* Is authzid empty, or the name that has proved itself? */
bool sasl_is_same(struct sasl *s, struct span authzid, struct span name);

/* Ask whether this is the password of the account, and end. */
enum sasl_turn sasl_check_password(struct sasl *s, struct span name, struct span password, struct fault *f);
/* Put a question, with what is known of the client added. */
int sasl_ask(struct sasl *s, enum authority_form form, struct span name, struct span password, struct fault *f);

#endif
