/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_LOGIN_H
#define APPLETS_LOGIN_H

/*
 * login - how clients of a server prove who they are: what auth/sasl.h needs, made from the settings, for all servers
 * alike.
 *
 *	login_open(&l, &arena, &site, gives_up_root, &f);    with the rights that the process was started with
 *	... fork ... login_enter(&l);                 in a process that has given them up
 *	login_rules(&l, &peer, &rules);               for each connection
 *	login_log(...);                               for each attempt
 *	login_close(&l);
 */

#include "auth/keeper.h"
#include "auth/penalty.h"
#include "auth/sasl.h"
#include "net/addr.h"
#include "net/peer.h"
#include "net/tlsio.h"
#include "site.h"

/* The file with the failures, in the spool. */
#define LOGIN_FAILURES "login-failures"

struct login {
	const struct settings *settings;
	struct addr_networks networks; /* whose failures are delayed, but not limited */
	struct authority_local local;
	struct authority authority;
	struct keeper keeper;
	bool has_keeper;
	struct penalty penalty;
};

/*
 * The site and its spool must be open, and outlive it, as must what is in the arena. gives_up_root: those who serve
 * will not be able to read the passwords, so a process is started that can.
 */
int login_open(struct login *l, struct arena *a, struct site *site, bool gives_up_root, struct fault *f);
void login_enter(struct login *l);
/* See keeper_reaped(). */
void login_reaped(struct login *l, pid_t pid);
void login_close(struct login *l);

/* What holds for a connection without TLS. */
void login_rules(struct login *l, const struct peer *peer, struct sasl_rules *out);

/*
 * The connection has got TLS: channel bindings, and who the client's certificate is for, if that was verified: the
 * common name of its subject is the account. What *tls holds is borrowed.
 */
void login_secure(struct sasl_rules *r, const struct tlsio_info *tls);

/*
 * A line for the log, when somebody was let in or not. f: the fault of a failure, NULL: it went well. Strings that came
 * from the client are not in it.
 */
void login_log(const struct peer *peer, const struct sasl *sasl, const struct fault *f);

#endif
