/* SPDX-License-Identifier: ISC */
#include "auth/proxied.h"

#include <stdio.h>

#include "support/check_main.h"

/* "" host: it is served here. `want`: host port user password, "T" TLS "S" STARTTLS "-" none, and switches. */
static const struct {
	const char *extra, *want;
} rows[] = {
	{ "", "" },
	{ "host=mx1", "" },
	{ "proxy=no host=mx1", "" },
	{ "proxy host=mx1", "mx1||al||- 30" },
	{ "host=mx1 proxy=y port=1110", "mx1|1110|al||- 30" },
	{ "proxy host=mx1 destuser=al@corp pass=s3:cret proxy_timeout=5", "mx1||al@corp|s3:cret|- 5" },
	{ "proxy host=mx1 ssl=yes", "mx1||al||T 30" },
	{ "proxy host=mx1 ssl", "mx1||al||T 30" },
	{ "proxy host=mx1 starttls=any-cert nopassword", "mx1||al||S any unchecked 30" },
	{ "proxy_maybe host=2001:db8::1 ssl=no", "2001:db8::1||al||- maybe 30" },
	{ "proxy", "users_file: al has proxy, but no host=" },
	{ "proxy host=", "users_file: host= of al is empty" },
	{ "proxy host=a port=0", "users_file: port= of al is no number that it may be" },
	{ "proxy host=a port=70000", "users_file: port= of al is no number that it may be" },
	{ "proxy host=a port=pop3", "users_file: port= of al is no number that it may be" },
	{ "proxy host=a ssl=maybe", "users_file: ssl= of al is not yes, no or any-cert" },
	{ "proxy host=a proxy_timeout=601", "users_file: proxy_timeout= of al is no number that it may be" },
};

START_TEST(test_parse)
{
	struct proxied p;
	struct fault f;
	char got[2000] = "";

	if (proxied_parse(span_str(rows[_i].extra), "al", &p, &f) < 0) {
		ck_assert_int_eq(f.kind, FAULT_TEMP);
		ck_assert_str_eq(f.text, rows[_i].want);
		ck_assert_str_eq(p.host, "");
		return;
	}
	if (p.host[0])
		snprintf(got, sizeof(got), "%s|%s|%s|%s|%c%s%s%s %ld", p.host, p.port, p.user, p.password, "-TS"[p.tls],
			 p.any_certificate ? " any" : "", p.unless_here ? " maybe" : "",
			 p.unchecked ? " unchecked" : "", p.timeout);
	ck_assert_str_eq(got, rows[_i].want);
}
END_TEST

START_TEST(test_too_long)
{
	struct proxied p;
	struct fault f;
	char extra[400];

	snprintf(extra, sizeof(extra), "proxy host=%0256d", 1);
	ck_assert_int_eq(proxied_parse(span_str(extra), "al", &p, &f), -1);
	ck_assert_str_eq(f.text, "users_file: host= of al is too long");
	snprintf(extra, sizeof(extra), "proxy host=%0255d", 1);
	ck_assert_int_eq(proxied_parse(span_str(extra), "al", &p, &f), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_too_long);
}

CHECK_MAIN(proxied, add_tests)
