/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_TLSIO_H
#define LIBMAIL_NET_TLSIO_H

/*
 * tlsio - TLS over the descriptors of a stream, as the server and as the client.
 *
 * The one owner of libssl, which is in a module (base/module.h): each open function loads it, and has a
 * temporary fault where it is not there.
 *
 * A context is made once and serves many connections; processes forked after that share it. tlsio_accept() or
 * tlsio_connect() puts TLS on a connected stream; then tlsio_handshake() is called until it does not return 0,
 * with a poll(2) for stream_events(s, POLLIN) in between; then the stream is read and written like any other, and
 * stream_finish() or stream_close() says goodbye and frees it. Nothing here waits.
 *
 * TLS 1.2 and later (RFC 5246, 8446), without compression, renegotiation and early data. ALPN (RFC 7301): a client that
 * names protocols must name ours; who was lured here with another one in mind gets no session.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "net/keypair.h"
#include "net/stream.h"

enum {
	TLSIO_NAMES_MAX = 8,	      /* names of which the server's certificate must have one */
	TLSIO_TLSA_MAX = 64,	      /* TLSA records that are looked at; further ones are a fault */
	TLSIO_SESSIONS_MAX = 16,      /* that a client context remembers: the hosts of one destination */
	TLSIO_SESSION_SECONDS = 3600, /* for which a session may be resumed */
	TLSIO_ROTATE_SECONDS = 86400, /* age at which a server's ticket keys should be made anew, with its context */
	TLSIO_DEPTH_MAX = 9,	      /* certificates between ours or the server's and a root */
};

/* ---- how it went ---- */

struct tlsio_info {
	char protocol[16]; /* "TLSv1.3" */
	char cipher[64];   /* "TLS_AES_256_GCM_SHA384" */
	int bits;	   /* of its key */
	bool resumed;
	bool verified;	      /* the peer proved a name or key that was asked for; a client: that a CA knows it */
	char why[160];	      /* it is not verified; "" when it is */
	char peer[256];	      /* the name that matched (client), the subject of a verified client (server); else "" */
	uint8_t exporter[32]; /* tls-exporter, RFC 9266 */
	bool has_exporter;
	uint8_t end_point[64]; /* tls-server-end-point, RFC 5929 */
	size_t end_point_n;    /* 0: there is none for this certificate */
};

/* 1: the handshake is done; 0: to be continued; -1: it failed, and the fault says why and with whom. */
int tlsio_handshake(struct stream *s, struct fault *f);
/* After the handshake. */
void tlsio_info(const struct stream *s, struct tlsio_info *out);
/* "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256 bits)"; returns out. */
enum { TLSIO_TEXT_MAX = 128 };
const char *tlsio_text(const struct tlsio_info *info, char out[TLSIO_TEXT_MAX]);

/* ---- the server ---- */

struct tlsio_server_rules {
	const struct keypairs *keys; /* the first one serves whoever asks for no name, or for one that none has */
	const char *min_protocol;    /* "TLSv1.2", "TLSv1.3" */
	const char *ca_file; /* clients are asked for a certificate that this one vouches for; NULL: not asked */
	const char *alpn;    /* "smtp" */
	bool tickets;	     /* sessions can be resumed: by processes that share the context */
};

struct tlsio_server;

/* A fault names the file. It is permanent where the files are wrong. */
struct tlsio_server *tlsio_server_open(const struct tlsio_server_rules *rules, struct fault *f);
void tlsio_server_close(struct tlsio_server *server);
/* `peer` is for faults. */
int tlsio_accept(struct tlsio_server *server, struct stream *s, const char *peer, struct fault *f);

/* ---- the client ---- */

struct tlsio_client_rules {
	const char *ca_file; /* roots; NULL or "": the system's. Read at the first TLSIO_PKIX */
	const char *min_protocol;
};

enum tlsio_check {
	TLSIO_ANY,  /* whoever it is */
	TLSIO_PKIX, /* one of the names, by a root that we trust: RFC 6125 (no partial wildcards, no common names) */
	TLSIO_DANE, /* one of the TLSA records: RFC 7672; without one that can be used it is TLSIO_ANY */
};

struct tlsio_tlsa {
	uint8_t usage, selector, mtype;
	const uint8_t *data;
	size_t n;
};

struct tlsio_expect {
	const char *peer; /* for faults: "mx.example[192.0.2.1]" */
	const char *host; /* for SNI; with DANE the TLSA base domain. A name as A-labels, or an address */
	enum tlsio_check check;
	const char *names[TLSIO_NAMES_MAX]; /* of the certificate, besides `host`; with DANE for usage 2 only */
	size_t n_names;
	bool only_names; /* `host` itself is not one of them */
	const struct tlsio_tlsa *tlsa;
	size_t n_tlsa;
	struct span session; /* from tlsio_put_session(), empty: what the context remembers of such a server */
};

struct tlsio_client;

struct tlsio_client *tlsio_client_open(const struct tlsio_client_rules *rules, struct fault *f);
void tlsio_client_close(struct tlsio_client *client);
int tlsio_connect(struct tlsio_client *client, struct stream *s, const struct tlsio_expect *expect, struct fault *f);
/*
 * The session as bytes, for another process. With TLS 1.3 there is one when the server has sent a ticket, that is after
 * its first words; nothing is put before. It carries what was verified: keep it by what was expected.
 */
void tlsio_put_session(const struct stream *s, struct buf *out);

#endif
