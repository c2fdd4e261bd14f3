/* SPDX-License-Identifier: ISC */
/*
 * pam - passwords of system accounts by PAM.
 */
#include "auth/pam.h"

#include <string.h>

#include "base/digest.h"
#include "base/module.h"

enum { NAME_MAX_HERE = 256 /* octets: longer than any system's account */ };

bool pam_is_built_in(void)
{
#ifdef WITH_PAM
	return true;
#else
	return false;
#endif
}

int pam_check(struct span name, struct span password, struct fault *f)
{
	const struct pam_functions *pam = module_open("pam", f);
	char user[NAME_MAX_HERE + 1], text[DIGEST_PASSWORD_MAX + 1];
	const char *why = NULL;
	int rc;

	if (!pam)
		return -1;
	if (name.n == 0 || name.n > NAME_MAX_HERE || password.n > DIGEST_PASSWORD_MAX || span_has_control(name) ||
	    span_has_control(password))
		return 0;
	memcpy(user, name.p, name.n);
	user[name.n] = '\0';
	if (password.n)
		memcpy(text, password.p, password.n);
	text[password.n] = '\0';
	rc = pam->check(PAM_SERVICE, user, text, &why);
	explicit_bzero(text, sizeof(text));
	return rc < 0 ? fault_temp(f, 454, "4.3.0", "PAM: %s", why ? why : "out of memory") : rc;
}
