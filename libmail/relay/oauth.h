/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_OAUTH_H
#define LIBMAIL_RELAY_OAUTH_H

/*
 * oauth - access tokens for logging in somewhere (XOAUTH2, RFC 7628), got with a refresh token (RFC 6749 6).
 *
 * Who we are stands in a file of "name value" lines, in the form of Postfix's tables ("name = value" is taken, too):
 *
 *	user            who logs in
 *	token_endpoint  https://...
 *	client_id
 *	client_secret   if the provider gave one
 *	refresh_token
 *	scope           if the provider wants one
 *
 * An access token is good for about an hour. It is kept in the directory "oauth2" of the spool, which only the
 * spool's owner may enter, until OAUTH_EARLY seconds before its end, so that all deliveries and all runs of the relay
 *share it; who fetches a new one locks out the others meanwhile. A refresh token that the provider gives in place of
 *the old one, which may be dead then, is kept there, too. What is kept counts for the very file that it was got with:
 *one that is changed begins anew.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "net/curl.h"

enum {
	OAUTH_FILE_MAX = 64 << 10, /* octets of the file, and of the provider's answer */
	OAUTH_EARLY = 120, /* seconds before its end that a token is not used any more; half its life if that is less */
	OAUTH_LIFE = 300,  /* seconds that one is used whose life nobody told */
	OAUTH_LIFE_MAX = 24 * 3600, /* seconds that one is used at most */
	OAUTH_SECONDS = 60,	    /* for the provider to answer */
};

struct oauth {
	const char *user, *token_endpoint, *client_id, *client_secret, *refresh_token, *scope;
	const char *path;
	const char *version; /* of the file: changes when it does */
};

/*
 * Read the file: everything is in the arena, which is to be wiped. Faults are temporary: it is missing, others may
 * read it, a name is unknown or missing; they name file and line and no value.
 */
int oauth_read(struct arena *a, const char *path, struct oauth *out, struct fault *f);

struct oauth_rules {
	const char *spool; /* its directory, which the process may write */
	struct curl_way way;
};

/* A token that is good now, in the arena. Faults are temporary, 4.7.8 if the provider refuses. */
int oauth_token(const struct oauth *o, const struct oauth_rules *rules, struct arena *a, const char **token,
		struct fault *f);

/* A server did not take this token: it is not used again. */
void oauth_forget(const struct oauth *o, const struct oauth_rules *rules, const char *token);

#endif
