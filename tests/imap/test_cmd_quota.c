/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "support/imaptest.h"

#define DONE "a OK That is it" CR

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.h,S=1025:2,", "a\n");
	imapcase_put(&c, ".x/cur/2.h,S=1000:2,", "b\n");
	imapcase_log_in(&c);
}

static const struct {
	const char *rule, *command, *want;
} rows[] = {
	{ NULL, "GETQUOTA \"\"", "* QUOTA \"\" ()" CR DONE },
	{ "*:storage=10:messages=5", "GETQUOTA \"\"", "* QUOTA \"\" (STORAGE 2 10 MESSAGE 2 5)" CR DONE },
	{ "*:messages=5", "GETQUOTA \"\"", "* QUOTA \"\" (MESSAGE 2 5)" CR DONE },
	{ "*:bytes=1", "GETQUOTA \"\"", "* QUOTA \"\" (STORAGE 2 1)" CR DONE },
	{ "*:storage=10", "GETQUOTAROOT x", "* QUOTAROOT \"x\" \"\"" CR "* QUOTA \"\" (STORAGE 2 10)" CR DONE },
	{ "*:storage=10", "GETQUOTAROOT none", "* QUOTAROOT \"none\" \"\"" CR "* QUOTA \"\" (STORAGE 2 10)" CR DONE },
	{ "*:storage=10", "GETQUOTAROOT a//b",
	  "a NO [CANNOT] the name of the folder is empty or too long, is not UTF-8, or has an empty level or a control "
	  "character" CR },
	{ "*:storage=10", "GETQUOTA other", "a NO [NONEXISTENT] There is no such quota root" CR },
	{ "*:storage=10", "SETQUOTA \"\" (STORAGE 20 MESSAGE 1)", "a NO [NOPERM] Limits are the administrator's" CR },
	{ "*:storage=10", "SETQUOTA \"\" ()", "a NO [NOPERM] Limits are the administrator's" CR },
	{ "*:storage=10", "SETQUOTA \"\" (STORAGE)", "a BAD Expected a blank" CR },
	{ "*:storage=10", "SETQUOTA \"\"", "a BAD An argument is missing" CR },
	{ "*:storage=10", "GETQUOTA", "a BAD An argument is missing" CR },
	{ "garbage", "GETQUOTA \"\"", "a NO [UNAVAILABLE] That is not possible now; the server's log says why" CR },
};

START_TEST(test_rows)
{
	c.s.mail.quota_rule = rows[_i].rule;
	ck_assert_str_eq(imapcase_ask(&c, arena_printf(&c.arena, "a %s" CR, rows[_i].command)), rows[_i].want);
}
END_TEST

/* Without a rule the limits in the file count: somebody else's. */
START_TEST(test_file)
{
	imapcase_put(&c, "maildirsize", "10240S,9C\n2025 2\n");
	ck_assert_str_eq(imapcase_ask(&c, "a GETQUOTA \"\"" CR), "* QUOTA \"\" (STORAGE 2 10 MESSAGE 2 9)" CR DONE);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_file);
}

CHECK_MAIN(cmd_quota, add_tests)
