/* SPDX-License-Identifier: ISC */
/*
 * daemon - how a server's applet starts.
 */
#include "daemon.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "net/wire.h"

enum { SOCKET_MODE = 0666 /* of UNIX sockets: who connects is asked of the kernel */ };

void daemon_open_log(const struct daemon_options *o, const char *name)
{
	struct peer peer;
	bool to_stderr = o->foreground || isatty(STDERR_FILENO) || access("/dev/log", F_OK) < 0;

	if (peer_of_socket(STDERR_FILENO, &peer))
		to_stderr = false;
	log_open(name, to_stderr ? LOG_TO_STDERR : LOG_TO_SYSLOG, o->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
}

static int open_list(struct listen_sockets *l, const struct opt_list *list, bool tls, struct fault *f)
{
	size_t first = l->n;

	for (size_t i = 0; i < list->n; i++)
		if (listen_open(l, list->v[i], SOCKET_MODE, f) < 0)
			return -1;
	for (; first < l->n; first++)
		l->v[first].tls = tls;
	return 0;
}

int daemon_open_sockets(struct daemon_sockets *s, const struct daemon_options *o, const char *local, struct fault *f)
{
	struct listen_sockets *l = &s->listening;

	*s = (struct daemon_sockets){ .connected = -1 };
	if (listen_adopt(l, &s->connected, f) < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++)
		l->v[i].tls = o->tls;
	if (s->connected >= 0 || l->n)
		return 0;
	s->announces = true;
	if (open_list(l, &o->listen, o->tls, f) < 0)
		return -1;
	if (open_list(l, &o->listen_tls, true, f) < 0)
		return -1;
	return local ? listen_open(l, local, SOCKET_MODE, f) : 0;
}

void daemon_announce(const struct daemon_sockets *s)
{
	struct buf text;

	if (!s->announces)
		return;
	buf_init(&text, 256 * LISTEN_MAX);
	for (size_t i = 0; i < s->listening.n; i++) {
		buf_put_str(&text, "listening on ");
		listen_put(&text, s->listening.v[i].fd);
		buf_put_char(&text, '\n');
	}
	fputs(buf_str(&text), stdout);
	buf_clear(&text);
	if (fflush(stdout) != 0)
		log_warning("cannot write to standard output");
}

void daemon_close_sockets(struct daemon_sockets *s)
{
	listen_close(&s->listening);
}

static bool is_at_port(int fd, unsigned port)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	socklen_t n = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
		return false;
	if (sa.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&sa)->sin_port) == port;
	return sa.ss_family == AF_INET6 && ntohs(((const struct sockaddr_in6 *)&sa)->sin6_port) == port;
}

bool daemon_has_port(const struct daemon_sockets *s, unsigned port)
{
	for (size_t i = 0; i < s->listening.n; i++)
		if (is_at_port(s->listening.v[i].fd, port))
			return true;
	return s->listening.n == 0 && is_at_port(s->connected >= 0 ? s->connected : STDIN_FILENO, port);
}

void daemon_find_client(const struct daemon_sockets *s, int *in, int *out, struct peer *peer)
{
	*in = *out = s->connected >= 0 ? s->connected : STDIN_FILENO;
	if (peer_of_socket(*in, peer))
		return;
	*out = STDOUT_FILENO;
	peer_of_process(peer);
}

int daemon_fail(const struct applet *applet, const struct daemon_sockets *s, const char *sorry, const struct fault *f)
{
	int fd = s->connected >= 0 ? s->connected : STDIN_FILENO;
	struct peer peer;

	if (!peer_of_socket(fd, &peer))
		return applet_fail(applet, f);
	log_error("%s", f->text);
	wire_refuse(fd, sorry);
	return fault_exit(f);
}
