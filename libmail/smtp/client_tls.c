/* SPDX-License-Identifier: ISC */
/*
 * client - TLS on a connection to a server.
 */
#include "smtp/client.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"

static const enum tlsio_check checks[] = {
	[CLIENT_TLS_NONE] = TLSIO_ANY,	  [CLIENT_TLS_MAY] = TLSIO_ANY,	  [CLIENT_TLS_ENCRYPT] = TLSIO_ANY,
	[CLIENT_TLS_VERIFY] = TLSIO_PKIX, [CLIENT_TLS_DANE] = TLSIO_DANE,
};

int client_open_tls(struct client *c, struct fault *f)
{
	const struct client_tls *tls = &c->rules->tls;
	const struct tlsio_client_rules rules = { .ca_file = tls->ca_file, .min_protocol = tls->min_protocol };

	if (!c->tls)
		c->tls = tlsio_client_open(&rules, f);
	return c->tls ? 0 : -1;
}

static int begin(struct client *c, struct fault *f)
{
	const struct client_tls *tls = &c->rules->tls;
	char peer[DIAL_HOST_MAX + DIAL_ADDRESS_MAX + 3];
	struct tlsio_expect expect = {
		.peer = client_peer(c, peer, sizeof(peer)),
		.host = tls->host ? tls->host : c->host,
		.check = checks[tls->level],
		.n_names = tls->n_names,
		.only_names = tls->only_names,
		.tlsa = tls->tlsa,
		.n_tlsa = tls->n_tlsa,
	};

	for (size_t i = 0; i < tls->n_names; i++)
		expect.names[i] = tls->names[i];
	return client_open_tls(c, f) == 0 ? tlsio_connect(c->tls, &c->stream, &expect, f) : -1;
}

/* 0: the time is up. */
static int wait_for(const struct client *c, int64_t deadline)
{
	struct pollfd p = { .fd = c->stream.in, .events = stream_events(&c->stream, POLLIN) };
	int rc;

	do {
		rc = poll(&p, 1, clock_until_ms(deadline));
	} while (rc < 0 && errno == EINTR);
	return rc;
}

static void trace(const struct client *c)
{
	char text[TLSIO_TEXT_MAX];

	client_trace(c, '*', "TLS connection established to %s: %s%s, %s%s%s", c->host, tlsio_text(&c->secure, text),
		     c->secure.resumed ? ", resumed" : "", c->secure.verified ? "verified" : "not verified: ",
		     c->secure.verified && c->secure.peer[0] ? " as " : "",
		     c->secure.verified ? c->secure.peer : c->secure.why);
}

int client_secure(struct client *c, struct fault *f)
{
	int64_t deadline = clock_mono_ms() + c->rules->tls.timeout * 1000;
	int rc;

	if (c->in.n)
		return client_lost(c, "data came in clear behind the reply", "STARTTLS", f);
	c->tls_failed = true;
	rc = begin(c, f);
	while (rc == 0) {
		rc = tlsio_handshake(&c->stream, f);
		if (rc == 0 && wait_for(c, deadline) <= 0)
			return client_lost(c, "conversation timed out", "the TLS handshake", f);
	}
	if (rc < 0) {
		client_close(c);
		return -1;
	}
	c->tls_failed = false;
	tlsio_info(&c->stream, &c->secure);
	trace(c);
	return 0;
}
