/* SPDX-License-Identifier: ISC */
/* What NOTIFY tells of mailboxes that are not selected, whoever changed them. */
#include "imap/lookout.h"

#include <stdio.h>
#include <sys/stat.h>

#include "support/check_main.h"
#include "support/imapcase.h"
#include "support/tempdir.h"

#define CR	 "\r\n"
#define OK	 "a OK As you like" CR
#define MESSAGES "(MessageNew MessageExpunge FlagChange)"

enum { PATIENCE = 100 };

static struct imapcase c, other;

static void setup(void)
{
	imapcase_init(&c);
	imapcase_make_folder(&c, "work");
	imapcase_make_folder(&c, "work.old");
	imapcase_put(&c, ".work/cur/1.a.h:2,", "1\n");
	imapcase_log_in(&c);
	imapcase_init(&other);
	imapcase_log_in(&other);
}

static void teardown(void)
{
	imapcase_clear(&other);
	imapcase_clear(&c);
	tempdir_remove();
}

static void deliver(const char *name)
{
	imapcase_put(&c, "tmp/x", "x\n");
	imapcase_move(&c, "tmp/x", name);
}

START_TEST(test_status)
{
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET STATUS (mailboxes (work nothing) " MESSAGES ")" CR),
			 "* STATUS \"work\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N UNSEEN 1 HIGHESTMODSEQ N)" CR OK);
	ck_assert_str_eq(imapcase_glance(&c), "");
	deliver(".work/new/2.a.h");
	ck_assert_str_eq(imapcase_look(&c), "* STATUS \"work\" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY N UNSEEN 2)" CR);
	imapcase_move(&c, ".work/cur/1.a.h:2,", ".work/cur/1.a.h:2,S");
	ck_assert_str_eq(imapcase_look(&c), "* STATUS \"work\" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY N UNSEEN 1)" CR);
	imapcase_remove(&c, ".work/cur/1.a.h:2,S");
	ck_assert_str_eq(imapcase_look(&c), "* STATUS \"work\" (MESSAGES 1 UIDNEXT 3 UIDVALIDITY N UNSEEN 1)" CR);
	/* Nobody asked for the one below it, nor for INBOX. */
	deliver(".work.old/new/3.a.h");
	deliver("new/4.a.h");
	ck_assert_str_eq(imapcase_glance(&c), "");
	/* That another session takes it out of new/ is no news. */
	imapcase_ask(&other, "b SELECT work" CR);
	ck_assert_str_eq(imapcase_glance(&c), "");
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY NONE" CR), OK);
	deliver(".work/new/5.a.h");
	ck_assert_str_eq(imapcase_glance(&c), "");
}
END_TEST

/* With a command, before its answer; also with one that tells nothing of the selected mailbox. */
START_TEST(test_with_command)
{
	imapcase_put(&c, "cur/9.a.h:2,", "9\n");
	imapcase_select(&c);
	imapcase_ask(&c, "a NOTIFY SET (subtree work (MessageNew MessageExpunge))" CR);
	deliver(".work.old/new/2.a.h");
	ck_assert_str_eq(imapcase_ask(&c, "b FETCH 1 UID" CR),
			 "* 1 FETCH (UID 1)" CR "* STATUS \"work/old\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N)" CR
			 "b OK Fetched" CR);
	/* Flags were not asked for. */
	imapcase_move(&c, ".work/cur/1.a.h:2,", ".work/cur/1.a.h:2,S");
	ck_assert_str_eq(imapcase_ask(&c, "b NOOP" CR), "b OK Done" CR);
}
END_TEST

START_TEST(test_idle)
{
	imapcase_ask(&c, "a NOTIFY SET (personal " MESSAGES ")" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b IDLE" CR), "+ Waiting" CR);
	deliver("new/2.a.h");
	ck_assert_str_eq(imapcase_look(&c), "* STATUS \"INBOX\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N UNSEEN 1)" CR);
	ck_assert_str_eq(imapcase_ask(&c, "DONE" CR), "b OK Waited" CR);
}
END_TEST

START_TEST(test_condstore)
{
	imapcase_ask(&c, "a ENABLE CONDSTORE" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET STATUS (mailboxes work (MessageNew MessageExpunge))" CR),
			 "* STATUS \"work\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N HIGHESTMODSEQ N)" CR OK);
	deliver(".work/new/2.a.h");
	ck_assert_str_eq(imapcase_look(&c),
			 "* STATUS \"work\" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY N HIGHESTMODSEQ N)" CR);
}
END_TEST

/* The selected mailbox is no other: until it is one again, and what has happened since is told. */
START_TEST(test_selected)
{
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "a SELECT work" CR), "a OK"));
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET STATUS (mailboxes work " MESSAGES ")" CR), OK);
	deliver(".work/new/2.a.h");
	ck_assert_str_eq(imapcase_glance(&c), "");
	ck_assert_str_eq(imapcase_ask(&c, "b UNSELECT" CR),
			 "* STATUS \"work\" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY N UNSEEN 2)" CR
			 "b OK Closed, nothing was removed" CR);
	/* Whose state the client knows is told of nothing. */
	imapcase_ask(&c, "a SELECT work" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1 +FLAGS.SILENT (\\Seen)" CR "b UNSELECT" CR),
			 "a OK Stored" CR "b OK Closed, nothing was removed" CR);
}
END_TEST

START_TEST(test_names)
{
	imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName SubscriptionChange))" CR);
	imapcase_ask(&other, "b CREATE new" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasNoChildren) \"/\" \"new\"" CR);
	imapcase_ask(&other, "b SUBSCRIBE new" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\Subscribed \\HasNoChildren) \"/\" \"new\"" CR);
	/* By their GUIDs, which mailboxes have that were opened once. */
	imapcase_ask(&other, "b UNSUBSCRIBE new" CR "b STATUS work (MESSAGES)" CR "b STATUS work/old (MESSAGES)" CR);
	imapcase_glance(&c);
	imapcase_ask(&other, "b RENAME new newer" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasNoChildren) \"/\" \"newer\" (\"OLDNAME\" (\"new\"))" CR);
	imapcase_ask(&other, "b RENAME work play" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasChildren) \"/\" \"play\" (\"OLDNAME\" (\"work\"))" CR);
	imapcase_ask(&other, "b SUBSCRIBE none" CR);
	ck_assert_str_eq(imapcase_look(&c),
			 "* LIST (\\NonExistent \\Noselect \\Subscribed \\HasNoChildren) \"/\" \"none\"" CR);
	imapcase_ask(&other, "b DELETE newer" CR "b UNSUBSCRIBE none" CR "b CREATE Sent" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasNoChildren \\Sent) \"/\" \"Sent\"" CR
					    "* LIST (\\NonExistent \\Noselect \\HasNoChildren) \"/\" \"newer\"" CR
					    "* LIST (\\NonExistent \\Noselect \\HasNoChildren) \"/\" \"none\"" CR);
	ck_assert_str_eq(imapcase_glance(&c), "");
}
END_TEST

/* Of one that goes or comes its parent is told, too, whether it is one or not; once. RFC 5465 5.4. */
START_TEST(test_parents)
{
	imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName SubscriptionChange))" CR);
	imapcase_ask(&other, "b CREATE work/old/er" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasNoChildren) \"/\" \"work/old/er\"" CR
					    "* LIST (\\HasChildren) \"/\" \"work/old\"" CR);
	imapcase_ask(&other, "b CREATE far/a" CR "b CREATE far/b" CR "b CREATE far/b/c" CR);
	ck_assert_str_eq(imapcase_look(&c),
			 "* LIST (\\HasNoChildren) \"/\" \"far/a\"" CR "* LIST (\\HasChildren) \"/\" \"far/b\"" CR
			 "* LIST (\\HasNoChildren) \"/\" \"far/b/c\"" CR
			 "* LIST (\\NonExistent \\Noselect \\HasChildren) \"/\" \"far\"" CR);
	imapcase_ask(&other, "b DELETE far/b" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\NonExistent \\Noselect \\HasChildren) \"/\" \"far/b\"" CR
					    "* LIST (\\NonExistent \\Noselect \\HasChildren) \"/\" \"far\"" CR);
	imapcase_ask(&other, "b SUBSCRIBE far/a" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\Subscribed \\HasNoChildren) \"/\" \"far/a\"" CR);
	/* But not who is not asked for. */
	imapcase_ask(&c, "a NOTIFY SET (mailboxes work/old/er (MailboxName))" CR);
	imapcase_ask(&other, "b DELETE work/old/er" CR);
	ck_assert_str_eq(imapcase_look(&c),
			 "* LIST (\\NonExistent \\Noselect \\HasNoChildren) \"/\" \"work/old/er\"" CR);
}
END_TEST

/* The directories of a tree are renamed one after another, and may be seen so. */
START_TEST(test_half_renamed)
{
	imapcase_ask(&other, "b STATUS work (MESSAGES)" CR "b STATUS work/old (MESSAGES)" CR);
	imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName))" CR);
	imapcase_move(&c, ".work", ".play");
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasNoChildren) \"/\" \"play\" (\"OLDNAME\" (\"work\"))" CR);
	imapcase_move(&c, ".work.old", ".play.old");
	ck_assert_str_eq(imapcase_glance(&c), "");
	/* By another name, or another one by that name: that is told. */
	imapcase_move(&c, ".play.old", ".work.old");
	ck_assert_str_eq(imapcase_look(&c),
			 "* LIST (\\HasNoChildren) \"/\" \"work/old\" (\"OLDNAME\" (\"play/old\"))" CR);
	imapcase_move(&c, ".work.old", ".play.new");
	ck_assert_str_eq(imapcase_look(&c),
			 "* LIST (\\HasNoChildren) \"/\" \"play/new\" (\"OLDNAME\" (\"work/old\"))" CR);
	imapcase_ask(&other, "b CREATE work/x" CR);
	imapcase_look(&c);
	imapcase_move(&c, ".work.x", ".play.x");
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasNoChildren) \"/\" \"play/x\" (\"OLDNAME\" (\"work/x\"))" CR);
}
END_TEST

/* One below it that is asked for alone is told of by itself. */
START_TEST(test_child_renamed)
{
	imapcase_ask(&other, "b STATUS work (MESSAGES)" CR "b STATUS work/old (MESSAGES)" CR);
	imapcase_ask(&c, "a NOTIFY SET (mailboxes (work/old play/old) (MailboxName))" CR);
	imapcase_ask(&other, "b RENAME work play" CR);
	ck_assert_str_eq(imapcase_look(&c),
			 "* LIST (\\HasNoChildren) \"/\" \"play/old\" (\"OLDNAME\" (\"work/old\"))" CR);
}
END_TEST

/* Names that no mailbox can have are passed over, and all are below "". */
START_TEST(test_odd_names)
{
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET STATUS (mailboxes (\"\" \"../x\" \"&\" a//b work) "
					  "(MessageNew MessageExpunge))" CR),
			 "* STATUS \"work\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N)" CR OK);
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET STATUS (subtree \"\" (MessageNew MessageExpunge))" CR),
			 "* STATUS \"INBOX\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY N)" CR
			 "* STATUS \"work\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N)" CR
			 "* STATUS \"work/old\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY N)" CR OK);
}
END_TEST

/* A directory becomes a folder only when it has directories itself: that may be later than it is seen. */
START_TEST(test_half_made)
{
	imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName))" CR);
	ck_assert_int_eq(mkdir(tempdir_path("m/.slow"), 0700), 0);
	ck_assert_str_eq(imapcase_glance(&c), "");
	ck_assert_int_eq(mkdir(tempdir_path("m/.slow/tmp"), 0700), 0);
	ck_assert_int_eq(mkdir(tempdir_path("m/.slow/new"), 0700), 0);
	ck_assert_int_eq(mkdir(tempdir_path("m/.slow/cur"), 0700), 0);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasNoChildren) \"/\" \"slow\"" CR);
}
END_TEST

/* One that is made anew under a name that went is not the old one. */
START_TEST(test_not_renamed)
{
	imapcase_ask(&other, "b CREATE x" CR);
	imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName))" CR);
	imapcase_ask(&other, "b DELETE x" CR "b CREATE y" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\NonExistent \\Noselect \\HasNoChildren) \"/\" \"x\"" CR
					    "* LIST (\\HasNoChildren) \"/\" \"y\"" CR);
	imapcase_ask(&c, "a ENABLE IMAP4rev2" CR);
	imapcase_ask(&other, "b DELETE y" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\NonExistent \\HasNoChildren) \"/\" \"y\"" CR);
}
END_TEST

/* Mail in a mailbox that is new, and in one that is watched under its new name. */
START_TEST(test_new_mailbox)
{
	imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName MessageNew MessageExpunge))" CR);
	imapcase_ask(&other, "b CREATE new" CR "b APPEND new {3+}" CR "x" CR CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasNoChildren) \"/\" \"new\"" CR
					    "* STATUS \"new\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N)" CR);
	imapcase_ask(&other, "b APPEND new {3+}" CR "x" CR CR);
	ck_assert_str_eq(imapcase_look(&c), "* STATUS \"new\" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY N)" CR);
	imapcase_ask(&other, "b RENAME new newer" CR);
	ck_assert_str_eq(imapcase_look(&c), "* LIST (\\HasNoChildren) \"/\" \"newer\" (\"OLDNAME\" (\"new\"))" CR);
	deliver(".newer/new/7.a.h");
	ck_assert_str_eq(imapcase_look(&c), "* STATUS \"newer\" (MESSAGES 3 UIDNEXT 4 UIDVALIDITY N)" CR);
}
END_TEST

/* "subscribed" is what is subscribed to at the time. */
START_TEST(test_subscribed)
{
	imapcase_ask(&c, "a NOTIFY SET (subscribed (MessageNew MessageExpunge))" CR);
	deliver(".work/new/2.a.h");
	ck_assert_str_eq(imapcase_glance(&c), "");
	imapcase_ask(&other, "b SUBSCRIBE work" CR);
	ck_assert_str_eq(imapcase_look(&c), "");
	deliver(".work/new/3.a.h");
	ck_assert_str_eq(imapcase_look(&c), "* STATUS \"work\" (MESSAGES 3 UIDNEXT 4 UIDVALIDITY N)" CR);
	imapcase_ask(&c, "b UNSUBSCRIBE work" CR);
	deliver(".work/new/4.a.h");
	ck_assert_str_eq(imapcase_glance(&c), "");
}
END_TEST

START_TEST(test_metadata)
{
	imapcase_ask(&other, "b SETMETADATA work (/private/comment \"x\")" CR);
	imapcase_ask(&c, "a NOTIFY SET (mailboxes work (MailboxMetadataChange ServerMetadataChange))" CR);
	imapcase_ask(&other, "b SETMETADATA work (/private/comment \"y\" /shared/other \"z\")" CR);
	ck_assert_str_eq(imapcase_look(&c), "* METADATA \"work\" /private/comment /shared/other" CR);
	imapcase_ask(&other, "b SETMETADATA work (/private/comment NIL)" CR);
	ck_assert_str_eq(imapcase_look(&c), "* METADATA \"work\" /private/comment" CR);
	imapcase_ask(&other, "b SETMETADATA \"\" (/private/comment \"account\")" CR);
	ck_assert_str_eq(imapcase_look(&c), "* METADATA \"\" /private/comment" CR);
	imapcase_ask(&other, "b SETMETADATA INBOX (/private/comment \"not asked for\")" CR);
	ck_assert_str_eq(imapcase_glance(&c), "");
	/* By this client; and both at once. */
	imapcase_ask(&c,
		     "b SETMETADATA work (/private/comment \"own\")" CR "b SETMETADATA \"\" (/private/x \"own\")" CR);
	ck_assert_str_eq(imapcase_glance(&c), "");
	imapcase_ask(&other, "b SETMETADATA work (/private/theirs \"1\")" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b SETMETADATA work (/private/ours \"own\")" CR),
			 "* METADATA \"work\" /private/theirs" CR "b OK Written down" CR);
}
END_TEST

/* What the client does itself it knows. */
START_TEST(test_own)
{
	imapcase_put(&c, "cur/9.a.h:2,", "9\n");
	imapcase_select(&c);
	imapcase_ask(
		&c, "a NOTIFY SET (personal (MailboxName SubscriptionChange MessageNew MessageExpunge FlagChange))" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b CREATE new" CR "b SUBSCRIBE new" CR "b RENAME new newer" CR),
			 "b OK [MAILBOXID (G)] Created" CR "b OK Subscribed" CR "b OK Renamed" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b APPEND newer {3+}" CR "x" CR CR "b COPY 1 newer" CR "b COPY 1 work" CR),
			 "b OK [APPENDUID N 1] Saved" CR "b OK [COPYUID N 1 2] Done" CR "b OK [COPYUID N 1 2] Done" CR);
	ck_assert_str_eq(imapcase_glance(&c), "");
	ck_assert_str_eq(imapcase_ask(&c, "b DELETE newer" CR), "b OK Deleted" CR);
	ck_assert_str_eq(imapcase_glance(&c), "");
	/* And what others do at the same time is told. */
	deliver(".work/new/7.a.h");
	imapcase_ask(&other, "b CREATE theirs" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b COPY 1 work" CR "b CREATE ours" CR),
			 "* LIST (\\HasNoChildren) \"/\" \"theirs\"" CR
			 "* STATUS \"work\" (MESSAGES 4 UIDNEXT 5 UIDVALIDITY N UNSEEN 4)" CR
			 "b OK [COPYUID N 1 3] Done" CR "b OK [MAILBOXID (G)] Created" CR);
}
END_TEST

/* Not by maildir_open(), which syncs each. */
static void make_many(int from, int to)
{
	static const char *const parts[] = { "", "/cur", "/new", "/tmp" };
	char name[40];

	for (int i = from; i < to; i++)
		for (size_t k = 0; k < COUNT(parts); k++) {
			snprintf(name, sizeof(name), "m/.f%d%s", i, parts[k]);
			ck_assert_int_eq(mkdir(tempdir_path(name), 0700), 0);
		}
}

/* More mailboxes than are watched: at once, and when they become too many. */
START_TEST(test_overflow)
{
	make_many(0, LOOKOUT_PLACES_MAX - 3);
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName))" CR), OK);
	make_many(LOOKOUT_PLACES_MAX, LOOKOUT_PLACES_MAX + 1);
	ck_assert_str_eq(imapcase_look(&c),
			 "* OK [NOTIFICATIONOVERFLOW] There are too many mailboxes, nothing will be told any more" CR);
	imapcase_ask(&other, "b DELETE work" CR);
	ck_assert_str_eq(imapcase_glance(&c), "");
	imapcase_ask(&other, "b CREATE work" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName))" CR),
			 "a NO [NOTIFICATIONOVERFLOW] That is more than 1000 mailboxes, or 16384 octets" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (subtree work (MailboxName))" CR), OK);
}
END_TEST

/* Where no instance of inotify is to be had: the same, a little later. */
START_TEST(test_polled)
{
	struct buf said;

	buf_init(&said, 1 << 20);
	c.s.watch.no_instance = true;
	ck_assert_str_eq(imapcase_ask(&c, "a NOTIFY SET (personal (MailboxName MessageNew MessageExpunge))" CR), OK);
	ck_assert_int_eq(watch_fd(&c.s.watch), -1);
	deliver(".work/new/2.a.h");
	imapcase_ask(&other, "b CREATE new" CR);
	for (int i = 0; i < PATIENCE && !(strstr(buf_str(&said), "LIST") && strstr(buf_str(&said), "STATUS")); i++)
		buf_put_str(&said, imapcase_look(&c));
	ck_assert_str_eq(buf_str(&said), "* LIST (\\HasNoChildren) \"/\" \"new\"" CR
					 "* STATUS \"work\" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY N)" CR);
	buf_clear(&said);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_status);
	tcase_add_test(tc, test_with_command);
	tcase_add_test(tc, test_idle);
	tcase_add_test(tc, test_condstore);
	tcase_add_test(tc, test_selected);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_parents);
	tcase_add_test(tc, test_half_renamed);
	tcase_add_test(tc, test_child_renamed);
	tcase_add_test(tc, test_odd_names);
	tcase_add_test(tc, test_half_made);
	tcase_add_test(tc, test_not_renamed);
	tcase_add_test(tc, test_new_mailbox);
	tcase_add_test(tc, test_subscribed);
	tcase_add_test(tc, test_metadata);
	tcase_add_test(tc, test_own);
	tcase_add_test(tc, test_overflow);
	tcase_add_test(tc, test_polled);
}

CHECK_MAIN(lookout, add_tests)
