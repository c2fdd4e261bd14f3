/* SPDX-License-Identifier: ISC */
/* What has no message: as http and the command line use it. By mail: test_request.c. */
#include "list/subscribe.h"

#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/listcase.h"
#include "support/mailing_list.h"

static const struct member al = { .address = SPAN_INIT("Al@example.net"), .flags = MEMBER_DIGEST };

START_TEST(test_members)
{
	static const char *const settings[] = { "notify_owner=yes", NULL };
	struct listcase c;

	listcase_begin(&c, settings);
	ck_assert_int_eq(subscribe(&c.run, &al, NULL), 1);
	ck_assert_int_eq(subscribe(&c.run, &al, NULL), 0);
	ck_assert_uint_eq(c.n, 2);
	ck_assert_str_eq(c.sent[0].to, "Al@example.net");
	ck_assert_str_eq(c.sent[1].to, "boss@example.net");
	ck_assert_int_eq(unsubscribe(&c.run, "al@EXAMPLE.net", NULL), 1);
	ck_assert_int_eq(unsubscribe(&c.run, "al@example.net", NULL), 0);
	ck_assert_uint_eq(c.n, 4);
	ck_assert_str_eq(listcase_field(&c, 2, "Subject"), "You have left friends");
	ck_assert_str_eq(listcase_field(&c, 3, "Subject"), "friends: al@EXAMPLE.net has left");
	ck_assert_ptr_nonnull(strstr(mailing_list_file(&c.list, "log"), "unsubscribed al@EXAMPLE.net"));
	listcase_end(&c);
}
END_TEST

/* Nobody is told where the list does not want it; the list cannot be on itself. */
START_TEST(test_quiet)
{
	static const char *const settings[] = { "welcome=no", "goodbye=no", NULL };
	struct member itself = { .address = SPAN("Friends@example.org") };
	struct listcase c;
	struct fault f = { 0 };

	listcase_begin(&c, settings);
	ck_assert_int_eq(subscribe(&c.run, &al, NULL), 1);
	ck_assert_int_eq(unsubscribe(&c.run, "al@example.net", NULL), 1);
	ck_assert_uint_eq(c.n, 0);
	ck_assert_int_eq(subscribe(&c.run, &itself, &f), -1);
	ck_assert_str_eq(f.status, "5.1.3");
	itself.address = SPAN("friends+owner@example.org");
	ck_assert_int_eq(subscribe(&c.run, &itself, &f), -1);
	listcase_end(&c);
}
END_TEST

static const struct {
	enum token_action action;
	const char *setting;
	const char *who;
	int want;
	bool on;
} rows[] = {
	{ TOKEN_SUBSCRIBE, NULL, "bo@example.net", 1, true },
	{ TOKEN_SUBSCRIBE, "subscription=closed", "bo@example.net", -1, false },
	{ TOKEN_SUBSCRIBE, "subscription=moderated", "bo@example.net", 1, false },
	{ TOKEN_APPROVE, "subscription=moderated", "bo@example.net", 1, true },
	{ TOKEN_APPROVE, "subscription=closed", "bo@example.net", 1, true },
	{ TOKEN_UNSUBSCRIBE, NULL, "bo@example.net", 0, false },
	{ TOKEN_ACCEPT, NULL, "bo@example.net", -1, false },
	{ TOKEN_BOUNCES, NULL, "bo@example.net", -1, false },
	/* A hash of which nobody knows whose it is. */
	{ TOKEN_SUBSCRIBE, NULL, "=0123456789ab", -1, false },
	{ TOKEN_ONECLICK, NULL, "=0123456789ab", -1, false },
};

START_TEST(test_token)
{
	const char *const settings[] = { rows[_i].setting, NULL };
	const struct token t = { .action = rows[_i].action, .who = rows[_i].who };
	struct listcase c;
	struct fault f = { 0 };

	listcase_begin(&c, settings);
	ck_assert_int_eq(subscribe_by_token(&c.run, &t, SPAN("nobody@example.com"), &f), rows[_i].want);
	if (rows[_i].want < 0)
		ck_assert_str_eq(f.status, "5.7.1");
	ck_assert_int_eq(strncmp(mailing_list_file(&c.list, "members"), "bo@", 3) == 0, rows[_i].on);
	listcase_end(&c);
}
END_TEST

/* The name in From is the member's, if the message is his. */
static const struct {
	const char *from;
	const char *want; /* of his line; "": no name */
} own_names[] = {
	{ "Bo Green <bo@example.net>", " name=\"Bo Green\"\n" },
	{ "\"Bo Green\" <bo@example.net>", " name=\"Bo Green\"\n" },
	{ "=?utf-8?q?Bo_Gr=C3=BCn?= <bo@example.net>", " name=\"Bo Grün\"\n" },
	{ "\" <bo@example.net>", "" },
	{ "bo@example.net", "" },
	{ "Cy <cy@example.net>", "" },
};

START_TEST(test_own_name)
{
	const struct token t = { .action = TOKEN_SUBSCRIBE, .who = "bo@example.net" };
	struct listcase c;
	const char *name;

	listcase_begin(&c, NULL);
	listcase_incoming(&c, "bo@example.net", "friends@example.org",
			  arena_printf(&c.arena, "From: %s\n\nx\n", own_names[_i].from));
	ck_assert_int_eq(subscribe_by_token(&c.run, &t, SPAN(""), NULL), 1);
	name = strstr(mailing_list_file(&c.list, "members"), " name=");
	ck_assert_str_eq(name ? name : "", own_names[_i].want);
	listcase_end(&c);
}
END_TEST

/* A member is known by his hash. */
START_TEST(test_hash)
{
	struct listcase c;
	struct token t;
	const char *text;

	listcase_begin(&c, NULL);
	subscribe(&c.run, &al, NULL);
	for (int i = 0; i < 100; i++) {
		struct member m = { .address = span_str(arena_printf(&c.arena, "m%d@example.net", i)) };

		members_add(&c.list, "members", &m, NULL);
	}
	text = token_address(&c.list, &c.arena, TOKEN_ONECLICK, "m77@example.net", c.run.now, NULL);
	text = strchr(text, '-') + 1;
	ck_assert_int_eq(token_check(&c.list, &c.arena, "oneclick",
				     arena_printf(&c.arena, "%.*s", (int)strcspn(text, "@"), text), c.run.now, &t,
				     NULL),
			 0);
	ck_assert_int_eq(subscribe_by_token(&c.run, &t, SPAN(""), NULL), 1);
	ck_assert_ptr_null(strstr(mailing_list_file(&c.list, "members"), "m77@"));
	ck_assert_ptr_nonnull(strstr(mailing_list_file(&c.list, "members"), "m78@"));
	listcase_end(&c);
}
END_TEST

START_TEST(test_url)
{
	struct listcase c;
	const char *url;

	listcase_begin(&c, NULL);
	ck_assert_str_eq(subscribe_url(&c.run, &c.arena, TOKEN_SUBSCRIBE, "al@example.net", NULL), "");
	c.run.http_url = "https://lists.example.org";
	url = subscribe_url(&c.run, &c.arena, TOKEN_SUBSCRIBE, "al@example.net", NULL);
	ck_assert_msg(strncmp(url, "https://lists.example.org/friends/confirm-", 42) == 0, "%s", url);
	ck_assert_str_eq(url + strlen(url) - 17, "-al%3Dexample.net");
	url = subscribe_url(&c.run, &c.arena, TOKEN_SUBSCRIBE, "a/b?%#@example.net", NULL);
	ck_assert_ptr_nonnull(strstr(url, "-a%2Fb%3F%25%23%3Dexample.net"));
	subscribe_ask(&c.run, &al, true, NULL);
	ck_assert_ptr_nonnull(strstr(c.sent[0].body, "https://lists.example.org/friends/confirm-"));
	c.list.settings.list_http = false;
	ck_assert_str_eq(subscribe_url(&c.run, &c.arena, TOKEN_SUBSCRIBE, "al@example.net", NULL), "");
	listcase_end(&c);
}
END_TEST

/* texts/NAME and the language are the list's own. */
START_TEST(test_texts)
{
	struct listcase c;
	int dir;

	listcase_begin(&c, (const char *const[]){ "language=de", NULL });
	subscribe(&c.run, &al, NULL);
	ck_assert_str_eq(listcase_field(&c, 0, "Subject"), "Willkommen auf friends");
	dir = disk_open_private_dir(c.list.path, "texts", NULL);
	ck_assert_int_eq(disk_replace(dir, "goodbye", SPAN("Tsch\303\274ss $address, $unknown!\n"), 0600, NULL), 0);
	close(dir);
	unsubscribe(&c.run, "Al@example.net", NULL);
	ck_assert_str_eq(listcase_field(&c, 1, "Subject"), "Sie haben friends verlassen");
	ck_assert_str_eq(c.sent[1].body, "Tsch\303\274ss Al@example.net, $unknown!\n");
	listcase_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_members);
	tcase_add_test(tc, test_quiet);
	tcase_add_loop_test(tc, test_token, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_own_name, 0, COUNT(own_names));
	tcase_add_test(tc, test_hash);
	tcase_add_test(tc, test_url);
	tcase_add_test(tc, test_texts);
}

CHECK_MAIN(subscribe, add_tests)
