/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_AUTHOR_H
#define LIBMAIL_RELAY_AUTHOR_H

/*
 * author - who a message from this machine is from.
 *
 * What a caller says has to be right, and is refused if it is not. What the environment or the password file
 * says is nobody's fault, and is made harmless.
 */

#include "auth/users.h"
#include "base/arena.h"
#include "base/fault.h"
#include "route/route.h"

enum { AUTHOR_NAME_MAX = 1000 /* octets in a full name */ };

struct author {
	const char *sender;    /* the envelope sender; "" is the null sender */
	const char *full_name; /* may be "" */
};

/*
 * Text from a command line that goes into a message or an envelope: no control characters, at most max octets. NULL
 * is well. The permanent fault (EX_DATAERR) names the option.
 */
int author_check(const char *option, const char *text, size_t max, struct fault *f);

/* "al", "al@example.org", "<al@example.org>", "Al <al@example.org>", "", "<>": the address, qualified. */
int author_parse_sender(struct arena *a, const struct route *r, const char *text, const char **out, struct fault *f);

/*
 * `sender` and `full_name` as given, or NULL: then it is the account of this process (never $LOGNAME or $USER, that
 * anybody can set), and $NAME or what the account's entry says. With need_name false the name is not looked for.
 */
int author_find(struct arena *a, struct users *u, const struct route *r, const char *sender, const char *full_name,
		bool need_name, struct author *out, struct fault *f);

#endif
