/* SPDX-License-Identifier: ISC */
/*
 * http_parse - one request of HTTP/1.0 or HTTP/1.1.
 *
 * Nothing is kept between two calls: the session (http.h) calls when a header may be whole, and when its body is.
 */
#include "list/http_parse.h"

#include <string.h>

#include "base/hex.h"

/* ---- lines ---- */

/* The next line without its end: 1; 0 there is none yet; -1 it ends with a bare LF, or has a CR or NUL within. */
static int next_line(struct span *rest, struct span *line)
{
	size_t n = span_find(*rest, '\n');

	*line = span_of(rest->p, n);
	if (memchr(line->p, '\0', line->n))
		return -1;
	if (n == rest->n) {
		size_t cr = span_find(*line, '\r');

		/* A CR may be the last octet so far. */
		return cr + 1 < n ? -1 : 0;
	}
	if (n == 0 || line->p[n - 1] != '\r' || span_find(*line, '\r') != n - 1)
		return -1;
	line->n--;
	*rest = span_from(*rest, n + 1);
	return 1;
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", s.p[i]))
			return false;
	return s.n > 0;
}

static struct span trim(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_from(s, 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* ---- the request line ---- */

static int parse_method(struct span word, enum http_method *out)
{
	static const struct {
		struct span name;
		enum http_method method;
	} methods[] = { { SPAN_INIT("GET"), HTTP_GET },
			{ SPAN_INIT("HEAD"), HTTP_HEAD },
			{ SPAN_INIT("POST"), HTTP_POST } };
	/* Those that there are, and that do nothing here. */
	static const struct span others[] = { SPAN_INIT("PUT"),	  SPAN_INIT("DELETE"),	SPAN_INIT("OPTIONS"),
					      SPAN_INIT("PATCH"), SPAN_INIT("CONNECT"), SPAN_INIT("TRACE") };

	if (!is_token(word))
		return 400;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		*out = methods[i].method;
		if (span_is(word, methods[i].name))
			return 0;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (span_is(word, others[i]))
			return 405;
	return 501;
}

static int parse_version(struct span word, bool *is_1_0)
{
	if (word.n != 8 || !span_starts(word, SPAN("HTTP/")) || word.p[5] < '0' || word.p[5] > '9' ||
	    word.p[6] != '.' || word.p[7] < '0' || word.p[7] > '9')
		return 400;
	*is_1_0 = word.p[7] == '0';
	return word.p[5] == '1' ? 0 : 505;
}

/* "/path?query", or the same behind "http://host", as for a proxy. */
static int parse_target(struct span target, struct span *path)
{
	struct span s = target;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '#')
			return 400;
	if (span_starts_nocase(s, SPAN("http://")) || span_starts_nocase(s, SPAN("https://"))) {
		s = span_from(s, span_find(s, ':') + 3);
		s = span_from(s, span_find(s, '/'));
	}
	if (s.n == 0 || s.p[0] != '/')
		return 400;
	*path = span_of(s.p, span_find(s, '?'));
	return 0;
}

static int parse_request_line(struct span line, struct http_request *out)
{
	struct span method = span_cut(&line, ' '), version;
	int status;

	out->target = span_cut(&line, ' ');
	version = line;
	if (span_find(version, ' ') < version.n || out->target.n == 0)
		return 400;
	status = parse_version(version, &out->is_1_0);
	if (status == 0)
		status = parse_target(out->target, &out->path);
	return status ? status : parse_method(method, &out->method);
}

/* ---- fields ---- */

struct fields {
	size_t n, hosts, lengths;
	uint64_t length;
	bool has_coding, is_chunked;
	bool closes, keeps;
};

static bool is_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static int take_length(struct span value, struct http_request *out, struct fields *f)
{
	(void)out;
	if (f->lengths++ > 0 || !is_digits(value))
		return 400;
	return span_number(value, UINT32_MAX, &f->length) < 0 ? 413 : 0;
}

static int take_coding(struct span value, struct http_request *out, struct fields *f)
{
	(void)out;
	f->has_coding = true;
	f->is_chunked = span_is_nocase(value, SPAN("chunked"));
	return 0;
}

static int take_host(struct span value, struct http_request *out, struct fields *f)
{
	(void)value;
	(void)out;
	f->hosts++;
	return 0;
}

static int take_connection(struct span value, struct http_request *out, struct fields *f)
{
	(void)out;
	f->closes |= span_list_has(value, SPAN("close"));
	f->keeps |= span_list_has(value, SPAN("keep-alive"));
	return 0;
}

static int take_expect(struct span value, struct http_request *out, struct fields *f)
{
	(void)f;
	out->expects = span_is_nocase(value, SPAN("100-continue"));
	return out->expects ? 0 : 417;
}

static const struct {
	struct span name;
	size_t at; /* of the span in the request that gets the first one's value; or */
	int (*take)(struct span value, struct http_request *out, struct fields *f);
} known[] = {
	{ SPAN_INIT("Content-Length"), 0, take_length },
	{ SPAN_INIT("Transfer-Encoding"), 0, take_coding },
	{ SPAN_INIT("Host"), 0, take_host },
	{ SPAN_INIT("Connection"), 0, take_connection },
	{ SPAN_INIT("Expect"), 0, take_expect },
	{ SPAN_INIT("Content-Type"), offsetof(struct http_request, content_type), NULL },
	{ SPAN_INIT("If-None-Match"), offsetof(struct http_request, if_none_match), NULL },
	{ SPAN_INIT("If-Modified-Since"), offsetof(struct http_request, if_modified_since), NULL },
	{ SPAN_INIT("User-Agent"), offsetof(struct http_request, user_agent), NULL },
};

static int take_field(struct span line, struct http_request *out, struct fields *f)
{
	size_t colon = span_find(line, ':');
	struct span name = span_of(line.p, colon), value = trim(span_from(line, colon + 1));

	if (++f->n > HTTP_FIELDS_MAX)
		return 431;
	/* Also a line that begins with a blank: it would go on with the one before. */
	if (colon == line.n || !is_token(name))
		return 400;
	for (size_t i = 0; i < value.n; i++)
		if ((value.p[i] >= 0 && value.p[i] < ' ' && value.p[i] != '\t') || value.p[i] == 0x7f)
			return 400;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct span *to = (struct span *)((char *)out + known[i].at);

		if (!span_is_nocase(name, known[i].name))
			continue;
		if (known[i].take)
			return known[i].take(value, out, f);
		if (!to->p)
			*to = value;
	}
	return 0;
}

/* ---- the whole ---- */

/* What the fields say together. */
static int judge(const struct fields *f, struct http_request *out)
{
	if (f->has_coding && (f->lengths > 0 || out->is_1_0))
		return 400;
	if (f->has_coding)
		return f->is_chunked ? 411 : 501;
	if (f->hosts > 1 || (f->hosts == 0 && !out->is_1_0))
		return 400;
	if (out->method == HTTP_POST && f->lengths == 0)
		return 411;
	if (f->length > HTTP_BODY_MAX)
		return 413;
	out->keeps_alive = out->is_1_0 ? f->keeps && !f->closes : !f->closes;
	return 0;
}

static int fail(int *status, int code)
{
	*status = code;
	return -1;
}

/* The header up to its empty line: 1, 0, -1. */
static int parse_header(struct span *rest, struct http_request *out, struct fields *f, int *status)
{
	struct span line;
	bool is_first = true;
	int rc;

	while ((rc = next_line(rest, &line)) > 0) {
		int code;

		if (line.n == 0 && !is_first)
			break;
		code = is_first ? parse_request_line(line, out) : take_field(line, out, f);
		if (is_first && line.n > HTTP_LINE_MAX)
			code = 414;
		if (code)
			return fail(status, code);
		is_first = false;
	}
	if (rc < 0)
		return fail(status, 400);
	if (rc == 0 && is_first && rest->n > HTTP_LINE_MAX)
		return fail(status, 414);
	return rc;
}

int http_parse(struct span in, struct http_request *out, int *status)
{
	struct span rest = in;
	struct fields f = { .n = 0 };
	int rc, code;

	*out = (struct http_request){ .method = HTTP_GET };
	if (span_starts(rest, SPAN("\r\n")))
		rest = span_from(rest, 2);
	rc = parse_header(&rest, out, &f, status);
	if (rc < 0)
		return -1;
	if ((rc > 0 ? in.n - rest.n : in.n) > HTTP_HEADER_MAX)
		return fail(status, 431);
	if (rc == 0) {
		out->expects = false;
		return 0;
	}
	code = judge(&f, out);
	if (code)
		return fail(status, code);
	out->body = span_of(rest.p, (size_t)f.length);
	out->length = in.n - rest.n + (size_t)f.length;
	return rest.n >= f.length;
}

/* ---- segments ---- */

static int decode(struct span s, char *out, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '%') {
			out[(*n)++] = s.p[i];
			continue;
		}
		high = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
		low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return -1;
		out[(*n)++] = (char)(high * 16 + low);
		i += 2;
	}
	return 0;
}

int http_segment_next(struct span *rest, struct arena *a, struct span *out)
{
	struct span s = span_from(*rest, 1), raw;
	char *p;
	size_t n;

	if (rest->n == 0)
		return 0;
	raw = span_of(s.p, span_find(s, '/'));
	*rest = span_from(s, raw.n);
	p = arena_alloc(a, raw.n + 1);
	if (decode(raw, p, &n) < 0 || memchr(p, '\0', n) || memchr(p, '/', n))
		return -1;
	*out = span_of(p, n);
	return span_is(*out, SPAN(".")) || span_is(*out, SPAN("..")) ? -1 : 1;
}
