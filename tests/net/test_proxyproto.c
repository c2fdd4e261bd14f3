/* SPDX-License-Identifier: ISC */
#include "net/proxyproto.h"

#include "support/check_main.h"

#define V2   "\r\n\r\n\0\r\nQUIT\n"
#define IPV4 "\xcb\0\x71\x05\xc0\0\2\1\x04\xd2\0\x19"
#define IPV6 "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\5\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x04\xd2\0\x19"

static const struct {
	struct span in;
	int rc;
	size_t used;
	const char *want; /* the client; NULL: nameless, or what the fault says */
} rows[] = {
	{ SPAN_INIT("PROXY TCP4 203.0.113.5 192.0.2.1 1234 25\r\nEHLO x\r\n"), 1, 42, "203.0.113.5" },
	{ SPAN_INIT("PROXY TCP6 2001:db8::5 2001:db8::1 1234 25\r\n"), 1, 44, "2001:db8::5" },
	{ SPAN_INIT("PROXY UNKNOWN\r\n"), 1, 15, NULL },
	{ SPAN_INIT("PROXY UNKNOWN what ever\r\n"), 1, 25, NULL },
	{ SPAN_INIT(""), 0, 0, NULL },
	{ SPAN_INIT("PRO"), 0, 0, NULL },
	{ SPAN_INIT("PROXY TCP4 203.0.113.5 192.0.2.1 1234 25"), 0, 0, NULL },
	{ SPAN_INIT("PROXY TCP4 203.0.113.5 192.0.2.1 1234 25\n"), -1, 0, "CR LF" },
	{ SPAN_INIT("PROXY TCP4 203.0.113.5 192.0.2.1 1234\r\n"), -1, 0, "port" },
	{ SPAN_INIT("PROXY TCP4 203.0.113.5 192.0.2.1 1234 65536\r\n"), -1, 0, "port" },
	{ SPAN_INIT("PROXY TCP4 203.0.113.5 192.0.2.1 0123 25\r\n"), -1, 0, "port" },
	{ SPAN_INIT("PROXY TCP4 203.0.113.5 192.0.2.1 1234 25 \r\n"), -1, 0, "port" },
	{ SPAN_INIT("PROXY TCP4  203.0.113.5 192.0.2.1 1234 25\r\n"), -1, 0, "address" },
	{ SPAN_INIT("PROXY TCP4 2001:db8::5 2001:db8::1 1234 25\r\n"), -1, 0, "address" },
	{ SPAN_INIT("PROXY TCP6 203.0.113.5 192.0.2.1 1234 25\r\n"), -1, 0, "address" },
	{ SPAN_INIT("PROXY TCP4 203.0.113.5\0x 192.0.2.1 1234 25\r\n"), -1, 0, "control" },
	{ SPAN_INIT("PROXY UDP4 203.0.113.5 192.0.2.1 1234 25\r\n"), -1, 0, "protocol" },
	{ SPAN_INIT("proxy TCP4 203.0.113.5 192.0.2.1 1234 25\r\n"), -1, 0, "there is none" },
	{ SPAN_INIT("EHLO client\r\n"), -1, 0, "there is none" },
	{ SPAN_INIT(
		  "PROXY xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxx"),
	  -1, 0, "too long" },
	{ SPAN_INIT(V2 "\x21\x11\0\x0c" IPV4 "EHLO"), 1, 28, "203.0.113.5" },
	{ SPAN_INIT(V2 "\x21\x21\0\x24" IPV6), 1, 52, "2001:db8::5" },
	/* TLVs are skipped. */
	{ SPAN_INIT(V2 "\x21\x11\0\x11" IPV4 "\4\0\2ab"), 1, 33, "203.0.113.5" },
	{ SPAN_INIT(V2 "\x20\0\0\0"), 1, 16, NULL },
	{ SPAN_INIT(V2 "\x20\x11\0\x0c" IPV4), 1, 28, NULL },
	{ SPAN_INIT(V2 "\x21\0\0\0"), 1, 16, NULL },
	{ SPAN_INIT(V2), 0, 0, NULL },
	{ SPAN_INIT(V2 "\x21\x11\0\x0c"
		       "\xcb\0\x71\x05"),
	  0, 0, NULL },
	{ SPAN_INIT(V2 "\x21\x11\0\x0b" IPV4), -1, 0, "too short" },
	{ SPAN_INIT(V2 "\x21\x31\0\x0c" IPV4), -1, 0, "too short" },
	{ SPAN_INIT(V2 "\x21\x41\0\x0c" IPV4), -1, 0, "family" },
	{ SPAN_INIT(V2 "\x21\x13\0\x0c" IPV4), -1, 0, "family" },
	{ SPAN_INIT(V2 "\x22\x11\0\x0c" IPV4), -1, 0, "command" },
	{ SPAN_INIT(V2 "\x11\x11\0\x0c" IPV4), -1, 0, "command" },
	{ SPAN_INIT(V2 "\x21\x11\x10\0" IPV4), -1, 0, "too long" },
};

START_TEST(test_parse)
{
	struct proxyproto got;
	char text[ADDR_TEXT_MAX];
	struct fault f;
	size_t used = 0;
	int rc = proxyproto_parse(rows[_i].in, &used, &got, &f);

	ck_assert_int_eq(rc, rows[_i].rc);
	if (rc == 1)
		ck_assert_uint_eq(used, rows[_i].used);
	if (rc < 0)
		ck_assert_msg(strstr(f.text, rows[_i].want) != NULL, "%s", f.text);
	if (rc <= 0)
		return;
	ck_assert_int_eq(got.is_nameless, rows[_i].want == NULL);
	addr_text(&got.client, text);
	ck_assert_str_eq(text, rows[_i].want ? rows[_i].want : "::");
}
END_TEST

/* Of a good header each beginning asks for more, and nothing behind it is taken. */
START_TEST(test_cut)
{
	struct proxyproto got;
	size_t used;

	for (size_t n = 0; rows[_i].rc == 1 && n < rows[_i].used; n++)
		ck_assert_int_eq(proxyproto_parse(span_of(rows[_i].in.p, n), &used, &got, NULL), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_cut, 0, COUNT(rows));
}

CHECK_MAIN(proxyproto, add_tests)
