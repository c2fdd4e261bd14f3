/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_CREDENTIAL_H
#define LIBMAIL_RELAY_CREDENTIAL_H

/*
 * credential - with which name and password the relay logs in at a next hop: smtp_sasl_password_maps.
 *
 * A worker asks for its own after it has been forked and before it gives up root's rights, so that the
 * files may be readable by root alone; it keeps nothing of them but its own line. The relay's other
 * processes never read them, and a change of a file counts for the next worker.
 *
 * Keys, the first that is found: with `by_sender` the sender's address (also without its extension) and then
 * "@domain"; the next hop as configured, "[mail.example.org]:587"; without its port if that is 25; the host
 * alone. Values:
 *
 *	user:password            the password may contain ":"
 *	!command argument ...    prints such a line. Run without a shell, words separated by blanks, in the relay's
 *	                         environment and with its rights; so the file must be the relay's user's own
 *	credential:NAME          such a line in the file NAME of $CREDENTIALS_DIRECTORY (systemd's LoadCredential=)
 *	$CREDENTIALS_DIRECTORY/NAME   the same
 *	oauth2:FILE              an access token, see oauth.h
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "relay/oauth.h"

enum { CREDENTIAL_LINE_MAX = 4096 /* octets of "user:password" */ };

struct credential_rules {
	const char *maps;	/* smtp_sasl_password_maps: files; NULL or "": nobody logs in */
	const char *delimiters; /* recipient_delimiter */
	bool by_sender;
	long time_limit; /* seconds that a command may take */
};

/* Lives in the arena it was given, which is to be wiped. */
struct credential {
	const char *user;
	const char *password;	   /* may be ""; NULL with oauth */
	const struct oauth *oauth; /* or NULL */
};

/*
 * 1, or 0 when there is none for this next hop. -1: a temporary fault, in which stands no value: a file is missing,
 * or others may read it; the line is none of the above; the command failed. With out NULL it
 * is only asked whether there is one: no value is looked at, and no command run.
 */
int credential_find(const struct credential_rules *rules, struct arena *a, const char *nexthop, const char *sender,
		    struct credential *out, struct fault *f);

#endif
