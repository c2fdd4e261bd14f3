/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "support/imaptest.h"

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.h:2,", "a\n");
	imapcase_log_in(&c);
}

/* Who asks for HIGHESTMODSEQ knows of CONDSTORE. */
START_TEST(test_condstore)
{
	imapcase_ask(&c, "a SELECT INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a STATUS INBOX (MESSAGES)" CR),
			 "* STATUS \"INBOX\" (MESSAGES 1)" CR "a OK That is it" CR);
	ck_assert_uint_eq(c.s.enabled, 0);
	ck_assert_str_eq(imapcase_ask(&c, "a STATUS INBOX (HIGHESTMODSEQ)" CR),
			 "* OK [HIGHESTMODSEQ N] The last change" CR "* STATUS \"INBOX\" (HIGHESTMODSEQ N)" CR
			 "a OK That is it" CR);
	ck_assert_uint_eq(c.s.enabled, IMAP_CONDSTORE);
}
END_TEST

/* It says what a SELECT would. */
START_TEST(test_same)
{
	uint64_t highest;

	imapcase_ask_raw(&c, "a STATUS INBOX (HIGHESTMODSEQ)" CR);
	highest = imapcase_number(&c, "HIGHESTMODSEQ");
	imapcase_ask_raw(&c, "a SELECT INBOX" CR);
	ck_assert_uint_eq(imapcase_number(&c, "HIGHESTMODSEQ"), highest);
}
END_TEST

START_TEST(test_unreadable)
{
	imapcase_put(&c, ".x/cur", "no directory");
	ck_assert_str_eq(imapcase_ask(&c, "a STATUS x (MESSAGES)" CR),
			 "a NO [NONEXISTENT] There is no such mailbox" CR);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_condstore);
	tcase_add_test(tc, test_same);
	tcase_add_test(tc, test_unreadable);
}

CHECK_MAIN(cmd_status, add_tests)
