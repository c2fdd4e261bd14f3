/* SPDX-License-Identifier: ISC */
#include "route/nexthop.h"

#include "support/check_main.h"

struct row {
	const char *transport, *relayhost;
	const char *want; /* "smtp NEXTHOP", "! fault" */
};

static const struct row rows[] = {
	{ "smtp", "", "smtp -" },
	{ "", "", "smtp -" },
	{ NULL, NULL, "smtp -" },
	{ "smtp", "relay.example", "smtp relay.example:25" },
	{ "smtp", "relay.example:587", "smtp relay.example:587" },
	{ "smtp", "[relay.example]", "smtp [relay.example]:25" },
	{ "smtp", " [relay.example]:submission ", "smtp [relay.example]:587" },
	{ "smtp", "[192.0.2.1]:2525", "smtp [192.0.2.1]:2525" },
	{ "smtp", "[2001:db8::1]", "smtp [2001:db8::1]:25" },
	{ "smtp", "[IPv6:2001:db8::1]:26", "smtp [2001:db8::1]:26" },
	{ "smtp:[a.example]:26", "ignored.example", "smtp [a.example]:26" },
	{ "lmtp", "[::1]", "lmtp [::1]:24" },
	{ "lmtp:127.0.0.1:2400", "", "lmtp 127.0.0.1:2400" },
	{ "lmtp:inet:[127.0.0.1]", "", "lmtp [127.0.0.1]:24" },
	{ "lmtp:unix:/run/dovecot/lmtp", "", "lmtp unix:/run/dovecot/lmtp" },
	{ "pipe:uux -r - $nexthop!rmail ($recipient)", "", "pipe - uux -r - $nexthop!rmail ($recipient)" },
	{ "pipe:uux - x", "uucphost", "pipe uucphost uux - x" },
	{ "error:no mail leaves", "", "error no mail leaves" },
	{ "error", "", "error mail for other machines is not accepted here" },
	{ "lmtp", "", "! default_transport: lmtp needs a host: lmtp:HOST:PORT or lmtp:unix:PATH" },
	{ "lmtp:unix:relative", "", "! default_transport: \"unix:relative\": a socket is unix:/PATH" },
	{ "pipe:", "", "! default_transport: pipe needs a command: pipe:COMMAND" },
	{ "pipe:a\nb", "", "! default_transport: pipe needs a command: pipe:COMMAND" },
	{ "uucp", "", "! default_transport: \"uucp\" is no transport: smtp, lmtp, pipe, error" },
	{ "SMTP", "", "! default_transport: \"SMTP\" is no transport: smtp, lmtp, pipe, error" },
	{ "smtp", "relay.example:0", "! relayhost: \"relay.example:0\": this is no port number" },
	{ "smtp", "relay.example:65536", "! relayhost: \"relay.example:65536\": this is no port number" },
	{ "smtp", "relay.example:", "! relayhost: \"relay.example:\": this is no port number" },
	{ "smtp", "[relay.example]25", "! relayhost: \"[relay.example]25\": this is no port number" },
	{ "smtp", "2001:db8::1", "! relayhost: \"2001:db8::1\": this is no port number" },
	{ "smtp", "[relay.example", "! relayhost: \"[relay.example\": write host:port or [host]:port" },
	{ "smtp", "[]", "! relayhost: \"[]\": write host:port or [host]:port" },
	{ "smtp", "a b", "! relayhost: \"a b\": write host:port or [host]:port" },
	{ "smtp", "-oProxyCommand", "! relayhost: \"-oProxyCommand\": write host:port or [host]:port" },
	{ "smtp", "a.example, b.example", "! relayhost: \"a.example, b.example\": write host:port or [host]:port" },
};

START_TEST(test_parse)
{
	static const char *const names[] = { "smtp", "lmtp", "pipe" };
	const struct row *row = &rows[_i];
	struct arena a = { 0 };
	struct nexthop d;
	struct fault f;
	const char *got;

	if (nexthop_parse(&a, row->transport, row->relayhost, &d, &f) < 0) {
		ck_assert_int_eq(f.kind, FAULT_USAGE);
		got = arena_printf(&a, "! %s", f.text);
	} else if (d.error) {
		got = arena_printf(&a, "error %s", d.error);
	} else {
		got = arena_printf(&a, "%s %s%s%s", names[d.transport], d.host ? d.host : "-", d.command ? " " : "",
				   d.command ? d.command : "");
	}
	ck_assert_str_eq(got, row->want);
	arena_clear(&a);
}
END_TEST

START_TEST(test_of_domain)
{
	static const struct {
		const char *domain, *want;
	} domains[] = {
		{ "example.org", "example.org" },
		{ "[192.0.2.1]", "[192.0.2.1]:25" },
		{ "[IPv6:2001:db8::1]", "[2001:db8::1]:25" },
		{ "[nonsense]", "[nonsense]" },
	};
	struct arena a = { 0 };

	for (int i = 0; i < COUNT(domains); i++)
		ck_assert_str_eq(nexthop_of_domain(&a, span_str(domains[i].domain)), domains[i].want);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_of_domain);
}

CHECK_MAIN(nexthop, add_tests)
