/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_CONVERSE_H
#define LIBMAIL_RELAY_CONVERSE_H

/*
 * converse - SMTP spoken with a local program on two descriptors: sendmail -bs and -bS.
 *
 * The session is smtpd's (smtp/session.h); the program may send as whom and to whom it likes, and
 * its messages are repaired as those of any local program (submit.h).
 *
 * Batch SMTP (-bS, rsmtp of the UUCP world) is the client's half of a conversation in a file: lines may end with LF
 * alone, and nobody reads replies, so only what is refused is told.
 */

#include <stdbool.h>

#include "base/fault.h"
#include "relay/submit.h"
#include "smtp/session.h"

struct converse_rules {
	const struct smtp_server *server;
	const struct smtp_client *client;
	const struct submit_rules *submit; /* without `trace`: the session writes the Received field */
	long timeout;			   /* seconds that the program may be silent */
	bool batch;
	/* A message was accepted into the queue under this id. */
	void (*accepted)(void *ctx, const char *id);
	/* Batch: a command or message was refused; `command` is its line. */
	void (*refused)(void *ctx, const char *command, const struct fault *f);
	void *ctx;
};

/*
 * Until QUIT or the end of the input. -1: it could not be read or written. In a batch -1 also says that
 * something was refused, with its first fault.
 */
int converse(const struct converse_rules *rules, int in, int out, struct fault *f);

#endif
