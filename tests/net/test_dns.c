/* SPDX-License-Identifier: ISC */
#include "net/dns.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/check_main.h"
#include "support/nameserver.h"

static struct nameserver server;
static struct dns dns;
static struct arena arena;
static struct fault fault;

static const char script[] = "example.org MX 5 mail.example.org\n"
			     "example.org MX 10 relay.example.net\n"
			     "mail.example.org A 192.0.2.1\n"
			     "mail.example.org A 192.0.2.2\n"
			     "mail.example.org A 192.0.2.3\n"
			     "mail.example.org AAAA 2001:db8::1\n"
			     "mail.example.org AAAA 2001:db8::2\n"
			     "v4.example.org A 192.0.2.9\n"
			     "_mta-sts.example.org TXT v=STSv1; id=2026;\n"
			     "alias.example.org CNAME mail.example.org\n"
			     "signed.example.org AD\n"
			     "signed.example.org A 192.0.2.1\n"
			     "_25._tcp.signed.example.org AD\n"
			     "_25._tcp.signed.example.org TLSA 3 1 1 aabbcc\n"
			     "_26._tcp.signed.example.org TLSA 3 1 1 aabbcc\n"
			     "_27._tcp.signed.example.org RCODE 2\n"
			     "_25._tcp.v4.example.org AD\n"
			     "_25._tcp.v4.example.org TLSA 3 1 1 aabbcc\n"
			     "to-signed.example.org CNAME signed.example.org\n"
			     "to-signed.example.org AD\n"
			     "to-other.example.org CNAME other.example.org\n"
			     "to-other.example.org AD\n"
			     "_25._tcp.to-other.example.org AD\n"
			     "_25._tcp.to-other.example.org TLSA 2 0 1 dd\n"
			     "other.example.org AD\n"
			     "other.example.org A 192.0.2.1\n"
			     "unsigned-end.example.org CNAME v4.example.org\n"
			     "unsigned-end.example.org AD\n"
			     "_25._tcp.unsigned-end.example.org AD\n"
			     "_25._tcp.unsigned-end.example.org TLSA 3 1 1 ee\n"
			     "fails.example.org RCODE 2\n"
			     "refuses.example.org RCODE 5\n"
			     "old.example.org EDNS\n"
			     "old.example.org A 192.0.2.7\n"
			     "referral.example.org REFERRAL\n"
			     "broken.example.org GARBAGE\n"
			     "silent.example.org SILENT\n"
			     "many.example.org A 192.0.2.1 * 500\n"
			     "loop.example.org CNAME pool.example.org\n"
			     "pool.example.org CNAME loop.example.org\n";

static void open_dns(const char *servers, bool believes)
{
	ck_assert_msg(dns_init(&dns, servers, believes, &fault) == 0, "%s", fault.text);
}

static void setup(void)
{
	setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
	nameserver_start(&server, script);
	open_dns(server.address, false);
}

static void teardown(void)
{
	dns_clear(&dns);
	nameserver_end(&server);
	arena_clear(&arena);
}

static const char *show(enum dns_type type, const struct dns_answer *r)
{
	static const char *const statuses[] = { "found", "no data", "no such name" };
	char *text = arena_printf(&arena, "%s%s", statuses[r->status], r->secure ? " secure" : "");
	char address[ADDR_TEXT_MAX];

	for (size_t i = 0; i < r->n; i++) {
		const struct dns_record *v = &r->v[i];

		addr_text(&v->address, address);
		if (type == DNS_MX)
			text = arena_printf(&arena, "%s %d:%s", text, v->preference, v->name);
		else if (type == DNS_A || type == DNS_AAAA)
			text = arena_printf(&arena, "%s %s", text, address);
		else if (type == DNS_TXT)
			text = arena_printf(&arena, "%s '%.*s'", text, SPAN_ARG(v->data));
		else if (type == DNS_CNAME)
			text = arena_printf(&arena, "%s %s", text, v->name);
	}
	return text;
}

static const char *ask(const char *name, enum dns_type type)
{
	struct dns_answer answer;

	if (dns_ask(&dns, &arena, name, type, &answer, &fault) == 0)
		return show(type, &answer);
	return arena_printf(&arena, "%d %s %s", fault.reply, fault.status, fault.text);
}

static const struct {
	const char *name;
	enum dns_type type;
	const char *want;
} rows[] = {
	{ "example.org", DNS_MX, "found 5:mail.example.org 10:relay.example.net" },
	{ "EXAMPLE.org.", DNS_MX, "found 5:mail.example.org 10:relay.example.net" },
	{ "v4.example.org", DNS_A, "found 192.0.2.9" },
	{ "v4.example.org", DNS_AAAA, "no data" },
	{ "none.example.org", DNS_A, "no such name" },
	{ "_mta-sts.example.org", DNS_TXT, "found 'v=STSv1; id=2026;'" },
	{ "alias.example.org", DNS_AAAA, "found 2001:db8::1 2001:db8::2" },
	{ "alias.example.org", DNS_CNAME, "found mail.example.org" },
	{ "signed.example.org", DNS_A, "found secure 192.0.2.1" },
	{ "signed.example.org", DNS_AAAA, "no data secure" },
	{ "to-signed.example.org", DNS_A, "found secure 192.0.2.1" },
	{ "unsigned-end.example.org", DNS_A, "found 192.0.2.9" },
	{ "old.example.org", DNS_A, "found 192.0.2.7" },
	{ "fails.example.org", DNS_MX,
	  "451 4.4.3 looking up MX for fails.example.org: the name servers fail (SERVFAIL, REFUSED, no recursion)" },
	{ "refuses.example.org", DNS_MX,
	  "451 4.4.3 looking up MX for refuses.example.org: the name servers fail (SERVFAIL, REFUSED, no recursion)" },
	{ "referral.example.org", DNS_MX,
	  "451 4.4.3 looking up MX for referral.example.org: the name servers fail (SERVFAIL, REFUSED, no recursion)" },
	{ "broken.example.org", DNS_MX,
	  "451 4.4.3 looking up MX for broken.example.org: the name server's answer is malformed" },
	{ "silent.example.org", DNS_MX,
	  "451 4.4.3 looking up MX for silent.example.org: no name server has answered in time" },
	{ "loop.example.org", DNS_A, "451 4.4.3 looking up loop.example.org: there are more than 16 aliases" },
	{ "not a name", DNS_A, "550 5.1.2 \"not a name\" is no domain name" },
	{ "a..b", DNS_A, "550 5.1.2 \"a..b\" is no domain name" },
};

START_TEST(test_ask)
{
	ck_assert_str_eq(ask(rows[_i].name, rows[_i].type), rows[_i].want);
}
END_TEST

/* What is cut short by UDP comes by TCP. */
START_TEST(test_truncated)
{
	struct dns_answer answer;

	ck_assert_msg(dns_ask(&dns, &arena, "many.example.org", DNS_A, &answer, &fault) == 0, "%s", fault.text);
	ck_assert_uint_eq(answer.n, 500);
	ck_assert_int_eq(server.heard->tcp, 1);
}
END_TEST

START_TEST(test_cache)
{
	ask("v4.example.org", DNS_A);
	ck_assert_int_eq(server.heard->udp, 1);
	ck_assert_str_eq(ask("V4.example.ORG", DNS_A), "found 192.0.2.9");
	ask("none.example.org", DNS_A);
	ask("none.example.org", DNS_A);
	ck_assert_int_eq(server.heard->udp, 2);
	/* A failure is not kept. */
	ask("fails.example.org", DNS_A);
	ask("fails.example.org", DNS_A);
	ck_assert_int_eq(server.heard->udp, 4);
}
END_TEST

START_TEST(test_cache_is_bounded)
{
	char name[64];

	for (int i = 0; i < 40; i++) {
		struct dns_answer answer;

		snprintf(name, sizeof(name), "n%d.example.org", i);
		dns_ask(&dns, &arena, name, DNS_A, &answer, &fault);
		dns_ask(&dns, &arena, "many.example.org", DNS_A, &answer, &fault);
		dns.cached += DNS_CACHE_MAX / 16;
		ck_assert_uint_le(dns.cached, DNS_CACHE_MAX + DNS_CACHE_MAX / 16);
	}
	ck_assert_int_gt(server.heard->tcp, 1);
	ck_assert_int_lt(server.heard->tcp, 40);
}
END_TEST

/* The first server fails, the second knows. */
START_TEST(test_second_server)
{
	struct nameserver second;
	char both[100];

	nameserver_start(&second, "fails.example.org A 192.0.2.8\n");
	snprintf(both, sizeof(both), "%s, %s", server.address, second.address);
	dns_clear(&dns);
	open_dns(both, false);
	ck_assert_str_eq(ask("fails.example.org", DNS_A), "found 192.0.2.8");
	nameserver_end(&second);
	ck_assert_str_eq(ask("refuses.example.org", DNS_A), "451 4.4.3 looking up A for refuses.example.org: the name "
							    "servers fail (SERVFAIL, REFUSED, no recursion)");
}
END_TEST

START_TEST(test_nobody_there)
{
	nameserver_end(&server);
	ck_assert_ptr_nonnull(strstr(ask("v4.example.org", DNS_A),
				     "451 4.4.3 looking up A for v4.example.org: there is no name server"));
}
END_TEST

static const struct {
	const char *servers;
	const char *want; /* NULL: taken */
} servers[] = {
	{ "", NULL },
	{ "127.0.0.1", NULL },
	{ "127.0.0.1:5353 [::1]:53,2001:db8::1", NULL },
	{ "[2001:db8::1]", NULL },
	{ "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4", "dns_servers: \"1.1.1.4\": there are more than three" },
	{ "ns.example.org", "dns_servers: \"ns.example.org\": a name server is given by its address" },
	{ "127.0.0.1:x", "dns_servers: \"127.0.0.1:x\": this is no port number" },
	{ "127.0.0.1:0", "dns_servers: \"127.0.0.1:0\": this is no port number" },
	{ "127.0.0.1:65536", "dns_servers: \"127.0.0.1:65536\": this is no port number" },
	{ "[::1]53", "dns_servers: \"[::1]53\": this is no port number" },
	{ "[::1", "dns_servers: \"[::1\": a name server is given by its address" },
};

START_TEST(test_servers)
{
	struct dns d;
	int rc = dns_init(&d, servers[_i].servers, false, &fault);

	ck_assert_int_eq(rc, servers[_i].want ? -1 : 0);
	if (servers[_i].want)
		ck_assert_str_eq(fault.text, servers[_i].want);
	dns_clear(&d);
}
END_TEST

/* IPv6 first and in turn; those of a family in any order. */
START_TEST(test_addresses)
{
	struct dns_addresses out;
	bool seen[4] = { false };

	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(dns_addresses(&dns, &arena, "mail.example.org", &out, &fault), 0);
		ck_assert_uint_eq(out.n, 5);
		for (size_t j = 0; j < out.n; j++)
			ck_assert_int_eq(addr_is_v4(&out.v[j]), j == 1 || j > 2);
		seen[out.v[1].bytes[15]] = true;
	}
	ck_assert(seen[1] && seen[2] && seen[3]);
	ck_assert_int_eq(dns_addresses(&dns, &arena, "many.example.org", &out, &fault), 0);
	ck_assert_uint_eq(out.n, DNS_ADDRESSES_MAX);
	ck_assert_int_eq(dns_addresses(&dns, &arena, "alias.example.org", &out, &fault), 0);
	ck_assert_str_eq(out.name, "mail.example.org");
	ck_assert_int_eq(dns_addresses(&dns, &arena, "none.example.org", &out, &fault), 0);
	ck_assert_int_eq(out.status, DNS_NXDOMAIN);
	ck_assert_int_eq(dns_addresses(&dns, &arena, "example.org", &out, &fault), 0);
	ck_assert_int_eq(out.status, DNS_NODATA);
	ck_assert_int_eq(dns_addresses(&dns, &arena, "fails.example.org", &out, &fault), -1);
}
END_TEST

static const struct {
	const char *host;
	unsigned port;
	int n; /* -1: unknown */
	const char *base;
} tlsa[] = {
	{ "signed.example.org", 25, 1, "signed.example.org" },
	{ "to-signed.example.org", 25, 1, "signed.example.org" },
	/* The alias's end has none, but the alias itself. */
	{ "to-other.example.org", 25, 1, "to-other.example.org" },
	/* The addresses are not signed, the alias is. */
	{ "unsigned-end.example.org", 25, 1, "unsigned-end.example.org" },
	{ "signed.example.org", 28, 0, NULL },
	/* The record itself is not signed. */
	{ "signed.example.org", 26, 0, NULL },
	{ "signed.example.org", 27, -1, NULL },
	{ "v4.example.org", 25, 0, NULL },
};

START_TEST(test_tlsa)
{
	struct dns_addresses addresses;
	struct dns_answer answer;
	const char *base;
	int rc;

	ck_assert_int_eq(dns_addresses(&dns, &arena, tlsa[_i].host, &addresses, &fault), 0);
	rc = dns_tlsa(&dns, &arena, tlsa[_i].host, &addresses, tlsa[_i].port, &answer, &base, &fault);
	ck_assert_int_eq(rc < 0 ? -1 : (int)answer.n, tlsa[_i].n);
	if (tlsa[_i].n > 0)
		ck_assert_str_eq(base, tlsa[_i].base);
	if (tlsa[_i].n > 0 && strcmp(base, "signed.example.org") == 0) {
		ck_assert_int_eq(answer.v[0].usage, 3);
		ck_assert_int_eq(answer.v[0].selector, 1);
		ck_assert_int_eq(answer.v[0].match_type, 1);
		ck_assert(span_is(answer.v[0].data, SPAN("\xaa\xbb\xcc")));
	}
}
END_TEST

/* Only a server on this machine is believed; one that says so may be elsewhere. */
START_TEST(test_who_is_believed)
{
	ck_assert_str_eq(ask("signed.example.org", DNS_A), "found secure 192.0.2.1");
	dns.is_trusted = false;
	ck_assert_str_eq(ask("signed.example.org", DNS_A), "found 192.0.2.1");
	dns_clear(&dns);
	open_dns("127.0.0.1 192.0.2.53", false);
	ask("not-asked-for-long.example", DNS_A);
	ck_assert(!dns.is_trusted);
	dns_clear(&dns);
	open_dns("127.0.0.1 192.0.2.53", true);
	ask("not-asked-for-long.example", DNS_A);
	ck_assert(dns.is_trusted);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_ask, 0, COUNT(rows));
	tcase_add_test(tc, test_truncated);
	tcase_add_test(tc, test_cache);
	tcase_add_test(tc, test_cache_is_bounded);
	tcase_add_test(tc, test_second_server);
	tcase_add_test(tc, test_nobody_there);
	tcase_add_loop_test(tc, test_servers, 0, COUNT(servers));
	tcase_add_test(tc, test_addresses);
	tcase_add_loop_test(tc, test_tlsa, 0, COUNT(tlsa));
	tcase_add_test(tc, test_who_is_believed);
}

CHECK_MAIN(dns, add_tests)
