/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_FAKE_DROP_H
#define TESTS_SUPPORT_FAKE_DROP_H

/*
 * fake_drop - a POP3 session with a mailbox behind it that exists in memory.
 *
 * The accounts are fake_login's; the mailbox of "busy" is in use, that of "broken" cannot be opened now, and "mbox" has
 * none that could be.
 */

#include "pop3/session.h"
#include "support/fake_login.h"

enum { FAKE_DROP_MESSAGES = 3 };

struct fake_drop {
	/* In its log: "open al", "remove 1", "read 2", "begin 1", "end 1 32", "prepare 2", "auth 535". */
	struct fake_login login;
	struct pop3_server server;
	struct pop3_session session;
	struct buf out;	    /* the session's */
	struct buf replies; /* all, as they were sent */
	size_t n;	    /* messages, by default FAKE_DROP_MESSAGES */
	const char *const *texts;
	uint64_t *sizes;
	size_t last;
	struct span rest; /* of the message that is sent */
	size_t most;	  /* octets that were ever in `out` */
	/* Faults to be had: */
	bool fail_begin, fail_read, fail_remove, fail_uidl;
};

void fake_drop_init(struct fake_drop *d);
/* Other messages; before the login. */
void fake_drop_set(struct fake_drop *d, const char *const *texts, size_t n);
/* Feed it in pieces, and let it answer all; what it said now is returned. */
const char *fake_drop_say(struct fake_drop *d, struct span bytes, size_t piece);
const char *fake_drop_ask(struct fake_drop *d, const char *text);
void fake_drop_clear(struct fake_drop *d);

/* "USER al", "PASS secret": what they answer is forgotten. */
void fake_drop_log_in(struct fake_drop *d);

#endif
