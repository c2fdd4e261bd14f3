/* SPDX-License-Identifier: ISC */
/*
 * http - the server's half of HTTP/1.1, without I/O.
 */
#include "list/http.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "message/date.h"

/* ---- the session ---- */

void http_session_init(struct http_session *s, const struct http_callbacks *call, void *ctx, struct buf *out)
{
	memset(s, 0, offsetof(struct http_session, in));
	s->call = call;
	s->ctx = ctx;
	s->out = out;
	s->is_open = true;
	s->fd = -1;
	buf_init(&s->page, HTTP_PAGE_MAX);
}

static void end_file(struct http_session *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->left = 0;
}

void http_session_clear(struct http_session *s)
{
	end_file(s);
	buf_clear(&s->page);
	arena_clear(&s->arena);
}

bool http_session_is_open(const struct http_session *s)
{
	return s->is_open;
}

bool http_session_is_idle(const struct http_session *s)
{
	return s->n == 0 && s->fd < 0;
}

void http_session_feed(struct http_session *s, const char *p, size_t n)
{
	if (s->is_ending || n > sizeof(s->in) - s->n)
		return;
	memcpy(s->in + s->n, p, n);
	s->n += n;
}

static void consume(struct http_session *s, size_t n)
{
	memmove(s->in, s->in + n, s->n - n);
	s->n -= n;
	s->looked = s->line = s->need = 0;
	s->has_continued = false;
}

/* ---- an answer's header ---- */

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 304, "Not Modified" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

const char *http_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Error";
}

/* RFC 9110 5.6.7: English, whatever the locale. */
static void put_date(struct buf *out, const char *field, int64_t when)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)when;
	struct tm tm;

	if (gmtime_r(&t, &tm))
		buf_printf(out, "%s: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", field, days[tm.tm_wday], tm.tm_mday,
			   months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* A value of ours that may hold bytes of theirs never ends the line. */
static void put_field(struct buf *out, const char *name, const char *value)
{
	if (value && !span_has_control(span_str(value)))
		buf_printf(out, "%s: %s\r\n", name, value);
}

#define POLICY "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

static void put_header(struct http_session *s, const struct http_response *r, uint64_t length)
{
	struct buf *out = s->out;

	buf_printf(out, "HTTP/1.1 %d %s\r\n", r->status, http_reason(r->status));
	put_date(out, "Date", s->call->now(s->ctx));
	if (r->status != 304) {
		put_field(out, "Content-Type", r->type ? r->type : "text/html; charset=utf-8");
		buf_printf(out, "Content-Length: %llu\r\n", (unsigned long long)length);
	}
	put_field(out, "Location", r->location);
	put_field(out, "ETag", r->etag);
	if (r->modified)
		put_date(out, "Last-Modified", r->modified);
	put_field(out, "Allow", r->status == 405 ? "GET, HEAD, POST" : NULL);
	put_field(out, "Cache-Control", r->etag ? "max-age=60" : "no-store");
	put_field(out, "Content-Security-Policy",
		  r->is_foreign ? "default-src 'none'; sandbox; frame-ancestors 'none'"
				: POLICY "; form-action 'self'");
	buf_put_str(out, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
			 "Cross-Origin-Resource-Policy: same-origin\r\n");
	put_field(out, "Connection", s->is_ending ? "close" : "keep-alive");
	buf_put_str(out, "\r\n");
}

/* ---- answers ---- */

/* What is not as it should be gets a page of a line. */
static void put_error_page(struct buf *page, int status)
{
	buf_reset(page);
	buf_printf(page, "<!DOCTYPE html><html lang=\"en\"><title>%d %s</title><h1>%s</h1></html>\r\n", status,
		   http_reason(status), http_reason(status));
}

static void note(struct http_session *s, const struct http_request *q, int status, uint64_t octets)
{
	if (s->call->answered)
		s->call->answered(s->ctx, q, status, octets);
}

/* To what could not be read: it is the last answer. */
static void refuse(struct http_session *s, int status)
{
	struct http_response r = { .status = status, .fd = -1 };

	s->is_ending = true;
	put_error_page(&s->page, status);
	put_header(s, &r, s->page.n);
	buf_put_span(s->out, buf_span(&s->page));
	note(s, NULL, status, s->page.n);
	consume(s, s->n);
}

/* RFC 9110 13.1.3, which counts where there is no tag. */
static bool is_unmodified(const struct http_request *q, const struct http_response *r)
{
	struct date since;

	return q->if_modified_since.p && date_parse(q->if_modified_since, &since) == 0 && r->modified <= since.when;
}

/* RFC 9110 13.1.2: any of the tags, weak or not, or "*". */
static bool is_known(const struct http_request *q, const struct http_response *r)
{
	struct span rest = q->if_none_match;

	if (!r->etag || r->status != 200 || q->method == HTTP_POST)
		return false;
	if (!rest.p)
		return is_unmodified(q, r);
	while (rest.n > 0) {
		struct span tag = span_trim(span_cut(&rest, ','));

		if (span_starts(tag, SPAN("W/")))
			tag = span_from(tag, 2);
		if (span_is(tag, span_str(r->etag)) || span_is(tag, SPAN("*")))
			return true;
	}
	return false;
}

static void send(struct http_session *s, const struct http_request *q, struct http_response *r)
{
	uint64_t length = r->fd >= 0 ? r->size : s->page.n;

	if (s->page.overflow)
		r->status = 500;
	if (is_known(q, r)) {
		r->status = 304;
		length = 0;
	}
	if (r->status >= 400 && s->page.n == 0) {
		put_error_page(&s->page, r->status);
		length = s->page.n;
	}
	put_header(s, r, length);
	s->fd = r->fd;
	s->left = r->fd >= 0 ? length : 0;
	if (q->method == HTTP_HEAD)
		s->left = length = 0;
	else if (r->fd < 0)
		buf_put_span(s->out, span_of(s->page.p, (size_t)length));
	if (s->left == 0)
		end_file(s);
	note(s, q, r->status, length);
}

static void answer(struct http_session *s, const struct http_request *q)
{
	struct http_response r = { .status = 500, .fd = -1, .body = &s->page, .arena = &s->arena };

	s->is_ending = !q->keeps_alive || ++s->answers >= HTTP_ANSWERS_MAX;
	buf_reset(&s->page);
	s->call->respond(s->ctx, q, &r);
	send(s, q, &r);
	consume(s, q->length);
	arena_reset(&s->arena);
}

/* ---- what comes ---- */

/*
 * Is it time to read what has come: a header that ends, or a line that ends as none should? So a request is read twice
 * at most, in how many packets it may come.
 */
static bool is_ready(struct http_session *s)
{
	if (s->need)
		return s->n >= s->need;
	while (s->looked < s->n) {
		size_t at = s->looked++, length = s->looked - s->line;

		if (s->in[at] == '\0')
			return true;
		if (s->in[at] != '\n')
			continue;
		if (length == 1 || s->in[at - 1] != '\r' || (length == 2 && s->line > 0))
			return true;
		/* An empty line in front does not count as the first. */
		s->line = s->looked == 2 ? 0 : s->looked;
	}
	return s->n > HTTP_HEADER_MAX || (s->line == 0 && s->n > HTTP_LINE_MAX + 2);
}

static bool read_request(struct http_session *s)
{
	struct http_request q;
	int status, rc;

	if (s->is_ending || s->n == 0 || !is_ready(s))
		return false;
	rc = http_parse(span_of(s->in, s->n), &q, &status);
	if (rc < 0) {
		refuse(s, status);
		return true;
	}
	if (rc > 0) {
		answer(s, &q);
		return true;
	}
	s->need = q.length;
	if (!q.expects || s->has_continued || q.is_1_0)
		return false;
	s->has_continued = true;
	buf_put_str(s->out, "HTTP/1.1 100 Continue\r\n\r\n");
	return false;
}

/* A file that became shorter meanwhile cannot be sent as was said: the connection ends. */
static void send_piece(struct http_session *s)
{
	size_t most = s->left < HTTP_PIECE ? (size_t)s->left : HTTP_PIECE;
	char *p = buf_room(s->out, most);
	ssize_t n;

	do
		n = p ? read(s->fd, p, most) : 0;
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		end_file(s);
		s->is_ending = true;
		return;
	}
	buf_added(s->out, (size_t)n);
	s->left -= (uint64_t)n;
	if (s->left == 0)
		end_file(s);
}

bool http_session_produce(struct http_session *s)
{
	bool more = s->fd >= 0;

	if (more)
		send_piece(s);
	else
		more = read_request(s);
	if (s->is_ending && s->fd < 0)
		s->is_open = false;
	return more && s->is_open;
}

void http_session_stop(struct http_session *s, int status)
{
	if (s->fd < 0 && s->n > 0 && !s->is_ending)
		refuse(s, status);
	end_file(s);
	s->is_ending = true;
	s->is_open = false;
}
