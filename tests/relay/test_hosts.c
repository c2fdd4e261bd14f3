/* SPDX-License-Identifier: ISC */
#include "relay/hosts.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/check_main.h"
#include "support/nameserver.h"

static struct nameserver server;
static struct hosts hosts;
static struct hosts_rules rules;
static struct arena arena;
static struct fault fault;

static const char script[] = "belgiannews.com MX 10 relay.eunet.be\n"
			     "belgiannews.com MX 5 mail.belgiannews.com\n"
			     "mail.belgiannews.com A 192.0.2.5\n"
			     "mail.belgiannews.com AAAA 2001:db8::5\n"
			     "relay.eunet.be A 192.0.2.10\n"
			     "equal.example MX 5 mail.belgiannews.com\n"
			     "equal.example MX 5 relay.eunet.be\n"
			     "implicit.example A 192.0.2.1\n"
			     "null.example MX 0 .\n"
			     "nullish.example MX 0 .\n"
			     "nullish.example MX 5 relay.eunet.be\n"
			     "text.example TXT nothing else\n"
			     "gone.example MX 5 none.example\n"
			     "gone.example MX 6 text.example\n"
			     "half.example MX 5 none.example\n"
			     "half.example MX 6 relay.eunet.be\n"
			     "unsure.example MX 5 none.example\n"
			     "unsure.example MX 6 fails.example\n"
			     "fails.example RCODE 2\n"
			     "alias.example MX 5 mx.alias.example\n"
			     "mx.alias.example CNAME relay.eunet.be\n"
			     "renamed.example CNAME belgiannews.com\n"
			     "xn--mller-kva.example MX 5 relay.eunet.be\n"
			     /* this machine is m.example */
			     "m.example A 192.0.2.200\n"
			     "first.example MX 5 m.example\n"
			     "first.example MX 10 relay.eunet.be\n"
			     "second.example MX 5 relay.eunet.be\n"
			     "second.example MX 10 M.EXAMPLE\n"
			     "second.example MX 20 mail.belgiannews.com\n"
			     "same.example MX 5 relay.eunet.be\n"
			     "same.example MX 5 m.example\n"
			     "only.example MX 5 none.example\n"
			     "only.example MX 10 m.example\n"
			     "loopback.example MX 5 lo.example\n"
			     "lo.example A 127.0.0.9\n"
			     "zero.example A 0.0.0.0\n"
			     "six.example MX 5 lo6.example\n"
			     "lo6.example AAAA ::1\n"
			     "nat.example MX 5 outside.example\n"
			     "outside.example A 198.51.100.7\n"
			     "many.example MX 5 crowd.example\n"
			     "many.example MX 6 relay.eunet.be\n"
			     "crowd.example A 192.0.2.77 * 50\n"
			     "flood.example MX 5 relay.eunet.be * 400\n"
			     "signed.example AD\n"
			     "signed.example MX 5 dane.signed.example\n"
			     "signed.example MX 6 broken.signed.example\n"
			     "signed.example MX 7 relay.eunet.be\n"
			     "dane.signed.example AD\n"
			     "dane.signed.example A 192.0.2.50\n"
			     "_25._tcp.dane.signed.example AD\n"
			     "_25._tcp.dane.signed.example TLSA 3 1 1 aabb\n"
			     "broken.signed.example AD\n"
			     "broken.signed.example A 192.0.2.51\n"
			     "_25._tcp.broken.signed.example RCODE 2\n"
			     "unsigned.example MX 5 dane.signed.example\n";

static void open_hosts(void)
{
	hosts_clear(&hosts);
	ck_assert_msg(hosts_init(&hosts, &rules, &fault) == 0, "%s", fault.text);
}

static void setup(void)
{
	setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
	nameserver_start(&server, script);
	rules = (struct hosts_rules){ .dns_servers = server.address,
				      .myhostname = "m.example",
				      .proxy_interfaces = "198.51.100.7" };
	open_hosts();
}

static void teardown(void)
{
	hosts_clear(&hosts);
	nameserver_end(&server);
	arena_clear(&arena);
}

/* "5 name[addresses]", "name[native]", " !" if it cannot be tried; the fault at the end. */
static const char *find(const char *nexthop, unsigned how)
{
	struct hosts_list list;
	int rc = hosts_find(&hosts, &arena, nexthop, how, &list, &fault);
	const char *text = "";

	for (size_t i = 0; i < list.n; i++) {
		const struct host_candidate *c = &list.v[i];
		const char *addresses = "";

		for (size_t j = 0; j < c->addresses.n; j++) {
			char one[ADDR_TEXT_MAX];

			addr_text(&c->addresses.v[j], one);
			addresses = arena_printf(&arena, "%s%s%s", addresses, j ? " " : "", one);
		}
		text = arena_printf(&arena, "%s%s%s%s[%s]%s%s%s; ", text,
				    c->is_mx ? arena_printf(&arena, "%d ", c->preference) : "", c->name,
				    list.port == 25 ? "" : arena_printf(&arena, ":%u", list.port),
				    c->is_native ? "native" : addresses, c->is_secure ? " secure" : "",
				    c->n_tlsa ? arena_printf(&arena, " tlsa %zu for %s", c->n_tlsa, c->tlsa_base) : "",
				    c->problem.kind ? " !" : "");
	}
	if (rc == 0)
		return text;
	return arena_printf(&arena, "%s%s %d %s %s", text, fault.kind == FAULT_PERM ? "perm" : "temp", fault.reply,
			    fault.status, fault.text);
}

#define MAIL  "mail.belgiannews.com[2001:db8::5 192.0.2.5]; "
#define RELAY "relay.eunet.be[192.0.2.10]; "

static const struct {
	const char *nexthop;
	unsigned how;
	const char *want;
} rows[] = {
	{ "belgiannews.com", 0, "5 " MAIL "10 " RELAY },
	{ "belgiannews.com:2525", 0,
	  "5 mail.belgiannews.com:2525[2001:db8::5 192.0.2.5]; 10 relay.eunet.be:2525[192.0.2.10]; " },
	{ "BELGIANNEWS.COM", 0, "5 " MAIL "10 " RELAY },
	{ "renamed.example", 0, "5 " MAIL "10 " RELAY },
	{ "implicit.example", 0, "implicit.example[192.0.2.1]; " },
	{ "m\xc3\xbcller.example", 0, "5 " RELAY },
	{ "m\xfcller.example", 0, "perm 550 5.1.2 \"m\xfcller.example\" is no domain name" },
	{ "[m\xc3\xbcller.example]:26", 0, "xn--mller-kva.example:26[native]; " },
	{ "null.example", 0, "perm 556 5.1.10 domain null.example accepts no mail (null MX)" },
	{ "nullish.example", 0, "5 " RELAY },
	{ "none.example", 0, "perm 550 5.1.2 domain none.example does not exist" },
	{ "text.example", 0,
	  "text.example[] !; perm 550 5.1.2 domain text.example has neither MX nor address records" },
	{ "gone.example", 0,
	  "5 none.example[] !; 6 text.example[] !; perm 550 5.4.4 host text.example has no address" },
	{ "half.example", 0, "5 none.example[] !; 6 " RELAY },
	{ "unsure.example", 0,
	  "5 none.example[] !; 6 fails.example[] !; temp 451 4.4.3 looking up A for fails.example: the name servers "
	  "fail "
	  "(SERVFAIL, REFUSED, no recursion)" },
	{ "fails.example", 0,
	  "temp 451 4.4.3 looking up MX for fails.example: the name servers fail (SERVFAIL, REFUSED, no recursion)" },
	{ "alias.example", 0, "5 mx.alias.example[192.0.2.10]; " },

	{ "first.example", 0,
	  "temp 451 4.4.6 mail for first.example loops back to myself: mydestination does not have it" },
	{ "second.example", 0, "5 " RELAY },
	{ "same.example", 0,
	  "temp 451 4.4.6 mail for same.example loops back to myself: mydestination does not have it" },
	{ "only.example", 0,
	  "5 none.example[] !; temp 451 4.4.4 no better MX host of only.example than this one has an address" },
	{ "m.example", 0,
	  "m.example[192.0.2.200] !; temp 451 4.4.6 mail for m.example loops back to myself: mydestination does not "
	  "have it" },
	{ "loopback.example", 0, "perm 554 5.4.6 mail for loopback.example loops back to myself" },
	{ "zero.example", 0, "zero.example[0.0.0.0] !; perm 554 5.4.6 mail for zero.example loops back to myself" },
	{ "six.example", 0, "perm 554 5.4.6 mail for six.example loops back to myself" },
	{ "nat.example", 0,
	  "temp 451 4.4.6 mail for nat.example loops back to myself: mydestination does not have it" },
	/* Another port, another service. */
	{ "loopback.example:2525", 0, "5 lo.example:2525[127.0.0.9]; " },

	{ "[relay.eunet.be]", 0, "relay.eunet.be[native]; " },
	{ "[192.0.2.1]:587", 0, "192.0.2.1:587[native]; " },
	{ "192.0.2.1", 0, "192.0.2.1[native]; " },
	{ "[IPv6:2001:db8::1]", 0, "2001:db8::1[native]; " },
	{ "localhost", 0, "localhost[native]; " },
	{ "www.localhost:26", 0, "www.localhost:26[native]; " },
	{ "smarthost:587", 0, "smarthost:587[native]; " },
	{ "belgiannews.com:smtp", 0, "5 " MAIL "10 " RELAY },
	{ "unix:/run/lmtp.sock", HOSTS_LMTP, "/run/lmtp.sock:0[native]; " },
	{ "belgiannews.com", HOSTS_LMTP, "belgiannews.com:24[native]; " },

	{ "signed.example", HOSTS_DANE,
	  "5 dane.signed.example[192.0.2.50] secure tlsa 1 for dane.signed.example; "
	  "6 broken.signed.example[192.0.2.51] secure !; 7 " RELAY },
	{ "signed.example", 0,
	  "5 dane.signed.example[192.0.2.50] secure; 6 broken.signed.example[192.0.2.51] secure; 7 " RELAY },
	{ "unsigned.example", HOSTS_DANE, "5 dane.signed.example[192.0.2.50]; " },
	{ "dane.signed.example", HOSTS_DANE,
	  "dane.signed.example[192.0.2.50] secure tlsa 1 for dane.signed.example; " },
	{ "[dane.signed.example]", HOSTS_DANE,
	  "dane.signed.example[192.0.2.50] secure tlsa 1 for dane.signed.example; " },
	{ "[only-in-etc-hosts.example]", HOSTS_DANE, "only-in-etc-hosts.example[native]; " },
	{ "[fails.example]", HOSTS_DANE,
	  "fails.example[] !; temp 451 4.4.3 looking up A for fails.example: the name servers fail (SERVFAIL, REFUSED, "
	  "no "
	  "recursion)" },
};

START_TEST(test_find)
{
	ck_assert_str_eq(find(rows[_i].nexthop, rows[_i].how), rows[_i].want);
}
END_TEST

START_TEST(test_limits)
{
	struct hosts_list list;

	ck_assert_int_eq(hosts_find(&hosts, &arena, "many.example", 0, &list, &fault), 0);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_uint_eq(list.v[0].addresses.n, DNS_ADDRESSES_MAX);
	ck_assert_int_eq(hosts_find(&hosts, &arena, "flood.example", 0, &list, &fault), 0);
	ck_assert_uint_eq(list.n, HOSTS_MX_MAX);
	rules.address_limit = 5;
	ck_assert_int_eq(hosts_find(&hosts, &arena, "many.example", 0, &list, &fault), 0);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_uint_eq(list.v[0].addresses.n, 5);
	rules.address_limit = 2;
	ck_assert_str_eq(find("belgiannews.com", 0), "5 " MAIL);
	rules.address_limit = 1;
	ck_assert_str_eq(find("belgiannews.com", 0), "5 mail.belgiannews.com[2001:db8::5]; ");
	ck_assert_int_eq(hosts_find(&hosts, &arena, "flood.example", 0, &list, &fault), 0);
	ck_assert_uint_eq(list.n, 1);
}
END_TEST

/* Each of the two comes first at times: 2^-99 against it. */
START_TEST(test_equal_preference)
{
	int first = 0;

	for (int i = 0; i < 100; i++) {
		const char *got = find("equal.example", 0);

		ck_assert(strcmp(got, "5 " MAIL "5 " RELAY) == 0 || strcmp(got, "5 " RELAY "5 " MAIL) == 0);
		first += strstr(got, "mail") < strstr(got, "relay");
	}
	ck_assert_int_gt(first, 0);
	ck_assert_int_lt(first, 100);
}
END_TEST

START_TEST(test_parameters)
{
	rules.no_mx = true;
	ck_assert_str_eq(find("belgiannews.com", 0), "belgiannews.com[native]; ");
	rules.no_mx = false;
	rules.only_dns = true;
	ck_assert_str_eq(find("[relay.eunet.be]", 0), "relay.eunet.be[192.0.2.10]; ");
	ck_assert_str_eq(find("[none.example]", 0),
			 "none.example[] !; perm 550 5.4.4 host none.example does not exist");
	rules.only_dns = false;
	rules.port = 2525;
	ck_assert_str_eq(find("implicit.example", 0), "implicit.example:2525[192.0.2.1]; ");
	ck_assert_str_eq(find("first.example:2525", 0),
			 "5 m.example:2525[192.0.2.200]; 10 relay.eunet.be:2525[192.0.2.10]; ");
	rules.proxy_interfaces = "nonsense";
	hosts_clear(&hosts);
	ck_assert_int_eq(hosts_init(&hosts, &rules, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_USAGE);
	ck_assert_ptr_nonnull(strstr(fault.text, "proxy_interfaces: "));
	ck_assert_ptr_nonnull(strstr(fault.text, "nonsense"));
}
END_TEST

START_TEST(test_note)
{
	struct fault all = { 0 }, one;

	fault_perm(&one, 550, "5.4.4", "first");
	hosts_note(&all, &one);
	ck_assert_str_eq(all.text, "first");
	fault_perm(&one, 550, "5.4.4", "second");
	hosts_note(&all, &one);
	ck_assert_str_eq(all.text, "second");
	fault_temp(&one, 450, "4.4.1", "third");
	hosts_note(&all, &one);
	ck_assert_str_eq(all.text, "third");
	fault_perm(&one, 550, "5.4.4", "fourth");
	hosts_note(&all, &one);
	ck_assert_str_eq(all.text, "third");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_find, 0, COUNT(rows));
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_equal_preference);
	tcase_add_test(tc, test_parameters);
	tcase_add_test(tc, test_note);
}

CHECK_MAIN(hosts, add_tests)
