/* SPDX-License-Identifier: ISC */
/* Two sessions on one mailbox, and programs beside them: what each is told of the others. */
#include "imap/session.h"

#include "support/check_main.h"
#include "support/imapcase.h"
#include "support/tempdir.h"

#include <unistd.h>

#define CR   "\r\n"
#define DONE "a OK Done" CR

static struct imapcase c, other;

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.a.h:2,S", "1\n");
	imapcase_put(&c, "cur/2.a.h:2,", "2\n");
	imapcase_put(&c, "cur/3.a.h:2,", "3\n");
	imapcase_put(&c, "cur/4.a.h:2,", "4\n");
	imapcase_init(&other);
	imapcase_select(&c);
	imapcase_select(&other);
}

static void teardown(void)
{
	imapcase_clear(&c);
	imapcase_clear(&other);
	tempdir_remove();
}

static void remove_two(void)
{
	imapcase_ask(&other, "a STORE 2,3 +FLAGS.SILENT (\\Deleted)" CR "b EXPUNGE" CR);
}

START_TEST(test_expunge)
{
	remove_two();
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* 2 EXPUNGE" CR "* 2 EXPUNGE" CR DONE);
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), DONE);
	ck_assert_str_eq(imapcase_ask(&c, "a UID STORE 4 FLAGS ()" CR),
			 "* 2 FETCH (UID 4 FLAGS ())" CR "a OK Stored" CR);
}
END_TEST

START_TEST(test_vanished)
{
	imapcase_ask(&c, "a ENABLE QRESYNC" CR);
	remove_two();
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* VANISHED 2:3" CR DONE);
}
END_TEST

START_TEST(test_vanished_uidonly)
{
	imapcase_ask(&c, "a ENABLE UIDONLY" CR);
	remove_two();
	imapcase_ask(&other, "a UID STORE 4 +FLAGS.SILENT (\\Seen)" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* VANISHED 2:3" CR "* 4 UIDFETCH (FLAGS (\\Seen))" CR DONE);
}
END_TEST

/* With numbers, nobody is told that they changed; with UIDs he may be. */
START_TEST(test_store_holds)
{
	remove_two();
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 4 FLAGS (\\Seen)" CR),
			 "* 4 FETCH (FLAGS (\\Seen))" CR "a OK Stored" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a UID STORE 4 FLAGS (\\Draft)" CR),
			 "* 4 FETCH (UID 4 FLAGS (\\Draft))" CR "* 2 EXPUNGE" CR "* 2 EXPUNGE" CR "a OK Stored" CR);
}
END_TEST

/* Whoever was told that it has gone does not see it come back in front of others; who selects it later does. */
START_TEST(test_comes_back)
{
	imapcase_move(&c, "cur/2.a.h:2,", "2.a.h");
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* 2 EXPUNGE" CR "a OK Done" CR);
	imapcase_move(&c, "2.a.h", "cur/2.a.h:2,F");
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a UID SEARCH ALL" CR), "* SEARCH 1 3 4" CR "a OK Done" CR);
	imapcase_ask(&c, "a SELECT INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a UID SEARCH ALL" CR), "* SEARCH 1 2 3 4" CR "a OK Done" CR);
}
END_TEST

START_TEST(test_arrival)
{
	imapcase_put(&c, "new/5.a.h", "5\n");
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* 5 EXISTS" CR "* 1 RECENT" CR DONE);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 5 +FLAGS (\\Seen)" CR),
			 "* 5 FETCH (FLAGS (\\Seen \\Recent))" CR "a OK Stored" CR);
	ck_assert_str_eq(imapcase_ask(&other, "a NOOP" CR), "* 5 EXISTS" CR "* 1 RECENT" CR DONE);
}
END_TEST

START_TEST(test_arrival_rev2)
{
	imapcase_ask(&c, "a ENABLE IMAP4rev2" CR);
	imapcase_put(&c, "new/5.a.h", "5\n");
	ck_assert_str_eq(imapcase_ask(&c, "a CHECK" CR), "* 5 EXISTS" CR DONE);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 5 +FLAGS (\\Seen)" CR),
			 "* 5 FETCH (FLAGS (\\Seen))" CR "a OK Stored" CR);
}
END_TEST

/* All at once: numbers of flags are those that the client has when it reads them. */
START_TEST(test_all)
{
	remove_two();
	imapcase_put(&c, "new/5.a.h", "5\n");
	imapcase_ask(&other, "a UID STORE 4 +FLAGS.SILENT (\\Seen)" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* 2 EXPUNGE" CR "* 2 EXPUNGE" CR "* 3 EXISTS" CR
							"* 1 RECENT" CR "* 2 FETCH (FLAGS (\\Seen))" CR DONE);
}
END_TEST

START_TEST(test_keywords)
{
	imapcase_ask(&other, "a STORE 1 +FLAGS.SILENT (new)" CR);
	ck_assert_str_eq(
		imapcase_ask(&c, "a NOOP" CR),
		"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft new)" CR
		"* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft new \\*)] These can be changed" CR
		"* 1 FETCH (FLAGS (\\Seen new))" CR DONE);
}
END_TEST

START_TEST(test_condstore)
{
	imapcase_ask(&c, "a ENABLE CONDSTORE" CR);
	imapcase_ask(&other, "a STORE 1 FLAGS.SILENT ()" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* 1 FETCH (FLAGS () MODSEQ (N))" CR DONE);
	imapcase_ask(&c, "a ENABLE QRESYNC" CR);
	imapcase_ask(&other, "a STORE 1 FLAGS.SILENT (\\Seen)" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (N))" CR DONE);
}
END_TEST

/* The uidlist is another one: nothing that the client knows is true. */
START_TEST(test_reset)
{
	imapcase_put(&c, "dovecot-uidlist", "3 V12345 N9 G18cf150821ab026ba014000083ecc375\n1 :1.a.h\n");
	imapcase_put(&c, "new/5.a.h", "5\n");
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR),
			 "* BYE The mailbox has another UIDVALIDITY now, select it again" CR);
	ck_assert(!imap_session_is_open(&c.s));
}
END_TEST

/* More than is put at a time. */
START_TEST(test_many)
{
	const char *at, *old = arena_str(&c.arena, tempdir_path("m/cur/4.a.h:2,"));
	int n = 0;

	for (int i = 10; i < 5300; i++)
		ck_assert_int_eq(link(old, tempdir_path(arena_printf(&c.arena, "m/cur/%d.a.h:2,T", i))), 0);
	imapcase_select(&other);
	imapcase_ask(&c, "a NOOP" CR);
	imapcase_ask(&other, "a EXPUNGE" CR);
	at = imapcase_ask(&c, "a NOOP" CR);
	while ((at = strstr(at, "* 5 EXPUNGE" CR)))
		at++, n++;
	ck_assert_int_eq(n, 5290);
	ck_assert(span_ends_nocase(buf_span(&c.said), SPAN("EXPUNGE" CR DONE)));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_expunge);
	tcase_add_test(tc, test_vanished);
	tcase_add_test(tc, test_vanished_uidonly);
	tcase_add_test(tc, test_store_holds);
	tcase_add_test(tc, test_comes_back);
	tcase_add_test(tc, test_arrival);
	tcase_add_test(tc, test_arrival_rev2);
	tcase_add_test(tc, test_all);
	tcase_add_test(tc, test_keywords);
	tcase_add_test(tc, test_condstore);
	tcase_add_test(tc, test_reset);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(report, add_tests)
