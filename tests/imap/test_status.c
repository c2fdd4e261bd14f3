/* SPDX-License-Identifier: ISC */
#include "imap/status.h"

#include <errno.h>

#include "support/check_main.h"
#include "support/imapcase.h"
#include "support/tempdir.h"

#define CR "\r\n"

static struct imapcase c;
static struct fault fault;

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.h:2,ST", "a\n");
	imapcase_put(&c, "cur/2.h:2,T", "bc\n");
	imapcase_put(&c, "new/3.h", "def\n");
	imapcase_log_in(&c);
}

static void teardown(void)
{
	imapcase_clear(&c);
	tempdir_remove();
}

static const char *say(const char *name, unsigned items)
{
	buf_reset(&c.out);
	ck_assert_int_eq(imap_status_say(&c.s, name, items, &fault), 0);
	return buf_str(&c.out);
}

static const struct {
	unsigned items;
	const char *want;
} rows[] = {
	{ IMAP_STATUS_MESSAGES, "MESSAGES 3" },
	{ IMAP_STATUS_RECENT, "RECENT 1" },
	{ IMAP_STATUS_UIDNEXT | IMAP_STATUS_UNSEEN, "UIDNEXT 4 UNSEEN 2" },
	{ IMAP_STATUS_DELETED | IMAP_STATUS_SIZE, "DELETED 2 SIZE 12" },
	{ IMAP_STATUS_DELETED_STORAGE, "DELETED-STORAGE 1" },
	{ IMAP_STATUS_APPENDLIMIT, "APPENDLIMIT 1000000" },
};

START_TEST(test_items)
{
	ck_assert_str_eq(say("INBOX", rows[_i].items),
			 arena_printf(&c.arena, "* STATUS \"INBOX\" (%s)" CR, rows[_i].want));
	/* Looking changes nothing. */
	ck_assert(imapcase_is_there(&c, "new/3.h"));
}
END_TEST

START_TEST(test_no_limit)
{
	c.server.append_limit = 0;
	ck_assert_str_eq(say("INBOX", IMAP_STATUS_APPENDLIMIT), "* STATUS \"INBOX\" (APPENDLIMIT NIL)" CR);
}
END_TEST

START_TEST(test_missing)
{
	buf_reset(&c.out);
	ck_assert_int_eq(imap_status_say(&c.s, "none", IMAP_STATUS_MESSAGES, &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_uint_eq(c.out.n, 0);
}
END_TEST

/* A FIFO where a message should be is none, and nobody waits for it; nor is a directory. */
START_TEST(test_odd_files)
{
	ck_assert_int_eq(mkfifo(tempdir_path("m/cur/4.h:2,"), 0600), 0);
	ck_assert_int_eq(mkdir(tempdir_path("m/cur/5.h:2,"), 0700), 0);
	imapcase_put(&c, "cur/6.h:2,ZZ", "");
	imapcase_put(&c, "cur/7.h", "x");
	ck_assert_str_eq(say("INBOX", IMAP_STATUS_MESSAGES | IMAP_STATUS_SIZE),
			 "* STATUS \"INBOX\" (MESSAGES 5 SIZE 13)" CR);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_items, 0, COUNT(rows));
	tcase_add_test(tc, test_no_limit);
	tcase_add_test(tc, test_missing);
	tcase_add_test(tc, test_odd_files);
}

CHECK_MAIN(status, add_tests)
