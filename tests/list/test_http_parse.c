/* SPDX-License-Identifier: ISC */
#include "list/http_parse.h"

#include <stdio.h>

#include "base/buf.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

#define H    "Host: x\r\n"
#define G    "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\n" H

/* want: 1 whole, 0 not yet, else the status. */
static const struct {
	struct span in;
	int want;
} rows[] = {
	{ SPAN_INIT(""), 0 },
	{ SPAN_INIT("GET"), 0 },
	{ SPAN_INIT(G H "\r\n"), 1 },
	{ SPAN_INIT("\r\n" G H "\r\n"), 1 },
	{ SPAN_INIT(G H "\r"), 0 },
	{ SPAN_INIT("GET / HTTP/1.0\r\n\r\n"), 1 },
	{ SPAN_INIT("HEAD http://x.example:80/a?b HTTP/1.1\r\n" H "\r\n"), 1 },
	{ SPAN_INIT(POST "Content-Length: 3\r\n\r\nabc"), 1 },
	{ SPAN_INIT(POST "Content-Length: 3\r\n\r\nab"), 0 },
	/* line ends */
	{ SPAN_INIT("GET / HTTP/1.1\nHost: x\n\n"), 400 },
	{ SPAN_INIT(G "Host: x\n\r\n"), 400 },
	{ SPAN_INIT(G H "A: b\rc\r\n\r\n"), 400 },
	{ SPAN_INIT(G H "A: b\r\r\n\r\n"), 400 },
	{ SPAN_INIT("\r\n\r\n" G H "\r\n"), 400 },
	{ SPAN_INIT(G H "A: \0\r\n\r\n"), 400 },
	{ SPAN_INIT("GET /\0 HTTP/1.1\r\n"), 400 },
	/* the request line */
	{ SPAN_INIT("GET  / HTTP/1.1\r\n" H "\r\n"), 400 },
	{ SPAN_INIT("GET / HTTP/1.1 \r\n" H "\r\n"), 400 },
	{ SPAN_INIT("GET /\r\n\r\n"), 400 },
	{ SPAN_INIT("GET /\tHTTP/1.1\r\n\r\n"), 400 },
	{ SPAN_INIT("GET a HTTP/1.1\r\n" H "\r\n"), 400 },
	{ SPAN_INIT("GET * HTTP/1.1\r\n" H "\r\n"), 400 },
	{ SPAN_INIT("GET /#a HTTP/1.1\r\n" H "\r\n"), 400 },
	{ SPAN_INIT("GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n"), 400 },
	{ SPAN_INIT("GET http://x HTTP/1.1\r\n" H "\r\n"), 400 },
	{ SPAN_INIT("GET / HTTP/2.0\r\n" H "\r\n"), 505 },
	{ SPAN_INIT("GET / http/1.1\r\n" H "\r\n"), 400 },
	{ SPAN_INIT("GET / HTTP/1.10\r\n" H "\r\n"), 400 },
	{ SPAN_INIT("PUT / HTTP/1.1\r\n" H "\r\n"), 405 },
	{ SPAN_INIT("get / HTTP/1.1\r\n" H "\r\n"), 501 },
	{ SPAN_INIT("G(T / HTTP/1.1\r\n" H "\r\n"), 400 },
	{ SPAN_INIT("\x16\x03\x01\x02\r\n"), 400 },
	/* fields */
	{ SPAN_INIT(G "\r\n"), 400 },
	{ SPAN_INIT(G H H "\r\n"), 400 },
	{ SPAN_INIT(G H "A : b\r\n\r\n"), 400 },
	{ SPAN_INIT(G H "A\r\n\r\n"), 400 },
	{ SPAN_INIT(G H ": b\r\n\r\n"), 400 },
	{ SPAN_INIT(G " A: b\r\n" H "\r\n"), 400 },
	{ SPAN_INIT(G H "A: b\r\n c\r\n\r\n"), 400 },
	{ SPAN_INIT(G H "A: \x01\r\n\r\n"), 400 },
	{ SPAN_INIT(G H "A: \xe9\r\n\r\n"), 1 },
	{ SPAN_INIT(G H "Expect: 200\r\n\r\n"), 417 },
	/* where a body ends: two readings are two requests */
	{ SPAN_INIT(POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ SPAN_INIT(POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 411 },
	{ SPAN_INIT(POST "Transfer-Encoding: xchunked\r\n\r\n"), 501 },
	{ SPAN_INIT("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ SPAN_INIT(POST "Transfer-Encoding : chunked\r\n\r\n"), 400 },
	{ SPAN_INIT(POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400 },
	{ SPAN_INIT(POST "Content-Length: 3, 3\r\n\r\nabc"), 400 },
	{ SPAN_INIT(POST "Content-Length: +3\r\n\r\nabc"), 400 },
	{ SPAN_INIT(POST "Content-Length: 0x3\r\n\r\nabc"), 400 },
	{ SPAN_INIT(POST "Content-Length: -1\r\n\r\n"), 400 },
	{ SPAN_INIT(POST "Content-Length:\r\n\r\n"), 400 },
	{ SPAN_INIT(POST "Content-Length: 99999999999999999999999\r\n\r\n"), 413 },
	{ SPAN_INIT(POST "Content-Length: 4097\r\n\r\n"), 413 },
	{ SPAN_INIT(POST "\r\n"), 411 },
};

START_TEST(test_parse)
{
	struct http_request q;
	int status = 0, rc = http_parse(rows[_i].in, &q, &status);

	ck_assert_int_eq(rc < 0 ? status : rc, rows[_i].want);
	if (rc > 0)
		ck_assert_uint_eq(q.length, rows[_i].in.n);
}
END_TEST

START_TEST(test_request)
{
	const char *in =
		"POST /a/b?c HTTP/1.1\r\nhost:x\r\nContent-Type:\t a/b \r\nContent-Length: 2\r\nConnection: x, "
		"Close\r\nIf-None-Match: \"e\"\r\nContent-Type: c/d\r\n\r\nhiGET";
	struct http_request q;
	int status;

	ck_assert_int_eq(http_parse(span_str(in), &q, &status), 1);
	ck_assert_int_eq(q.method, HTTP_POST);
	ck_assert(span_is(q.path, SPAN("/a/b")) && span_is(q.target, SPAN("/a/b?c")));
	ck_assert(span_is(q.content_type, SPAN("a/b")) && span_is(q.if_none_match, SPAN("\"e\"")));
	ck_assert(span_is(q.body, SPAN("hi")));
	ck_assert_uint_eq(q.length, strlen(in) - 3);
	ck_assert(!q.keeps_alive && !q.is_1_0 && !q.expects);
}
END_TEST

static const struct {
	const char *version, *connection;
	bool want;
} alive[] = {
	{ "1.1", "", true },
	{ "1.1", "Connection: close\r\n", false },
	{ "1.0", "", false },
	{ "1.0", "Connection: keep-alive\r\n", true },
	{ "1.0", "Connection: keep-alive, close\r\n", false },
};

START_TEST(test_alive)
{
	struct http_request q;
	char in[200];
	int status;

	snprintf(in, sizeof(in), "GET / HTTP/%s\r\nHost: x\r\n%s\r\n", alive[_i].version, alive[_i].connection);
	ck_assert_int_eq(http_parse(span_str(in), &q, &status), 1);
	ck_assert_int_eq(q.keeps_alive, alive[_i].want);
}
END_TEST

/* A little less is well, a little more is refused. */
START_TEST(test_limits)
{
	struct http_request q;
	struct buf in;
	int status = 0;

	buf_init(&in, ROOM);
	buf_put_str(&in, "GET /");
	while (in.n < HTTP_LINE_MAX - 9)
		buf_put_char(&in, 'a');
	buf_put_str(&in, " HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_eq(http_parse(buf_span(&in), &q, &status), 1);
	buf_reset(&in);
	while (in.n <= HTTP_LINE_MAX)
		buf_put_char(&in, 'a');
	ck_assert_int_eq(http_parse(buf_span(&in), &q, &status), -1);
	ck_assert_int_eq(status, 414);
	buf_reset(&in);
	buf_put_str(&in, G H);
	for (int i = 0; i < HTTP_FIELDS_MAX; i++)
		buf_put_str(&in, "A: b\r\n");
	ck_assert_int_eq(http_parse(buf_span(&in), &q, &status), -1);
	ck_assert_int_eq(status, 431);
	buf_reset(&in);
	buf_put_str(&in, G H "A: ");
	while (in.n <= HTTP_HEADER_MAX)
		buf_put_char(&in, 'a');
	ck_assert_int_eq(http_parse(buf_span(&in), &q, &status), -1);
	ck_assert_int_eq(status, 431);
	buf_clear(&in);
}
END_TEST

/* Segments separated by blanks; "!" is where it is refused. */
static const struct {
	const char *path, *want;
} paths[] = {
	{ "/", "[]" },
	{ "/a", "[a]" },
	{ "/a/", "[a][]" },
	{ "/a//b", "[a][][b]" },
	{ "/a%40b.example/%7e", "[a@b.example][~]" },
	{ "/..", "!" },
	{ "/a/../b", "[a]!" },
	{ "/%2e%2E/", "!" },
	{ "/.", "!" },
	{ "/a%2fb", "!" },
	{ "/a%00", "!" },
	{ "/a%0", "!" },
	{ "/a%", "!" },
	{ "/a%zz", "!" },
	{ "/...", "[...]" },
	{ "/%252e%252e", "[%2e%2e]" },
};

START_TEST(test_segments)
{
	struct span rest = span_str(paths[_i].path), segment;
	struct arena a = { 0 };
	struct buf out;
	int rc;

	buf_init(&out, 1000);
	while ((rc = http_segment_next(&rest, &a, &segment)) > 0)
		buf_printf(&out, "[%.*s]", SPAN_ARG(segment));
	if (rc < 0)
		buf_put_char(&out, '!');
	ck_assert_str_eq(buf_str(&out), paths[_i].want);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_request);
	tcase_add_loop_test(tc, test_alive, 0, COUNT(alive));
	tcase_add_test(tc, test_limits);
	tcase_add_loop_test(tc, test_segments, 0, COUNT(paths));
}

CHECK_MAIN(http_parse, add_tests)
