/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_FAKE_LOGIN_H
#define TESTS_SUPPORT_FAKE_LOGIN_H

/*
 * fake_login - who logs in to a server of mailboxes, and what its callbacks say to that.
 *
 * The password of all is "secret". "al" is served here, as is "\303\251" (e with an accent); of "later" nothing can be
 * known now; "far" is served by another host, "gone" by one that does not answer, and the host of "theirs" does not
 * like the password. "busy", "broken", "blocked" and "mbox" are there for the server's open() to refuse.
 */

#include "auth/sasl.h"

/* The first member of the callbacks' context. */
struct fake_login {
	struct authority authority;
	struct sasl_rules rules;
	struct buf log; /* what the callbacks were told: "auth 535", "hand over far"; the server's own add to it */
	bool fail_tls;	/* a fault to be had */
};

void fake_login_init(struct fake_login *l);
void fake_login_clear(struct fake_login *l);

/* Callbacks as they are. */
int fake_login_start_tls(void *ctx, struct fault *f);
void fake_login_authenticated(void *ctx, const struct sasl *sasl, const struct fault *f);
int fake_login_hand_over(void *ctx, const struct sasl *sasl, struct fault *f);

#endif
