/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/imaptest.h"

#define DONE "a OK That is all" CR
#define LEAF "* LIST (\\HasNoChildren) \"/\" "

/* What other software made there: shown if it can be, and nothing else suffers. */
static const struct {
	const char *disk, *want;
} rows[] = {
	{ "plain", LEAF "\"plain\"" CR },
	{ "with blank", LEAF "\"with blank\"" CR },
	{ "&", LEAF "\"&-\"" CR },
	{ "a&b", LEAF "\"a&-b\"" CR },
	{ "&AG0-", LEAF "\"&-AG0-\"" CR },
	{ "\xc3\xa4", LEAF "\"&AOQ-\"" CR },
	{ "&AOQ-", LEAF "\"&AOQ-\"" CR },
	{ "\xff\xfe", "" },
	{ "quote\"d", LEAF "\"quote\\\"d\"" CR },
	{ "back\\slash", LEAF "\"back\\\\slash\"" CR },
	{ "line\r\nA OK", "" },
	{ "*%", LEAF "\"*%\"" CR },
	{ "a..b", LEAF "\"a//b\"" CR },
	{ "..x", "" },
	{ "x.", LEAF "\"x/\"" CR },
};

START_TEST(test_odd_names)
{
	const char *inbox, *want = rows[_i].want;
	char *names;

	imapcase_make_folder(&c, rows[_i].disk);
	names = arena_str(&c.arena, imapcase_ask(&c, "a LIST \"\" *" CR));
	/* Whatever it is called, INBOX is there, and each line is one answer. */
	inbox = strstr(names, "* LIST (\\HasNoChildren) \"/\" \"INBOX\"" CR);
	ck_assert_ptr_nonnull(inbox);
	ck_assert_ptr_nonnull(strstr(names, DONE));
	if (want[0])
		ck_assert_msg(strstr(names, want) || strchr(want, '/'), "%s: %s", rows[_i].disk, names);
	else
		ck_assert_str_eq(names, LEAF "\"INBOX\"" CR DONE);
}
END_TEST

START_TEST(test_no_folders)
{
	ck_assert_int_eq(symlink("/etc", tempdir_path("m/.link")), 0);
	ck_assert_int_eq(mkfifo(tempdir_path("m/.fifo"), 0600), 0);
	imapcase_put(&c, ".file", "x");
	imapcase_put(&c, ".nocur/new/1.h", "x");
	ck_assert_str_eq(imapcase_ask(&c, "a LIST \"\" *" CR), LEAF "\"INBOX\"" CR DONE);
	ck_assert_str_eq(imapcase_ask(&c, "a SELECT link" CR), "a NO [NONEXISTENT] There is no such mailbox" CR);
}
END_TEST

/* More than is put at a time, and each level once. */
START_TEST(test_many)
{
	const char *names, *at;
	int n = 0;

	for (int i = 0; i < 1000; i++) {
		const char *dir = tempdir_path(arena_printf(&c.arena, "m/.f%d.%d.c", i / 10, i));

		ck_assert_int_eq(mkdir(dir, 0700), 0);
		ck_assert_int_eq(mkdir(arena_printf(&c.arena, "%s/cur", dir), 0700), 0);
	}
	names = imapcase_ask(&c, "a LIST \"\" *" CR);
	for (at = names; (at = strstr(at, "* LIST")); at++)
		n++;
	ck_assert_int_eq(n, 1 + 100 + 1000 + 1000);
	names = imapcase_ask(&c, "a LIST \"\" %" CR);
	for (n = 0, at = names; (at = strstr(at, "* LIST")); at++)
		n++;
	ck_assert_int_eq(n, 1 + 100);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, log_in_client, teardown);
	tcase_add_loop_test(tc, test_odd_names, 0, COUNT(rows));
	tcase_add_test(tc, test_no_folders);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(cmd_list, add_tests)
