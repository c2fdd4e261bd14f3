/* SPDX-License-Identifier: ISC */
/* NOTIFY and the selected mailbox; other mailboxes are in test_lookout.c. */
#include "imap/session.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/imaptest.h"

#define OK "a OK As you like" CR

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.a.h:2,S", "Subject: one\n\n1\n");
	imapcase_put(&c, "cur/2.a.h:2,", "Subject: two\n\n2\n");
	imapcase_select(&c);
}

static void deliver(const char *name, const char *text)
{
	imapcase_put(&c, "tmp/x", text);
	imapcase_move(&c, "tmp/x", name);
}

/* With nobody saying anything, and no command under way. */
START_TEST(test_immediately)
{
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (selected (MessageNew MessageExpunge FlagChange))" CR), OK);
	ck_assert(imap_session_is_idle(&c.s));
	ck_assert_str_eq(imapcase_glance(&c), "");
	deliver("new/3.a.h", "Subject: three\n\n3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR);
	imapcase_move(&c, "cur/2.a.h:2,", "cur/2.a.h:2,F");
	ck_assert_str_eq(imapcase_look(&c), "* 2 FETCH (UID 2 FLAGS (\\Flagged))" CR);
	imapcase_remove(&c, "cur/1.a.h:2,S");
	ck_assert_str_eq(imapcase_look(&c), "* 1 EXPUNGE" CR);
	/* It goes on in the next mailbox. */
	imapcase_make_folder(&c, "b");
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "a SELECT b" CR), "a OK"));
	ck_assert_str_eq(imapcase_glance(&c), "");
	deliver("new/4.a.h", "4\n");
	ck_assert_str_eq(imapcase_glance(&c), "");
	deliver(".b/new/5.a.h", "5\n");
	ck_assert_str_eq(imapcase_look(&c), "* 1 EXISTS" CR "* 1 RECENT" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY NONE" CR), OK);
	deliver(".b/new/6.a.h", "6\n");
	ck_assert_str_eq(imapcase_glance(&c), "");
}
END_TEST

/* What a client wants to know of new mail comes with it, behind EXISTS; nothing is marked as seen. */
START_TEST(test_fetches)
{
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (selected (MessageNew (UID BODY[HEADER.FIELDS (Subject)] "
					  "FLAGS) MessageExpunge))" CR),
			 OK);
	deliver("cur/3.a.h:2,", "Subject: three\nFrom: x\n\n3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR
					    "* 3 FETCH (UID 3 FLAGS (\\Recent) BODY[HEADER.FIELDS (Subject)] {18}" CR
					    "Subject: three" CR CR ")" CR);
	ck_assert(imapcase_is_there(&c, "cur/3.a.h:2,"));
	/* FlagChange was not asked for. */
	imapcase_move(&c, "cur/3.a.h:2,", "cur/3.a.h:2,S");
	ck_assert_str_eq(imapcase_glance(&c), "");
	ck_assert_str_eq(imapcase_ask(&c, "b NOOP" CR), "b OK Done" CR);
	/* Of what it puts there itself it knows. */
	ck_assert_str_eq(imapcase_ask(&c, "b APPEND INBOX {3+}" CR "4" CR CR),
			 "* 4 EXISTS" CR "* 2 RECENT" CR "b OK [APPENDUID N 4] Saved" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b COPY 1 INBOX" CR),
			 "* 5 EXISTS" CR "* 3 RECENT" CR "b OK [COPYUID N 1 5] Done" CR);
	deliver("cur/6.a.h:2,", "6\n");
	ck_assert_ptr_nonnull(strstr(imapcase_look(&c), "* 6 FETCH (UID 6 FLAGS "));
}
END_TEST

/* What has happened before is told as if nothing had been asked for. */
START_TEST(test_before)
{
	deliver("new/3.a.h", "3\n");
	imapcase_move(&c, "cur/2.a.h:2,", "cur/2.a.h:2,F");
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (selected NONE)" CR),
			 "* 3 EXISTS" CR "* 1 RECENT" CR "* 2 FETCH (UID 2 FLAGS (\\Flagged))" CR OK);
}
END_TEST

/* Like a picture of the mailbox: until the client removes something itself. */
START_TEST(test_none)
{
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName))" CR), OK);
	deliver("new/3.a.h", "3\n");
	imapcase_move(&c, "cur/1.a.h:2,S", "cur/1.a.h:2,FS");
	ck_assert_str_eq(imapcase_glance(&c), "");
	ck_assert_str_eq(imapcase_ask(&c, "b NOOP" CR "c IDLE" CR "DONE" CR),
			 "b OK Done" CR "+ Waiting" CR "c OK Waited" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 1:* UID" CR),
			 "* 1 FETCH (UID 1)" CR "* 2 FETCH (UID 2)" CR "b OK Fetched" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b STORE 2 +FLAGS.SILENT (\\Deleted)" CR "c EXPUNGE" CR),
			 "b OK Stored" CR "* 2 EXPUNGE" CR "* 2 EXISTS" CR "* 1 RECENT" CR "c OK Removed" CR);
}
END_TEST

#define DELAYED "a NOTIFY SET (selected-delayed (MessageNew (UID) MessageExpunge FlagChange))" CR

/* Numbers stay until a command that allows EXPUNGE, also IDLE; what else happens is told at once: RFC 5465 6.1. */
START_TEST(test_delayed)
{
	ck_assert_str_eq(imapcase_ask(&c, DELAYED), OK);
	imapcase_remove(&c, "cur/1.a.h:2,S");
	ck_assert_str_eq(imapcase_glance(&c), "");
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 2 UID" CR), "* 2 FETCH (UID 2)" CR "b OK Fetched" CR);
	deliver("new/3.a.h", "Subject: three\n\n3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR "* 3 FETCH (UID 3)" CR);
	imapcase_move(&c, "cur/3.a.h:2,", "cur/3.a.h:2,F");
	ck_assert_str_eq(imapcase_look(&c), "* 3 FETCH (UID 3 FLAGS (\\Flagged \\Recent))" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 3 BODY[TEXT]" CR),
			 "* 3 FETCH (FLAGS (\\Flagged \\Seen \\Recent) BODY[TEXT] {3}" CR "3" CR ")" CR
			 "b OK Fetched" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b NOOP" CR), "* 1 EXPUNGE" CR "b OK Done" CR);
	imapcase_remove(&c, "cur/2.a.h:2,");
	ck_assert_str_eq(imapcase_glance(&c), "");
	ck_assert_str_eq(imapcase_ask(&c, "b IDLE" CR), "+ Waiting" CR "* 1 EXPUNGE" CR);
	imapcase_remove(&c, "cur/3.a.h:2,FS");
	ck_assert_str_eq(imapcase_look(&c), "* 1 EXPUNGE" CR);
	ck_assert_str_eq(imapcase_ask(&c, "DONE" CR), "b OK Waited" CR);
}
END_TEST

/* A message that is gone, and that the client has not been told of. */
START_TEST(test_delayed_gone)
{
	imapcase_ask(&c, DELAYED "b UID SEARCH RETURN (UPDATE COUNT) SEEN" CR);
	imapcase_remove(&c, "cur/1.a.h:2,S");
	deliver("new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR "* 3 FETCH (UID 3)" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 1:2 (UID FLAGS)" CR),
			 "* 1 FETCH (UID 1 FLAGS (\\Seen))" CR "* 2 FETCH (UID 2 FLAGS ())" CR "b OK Fetched" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 1:2 BODY.PEEK[TEXT]" CR),
			 "* 2 FETCH (BODY[TEXT] {3}" CR "2" CR ")" CR
			 "b OK [EXPUNGEISSUED] Some of the messages are gone" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 1 EMAILID" CR),
			 "b OK [EXPUNGEISSUED] Some of the messages are gone" CR);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "b STORE 1 +FLAGS (\\Deleted)" CR), "b NO [EXPUNGEISSUED]"));
	ck_assert_str_eq(imapcase_ask(&c, "b SEARCH EMAILID M00" CR), "* SEARCH" CR "b OK Done" CR);
	/* Of what the client removes itself it is told together with that. */
	ck_assert_str_eq(imapcase_ask(&c, "b STORE 2 +FLAGS.SILENT (\\Deleted)" CR), "b OK Stored" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b EXPUNGE" CR), "* ESEARCH (TAG \"b\") UID REMOVEFROM (0 1)" CR
							   "* 1 EXPUNGE" CR "* 1 EXPUNGE" CR "b OK Removed" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 1:* UID" CR), "* 1 FETCH (UID 3)" CR "b OK Fetched" CR);
}
END_TEST

/* One that comes back was never gone. */
START_TEST(test_delayed_back)
{
	imapcase_ask(&c, DELAYED);
	imapcase_move(&c, "cur/1.a.h:2,S", "tmp/1");
	deliver("new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR "* 3 FETCH (UID 3)" CR);
	imapcase_move(&c, "tmp/1", "cur/1.a.h:2,");
	ck_assert_str_eq(imapcase_look(&c), "* 1 FETCH (UID 1 FLAGS ())" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b NOOP" CR), "b OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 1 BODY.PEEK[TEXT]" CR),
			 "* 1 FETCH (BODY[TEXT] {3}" CR "1" CR ")" CR "b OK Fetched" CR);
}
END_TEST

/* UIDs that vanish are told when numbers may change, and are among those that changed since. */
START_TEST(test_delayed_vanished)
{
	char text[100];

	imapcase_ask(&c, "a ENABLE QRESYNC" CR DELAYED);
	imapcase_ask_raw(&c, "b STATUS INBOX (HIGHESTMODSEQ)" CR);
	snprintf(text, sizeof(text), "b UID FETCH 1:* (UID) (CHANGEDSINCE %llu VANISHED)" CR,
		 (unsigned long long)imapcase_number(&c, "HIGHESTMODSEQ"));
	imapcase_remove(&c, "cur/1.a.h:2,S");
	deliver("new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR "* 3 FETCH (UID 3)" CR);
	imapcase_ask(&c, text);
	ck_assert_ptr_nonnull(strstr(buf_str(&c.said), "* VANISHED 1" CR "b OK"));
	ck_assert_str_eq(imapcase_ask(&c, "b NOOP" CR), "b OK Done" CR);
}
END_TEST

/* Not in the middle of a command that the client is saying. */
START_TEST(test_half)
{
	int ms;

	imapcase_ask(&c, "a NOTIFY SET (selected (MessageNew MessageExpunge))" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b UID FE"), "");
	imapcase_remove(&c, "cur/1.a.h:2,S");
	ck_assert_str_eq(imapcase_look(&c), "");
	/* And it is not asked again and again. */
	imap_session_watched(&c.s, &ms);
	ck_assert_int_ne(ms, 0);
	ck_assert_str_eq(imapcase_ask(&c, "TCH 2 FLAGS" CR),
			 "* 2 FETCH (UID 2 FLAGS ())" CR "* 1 EXPUNGE" CR "b OK Fetched" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 1 UID"), "");
	deliver("new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_ask(&c, CR), "* 1 FETCH (UID 2)" CR "b OK Fetched" CR);
	imap_session_watched(&c.s, &ms);
	ck_assert_int_eq(ms, 0);
	ck_assert_str_eq(imapcase_glance(&c), "* 2 EXISTS" CR "* 1 RECENT" CR);
}
END_TEST

START_TEST(test_vanished)
{
	imapcase_ask(&c, "a ENABLE QRESYNC" CR);
	imapcase_ask(&c, "a NOTIFY SET (selected (MessageNew (MODSEQ) MessageExpunge FlagChange))" CR);
	imapcase_remove(&c, "cur/1.a.h:2,S");
	ck_assert_str_eq(imapcase_look(&c), "* VANISHED 1" CR);
	deliver("cur/3.a.h:2,", "3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 2 EXISTS" CR "* 1 RECENT" CR "* 2 FETCH (MODSEQ (N))" CR);
}
END_TEST

/* A search that is kept up to date tells of new messages only, and in this order: RFC 5465 7. */
START_TEST(test_update)
{
	ck_assert_str_eq(imapcase_ask(&c, "s UID SEARCH RETURN (COUNT UPDATE (UID BODY[TEXT])) UNSEEN" CR),
			 "* ESEARCH (TAG \"s\") UID COUNT 1" CR "s OK Done" CR);
	imapcase_ask(&c, "a NOTIFY SET (selected (MessageNew (UID) MessageExpunge FlagChange))" CR);
	deliver("cur/3.a.h:2,", "Subject: 3\n\n3\n");
	ck_assert_str_eq(imapcase_look(&c),
			 "* 3 EXISTS" CR "* 1 RECENT" CR "* 3 FETCH (UID 3)" CR "* 3 FETCH (UID 3 BODY[TEXT] {3}" CR
			 "3" CR ")" CR "* ESEARCH (TAG \"s\") UID ADDTO (0 3)" CR);
	imapcase_move(&c, "cur/1.a.h:2,S", "cur/1.a.h:2,");
	ck_assert_str_eq(imapcase_look(&c), "* 1 FETCH (UID 1 FLAGS ())" CR "* ESEARCH (TAG \"s\") UID ADDTO (0 1)" CR);
	imapcase_move(&c, "cur/2.a.h:2,", "cur/2.a.h:2,S");
	ck_assert_str_eq(imapcase_look(&c),
			 "* 2 FETCH (UID 2 FLAGS (\\Seen))" CR "* ESEARCH (TAG \"s\") UID REMOVEFROM (0 2)" CR);
	imapcase_remove(&c, "cur/1.a.h:2,");
	ck_assert_str_eq(imapcase_look(&c), "* ESEARCH (TAG \"s\") UID REMOVEFROM (0 1)" CR "* 1 EXPUNGE" CR);
}
END_TEST

START_TEST(test_refused)
{
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (selected (MessageNew MessageExpunge AnnotationChange))" CR),
			 "a NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange "
			 "MailboxMetadataChange ServerMetadataChange)] There is no such event" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (personal (FlagChange))" CR),
			 "a BAD MessageNew and MessageExpunge go together, and FlagChange needs both" CR);
	/* What was asked for before stays. */
	imapcase_ask(&c, "a NOTIFY SET (selected (MessageNew MessageExpunge))" CR "b NOTIFY SET (personal (x))" CR);
	deliver("new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR);
	imapcase_clear(&c);
	imapcase_init(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY NONE" CR), "a BAD Log in first" CR);
}
END_TEST

/* A message that is being told of shrinks: nothing more can be said, not even BYE. */
START_TEST(test_broken)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_put_str(&text, "Subject: large\n\n");
	while (text.n < 300000)
		buf_put_str(&text, "0123456789\n");
	imapcase_ask(&c, "a NOTIFY SET (selected (MessageNew (BODY.PEEK[]) MessageExpunge))" CR);
	deliver("cur/3.a.h:2,", buf_str(&text));
	imap_session_look(&c.s);
	ck_assert(imap_session_produce(&c.s));
	buf_reset(&c.out);
	ck_assert_int_eq(truncate(tempdir_path("m/cur/3.a.h:2,"), 100), 0);
	while (imap_session_produce(&c.s))
		buf_reset(&c.out);
	ck_assert(!imap_session_is_open(&c.s));
	ck_assert_ptr_null(strstr(buf_str(&c.out), "BYE"));
	buf_clear(&text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_immediately);
	tcase_add_test(tc, test_fetches);
	tcase_add_test(tc, test_before);
	tcase_add_test(tc, test_none);
	tcase_add_test(tc, test_delayed);
	tcase_add_test(tc, test_delayed_gone);
	tcase_add_test(tc, test_delayed_back);
	tcase_add_test(tc, test_delayed_vanished);
	tcase_add_test(tc, test_half);
	tcase_add_test(tc, test_vanished);
	tcase_add_test(tc, test_update);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_broken);
}

CHECK_MAIN(cmd_notify, add_tests)
