/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_PAM_H
#define LIBMAIL_AUTH_PAM_H

/*
 * pam - passwords of system accounts by PAM, service "letterbox", instead of shadow(5): where it was built with
 * PAM=yes.
 *
 * The work is done by the module "pam" (libpam). PAM's modules may need root.
 */

#include <stdbool.h>

#include "base/fault.h"
#include "base/span.h"

#define PAM_SERVICE "letterbox"

bool pam_is_built_in(void);

/*
 * Is this the account's password, and may it log in? 1, 0, -1 (temporary: PAM is not there, or says so). A name that
 * nobody has is asked for as any other, and costs the same. No control bytes in either.
 */
int pam_check(struct span name, struct span password, struct fault *f);

/* What the module exports. 1, 0, -1 and then *why is PAM's own text. */
struct pam_functions {
	int (*check)(const char *service, const char *user, const char *password, const char **why);
};

#endif
