/* SPDX-License-Identifier: ISC */
/*
 * smtpd_session - one client of smtpd: what it may do, and what becomes of its mail.
 */
#include "smtpd_session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "message/address.h"
#include "message/amend.h"
#include "relay/flush.h"
#include "relay/recipients.h"
#include "route/canonical.h"
#include "smtp/reply.h"

enum { LOGGED_MAX = 1000 /* octets of recipients in a log line */ };

struct session {
	struct smtpd *smtpd;
	struct peer peer;
	bool trusted; /* may send to other machines */
	bool may_xclient;
	bool has_login; /* by AUTH, or as XCLIENT says */
	struct smtp_client client;
	struct tlsio_info tls;
	char literal[ADDR_TEXT_MAX];
	struct arena scratch; /* of one command */
	struct arena told;    /* what XCLIENT said */
	struct intake in;
	bool is_rewritten; /* its messages' headers are completed */
	bool is_amended;   /* the header of this one goes through amend, for that or to be checked */
	struct amend amend;
	struct sasl_rules sasl;
	struct smtp_session smtp;
};

/* ---- what becomes of the mail ---- */

/* A submission service is for people with an account, and for processes of this machine. */
static int must_log_in(const struct session *x, struct fault *f)
{
	if (!x->smtpd->options->submission || x->has_login || !x->peer.is_network)
		return 0;
	return fault_perm(f, 530, "5.7.0", "Authentication required");
}

static int on_sender(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	const struct session *x = ctx;
	struct route *route = &x->smtpd->daemon.site.route;

	if (must_log_in(x, f) < 0 || canonical_load(route, f) < 0)
		return -1;
	/* RFC 2852 4.1.4: such a message goes to nobody who would not heed it. Of our own users we keep the time. */
	e->deliver_by.strict = e->deliver_by.mode == ENVELOPE_BY_RETURN && x->peer.is_network;
	if (e->sender[0])
		e->sender = route_qualify(route, a, span_str(e->sender));
	if (x->smtp.authenticated && senders_check(&x->smtpd->senders, a, x->smtp.sasl.user, e->sender, f) < 0)
		return -1;
	return canonical_rewrite(route, a, CANONICAL_ENVELOPE_SENDER, span_str(e->sender), &e->sender, f);
}

/* "user%elsewhere@ours", "elsewhere!user@ours": a stranger must not make the machine behind us hand it on. */
static bool has_route(struct span local)
{
	return span_find(local, '%') < local.n || span_find(local, '!') < local.n || span_find(local, '@') < local.n;
}

/* May this client send to this address? */
static int check_relay(const struct session *x, const char *address, struct fault *f)
{
	struct span local, domain;
	enum route_class class;

	address_split(span_str(address), &local, &domain);
	class = route_class_of(&x->smtpd->daemon.site.route, domain);
	if (!x->trusted && (class == ROUTE_ELSEWHERE || (class == ROUTE_RELAY && has_route(local))))
		return fault_perm(f, 554, "5.7.1", "<%s>: Relay access denied", address);
	return 0;
}

/* Will there be somebody? Of other machines' addresses only relay_recipient_maps may know. */
static int check_exists(struct session *x, const char *address, struct fault *f)
{
	struct route *route = &x->smtpd->daemon.site.route;
	struct span local, domain;
	int rc = 0;

	address_split(span_str(address), &local, &domain);
	if (route_class_of(route, domain) != ROUTE_ELSEWHERE)
		rc = route_check(route, &x->scratch, span_str(address), f);
	arena_reset(&x->scratch);
	return rc;
}

/* One octet at least: what is full is full for every message. */
static int check_quota(struct session *x, const char *address, struct fault *f)
{
	struct route *route = &x->smtpd->daemon.site.route;
	struct span local, domain;
	int rc = 0;

	address_split(span_str(address), &local, &domain);
	if (route_class_of(route, domain) <= ROUTE_VIRTUAL_MAILBOX)
		rc = recipients_check_quota(&x->scratch, route, address, x->smtp.size ? x->smtp.size : 1, f);
	arena_reset(&x->scratch);
	return rc;
}

/* The right to send is decided by the address as it was given; a table that changes it gives none. */
static int on_recipient(void *ctx, struct arena *a, const struct envelope *e, struct envelope_rcpt *r, struct fault *f)
{
	struct session *x = ctx;
	struct route *route = &x->smtpd->daemon.site.route;

	if (check_relay(x, route_qualify(route, a, span_str(r->address)), f) < 0 ||
	    recipients_rewrite(a, route, r, f) < 0 || check_exists(x, r->address, f) < 0)
		return -1;
	return e ? check_quota(x, r->address, f) : 0;
}

static int on_verify(void *ctx, const char *address, struct fault *f)
{
	struct session *x = ctx;
	struct envelope_rcpt r = { .address = address };

	if (must_log_in(x, f) < 0 || canonical_load(&x->smtpd->daemon.site.route, f) < 0)
		return -1;
	return on_recipient(ctx, &x->scratch, NULL, &r, f);
}

static void put_amended(void *ctx, const void *p, size_t n)
{
	struct session *x = ctx;

	intake_put(&x->in, p, n);
}

/* Who has logged in may have to be himself in the header, too. */
static bool checks_header(const struct session *x)
{
	return x->smtp.authenticated && x->smtpd->daemon.site.settings.smtpd_reject_header_login_mismatch;
}

static int check_header(void *ctx, struct span header, struct fault *f)
{
	struct session *x = ctx;
	struct arena a = { 0 };
	int rc = senders_check_header(&x->smtpd->senders, &a, x->smtp.sasl.user, header, f);

	arena_clear(&a);
	return rc;
}

/* As Postfix does for local_header_rewrite_clients: programs that speak SMTP to this machine forget fields, too. */
static void begin_amend(struct session *x, const struct envelope *e)
{
	const struct settings *s = &x->smtpd->daemon.site.settings;
	struct repair_rules rules = { .origin = s->myorigin,
				      .host = s->myhostname,
				      .id = e->id,
				      .sender = e->sender,
				      .now = clock_wall(),
				      .map = canonical_map,
				      .ctx = &x->smtpd->daemon.site.route };

	amend_init(&x->amend, &rules, (size_t)s->header_size_limit, put_amended, x);
	if (checks_header(x))
		x->amend.check = check_header;
}

static int on_begin(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	struct session *x = ctx;

	if (x->peer.is_network)
		e->origin = arena_printf(a, "%s (%s)", x->peer.text, x->smtp.helo);
	else
		e->origin = arena_printf(a, "uid %ld", x->peer.uid);
	x->is_amended = x->is_rewritten || checks_header(x);
	if (intake_begin(&x->in, &x->smtpd->intake, a, e, f) < 0)
		return -1;
	if (x->is_amended)
		begin_amend(x, e);
	return 0;
}

static void on_put(void *ctx, const void *p, size_t n)
{
	struct session *x = ctx;

	if (x->is_amended)
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
	log_info("%s: client=%s%s%s, helo=<%s>, from=<%s>, to=%s, size=%llu, nrcpt=%zu%s, %s", e->id, x->peer.text,
		 x->smtp.authenticated ? ", sasl_username=" : "", x->smtp.authenticated ? x->smtp.sasl.user : "",
		 x->smtp.helo, e->sender, buf_str(&to), (unsigned long long)octets, e->n,
		 shown < e->n ? " (not all shown)" : "", x->in.direct ? "delivered" : "queued");
	buf_clear(&to);
}

static int on_end(void *ctx, const struct envelope *e, uint64_t octets, struct fault *f)
{
	struct session *x = ctx;

	if (x->is_amended && end_amend(x, f) < 0)
		return -1;
	if (intake_commit(&x->in, f) < 0)
		return -1;
	log_message(x, e, octets);
	if (!x->in.direct)
		spool_kick(&x->smtpd->daemon.site.spool, e->id);
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
	int told = relay_flush_destination(&x->smtpd->daemon.site.spool, domain, f);

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
	/* Whoever has logged in was another client. */
	else if (x->smtp.authenticated)
		x->has_login = false;
	x->smtp.authenticated = false;
	set_client(x);
	return 0;
}

static void on_authenticated(void *ctx, const struct sasl *sasl, const struct fault *f)
{
	struct session *x = ctx;

	login_log(&x->peer, sasl, f);
	if (f)
		return;
	x->has_login = true;
	set_client(x);
}

static int on_start_tls(void *ctx, struct fault *f)
{
	const struct session *x = ctx;

	return servertls_offer(&x->smtpd->daemon.tls, f);
}

static void on_refused(void *ctx, const char *what, const struct fault *f, const char *id)
{
	const struct session *x = ctx;
	const char *sender = x->smtp.envelope.sender;

	log_info("%s%sreject: %s from %s: %d %s %s; from=<%s>, helo=<%s>", id ? id : "", id ? ": " : "", what,
		 x->peer.text, reply_code(f), f->status, f->text, sender ? sender : "", x->smtp.helo);
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
	.authenticated = on_authenticated,
	.refused = on_refused,
};

/* ---- a session on a wire ---- */

static void set_login(struct session *x)
{
	const struct tlsio_info *tls = &x->tls;

	if (!x->smtpd->daemon.has_login)
		return;
	login_rules(&x->smtpd->daemon.login, &x->peer, &x->sasl);
	x->client.sasl = &x->sasl;
	if (tls->protocol[0])
		login_secure(&x->sasl, tls);
}

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
	x->trusted = x->has_login || clients_may_relay(&d->daemon.clients, &x->peer);
	if (d->options->submission)
		x->trusted = x->has_login || !x->peer.is_network;
	x->is_rewritten = d->options->submission || clients_is_rewritten(&d->daemon.clients, &x->peer, x->has_login);
	set_login(x);
	x->client.may = x->trusted ? SMTP_MAY_HOLD | SMTP_MAY_PRIORITY | SMTP_MAY_FLUSH : 0;
	if (clients_may_verp(&d->daemon.clients, &x->peer))
		x->client.may |= SMTP_MAY_VERP;
	if (!x->peer.is_network)
		x->client.may |= SMTP_MAY_REQUIRETLS | SMTP_MAY_SEE_LOCAL;
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
	x->may_xclient = clients_may_xclient(&d->daemon.clients, peer);
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

static long session_pause_ms(void *session)
{
	struct session *x = session;

	return smtp_session_pause_ms(&x->smtp);
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

	return servertls_accept(&x->smtpd->daemon.tls, s, x->peer.text, f);
}

static void tls_ended(void *session, const struct tlsio_info *info, const struct fault *f)
{
	struct session *x = session;

	servertls_log(x->peer.text, info, f);
	if (!info)
		return;
	x->tls = *info;
	/* What was said in clear is forgotten, but for what a proxy has said. */
	x->has_login = x->has_login && !x->smtp.authenticated;
	set_client(x);
	smtp_session_secured(&x->smtp, &x->tls);
}

const struct wire_protocol smtpd_protocol = {
	.open = open_session,
	.out_max = session_out_max,
	.feed = feed_session,
	.pause_ms = session_pause_ms,
	.is_open = session_is_open,
	.is_idle = session_is_idle,
	.stop = stop_session,
	.close = close_session,
	.wants_tls = session_wants_tls,
	.start_tls = start_tls,
	.tls_ended = tls_ended,
};
