/* SPDX-License-Identifier: ISC */
/*
 * listmgr_http - mailing lists for browsers, and for the one click of RFC 8058.
 *
 * The session (list/http.h) speaks HTTP, the wire (net/wire.h) has the socket, the site (list/http_site.h) the lists.
 * Its processes are as smtpd's: the spool's owner, and enclosed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/printable.h"
#include "daemon.h"
#include "list/http.h"
#include "list/http_site.h"
#include "listmgr.h"

struct options {
	struct daemon_options daemon;
};

/* What all sessions share. */
struct httpd {
	struct daemon daemon;
	struct list_places places;
	const char *url; /* list_http_url without a "/" at its end */
};

struct session {
	struct httpd *httpd;
	struct peer peer;
	struct http_site site;
	bool is_secure;
	int64_t began; /* monotonic ms: when it was last answered or sent something */
	struct http_session http;
};

/* ---- what the session asks for ---- */

static int64_t on_now(void *ctx)
{
	(void)ctx;
	return clock_wall();
}

static void on_respond(void *ctx, const struct http_request *q, struct http_response *out)
{
	struct session *x = ctx;

	x->site.run.now = clock_wall();
	http_site_respond(&x->site, q, out);
}

/* Tokens are rights: what was asked for is in the log up to where one could begin. */
static struct span without_token(struct span target)
{
	static const struct span words[] = { SPAN_INIT("/oneclick-"), SPAN_INIT("/oneclick/"), SPAN_INIT("/confirm-"),
					     SPAN_INIT("/unsubscribe/"), SPAN_INIT("/confirm/") };

	for (size_t i = 0; i < target.n; i++)
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (span_starts(span_from(target, i), words[k]))
				return span_of(target.p, i + words[k].n);
	return target;
}

static void on_answered(void *ctx, const struct http_request *q, int status, uint64_t octets)
{
	static const char *const methods[] = { [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_POST] = "POST" };
	struct session *x = ctx;
	struct buf target;

	x->began = clock_mono_ms();
	if (!q) {
		log_info("client=%s, bad request, status=%d", x->peer.text, status);
		return;
	}
	buf_init(&target, 4 * HTTP_LINE_MAX);
	printable_put(&target, without_token(q->target));
	log_info("client=%s, %s %s, status=%d, octets=%llu", x->peer.text, methods[q->method], buf_str(&target), status,
		 (unsigned long long)octets);
	buf_clear(&target);
}

static void on_log(void *ctx, const char *text)
{
	const struct session *x = ctx;
	struct buf safe;

	buf_init(&safe, 4096);
	printable_put(&safe, span_str(text));
	log_info("client=%s, %s", x->peer.text, buf_str(&safe));
	buf_clear(&safe);
}

static const struct http_callbacks callbacks = { .respond = on_respond, .answered = on_answered, .now = on_now };

/* ---- a session on a wire ---- */

static void *open_session(void *ctx, const struct peer *peer, struct buf *out)
{
	struct httpd *d = ctx;
	struct session *x = arena_heap(sizeof(*x));
	const struct settings *s = &d->daemon.site.settings;

	/* Not the whole: most of it is the request's buffer. */
	memset(x, 0, offsetof(struct session, http));
	x->httpd = d;
	x->peer = *peer;
	x->began = clock_mono_ms();
	x->site = (struct http_site){ .run = { .places = &d->places,
					       .spool = &d->daemon.site.spool,
					       .hostname = s->myhostname,
					       .http_url = d->url,
					       .request = "" },
				      .log = on_log,
				      .ctx = x };
	http_session_init(&x->http, &callbacks, x, out);
	log_debug("connect from %s", peer->text);
	return x;
}

static size_t session_out_max(void *ctx)
{
	(void)ctx;
	return HTTP_OUT_MAX;
}

static void feed_session(void *session, const char *p, size_t n)
{
	struct session *x = session;

	/* Between two requests the time is for the next one to begin; then for all of it. */
	if (http_session_is_idle(&x->http))
		x->began = clock_mono_ms();
	http_session_feed(&x->http, p, n);
}

static bool session_produce(void *session)
{
	struct session *x = session;
	bool more = http_session_produce(&x->http);

	if (more)
		x->began = clock_mono_ms();
	return more;
}

static bool session_is_open(void *session)
{
	const struct session *x = session;

	return http_session_is_open(&x->http);
}

static bool session_is_idle(void *session)
{
	const struct session *x = session;

	return http_session_is_idle(&x->http);
}

/* A request has this long in all, however its octets come; when all places are taken, who says nothing makes room. */
static int64_t session_deadline(void *session, bool is_under_stress)
{
	const struct session *x = session;
	int64_t seconds = x->httpd->daemon.site.settings.list_http_timeout;

	if (is_under_stress && seconds > WIRE_STRESS_SECONDS)
		seconds = WIRE_STRESS_SECONDS;
	return x->began + seconds * 1000;
}

static void stop_session(void *session, enum wire_end why)
{
	struct session *x = session;

	http_session_stop(&x->http, why == WIRE_TIMEOUT ? 408 : 503);
}

static void close_session(void *session, enum wire_end why)
{
	struct session *x = session;

	if (why == WIRE_TIMEOUT)
		log_debug("client=%s, timeout", x->peer.text);
	http_session_clear(&x->http);
	free(x);
}

static int start_tls(void *session, struct stream *s, struct fault *f)
{
	const struct session *x = session;

	return servertls_accept(&x->httpd->daemon.tls, s, x->peer.text, f);
}

static void tls_ended(void *session, const struct tlsio_info *info, const struct fault *f)
{
	struct session *x = session;

	servertls_log(x->peer.text, info, f);
	x->is_secure = info != NULL;
	x->began = clock_mono_ms();
}

static bool session_wants_tls(void *session)
{
	(void)session;
	return false;
}

static const struct wire_protocol protocol = {
	.open = open_session,
	.out_max = session_out_max,
	.feed = feed_session,
	.produce = session_produce,
	.is_open = session_is_open,
	.is_idle = session_is_idle,
	.deadline = session_deadline,
	.stop = stop_session,
	.close = close_session,
	.wants_tls = session_wants_tls,
	.start_tls = start_tls,
	.tls_ended = tls_ended,
};

/* ---- the server ---- */

#define SORRY(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\nRetry-After: 10\r\nConnection: close\r\n\r\n"

static int load(struct daemon *daemon, struct fault *f)
{
	const struct daemon_options *how = daemon->options;
	struct httpd *d = (struct httpd *)daemon;
	struct span url = span_str(daemon->site.settings.list_http_url);

	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	d->url = arena_span(&daemon->arena, url);
	site_list_places(&daemon->site, &d->places);
	/* There is no STARTTLS here: it is there from the beginning, or not at all. */
	return servertls_read(&daemon->tls, &daemon->site.settings, "http",
			      how->tls || how->listen_tls.n ? "may" : "none", how->tls || how->listen_tls.n, f);
}

/* Tokens need it, and what is enclosed should not have to look for it. */
static void warm_up(struct daemon *daemon)
{
	uint8_t ignored[DIGEST_SHA256];

	(void)daemon;
	digest_sha256(SPAN(""), ignored, NULL);
}

static void set_rules(struct daemon *daemon, struct serve_rules *r)
{
	const struct settings *s = &daemon->site.settings;

	r->process_limit = s->default_process_limit;
	r->client_limit = s->smtpd_client_connection_count_limit;
	r->rate_limit = s->smtpd_client_connection_rate_limit;
	r->full = SORRY("503 Service Unavailable");
	r->crowd = SORRY("429 Too Many Requests");
}

static int enter(struct daemon *daemon, struct fault *f)
{
	warm_up(daemon);
	return site_confine(&daemon->site, f);
}

static const char *log_name(const struct daemon_options *o)
{
	(void)o;
	return "listmgr-http";
}

static const struct daemon_kind kind = {
	.size = sizeof(struct httpd),
	.protocol = &protocol,
	.sorry = SORRY("503 Service Unavailable"),
	.log_name = log_name,
	.load = load,
	.warm_up = warm_up,
	.set_rules = set_rules,
	.enter = enter,
};

static int http_run(int argc, char **argv)
{
	static const struct settings_options none = { .file = NULL };
	struct options o = { .daemon = { .tls = false } };

	o.daemon.from = *listmgr_join(&o.daemon.arena, &none);
	return daemon_main(&kind, &listmgr_http, &o.daemon, argc, argv);
}

static const struct opt http_opts[] = {
	DAEMON_OPTS(struct options, daemon, "443"),
	SETTINGS_OPTS(struct options, daemon.from),
	OPT_END,
};

const struct applet listmgr_http = {
	.name = "listmgr http",
	.summary = "one-click unsubscription, forms and archives for browsers",
	.synopsis = "[--listen ADDR:PORT|PATH]... [--listen-tls ADDR:PORT]... [--tls] [--foreground] [-v] [-C FILE] "
		    "[-o NAME=VALUE]...",
	.opts = http_opts,
	.run = http_run,
};
