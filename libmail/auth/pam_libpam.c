/* SPDX-License-Identifier: ISC */
/*
 * pam_libpam - the module "pam": one question to libpam.
 */
#include "auth/pam.h"

#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

#include "base/module.h"

/* Each hidden question is answered with the password; others, which only a person could, with nothing. */
static int converse(int n, const struct pam_message **messages, struct pam_response **out, void *password)
{
	struct pam_response *replies = calloc((size_t)n, sizeof(*replies));

	if (!replies)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++)
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			replies[i].resp = strdup(password);
	*out = replies;
	return PAM_SUCCESS;
}

/* We wait ourselves. */
static void no_delay(int status, unsigned microseconds, void *data)
{
	(void)status;
	(void)microseconds;
	(void)data;
}

/* What is nobody's fault here, as far as PAM tells. */
static bool is_refusal(int code)
{
	switch (code) {
	case PAM_AUTH_ERR:
	case PAM_USER_UNKNOWN:
	case PAM_MAXTRIES:
	case PAM_PERM_DENIED:
	case PAM_ACCT_EXPIRED:
	case PAM_NEW_AUTHTOK_REQD:
	case PAM_CRED_INSUFFICIENT:
		return true;
	default:
		return false;
	}
}

static int check(const char *service, const char *user, const char *password, const char **why)
{
	char *copy = strdup(password);
	struct pam_conv conversation = { converse, copy };
	union {
		void (*function)(int, unsigned, void *);
		const void *item;
	} delay = { .function = no_delay };
	pam_handle_t *handle = NULL;
	int code = copy ? pam_start(service, user, &conversation, &handle) : PAM_BUF_ERR;

	if (code == PAM_SUCCESS)
		code = pam_set_item(handle, PAM_FAIL_DELAY, delay.item);
	if (code == PAM_SUCCESS)
		code = pam_authenticate(handle, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	if (code == PAM_SUCCESS)
		code = pam_acct_mgmt(handle, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	*why = pam_strerror(handle, code);
	if (handle)
		pam_end(handle, code);
	if (copy)
		explicit_bzero(copy, strlen(copy));
	free(copy);
	return code == PAM_SUCCESS ? 1 : is_refusal(code) ? 0 : -1;
}

static const struct pam_functions functions = { check };

MODULE_EXPORT(pam, &functions);
