/* SPDX-License-Identifier: ISC */
/*
 * imapd - the IMAP server.
 *
 * The session (imap/session.h) speaks and works on the mailboxes, the wire (net/wire.h) has the socket; here is who may
 * log in, and that the process then becomes the user, or carries what he and another host say (mailuser.h).
 */
#include "applet.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon.h"
#include "imap/session.h"
#include "mailsession.h"
#include "net/deflate.h"

/* The file with a lock for each session, in the spool. */
#define SEATS "imap-seats"

struct options {
	struct daemon_options daemon;
	bool preauth;
};

/* What all sessions share. */
struct imapd {
	struct mailuser user;
	const struct options *options;
	struct imap_server server;
	struct imap_callbacks callbacks;
};

struct session {
	struct mailsession mail;
	struct imapd *imapd;
	struct imap_session imap;
};

/* ---- what the session asks for ---- */

static void on_failed(void *ctx, const struct fault *f)
{
	const struct session *x = ctx;

	log_warning("%s: %s, user=%s", x->mail.peer.text, f->text, x->imap.user ? x->imap.user : "");
}

static int on_open(void *ctx, const char *user, struct imap_mail *out, struct fault *f)
{
	struct session *x = ctx;
	struct account who;

	if (x->imapd->options->preauth) {
		if (mailuser_self(&x->imapd->user, &x->mail.arena, &who, &out->root, f) < 0) {
			on_failed(x, f);
			return -1;
		}
	} else if (mailsession_become(&x->mail, user, &who, &out->root, f) != 0) {
		return -1;
	}
	out->quota_rule = who.quota_rule;
	return 0;
}

static int on_start_deflate(void *ctx, struct fault *f)
{
	(void)ctx;
	return deflate_load(f);
}

static void on_leave(void *ctx, const char *user)
{
	struct session *x = ctx;

	log_info("client=%s, user=%s, unauthenticated", x->mail.peer.text, user);
	mailsession_leave(&x->mail);
}

/* ---- users of other hosts ---- */

static const struct handover_protocol elsewhere = {
	.scheme = "imap", .scheme_tls = "imaps", .port = "143", .port_tls = "993"
};

static bool session_other(void *session, struct wire_other *out)
{
	struct session *x = session;

	if (!imap_session_is_elsewhere(&x->imap))
		return false;
	*out = (struct wire_other){ .stream = &x->mail.host,
				    .rest = imap_session_unanswered(&x->imap),
				    .timeout = x->imapd->user.daemon.site.settings.imap_timeout };
	return true;
}

/* ---- a session on a wire ---- */

/* Mail at another host cannot be had without a password for that. */
static void greet_self(struct session *x, const char *name)
{
	const char *host;
	struct fault f;
	int rc = mailuser_is_elsewhere(&x->imapd->user, &x->mail.arena, name, &host, &f);

	if (rc < 0)
		on_failed(x, &f);
	if (rc < 0)
		imap_session_stop(&x->imap, "The mail cannot be opened");
	else if (rc > 0)
		imap_session_stop(&x->imap,
				  arena_printf(&x->mail.arena, "The mail of %s is at %s: log in there", name, host));
	else
		imap_session_welcome(&x->imap, name);
}

/* With --preauth whoever can run it is let in, and nobody from the network. */
static void greet(struct session *x)
{
	const struct imapd *d = x->imapd;
	struct account who;
	struct fault f;

	if (!d->options->preauth)
		imap_session_greet(&x->imap);
	else if (x->mail.peer.is_network || users_self(&x->imapd->user.daemon.site.users, &x->mail.arena, &who, &f) < 0)
		imap_session_stop(&x->imap, "--preauth is for processes of this machine");
	else
		greet_self(x, who.name);
}

static void *open_session(void *ctx, const struct peer *peer, struct buf *out)
{
	struct imapd *d = ctx;
	struct session *x = arena_heap(sizeof(*x));

	mailsession_init(&x->mail, &d->user, peer);
	x->imapd = d;
	imap_session_init(&x->imap, &d->server, &x->mail.sasl, &d->callbacks, x, out);
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

	mailsession_is_active(&x->mail);
	imap_session_feed(&x->imap, p, n);
}

static bool session_produce(void *session)
{
	struct session *x = session;
	bool more = imap_session_produce(&x->imap);

	if (more)
		mailsession_is_active(&x->mail);
	return more;
}

static long session_pause_ms(void *session)
{
	struct session *x = session;

	return imap_session_pause_ms(&x->imap);
}

static int64_t session_deadline(void *session, bool is_under_stress)
{
	const struct session *x = session;
	long timeout = x->imap.user ? x->imapd->user.daemon.site.settings.imap_timeout : 0;

	return mailsession_deadline(&x->mail, timeout, is_under_stress);
}

static int session_watched(void *session, int *wait_ms)
{
	struct session *x = session;

	return imap_session_watched(&x->imap, wait_ms);
}

static bool session_look(void *session)
{
	struct session *x = session;

	return imap_session_look(&x->imap);
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
	if (x->imap.user)
		log_info("client=%s, user=%s, %s", x->mail.peer.text, x->imap.user, mailsession_end(why));
	else
		log_debug("disconnect from %s, %s", x->mail.peer.text, mailsession_end(why));
}

static void close_session(void *session, enum wire_end why)
{
	struct session *x = session;

	log_end(x, why);
	imap_session_clear(&x->imap);
	mailsession_clear(&x->mail);
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

static bool session_wants_plain(void *session)
{
	struct session *x = session;

	return imap_session_wants_plain(&x->imap);
}

static void tls_ended(void *session, const struct tlsio_info *info, const struct fault *f)
{
	struct session *x = session;

	if (mailsession_has_tls(&x->mail, info, f))
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
	.wants_plain = session_wants_plain,
	.start_tls = mailsession_start_tls,
	.other = session_other,
	.tls_ended = tls_ended,
};

/* ---- the server ---- */

static int load(struct daemon *daemon, struct fault *f)
{
	const struct daemon_options *how = daemon->options;
	const struct settings *s = &daemon->site.settings;
	struct imapd *d = (struct imapd *)daemon;

	d->options = (struct options *)daemon->options;
	if (d->options->preauth && (how->listen.n || how->listen_tls.n || geteuid() == 0))
		return fault_usage(f, "--preauth is for a user's own session on standard input and output");
	if (servertls_read(&daemon->tls, s, "imap", "may", how->tls || how->listen_tls.n, f) < 0)
		return -1;
	d->server = (struct imap_server){ .greeting = s->login_greeting,
					  .offers_tls = daemon->tls.keys.n > 0,
					  .append_limit = (uint64_t)s->message_size_limit,
					  .idle_notify = s->imap_idle_notify_interval };
	if (mailuser_load(&d->user, SEATS, &elsewhere, f) < 0)
		return -1;
	d->callbacks = (struct imap_callbacks){
		.start_tls = mailsession_offer_tls,
		.authenticated = mailsession_authenticated,
		.hand_over = mailsession_hand_over,
		.open = on_open,
		.failed = on_failed,
		.start_deflate = s->imap_compress ? on_start_deflate : NULL,
		.leave = mailuser_may_leave(&d->user) && !d->options->preauth ? on_leave : NULL,
	};
	return 0;
}

static void set_rules(struct daemon *daemon, struct serve_rules *r)
{
	const struct settings *s = &daemon->site.settings;

	r->process_limit = s->imap_process_limit;
	r->client_limit = s->login_client_connection_count_limit;
	r->full = "* BYE [UNAVAILABLE] All connections are in use\r\n";
	r->crowd = "* BYE [LIMIT] Too many connections from your address\r\n";
}

static const struct daemon_kind kind = {
	.size = sizeof(struct imapd),
	.protocol = &protocol,
	.sorry = "* BYE [UNAVAILABLE] Service not available\r\n",
	.load = load,
	.unload = mailuser_unload,
	.warm_up = mailuser_warm_up,
	.set_rules = set_rules,
	.enter = mailuser_enter,
	.is_spent = mailuser_is_spent,
};

extern const struct applet applet_imapd;

static int imapd_run(int argc, char **argv)
{
	struct options o = { .preauth = false };

	return daemon_main(&kind, &applet_imapd, &o.daemon, argc, argv);
}

static const struct opt imapd_opts[] = {
	DAEMON_OPTS(struct options, daemon, "993"),
	{ .name = "--preauth",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, preauth),
	  .help = "the user who runs it is logged in: for ssh" },
	SETTINGS_OPTS(struct options, daemon.from),
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
