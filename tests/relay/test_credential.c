/* SPDX-License-Identifier: ISC */
#include "relay/credential.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static struct arena arena;
static struct fault fault;

static void teardown(void)
{
	arena_wipe(&arena);
	tempdir_remove();
}

/* "user:password" of what is found, "none", or the fault. */
static const char *find_in(const char *maps, bool by_sender, const char *nexthop, const char *sender)
{
	const struct credential_rules rules = {
		.maps = maps, .delimiters = "+", .by_sender = by_sender, .time_limit = 10
	};
	struct credential c;
	int rc = credential_find(&rules, &arena, nexthop, sender, &c, &fault);

	if (rc < 0) {
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
		return tempdir_hide(fault.text);
	}
	if (rc == 0)
		return "none";
	return c.oauth ? arena_printf(&arena, "%s with %s", c.user, c.oauth->client_id)
		       : arena_printf(&arena, "%s:%s", c.user, c.password);
}

static const char table[] = "# comment\n"
			    "[mail.example.org]:587\ta:1\n"
			    "[mail.example.org]     b:2\n"
			    "mail.example.org       c:3\n"
			    "[192.0.2.1]:25         d:4\n"
			    "[2001:db8::1]:465      e:5\n"
			    "example.net            f: 6:7 8\n"
			    "  # in between\n"
			    "EXAMPLE.com:2525       g:\n"
			    "al@test.example        h:9\n"
			    "@test.example          i:10\n";

static const struct {
	const char *nexthop, *sender, *want;
} keys[] = {
	{ "[mail.example.org]:587", "al@test.example", "a:1" },
	{ "[mail.example.org]:25", "", "b:2" },
	{ "[mail.example.org]:26", NULL, "c:3" },
	{ "mail.example.org:25", NULL, "c:3" },
	{ "mail.example.org", NULL, "c:3" },
	{ "[MAIL.example.org]:587", NULL, "a:1" },
	{ "[192.0.2.1]:25", NULL, "d:4" },
	{ "[2001:db8::1]:465", NULL, "e:5" },
	{ "example.net", NULL, "f: 6:7 8" },
	{ "example.com:2525", NULL, "g:" },
	{ "sub.example.net", NULL, "none" },
	{ "al@test.example", NULL, "h:9" },
};

START_TEST(test_keys)
{
	const char *path = tempdir_write("passwords", table, 0600);

	ck_assert_str_eq(find_in(path, false, keys[_i].nexthop, keys[_i].sender), keys[_i].want);
}
END_TEST

START_TEST(test_sender)
{
	const char *path = tempdir_write("passwords", table, 0600);

	ck_assert_str_eq(find_in(path, true, "example.net", "al@test.example"), "h:9");
	ck_assert_str_eq(find_in(path, true, "example.net", "al+lists@test.example"), "h:9");
	ck_assert_str_eq(find_in(path, true, "example.net", "bo@test.example"), "i:10");
	ck_assert_str_eq(find_in(path, true, "example.net", "bo@other.example"), "f: 6:7 8");
	ck_assert_str_eq(find_in(path, true, "example.net", ""), "f: 6:7 8");
}
END_TEST

/* What is wrong is named by file and line; nothing of the value is shown. */
static const struct {
	const char *value, *want;
} values[] = {
	{ "user", "T/p:1: this is no \"user:password\"" },
	{ ":secret", "T/p:1: this is no \"user:password\"" },
	{ "user:sec\x01ret", "T/p:1: this is no \"user:password\"" },
	{ "!", "T/p:1: there is no command, or it has too many words" },
	{ "!echo al:$HOME ;", "al:$HOME ;" },
	{ "!echo secret", "T/p:1: this is no \"user:password\"" },
	{ "!false secret", "T/p:1: false failed with status 1" },
	{ "!printf al:1\\nbo:2\\n", "al:1" },
	{ "!sh T/apart", "al:fine" },
	{ "credential:name", "al:of systemd" },
	{ "$CREDENTIALS_DIRECTORY/name", "al:of systemd" },
	{ "credential:", "T/p:1: this is no name of a credential" },
	{ "credential:../p", "T/p:1: this is no name of a credential" },
	{ "credential:none", "cannot open T/credentials/none: No such file or directory" },
	{ "oauth2:T/oauth", "al@example.org with id" },
	{ "oauth2:T/none", "there is no T/none" },
};

START_TEST(test_values)
{
	const char *text, *t = strchr(values[_i].value, 'T');
	bool has_path = t && t[1] == '/';

	tempdir_write("credentials/name", "al:of systemd\n", 0600);
	tempdir_write("oauth", "user al@example.org\ntoken_endpoint https://x/\nclient_id id\nrefresh_token r\n", 0600);
	tempdir_write("apart", "echo warning >&2; echo al:fine", 0600);
	setenv("CREDENTIALS_DIRECTORY", tempdir_path("credentials"), 1);
	text = has_path ? arena_printf(&arena, "host %.*s%s%s\n", (int)(t - values[_i].value), values[_i].value,
				       tempdir(), t + 1)
			: arena_printf(&arena, "host %s\n", values[_i].value);
	ck_assert_str_eq(find_in(tempdir_write("p", text, 0600), false, "host", NULL), values[_i].want);
	ck_assert_ptr_null(strstr(fault.text, "secret"));
}
END_TEST

START_TEST(test_files)
{
	const char *one = tempdir_write("one", "host a:1\n", 0640), *two = tempdir_write("two", "other b:2\n", 0600);
	const char *both = arena_printf(&arena, "hash:%s, %s", one, two);

	ck_assert_str_eq(find_in(NULL, false, "host", NULL), "none");
	ck_assert_str_eq(find_in("", false, "host", NULL), "none");
	ck_assert_str_eq(find_in(both, false, "host", NULL), "a:1");
	ck_assert_str_eq(find_in(both, false, "other", NULL), "b:2");
	/* Others may read the one that does not even have the key. */
	chmod(one, 0644);
	ck_assert_ptr_nonnull(
		strstr(find_in(both, false, "other", NULL), "T/one: others may read or write it (mode 644)"));
	chmod(one, 0660);
	ck_assert_ptr_nonnull(strstr(find_in(both, false, "other", NULL), "T/one: others may read or write it"));
	unlink(one);
	ck_assert_ptr_nonnull(strstr(find_in(both, false, "other", NULL), "T/one"));
	ck_assert_ptr_nonnull(strstr(find_in("mysql:/x", false, "host", NULL), "smtp_sasl_password_maps"));
	unsetenv("CREDENTIALS_DIRECTORY");
	tempdir_write("two", "other credential:x\n", 0600);
	ck_assert_ptr_nonnull(strstr(find_in(two, false, "other", NULL), "CREDENTIALS_DIRECTORY is not set"));
}
END_TEST

/* A command in a file of another user would be that user's command, with our rights. */
/* The file is root's, and the mail somebody else's. */
START_TEST(test_another_user)
{
	const char *path = tempdir_write("passwords", table, 0600), *said;
	bool was_root = geteuid() == 0;

	if (was_root)
		ck_assert_int_eq(seteuid(65534), 0);
	else
		ck_assert_int_eq(chmod(path, 0), 0);
	said = find_in(path, false, "mail.example.org", NULL);
	if (was_root)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_ptr_nonnull(strstr(said, "Permission denied (mail of other users needs smtpd --submit)"));
}
END_TEST

/* Whether there is one: the command is not run. */
START_TEST(test_only_asked)
{
	const char *path = tempdir_write("passwords", "[a.example]:587 !touch /nonexistent/x\n", 0600);
	const struct credential_rules rules = { .maps = path };

	ck_assert_int_eq(credential_find(&rules, &arena, "[a.example]:587", NULL, NULL, &fault), 1);
	ck_assert_int_eq(credential_find(&rules, &arena, "[b.example]:587", NULL, NULL, &fault), 0);
}
END_TEST

START_TEST(test_owner)
{
	const char *path = tempdir_write("p", "host !echo al:1\nother al:1\n", 0600);

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(path, 65534, (gid_t)-1), 0);
	ck_assert_ptr_nonnull(strstr(find_in(path, false, "host", NULL), "only in a file of the user that runs"));
	ck_assert_str_eq(find_in(path, false, "other", NULL), "al:1");
	ck_assert_ptr_nonnull(
		strstr(find_in("static:!echo", false, "host", NULL), "only in a file of the user that runs"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_keys, 0, COUNT(keys));
	tcase_add_test(tc, test_sender);
	tcase_add_loop_test(tc, test_values, 0, COUNT(values));
	tcase_add_test(tc, test_files);
	tcase_add_test(tc, test_another_user);
	tcase_add_test(tc, test_only_asked);
	tcase_add_test(tc, test_owner);
}

CHECK_MAIN(credential, add_tests)
