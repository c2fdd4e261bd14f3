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

static const struct {
	const char *nexthop;
	bool want;
} named[] = {
	{ "mx.example:25", true },  { "[mx.example]:587", true }, { "unix:/run/lmtp", true },
	{ "[192.0.2.1]:25", true }, { "example.org", false },
};

START_TEST(test_named)
{
	ck_assert_int_eq(nexthop_is_named(named[_i].nexthop), named[_i].want);
}
END_TEST

struct table_row {
	const char *value, *transport;
	const char *want; /* "ACTION ...", or "! fault" */
};

static const struct table_row table_rows[] = {
	{ "smtp:", "smtp", "smtp -" },
	{ "smtp", "smtp", "smtp -" },
	{ "smtp:relay.example", "smtp", "smtp relay.example:25" },
	{ "smtp:[relay.example]:26", "error:x", "smtp [relay.example]:26" },
	{ "lmtp:unix:/run/lmtp", "smtp", "lmtp unix:/run/lmtp" },
	{ "lmtp:inet:[::1]:2400", "smtp", "lmtp [::1]:2400" },
	{ "pipe:uux - x", "smtp", "pipe - uux - x" },
	{ ":", "smtp", "keep" },
	{ "", "smtp", "! T:1: \"\" is no transport: smtp, lmtp, pipe, error, retry, local, virtual, discard" },
	{ ":[a]:26", "smtp", "smtp [a]:26" },
	{ ":[a]:26", "smtp:[b]:27", "smtp [a]:26" },
	{ ":[a]", "lmtp:unix:/x", "lmtp [a]:24" },
	{ ":host", "pipe:uux - x", "pipe host uux - x" },
	{ ":[a", "smtp", "! T:1: \"[a\": write host:port or [host]:port" },
	{ "local:", "smtp", "local" },
	{ "local", "smtp", "local" },
	{ "virtual:", "smtp", "virtual" },
	{ "discard:silently", "smtp", "discard" },
	{ "error:", "smtp", "error 5.0.0 mail for this address is not accepted" },
	{ "error:gone for good", "smtp", "error 5.0.0 gone for good" },
	{ "error:5.1.2 gone", "smtp", "error 5.1.2 gone" },
	{ "error:4.1.2 wait", "smtp", "error 4.1.2 wait" },
	{ "error:5.1.2", "smtp", "error 5.1.2 mail for this address is not accepted" },
	{ "error:5.1 gone", "smtp", "error 5.0.0 5.1 gone" },
	{ "error:5..1 gone", "smtp", "error 5.0.0 5..1 gone" },
	{ "error:5.1234567.8 x", "smtp", "error 5.0.0 5.1234567.8 x" },
	{ "error:6.1.1 x", "smtp", "error 5.0.0 6.1.1 x" },
	{ "retry:", "smtp", "error 4.0.0 mail for this address has to wait" },
	{ "lmtp:", "smtp", "! T:1: lmtp needs a host: lmtp:HOST:PORT or lmtp:unix:PATH" },
	{ "[relay]", "smtp",
	  "! T:1: \"[relay]\" is no transport: smtp, lmtp, pipe, error, retry, local, virtual, discard" },
};

static const char *describe(struct arena *a, const struct nexthop *d)
{
	static const char *const actions[] = { [NEXTHOP_LOCAL] = "local",
					       [NEXTHOP_VIRTUAL] = "virtual",
					       [NEXTHOP_DISCARD] = "discard",
					       [NEXTHOP_KEEP] = "keep" };
	static const char *const names[] = { "smtp", "lmtp", "pipe" };

	if (d->action == NEXTHOP_ERROR)
		return arena_printf(a, "error %s %s", d->status, d->error);
	if (d->action != NEXTHOP_SEND)
		return actions[d->action];
	return arena_printf(a, "%s %s%s%s", names[d->transport], d->host ? d->host : "-", d->command ? " " : "",
			    d->command ? d->command : "");
}

START_TEST(test_parse_transport)
{
	const struct table_row *row = &table_rows[_i];
	struct arena a = { 0 };
	struct nexthop d;
	struct fault f;

	if (nexthop_parse_transport(&a, "T:1: ", span_str(row->value), row->transport, &d, &f) < 0)
		ck_assert_str_eq(arena_printf(&a, "! %s", f.text), row->want);
	else
		ck_assert_str_eq(describe(&a, &d), row->want);
	arena_clear(&a);
}
END_TEST

static const struct table_row relayhost_rows[] = {
	{ "[a]:26", "smtp", "smtp [a]:26" },
	{ "a.example", "smtp:[b]", "smtp a.example:25" },
	{ "dunno", "smtp", "keep" },
	{ "smtp:[a]", "smtp", "! T:1: \"smtp:[a]\": this is no port number" },
};

START_TEST(test_parse_relayhost)
{
	const struct table_row *row = &relayhost_rows[_i];
	struct arena a = { 0 };
	struct nexthop d;
	struct fault f;

	if (nexthop_parse_relayhost(&a, "T:1: ", span_str(row->value), row->transport, &d, &f) < 0)
		ck_assert_str_eq(arena_printf(&a, "! %s", f.text), row->want);
	else
		ck_assert_str_eq(describe(&a, &d), row->want);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_named, 0, COUNT(named));
	tcase_add_loop_test(tc, test_parse_transport, 0, COUNT(table_rows));
	tcase_add_loop_test(tc, test_parse_relayhost, 0, COUNT(relayhost_rows));
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_of_domain);
}

CHECK_MAIN(nexthop, add_tests)
