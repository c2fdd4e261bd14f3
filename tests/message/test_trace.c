/* SPDX-License-Identifier: ISC */
#include "message/trace.h"
#include "message/header.h"
#include "support/check_main.h"

#include <time.h>

#define WHEN 880127706
#define DATE "Fri, 21 Nov 1997 15:55:06 +0000\n"

static const struct {
	struct trace trace;
	const char *want;
} writes[] = {
	{ { .helo = "client.example",
	    .client = "192.0.2.1",
	    .name = "mx.client.example",
	    .protocol = "ESMTP",
	    .by = "mail.example.org",
	    .id = "ID1",
	    .forpath = "al@example.org",
	    .when = WHEN },
	  "Received: from client.example (mx.client.example [192.0.2.1])\n"
	  "\tby mail.example.org (letterbox) with ESMTP\n\tid ID1\n\tfor <al@example.org>;\n\t" DATE },
	{ { .helo = "c",
	    .client = "IPv6:2001:db8::1",
	    .protocol = "LMTP",
	    .uid = 7,
	    .by = "b",
	    .id = "I",
	    .when = WHEN },
	  "Received: from c (unknown [IPv6:2001:db8::1])\n\tby b (letterbox) with LMTP\n\tid I;\n\t" DATE },
	{ { .helo = "c",
	    .client = "192.0.2.1",
	    .protocol = "ESMTPA",
	    .user = "al@example.org",
	    .uid = -1,
	    .by = "b",
	    .id = "I",
	    .when = WHEN },
	  "Received: from c (unknown [192.0.2.1])\n\t(Authenticated sender: al@example.org)\n"
	  "\tby b (letterbox) with ESMTPA\n\tid I;\n\t" DATE },
	{ { .helo = "c", .client = "1", .user = "a)(b\n@c;", .uid = -1, .by = "b", .id = "I", .when = WHEN },
	  "Received: from c (unknown [1])\n\t(Authenticated sender: a??b?@c?)\n\tby b (letterbox)\n\tid I;\n\t" DATE },
	{ { .uid = 1000, .by = "b", .id = "I", .when = WHEN },
	  "Received: by b (letterbox, from userid 1000)\n\tid I;\n\t" DATE },
	{ { .uid = -1, .by = "b", .id = "I", .forpath = "root", .when = WHEN },
	  "Received: by b (letterbox)\n\tid I\n\tfor <root>;\n\t" DATE },
	{ { .helo = "x\r\nEvil: y",
	    .client = "1\n2",
	    .name = "a (b) <c>;",
	    .by = "b\r",
	    .id = "i\n",
	    .uid = -1,
	    .forpath = "a\nb@c",
	    .when = WHEN },
	  "Received: from x??Evil:?y (a??b???c?? [1?2])\n\tby b? (letterbox)\n\tid i?;\n\t" DATE },
	{ { .helo = "", .by = "b", .id = "I", .forpath = "a b@c", .when = WHEN },
	  "Received: from ?\n\tby b (letterbox)\n\tid I;\n\t" DATE },
	{ { .helo = "h", .by = "b", .id = "I", .forpath = "j\xc3\xb6rg@b", .when = WHEN },
	  "Received: from h\n\tby b (letterbox)\n\tid I\n\tfor <j\xc3\xb6rg@b>;\n\t" DATE },
	{ { .helo = "h", .by = "b", .id = "I", .forpath = "al@m\xc3\xbcller.example", .when = WHEN },
	  "Received: from h\n\tby b (letterbox)\n\tid I\n\tfor <al@xn--mller-kva.example>;\n\t" DATE },
};

START_TEST(test_received)
{
	struct header_field field;
	struct buf out;
	struct span rest;

	setenv("TZ", "UTC0", 1);
	tzset();
	buf_init(&out, 10000);
	trace_put_received(&out, &writes[_i].trace);
	ck_assert_str_eq(buf_str(&out), writes[_i].want);
	rest = buf_span(&out);
	ck_assert_int_eq(header_next(&rest, &field), 1);
	ck_assert_uint_eq(rest.n, 0);
	buf_clear(&out);
}
END_TEST

/* Strings of a megabyte make one field with lines within the limit, and it is seen that they were cut. */
START_TEST(test_long)
{
	const size_t n = 1 << 20;
	char *text = arena_heap(n + 1);
	struct trace t = {
		.helo = text, .client = text, .name = text, .protocol = text, .by = text, .id = text, .forpath = text
	};
	struct header_field field;
	struct span rest;
	struct buf out;

	memset(text, 'x', n);
	text[n] = '\0';
	buf_init(&out, 10000);
	trace_put_received(&out, &t);
	ck_assert(!out.overflow);
	ck_assert(strstr(buf_str(&out), "xxx...") != NULL);
	rest = buf_span(&out);
	ck_assert_int_eq(header_next(&rest, &field), 1);
	ck_assert_uint_eq(rest.n, 0);
	for (rest = buf_span(&out); rest.n;)
		ck_assert_uint_le(span_cut(&rest, '\n').n, HEADER_LINE_MAX);
	buf_clear(&out);
	free(text);
}
END_TEST

START_TEST(test_hops)
{
	ck_assert_uint_eq(trace_hops(SPAN("")), 0);
	ck_assert_uint_eq(trace_hops(SPAN("Received: a\nX-Received: b\nRECEIVED:\n c\n\nReceived: body\n")), 2);
	ck_assert_uint_eq(trace_hops(SPAN("Received: a\nSubject: x\n Received: y\nno field\nReceived: z\n")), 1);
}
END_TEST

static const struct {
	const char *mailbox;
	bool want;
} delivered[] = {
	{ "al@example.org", true },
	{ "al@EXAMPLE.org", true },
	{ "Al@example.org", false },
	{ "al@example.com", false },
	{ "bo", true },
	{ "BO", false },
	{ "cy@x", true },
	{ "", false },
	{ "body@x", false },
};

START_TEST(test_delivered_to)
{
	struct span header = SPAN("Delivered-To: al@Example.Org\ndelivered-to: bo\r\nDelivered-To:\n cy@x \n\n"
				  "Delivered-To: body@x\n");

	ck_assert_int_eq(trace_delivered_to(header, span_str(delivered[_i].mailbox)), delivered[_i].want);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_received, 0, COUNT(writes));
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_hops);
	tcase_add_loop_test(tc, test_delivered_to, 0, COUNT(delivered));
}

CHECK_MAIN(trace, add_tests)
