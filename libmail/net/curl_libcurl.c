/* SPDX-License-Identifier: ISC */
/*
 * curl_libcurl - the module: what is the same for whatever libcurl does.
 */
#include "net/curl_libcurl.h"

#include <fcntl.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "base/module.h"

enum { CONNECT_SECONDS = 30 };

void curl_call_number(struct curl_call *c, CURLoption option, long value)
{
	curl_easy_setopt(c->easy, option, value);
}

void curl_call_text(struct curl_call *c, CURLoption option, const char *value)
{
	if (value)
		curl_easy_setopt(c->easy, option, value);
}

/* ---- sockets and time ---- */

static int on_socket(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	(void)ctx;
	(void)purpose;
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

long curl_call_connect_seconds(const struct curl_call *c)
{
	return c->way->connect_timeout > 0 ? c->way->connect_timeout : CONNECT_SECONDS;
}

/*
 * What libcurl calls the time to connect lasts until the server has greeted us and let us in, to which SMTP
 * gives minutes. For TCP alone we look at the clock ourselves.
 */
static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
	const struct curl_call *c = ctx;
	curl_off_t connected = 0;

	(void)a, (void)b, (void)d, (void)e;
	if (clock_mono_ms() - c->begun < curl_call_connect_seconds(c) * 1000)
		return 0;
	return curl_easy_getinfo(c->easy, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK && connected == 0;
}

/* ---- setting up ---- */

static int set_up_library(struct fault *f)
{
	static bool done;

	if (!done && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fault_temp(f, 451, "4.3.0", "libcurl cannot be set up");
	done = true;
	return 0;
}

void curl_call_protocols(struct curl_call *c, const char *names, long bits)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	(void)bits;
	curl_call_text(c, CURLOPT_PROTOCOLS_STR, names);
	curl_call_text(c, CURLOPT_REDIR_PROTOCOLS_STR, names);
#else
	(void)names;
	curl_call_number(c, CURLOPT_PROTOCOLS, bits);
	curl_call_number(c, CURLOPT_REDIR_PROTOCOLS, bits);
#endif
}

static void set_certificates(struct curl_call *c)
{
	const struct curl_way *way = c->way;

	curl_call_number(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (way->ca_path && !way->ca_file)
		curl_easy_setopt(c->easy, CURLOPT_CAINFO, NULL);
	curl_call_text(c, CURLOPT_CAINFO, way->ca_file);
	curl_call_text(c, CURLOPT_CAPATH, way->ca_path);
	curl_call_text(c, CURLOPT_SSLCERT, way->cert_file);
	curl_call_text(c, CURLOPT_SSLKEY, way->key_file ? way->key_file : way->cert_file);
}

static void set_way(struct curl_call *c)
{
	static const struct {
		int family;
		long resolve;
	} families[] = { { AF_INET, CURL_IPRESOLVE_V4 }, { AF_INET6, CURL_IPRESOLVE_V6 } };
	const struct curl_way *way = c->way;

	/* An empty string is what keeps it from the environment. */
	curl_call_text(c, CURLOPT_PROXY, way->proxy ? way->proxy : "");
	curl_call_text(c, CURLOPT_NOPROXY, "");
	curl_call_number(c, CURLOPT_HTTPPROXYTUNNEL, 1);
	curl_call_number(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i].family == way->family)
			curl_call_number(c, CURLOPT_IPRESOLVE, families[i].resolve);
	if (way->resolve)
		c->resolve = curl_slist_append(NULL, way->resolve);
	if (way->connect_to)
		c->connect_to = curl_slist_append(NULL, way->connect_to);
	curl_easy_setopt(c->easy, CURLOPT_RESOLVE, c->resolve);
	curl_easy_setopt(c->easy, CURLOPT_CONNECT_TO, c->connect_to);
	set_certificates(c);
}

static void set_callbacks(struct curl_call *c)
{
	curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->words);
	curl_easy_setopt(c->easy, CURLOPT_DEBUGFUNCTION, curl_said);
	curl_easy_setopt(c->easy, CURLOPT_DEBUGDATA, c);
	curl_call_number(c, CURLOPT_VERBOSE, 1);
	curl_easy_setopt(c->easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	curl_easy_setopt(c->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c->easy, CURLOPT_XFERINFODATA, c);
	curl_call_number(c, CURLOPT_NOPROGRESS, 0);
	curl_call_number(c, CURLOPT_NOSIGNAL, 1);
}

int curl_call_open(struct curl_call *c, const struct curl_way *way, const struct curl_target *t, struct fault *f)
{
	*c = (struct curl_call){ .way = way, .target = t, .begun = clock_mono_ms() };
	if (set_up_library(f) < 0)
		return -1;
	c->easy = curl_easy_init();
	if (!c->easy)
		return fault_temp(f, 451, "4.3.0", "libcurl cannot be set up");
	set_callbacks(c);
	set_way(c);
	return 0;
}

void curl_call_close(struct curl_call *c)
{
	if (c->easy)
		curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->resolve);
	curl_slist_free_all(c->connect_to);
	curl_slist_free_all(c->headers);
	arena_wipe(&c->arena);
	c->easy = NULL;
}

/* ---- what went wrong ---- */

static const struct wrong {
	CURLcode code;
	int reply;
	const char *status;
	const char *what;
} wrongs[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, 451, "4.4.3", "looking it up" },
	{ CURLE_COULDNT_RESOLVE_PROXY, 451, "4.4.3", "looking up the proxy" },
	{ CURLE_COULDNT_CONNECT, 450, "4.4.1", "connecting" },
	{ CURLE_PROXY, 450, "4.4.1", "the proxy" },
	{ CURLE_ABORTED_BY_CALLBACK, 450, "4.4.1", "connecting" },
	{ CURLE_OPERATION_TIMEDOUT, 451, "4.4.2", "conversation timed out" },
	{ CURLE_SEND_ERROR, 451, "4.4.2", "lost connection" },
	{ CURLE_RECV_ERROR, 451, "4.4.2", "lost connection" },
	{ CURLE_GOT_NOTHING, 451, "4.4.2", "lost connection" },
	{ CURLE_WEIRD_SERVER_REPLY, 451, "4.5.0", "the server's reply" },
	{ CURLE_USE_SSL_FAILED, 451, "4.7.4", "TLS is required, but was not offered" },
	{ CURLE_SSL_CONNECT_ERROR, 451, "4.7.5", "TLS" },
	{ CURLE_PEER_FAILED_VERIFICATION, 451, "4.7.5", "the server's certificate" },
	{ CURLE_SSL_ISSUER_ERROR, 451, "4.7.5", "the server's certificate" },
	{ CURLE_SSL_CERTPROBLEM, 451, "4.3.5", "our certificate" },
	{ CURLE_SSL_CACERT_BADFILE, 451, "4.3.5", "the file of trusted certificates" },
	{ CURLE_LOGIN_DENIED, 454, "4.7.8", "SASL authentication failed" },
	{ CURLE_AUTH_ERROR, 454, "4.7.8", "SASL authentication failed" },
	{ CURLE_UNSUPPORTED_PROTOCOL, 451, "4.3.5", "this libcurl" },
	{ CURLE_TOO_MANY_REDIRECTS, 451, "4.5.0", "too many redirections" },
};

/* libcurl's words for this leave out why. */
static const char *connect_error(const struct curl_call *c)
{
	long number = 0;

	if (curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &number) != CURLE_OK || number <= 0)
		return NULL;
	return strerror((int)number);
}

static void put_reason(struct buf *out, const struct curl_call *c, CURLcode code)
{
	const char *why = code == CURLE_COULDNT_CONNECT ? connect_error(c) : NULL;
	struct span said = span_str(c->said);
	bool refused = code == CURLE_LOGIN_DENIED || code == CURLE_AUTH_ERROR;

	if (refused && c->target && said.n && !span_starts(said, SPAN("2"))) {
		buf_put_str(out, "the server said: ");
		for (size_t i = 0; i < said.n; i++)
			buf_put_char(out, (unsigned char)said.p[i] < 0x20 || said.p[i] == 0x7f ? '?' : said.p[i]);
		return;
	}
	if (refused)
		buf_put_str(out, "no mechanism that the server offers may be used");
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		buf_put_str(out, "no answer");
	else if (why)
		buf_put_str(out, why);
	else
		buf_put_str(out, c->words[0] ? c->words : curl_easy_strerror(code));
}

int curl_call_failed(const struct curl_call *c, CURLcode code, const char *host, struct fault *f)
{
	static const struct wrong other = { CURLE_OK, 451, "4.4.0", "libcurl" };
	const struct wrong *w = &other;
	struct buf reason;

	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		if (wrongs[i].code == code)
			w = &wrongs[i];
	buf_init(&reason, CURL_ERROR_SIZE + CURL_WORDS_MAX);
	put_reason(&reason, c, code);
	fault_temp(f, w->reply, w->status, "%s: %s: %s", host, w->what, buf_str(&reason));
	buf_clear(&reason);
	return -1;
}

static const struct curl_functions functions = { .dial = curl_dial_run, .fetch = curl_https_run };

MODULE_EXPORT(curl, &functions);
