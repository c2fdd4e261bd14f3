/* SPDX-License-Identifier: ISC */
#include "list/http.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

enum { ROOM = 4 << 20, FILE_SIZE = 100000 };

static struct buf said, notes;

/* "/page", "/file", "/empty" and what is not there. */
static void on_respond(void *ctx, const struct http_request *q, struct http_response *out)
{
	(void)ctx;
	out->status = 200;
	if (span_is(q->path, SPAN("/page"))) {
		buf_put_str(out->body, "<p>page ");
		buf_put_span(out->body, q->body);
		out->location = "a\r\nSet-Cookie: b";
	} else if (span_is(q->path, SPAN("/file"))) {
		out->fd = open(tempdir_path("file"), O_RDONLY);
		out->size = FILE_SIZE;
		out->type = "text/plain";
		out->etag = "\"tag\"";
		out->modified = 1700000000;
		out->is_foreign = true;
	} else if (span_is(q->path, SPAN("/long"))) {
		while (!out->body->overflow)
			buf_put_str(out->body, "0123456789");
	} else {
		out->status = 404;
	}
}

static void on_answered(void *ctx, const struct http_request *q, int status, uint64_t octets)
{
	(void)ctx;
	buf_printf(&notes, "%s%d", q ? "" : "!", status);
	if (status < 400)
		buf_printf(&notes, ":%llu", (unsigned long long)octets);
	buf_put_char(&notes, ' ');
}

static int64_t on_now(void *ctx)
{
	(void)ctx;
	return 1795334400;
}

static const struct http_callbacks callbacks = { on_respond, on_answered, on_now };

/* All that is said to it, in pieces of so many octets; is it open afterwards? */
static bool speak(struct span in, size_t piece)
{
	struct http_session *s = arena_heap(sizeof(*s));
	struct buf out;
	bool open;

	buf_reset(&said);
	buf_reset(&notes);
	buf_init(&out, HTTP_OUT_MAX);
	http_session_init(s, &callbacks, NULL, &out);
	while (in.n > 0 && http_session_is_open(s)) {
		size_t n = in.n < piece ? in.n : piece;

		http_session_feed(s, in.p, n);
		in = span_from(in, n);
		while (http_session_produce(s)) {
			ck_assert(!out.overflow);
			buf_put_span(&said, buf_span(&out));
			buf_reset(&out);
		}
		buf_put_span(&said, buf_span(&out));
		buf_reset(&out);
	}
	open = http_session_is_open(s);
	http_session_clear(s);
	buf_clear(&out);
	free(s);
	return open;
}

static void set_up(void)
{
	struct buf file;

	buf_init(&said, ROOM);
	buf_init(&notes, ROOM);
	buf_init(&file, ROOM);
	while (file.n < FILE_SIZE)
		buf_put_str(&file, "0123456789");
	tempdir_write_bytes("file", file.p, file.n, 0600);
	buf_clear(&file);
}

static void tear_down(void)
{
	buf_clear(&said);
	buf_clear(&notes);
	tempdir_remove();
}

#define H " HTTP/1.1\r\nHost: x\r\n"

/* What is answered, the octets of content; and whether the connection stays. */
static const struct {
	const char *in, *notes;
	bool open;
} rows[] = {
	{ "GET /page" H "\r\n", "200:8 ", true },
	{ "GET /page" H "\r\nGET /no" H "\r\nGET /page" H "Connection: close\r\n\r\nGET /page" H "\r\n",
	  "200:8 404 200:8 ", false },
	{ "HEAD /page" H "\r\nGET /page" H "\r\n", "200:0 200:8 ", true },
	{ "POST /page" H "Content-Length: 3\r\n\r\nabcGET /page" H "\r\n", "200:11 200:8 ", true },
	{ "GET /page HTTP/1.0\r\n\r\nGET /page HTTP/1.0\r\n\r\n", "200:8 ", false },
	{ "GET /file" H "\r\n\r\nGET /page" H "\r\n", "200:100000 200:8 ", true },
	{ "HEAD /file" H "\r\n", "200:0 ", true },
	{ "GET /file" H "If-None-Match: \"x\", W/\"tag\"\r\n\r\n", "304:0 ", true },
	{ "GET /file" H "If-None-Match: \"x\"\r\nIf-Modified-Since: Sun, 22 Nov 2026 08:00:00 GMT\r\n\r\n",
	  "200:100000 ", true },
	{ "GET /file" H "If-Modified-Since: Sun, 22 Nov 2026 08:00:00 GMT\r\n\r\n", "304:0 ", true },
	{ "GET /file" H "If-Modified-Since: Sun, 22 Nov 1998 08:00:00 GMT\r\n\r\n", "200:100000 ", true },
	{ "GET /long" H "\r\n", NULL, true },
	{ "GET / HTTP/1.1\r\n\r\nGET /page" H "\r\n", "!400 ", false },
	{ "GET / HTTP/1.1\nHost: x\n\nGET /page" H "\r\n", "!400 ", false },
	{ "DELETE /page" H "\r\n", "!405 ", false },
	{ "POST /page" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /page" H "\r\n", "!400 ",
	  false },
	{ "POST /page" H "Content-Length: 5000\r\n\r\n", "!413 ", false },
	{ "\r\nGET /page" H "\r\n", "200:8 ", true },
	{ "GET /pa", "", true },
};

START_TEST(test_session)
{
	struct buf first;
	struct span in = span_str(rows[_i].in);

	ck_assert_int_eq(speak(in, HTTP_FEED), rows[_i].open);
	if (rows[_i].notes)
		ck_assert_str_eq(buf_str(&notes), rows[_i].notes);
	buf_init(&first, ROOM);
	buf_put_span(&first, buf_span(&said));
	for (size_t piece = 1; piece < 40; piece += 6) {
		ck_assert_int_eq(speak(in, piece), rows[_i].open);
		ck_assert_msg(span_is(buf_span(&first), buf_span(&said)), "in pieces of %zu: %.*s", piece,
			      SPAN_ARG(buf_span(&said)));
	}
	buf_clear(&first);
}
END_TEST

static bool has(const char *text)
{
	return strstr(buf_str(&said), text) != NULL;
}

START_TEST(test_fields)
{
	speak(SPAN("GET /page" H "\r\n"), HTTP_FEED);
	ck_assert(span_starts(buf_span(&said), SPAN("HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 08:00:00 GMT\r\n")));
	ck_assert(has("Content-Type: text/html; charset=utf-8\r\nContent-Length: 8\r\n") && has("no-store"));
	ck_assert(has("default-src 'none'; style-src 'self'") && has("nosniff") && has("Connection: keep-alive\r\n"));
	ck_assert_msg(!has("Set-Cookie"), "a line end in a value ends no line");
	speak(SPAN("GET /file HTTP/1.0\r\n\r\n"), HTTP_FEED);
	ck_assert(has("ETag: \"tag\"\r\nLast-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n") && has("sandbox"));
	ck_assert(has("Connection: close\r\n") && has("\r\n\r\n0123456789"));
	speak(SPAN("PATCH / HTTP/1.1\r\n"), HTTP_FEED);
	ck_assert_uint_eq(said.n, 0);
	speak(SPAN("PATCH / HTTP/1.1\r\nHost: x\r\n\r\n"), HTTP_FEED);
	ck_assert(has("Allow: GET, HEAD, POST\r\n"));
}
END_TEST

/* The client is asked for the body once, and not if it is too long. */
START_TEST(test_continue)
{
	speak(SPAN("POST /page" H "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"), 1);
	ck_assert(span_starts(buf_span(&said), SPAN("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")));
	speak(SPAN("POST /page" H "Expect: 100-continue\r\nContent-Length: 30000\r\n\r\n"), HTTP_FEED);
	ck_assert(span_starts(buf_span(&said), SPAN("HTTP/1.1 413 ")));
}
END_TEST

/* A file that is shorter than it was: the connection ends, and nothing else is taken for the rest. */
START_TEST(test_short)
{
	ck_assert_int_eq(truncate(tempdir_path("file"), 10), 0);
	ck_assert(!speak(SPAN("GET /file" H "\r\nGET /page" H "\r\n"), HTTP_FEED));
	ck_assert(!has("<p>page"));
}
END_TEST

START_TEST(test_stop)
{
	struct http_session *s = arena_heap(sizeof(*s));
	struct buf out;

	buf_init(&out, HTTP_OUT_MAX);
	http_session_init(s, &callbacks, NULL, &out);
	ck_assert(http_session_is_idle(s));
	http_session_stop(s, 503);
	ck_assert(out.n == 0 && !http_session_is_open(s));
	http_session_clear(s);
	http_session_init(s, &callbacks, NULL, &out);
	http_session_feed(s, "GET", 3);
	ck_assert(!http_session_produce(s) && !http_session_is_idle(s));
	http_session_stop(s, 408);
	ck_assert(span_starts(buf_span(&out), SPAN("HTTP/1.1 408 Request Timeout\r\n")));
	http_session_clear(s);
	buf_clear(&out);
	free(s);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, test_session, 0, COUNT(rows));
	tcase_add_test(tc, test_fields);
	tcase_add_test(tc, test_continue);
	tcase_add_test(tc, test_short);
	tcase_add_test(tc, test_stop);
}

CHECK_MAIN(http, add_tests)
