/* SPDX-License-Identifier: ISC */
/*
 * curl_https_libcurl - one request over HTTPS.
 */
#include "net/curl_libcurl.h"

enum { FETCH_SECONDS = 60 };

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct curl_call *c = ctx;

	buf_put(c->body, p, size * n);
	c->too_long = c->body->overflow;
	return c->too_long ? 0 : size * n;
}

static void put_type(struct curl_call *c, char out[CURL_TYPE_MAX + 1])
{
	const char *type = NULL;
	struct span rest, name;

	if (curl_easy_getinfo(c->easy, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || !type)
		return;
	rest = span_str(type);
	name = span_trim(span_cut(&rest, ';'));
	for (size_t i = 0; name.n <= CURL_TYPE_MAX && i < name.n; i++)
		out[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
}

static void set_request(struct curl_call *c, const struct curl_request *r)
{
	curl_call_text(c, CURLOPT_URL, r->url);
	curl_call_protocols(c, "https", CURLPROTO_HTTPS);
	curl_call_text(c, CURLOPT_USERAGENT, "letterbox/" LETTERBOX_VERSION);
	curl_call_number(c, CURLOPT_CONNECTTIMEOUT, curl_call_connect_seconds(c));
	curl_call_number(c, CURLOPT_TIMEOUT, r->time_limit > 0 ? r->time_limit : FETCH_SECONDS);
	curl_call_number(c, CURLOPT_FOLLOWLOCATION, r->redirects);
	curl_call_number(c, CURLOPT_MAXREDIRS, CURL_REDIRECTS_MAX);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
	if (!r->body)
		return;
	curl_call_text(c, CURLOPT_POSTFIELDS, r->body);
	if (r->type)
		c->headers = curl_slist_append(NULL, arena_printf(&c->arena, "Content-Type: %s", r->type));
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

/* A path or a query may be a secret: a fault names the host alone. */
static const char *host_of(struct curl_call *c, const char *url)
{
	struct span rest = span_from(span_str(url), sizeof("https://") - 1);

	return arena_span(&c->arena, span_of(rest.p, strcspn(rest.p ? rest.p : "", "/?#")));
}

static int perform_fetch(struct curl_call *c, const struct curl_request *r, struct curl_answer *out, struct fault *f)
{
	const char *host = host_of(c, r->url);
	CURLcode rc;

	c->body = &out->body;
	set_request(c, r);
	rc = curl_easy_perform(c->easy);
	if (c->too_long)
		return fault_temp(f, 451, "4.3.4", "%s: the answer is longer than %zu octets", host, r->max);
	if (rc != CURLE_OK)
		return curl_call_failed(c, rc, host, f);
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &out->status);
	put_type(c, out->type);
	return 0;
}

int curl_https_run(const struct curl_request *r, struct curl_answer *out, struct fault *f)
{
	struct curl_call c;
	int rc;

	if (strncmp(r->url, "https://", 8) != 0 || span_has_control(span_str(r->url)))
		return fault_temp(f, 451, "4.3.5", "\"%.100s\" is no https:// address", r->url);
	rc = curl_call_open(&c, &r->way, NULL, f);
	if (rc == 0)
		rc = perform_fetch(&c, r, out, f);
	curl_call_close(&c);
	return rc;
}
