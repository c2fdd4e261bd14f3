/* SPDX-License-Identifier: ISC */
/*
 * curl_dial_libcurl - connections that libcurl has dialled and logged in on.
 *
 * With CURLOPT_CONNECT_ONLY libcurl goes through greeting, EHLO, STARTTLS and AUTH, and then hands out bytes
 * (curl_easy_send, curl_easy_recv).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/curl_libcurl.h"

enum { URL_MAX = 1024, LOOK_AHEAD = 4096, REPLY_SECONDS = 300 };

/* ---- the stream ---- */

/* poll(2) does not know of what TLS has decrypted already, and libcurl does not say: one reads ahead and sees. */
struct channel {
	CURL *easy;
	bool drained; /* nothing came at the last try */
	bool ended;
	size_t n, at;
	char ahead[LOOK_AHEAD];
};

static ssize_t receive(struct channel *ch, void *p, size_t n)
{
	size_t got = 0;
	CURLcode rc = curl_easy_recv(ch->easy, p, n, &got);

	ch->drained = rc == CURLE_AGAIN;
	if (rc == CURLE_OK)
		return (ssize_t)got;
	errno = rc == CURLE_AGAIN ? EAGAIN : ECONNRESET;
	return -1;
}

static ssize_t channel_read(void *impl, void *p, size_t n)
{
	struct channel *ch = impl;

	if (ch->at == ch->n)
		return ch->ended ? 0 : receive(ch, p, n);
	if (n > ch->n - ch->at)
		n = ch->n - ch->at;
	memcpy(p, ch->ahead + ch->at, n);
	ch->at += n;
	return (ssize_t)n;
}

static ssize_t channel_write(void *impl, const void *p, size_t n)
{
	struct channel *ch = impl;
	size_t sent = 0;
	CURLcode rc = curl_easy_send(ch->easy, p, n, &sent);

	if (rc == CURLE_OK && sent > 0)
		return (ssize_t)sent;
	errno = rc == CURLE_OK || rc == CURLE_AGAIN ? EAGAIN : EPIPE;
	return -1;
}

static bool look_ahead(struct channel *ch)
{
	ssize_t got;

	if (ch->at < ch->n || ch->ended)
		return true;
	if (ch->drained)
		return false;
	got = receive(ch, ch->ahead, sizeof(ch->ahead));
	if (got < 0 && errno == EAGAIN)
		return false;
	ch->ended = got <= 0;
	ch->at = 0;
	ch->n = got > 0 ? (size_t)got : 0;
	return true;
}

static bool channel_is_pending(const void *impl)
{
	struct channel *ch;

	memcpy(&ch, &impl, sizeof(impl));
	return look_ahead(ch);
}

/* TLS 1.2 and later do not renegotiate here: what wants to read waits for input. */
static short channel_events(const void *impl, short events)
{
	(void)impl;
	return events;
}

/* libcurl takes a connection that it has handed out for dead, and says nothing on it any more. */
static void channel_close(void *impl)
{
	struct channel *ch = impl;

	curl_easy_cleanup(ch->easy);
	explicit_bzero(ch->ahead, sizeof(ch->ahead));
	free(ch);
}

static const struct stream_ops channel_ops = {
	.read = channel_read,
	.write = channel_write,
	.is_pending = channel_is_pending,
	.events = channel_events,
	.close = channel_close,
};

/* The socket is libcurl's, which closes it; the stream has its own descriptor of it. */
static int hand_over(struct curl_call *c, struct stream *out, struct fault *f)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	struct channel *ch;
	int own;

	if (curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)
		return fault_temp(f, 451, "4.4.2", "%s: lost connection", c->target->host);
	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return fault_errno(f, "%s", c->target->host);
	/* What pointed to the call, which ends here. */
	curl_call_number(c, CURLOPT_VERBOSE, 0);
	curl_call_number(c, CURLOPT_NOPROGRESS, 1);
	curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, NULL);
	ch = arena_heap(sizeof(*ch));
	memset(ch, 0, sizeof(*ch));
	ch->easy = c->easy;
	c->easy = NULL;
	*out = (struct stream){ .in = own, .out = own, .ops = &channel_ops, .impl = ch };
	return 0;
}

/* ---- dialling ---- */

static bool is_ipv6(const char *host)
{
	struct in6_addr ignored;

	return inet_pton(AF_INET6, host, &ignored) == 1;
}

/* What is in a URL is escaped, so that no name can be more than a name. */
static int put_url(struct curl_call *c, struct buf *url, struct fault *f)
{
	const struct curl_target *t = c->target;
	bool literal = is_ipv6(t->host);
	char *helo;

	if (!literal &&
	    strspn(t->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != strlen(t->host))
		return fault_temp(f, 451, "4.4.3", "\"%.100s\" is no host name", t->host);
	buf_printf(url, literal ? "%s://[%s]:%s/" : "%s://%s:%s/", t->scheme, t->host, t->port);
	helo = t->helo && strncmp(t->scheme, "smtp", 4) == 0 ? curl_easy_escape(c->easy, t->helo, 0) : NULL;
	if (helo)
		buf_put_str(url, helo);
	curl_free(helo);
	if (url->overflow)
		return fault_temp(f, 451, "4.3.5", "the names of %.100s and of this machine are too long", t->host);
	return 0;
}

/* "PLAIN LOGIN" -> "AUTH=PLAIN;AUTH=LOGIN". libcurl does not like to hear of one that it was built without. */
static const char *login_options(struct curl_call *c, const char *mechanisms)
{
	struct span rest = span_str(mechanisms);
	const char *options = "";
	bool has_scram = curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_GSASL;

	for (struct span word = span_list_word(&rest); word.n; word = span_list_word(&rest))
		if (has_scram || !span_starts_nocase(word, SPAN("SCRAM-")))
			options = arena_printf(&c->arena, "%s%sAUTH=%.*s", options, options[0] ? ";" : "",
					       SPAN_ARG(word));
	return options;
}

static void set_login(struct curl_call *c)
{
	const struct curl_target *t = c->target;

	if (!t->user)
		return;
	curl_call_text(c, CURLOPT_USERNAME, t->user);
	curl_call_text(c, CURLOPT_PASSWORD, t->bearer ? "" : t->password ? t->password : "");
	curl_call_text(c, CURLOPT_XOAUTH2_BEARER, t->bearer);
	curl_call_number(c, CURLOPT_SASL_IR, 1);
	if (t->mechanisms)
		curl_call_text(c, CURLOPT_LOGIN_OPTIONS, login_options(c, t->mechanisms));
}

static void set_target(struct curl_call *c)
{
	static const long uses[] = {
		[CURL_STARTTLS_NEVER] = CURLUSESSL_NONE,
		[CURL_STARTTLS_MAY] = CURLUSESSL_TRY,
		[CURL_STARTTLS_MUST] = CURLUSESSL_ALL,
	};
	const struct curl_target *t = c->target;
	long reply = t->reply_timeout > 0 ? t->reply_timeout : REPLY_SECONDS;

	curl_call_number(c, CURLOPT_CONNECT_ONLY, 1);
	curl_call_number(c, CURLOPT_USE_SSL, uses[t->starttls]);
	curl_call_number(c, CURLOPT_SSL_VERIFYPEER, t->verify);
	curl_call_number(c, CURLOPT_SSL_VERIFYHOST, t->verify ? 2 : 0);
	curl_call_number(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, reply);
	curl_call_number(c, CURLOPT_CONNECTTIMEOUT, curl_call_connect_seconds(c) + reply);
	curl_call_protocols(c, "smtp,smtps,imap,imaps,pop3,pop3s",
			    CURLPROTO_SMTP | CURLPROTO_SMTPS | CURLPROTO_IMAP | CURLPROTO_IMAPS | CURLPROTO_POP3 |
				    CURLPROTO_POP3S);
	set_login(c);
}

static void put_address(struct curl_call *c, char address[DIAL_ADDRESS_MAX])
{
	const char *ip = NULL;

	if (curl_easy_getinfo(c->easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip)
		snprintf(address, DIAL_ADDRESS_MAX, "%s%s", strchr(ip, ':') ? "IPv6:" : "", ip);
}

static int perform_dial(struct curl_call *c, struct stream *out, char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	const struct curl_target *t = c->target;
	char host[DIAL_HOST_MAX + DIAL_ADDRESS_MAX + 3];
	struct buf url;
	CURLcode rc;

	buf_init(&url, URL_MAX);
	if (put_url(c, &url, f) < 0) {
		buf_clear(&url);
		return -1;
	}
	curl_call_text(c, CURLOPT_URL, buf_str(&url));
	buf_clear(&url);
	set_target(c);
	rc = curl_easy_perform(c->easy);
	put_address(c, address);
	if (rc == CURLE_OK && t->user && !c->logged_in && strncmp(t->scheme, "smtp", 4) == 0)
		rc = CURLE_LOGIN_DENIED;
	if (rc == CURLE_OK)
		return hand_over(c, out, f);
	snprintf(host, sizeof(host), address[0] ? "%s[%s]:%s" : "%s%s:%s", t->host, address, t->port);
	return curl_call_failed(c, rc, host, f);
}

int curl_dial_run(const struct curl_target *t, struct stream *out, char address[DIAL_ADDRESS_MAX], struct fault *f)
{
	struct curl_call c;
	int rc = curl_call_open(&c, &t->way, t, f);

	if (rc == 0)
		rc = perform_dial(&c, out, address, f);
	curl_call_close(&c);
	return rc;
}
