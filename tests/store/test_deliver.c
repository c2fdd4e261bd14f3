/* SPDX-License-Identifier: ISC */
#include "store/deliver.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;

static void teardown(void)
{
	tempdir_remove();
}

static const struct {
	const char *location;
	int kind;
	const char *path;
} locations[] = {
	{ "maildir:/home/al/Maildir", 1, "/home/al/Maildir" },
	{ "Maildir:/home/al/Maildir/", 1, "/home/al/Maildir/" },
	{ "mbox:/var/mail/al", 0, "/var/mail/al" },
	{ "mbox:/var/mail/", 0, "/var/mail/" },
	{ "/var/mail/al", 0, "/var/mail/al" },
	{ "/home/al/Maildir/", 1, "/home/al/Maildir/" },
	{ "", -1, NULL },
	{ "Maildir", -1, NULL },
	{ "maildir:Maildir", -1, NULL },
	{ "maildir:", -1, NULL },
	{ "mbox:~/mail", -1, NULL },
	{ "mdbox:~/mail", -1, NULL },
	{ "imap:host", -1, NULL },
};

START_TEST(test_location)
{
	const char *path = NULL;

	ck_assert_int_eq(deliver_location(locations[_i].location, &path, &fault), locations[_i].kind);
	if (locations[_i].kind >= 0)
		ck_assert_str_eq(path, locations[_i].path);
	else
		ck_assert_int_eq(fault.kind, FAULT_PERM);
}
END_TEST

static int count(const char *name)
{
	DIR *dir = opendir(tempdir_path(name));
	const struct dirent *d;
	int n = 0;

	while (dir && (d = readdir(dir)) != NULL)
		n += d->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static int deliver(const char *prefix, const char *name, bool abort)
{
	struct arena a = { 0 };
	struct deliver d;
	int rc = deliver_begin(&d, arena_printf(&a, "%s%s", prefix, tempdir_path(name)), "al@example.org", 1763791200,
			       &fault);

	if (rc == 0) {
		deliver_put(&d, "one\n", 4);
		deliver_put(&d, "two\n", 4);
		if (abort)
			deliver_abort(&d);
		else
			rc = deliver_commit(&d, &fault);
	}
	arena_clear(&a);
	return rc;
}

START_TEST(test_both_kinds)
{
	struct arena a = { 0 };
	struct span text;

	ck_assert_int_eq(deliver("maildir:", "al", false), 0);
	ck_assert_int_eq(deliver("maildir:", "al", true), 0);
	ck_assert_int_eq(count("al/new"), 1);
	ck_assert_int_eq(count("al/tmp"), 0);
	ck_assert_int_eq(deliver("", "bo/", false), 0);
	ck_assert_int_eq(count("bo/new"), 1);
	ck_assert_int_eq(deliver("mbox:", "carla", false), 0);
	ck_assert_int_eq(deliver("", "carla", true), 0);
	ck_assert_int_eq(disk_read_file(&a, AT_FDCWD, tempdir_path("carla"), 1000, &text, &fault), 0);
	ck_assert_str_eq(arena_span(&a, text), "From al@example.org Sat Nov 22 06:00:00 2025\none\ntwo\n\n");
	arena_clear(&a);
}
END_TEST

/* One message after another, until there is no room; mbox files have no limit. */
START_TEST(test_quota)
{
	static const struct {
		const char *prefix, *rule;
		bool begins;
		int fit; /* of three */
	} rows[] = {
		{ "maildir:", "*:bytes=20", true, 2 }, { "maildir:", "*:messages=1", true, 1 },
		{ "maildir:", "", true, 3 },	       { "maildir:", NULL, true, 3 },
		{ "maildir:", "a lot", false, 0 },     { "mbox:", "*:bytes=20", true, 3 },
	};
	const struct account who = { .name = "al", .quota_rule = rows[_i].rule };
	struct arena a = { 0 };
	int fit = 0;

	for (int i = 0; i < 3; i++) {
		struct deliver d;

		ck_assert_int_eq(
			deliver_begin(&d, arena_printf(&a, "%s%s", rows[_i].prefix, tempdir_path("al")), "", 1, &fault),
			0);
		ck_assert_int_eq(deliver_set_quota(&d, &who, &fault) == 0, rows[_i].begins);
		if (!rows[_i].begins)
			continue;
		deliver_put(&d, "12345678", 8);
		fit += deliver_commit(&d, &fault) == 0;
	}
	ck_assert_int_eq(fit, rows[_i].fit);
	if (rows[_i].begins && fit < 3)
		ck_assert_str_eq(fault.status, "5.2.2");
	ck_assert_int_eq(count("al/new"), strcmp(rows[_i].prefix, "mbox:") == 0 ? 0 : fit);
	ck_assert_int_eq(count("al/tmp"), 0);
	arena_clear(&a);
}
END_TEST

START_TEST(test_failure)
{
	int first = open("/dev/null", O_RDONLY), next;

	close(first);
	tempdir_write("file", "", 0600);
	ck_assert_int_eq(deliver("maildir:", "file", false), -1);
	ck_assert_int_eq(deliver("mbox:", "none/mbox", false), -1);
	ck_assert_int_eq(deliver("what:", "file", false), -1);
	/* tmp/ that cannot be written to. */
	ck_assert_int_eq(deliver("maildir:", "al", false), 0);
	ck_assert_int_eq(rmdir(tempdir_path("al/tmp")), 0);
	tempdir_write("al/tmp", "", 0600);
	ck_assert_int_eq(deliver("maildir:", "al", false), -1);
	ck_assert_int_eq(count("al/new"), 1);
	/* Nothing is left open. */
	next = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(next, first);
	close(next);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_location, 0, COUNT(locations));
	tcase_add_test(tc, test_both_kinds);
	tcase_add_loop_test(tc, test_quota, 0, 6);
	tcase_add_test(tc, test_failure);
}

CHECK_MAIN(deliver, add_tests)
