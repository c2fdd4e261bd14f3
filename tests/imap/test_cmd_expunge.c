/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "support/imaptest.h"

#define OK "a OK Removed" CR

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.a.h:2,T", "1\n");
	imapcase_put(&c, "cur/2.a.h:2,", "2\n");
	imapcase_put(&c, "cur/3.a.h:2,T", "3\n");
	imapcase_put(&c, "cur/4.a.h:2,T", "4\n");
	imapcase_put(&c, "cur/5.a.h:2,S", "5\n");
	imapcase_select(&c);
}

static const struct {
	const char *say, *want;
	const char *stay; /* the messages that do */
} rows[] = {
	{ "EXPUNGE", "* 1 EXPUNGE" CR "* 2 EXPUNGE" CR "* 2 EXPUNGE" CR OK, "25" },
	{ "UID EXPUNGE 3", "* 3 EXPUNGE" CR OK, "1245" },
	{ "UID EXPUNGE 2:3,5", "* 3 EXPUNGE" CR OK, "1245" },
	{ "UID EXPUNGE 4:*", "* 4 EXPUNGE" CR OK, "1235" },
	{ "UID EXPUNGE 99", OK, "12345" },
	{ "UID EXPUNGE $", OK, "12345" },
	{ "EXPUNGE 1", "a BAD Too many arguments, or something is behind them" CR, "12345" },
	{ "UID EXPUNGE", "a BAD An argument is missing" CR, "12345" },
	{ "UID EXPUNGE x", "a BAD Expected a set of messages, as 1,3:5,7:*" CR, "12345" },
};

static bool stays(int number)
{
	static const char *const flags[] = { "T", "", "T", "T", "S" };

	return imapcase_is_there(&c, arena_printf(&c.arena, "cur/%d.a.h:2,%s", number, flags[number - 1]));
}

START_TEST(test_expunge)
{
	ck_assert_str_eq(imapcase_ask(&c, arena_printf(&c.arena, "a %s" CR, rows[_i].say)), rows[_i].want);
	for (int i = 1; i <= 5; i++)
		ck_assert_int_eq(stays(i), strchr(rows[_i].stay, '0' + i) != NULL);
}
END_TEST

START_TEST(test_qresync)
{
	imapcase_ask(&c, "a ENABLE QRESYNC" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a EXPUNGE" CR), "* VANISHED 1,3:4" CR "a OK [HIGHESTMODSEQ N] Removed" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a EXPUNGE" CR), "a OK [HIGHESTMODSEQ N] Removed" CR);
}
END_TEST

START_TEST(test_read_only)
{
	imapcase_ask(&c, "a EXAMINE INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a EXPUNGE" CR),
			 "a NO [READ-ONLY] The mailbox was opened for reading only" CR);
	ck_assert(stays(1));
}
END_TEST

/* It is gone already: that is no error, and told once. */
START_TEST(test_gone)
{
	imapcase_remove(&c, "cur/3.a.h:2,T");
	ck_assert_str_eq(imapcase_ask(&c, "a UID EXPUNGE 3" CR), "* 3 EXPUNGE" CR OK);
	ck_assert_str_eq(imapcase_ask(&c, "a UID EXPUNGE 3" CR), OK);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_expunge, 0, COUNT(rows));
	tcase_add_test(tc, test_qresync);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_gone);
}

CHECK_MAIN(cmd_expunge, add_tests)
