/* SPDX-License-Identifier: ISC */
/*
 * smtpd - the SMTP, submission and LMTP server.
 *
 * The session (smtp/session.h) speaks, the wire (net/wire.h) has the socket; smtpd_session.c tells them who may send
 * to whom, and where a message goes. Here is the server around them.
 */
#include "applet.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "net/serve.h"
#include "smtpd_session.h"

enum {
	SOCKET_MODE = 0666, /* of UNIX sockets: who connects is asked of the kernel, and written down */
};

extern const struct applet applet_smtpd;

static enum smtp_tls tls_level(const struct smtpd *d)
{
	const char *level = d->site.settings.smtpd_tls_security_level;

	if (d->tls.keys.n == 0 || strcmp(level, "none") == 0)
		return SMTP_TLS_NONE;
	return strcmp(level, "encrypt") == 0 ? SMTP_TLS_ENCRYPT : SMTP_TLS_MAY;
}

static void set_server(struct smtpd *d)
{
	const struct settings *s = &d->site.settings;

	d->server = (struct smtp_server){
		.hostname = s->myhostname,
		.banner = s->smtpd_banner,
		.lmtp = d->options->lmtp,
		.message_size_limit = (uint64_t)s->message_size_limit,
		.header_size_limit = (uint64_t)s->header_size_limit,
		.hopcount_limit = s->hopcount_limit,
		.recipient_limit = s->smtpd_recipient_limit,
		.hard_error_limit = s->smtpd_hard_error_limit,
		.junk_command_limit = s->smtpd_junk_command_limit,
		.reject_bare_newline = strcmp(s->smtpd_forbid_bare_newline, "reject") == 0,
		.hold_limit = s->smtpd_hold_limit,
		.tls = tls_level(d),
		.disable_vrfy = s->disable_vrfy_command,
		.show_user = s->smtpd_sasl_authenticated_header,
	};
	/* The session has the size limit; a second one would count the Received field too. */
	d->intake = (struct intake_rules){
		.spool = &d->site.spool,
		.route = &d->site.route,
		.queue_minfree = s->queue_minfree,
		.each = d->options->lmtp,
	};
}

/*
 * Look up somebody who need not exist: the processes to come then share the
 * account and alias files, and the time zone, instead of reading each its own.
 */
static void warm_up(struct smtpd *d)
{
	struct arena a = { 0 };
	struct fault ignored;

	route_check(&d->site.route, &a, SPAN("postmaster"), &ignored);
	tzset();
	arena_clear(&a);
}

/* What faces the network is not root, unless root owns the spool. */
static bool gives_up_root(const struct smtpd *d)
{
	return geteuid() == 0 && d->site.spool.owner != 0;
}

static int open_login(struct smtpd *d, struct fault *f)
{
	const struct settings *s = &d->site.settings;

	if (d->options->lmtp || !(s->smtpd_sasl_auth_enable || d->options->submission))
		return 0;
	if (senders_open(&d->senders, &d->arena, &d->site, f) < 0 ||
	    login_open(&d->login, &d->arena, &d->site, gives_up_root(d), f) < 0)
		return -1;
	d->has_login = true;
	return 0;
}

/* Everything is read now, as long as there are the rights to. */
static int load(struct smtpd *d, struct smtpd_options *o, struct fault *f)
{
	d->options = o;
	if (site_open(&d->site, &d->arena, &o->from, f) < 0 || site_open_spool(&d->site, f) < 0 ||
	    route_load(&d->site.route, f) < 0 || clients_load(&d->clients, &d->arena, &d->site.settings, f) < 0 ||
	    servertls_read(&d->tls, &d->site.settings, "smtp", d->site.settings.smtpd_tls_security_level,
			   o->tls || o->listen_tls.n, f) < 0)
		return -1;
	set_server(d);
	warm_up(d);
	if (open_login(d, f) < 0)
		return -1;
	d->full = arena_printf(&d->arena, "421 4.3.2 %s All connections are in use\r\n", d->server.hostname);
	d->crowd =
		arena_printf(&d->arena, "421 4.7.0 %s Too many connections from your address\r\n", d->server.hostname);
	return 0;
}

static void unload(struct smtpd *d)
{
	if (d->has_login)
		login_close(&d->login);
	senders_close(&d->senders);
	servertls_clear(&d->tls);
	site_close(&d->site);
	arena_clear(&d->arena);
	free(d);
}

static struct smtpd *new_smtpd(void)
{
	struct smtpd *d = arena_heap(sizeof(*d));

	*d = (struct smtpd){ .options = NULL };
	return d;
}

static int enter(void *ctx, struct fault *f)
{
	struct smtpd *d = ctx;

	if (d->has_login)
		login_enter(&d->login);
	return site_confine(&d->site, f);
}

static void on_reaped(void *ctx, pid_t pid)
{
	struct smtpd *d = ctx;

	if (d->has_login)
		login_reaped(&d->login, pid);
}

static void on_warning(void *ctx, const char *text)
{
	(void)ctx;
	log_warning("%s", text);
}

/* Postfix's smtpd_client_event_limit_exceptions is mynetworks, too: our own machines send in bursts. */
static bool is_exempt(void *ctx, const struct peer *peer)
{
	const struct smtpd *d = ctx;

	return clients_may_relay(&d->clients, peer);
}

static void set_rules(struct serve_rules *r, struct smtpd *d)
{
	const struct settings *s = &d->site.settings;

	r->ctx = d;
	r->timeout = s->smtpd_timeout < WIRE_TIMEOUT_MAX ? s->smtpd_timeout : WIRE_TIMEOUT_MAX;
	r->client_limit = s->smtpd_client_connection_count_limit;
	r->upstream = d->clients.upstream;
	r->full = d->full;
	r->crowd = d->crowd;
}

static int on_reload(void *ctx, struct serve_rules *r, struct fault *f)
{
	struct smtpd *old = ctx, *d = new_smtpd();

	if (load(d, old->options, f) < 0 || servertls_warm(&d->tls, f) < 0) {
		unload(d);
		return -1;
	}
	set_rules(r, d);
	unload(old);
	log_info("configuration read again");
	return 0;
}

static int on_refresh(void *ctx)
{
	struct smtpd *d = ctx;

	return servertls_refresh(&d->tls);
}

/* Only for sockets that we have opened: whoever hands us some knows them. */
static void announce(void *ctx, const struct listen_sockets *l)
{
	const struct smtpd *d = ctx;
	struct buf text;

	if (!d->announces)
		return;
	buf_init(&text, 256 * LISTEN_MAX);
	for (size_t i = 0; i < l->n; i++) {
		buf_put_str(&text, "listening on ");
		listen_put(&text, l->v[i].fd);
		buf_put_char(&text, '\n');
	}
	fputs(buf_str(&text), stdout);
	buf_clear(&text);
	if (fflush(stdout) != 0)
		log_warning("cannot write to standard output");
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

static int open_sockets(struct smtpd *d, struct listen_sockets *l, struct fault *f)
{
	struct smtpd_options *o = d->options;
	const char *directory = d->site.settings.queue_directory;

	d->announces = true;
	if (open_list(l, &o->listen, o->tls, f) < 0 || open_list(l, &o->listen_tls, true, f) < 0)
		return -1;
	if (o->submit && listen_open(l, arena_printf(&o->arena, "unix:%s/submit.sock", directory), SOCKET_MODE, f) < 0)
		return -1;
	return 0;
}

/* The configuration may be read anew, and then the state is another one. */
static int serve_all(struct smtpd **d, struct listen_sockets *l, struct fault *f)
{
	struct serve_rules rules = {
		.protocol = &smtpd_protocol,
		.process_limit = (*d)->site.settings.default_process_limit,
		.enter = enter,
		.is_exempt = is_exempt,
		.ready = announce,
		.reload = on_reload,
		.refresh = on_refresh,
		.reaped = on_reaped,
		.warn = on_warning,
	};
	int rc;

	if (servertls_warm(&(*d)->tls, f) < 0)
		return -1;
	set_rules(&rules, *d);
	rc = serve_listen(&rules, l, f);
	*d = rules.ctx;
	return rc;
}

static int serve_one(struct smtpd *d, int in, int out, struct peer *peer, struct fault *f)
{
	long timeout = d->site.settings.smtpd_timeout;
	struct wire w = { .protocol = &smtpd_protocol,
			  .ctx = d,
			  .in = in,
			  .out = out,
			  .tls_first = d->options->tls,
			  .timeout = timeout < WIRE_TIMEOUT_MAX ? timeout : WIRE_TIMEOUT_MAX };

	/* Mail should not wait for a certificate, unless it must. */
	if (d->tls.keyless.kind != FAULT_NONE)
		log_warning("there is no TLS: %s", d->tls.keyless.text);
	if (enter(d, f) < 0)
		return -1;
	wire_tune(in);
	if (upstream_read(&d->clients.upstream, in, peer, f) < 0)
		return -1;
	wire_run(&w, peer);
	return 0;
}

/* What the process was given decides how it serves. */
static int run(struct smtpd **d, struct listen_sockets *l, int connected, struct fault *f)
{
	const struct smtpd_options *o = (*d)->options;
	struct peer peer;

	for (size_t i = 0; i < l->n; i++)
		l->v[i].tls = o->tls;
	if (connected < 0 && l->n == 0 && (o->listen.n || o->listen_tls.n || o->submit) && open_sockets(*d, l, f) < 0)
		return -1;
	if (l->n)
		return serve_all(d, l, f);
	if (connected < 0 && peer_of_socket(STDIN_FILENO, &peer))
		connected = STDIN_FILENO;
	if (connected >= 0 && peer_of_socket(connected, &peer))
		return serve_one(*d, connected, connected, &peer, f);
	peer_of_process(&peer);
	return serve_one(*d, STDIN_FILENO, STDOUT_FILENO, &peer, f);
}

/* The system's log, unless there is none; but never into a client's connection, which standard error may be. */
static void open_log(const struct smtpd_options *o)
{
	struct peer peer;
	bool to_stderr = o->foreground || isatty(STDERR_FILENO) || access("/dev/log", F_OK) < 0;

	if (peer_of_socket(STDERR_FILENO, &peer))
		to_stderr = false;
	log_open(o->lmtp ? "lmtpd" : "smtpd", to_stderr ? LOG_TO_STDERR : LOG_TO_SYSLOG,
		 o->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
}

/* A client that is connected already is told what it can do; the reason is for the operator. */
static int fail(int connected, const struct fault *f)
{
	struct peer peer;

	if (connected < 0 && peer_of_socket(STDIN_FILENO, &peer))
		connected = STDIN_FILENO;
	if (connected < 0)
		return applet_fail(&applet_smtpd, f);
	log_error("%s", f->text);
	wire_refuse(connected, "421 4.3.0 Service not available\r\n");
	return fault_exit(f);
}

static int smtpd_run(int argc, char **argv)
{
	struct listen_sockets sockets = { .n = 0 };
	struct smtpd_options o = { .lmtp = false };
	struct smtpd *d;
	struct fault f;
	int first, connected = -1, rc = applet_options(&applet_smtpd, &o.arena, argc, argv, 0, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	open_log(&o);
	/* The modes of what is created are explicit. */
	umask(022);
	d = new_smtpd();
	if (first < argc)
		rc = fault_usage(&f, "what is \"%s\"? There are only options", argv[first]);
	else if (o.lmtp && o.submission)
		rc = fault_usage(&f, "--submission is not for --lmtp");
	else if (load(d, &o, &f) < 0 || listen_adopt(&sockets, &connected, &f) < 0 ||
		 run(&d, &sockets, connected, &f) < 0)
		rc = -1;
	if (rc < 0)
		rc = fail(connected, &f);
	listen_close(&sockets);
	unload(d);
	arena_clear(&o.arena);
	return rc;
}

static const struct opt smtpd_opts[] = {
	{ .name = "--listen",
	  .arg = "ADDR:PORT|PATH",
	  .kind = OPT_LIST,
	  .at = offsetof(struct smtpd_options, listen),
	  .help = "listen here; may be repeated; port 0: any, printed" },
	{ .name = "--listen-tls",
	  .arg = "ADDR:PORT",
	  .kind = OPT_LIST,
	  .at = offsetof(struct smtpd_options, listen_tls),
	  .help = "listen here, and begin with TLS: port 465" },
	{ .name = "--tls",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct smtpd_options, tls),
	  .help = "begin with TLS on each connection" },
	{ .name = "--submit",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct smtpd_options, submit),
	  .help = "take mail from local processes at submit.sock in the spool" },
	{ .name = "--submission",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct smtpd_options, submission),
	  .help = "for users who log in: their messages are made valid, and are theirs" },
	{ .name = "--lmtp", .kind = OPT_BOOL, .at = offsetof(struct smtpd_options, lmtp), .help = "speak LMTP" },
	{ .name = "--foreground",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct smtpd_options, foreground),
	  .help = "log to standard error" },
	{ .name = "-v", .kind = OPT_BOOL, .at = offsetof(struct smtpd_options, verbose), .help = "log more" },
	SETTINGS_OPTS(struct smtpd_options, from),
	OPT_END,
};

const struct applet applet_smtpd = {
	.name = "smtpd",
	.summary = "SMTP and LMTP server",
	.synopsis =
		"[--listen ADDR:PORT|PATH]... [--listen-tls ADDR:PORT]... [--tls] [--submit] [--submission] [--lmtp] "
		"[--foreground] [-v] [-C FILE] [-o NAME=VALUE]...",
	.opts = smtpd_opts,
	.run = smtpd_run,
};
