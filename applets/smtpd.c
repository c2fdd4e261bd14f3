/* SPDX-License-Identifier: ISC */
/*
 * smtpd - the SMTP, submission and LMTP server.
 *
 * The session (smtp/session.h) speaks, the wire (net/wire.h) has the socket; smtpd_session.c tells them who may send
 * to whom, and where a message goes. Here is the server around them.
 */
#include "applet.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>

#include "base/log.h"
#include "net/serve.h"
#include "smtpd_session.h"

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
		.verp_delimiters = s->default_verp_delimiters,
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
	    clients_load_rewritten(&d->clients, &d->arena, &d->site.settings, f) < 0 ||
	    servertls_read(&d->tls, &d->site.settings, "smtp", d->site.settings.smtpd_tls_security_level,
			   o->daemon.tls || o->daemon.listen_tls.n, f) < 0)
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

static struct smtpd *new_smtpd(const struct daemon_sockets *sockets)
{
	struct smtpd *d = arena_heap(sizeof(*d));

	*d = (struct smtpd){ .sockets = sockets };
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
	struct smtpd *old = ctx, *d = new_smtpd(old->sockets);

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

static void on_ready(void *ctx, const struct listen_sockets *l)
{
	const struct smtpd *d = ctx;

	(void)l;
	daemon_announce(d->sockets);
}

/* The configuration may be read anew, and then the state is another one. */
static int serve_all(struct smtpd **d, struct daemon_sockets *sockets, struct fault *f)
{
	struct serve_rules rules = {
		.protocol = &smtpd_protocol,
		.process_limit = (*d)->site.settings.default_process_limit,
		.enter = enter,
		.is_exempt = is_exempt,
		.ready = on_ready,
		.reload = on_reload,
		.refresh = on_refresh,
		.reaped = on_reaped,
		.warn = on_warning,
	};
	int rc;

	if (servertls_warm(&(*d)->tls, f) < 0)
		return -1;
	set_rules(&rules, *d);
	rc = serve_listen(&rules, &sockets->listening, f);
	*d = rules.ctx;
	return rc;
}

static int serve_one(struct smtpd *d, const struct daemon_sockets *sockets, struct fault *f)
{
	long timeout = d->site.settings.smtpd_timeout;
	struct wire w = { .protocol = &smtpd_protocol,
			  .ctx = d,
			  .tls_first = d->options->daemon.tls,
			  .timeout = timeout < WIRE_TIMEOUT_MAX ? timeout : WIRE_TIMEOUT_MAX };
	struct peer peer;

	daemon_find_client(sockets, &w.in, &w.out, &peer);
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
static int run(struct smtpd **d, struct daemon_sockets *sockets, struct fault *f)
{
	struct smtpd_options *o = (*d)->options;
	const char *submit = arena_printf(&o->arena, "unix:%s/submit.sock", (*d)->site.settings.queue_directory);

	if (daemon_open_sockets(sockets, &o->daemon, o->submit ? submit : NULL, f) < 0)
		return -1;
	return sockets->listening.n ? serve_all(d, sockets, f) : serve_one(*d, sockets, f);
}

static int smtpd_run(int argc, char **argv)
{
	struct daemon_sockets sockets = { .connected = -1 };
	struct smtpd_options o = { .lmtp = false };
	struct smtpd *d;
	struct fault f;
	int first, rc = applet_options(&applet_smtpd, &o.arena, argc, argv, 0, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	daemon_open_log(&o.daemon, o.lmtp ? "lmtpd" : "smtpd");
	/* The modes of what is created are explicit. */
	umask(022);
	d = new_smtpd(&sockets);
	if (first < argc)
		rc = fault_usage(&f, "what is \"%s\"? There are only options", argv[first]);
	else if (o.lmtp && o.submission)
		rc = fault_usage(&f, "--submission is not for --lmtp");
	else if (load(d, &o, &f) < 0 || run(&d, &sockets, &f) < 0)
		rc = -1;
	if (rc < 0)
		rc = daemon_fail(&applet_smtpd, &sockets, "421 4.3.0 Service not available\r\n", &f);
	daemon_close_sockets(&sockets);
	unload(d);
	arena_clear(&o.arena);
	return rc;
}

static const struct opt smtpd_opts[] = {
	DAEMON_OPTS(struct smtpd_options, daemon, "465"),
	{ .name = "--submit",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct smtpd_options, submit),
	  .help = "take mail from local processes at submit.sock in the spool" },
	{ .name = "--submission",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct smtpd_options, submission),
	  .help = "for users who log in: their messages are made valid, and are theirs" },
	{ .name = "--lmtp", .kind = OPT_BOOL, .at = offsetof(struct smtpd_options, lmtp), .help = "speak LMTP" },
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
