/* SPDX-License-Identifier: ISC */
#include "route/host.h"

#include "support/check_main.h"

START_TEST(test_name)
{
	static const char *const good[] = { "a",	 "mail.example.org", "a_b-c.example", "m\xc3\xbcller.example",
					    "192.0.2.1", "example.org." };
	static const char *const bad[] = { "",	  ".",	 "-x",	".x",	 "a b",	 "a:b", "a/b",
					   "[a]", "a\n", "a;b", "$(id)", "a..b", "a.." };
	char long_name[300];

	for (int i = 0; i < COUNT(good); i++)
		ck_assert_msg(host_is_name(span_str(good[i])), "%s", good[i]);
	for (int i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!host_is_name(span_str(bad[i])), "%s", bad[i]);
	ck_assert(host_is_domain(SPAN("example.org")));
	ck_assert(!host_is_domain(SPAN("example.org.")));
	ck_assert(!host_is_domain(SPAN("")));
	memset(long_name, 'x', sizeof(long_name));
	ck_assert(host_is_name(span_of(long_name, HOST_NAME_MAX_OCTETS)));
	ck_assert(!host_is_name(span_of(long_name, HOST_NAME_MAX_OCTETS + 1)));
}
END_TEST

struct row {
	const char *literal;
	int family; /* 0: none */
	const char *text;
};

static const struct row rows[] = {
	{ "[192.0.2.1]", AF_INET, "192.0.2.1" },
	{ "[IPv6:2001:db8::1]", AF_INET6, "2001:db8::1" },
	{ "[ipv6:::1]", AF_INET6, "::1" },
	{ "[::1]", AF_INET6, "::1" },
	{ "[]", 0, NULL },
	{ "[IPv6:]", 0, NULL },
	{ "[192.0.2.256]", 0, NULL },
	{ "[192.0.2]", 0, NULL },
	{ "[192.0.2.1", 0, NULL },
	{ "192.0.2.1]", 0, NULL },
	{ "192.0.2.1", 0, NULL },
	{ "[192.0.2.1].x", 0, NULL },
	{ "[[::1]]", 0, NULL },
	{ "[2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]", 0, NULL },
	{ "", 0, NULL },
};

START_TEST(test_literal)
{
	const struct row *row = &rows[_i];
	struct host_address address;
	bool is = host_parse_literal(span_str(row->literal), &address);

	ck_assert_msg(is == (row->family != 0), "%s", row->literal);
	if (!is)
		return;
	ck_assert_int_eq(address.family, row->family);
	ck_assert_str_eq(address.text, row->text);
	ck_assert_uint_eq(address.bytes[row->family == AF_INET ? 3 : 15], 1);
}
END_TEST

START_TEST(test_nul)
{
	struct host_address address;

	ck_assert(!host_parse_address(SPAN("192.0.2.1\0x"), &address));
}
END_TEST

START_TEST(test_brackets)
{
	struct span rest = SPAN("[a]:25"), inside;

	ck_assert(host_cut_brackets(&rest, &inside));
	ck_assert(span_is(inside, SPAN("a")));
	ck_assert(span_is(rest, SPAN(":25")));
	ck_assert(!host_cut_brackets(&rest, &inside));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_name);
	tcase_add_loop_test(tc, test_literal, 0, COUNT(rows));
	tcase_add_test(tc, test_nul);
	tcase_add_test(tc, test_brackets);
}

CHECK_MAIN(host, add_tests)
