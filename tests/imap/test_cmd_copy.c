/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "support/imaptest.h"

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.h,S=2:2,S", "a\n");
	imapcase_put(&c, "cur/2.h,S=2:2,", "b\n");
	imapcase_put(&c, "cur/3.h,S=2:2,", "c\n");
	imapcase_make_folder(&c, "x");
	imapcase_put(&c, ".x/maildirfolder", "");
	imapcase_select(&c);
}

/* Another session removed one: the others are copied, and the client hears of it. */
START_TEST(test_gone)
{
	imapcase_remove(&c, "cur/2.h,S=2:2,");
	ck_assert_str_eq(imapcase_ask(&c, "a COPY 2 x" CR),
			 "* 2 EXPUNGE" CR "a NO [EXPUNGEISSUED] The messages are gone" CR);
	imapcase_remove(&c, "cur/3.h,S=2:2,");
	ck_assert_str_eq(imapcase_ask(&c, "a MOVE 1:2 x" CR), "* OK [COPYUID N 1 1] Moved" CR "* 1 EXPUNGE" CR
							      "* 1 EXPUNGE" CR "a OK Done, but some were gone" CR);
}
END_TEST

/* RFC 8474 5.1: it is the same message, also as a copy of a copy. */
START_TEST(test_emailid)
{
	imapcase_ask(&c, "a COPY 1 x" CR "a MOVE 2 x" CR "a SELECT x" CR "a COPY 1 INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a FETCH 1:2 (EMAILID)" CR),
			 "* 1 FETCH (EMAILID (1_2eh))" CR "* 2 FETCH (EMAILID (2_2eh))" CR "a OK Fetched" CR);
	imapcase_ask(&c, "a SELECT INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a FETCH 1:3 (EMAILID)" CR),
			 "* 1 FETCH (EMAILID (1_2eh))" CR "* 2 FETCH (EMAILID (3_2eh))" CR
			 "* 3 FETCH (EMAILID (1_2eh))" CR "a OK Fetched" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a SEARCH EMAILID 1_2eh" CR), "* SEARCH 1 3" CR "a OK Done" CR);
}
END_TEST

/* RFC 8474 5.2: a copy of what has no Message-ID belongs to it, in its own mailbox and in another. */
START_TEST(test_threadid)
{
	imapcase_ask(&c, "a COPY 1 INBOX" CR "a COPY 1,4 x" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a FETCH 1,4 (THREADID)" CR),
			 "* 1 FETCH (THREADID (Tf37fcac6751841c35548510d52555ffd))" CR
			 "* 4 FETCH (THREADID (Tf37fcac6751841c35548510d52555ffd))" CR "a OK Fetched" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a SEARCH THREADID Tf37fcac6751841c35548510d52555ffd" CR),
			 "* SEARCH 1 4" CR "a OK Done" CR);
	imapcase_ask(&c, "a SELECT x" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a SEARCH THREADID Tf37fcac6751841c35548510d52555ffd" CR),
			 "* SEARCH 1 2" CR "a OK Done" CR);
}
END_TEST

START_TEST(test_quota)
{
	c.s.mail.quota_rule = "*:messages=4";
	ck_assert_str_eq(imapcase_ask(&c, "a COPY 1:2 x" CR), "a NO [OVERQUOTA] the mailbox is full" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a COPY 3 x" CR), "a OK [COPYUID N 3 1] Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a COPY 3 x" CR), "a NO [OVERQUOTA] the mailbox is full" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a UID MOVE 3 x" CR),
			 "* OK [COPYUID N 3 2] Moved" CR "* 3 EXPUNGE" CR "a OK Done" CR);
}
END_TEST

/* Counted again before it says no; then so many are still too many. */
START_TEST(test_quota_counted_again)
{
	c.s.mail.quota_rule = "*:messages=4";
	imapcase_put(&c, "maildirsize", "4C\n2 1\n6 3\n");
	ck_assert_str_eq(imapcase_ask(&c, "a COPY 1:2 x" CR), "a NO [OVERQUOTA] the mailbox is full" CR);
	imapcase_put(&c, "maildirsize", "4C\n2 1\n6 3\n");
	ck_assert_str_eq(imapcase_ask(&c, "a COPY 3 x" CR), "a OK [COPYUID N 3 1] Done" CR);
}
END_TEST

/* What was gone was not added. */
START_TEST(test_quota_gone)
{
	c.s.mail.quota_rule = "*:messages=9";
	imapcase_put(&c, "maildirsize", "9C\n6 3\n");
	imapcase_remove(&c, "cur/2.h,S=2:2,");
	imapcase_ask(&c, "a COPY 1:3 x" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a GETQUOTA \"\"" CR), "* QUOTA \"\" (MESSAGE 5 9)" CR "a OK That is it" CR);
}
END_TEST

/* What came meanwhile is told, not hidden by what we did. */
START_TEST(test_news)
{
	imapcase_put(&c, "cur/4.h:2,", "d\n");
	ck_assert_str_eq(imapcase_ask(&c, "a MOVE 1 x" CR), "* OK [COPYUID N 1 1] Moved" CR "* 1 EXPUNGE" CR
							    "* 3 EXISTS" CR "* 1 RECENT" CR "a OK Done" CR);
}
END_TEST

START_TEST(test_uidonly)
{
	imapcase_ask(&c, "a ENABLE UIDONLY" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a MOVE 1 x" CR), "a BAD [UIDREQUIRED] UIDONLY is enabled: say UID MOVE" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a UID MOVE 1,3 x" CR),
			 "* OK [COPYUID N 1,3 1:2] Moved" CR "* VANISHED 1,3" CR "a OK Done" CR);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_gone);
	tcase_add_test(tc, test_emailid);
	tcase_add_test(tc, test_threadid);
	tcase_add_test(tc, test_quota);
	tcase_add_test(tc, test_quota_counted_again);
	tcase_add_test(tc, test_quota_gone);
	tcase_add_test(tc, test_news);
	tcase_add_test(tc, test_uidonly);
}

CHECK_MAIN(cmd_copy, add_tests)
