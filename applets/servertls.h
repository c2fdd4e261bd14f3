/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_SERVERTLS_H
#define APPLETS_SERVERTLS_H

/*
 * servertls - the certificates of a server: read as long as there are the rights to, put to use when the first client
 * asks, and made anew when the files have changed.
 */

#include "net/tlsio.h"
#include "settings.h"

struct servertls {
	const struct settings *settings;
	const char *alpn;
	struct keypairs keys;
	struct fault keyless;	     /* why there are no keys; FAULT_NONE: there are, or none are wanted */
	struct tlsio_server *server; /* NULL: not asked for yet */
};

/*
 * Read the files, if any are set and `level` (none, may, encrypt) is not none or TLS comes first on some socket. Where
 * neither that nor encrypt makes them necessary, that they cannot be read is not a fault of the call, but in
 * t->keyless. alpn: "smtp".
 */
int servertls_read(struct servertls *t, const struct settings *s, const char *alpn, const char *level, bool is_first,
		   struct fault *f);
void servertls_clear(struct servertls *t);

/* For a process that serves one connection: loads libssl. */
int servertls_open(struct servertls *t, struct fault *f);
/* The same for STARTTLS: the fault is for the client, as what is wrong with our files is none of its business. */
int servertls_offer(struct servertls *t, struct fault *f);
/* The same, and TLS begins on a client's stream, as tlsio_accept() has it. */
int servertls_accept(struct servertls *t, struct stream *s, const char *peer, struct fault *f);
/* For a parent whose processes share it, with the keys of session tickets. Wrong files are a fault, none are not. */
int servertls_warm(struct servertls *t, struct fault *f);
/* In the parent, now and then: 1 when there are new certificates, or ticket keys in place of old ones. */
int servertls_refresh(struct servertls *t);

/* A line for the log when a handshake has ended; f: why it failed, when info is NULL. */
void servertls_log(const char *peer, const struct tlsio_info *info, const struct fault *f);

#endif
