/* SPDX-License-Identifier: ISC */
/*
 * smtpd - the SMTP, submission and LMTP server.
 *
 * The session (smtp/session.h) speaks, the wire (net/wire.h) has the socket; smtpd_session.c tells them who may send
 * to whom, and where a message goes. Here is the server around them.
 */
#include "applet.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "smtpd_session.h"

static enum smtp_tls tls_level(const struct smtpd *d)
{
	const char *level = d->daemon.site.settings.smtpd_tls_security_level;

	if (d->daemon.tls.keys.n == 0 || strcmp(level, "none") == 0)
		return SMTP_TLS_NONE;
	return strcmp(level, "encrypt") == 0 ? SMTP_TLS_ENCRYPT : SMTP_TLS_MAY;
}

static void set_server(struct smtpd *d)
{
	const struct settings *s = &d->daemon.site.settings;

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
		.spool = &d->daemon.site.spool,
		.route = &d->daemon.site.route,
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

	route_check(&d->daemon.site.route, &a, SPAN("postmaster"), &ignored);
	tzset();
	arena_clear(&a);
}

/* What faces the network is not root, unless root owns the spool. */
static bool gives_up_root(const struct smtpd *d)
{
	return geteuid() == 0 && d->daemon.site.spool.owner != 0;
}

static int open_login(struct smtpd *d, struct fault *f)
{
	const struct settings *s = &d->daemon.site.settings;

	if (d->options->lmtp || !(s->smtpd_sasl_auth_enable || d->options->submission))
		return 0;
	if (senders_open(&d->senders, &d->daemon.arena, &d->daemon.site, f) < 0)
		return -1;
	return daemon_open_login(&d->daemon, gives_up_root(d), f);
}

static void set_words(struct smtpd *d)
{
	struct arena *a = &d->daemon.arena;

	d->full = arena_printf(a, "421 4.3.2 %s All connections are in use\r\n", d->server.hostname);
	d->crowd = arena_printf(a, "421 4.7.0 %s Too many connections from your address\r\n", d->server.hostname);
}

static int load(struct daemon *daemon, struct fault *f)
{
	const struct daemon_options *how = daemon->options;
	const struct settings *s = &daemon->site.settings;
	struct smtpd *d = (struct smtpd *)daemon;

	d->options = (struct smtpd_options *)daemon->options;
	if (d->options->lmtp && d->options->submission)
		return fault_usage(f, "--submission is not for --lmtp");
	if (route_load(&daemon->site.route, f) < 0 ||
	    clients_load_rewritten(&daemon->clients, &daemon->arena, s, f) < 0 ||
	    servertls_read(&daemon->tls, s, "smtp", s->smtpd_tls_security_level, how->tls || how->listen_tls.n, f) < 0)
		return -1;
	set_server(d);
	set_words(d);
	warm_up(d);
	return open_login(d, f);
}

static void unload(struct daemon *daemon)
{
	struct smtpd *d = (struct smtpd *)daemon;

	senders_close(&d->senders);
}

static const char *submit_socket(struct daemon *daemon)
{
	struct smtpd_options *o = (struct smtpd_options *)daemon->options;

	if (!o->submit)
		return NULL;
	return arena_printf(&o->daemon.arena, "unix:%s/submit.sock", daemon->site.settings.queue_directory);
}

static void set_rules(struct daemon *daemon, struct serve_rules *r)
{
	const struct settings *s = &daemon->site.settings;
	const struct smtpd *d = (struct smtpd *)daemon;

	r->timeout = s->smtpd_timeout < WIRE_TIMEOUT_MAX ? s->smtpd_timeout : WIRE_TIMEOUT_MAX;
	r->process_limit = s->default_process_limit;
	r->client_limit = s->smtpd_client_connection_count_limit;
	r->rate_limit = s->smtpd_client_connection_rate_limit;
	r->full = d->full;
	r->crowd = d->crowd;
}

static int enter(struct daemon *daemon, struct fault *f)
{
	return site_confine(&daemon->site, f);
}

static const char *log_name(const struct daemon_options *o)
{
	return ((const struct smtpd_options *)o)->lmtp ? "lmtpd" : "smtpd";
}

static const struct daemon_kind kind = {
	.size = sizeof(struct smtpd),
	.protocol = &smtpd_protocol,
	.sorry = "421 4.3.0 Service not available\r\n",
	.log_name = log_name,
	.load = load,
	.unload = unload,
	.local = submit_socket,
	.set_rules = set_rules,
	.enter = enter,
};

extern const struct applet applet_smtpd;

static int smtpd_run(int argc, char **argv)
{
	struct smtpd_options o = { .lmtp = false };

	return daemon_main(&kind, &applet_smtpd, &o.daemon, argc, argv);
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
	SETTINGS_OPTS(struct smtpd_options, daemon.from),
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
