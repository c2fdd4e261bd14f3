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

/* ---- names ---- */

static int bad_target(struct span text, struct fault *f)
{
	return fault_usage(f, "\"%.*s\" is not host, [host]:port or unix:path",
			   SPAN_ARG(span_of(text.p, text.n < 200 ? text.n : 200)));
}

/* What is no number may be the name of a service. Of one that is too large, C libraries take what 16 bits hold. */
static bool is_port(struct span s)
{
	uint64_t number;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return true;
	return span_number(s, UINT16_MAX, &number) == 0;
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
		out->is_bracketed = true;
	} else {
		host = span_cut(&rest, ':');
	}
	if (host.p + host.n + 1 < text.p + text.n && rest.n)
		port = rest;
	if (host.n == 0 || host.n > DIAL_HOST_MAX || port.n == 0 || port.n >= sizeof(out->port) ||
	    span_find(port, ':') < port.n || !is_port(port))
		return bad_target(text, f);
	memcpy(out->host, host.p, host.n);
	memcpy(out->port, port.p, port.n);
	return 0;
}

/* ---- connecting ---- */

/* One of the ends of a host. */
struct end {
	struct sockaddr_storage sa;
	socklen_t n;
};

/* Attempts under way, RFC 8305 5: each is begun when the one before has failed, or has had DIAL_STAGGER_MS. */
struct race {
	const struct end *ends;
	size_t n, next;
	struct pollfd fds[DIAL_ADDRESSES_MAX];
	size_t which[DIAL_ADDRESSES_MAX]; /* parallel to fds: the end that it connects to */
	size_t open;
	int64_t stagger; /* when the next attempt is due */
	size_t last;	 /* the end that failed last... */
	int error;	 /* ...because */
};

static int begin_connect(const struct end *end)
{
	int fd = socket(end->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, error;

	if (fd < 0)
		return -1;
	if (end->sa.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (const struct sockaddr *)&end->sa, end->n) == 0 || errno == EINPROGRESS || errno == EINTR)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static void begin_next(struct race *r)
{
	int fd = begin_connect(&r->ends[r->next]);

	if (fd < 0) {
		r->last = r->next++;
		r->error = errno;
		return;
	}
	r->fds[r->open] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	r->which[r->open++] = r->next++;
	r->stagger = clock_mono_ms() + DIAL_STAGGER_MS;
}

/* Is the attempt a connection? If it has failed it is taken off the list, and the next one is due. */
static bool is_connected(struct race *r, size_t i)
{
	socklen_t n = sizeof(int);
	int error = 0;

	if (getsockopt(r->fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	if (error == 0)
		return true;
	r->last = r->which[i];
	r->error = error;
	close(r->fds[i].fd);
	r->open--;
	r->fds[i] = r->fds[r->open];
	r->which[i] = r->which[r->open];
	r->stagger = 0;
	return false;
}

static void close_others(struct race *r, int winner)
{
	for (size_t i = 0; i < r->open; i++)
		if (r->fds[i].fd != winner)
			close(r->fds[i].fd);
}

/* Wait until an attempt has come to something, or another one is due. */
static int find_winner(struct race *r, int64_t deadline)
{
	int64_t until = r->next < r->n && r->stagger < deadline ? r->stagger : deadline;

	if (poll(r->fds, (nfds_t)r->open, clock_until_ms(until)) <= 0)
		return -1;
	for (size_t i = r->open; i-- > 0;)
		if (r->fds[i].revents && is_connected(r, i)) {
			r->last = r->which[i];
			return r->fds[i].fd;
		}
	return -1;
}

/* The socket of the first that answers; *which is its end, or the one that the error in errno is about. */
static int connect_first(const struct end *ends, size_t n, int64_t deadline, size_t *which)
{
	struct race r = { .ends = ends, .n = n, .error = ETIMEDOUT };
	int fd = -1;

	while (fd < 0 && (r.next < n || r.open > 0)) {
		if (r.next < n && (r.open == 0 || clock_mono_ms() >= r.stagger)) {
			begin_next(&r);
			continue;
		}
		fd = find_winner(&r, deadline);
		if (fd < 0 && r.open > 0 && clock_mono_ms() >= deadline) {
			r.last = r.which[0];
			r.error = ETIMEDOUT;
			break;
		}
	}
	close_others(&r, fd);
	*which = r.last;
	errno = r.error;
	return fd;
}

static int connect_unix(const struct dial_target *t, int64_t deadline, char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct end end = { .n = sizeof(sa) };
	size_t which;
	int fd;

	memcpy(sa.sun_path, t->host, strnlen(t->host, sizeof(sa.sun_path) - 1));
	memcpy(&end.sa, &sa, sizeof(sa));
	snprintf(address, DIAL_ADDRESS_MAX, "local");
	fd = connect_first(&end, 1, deadline, &which);
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

/* RFC 8305 4: the families alternate, beginning with the one that getaddrinfo(3) prefers. */
static size_t mix_families(const struct addrinfo *list, struct end ends[DIAL_ADDRESSES_MAX])
{
	const struct addrinfo *next[2] = { list, list };
	size_t n = 0;

	while (n < DIAL_ADDRESSES_MAX && (next[0] || next[1]))
		for (int other = 0; other < 2 && n < DIAL_ADDRESSES_MAX; other++) {
			const struct addrinfo **a = &next[other];

			while (*a && ((*a)->ai_family != list->ai_family) != other)
				*a = (*a)->ai_next;
			if (!*a)
				continue;
			memcpy(&ends[n].sa, (*a)->ai_addr, (*a)->ai_addrlen);
			ends[n++].n = (*a)->ai_addrlen;
			*a = (*a)->ai_next;
		}
	return n;
}

static int connect_host(const char *host, const char *port, const struct end *ends, size_t n, int64_t deadline,
			char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	size_t which = 0;
	int fd = connect_first(ends, n, deadline, &which), error = errno;
	struct addr a;

	addr_from((const struct sockaddr *)&ends[which].sa, &a);
	addr_literal(&a, address);
	if (fd >= 0)
		return fd;
	return fault_temp(f, 450, "4.4.1", "connect to %s[%s]:%s: %s", host, address, port, strerror(error));
}

int dial_connect(const struct dial_target *t, long seconds, char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	int64_t deadline = clock_mono_ms() + seconds * 1000;
	struct end ends[DIAL_ADDRESSES_MAX];
	struct addrinfo *list = NULL;
	size_t n;

	address[0] = '\0';
	if (t->is_unix)
		return connect_unix(t, deadline, address, f);
	if (resolve(t, &list, f) < 0)
		return -1;
	n = mix_families(list, ends);
	freeaddrinfo(list);
	return connect_host(t->host, t->port, ends, n, deadline, address, f);
}

static void make_end(const struct addr *a, unsigned port, struct end *out)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

	*out = (struct end){ 0 };
	if (addr_is_v4(a)) {
		memcpy(&four.sin_addr, a->bytes + 12, sizeof(four.sin_addr));
		memcpy(&out->sa, &four, sizeof(four));
		out->n = sizeof(four);
	} else {
		memcpy(&six.sin6_addr, a->bytes, sizeof(six.sin6_addr));
		memcpy(&out->sa, &six, sizeof(six));
		out->n = sizeof(six);
	}
}

int dial_addresses(const char *host, const struct addr *v, size_t n, unsigned port, long seconds,
		   char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	int64_t deadline = clock_mono_ms() + seconds * 1000;
	struct end ends[DIAL_ADDRESSES_MAX];
	char text[8];

	address[0] = '\0';
	if (n == 0)
		return fault_temp(f, 450, "4.4.1", "host %s has no address", host);
	if (n > DIAL_ADDRESSES_MAX)
		n = DIAL_ADDRESSES_MAX;
	for (size_t i = 0; i < n; i++)
		make_end(&v[i], port, &ends[i]);
	snprintf(text, sizeof(text), "%u", port & 0xffff);
	return connect_host(host, text, ends, n, deadline, address, f);
}

void dial_quick_ack(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}
