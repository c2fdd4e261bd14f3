/* SPDX-License-Identifier: ISC */
/*
 * imapd - the IMAP server.
 *
 * The session (imap/session.h) speaks and works on the mailboxes, the wire (net/wire.h) has the socket; here is who may
 * log in, and that the process then becomes the user, or carries what he and another host say (mailuser.h).
 */
#include "applet.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon.h"
#include "imap/session.h"
#include "mailuser.h"
#include "net/deflate.h"

/* The file with a lock for each session, in the spool. */
#define SEATS "imap-seats"

struct options {
	struct settings_options from;
	struct daemon_options daemon;
	bool preauth;
	struct arena arena; /* the process's */
};

/* What all sessions share. */
struct imapd {
	struct daemon daemon;
	const struct options *options;
	struct imap_server server;
	struct mailuser user;
};

struct session {
	struct imapd *imapd;
	struct peer peer;
	struct tlsio_info tls;
	struct sasl_rules sasl;
	struct arena arena;
	struct stream host;    /* that serves the account, once the client is handed over */
	int64_t since, active; /* monotonic ms: connected, last said or sent something */
	struct imap_session imap;
};

/* ---- what the session asks for ---- */

static int on_start_tls(void *ctx, struct fault *f)
{
	const struct session *x = ctx;

	return servertls_offer(&x->imapd->daemon.tls, f);
}

static void on_authenticated(void *ctx, const struct sasl *sasl, const struct fault *f)
{
	const struct session *x = ctx;

	login_log(&x->peer, sasl, f);
}

static int on_open(void *ctx, const char *user, struct imap_mail *out, struct fault *f)
{
	struct session *x = ctx;
	struct account who;

	if (x->imapd->options->preauth) {
		if (mailuser_self(&x->imapd->daemon, &x->arena, &who, &out->root, f) < 0)
			return -1;
	} else if (mailuser_become(&x->imapd->user, &x->imapd->daemon, &x->arena, &x->peer, x->sasl.counted_as, user,
				   &who, &out->root, f) != 0) {
		return -1;
	}
	out->quota_rule = who.quota_rule;
	return 0;
}

static void on_failed(void *ctx, const struct fault *f)
{
	const struct session *x = ctx;

	log_warning("%s: %s, user=%s", x->peer.text, f->text, x->imap.user ? x->imap.user : "");
}

static int on_start_deflate(void *ctx, struct fault *f)
{
	(void)ctx;
	return deflate_load(f);
}

/* ---- users of other hosts ---- */

static const struct handover_protocol elsewhere = {
	.scheme = "imap", .scheme_tls = "imaps", .port = "143", .port_tls = "993"
};

static int on_hand_over(void *ctx, const struct sasl *sasl, struct fault *f)
{
	struct session *x = ctx;

	return mailuser_hand_over(&x->imapd->user, &x->imapd->daemon, &x->peer, sasl, &elsewhere, &x->host, f);
}

static bool session_other(void *session, struct wire_other *out)
{
	struct session *x = session;

	if (!imap_session_is_elsewhere(&x->imap))
		return false;
	*out = (struct wire_other){ .stream = &x->host,
				    .rest = imap_session_unanswered(&x->imap),
				    .timeout = x->imapd->daemon.site.settings.imap_timeout };
	return true;
}

#define CALLBACKS                                                                                                      \
	.start_tls = on_start_tls, .authenticated = on_authenticated, .hand_over = on_hand_over, .open = on_open,      \
	.failed = on_failed

static const struct imap_callbacks callbacks = { CALLBACKS };
/* Where the administrator has allowed it. */
static const struct imap_callbacks callbacks_deflate = { CALLBACKS, .start_deflate = on_start_deflate };

/* ---- a session on a wire ---- */

/* With --preauth whoever can run it is let in, and nobody from the network. */
static void greet(struct session *x)
{
	const struct imapd *d = x->imapd;
	struct account who;
	struct fault f;

	if (!d->options->preauth)
		imap_session_greet(&x->imap);
	else if (x->peer.is_network || users_self(&x->imapd->daemon.site.users, &x->arena, &who, &f) < 0)
		imap_session_stop(&x->imap, "--preauth is for processes of this machine");
	else
		imap_session_welcome(&x->imap, who.name);
}

static void *open_session(void *ctx, const struct peer *peer, struct buf *out)
{
	struct imapd *d = ctx;
	struct session *x = arena_heap(sizeof(*x));

	memset(x, 0, offsetof(struct session, imap));
	x->imapd = d;
	x->peer = *peer;
	x->since = x->active = clock_mono_ms();
	login_rules(&d->daemon.login, peer, &x->sasl);
	x->sasl.hands_over = true;
	stream_plain(&x->host, -1, -1);
	imap_session_init(&x->imap, &d->server, &x->sasl,
			  d->daemon.site.settings.imap_compress ? &callbacks_deflate : &callbacks, x, out);
	greet(x);
	log_debug("connect from %s", peer->text);
	return x;
}

static size_t session_out_max(void *ctx)
{
	(void)ctx;
	return IMAP_OUT_MAX;
}

static void feed_session(void *session, const char *p, size_t n)
{
	struct session *x = session;

	x->active = clock_mono_ms();
	imap_session_feed(&x->imap, p, n);
}

static bool session_produce(void *session)
{
	struct session *x = session;
	bool more = imap_session_produce(&x->imap);

	if (more)
		x->active = clock_mono_ms();
	return more;
}

static long session_pause_ms(void *session)
{
	struct session *x = session;

	return imap_session_pause_ms(&x->imap);
}

/* Before login there is a limit for the whole; when all places are taken, who says nothing makes room for others. */
static int64_t session_deadline(void *session, bool is_under_stress)
{
	const struct session *x = session;
	const struct settings *s = &x->imapd->daemon.site.settings;
	int64_t whole = x->since + (int64_t)s->login_timeout * 1000, quiet = x->active + WIRE_STRESS_SECONDS * 1000;

	if (x->imap.user)
		return x->active + (int64_t)s->imap_timeout * 1000;
	return is_under_stress && quiet < whole ? quiet : whole;
}

static int session_watched(void *session, int *wait_ms)
{
	struct session *x = session;

	return imap_session_watched(&x->imap, wait_ms);
}

static void session_look(void *session)
{
	struct session *x = session;

	imap_session_look(&x->imap);
}

static void session_rest(void *session)
{
	struct session *x = session;

	imap_session_rest(&x->imap);
}

static bool session_is_open(void *session)
{
	const struct session *x = session;

	return imap_session_is_open(&x->imap);
}

static bool session_is_idle(void *session)
{
	const struct session *x = session;

	return imap_session_is_idle(&x->imap);
}

static void stop_session(void *session, enum wire_end why)
{
	struct session *x = session;

	imap_session_stop(&x->imap, why == WIRE_TIMEOUT ? "Timeout" : "Going down");
}

static void log_end(const struct session *x, enum wire_end why)
{
	static const char *const reasons[] = {
		[WIRE_DONE] = "logged out",
		[WIRE_LOST] = "connection lost",
		[WIRE_TIMEOUT] = "timeout",
		[WIRE_SHUTDOWN] = "server going down",
	};

	if (x->imap.user)
		log_info("client=%s, user=%s, %s", x->peer.text, x->imap.user, reasons[why]);
	else
		log_debug("disconnect from %s, %s", x->peer.text, reasons[why]);
}

static void close_session(void *session, enum wire_end why)
{
	struct session *x = session;

	log_end(x, why);
	imap_session_clear(&x->imap);
	stream_close(&x->host);
	arena_clear(&x->arena);
	free(x);
}

static bool session_wants_tls(void *session)
{
	const struct session *x = session;

	return imap_session_wants_tls(&x->imap);
}

static bool session_wants_deflate(void *session)
{
	struct session *x = session;

	return imap_session_wants_deflate(&x->imap);
}

static int start_tls(void *session, struct stream *s, struct fault *f)
{
	const struct session *x = session;

	return servertls_accept(&x->imapd->daemon.tls, s, x->peer.text, f);
}

static void tls_ended(void *session, const struct tlsio_info *info, const struct fault *f)
{
	struct session *x = session;

	servertls_log(x->peer.text, info, f);
	if (!info)
		return;
	x->tls = *info;
	login_secure(&x->sasl, &x->tls);
	imap_session_secured(&x->imap);
}

static const struct wire_protocol protocol = {
	.open = open_session,
	.out_max = session_out_max,
	.feed = feed_session,
	.produce = session_produce,
	.deadline = session_deadline,
	.watched = session_watched,
	.look = session_look,
	.rest = session_rest,
	.pause_ms = session_pause_ms,
	.is_open = session_is_open,
	.is_idle = session_is_idle,
	.stop = stop_session,
	.close = close_session,
	.wants_tls = session_wants_tls,
	.wants_deflate = session_wants_deflate,
	.start_tls = start_tls,
	.other = session_other,
	.tls_ended = tls_ended,
};

/* ---- the server ---- */

static int load(struct daemon *daemon, struct fault *f)
{
	const struct daemon_options *how = daemon->start->how;
	const struct settings *s = &daemon->site.settings;
	struct imapd *d = (struct imapd *)daemon;

	d->options = daemon->start->options;
	if (d->options->preauth && (how->listen.n || how->listen_tls.n || geteuid() == 0))
		return fault_usage(f, "--preauth is for a user's own session on standard input and output");
	if (servertls_read(&daemon->tls, s, "imap", "may", how->tls || how->listen_tls.n, f) < 0 ||
	    users_load(&daemon->site.users, f) < 0)
		return -1;
	d->server = (struct imap_server){ .greeting = s->login_greeting,
					  .offers_tls = daemon->tls.keys.n > 0,
					  .append_limit = (uint64_t)s->message_size_limit,
					  .idle_notify = s->imap_idle_notify_interval };
	return daemon_open_login(daemon, geteuid() == 0, f);
}

static void unload(struct daemon *daemon)
{
	struct imapd *d = (struct imapd *)daemon;

	mailuser_close(&d->user);
}

static void warm_up(struct daemon *daemon)
{
	(void)daemon;
	mailuser_warm_up();
}

static void set_rules(struct daemon *daemon, struct serve_rules *r)
{
	const struct settings *s = &daemon->site.settings;

	r->process_limit = s->imap_process_limit;
	r->client_limit = s->login_client_connection_count_limit;
	r->full = "* BYE [UNAVAILABLE] All connections are in use\r\n";
	r->crowd = "* BYE [LIMIT] Too many connections from your address\r\n";
}

static int enter(struct daemon *daemon, struct fault *f)
{
	struct imapd *d = (struct imapd *)daemon;

	return mailuser_enter(&d->user, daemon, SEATS, f);
}

static bool is_spent(struct daemon *daemon)
{
	const struct imapd *d = (struct imapd *)daemon;

	return d->user.is_spent;
}

static const struct daemon_kind kind = {
	.size = sizeof(struct imapd),
	.protocol = &protocol,
	.sorry = "* BYE [UNAVAILABLE] Service not available\r\n",
	.load = load,
	.unload = unload,
	.warm_up = warm_up,
	.set_rules = set_rules,
	.enter = enter,
	.is_spent = is_spent,
};

extern const struct applet applet_imapd;

static int imapd_run(int argc, char **argv)
{
	struct options o = { .from.file = NULL };
	int first, rc = applet_options(&applet_imapd, &o.arena, argc, argv, 0, &o, &first);
	struct daemon_start start = {
		.applet = &applet_imapd, .name = "imapd", .how = &o.daemon, .from = &o.from, .options = &o
	};

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	rc = daemon_run(&kind, &start, argv[first]);
	arena_clear(&o.arena);
	return rc;
}

static const struct opt imapd_opts[] = {
	DAEMON_OPTS(struct options, daemon, "993"),
	{ .name = "--preauth",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, preauth),
	  .help = "the user who runs it is logged in: for ssh" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet applet_imapd = {
	.name = "imapd",
	.summary = "IMAP server",
	.synopsis = "[--listen ADDR:PORT|PATH]... [--listen-tls ADDR:PORT]... [--tls] [--preauth] [--foreground] [-v] "
		    "[-C FILE] [-o NAME=VALUE]...",
	.opts = imapd_opts,
	.run = imapd_run,
};
