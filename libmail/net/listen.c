/* SPDX-License-Identifier: ISC */
/*
 * listen - sockets that wait for connections.
 */
#include "net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/addr.h"
#include "net/dial.h"

enum {
	BACKLOG = 65535, /* the kernel takes the smaller of this and net.core.somaxconn, which is the operator's */
	FIRST_FD = 3,	 /* sd_listen_fds(3) */
};

static int add(struct listen_sockets *l, int fd, struct fault *f)
{
	if (l->n == LISTEN_MAX) {
		close(fd);
		return fault_usage(f, "more than %d sockets to listen on", LISTEN_MAX);
	}
	l->v[l->n++] = (struct listen_socket){ .fd = fd };
	return 0;
}

static int fail(int fd, const char *text, struct fault *f)
{
	fault_errno(f, "cannot listen on %s", text);
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_inet(struct listen_sockets *l, const struct addrinfo *ai, const char *text, struct fault *f)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0)
		return fail(fd, text, f);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		return fail(fd, text, f);
	return add(l, fd, f);
}

static int open_named(struct listen_sockets *l, const struct dial_target *t, const char *text, struct fault *f)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *list;
	bool any = strcmp(t->host, "*") == 0;
	size_t before = l->n;
	int rc = getaddrinfo(any ? NULL : t->host, t->port, &hints, &list);

	if (rc != 0)
		return fault_usage(f, "cannot listen on %s: %s", text, gai_strerror(rc));
	rc = 0;
	for (const struct addrinfo *ai = list; ai && rc == 0; ai = ai->ai_next) {
		rc = open_inet(l, ai, text, f);
		/* A kernel without IPv6 still has names with IPv6 addresses. */
		if (rc < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) && (ai->ai_next || l->n > before))
			rc = 0;
	}
	freeaddrinfo(list);
	return rc;
}

/* Remove a socket file that nobody listens on. */
static int remove_stale(const struct sockaddr_un *sa, const char *text, struct fault *f)
{
	struct stat st;
	int fd, rc;

	if (lstat(sa->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : fail(-1, text, f);
	if (!S_ISSOCK(st.st_mode))
		return fault_usage(f, "cannot listen on %s: there is a file that is no socket", text);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(fd, text, f);
	rc = connect(fd, (const struct sockaddr *)(const void *)sa, sizeof(*sa));
	if (rc == 0 || errno != ECONNREFUSED) {
		close(fd);
		return fault_usage(f, "cannot listen on %s: another process does", text);
	}
	close(fd);
	return unlink(sa->sun_path) < 0 && errno != ENOENT ? fail(-1, text, f) : 0;
}

static int open_unix(struct listen_sockets *l, const struct dial_target *t, const char *text, mode_t mode,
		     struct fault *f)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *path = text[0] == '/' ? text : text + strlen("unix:");
	struct stat st;
	mode_t mask;
	int fd, rc;

	memcpy(sa.sun_path, t->host, strnlen(t->host, sizeof(sa.sun_path) - 1));
	if (remove_stale(&sa, text, f) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(fd, text, f);
	/* The mask and not chmod(2): the socket never has more rights than it should. */
	mask = umask(~mode & 0777);
	rc = bind(fd, (const struct sockaddr *)(const void *)&sa, sizeof(sa));
	umask(mask);
	if (rc < 0 || listen(fd, BACKLOG) < 0 || lstat(sa.sun_path, &st) < 0)
		return fail(fd, text, f);
	if (add(l, fd, f) < 0)
		return -1;
	l->v[l->n - 1] = (struct listen_socket){ .fd = fd, .path = path, .made = st };
	return 0;
}

int listen_open(struct listen_sockets *l, const char *text, mode_t mode, struct fault *f)
{
	struct dial_target t;

	if (dial_parse(span_str(text), "", &t, NULL) < 0)
		return fault_usage(f, "\"%s\" is not ADDRESS:PORT, [ADDRESS]:PORT, *:PORT or unix:PATH", text);
	return t.is_unix ? open_unix(l, &t, text, mode, f) : open_named(l, &t, text, f);
}

static int environment_number(const char *name)
{
	const char *text = getenv(name);
	uint64_t n;

	return text && span_number(span_str(text), INT32_MAX, &n) == 0 ? (int)n : -1;
}

static bool has_socket_option(int fd, int option)
{
	int value = 0;
	socklen_t n = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &n) == 0 && value;
}

static int adopt_one(struct listen_sockets *l, int fd, int *connected, struct fault *f)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return fault_usage(f, "LISTEN_FDS: descriptor %d is not open", fd);
	if (has_socket_option(fd, SO_ACCEPTCONN))
		return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? fail(-1, "LISTEN_FDS", f) : add(l, fd, f);
	if (*connected >= 0)
		return fault_usage(f, "LISTEN_FDS: descriptor %d is no listening socket", fd);
	*connected = fd;
	return 0;
}

int listen_adopt(struct listen_sockets *l, int *connected, struct fault *f)
{
	int n = environment_number("LISTEN_FDS");
	bool ours = environment_number("LISTEN_PID") == getpid();

	*connected = -1;
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	if (!ours || n <= 0)
		return 0;
	if (n > LISTEN_MAX)
		return fault_usage(f, "LISTEN_FDS: more than %d sockets", LISTEN_MAX);
	for (int i = 0; i < n; i++)
		if (adopt_one(l, FIRST_FD + i, connected, f) < 0)
			return -1;
	return n;
}

void listen_put(struct buf *out, int fd)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	const struct sockaddr *sa = (const struct sockaddr *)&ss;
	socklen_t n = sizeof(ss);
	char text[ADDR_TEXT_MAX];
	struct addr a;

	getsockname(fd, (struct sockaddr *)&ss, &n);
	if (addr_from(sa, &a)) {
		bool v6 = sa->sa_family == AF_INET6;
		in_port_t port = v6 ? ((const struct sockaddr_in6 *)&ss)->sin6_port
				    : ((const struct sockaddr_in *)&ss)->sin_port;

		addr_text(&a, text);
		buf_printf(out, v6 ? "[%s]:%u" : "%s:%u", text, ntohs(port));
	} else {
		buf_printf(out, "unix:%s", ((const struct sockaddr_un *)&ss)->sun_path);
	}
}

/* An inode number alone may be the same again. */
static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

void listen_close(struct listen_sockets *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct listen_socket *s = &l->v[i];
		struct stat st;

		close(s->fd);
		if (s->path && lstat(s->path, &st) == 0 && is_same(&st, &s->made))
			unlink(s->path);
	}
	l->n = 0;
}
