/* SPDX-License-Identifier: ISC */
/*
 * pop3d - the POP3 server.
 *
 * The session (pop3/session.h) speaks, the wire (net/wire.h) has the socket, the maildrop (pop3/maildrop.h) the
 * messages; here is who may log in, and what the process then becomes: the user, for good. Before that it has no right
 * but the one to become him.
 */
#include "applet.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "auth/keeper.h"
#include "auth/seat.h"
#include "base/account.h"
#include "base/clock.h"
#include "base/enclose.h"
#include "base/log.h"
#include "base/proc.h"
#include "clients.h"
#include "daemon.h"
#include "handover.h"
#include "login.h"
#include "net/serve.h"
#include "pop3/maildrop.h"
#include "pop3/session.h"
#include "servertls.h"
#include "settings.h"
#include "site.h"
#include "store/deliver.h"
#include "store/uidl.h"

/* The file with a lock for each session, in the spool. */
#define SEATS "login-seats"

struct options {
	struct settings_options from;
	struct daemon_options daemon;
	struct arena arena; /* the process's */
};

/* What all sessions share; made anew when the configuration is read again. */
struct pop3d {
	struct options *options;
	const struct daemon_sockets *sockets;
	struct arena arena;
	struct site site;
	struct clients clients;
	struct pop3_server server;
	struct maildrop_rules rules;
	struct servertls tls;
	struct login login;
	int seats;     /* -1: not open */
	bool is_spent; /* this process is a user's */
};

struct session {
	struct pop3d *pop3d;
	struct peer peer;
	struct tlsio_info tls;
	struct sasl_rules sasl;
	struct arena arena;
	struct stream host; /* that serves the account, once the client is handed over */
	struct maildrop drop;
	int64_t since, active; /* monotonic ms: connected, last said or sent something */
	struct pop3_session pop3;
};

extern const struct applet applet_pop3d;

/* ---- what the session asks for ---- */

/* What is wrong with our files is none of the client's business. */
static int on_start_tls(void *ctx, struct fault *f)
{
	const struct session *x = ctx;
	struct fault why;

	if (servertls_open(&x->pop3d->tls, &why) == 0)
		return 0;
	log_error("%s", why.text);
	return fault_temp(f, 454, "4.7.0", "TLS is not available now");
}

static void on_authenticated(void *ctx, const struct sasl *sasl, const struct fault *f)
{
	const struct session *x = ctx;

	login_log(&x->peer, sasl, f);
}

static int take_seat(const struct session *x, const char *user, struct fault *f)
{
	long limit = x->pop3d->site.settings.mail_max_userip_connections;
	int rc = limit ? seat_take(x->pop3d->seats, span_str(user), x->sasl.counted_as, limit, f) : 1;

	if (rc == 0)
		fault_temp(f, 451, "4.7.0", "%s has %ld sessions from %s: mail_max_userip_connections", user, limit,
			   x->peer.text);
	return rc;
}

/* The mailbox is a Maildir, and where? */
static int find_maildir(const struct account *who, const char **path, struct fault *f)
{
	int kind = deliver_location(who->mail, path, f);

	if (kind == 0)
		return fault_perm(f, 550, "5.3.5", "the mailbox of %s is no Maildir: %s", who->name, who->mail);
	return kind < 0 ? -1 : 0;
}

/*
 * Nothing that is the server's stays: neither rights nor what passwords are asked with. Nobody may look into the
 * process for what it was told, and it ends with the server, which a change of the user id makes the kernel forget.
 */
static int become(struct session *x, const char *user, const char **path, struct fault *f)
{
	struct pop3d *d = x->pop3d;
	struct account who;
	int rc;

	d->is_spent = true;
	if (proc_resume(f) < 0)
		return -1;
	rc = users_find(&d->site.users, &x->arena, span_str(user), &who, f);
	if (rc == 0)
		rc = fault_temp(f, 451, "4.3.0", "there is no account %s any more", user);
	if (rc < 0 || find_maildir(&who, path, f) < 0 || proc_drop(&who, f) < 0)
		return -1;
	login_close(&d->login);
	prctl(PR_SET_DUMPABLE, 0);
	if (d->sockets->listening.n)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	return 0;
}

/* From here on only the mailbox can be written; a kernel that has no such thing is no reason to stop. */
static void enclose_in(const struct session *x, const char *path)
{
	struct enclosure e = { .write = path, .writes_mailboxes = access(path, F_OK) < 0 };
	struct fault f;

	if (x->pop3d->site.settings.enclose_processes && enclose(&e, &f) < 0)
		log_warning("not enclosed: %s", f.text);
}

static int on_open(void *ctx, const char *user, struct pop3_maildrop *out, struct fault *f)
{
	struct session *x = ctx;
	const char *path = NULL;
	int rc = take_seat(x, user, f);

	if (rc > 0)
		rc = become(x, user, &path, f);
	else if (rc == 0)
		rc = 1;
	if (rc == 0) {
		enclose_in(x, path);
		rc = maildrop_open(&x->drop, path, &x->pop3d->rules, out, f);
	}
	if (rc != 0)
		log_warning("%s: %s, user=%s", x->peer.text, f->text, user);
	return rc;
}

/* ---- users of other hosts ---- */

static const struct handover_protocol elsewhere = {
	.scheme = "pop3", .scheme_tls = "pop3s", .port = "110", .port_tls = "995"
};

/* Nobody is to be become: who waits with the right to that gives it up. */
static int give_up_rights(struct session *x, struct fault *f)
{
	struct pop3d *d = x->pop3d;
	struct account who = { .name = "", .uid = geteuid(), .gid = getegid(), .home = "/", .full_name = "" };

	d->is_spent = true;
	if (proc_resume(f) < 0 || proc_drop(&who, f) < 0)
		return -1;
	prctl(PR_SET_DUMPABLE, 0);
	if (d->sockets->listening.n)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	return 0;
}

static int go_elsewhere(struct session *x, const struct sasl *sasl, struct fault *f)
{
	const struct proxied *p = &sasl->answer.proxied;
	int rc = handover_is_here(p, &elsewhere, x->pop3d->sockets, f);

	if (rc < 0 || (rc > 0 && p->unless_here))
		return rc < 0 ? -1 : 0;
	if (rc > 0)
		return fault_temp(f, 454, "4.3.5", "host=%s is this server itself", p->host);
	rc = take_seat(x, sasl->user, f);
	if (rc <= 0 || give_up_rights(x, f) < 0)
		return -1;
	return handover_open(sasl, &elsewhere, &x->pop3d->site.settings, &x->host, f) < 0 ? -1 : 1;
}

static int on_hand_over(void *ctx, const struct sasl *sasl, struct fault *f)
{
	struct session *x = ctx;
	const struct proxied *p = &sasl->answer.proxied;
	int rc = p->host[0] ? go_elsewhere(x, sasl, f) : 0;

	if (rc < 0)
		log_warning("%s: %s, user=%s", x->peer.text, f->text, sasl->user);
	else if (rc > 0)
		log_info("client=%s, user=%s, proxied to %s as %s", x->peer.text, sasl->user, p->host, p->user);
	return rc;
}

static bool session_other(void *session, struct wire_other *out)
{
	struct session *x = session;

	if (!pop3_session_is_elsewhere(&x->pop3))
		return false;
	*out = (struct wire_other){ .stream = &x->host,
				    .rest = pop3_session_rest(&x->pop3),
				    .timeout = x->pop3d->site.settings.pop3_timeout };
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
	log_warning("%s: %s, user=%s", x->peer.text, f->text, x->pop3.user);
	return -1;
}

static const struct pop3_callbacks callbacks = {
	.start_tls = on_start_tls,
	.authenticated = on_authenticated,
	.hand_over = on_hand_over,
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

	/* Not the whole: most of it is line buffer, which need not be touched. */
	memset(x, 0, offsetof(struct session, drop));
	x->drop.is_open = false;
	x->pop3d = d;
	x->peer = *peer;
	x->since = x->active = clock_mono_ms();
	login_rules(&d->login, peer, &x->sasl);
	x->sasl.hands_over = true;
	stream_plain(&x->host, -1, -1);
	pop3_session_init(&x->pop3, &d->server, &x->sasl, &callbacks, x, out);
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

	x->active = clock_mono_ms();
	pop3_session_feed(&x->pop3, p, n);
}

static bool session_produce(void *session)
{
	struct session *x = session;
	bool more = pop3_session_produce(&x->pop3);

	if (more)
		x->active = clock_mono_ms();
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

/* Before login there is a limit for the whole; when all places are taken, who says nothing makes room for others. */
static int64_t session_deadline(void *session, bool is_under_stress)
{
	const struct session *x = session;
	const struct settings *s = &x->pop3d->site.settings;
	int64_t whole = x->since + (int64_t)s->login_timeout * 1000, quiet = x->active + WIRE_STRESS_SECONDS * 1000;

	if (x->pop3.state == POP3_TRANSACTION)
		return x->active + (int64_t)s->pop3_timeout * 1000;
	return is_under_stress && quiet < whole ? quiet : whole;
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
	static const char *const reasons[] = {
		[WIRE_DONE] = "logged out",
		[WIRE_LOST] = "connection lost",
		[WIRE_TIMEOUT] = "timeout",
		[WIRE_SHUTDOWN] = "server going down",
	};

	if (x->drop.is_open)
		log_info("client=%s, user=%s, retrieved=%llu (%llu octets), deleted=%llu, messages=%zu, %s",
			 x->peer.text, x->pop3.user, (unsigned long long)x->drop.retrieved,
			 (unsigned long long)x->drop.retrieved_octets, (unsigned long long)x->drop.removed,
			 x->pop3.drop.n, reasons[why]);
	else if (x->host.in >= 0)
		log_info("client=%s, user=%s, %s", x->peer.text, x->pop3.user, reasons[why]);
	else
		log_debug("disconnect from %s, %s", x->peer.text, reasons[why]);
}

static void close_session(void *session, enum wire_end why)
{
	struct session *x = session;

	log_end(x, why);
	pop3_session_clear(&x->pop3);
	maildrop_close(&x->drop);
	stream_close(&x->host);
	arena_clear(&x->arena);
	free(x);
}

static bool session_wants_tls(void *session)
{
	const struct session *x = session;

	return pop3_session_wants_tls(&x->pop3);
}

static int start_tls(void *session, struct stream *s, struct fault *f)
{
	const struct session *x = session;

	return servertls_accept(&x->pop3d->tls, s, x->peer.text, f);
}

static void tls_ended(void *session, const struct tlsio_info *info, const struct fault *f)
{
	struct session *x = session;
	char text[TLSIO_TEXT_MAX];

	if (!info) {
		log_info("%s", f->text);
		return;
	}
	x->tls = *info;
	login_secure(&x->sasl, span_of((const char *)x->tls.exporter, info->has_exporter ? sizeof(x->tls.exporter) : 0),
		     span_of((const char *)x->tls.end_point, info->end_point_n),
		     span_str(info->verified ? x->tls.peer : ""));
	pop3_session_secured(&x->pop3);
	log_debug("TLS with %s: %s%s%s%s", x->peer.text, tlsio_text(info, text), info->resumed ? ", resumed" : "",
		  info->verified ? ", certificate of " : "", info->peer);
}

static const struct wire_protocol protocol = {
	.open = open_session,
	.out_max = session_out_max,
	.feed = feed_session,
	.produce = session_produce,
	.deadline = session_deadline,
	.prepare = prepare_session,
	.tick = session_tick,
	.pause_ms = session_pause_ms,
	.is_open = session_is_open,
	.is_idle = session_is_idle,
	.stop = stop_session,
	.close = close_session,
	.wants_tls = session_wants_tls,
	.start_tls = start_tls,
	.other = session_other,
	.tls_ended = tls_ended,
};

/* ---- the server ---- */

static int set_server(struct pop3d *d, struct fault *f)
{
	const struct settings *s = &d->site.settings;

	d->server = (struct pop3_server){ .greeting = s->login_greeting, .offers_tls = d->tls.keys.n > 0 };
	d->rules = (struct maildrop_rules){ .pop3_uidl_format = s->pop3_uidl_format,
					    .pop3_lock_session = s->pop3_lock_session,
					    .pop3_no_flag_updates = s->pop3_no_flag_updates };
	if (uidl_check(s->pop3_uidl_format, f) == 0)
		return 0;
	/* It is in the configuration, not in the command line. */
	f->kind = FAULT_PERM;
	return -1;
}

/*
 * Look up somebody who need not exist: what the system loads to answer is then shared by the processes to come,
 * instead of being loaded by each.
 */
static void warm_up(void)
{
	struct arena a = { 0 };
	struct account ignored;

	account_find(&a, "postmaster", &ignored, NULL);
	tzset();
	arena_clear(&a);
}

/* Everything is read now, as long as there are the rights to. */
static int load(struct pop3d *d, struct options *o, struct fault *f)
{
	d->options = o;
	if (site_open(&d->site, &d->arena, &o->from, f) < 0 || site_open_spool(&d->site, f) < 0 ||
	    clients_load(&d->clients, &d->arena, &d->site.settings, f) < 0 ||
	    servertls_read(&d->tls, &d->site.settings, "pop3", "may", o->daemon.tls || o->daemon.listen_tls.n, f) < 0)
		return -1;
	if (set_server(d, f) < 0 || users_load(&d->site.users, f) < 0)
		return -1;
	return login_open(&d->login, &d->arena, &d->site, geteuid() == 0, f);
}

static void unload(struct pop3d *d)
{
	if (d->seats >= 0)
		close(d->seats);
	servertls_clear(&d->tls);
	if (d->login.settings)
		login_close(&d->login);
	site_close(&d->site);
	arena_clear(&d->arena);
	free(d);
}

static struct pop3d *new_pop3d(const struct daemon_sockets *sockets)
{
	struct pop3d *d = arena_heap(sizeof(*d));

	*d = (struct pop3d){ .sockets = sockets, .seats = -1 };
	return d;
}

/* Until somebody logs in the process is the spool's owner, or nobody, who can become him and can do nothing else. */
static int enter(void *ctx, struct fault *f)
{
	struct pop3d *d = ctx;
	uid_t uid = d->site.spool.owner ? d->site.spool.owner : KEEPER_IDS;
	gid_t gid = d->site.spool.owner ? d->site.spool.group : KEEPER_IDS;
	struct enclosure e = { .write = d->site.settings.queue_directory, .writes_mailboxes = true };
	struct fault why;

	login_enter(&d->login);
	d->seats = seat_open(d->site.spool.dir, SEATS, f);
	if (d->seats < 0 || proc_suspend(uid, gid, f) < 0)
		return -1;
	if (d->site.settings.enclose_processes && enclose(&e, &why) < 0)
		log_warning("not enclosed: %s", why.text);
	return 0;
}

static bool is_spent(void *ctx)
{
	const struct pop3d *d = ctx;

	return d->is_spent;
}

static void on_reaped(void *ctx, pid_t pid)
{
	struct pop3d *d = ctx;

	login_reaped(&d->login, pid);
}

static void on_warning(void *ctx, const char *text)
{
	(void)ctx;
	log_warning("%s", text);
}

static void on_ready(void *ctx, const struct listen_sockets *l)
{
	const struct pop3d *d = ctx;

	(void)l;
	daemon_announce(d->sockets);
}

static bool is_exempt(void *ctx, const struct peer *peer)
{
	const struct pop3d *d = ctx;

	return clients_may_relay(&d->clients, peer);
}

static void set_rules(struct serve_rules *r, struct pop3d *d)
{
	r->ctx = d;
	r->client_limit = d->site.settings.login_client_connection_count_limit;
	r->upstream = d->clients.upstream;
}

static int on_reload(void *ctx, struct serve_rules *r, struct fault *f)
{
	struct pop3d *old = ctx, *d = new_pop3d(old->sockets);

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
	struct pop3d *d = ctx;

	return servertls_refresh(&d->tls);
}

/* The configuration may be read anew, and then the state is another one. */
static int serve_all(struct pop3d **d, struct daemon_sockets *sockets, struct fault *f)
{
	struct serve_rules rules = {
		.protocol = &protocol,
		.timeout = WIRE_TIMEOUT_MAX,
		.process_limit = (*d)->site.settings.default_process_limit,
		.full = "-ERR [SYS/TEMP] All connections are in use\r\n",
		.crowd = "-ERR [SYS/TEMP] Too many connections from your address\r\n",
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
	warm_up();
	set_rules(&rules, *d);
	rc = serve_listen(&rules, &sockets->listening, f);
	*d = rules.ctx;
	return rc;
}

static int serve_one(struct pop3d *d, const struct daemon_sockets *sockets, struct fault *f)
{
	struct wire w = {
		.protocol = &protocol, .ctx = d, .tls_first = d->options->daemon.tls, .timeout = WIRE_TIMEOUT_MAX
	};
	struct peer peer;

	daemon_find_client(sockets, &w.in, &w.out, &peer);
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

static int pop3d_run(int argc, char **argv)
{
	struct daemon_sockets sockets = { .connected = -1 };
	struct options o = { .from.file = NULL };
	struct pop3d *d;
	struct fault f;
	int first, rc = applet_options(&applet_pop3d, &o.arena, argc, argv, 0, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	daemon_open_log(&o.daemon, "pop3d");
	/* The modes of what is created are explicit. */
	umask(022);
	d = new_pop3d(&sockets);
	if (first < argc)
		rc = fault_usage(&f, "what is \"%s\"? There are only options", argv[first]);
	else if (load(d, &o, &f) < 0 || daemon_open_sockets(&sockets, &o.daemon, NULL, &f) < 0)
		rc = -1;
	else
		rc = sockets.listening.n ? serve_all(&d, &sockets, &f) : serve_one(d, &sockets, &f);
	if (rc < 0)
		rc = daemon_fail(&applet_pop3d, &sockets, "-ERR [SYS/TEMP] Service not available\r\n", &f);
	daemon_close_sockets(&sockets);
	unload(d);
	arena_clear(&o.arena);
	return rc;
}

static const struct opt pop3d_opts[] = {
	DAEMON_OPTS(struct options, daemon, "995"),
	SETTINGS_OPTS(struct options, from),
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
