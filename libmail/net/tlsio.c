/* SPDX-License-Identifier: ISC */
/*
 * tlsio - TLS over the descriptors of a stream: the way into the module.
 *
 * There is a context or a connection only where the module has been loaded.
 */
#include "net/tlsio.h"

#include <stdio.h>

#include "base/module.h"
#include "net/tlsio_backend.h"

static const struct tlsio_backend *backend;

static int load(struct fault *f)
{
	if (!backend)
		backend = module_open("tls", f);
	return backend ? 0 : -1;
}

struct tlsio_server *tlsio_server_open(const struct tlsio_server_rules *rules, struct fault *f)
{
	return load(f) < 0 ? NULL : backend->server_open(rules, f);
}

void tlsio_server_close(struct tlsio_server *server)
{
	if (server)
		backend->server_close(server);
}

struct tlsio_client *tlsio_client_open(const struct tlsio_client_rules *rules, struct fault *f)
{
	return load(f) < 0 ? NULL : backend->client_open(rules, f);
}

void tlsio_client_close(struct tlsio_client *client)
{
	if (client)
		backend->client_close(client);
}

int tlsio_accept(struct tlsio_server *server, struct stream *s, const char *peer, struct fault *f)
{
	if (backend->accept(server, s, peer, f) == 0)
		return 0;
	stream_finish(s);
	return -1;
}

int tlsio_connect(struct tlsio_client *client, struct stream *s, const struct tlsio_expect *expect, struct fault *f)
{
	if (backend->connect(client, s, expect, f) == 0)
		return 0;
	stream_finish(s);
	return -1;
}

int tlsio_handshake(struct stream *s, struct fault *f)
{
	return backend->handshake(s->impl, f);
}

void tlsio_info(const struct stream *s, struct tlsio_info *out)
{
	backend->info(s->impl, out);
}

void tlsio_put_session(const struct stream *s, struct buf *out)
{
	backend->put_session(s->impl, out);
}

const char *tlsio_text(const struct tlsio_info *info, char out[TLSIO_TEXT_MAX])
{
	snprintf(out, TLSIO_TEXT_MAX, "%s with cipher %s (%d bits)", info->protocol, info->cipher, info->bits);
	return out;
}
