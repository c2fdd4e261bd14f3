/* SPDX-License-Identifier: ISC */
/*
 * pop3d - the POP3 server.
 *
 * The session (pop3/session.h) speaks, the wire (net/wire.h) has the socket, the maildrop (pop3/maildrop.h) the
 * messages; here is who may log in, and what the process then becomes: the user, for good. Before that it has no right
 * but the one to become him.
 */
#include "applet.h"

#include <stdlib.h>

#include "base/log.h"
#include "daemon.h"
#include "mailsession.h"
#include "pop3/maildrop.h"
#include "pop3/session.h"
#include "store/uidl.h"

/* The file with a lock for each session, in the spool. */
#define SEATS "login-seats"

struct options {
	struct daemon_options daemon;
};

/* What all sessions share. */
struct pop3d {
	struct mailuser user;
	struct pop3_server server;
	struct maildrop_rules rules;
};

struct session {
	struct mailsession mail;
	struct pop3d *pop3d;
	struct maildrop drop;
	struct pop3_session pop3;
};

/* ---- what the session asks for ---- */

static int on_open(void *ctx, const char *user, struct pop3_maildrop *out, struct fault *f)
{
	struct session *x = ctx;
	const char *path = NULL;
	struct account who;
	int rc = mailsession_become(&x->mail, user, &who, &path, f);

	if (rc != 0)
		return rc;
	rc = maildrop_open(&x->drop, path, &x->pop3d->rules, out, f);
	if (rc != 0)
		log_warning("%s: %s, user=%s", x->mail.peer.text, f->text, user);
	else if (x->drop.unreadable > 0)
		log_warning("%s: messages that cannot be read: %zu, the first %s, user=%s", x->mail.peer.text,
			    x->drop.unreadable, x->drop.first_unreadable, user);
	return rc;
}

/* ---- users of other hosts ---- */

static const struct handover_protocol elsewhere = {
	.scheme = "pop3", .scheme_tls = "pop3s", .port = "110", .port_tls = "995"
};

static bool session_other(void *session, struct wire_other *out)
{
	struct session *x = session;

	if (!pop3_session_is_elsewhere(&x->pop3))
		return false;
	*out = (struct wire_other){ .stream = &x->mail.host,
				    .rest = pop3_session_rest(&x->pop3),
				    .timeout = x->pop3d->user.daemon.site.settings.pop3_timeout };
	return true;
}

/* ---- the mailbox ---- */

static int on_uidl(void *ctx, size_t i, struct buf *out, struct fault *f)
{
	struct session *x = ctx;

	return maildrop_uidl(&x->drop, i, out, f);
}

static int on_begin(void *ctx, size_t i, struct fault *f)
{
	struct session *x = ctx;

	return maildrop_begin(&x->drop, i, f);
}

static long on_read(void *ctx, void *p, size_t n, struct fault *f)
{
	struct session *x = ctx;

	return maildrop_read(&x->drop, p, n, f);
}

static void on_end(void *ctx, size_t i, uint64_t octets)
{
	struct session *x = ctx;

	maildrop_end(&x->drop, i, octets);
}

static void on_prepare(void *ctx, size_t i)
{
	struct session *x = ctx;

	maildrop_prepare(&x->drop, i);
}

static void on_mark_read(void *ctx, size_t i)
{
	struct session *x = ctx;

	maildrop_mark_read(&x->drop, i);
}

static int on_remove(void *ctx, size_t i, struct fault *f)
{
	struct session *x = ctx;

	if (maildrop_remove(&x->drop, i, f) == 0)
		return 0;
	log_warning("%s: %s, user=%s", x->mail.peer.text, f->text, x->pop3.user);
	return -1;
}

static const struct pop3_callbacks callbacks = {
	.start_tls = mailsession_offer_tls,
	.authenticated = mailsession_authenticated,
	.hand_over = mailsession_hand_over,
	.open = on_open,
	.uidl = on_uidl,
	.begin = on_begin,
	.read = on_read,
	.end = on_end,
	.prepare = on_prepare,
	.mark_read = on_mark_read,
	.remove = on_remove,
};

/* ---- a session on a wire ---- */

static void *open_session(void *ctx, const struct peer *peer, struct buf *out)
{
	struct pop3d *d = ctx;
	struct session *x = arena_heap(sizeof(*x));

	mailsession_init(&x->mail, &d->user, peer);
	x->drop.is_open = false;
	x->pop3d = d;
	pop3_session_init(&x->pop3, &d->server, &x->mail.sasl, &callbacks, x, out);
	pop3_session_greet(&x->pop3);
	log_debug("connect from %s", peer->text);
	return x;
}

static size_t session_out_max(void *ctx)
{
	(void)ctx;
	return POP3_OUT_MAX;
}

static void feed_session(void *session, const char *p, size_t n)
{
	struct session *x = session;

	mailsession_is_active(&x->mail);
	pop3_session_feed(&x->pop3, p, n);
}

static bool session_produce(void *session)
{
	struct session *x = session;
	bool more = pop3_session_produce(&x->pop3);

	if (more)
		mailsession_is_active(&x->mail);
	return more;
}

static void prepare_session(void *session)
{
	struct session *x = session;

	pop3_session_prepare(&x->pop3);
}

static long session_pause_ms(void *session)
{
	struct session *x = session;

	return pop3_session_pause_ms(&x->pop3);
}

static int64_t session_deadline(void *session, bool is_under_stress)
{
	const struct session *x = session;
	long timeout = x->pop3.state == POP3_TRANSACTION ? x->pop3d->user.daemon.site.settings.pop3_timeout : 0;

	return mailsession_deadline(&x->mail, timeout, is_under_stress);
}

static void session_tick(void *session)
{
	struct session *x = session;

	if (x->drop.is_open)
		maildrop_touch(&x->drop);
}

static bool session_is_open(void *session)
{
	const struct session *x = session;

	return pop3_session_is_open(&x->pop3);
}

static bool session_is_idle(void *session)
{
	const struct session *x = session;

	return pop3_session_is_idle(&x->pop3);
}

static void stop_session(void *session, enum wire_end why)
{
	struct session *x = session;

	pop3_session_stop(&x->pop3, why == WIRE_TIMEOUT ? "Timeout, nothing was deleted"
							: "[SYS/TEMP] Going down, nothing was deleted");
}

static void log_end(const struct session *x, enum wire_end why)
{
	if (x->drop.is_open)
		log_info("client=%s, user=%s, retrieved=%llu (%llu octets), deleted=%llu, messages=%zu, %s",
			 x->mail.peer.text, x->pop3.user, (unsigned long long)x->drop.retrieved,
			 (unsigned long long)x->drop.retrieved_octets, (unsigned long long)x->drop.removed,
			 x->pop3.drop.n, mailsession_end(why));
	else if (x->mail.host.in >= 0)
		log_info("client=%s, user=%s, %s", x->mail.peer.text, x->pop3.user, mailsession_end(why));
	else
		log_debug("disconnect from %s, %s", x->mail.peer.text, mailsession_end(why));
}

static void close_session(void *session, enum wire_end why)
{
	struct session *x = session;

	log_end(x, why);
	pop3_session_clear(&x->pop3);
	maildrop_close(&x->drop);
	mailsession_clear(&x->mail);
	free(x);
}

static bool session_wants_tls(void *session)
{
	const struct session *x = session;

	return pop3_session_wants_tls(&x->pop3);
}

static void tls_ended(void *session, const struct tlsio_info *info, const struct fault *f)
{
	struct session *x = session;

	if (mailsession_has_tls(&x->mail, info, f))
		pop3_session_secured(&x->pop3);
}

/* There is nothing of ours to give back; what answers and the login took of the heap is. */
static void session_rest(void *session)
{
	(void)session;
}

static const struct wire_protocol protocol = {
	.open = open_session,
	.out_max = session_out_max,
	.feed = feed_session,
	.produce = session_produce,
	.rest = session_rest,
	.deadline = session_deadline,
	.prepare = prepare_session,
	.tick = session_tick,
	.pause_ms = session_pause_ms,
	.is_open = session_is_open,
	.is_idle = session_is_idle,
	.stop = stop_session,
	.close = close_session,
	.wants_tls = session_wants_tls,
	.start_tls = mailsession_start_tls,
	.other = session_other,
	.tls_ended = tls_ended,
};

/* ---- the server ---- */

static int set_server(struct pop3d *d, struct fault *f)
{
	const struct settings *s = &d->user.daemon.site.settings;

	d->server = (struct pop3_server){ .greeting = s->login_greeting, .offers_tls = d->user.daemon.tls.keys.n > 0 };
	d->rules = (struct maildrop_rules){ .pop3_uidl_format = s->pop3_uidl_format,
					    .pop3_lock_session = s->pop3_lock_session,
					    .pop3_no_flag_updates = s->pop3_no_flag_updates };
	if (uidl_check(s->pop3_uidl_format, f) == 0)
		return 0;
	/* It is in the configuration, not in the command line. */
	f->kind = FAULT_PERM;
	return -1;
}

static int load(struct daemon *daemon, struct fault *f)
{
	const struct daemon_options *how = daemon->options;
	struct pop3d *d = (struct pop3d *)daemon;

	if (servertls_read(&daemon->tls, &daemon->site.settings, "pop3", "may", how->tls || how->listen_tls.n, f) < 0 ||
	    set_server(d, f) < 0)
		return -1;
	return mailuser_load(&d->user, SEATS, &elsewhere, f);
}

static void set_rules(struct daemon *daemon, struct serve_rules *r)
{
	r->process_limit = daemon->site.settings.default_process_limit;
	r->client_limit = daemon->site.settings.login_client_connection_count_limit;
	r->full = "-ERR [SYS/TEMP] All connections are in use\r\n";
	r->crowd = "-ERR [SYS/TEMP] Too many connections from your address\r\n";
}

static const struct daemon_kind kind = {
	.size = sizeof(struct pop3d),
	.protocol = &protocol,
	.sorry = "-ERR [SYS/TEMP] Service not available\r\n",
	.load = load,
	.unload = mailuser_unload,
	.warm_up = mailuser_warm_up,
	.set_rules = set_rules,
	.enter = mailuser_enter,
	.is_spent = mailuser_is_spent,
};

extern const struct applet applet_pop3d;

static int pop3d_run(int argc, char **argv)
{
	struct options o = { .daemon.tls = false };

	return daemon_main(&kind, &applet_pop3d, &o.daemon, argc, argv);
}

static const struct opt pop3d_opts[] = {
	DAEMON_OPTS(struct options, daemon, "995"),
	SETTINGS_OPTS(struct options, daemon.from),
	OPT_END,
};

const struct applet applet_pop3d = {
	.name = "pop3d",
	.summary = "POP3 server",
	.synopsis = "[--listen ADDR:PORT|PATH]... [--listen-tls ADDR:PORT]... [--tls] [--foreground] [-v] [-C FILE] "
		    "[-o NAME=VALUE]...",
	.opts = pop3d_opts,
	.run = pop3d_run,
};
