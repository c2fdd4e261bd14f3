/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_LOCALPART_H
#define LIBMAIL_ROUTE_LOCALPART_H

/*
 * localpart - what a local address is looked up by: user and detail (RFC 5233).
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

struct localpart {
	struct span local;  /* without its quotes */
	struct span user;   /* local without delimiter and detail */
	struct span detail; /* may be empty */
	struct span domain; /* may be empty */
};

/*
 * Take an address apart. The first of `delimiters` behind the first character separates the detail. postmaster,
 * mailer-daemon and root have none, and with the delimiter "-" neither have owner-NAME and NAME-request. The spans
 * point into the address, or into the arena for a quoted local part.
 */
void localpart_split(struct arena *a, const char *delimiters, struct span address, struct localpart *out);

/* Names that stand for the administrator where nobody else has them: postmaster, mailer-daemon, root. */
bool localpart_is_administrator(struct span user);

#endif
