/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_SPLICE_H
#define LIBMAIL_NET_SPLICE_H

/*
 * splice - two streams that from now on speak with each other: what one says is said to the other, as it is.
 *
 * It ends when one of them has ended and the other was told all that it said, or when one does not take what it is
 * told. Memory is 2 * SPLICE_PIECE octets, whatever passes; who does not read is not read for.
 */

#include <signal.h>

#include "base/span.h"
#include "net/stream.h"

enum {
	SPLICE_PIECE = 32768,
	SPLICE_QUIET_MS = 1000, /* told to end: neither says anything for so long */
	SPLICE_GRACE_MS = 30000 /* ...and no longer than this */
};

enum splice_end {
	SPLICE_DONE,
	SPLICE_TIMEOUT,
	SPLICE_SHUTDOWN,
};

struct splice {
	struct stream *client, *host;
	struct span rest; /* what the client has said already and the host has not heard; SPLICE_PIECE at most */
	long timeout;	  /* seconds in which neither says anything */

	/* As in struct wire; may be NULL. */
	const volatile sig_atomic_t *told_to_end;
	const sigset_t *unblocked;
};

/* The streams are still the caller's to close. */
enum splice_end splice_run(const struct splice *s);

#endif
