/* SPDX-License-Identifier: ISC */
/* Connections are in tests/applets/mta-relay/auth.sh; what is decided before them is here. */
#include "relay/dialler.h"

#include <netinet/in.h>
#include <stdio.h>

#include "support/check_main.h"
#include "support/provider.h"
#include "support/scripted.h"
#include "support/tempdir.h"

static struct dialler dialler;
static struct dialler_rules rules;
static struct fault fault;

static void setup(void)
{
	rules = (struct dialler_rules){ .tls_security_options = "noanonymous", .security_options = "noplaintext" };
}

static void teardown(void)
{
	dialler_clear(&dialler);
}

static void init(const char *line)
{
	if (line)
		rules.credential.maps = tempdir_write("passwords", line, 0600);
	dialler_init(&dialler, &rules, "[mail.example]:587", NULL);
}

static const struct {
	const char *filter, *options, *password, *cert;
	bool tls;
	const char *want; /* NULL: none */
} rows[] = {
	{ "", "", "x", NULL, true, "SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 CRAM-MD5 PLAIN LOGIN" },
	{ NULL, NULL, "x", NULL, true, "SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 CRAM-MD5 PLAIN LOGIN" },
	{ "", "noplaintext, noanonymous", "x", NULL, false, "SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 CRAM-MD5" },
	{ "plain login", "noplaintext", "x", NULL, false, NULL },
	{ "plain, LOGIN", "", "x", NULL, true, "PLAIN LOGIN" },
	{ "!login, static:all", "", "x", NULL, true, "SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 CRAM-MD5 PLAIN" },
	{ "!plain", "", "x", NULL, true, NULL },
	{ "gssapi ntlm", "", "x", NULL, true, "GSSAPI NTLM" },
	{ "external", "", "", NULL, true, NULL },
	{ "external", "", "", "/x", true, "EXTERNAL" },
	{ "external", "", "x", "/x", true, NULL },
	{ "", "forward_secrecy", "x", NULL, true, NULL },
};

START_TEST(test_mechanisms)
{
	char got[DIALLER_MECHANISMS_MAX], line[100];

	rules.mechanism_filter = rows[_i].filter;
	if (rows[_i].tls)
		rules.tls_security_options = rows[_i].options;
	else
		rules.security_options = rows[_i].options;
	rules.way.cert_file = rows[_i].cert;
	snprintf(line, sizeof(line), "mail.example al:%s\n", rows[_i].password);
	init(line);
	ck_assert(dialler.has_credential);
	if (rows[_i].want) {
		ck_assert_msg(dialler_mechanisms(&dialler, rows[_i].tls, got, &fault) == 0, "%s", fault.text);
		ck_assert_str_eq(got, rows[_i].want);
	} else {
		ck_assert_int_eq(dialler_mechanisms(&dialler, rows[_i].tls, got, &fault), -1);
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
	}
}
END_TEST

START_TEST(test_token_mechanisms)
{
	char got[DIALLER_MECHANISMS_MAX];

	tempdir_write("oauth", "user al\ntoken_endpoint https://x/\nclient_id id\nrefresh_token r\n", 0600);
	rules.credential.maps = "static:oauth2:/none";
	init(NULL);
	ck_assert_str_eq(dialler.trouble.text, "there is no /none");
	dialler_clear(&dialler);
	char line[600];
	snprintf(line, sizeof(line), "mail.example oauth2:%s\n", tempdir_path("oauth"));
	init(line);
	ck_assert_int_eq(dialler_mechanisms(&dialler, true, got, &fault), 0);
	ck_assert_str_eq(got, "OAUTHBEARER XOAUTH2");
	ck_assert_int_eq(dialler_mechanisms(&dialler, false, got, &fault), -1);
	ck_assert_str_eq(fault.status, "4.7.8");
}
END_TEST

START_TEST(test_needed)
{
	init("other.example al:x\n");
	ck_assert(!dialler_is_needed(&dialler));
	rules.way.proxy = "";
	ck_assert(!dialler_is_needed(&dialler));
	rules.way.proxy = "socks5h://127.0.0.1:1080";
	ck_assert(dialler_is_needed(&dialler));
	rules.way.proxy = NULL;
	dialler_clear(&dialler);
	init("mail.example al:x\n");
	ck_assert(dialler_is_needed(&dialler));
}
END_TEST

/* What was wrong when the worker began is said of each message. */
START_TEST(test_trouble)
{
	const struct client_rules client_rules = { .helo = "x" };
	struct client client;

	client_init(&client, &client_rules);
	init("mail.example nothing\n");
	ck_assert(!dialler.has_credential);
	ck_assert(dialler_is_needed(&dialler));
	ck_assert_int_eq(dialler_open(&dialler, &client, "127.0.0.1", "1", &fault), -1);
	ck_assert_str_eq(tempdir_hide(fault.text), "T/passwords:1: this is no \"user:password\"");
	client_clear(&client);
}
END_TEST

START_TEST(test_open)
{
	static const struct scripted_rule script[] = { { .on = "AUTH", .say = "235 Ok\r\n" }, { 0 } };
	const struct client_rules client_rules = {
		.helo = "client.example", .connect_timeout = 5, .helo_timeout = 5, .quit_timeout = 5
	};
	struct scripted server = { .extensions = "AUTH=PLAIN PIPELINING SIZE=1000", .rules = script };
	struct client client;
	char port[16];

	rules.security_level = "none";
	rules.security_options = "";
	init("mail.example al:s3cret\n");
	client_init(&client, &client_rules);
	ck_assert_int_eq(scripted_listen(&server), 0);
	snprintf(port, sizeof(port), "%d", server.port);
	ck_assert_msg(dialler_open(&dialler, &client, "127.0.0.1", port, &fault) == 0, "%s", fault.text);
	ck_assert_uint_eq(client.extensions, SMTP_PIPELINING | SMTP_SIZE);
	ck_assert_uint_eq(client.size_limit, 1000);
	ck_assert_str_eq(client.address, "127.0.0.1");
	ck_assert(!client_is_stale(&client));
	client_quit(&client);
	client_clear(&client);
	scripted_end(&server);
	ck_assert_str_eq(server.heard->packets, "EHLO client.example\r\n|AUTH PLAIN AGFsAHMzY3JldA==\r\n|"
						"EHLO client.example\r\n|QUIT\r\n|");
	scripted_forget(&server);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_mechanisms, 0, COUNT(rows));
	tcase_add_test(tc, test_token_mechanisms);
	tcase_add_test(tc, test_needed);
	tcase_add_test(tc, test_trouble);
	if (provider_has_curl())
		tcase_add_test(tc, test_open);
}

CHECK_MAIN(dialler, add_tests)
