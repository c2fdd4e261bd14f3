/* SPDX-License-Identifier: ISC */
/*
 * smtpd - the SMTP, submission and LMTP server.
 *
 * The session (smtp/session.h) speaks, the wire (net/wire.h) has the socket;
 * here is what they have to be told: who may send to whom, and where a message goes.
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

#include "base/clock.h"
#include "base/log.h"
#include "clients.h"
#include "message/address.h"
#include "message/amend.h"
#include "net/serve.h"
#include "relay/flush.h"
#include "relay/intake.h"
#include "servertls.h"
#include "settings.h"
#include "site.h"
#include "smtp/reply.h"
#include "smtp/session.h"

enum {
	SOCKET_MODE = 0666, /* of UNIX sockets: who connects is asked of the kernel, and written down */
	LOGGED_MAX = 1000,  /* octets of recipients in a log line */
};

struct options {
	struct settings_options from;
	struct opt_list listen, listen_tls;
	bool tls, lmtp, submit, foreground, verbose;
	struct arena arena; /* the process's */
};

/* What all sessions share; made anew when the configuration is read again. */
struct smtpd {
	struct options *options;
	struct arena arena;
	struct site site;
	struct clients clients;
	struct smtp_server server;
	struct intake_rules intake;
	struct servertls tls;
	const char *full, *crowd;
	bool announces; /* the sockets are ours to name */
};

struct session {
	struct smtpd *smtpd;
	struct peer peer;
	bool trusted; /* may send to other machines */
	bool may_xclient, has_login;
	struct smtp_client client;
	struct tlsio_info tls;
	char literal[ADDR_TEXT_MAX];
	struct arena scratch; /* of one command */
	struct arena told;    /* what XCLIENT said */
	struct intake in;
	bool is_rewritten; /* its messages' headers are completed, by amend */
	struct amend amend;
	struct smtp_session smtp;
};

extern const struct applet applet_smtpd;

/* ---- what becomes of the mail ---- */

static int on_sender(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	const struct session *x = ctx;

	(void)f;
	if (e->sender[0])
		e->sender = route_qualify(&x->smtpd->site.route, a, span_str(e->sender));
	return 0;
}

static int check_recipient(struct session *x, const char *address, bool may_relay, struct fault *f)
{
	struct route *route = &x->smtpd->site.route;
	struct span local, domain;
	int rc = 0;

	address_split(span_str(address), &local, &domain);
	if (route_is_local(route, domain))
		rc = route_check(route, &x->scratch, span_str(address), f);
	else if (!may_relay)
		rc = fault_perm(f, 554, "5.7.1", "<%s>: Relay access denied", address);
	arena_reset(&x->scratch);
	return rc;
}

static int on_recipient(void *ctx, struct arena *a, const struct envelope *e, struct envelope_rcpt *r, struct fault *f)
{
	struct session *x = ctx;

	(void)e;
	r->address = route_qualify(&x->smtpd->site.route, a, span_str(r->address));
	return check_recipient(x, r->address, x->trusted, f);
}

static int on_verify(void *ctx, const char *address, struct fault *f)
{
	struct session *x = ctx;

	return check_recipient(x, route_qualify(&x->smtpd->site.route, &x->scratch, span_str(address)), x->trusted, f);
}

static void put_amended(void *ctx, const void *p, size_t n)
{
	struct session *x = ctx;

	intake_put(&x->in, p, n);
}

/* As Postfix does for local_header_rewrite_clients: programs that speak SMTP to this machine forget fields, too. */
static void begin_amend(struct session *x, const struct envelope *e)
{
	const struct settings *s = &x->smtpd->site.settings;
	struct repair_rules rules = {
		.origin = s->myorigin, .host = s->myhostname, .id = e->id, .sender = e->sender, .now = clock_wall()
	};

	amend_init(&x->amend, &rules, (size_t)s->header_size_limit, put_amended, x);
}

static int on_begin(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	struct session *x = ctx;

	if (x->peer.is_network)
		e->origin = arena_printf(a, "%s (%s)", x->peer.text, x->smtp.helo);
	else
		e->origin = arena_printf(a, "uid %ld", x->peer.uid);
	if (intake_begin(&x->in, &x->smtpd->intake, a, e, f) < 0)
		return -1;
	if (x->is_rewritten)
		begin_amend(x, e);
	return 0;
}

static void on_put(void *ctx, const void *p, size_t n)
{
	struct session *x = ctx;

	if (x->is_rewritten)
		amend_feed(&x->amend, span_of(p, n));
	else
		intake_put(&x->in, p, n);
}

/* The message is whole: a header without a body comes out only now. */
static int end_amend(struct session *x, struct fault *f)
{
	int rc = amend_end(&x->amend, f);

	amend_clear(&x->amend);
	if (rc < 0)
		intake_abort(&x->in);
	return rc;
}

/* One line a message, with all that a question about it will ask for. */
static void log_message(const struct session *x, const struct envelope *e, uint64_t octets)
{
	struct buf to;
	size_t shown = 0;

	buf_init(&to, LOGGED_MAX);
	while (shown < e->n && !to.overflow) {
		buf_printf(&to, "%s<%s>", shown ? "," : "", e->rcpts[shown].address);
		shown += !to.overflow;
	}
	log_info("%s: client=%s, helo=<%s>, from=<%s>, to=%s, size=%llu, nrcpt=%zu%s, %s", e->id, x->peer.text,
		 x->smtp.helo, e->sender, buf_str(&to), (unsigned long long)octets, e->n,
		 shown < e->n ? " (not all shown)" : "", x->in.direct ? "delivered" : "queued");
	buf_clear(&to);
}

static int on_end(void *ctx, const struct envelope *e, uint64_t octets, struct fault *f)
{
	struct session *x = ctx;

	if (x->is_rewritten && end_amend(x, f) < 0)
		return -1;
	if (intake_commit(&x->in, f) < 0)
		return -1;
	log_message(x, e, octets);
	if (!x->in.direct)
		spool_kick(&x->smtpd->site.spool, e->id);
	return 0;
}

static void on_abort(void *ctx)
{
	struct session *x = ctx;

	amend_clear(&x->amend);
	intake_abort(&x->in);
}

static int on_outcome(void *ctx, const struct envelope *e, size_t i, struct fault *f)
{
	const struct session *x = ctx;

	if (intake_outcome(&x->in, i, f) == 0)
		return 0;
	log_info("%s: <%s> from %s not delivered: %d %s %s", e->id, e->rcpts[i].address, x->peer.text, reply_code(f),
		 f->status, f->text);
	return -1;
}

static int on_flush(void *ctx, const char *domain, struct fault *f)
{
	const struct session *x = ctx;
	int told = relay_flush_destination(&x->smtpd->site.spool, domain, f);

	if (told > 0)
		log_info("ETRN %s from %s", domain, x->peer.text);
	return told ? (told < 0 ? -1 : 0)
		    : fault_temp(f, 458, "4.3.2", "Unable to queue messages: no relay is running");
}

static void set_client(struct session *x);

/* The client that XCLIENT speaks of takes the place of the one that is connected, attribute by attribute. */
static int on_xclient(void *ctx, const struct smtp_xclient *told, struct fault *f)
{
	static const char prefix[] = "IPV6:";
	struct session *x = ctx;
	const char *text = told->addr;
	struct addr addr;

	if (text && span_starts_nocase(span_str(text), SPAN("IPV6:")))
		text += sizeof(prefix) - 1;
	if (text && text[0] && addr_parse(text, &addr) < 0)
		return fault_perm(f, 501, "5.5.4", "Bad address: %s", text);
	log_info("XCLIENT from %s: name=%s, addr=%s, login=%s", x->peer.text, told->name ? told->name : "",
		 text ? text : "", told->login ? told->login : "");
	if (text) {
		x->peer = (struct peer){ .is_network = true, .uid = -1, .text = "unknown", .is_nameless = !text[0] };
		if (text[0]) {
			x->peer.addr = addr;
			addr_text(&addr, x->peer.text);
		}
	}
	if (told->name)
		x->client.name = told->name[0] ? arena_str(&x->told, told->name) : NULL;
	if (told->login)
		x->has_login = told->login[0];
	set_client(x);
	return 0;
}

/* What is wrong with our files is none of the client's business. */
static int on_start_tls(void *ctx, struct fault *f)
{
	const struct session *x = ctx;
	struct fault why;

	if (servertls_open(&x->smtpd->tls, &why) == 0)
		return 0;
	log_error("%s", why.text);
	return fault_temp(f, 454, "4.7.0", "TLS is not available now");
}

static void on_refused(void *ctx, const char *what, const struct fault *f)
{
	const struct session *x = ctx;
	const char *sender = x->smtp.envelope.sender;

	log_info("reject: %s from %s: %d %s %s; from=<%s>, helo=<%s>", what, x->peer.text, reply_code(f), f->status,
		 f->text, sender ? sender : "", x->smtp.helo);
}

static const struct smtp_callbacks callbacks = {
	.sender = on_sender,
	.recipient = on_recipient,
	.begin = on_begin,
	.put = on_put,
	.end = on_end,
	.abort = on_abort,
	.outcome = on_outcome,
	.verify = on_verify,
	.flush = on_flush,
	.xclient = on_xclient,
	.start_tls = on_start_tls,
	.refused = on_refused,
};

/* ---- a session on a wire ---- */

/* Who it is says what it may. */
static void set_client(struct session *x)
{
	const struct smtpd *d = x->smtpd;

	x->client.uid = x->peer.uid;
	x->client.address = NULL;
	if (x->peer.is_network && !x->peer.is_nameless) {
		addr_literal(&x->peer.addr, x->literal);
		x->client.address = x->literal;
	}
	x->trusted = x->has_login || clients_may_relay(&d->clients, &x->peer);
	x->is_rewritten = clients_is_rewritten(&d->clients, &x->peer, x->has_login);
	x->client.may = x->trusted ? SMTP_MAY_HOLD | SMTP_MAY_PRIORITY | SMTP_MAY_FLUSH : 0;
	if (x->may_xclient)
		x->client.may |= SMTP_MAY_XCLIENT;
}

static void *open_session(void *ctx, const struct peer *peer, struct buf *out)
{
	struct smtpd *d = ctx;
	struct session *x = arena_heap(sizeof(*x));

	/* Not the whole: most of it is line buffer, which need not be touched. */
	memset(x, 0, offsetof(struct session, smtp));
	x->smtpd = d;
	x->peer = *peer;
	x->may_xclient = clients_may_xclient(&d->clients, peer);
	set_client(x);
	smtp_session_init(&x->smtp, &d->server, &x->client, &callbacks, x, out);
	smtp_session_greet(&x->smtp);
	log_debug("connect from %s", peer->text);
	return x;
}

static size_t session_out_max(void *ctx)
{
	const struct smtpd *d = ctx;

	return smtp_session_out_max(&d->server);
}

static void feed_session(void *session, const char *p, size_t n)
{
	struct session *x = session;

	smtp_session_feed(&x->smtp, p, n);
}

static bool session_is_open(void *session)
{
	const struct session *x = session;

	return smtp_session_is_open(&x->smtp);
}

static bool session_is_idle(void *session)
{
	const struct session *x = session;

	return smtp_session_is_idle(&x->smtp);
}

/* Somebody's mail did not get through. */
static void log_end(const struct session *x, const char *what)
{
	const char *sender = x->smtp.envelope.sender;

	log_info("%s %s%s; from=<%s>, helo=<%s>", what, x->peer.text, x->smtp.begun ? " within a message" : "",
		 sender ? sender : "", x->smtp.helo);
}

static void stop_session(void *session, enum wire_end why)
{
	struct session *x = session;

	if (why == WIRE_TIMEOUT) {
		log_end(x, "timeout of");
		smtp_session_stop(&x->smtp, "4.4.2", "Timeout, closing the connection");
	} else {
		smtp_session_stop(&x->smtp, "4.3.2", "Going down, closing the connection");
	}
}

static void close_session(void *session, enum wire_end why)
{
	struct session *x = session;

	if (why == WIRE_LOST && smtp_session_is_open(&x->smtp) && !smtp_session_is_idle(&x->smtp))
		log_end(x, "lost connection from");
	log_debug("disconnect from %s", x->peer.text);
	smtp_session_clear(&x->smtp);
	arena_clear(&x->scratch);
	arena_clear(&x->told);
	free(x);
}

static bool session_wants_tls(void *session)
{
	const struct session *x = session;

	return smtp_session_wants_tls(&x->smtp);
}

static int start_tls(void *session, struct stream *s, struct fault *f)
{
	const struct session *x = session;

	return servertls_open(&x->smtpd->tls, f) < 0 ? -1 : tlsio_accept(x->smtpd->tls.server, s, x->peer.text, f);
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
	smtp_session_secured(&x->smtp, &x->tls);
	log_debug("TLS with %s: %s%s%s%s", x->peer.text, tlsio_text(info, text), info->resumed ? ", resumed" : "",
		  info->verified ? ", certificate of " : "", info->peer);
}

static const struct wire_protocol protocol = {
	.open = open_session,
	.out_max = session_out_max,
	.feed = feed_session,
	.is_open = session_is_open,
	.is_idle = session_is_idle,
	.stop = stop_session,
	.close = close_session,
	.wants_tls = session_wants_tls,
	.start_tls = start_tls,
	.tls_ended = tls_ended,
};

/* ---- the server ---- */

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

/* Everything is read now, as long as there are the rights to. */
static int load(struct smtpd *d, struct options *o, struct fault *f)
{
	d->options = o;
	if (site_open(&d->site, &d->arena, &o->from, f) < 0 || site_open_spool(&d->site, f) < 0 ||
	    route_load(&d->site.route, f) < 0 || clients_load(&d->clients, &d->arena, &d->site.settings, f) < 0 ||
	    servertls_read(&d->tls, &d->site.settings, "smtp", d->site.settings.smtpd_tls_security_level,
			   o->tls || o->listen_tls.n, f) < 0)
		return -1;
	set_server(d);
	warm_up(d);
	d->full = arena_printf(&d->arena, "421 4.3.2 %s All connections are in use\r\n", d->server.hostname);
	d->crowd =
		arena_printf(&d->arena, "421 4.7.0 %s Too many connections from your address\r\n", d->server.hostname);
	return 0;
}

static void unload(struct smtpd *d)
{
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
	const struct smtpd *d = ctx;

	return site_confine(&d->site, f);
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
	struct options *o = d->options;
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
		.protocol = &protocol,
		.process_limit = (*d)->site.settings.default_process_limit,
		.enter = enter,
		.is_exempt = is_exempt,
		.ready = announce,
		.reload = on_reload,
		.refresh = on_refresh,
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
	struct wire w = { .protocol = &protocol,
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
	const struct options *o = (*d)->options;
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
static void open_log(const struct options *o)
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
	struct options o = { .lmtp = false };
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
	  .at = offsetof(struct options, listen),
	  .help = "listen here; may be repeated; port 0: any, printed" },
	{ .name = "--listen-tls",
	  .arg = "ADDR:PORT",
	  .kind = OPT_LIST,
	  .at = offsetof(struct options, listen_tls),
	  .help = "listen here, and begin with TLS: port 465" },
	{ .name = "--tls",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, tls),
	  .help = "begin with TLS on each connection" },
	{ .name = "--submit",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, submit),
	  .help = "take mail from local processes at submit.sock in the spool" },
	{ .name = "--lmtp", .kind = OPT_BOOL, .at = offsetof(struct options, lmtp), .help = "speak LMTP" },
	{ .name = "--foreground",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, foreground),
	  .help = "log to standard error" },
	{ .name = "-v", .kind = OPT_BOOL, .at = offsetof(struct options, verbose), .help = "log more" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet applet_smtpd = {
	.name = "smtpd",
	.summary = "SMTP and LMTP server",
	.synopsis = "[--listen ADDR:PORT|PATH]... [--listen-tls ADDR:PORT]... [--tls] [--submit] [--lmtp] "
		    "[--foreground] [-v] [-C FILE] [-o NAME=VALUE]...",
	.opts = smtpd_opts,
	.run = smtpd_run,
};
