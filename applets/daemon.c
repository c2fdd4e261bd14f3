/* SPDX-License-Identifier: ISC */
/*
 * daemon - what all servers have in common.
 */
#include "daemon.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

enum { SOCKET_MODE = 0666 /* of UNIX sockets: who connects is asked of the kernel */ };

/* The system's log, unless there is none; but never into a client's connection, which standard error may be. */
static void open_log(const struct daemon_options *o, const char *name)
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

/* Ports that are for nothing else (RFC 8314): systemd has no way to say it. */
static bool is_for_tls(int fd)
{
	return is_at_port(fd, 465) || is_at_port(fd, 993) || is_at_port(fd, 995);
}

/*
 * Take over systemd's; else open those that the options name, and `local`, which has no TLS, unless it is NULL. inetd's
 * socket is none of these.
 */
static int open_sockets(struct daemon_sockets *s, const struct daemon_options *o, const char *local, struct fault *f)
{
	struct listen_sockets *l = &s->listening;

	*s = (struct daemon_sockets){ .connected = -1 };
	if (listen_adopt(l, &s->connected, f) < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++)
		l->v[i].tls = o->tls || is_for_tls(l->v[i].fd);
	if (s->connected >= 0 || l->n)
		return 0;
	s->announces = true;
	if (open_list(l, &o->listen, o->tls, f) < 0)
		return -1;
	if (open_list(l, &o->listen_tls, true, f) < 0)
		return -1;
	return local ? listen_open(l, local, SOCKET_MODE, f) : 0;
}

/* Say on standard output where they listen. */
static void announce(const struct daemon_sockets *s)
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

bool daemon_has_port(const struct daemon_sockets *s, unsigned port)
{
	for (size_t i = 0; i < s->listening.n; i++)
		if (is_at_port(s->listening.v[i].fd, port))
			return true;
	return s->listening.n == 0 && is_at_port(s->connected >= 0 ? s->connected : STDIN_FILENO, port);
}

/* Without listening sockets: who is at which descriptors. */
static void find_client(const struct daemon_sockets *s, int *in, int *out, struct peer *peer)
{
	*in = *out = s->connected >= 0 ? s->connected : STDIN_FILENO;
	if (peer_of_socket(*in, peer))
		return;
	*out = STDOUT_FILENO;
	peer_of_process(peer);
}

/*
 * A client that is connected already reads `sorry`, and the reason is for the log; else it is for standard error.
 */
static int fail(const struct daemon_kind *kind, const struct applet *applet, const struct daemon_sockets *s,
		const struct fault *f)
{
	int fd = s->connected >= 0 ? s->connected : STDIN_FILENO;
	struct peer peer;

	if (!peer_of_socket(fd, &peer))
		return applet_fail(applet, f);
	log_error("%s", f->text);
	wire_refuse(fd, kind->sorry);
	return fault_exit(f);
}

/* ---- its state ---- */

static struct daemon *new_daemon(const struct daemon_kind *kind, const struct applet *applet,
				 struct daemon_options *options, const struct daemon_sockets *sockets)
{
	struct daemon *d = arena_heap(kind->size);

	memset(d, 0, kind->size);
	d->kind = kind;
	d->applet = applet;
	d->options = options;
	d->sockets = sockets;
	return d;
}

static int load(struct daemon *d, struct fault *f)
{
	if (site_open(&d->site, &d->arena, &d->options->from, f) < 0 || site_open_spool(&d->site, f) < 0 ||
	    clients_load(&d->clients, &d->arena, &d->site.settings, f) < 0)
		return -1;
	return d->kind->load(d, f);
}

static void unload(struct daemon *d)
{
	if (d->kind->unload)
		d->kind->unload(d);
	if (d->has_login)
		login_close(&d->login);
	servertls_clear(&d->tls);
	site_close(&d->site);
	arena_clear(&d->arena);
	free(d);
}

int daemon_open_login(struct daemon *d, bool gives_up_root, struct fault *f)
{
	if (login_open(&d->login, &d->arena, &d->site, gives_up_root, f) < 0)
		return -1;
	d->has_login = true;
	return 0;
}

/* ---- many connections ---- */

static int enter(void *ctx, struct fault *f)
{
	struct daemon *d = ctx;

	if (d->has_login)
		login_enter(&d->login);
	return d->kind->enter(d, f);
}

static bool is_spent(void *ctx)
{
	struct daemon *d = ctx;

	return d->kind->is_spent && d->kind->is_spent(d);
}

static void on_reaped(void *ctx, pid_t pid)
{
	struct daemon *d = ctx;

	if (d->has_login)
		login_reaped(&d->login, pid);
}

static void on_warning(void *ctx, const char *text)
{
	(void)ctx;
	log_warning("%s", text);
}

/* Postfix's smtpd_client_event_limit_exceptions is mynetworks, too: our own machines come in bursts. */
static bool is_exempt(void *ctx, const struct peer *peer)
{
	const struct daemon *d = ctx;

	return clients_may_relay(&d->clients, peer);
}

static void on_ready(void *ctx, const struct listen_sockets *l)
{
	const struct daemon *d = ctx;

	(void)l;
	announce(d->sockets);
}

static void set_rules(struct serve_rules *r, struct daemon *d)
{
	r->ctx = d;
	r->upstream = d->clients.upstream;
	d->kind->set_rules(d, r);
}

static int on_reload(void *ctx, struct serve_rules *r, struct fault *f)
{
	struct daemon *old = ctx, *d = new_daemon(old->kind, old->applet, old->options, old->sockets);

	if (load(d, f) < 0 || servertls_warm(&d->tls, f) < 0) {
		unload(d);
		return -1;
	}
	set_rules(r, d);
	unload(old);
	log_info("configuration read again");
	return 0;
}

/* A users file that has changed is read here, so that the processes to come share it, and do not read it each. */
static int on_refresh(void *ctx)
{
	struct daemon *d = ctx;

	if (d->site.users.file.loaded)
		users_load(&d->site.users, NULL);
	return servertls_refresh(&d->tls);
}

/* The configuration may be read anew, and then the state is another one. */
static int serve_all(struct daemon **d, struct daemon_sockets *sockets, struct fault *f)
{
	struct serve_rules rules = {
		.protocol = (*d)->kind->protocol,
		.timeout = WIRE_TIMEOUT_MAX,
		.enter = enter,
		.is_exempt = is_exempt,
		.is_spent = is_spent,
		.ready = on_ready,
		.reload = on_reload,
		.refresh = on_refresh,
		.reaped = on_reaped,
		.warn = on_warning,
	};
	int rc;

	if (servertls_warm(&(*d)->tls, f) < 0)
		return -1;
	if ((*d)->kind->warm_up)
		(*d)->kind->warm_up(*d);
	set_rules(&rules, *d);
	rc = serve_listen(&rules, &sockets->listening, f);
	*d = rules.ctx;
	return rc;
}

/* ---- one connection ---- */

static int serve_one(struct daemon *d, const struct daemon_sockets *sockets, struct fault *f)
{
	struct serve_rules rules = { .timeout = WIRE_TIMEOUT_MAX };
	struct wire w = { .protocol = d->kind->protocol, .ctx = d, .tls_first = d->options->tls };
	struct peer peer;

	set_rules(&rules, d);
	w.timeout = rules.timeout;
	find_client(sockets, &w.in, &w.out, &peer);
	/* Mail should not wait for a certificate, unless it must. */
	if (d->tls.keyless.kind != FAULT_NONE)
		log_warning("there is no TLS: %s", d->tls.keyless.text);
	if (enter(d, f) < 0)
		return -1;
	wire_tune(w.in);
	if (upstream_read(&d->clients.upstream, w.in, &peer, f) < 0)
		return -1;
	wire_run(&w, &peer);
	return 0;
}

/* What the process was given decides how it serves. */
static int serve(struct daemon **d, struct daemon_sockets *sockets, struct fault *f)
{
	const char *local = (*d)->kind->local ? (*d)->kind->local(*d) : NULL;

	if (open_sockets(sockets, (*d)->options, local, f) < 0)
		return -1;
	return sockets->listening.n ? serve_all(d, sockets, f) : serve_one(*d, sockets, f);
}

static int run(const struct daemon_kind *kind, const struct applet *applet, struct daemon_options *o,
	       const char *operand)
{
	struct daemon_sockets sockets = { .connected = -1 };
	struct daemon *d = new_daemon(kind, applet, o, &sockets);
	struct fault f;
	int rc = 0;

	open_log(o, kind->log_name ? kind->log_name(o) : applet->name);
	/* The modes of what is created are explicit. */
	umask(022);
	if (operand)
		rc = fault_usage(&f, "what is \"%s\"? There are only options", operand);
	else if (load(d, &f) < 0 || serve(&d, &sockets, &f) < 0)
		rc = -1;
	if (rc < 0)
		rc = fail(kind, applet, &sockets, &f);
	listen_close(&sockets.listening);
	unload(d);
	return rc;
}

int daemon_main(const struct daemon_kind *kind, const struct applet *applet, struct daemon_options *o, int argc,
		char **argv)
{
	int first, rc = applet_options(applet, &o->arena, argc, argv, 0, o, &first);

	if (rc == 0)
		rc = run(kind, applet, o, argv[first]);
	else
		rc = rc < 0 ? EX_USAGE : EX_OK;
	arena_clear(&o->arena);
	return rc;
}
