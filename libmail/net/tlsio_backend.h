/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_TLSIO_BACKEND_H
#define LIBMAIL_NET_TLSIO_BACKEND_H

/*
 * tlsio_backend - what tlsio.c finds in the module "tls". The functions are those of tlsio.h, but that accept and
 * connect may leave something on the stream when they fail.
 */

#include "net/tlsio.h"

struct tlsio_backend {
	struct tlsio_server *(*server_open)(const struct tlsio_server_rules *rules, struct fault *f);
	void (*server_close)(struct tlsio_server *server);
	struct tlsio_client *(*client_open)(const struct tlsio_client_rules *rules, struct fault *f);
	void (*client_close)(struct tlsio_client *client);
	int (*accept)(struct tlsio_server *server, struct stream *s, const char *peer, struct fault *f);
	int (*connect)(struct tlsio_client *client, struct stream *s, const struct tlsio_expect *expect,
		       struct fault *f);
	int (*handshake)(void *impl, struct fault *f);
	void (*info)(const void *impl, struct tlsio_info *out);
	void (*put_session)(const void *impl, struct buf *out);
};

#endif
