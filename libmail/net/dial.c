/* SPDX-License-Identifier: ISC */
/*
 * dial - connect to a named host or a UNIX socket, with a deadline.
 */
#include "net/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum { TRY_MIN_MS = 1000 /* what each address gets at least */ };

/* ---- names ---- */

static int bad_target(struct span text, struct fault *f)
{
	return fault_usage(f, "\"%.*s\" is not host, [host]:port or unix:path",
			   SPAN_ARG(span_of(text.p, text.n < 200 ? text.n : 200)));
}

static int parse_unix(struct span text, struct span path, struct dial_target *out, struct fault *f)
{
	if (path.n == 0 || path.n >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return bad_target(text, f);
	out->is_unix = true;
	memcpy(out->host, path.p, path.n);
	return 0;
}

int dial_parse(struct span text, const char *default_port, struct dial_target *out, struct fault *f)
{
	struct span rest = text, host, port = span_str(default_port);

	*out = (struct dial_target){ 0 };
	if (span_has_control(text))
		return bad_target(text, f);
	if (span_starts(text, SPAN("unix:")))
		return parse_unix(text, span_from(text, 5), out, f);
	if (text.n && text.p[0] == '/')
		return parse_unix(text, text, out, f);
	if (text.n && text.p[0] == '[') {
		rest = span_from(text, 1);
		host = span_cut(&rest, ']');
		if (span_starts_nocase(host, SPAN("IPv6:")))
			host = span_from(host, 5);
		if (host.p + host.n == text.p + text.n)
			return bad_target(text, f);
		if (rest.n && rest.p[0] != ':')
			return bad_target(text, f);
		rest = span_from(rest, 1);
	} else {
		host = span_cut(&rest, ':');
	}
	if (host.p + host.n + 1 < text.p + text.n && rest.n)
		port = rest;
	if (host.n == 0 || host.n > DIAL_HOST_MAX || port.n == 0 || port.n >= sizeof(out->port) ||
	    span_find(port, ':') < port.n)
		return bad_target(text, f);
	memcpy(out->host, host.p, host.n);
	memcpy(out->port, port.p, port.n);
	return 0;
}

/* ---- connecting ---- */

static int wait_connected(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t n = sizeof(int);
	int error = 0, rc;

	do {
		rc = poll(&p, 1, clock_until_ms(deadline));
	} while (rc < 0 && errno == EINTR);
	if (rc == 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (rc < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

static int connect_one(const struct sockaddr *sa, socklen_t n, int64_t deadline)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, error;

	if (fd < 0)
		return -1;
	if (sa->sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, sa, n) == 0 || ((errno == EINPROGRESS || errno == EINTR) && wait_connected(fd, deadline) == 0))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int connect_unix(const struct dial_target *t, int64_t deadline, char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	memcpy(sa.sun_path, t->host, strnlen(t->host, sizeof(sa.sun_path) - 1));
	snprintf(address, DIAL_ADDRESS_MAX, "local");
	fd = connect_one((const struct sockaddr *)&sa, sizeof(sa), deadline);
	if (fd >= 0)
		return fd;
	fault_errno(f, "connect to %s", t->host);
	if (f)
		snprintf(f->status, sizeof(f->status), "4.4.1");
	return -1;
}

static int resolve(const struct dial_target *t, struct addrinfo **list, struct fault *f)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct in6_addr literal;
	int rc;

	/* AI_ADDRCONFIG hides loopback addresses on a machine without a network. */
	if (inet_pton(AF_INET, t->host, &literal) == 1 || inet_pton(AF_INET6, t->host, &literal) == 1)
		hints.ai_flags = AI_NUMERICHOST;
	rc = getaddrinfo(t->host, t->port, &hints, list);
	if (rc == EAI_NONAME && !(hints.ai_flags & AI_NUMERICHOST)) {
		hints.ai_flags = 0;
		rc = getaddrinfo(t->host, t->port, &hints, list);
	}
	if (rc == 0)
		return 0;
	if (rc == EAI_NONAME || rc == EAI_SERVICE)
		return fault_perm(f, 550, "5.1.2", "host %s port %s: %s", t->host, t->port, gai_strerror(rc));
	return fault_temp(f, 451, "4.4.3", "looking up %s: %s", t->host, gai_strerror(rc));
}

static void put_address(char out[DIAL_ADDRESS_MAX], const struct sockaddr *sa)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (sa->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, text, sizeof(text));
		snprintf(out, DIAL_ADDRESS_MAX, "IPv6:%s", text);
	} else {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, text, sizeof(text));
		snprintf(out, DIAL_ADDRESS_MAX, "%s", text);
	}
}

int dial_connect(const struct dial_target *t, long seconds, char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	int64_t deadline = clock_mono_ms() + seconds * 1000;
	struct addrinfo *list = NULL;
	int fd = -1, left = 0, error = 0;

	address[0] = '\0';
	if (t->is_unix)
		return connect_unix(t, deadline, address, f);
	if (resolve(t, &list, f) < 0)
		return -1;
	for (const struct addrinfo *a = list; a; a = a->ai_next)
		left++;
	for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next, left--) {
		int64_t share = clock_until_ms(deadline) / left;

		if (share < TRY_MIN_MS)
			share = TRY_MIN_MS;
		put_address(address, a->ai_addr);
		fd = connect_one(a->ai_addr, a->ai_addrlen, clock_mono_ms() + share);
		error = errno;
	}
	freeaddrinfo(list);
	if (fd >= 0)
		return fd;
	return fault_temp(f, 450, "4.4.1", "connect to %s[%s]:%s: %s", t->host, address, t->port, strerror(error));
}

void dial_quick_ack(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}
