/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_TLSIO_OPENSSL_H
#define LIBMAIL_NET_TLSIO_OPENSSL_H

/*
 * tlsio_openssl - between the files of the module: a connection (tlsio_openssl.c), and the contexts of servers and of
 * clients. Nobody else includes this.
 */

#include <openssl/ssl.h>

#include "net/tlsio.h"

struct tlsio {
	SSL *ssl;
	int in, out;
	short read_wants, write_wants; /* what the last call that would have waited has to be polled for */
	bool is_starved; /* the last read wanted more than has come: nothing is pending, whatever SSL has */
	bool is_eof, is_broken, is_done;
	enum tlsio_check check; /* of a client */
	const char *unchecked;	/* why a check that was asked for is none, or NULL */
	struct tlsio_client *client;
	unsigned char key[32]; /* of the client's memory for such servers */
	char peer[];
};

/* A context with what all have in common; NULL and a fault. */
SSL_CTX *tlsio_context(const SSL_METHOD *method, const char *min_protocol, struct fault *f);
/* A connection on the stream's descriptors; it becomes the stream's. NULL and a fault. */
struct tlsio *tlsio_attach(SSL_CTX *ctx, struct stream *s, const char *peer, struct fault *f);
/* What libssl complains of first, in its words; its queue is empty then. */
const char *tlsio_reason(void);

struct tlsio_server *tlsio_openssl_server(const struct tlsio_server_rules *rules, struct fault *f);
void tlsio_openssl_end_server(struct tlsio_server *server);
int tlsio_openssl_accept(struct tlsio_server *server, struct stream *s, const char *peer, struct fault *f);

struct tlsio_client *tlsio_openssl_client(const struct tlsio_client_rules *rules, struct fault *f);
void tlsio_openssl_end_client(struct tlsio_client *client);
int tlsio_openssl_connect(struct tlsio_client *client, struct stream *s, const struct tlsio_expect *expect,
			  struct fault *f);

#endif
