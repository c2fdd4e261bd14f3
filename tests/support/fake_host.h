/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_FAKE_HOST_H
#define TESTS_SUPPORT_FAKE_HOST_H

/*
 * fake_host - an SMTP session with a mail system behind it that exists in memory.
 *
 * Recipients: "no@..." is refused with 550, "later@..." with 451, all others
 * are accepted; a sender "bad@..." is refused. The settings are small: see
 * fake_host_init(), and change them before the first fake_host_feed().
 */

#include "smtp/session.h"

struct fake_host {
	struct smtp_server server;
	struct smtp_client client;
	struct smtp_session session;
	struct buf replies;  /* all, as they were sent */
	struct buf accepted; /* of each accepted message: "<sender> <rcpt> <rcpt>\n", the message, "--\n" */
	struct buf received; /* the Received field of the last message */
	struct buf message;  /* the one that comes in */
	struct buf refused;  /* what the log was told: "VERB CODE\n" */
	struct buf codes;
	int begun, ended, aborted;
	bool has_field;
	/* Faults to be had: */
	bool fail_begin, fail_end;
};

void fake_host_init(struct fake_host *h);
/* The session must be open; after this it can be looked at. */
void fake_host_feed(struct fake_host *h, struct span bytes, size_t piece);
void fake_host_clear(struct fake_host *h);

/* The codes of the replies so far, "220 250 354 250", in one word for each reply; continuation lines are one reply. */
const char *fake_host_codes(struct fake_host *h);

/* What is said whole, what the codes of the replies are, and what is accepted. */
struct fake_host_dialogue {
	const char *name;
	struct span in;
	const char *codes, *accepted;
};

/* It goes like that, in whatever pieces it comes; and each message that was begun has been ended or aborted. */
void fake_host_check(const struct fake_host_dialogue *d);

#endif
