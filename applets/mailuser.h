/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_MAILUSER_H
#define APPLETS_MAILUSER_H

/*
 * mailuser - a server whose process becomes the user who logs in, for good: what pop3d and imapd have in common.
 *
 * Until then it is the spool's owner, or nobody, who can become him and can do nothing else; from then on it serves
 * nobody else, and only the mailbox can be written. How many sessions a user has from one client is counted by seats.
 */

#include "auth/seat.h"
#include "base/account.h"
#include "daemon.h"
#include "handover.h"

/* The first member of a server's state. */
struct mailuser {
	struct daemon daemon;
	const char *seats_name; /* a file in the spool, with a lock for each session; set by load() */
	const struct handover_protocol *protocol;
	int seats;
	bool has_seats;
	bool is_spent; /* this process is a user's */
	bool was_root;
};

/*
 * Of a daemon_kind whose state begins with a struct mailuser: all but load() and set_rules(). mailuser_load() is what
 * its load() does at the end.
 */
int mailuser_load(struct mailuser *u, const char *seats_name, const struct handover_protocol *protocol,
		  struct fault *f);
void mailuser_unload(struct daemon *d);
/* What the system loads to answer who somebody is is then shared by the processes to come. */
void mailuser_warm_up(struct daemon *d);
int mailuser_enter(struct daemon *d, struct fault *f);
bool mailuser_is_spent(struct daemon *d);

/* Who has logged in. */
struct mailuser_client {
	const struct peer *peer;
	const uint8_t *counted_as; /* SEAT_CLIENT octets */
	const char *user;
	bool is_virtual; /* see base/account.h */
};

/*
 * 0: the process is the user, *who (in the arena) is him, *path the Maildir; 1 when he has no more seats, and the fault
 * says so; -1. What went wrong is logged.
 */
int mailuser_become(struct mailuser *u, struct arena *a, const struct mailuser_client *client, struct account *who,
		    const char **path, struct fault *f);

/*
 * May the process be somebody else afterwards? Only where all mailboxes have the user that it runs as, and the
 * administrator wants it (imap_unauthenticate): then it is not enclosed in one mailbox, and can still ask for
 * passwords. It serves no other connection all the same.
 */
bool mailuser_may_leave(const struct mailuser *u);
/* He has logged out, and somebody may log in: his seat is free. */
void mailuser_leave(struct mailuser *u);

/* Whoever started the process is the user: *who is he, *path his Maildir. 0, -1. */
int mailuser_self(struct mailuser *u, struct arena *a, struct account *who, const char **path, struct fault *f);
/*
 * Does the users file say that the mailbox of `name` is at another machine? 1, and *host (in the arena) is that; 0; -1.
 * Whoever has not logged in here cannot be logged in there.
 */
int mailuser_is_elsewhere(struct mailuser *u, struct arena *a, const char *name, const char **host, struct fault *f);

/*
 * Or the account's mailbox may be at another host, auth/proxied.h: 1 when *host is a connection on which the client is
 * logged in there, for wire_protocol's other(); the process can become nobody any more. 0 when it is here; -1. What
 * became of it is logged.
 */
int mailuser_hand_over(struct mailuser *u, const struct peer *peer, const struct sasl *sasl, struct stream *host,
		       struct fault *f);

#endif
