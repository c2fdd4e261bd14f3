/* SPDX-License-Identifier: ISC */
#include "store/subscriptions.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct arena arena;
static struct folders t;

static void setup(void)
{
	ck_assert_int_eq(folders_open(&t, tempdir(), &fault), 0);
}

static void teardown(void)
{
	folders_close(&t);
	arena_clear(&arena);
	tempdir_remove();
}

static const char *content(void)
{
	struct span text;

	ck_assert_int_eq(disk_read_file(&arena, t.fd, "subscriptions", 1 << 20, &text, &fault), 0);
	return arena_span(&arena, text);
}

static const char *list(void)
{
	const char *const *names, *all = "";
	size_t n;

	ck_assert_int_eq(subscriptions_list(&t, &arena, &names, &n, &fault), 0);
	for (size_t i = 0; i < n; i++)
		all = arena_printf(&arena, "%s%s%s", all, i ? "|" : "", names[i]);
	return all;
}

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "V\t2\n\n", "" },
	{ "V\t2\n\nINBOX\nW&APY-rld\nsub\tdeep\n", "INBOX|W\xc3\xb6rld|sub/deep" },
	{ "INBOX\nsub.deep\n", "INBOX|sub/deep" },
	{ "V\t2\n\na&b\n\nok", "a&b|ok" },
	{ "V\t2\n\nb\\x\nW\xc3\xb6rld\tx\n", "b\\x|W\xc3\xb6rld/x" },
	{ "W\xc3\xb6rld.x\n", "W\xc3\xb6rld/x" },
	{ "V\t2\n\ninbox\na/b\nbad\xff\n\x01\nok\n", "ok" },
};

START_TEST(test_list)
{
	ck_assert_str_eq(list(), "");
	tempdir_write("subscriptions", rows[_i].text, 0600);
	ck_assert_str_eq(list(), rows[_i].want);
}
END_TEST

START_TEST(test_set)
{
	ck_assert_int_eq(subscriptions_set(&t, SPAN("sub/deep"), true, &fault), 0);
	ck_assert_int_eq(subscriptions_set(&t, SPAN("W\xc3\xb6rld"), true, &fault), 0);
	ck_assert_int_eq(subscriptions_set(&t, SPAN("sub/deep"), true, &fault), 0);
	ck_assert_int_eq(subscriptions_set(&t, SPAN("inbox"), true, &fault), 0);
	ck_assert_str_eq(content(), "V\t2\n\nsub\tdeep\nW&APY-rld\nINBOX\n");
	ck_assert_int_eq(subscriptions_set(&t, SPAN("sub/deep"), false, &fault), 0);
	ck_assert_int_eq(subscriptions_set(&t, SPAN("none"), false, &fault), 0);
	ck_assert_str_eq(list(), "W\xc3\xb6rld|INBOX");
	ck_assert_int_eq(subscriptions_set(&t, SPAN("a\nb"), true, &fault), -1);
	ck_assert_int_ne(faccessat(t.fd, "subscriptions.lock", F_OK, 0), 0);
}
END_TEST

/* Version 1 becomes version 2; what is no name stays. */
START_TEST(test_upgrade)
{
	tempdir_write("subscriptions", "a.b\nodd&name\n", 0600);
	ck_assert_int_eq(subscriptions_set(&t, SPAN("c"), true, &fault), 0);
	ck_assert_str_eq(content(), "V\t2\n\na\tb\nodd&name\nc\n");
}
END_TEST

/* A folder is known by its name on disk, also one that Dovecot made with UTF-8 names. */
START_TEST(test_bytes)
{
	tempdir_write(".W\xc3\xb6rld.x/cur/.x", "", 0600);
	tempdir_write("subscriptions", "V\t2\n\nb\\y\nc\n", 0600);
	ck_assert_int_eq(subscriptions_set(&t, SPAN("W\xc3\xb6rld/x"), true, &fault), 0);
	ck_assert_str_eq(content(), "V\t2\n\nb\\y\nc\nW\xc3\xb6rld\tx\n");
	ck_assert_int_eq(subscriptions_set(&t, SPAN("W\xc3\xb6rld/x"), true, &fault), 0);
	ck_assert_int_eq(subscriptions_set(&t, SPAN("b\\y"), false, &fault), 0);
	ck_assert_str_eq(content(), "V\t2\n\nc\nW\xc3\xb6rld\tx\n");
	ck_assert_int_eq(subscriptions_set(&t, SPAN("W\xc3\xb6rld/x"), false, &fault), 0);
	ck_assert_str_eq(list(), "c");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_list, 0, COUNT(rows));
	tcase_add_test(tc, test_set);
	tcase_add_test(tc, test_upgrade);
	tcase_add_test(tc, test_bytes);
}

CHECK_MAIN(subscriptions, add_tests)
