/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_MAILSESSION_H
#define APPLETS_MAILSESSION_H

/*
 * mailsession - one client of pop3d or imapd: what its session has and does whichever of the two it is.
 *
 * A session's structure begins with a struct mailsession, and is the context of its protocol's callbacks; so the
 * functions that take a void pointer are callbacks as they are.
 */

#include "base/arena.h"
#include "mailuser.h"
#include "net/peer.h"
#include "net/stream.h"
#include "net/tlsio.h"
#include "net/wire.h"

struct mailsession {
	struct mailuser *server;
	struct peer peer;
	struct tlsio_info tls;
	struct sasl_rules sasl;
	struct arena arena;
	bool is_virtual;       /* who has logged in: see base/account.h */
	struct stream host;    /* that serves the account, once the client is handed over */
	int64_t since, active; /* monotonic ms: connected, last said or sent something */
};

/* What it has in it before does not matter. The peer is copied. */
void mailsession_init(struct mailsession *s, struct mailuser *server, const struct peer *peer);
void mailsession_clear(struct mailsession *s);

/* The client has said something, or takes what is said. */
void mailsession_is_active(struct mailsession *s);

/* Callbacks of a session: its start_tls(), authenticated(), and hand_over(); see mailuser_hand_over(). */
int mailsession_offer_tls(void *session, struct fault *f);
void mailsession_authenticated(void *session, const struct sasl *sasl, const struct fault *f);
int mailsession_hand_over(void *session, const struct sasl *sasl, struct fault *f);
/* For its open(); see mailuser_become(). */
int mailsession_become(struct mailsession *s, const char *user, struct account *who, const char **path,
		       struct fault *f);
/* For its leave(): the client is nobody again, and has the time of a new one to log in. */
void mailsession_leave(struct mailsession *s);

/* Callback of a wire_protocol: its start_tls(). */
int mailsession_start_tls(void *session, struct stream *stream, struct fault *f);
/* For its tls_ended(): has the client TLS now? */
bool mailsession_has_tls(struct mailsession *s, const struct tlsio_info *info, const struct fault *f);
/*
 * For its deadline(). `timeout`: seconds that a client has between two commands once it has logged in. Before login (0)
 * there is a limit for the whole, and when all places are taken, who says nothing makes room for others.
 */
int64_t mailsession_deadline(const struct mailsession *s, long timeout, bool is_under_stress);
/* How a session ended, for the log. */
const char *mailsession_end(enum wire_end why);

#endif
