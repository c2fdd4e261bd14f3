/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_UUCP_H
#define LIBMAIL_MESSAGE_UUCP_H

/*
 * uucp - the sender of a message that came by UUCP, and of a line of mbox.
 *
 * rmail(8) is given no sender: each host on the way put a line in front of
 * the message,
 *
 *	From al Sat Nov 22 05:41:00 1997 remote from hostb
 *	>From hosta!al Sat Nov 22 05:40:00 1997 remote from hosta
 *
 * and the sender is what they say together, a path (RFC 976 2.4); where they name an address with a domain, that.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

enum {
	UUCP_LINE_MAX = 1000, /* octets in a From_ line */
	UUCP_LINES_MAX = 100, /* such lines in front of a message */
};

struct uucp_from {
	struct span user, host; /* host may be empty */
};

/* "From user date [remote from host]" or ">From ...", without its line end. */
bool uucp_parse_from(struct span line, struct uucp_from *out);

/*
 * The lines in front of a message: *rest is moved behind them, *path becomes hostb!hosta!al. 1; 0 when
 * there is no such line; -1 when there are too many, or one is too long.
 */
int uucp_path(struct arena *a, struct span *rest, const char **path);

/*
 * A path as an address, which the first host is the domain of: "hostb!hosta!al" -> "hosta!al@hostb" (RFC
 * 976 2.5). What is no path, or has a domain already, stays as it is.
 */
const char *uucp_address(struct arena *a, const char *path);

#endif
