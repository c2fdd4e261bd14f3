/* SPDX-License-Identifier: ISC */
/*
 * upstream - the client behind a proxy.
 *
 * The bytes are looked at before they are taken: where the header ends is known only when it is whole, and what
 * follows it is the session's, or TLS's.
 */
#include "net/upstream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/proxyproto.h"

struct reading {
	int fd;
	int64_t deadline; /* monotonic ms */
	size_t n;	  /* taken */
	char bytes[PROXYPROTO_MAX];
};

static int wait_for_bytes(const struct reading *r, struct fault *f)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };
	int rc = poll(&p, 1, clock_until_ms(r->deadline));

	if (rc > 0 || (rc < 0 && errno == EINTR))
		return 0;
	return fault_temp(f, 421, "4.4.2", "no PROXY header in time");
}

/* Take n of the bytes that were seen. */
static int take(struct reading *r, size_t n, struct fault *f)
{
	if (recv(r->fd, r->bytes + r->n, n, 0) != (ssize_t)n)
		return fault_errno(f, "cannot read the PROXY header");
	r->n += n;
	return 0;
}

/* 1, 0 when more has to come, -1. */
static int read_some(struct reading *r, struct proxyproto *out, struct fault *f)
{
	ssize_t got;
	size_t used = 0;
	int rc;

	if (wait_for_bytes(r, f) < 0)
		return -1;
	got = recv(r->fd, r->bytes + r->n, sizeof(r->bytes) - r->n, MSG_PEEK | MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0)
		return fault_temp(f, 421, "4.4.2", "the connection ended before its PROXY header");
	rc = proxyproto_parse(span_of(r->bytes, r->n + (size_t)got), &used, out, f);
	if (rc < 0 || take(r, rc > 0 ? used - r->n : (size_t)got, f) < 0)
		return -1;
	return rc;
}

int upstream_read(const struct upstream *u, int fd, struct peer *peer, struct fault *f)
{
	struct reading r = { .fd = fd, .deadline = clock_mono_ms() + (int64_t)u->timeout * 1000 };
	struct proxyproto header;
	int rc;

	if (!u->trusted || !peer->is_network || !addr_networks_match(u->trusted, &peer->addr))
		return 0;
	do
		rc = read_some(&r, &header, f);
	while (rc == 0);
	if (rc < 0)
		return -1;
	peer->is_nameless = header.is_nameless;
	if (!header.is_nameless) {
		peer->addr = header.client;
		addr_text(&peer->addr, peer->text);
	}
	return 0;
}
