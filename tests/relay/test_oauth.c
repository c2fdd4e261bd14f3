/* SPDX-License-Identifier: ISC */
/* What a provider says, and how a token is kept, is in tests/applets/mta-relay/auth.sh too. */
#include "relay/oauth.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/textmap.h"
#include "support/check_main.h"
#include "support/provider.h"
#include "support/tempdir.h"

static struct arena arena;
static struct fault fault;

static void teardown(void)
{
	arena_wipe(&arena);
	tempdir_remove();
}

#define REST "token_endpoint https://p.example/t\nclient_id id\nrefresh_token r/1\n"

static const struct {
	const char *text;
	mode_t mode;
	const char *want; /* "user endpoint id secret token scope", or the fault */
} files[] = {
	{ "user al\n" REST, 0600, "al https://p.example/t id - r/1 -" },
	{ "# x\nuser = al\nclient_secret\t= s =\nscope https://a b\n" REST, 0640,
	  "al https://p.example/t id s = r/1 https://a b" },
	{ REST, 0600, "T/o: user is missing" },
	{ "user al\ntoken_endpoint http://p.example/\nclient_id id\nrefresh_token r\n", 0600,
	  "T/o: token_endpoint must be an https:// address" },
	{ "user al\npassword x\n" REST, 0600, "T/o:2: the names are" },
	{ "user al\nuser bo\n" REST, 0600, "T/o:2: it was said before" },
	{ "user al\nscope =\n" REST, 0600, "T/o:2: there is no value" },
	{ "user\n" REST, 0600, "T/o:1: this is no \"name value\"" },
	{ "user al\n" REST, 0604, "T/o: others may read" },
};

START_TEST(test_read)
{
	struct oauth o;
	const char *path = tempdir_write("o", files[_i].text, files[_i].mode), *got;

	chmod(path, files[_i].mode);
	if (oauth_read(&arena, path, &o, &fault) < 0) {
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
		got = tempdir_hide(fault.text);
		ck_assert_msg(strncmp(got, files[_i].want, strlen(files[_i].want)) == 0, "%s", got);
		return;
	}
	ck_assert_str_eq(arena_printf(&arena, "%s %s %s %s %s %s", o.user, o.token_endpoint, o.client_id,
				      o.client_secret ? o.client_secret : "-", o.refresh_token,
				      o.scope ? o.scope : "-"),
			 files[_i].want);
}
END_TEST

/* ---- tokens: a provider that has a page in the place of an answer ---- */

static struct provider web;
static struct oauth_rules rules;
static struct oauth oauth;
static char to[64];

static void start(void)
{
	provider_start_web(&web, "p.example");
	tempdir_write("spool/x", "", 0600);
	snprintf(to, sizeof(to), "p.example:443:127.0.0.1:%d", web.port);
	rules = (struct oauth_rules){
		.spool = tempdir_path("spool"),
		.way = { .ca_file = web.ca_file, .connect_to = to, .connect_timeout = 5 },
	};
	ck_assert_int_eq(oauth_read(&arena, tempdir_write("o", "user al\n" REST, 0600), &oauth, &fault), 0);
}

static const char *token(void)
{
	const char *got;

	return oauth_token(&oauth, &rules, &arena, &got, &fault) == 0 ? got : tempdir_hide(fault.text);
}

static const struct {
	const char *head, *body;
	const char *want;
} answers[] = {
	{ "200 application/json", "{\"access_token\":\"abc\",\"expires_in\":3600}", "abc" },
	{ "200 application/json", "{\"expires_in\":\"3600\",\"access_token\":\"a\\/c\"}", "a/c" },
	{ "200 application/json", "{\"access_token\":\"abc\"}", "abc" },
	{ "200 application/json", "{\"expires_in\":3600}",
	  "T/o: no access token from https://p.example/t: status 200" },
	{ "200 application/json", "{\"access_token\":\"a b\"}",
	  "T/o: no access token from https://p.example/t: status 200" },
	{ "200 application/json", "{\"access_token\":\"a\\nb\"}",
	  "T/o: no access token from https://p.example/t: status 200" },
	{ "200 application/json", "{\"access_token\":7}", "T/o: no access token from https://p.example/t: status 200" },
	{ "200 text/html", "<html>",
	  "T/o: no access token from https://p.example/t: status 200, the answer is no JSON" },
	{ "400 application/json", "{\"error\":\"invalid_grant\",\"error_description\":\"Bad\\r\\nRequest\"}",
	  "T/o: no access token from https://p.example/t: status 400, invalid_grant: Bad  Request" },
	{ "400 application/json", "{\"error\":\"r/1 is no token\"}",
	  "T/o: no access token from https://p.example/t: status 400, (what we sent it)" },
	{ "503 text/plain", "", "T/o: no access token from https://p.example/t: status 503, the answer is no JSON" },
};

START_TEST(test_answer)
{
	start();
	provider_page(&web, "t", answers[_i].head, answers[_i].body);
	ck_assert_str_eq(token(), answers[_i].want);
	if (strchr(answers[_i].want, ':'))
		ck_assert_str_eq(fault.status, "4.7.8");
	provider_end(&web);
}
END_TEST

START_TEST(test_kept)
{
	start();
	provider_page(&web, "t", "200 application/json", "{\"access_token\":\"one\",\"expires_in\":3600}");
	ck_assert_str_eq(token(), "one");
	provider_page(&web, "t", "200 application/json", "{\"access_token\":\"two\",\"expires_in\":3600}");
	ck_assert_str_eq(token(), "one");
	ck_assert_int_eq(provider_requests(&web), 1);
	/* Another one than the one that is kept has no meaning. */
	oauth_forget(&oauth, &rules, "zero");
	ck_assert_str_eq(token(), "one");
	oauth_forget(&oauth, &rules, "one");
	ck_assert_str_eq(token(), "two");
	/* What is kept is for this very file. */
	provider_page(&web, "t", "200 application/json", "{\"access_token\":\"three\",\"expires_in\":3600}");
	ck_assert_int_eq(oauth_read(&arena, tempdir_write("o", "user bob\n" REST, 0600), &oauth, &fault), 0);
	ck_assert_str_eq(token(), "three");
	ck_assert_int_eq(provider_requests(&web), 3);
	provider_end(&web);
}
END_TEST

START_TEST(test_nobody_there)
{
	start();
	provider_end(&web);
	token();
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_str_eq(fault.status, "4.4.1");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_read, 0, COUNT(files));
	if (!provider_has_curl())
		return;
	tcase_add_loop_test(tc, test_answer, 0, COUNT(answers));
	tcase_add_test(tc, test_kept);
	tcase_add_test(tc, test_nobody_there);
}

CHECK_MAIN(oauth, add_tests)
