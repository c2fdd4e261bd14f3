/* SPDX-License-Identifier: ISC */
#include "route/mydestination.h"

#include "support/check_main.h"

START_TEST(test_list)
{
	static const char *const good[] = { "", "a.example", "a.example, b_c.example\n [127.0.0.1] [IPv6:::1]", ",," };
	static const char *const bad[] = { "hash:/etc/domains", "/etc/domains", "a.example !b", "[x",
					   ".example",		"a.example.",	"a..example",	"a;b" };
	static const char list[] = "m.example, LOCALHOST\t[192.0.2.7]";
	struct fault f;

	for (int i = 0; i < COUNT(good); i++)
		ck_assert_msg(mydestination_check(good[i], &f) == 0, "%s: %s", good[i], f.text);
	for (int i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(mydestination_check(bad[i], &f) == -1, "%s", bad[i]);
		ck_assert_int_eq(f.kind, FAULT_USAGE);
	}
	ck_assert_str_eq(f.text, "mydestination: \"a;b\" is not a domain");
	ck_assert(mydestination_has(list, SPAN("M.Example")));
	ck_assert(mydestination_has(list, SPAN("localhost")));
	ck_assert(mydestination_has(list, SPAN("[192.0.2.7]")));
	ck_assert(!mydestination_has(list, SPAN("example")));
	ck_assert(!mydestination_has(list, SPAN("x.m.example")));
	ck_assert(!mydestination_has(list, SPAN("m.example, localhost")));
	ck_assert(!mydestination_has("", SPAN("m.example")));
	ck_assert(mydestination_has("a.example m\xc3\xbcller.example", SPAN("XN--mller-kva.example")));
	ck_assert(mydestination_has("a.example xn--mller-kva.example", SPAN("m\xc3\xbcller.example")));
	ck_assert(!mydestination_has("a.example xn--mller-kva.example", SPAN("mueller.example")));
}
END_TEST

START_TEST(test_own_address)
{
	static const char *const own[] = { "[127.0.0.1]", "[127.1.2.3]", "[IPv6:::1]", "[ipv6:0:0:0:0:0:0:0:1]",
					   "[::1]" };
	static const char *const other[] = { "[192.0.2.1]", "[IPv6:2001:db8::1]", "[]", "[x]",
					     "127.0.0.1",   "[127.0.0.1].x",	  "" };

	for (int i = 0; i < COUNT(own); i++)
		ck_assert_msg(mydestination_is_own_address(span_str(own[i])), "%s", own[i]);
	for (int i = 0; i < COUNT(other); i++)
		ck_assert_msg(!mydestination_is_own_address(span_str(other[i])), "%s", other[i]);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_list);
	tcase_add_test(tc, test_own_address);
}

CHECK_MAIN(mydestination, add_tests)
