/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_AUTHORITY_H
#define LIBMAIL_AUTH_AUTHORITY_H

/*
 * authority - who knows whether a password is right.
 *
 * A question has one of three forms, and there are two who answer: authority_local() looks into the users
 * file or shadow(5) itself, and keeper.h asks a process that still has the right to.
 *
 * For a name that nobody has the same work is done as for one with a wrong password, and keys for SCRAM are
 * given that fit no password, always the same for the same name. So neither time nor answer tells which accounts there
 * are. What the account's fields forbid (nologin, allow_nets, an expired account) is answered as a wrong
 * password is, and `refused` says it for the log. An account whose passwords another host knows (proxied.h: nopassword)
 * is answered so, too: only who will ask that host may take it for a yes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "auth/proxied.h"
#include "auth/scheme.h"
#include "auth/users.h"
#include "base/fault.h"
#include "base/span.h"

enum authority_form {
	AUTHORITY_VERIFY, /* is this the account's password? */
	AUTHORITY_KEYS,	  /* the keys for SCRAM-SHA-256 */
	AUTHORITY_FIND,	  /* may this account, which has proved itself otherwise, log in? */
};

enum { AUTHORITY_CLIENT = 16 /* octets of an address, IPv4 mapped into IPv6 */, AUTHORITY_REASON_MAX = 100 };

struct authority_question {
	enum authority_form form;
	struct span name;
	struct span password; /* VERIFY */
	bool is_network;      /* the client is at this address; else a process of this machine */
	uint8_t client[AUTHORITY_CLIENT];
};

struct authority_answer {
	char name[USERS_NAME_MAX + 1];	    /* the account's, as it is spelled; "": there is none */
	char refused[AUTHORITY_REASON_MAX]; /* why it may not log in all the same, or "" */
	struct scheme_keys keys;	    /* KEYS: always set */
	struct proxied proxied;		    /* where the account is served, if that is elsewhere */
	uint8_t is_virtual;		    /* 1: the system has no account of that name, see base/account.h */
};

struct authority {
	/* 1 yes, 0 no, -1 it cannot be known now (454). */
	int (*ask)(void *ctx, const struct authority_question *q, struct authority_answer *out, struct fault *f);
	void *ctx;
};

struct authority_local {
	struct users *users;
	/* Is the address in allow_nets' list of networks? 1, 0, -1. */
	int (*is_in_networks)(const char *list, const uint8_t client[AUTHORITY_CLIENT], struct fault *f);
	/* Never leaves; the same for all processes that answer. */
	uint8_t secret[DIGEST_SHA256];
};

/* `l` must outlive it. */
struct authority authority_local(struct authority_local *l);

#endif
