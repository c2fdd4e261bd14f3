/* SPDX-License-Identifier: ISC */
#include "net/addr.h"

#include <netinet/in.h>

#include "support/check_main.h"

static const struct {
	const char *in, *text, *literal, *client;
} addresses[] = {
	{ "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1" },
	{ "0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0" },
	{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "IPv6:2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
	{ "::1", "::1", "IPv6:::1", "::" },
	{ "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1" },
	{ "FE80::A", "fe80::a", "IPv6:fe80::a", "fe80::" },
};

START_TEST(test_address)
{
	struct addr a, client;
	char text[ADDR_TEXT_MAX];

	ck_assert_int_eq(addr_parse(addresses[_i].in, &a), 0);
	addr_text(&a, text);
	ck_assert_str_eq(text, addresses[_i].text);
	addr_literal(&a, text);
	ck_assert_str_eq(text, addresses[_i].literal);
	client = addr_client(&a);
	addr_text(&client, text);
	ck_assert_str_eq(text, addresses[_i].client);
}
END_TEST

static const char *const bad[] = { "",	       "1.2.3", "1.2.3.4.5", "256.0.0.1", "::1%lo",
				   "1.2.3.4 ", ":::",	"host",	     "[::1]",	  "01.2.3.x" };

START_TEST(test_bad_address)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(bad[_i], &a), -1);
}
END_TEST

START_TEST(test_from)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr local = { .sa_family = AF_UNIX };
	struct addr a;
	char text[ADDR_TEXT_MAX];

	ck_assert(addr_from((const struct sockaddr *)&four, &a) && addr_is_v4(&a));
	addr_text(&a, text);
	ck_assert_str_eq(text, "192.0.2.1");
	ck_assert(addr_from((const struct sockaddr *)&six, &a) && !addr_is_v4(&a));
	addr_text(&a, text);
	ck_assert_str_eq(text, "::1");
	ck_assert(!addr_from(&local, &a));
}
END_TEST

static const struct {
	const char *list, *address;
	bool want;
} matches[] = {
	{ "127.0.0.0/8 [::1]/128", "127.1.2.3", true },
	{ "127.0.0.0/8 [::1]/128", "::1", true },
	{ "127.0.0.0/8 [::1]/128", "128.0.0.1", false },
	{ "127.0.0.0/8 [::1]/128", "::2", false },
	{ "127.0.0.0/8", "::ffff:127.0.0.1", true },
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "[2001:db8::1]", "2001:db8::1", true },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.128/25", "192.0.2.128", true },
	{ "!192.0.2.1, 192.0.2.0/24", "192.0.2.1", false },
	{ "!192.0.2.1, 192.0.2.0/24", "192.0.2.2", true },
	{ "192.0.2.0/24 !192.0.2.1", "192.0.2.1", true },
	{ "0.0.0.0/0", "203.0.113.5", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "2001:db8::1", true },
	{ "", "127.0.0.1", false },
	{ " ,, \t\n192.0.2.1 ,", "192.0.2.1", true },
};

START_TEST(test_networks)
{
	struct arena arena = { 0 };
	struct addr_networks list;
	struct addr a;
	struct fault f;

	ck_assert_int_eq(addr_networks_parse(&arena, matches[_i].list, &list, &f), 0);
	ck_assert_int_eq(addr_parse(matches[_i].address, &a), 0);
	ck_assert_int_eq(addr_networks_match(&list, &a), matches[_i].want);
	arena_clear(&arena);
}
END_TEST

static const struct {
	const char *list, *text;
} bad_lists[] = {
	{ "192.0.2.1/24", "\"192.0.2.1/24\" has bits set behind its prefix; did you mean 192.0.2.0/24?" },
	{ "127.0.0.0/8 [2001:db8::1]/64",
	  "\"[2001:db8::1]/64\" has bits set behind its prefix; did you mean 2001:db8::/64?" },
	{ "192.0.2.0/33", "\"192.0.2.0/33\": the prefix length is not 0 to 32" },
	{ "192.0.2.0/", "\"192.0.2.0/\": the prefix length is not 0 to 32" },
	{ "[::1]/129", "\"[::1]/129\": the prefix length is not 0 to 128" },
	{ "[::1]/-1", "\"[::1]/-1\": the prefix length is not 0 to 128" },
	{ "/etc/networks", "\"/etc/networks\" is no address or network" },
	{ "hash:/etc/networks", "\"hash:/etc/networks\" is no address or network" },
	{ "localhost", "\"localhost\" is no address or network" },
	{ "!", "\"!\" is no address or network" },
	{ "[]", "\"[]\" is no address or network" },
};

START_TEST(test_bad_networks)
{
	struct arena arena = { 0 };
	struct addr_networks list;
	struct fault f;

	ck_assert_int_eq(addr_networks_parse(&arena, bad_lists[_i].list, &list, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_USAGE);
	ck_assert_str_eq(f.text, bad_lists[_i].text);
	arena_clear(&arena);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_address, 0, COUNT(addresses));
	tcase_add_loop_test(tc, test_bad_address, 0, COUNT(bad));
	tcase_add_test(tc, test_from);
	tcase_add_loop_test(tc, test_networks, 0, COUNT(matches));
	tcase_add_loop_test(tc, test_bad_networks, 0, COUNT(bad_lists));
}

CHECK_MAIN(addr, add_tests)
