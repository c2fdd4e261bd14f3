/* SPDX-License-Identifier: ISC */
#include <sys/resource.h>

#include "support/imaptest.h"

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.a.h:2,S", "Subject: lunch\n\nx\n");
	imapcase_make_folder(&c, "Work");
	imapcase_put(&c, ".Work/cur/2.b.h:2,", "Subject: lunch\n\nx\n");
	imapcase_put(&c, ".Work/cur/3.c.h:2,", "Subject: budget\n\nx\n");
	imapcase_make_folder(&c, "Work.Deep");
	imapcase_put(&c, ".Work.Deep/new/4.d.h", "Subject: lunch\n\nx\n");
	imapcase_make_folder(&c, "Work.Deep.Deeper");
	imapcase_put(&c, ".Work.Deep.Deeper/cur/5.e.h:2,F", "Subject: lunch\n\nx\n");
	imapcase_make_folder(&c, "Workshop");
	imapcase_put(&c, ".Workshop/cur/6.f.h:2,", "Subject: lunch\n\nx\n");
	imapcase_put(&c, "subscriptions", "V\t2\n\nWorkshop\nGone\n");
	imapcase_log_in(&c);
}

#define IN(name, uids) "* ESEARCH (TAG \"a\" MAILBOX \"" name "\" UIDVALIDITY N) UID ALL " uids CR

static const struct {
	const char *say, *want;
} rows[] = {
	{ "a ESEARCH IN (mailboxes \"Work\") SUBJECT lunch" CR, IN("Work", "1") "a OK Done" CR },
	{ "a ESEARCH IN (mailboxes (INBOX Work Nowhere)) ALL" CR, IN("INBOX", "1") IN("Work", "1:2") "a OK Done" CR },
	{ "a ESEARCH IN (subtree Work) SUBJECT lunch" CR,
	  IN("Work", "1") IN("Work/Deep", "1") IN("Work/Deep/Deeper", "1") "a OK Done" CR },
	{ "a ESEARCH IN (subtree-one Work) SUBJECT lunch" CR, IN("Work", "1") IN("Work/Deep", "1") "a OK Done" CR },
	{ "a ESEARCH IN (subtree (\"Work/Deep/\" Nowhere)) SUBJECT lunch" CR,
	  IN("Work/Deep", "1") IN("Work/Deep/Deeper", "1") "a OK Done" CR },
	{ "a ESEARCH IN (subtree \"\") FLAGGED" CR, IN("Work/Deep/Deeper", "1") "a OK Done" CR },
	{ "a ESEARCH IN (subtree-one \"\") SUBJECT lunch" CR,
	  IN("INBOX", "1") IN("Work", "1") IN("Workshop", "1") "a OK Done" CR },
	/* What cannot be a mailbox is passed over as what is none. */
	{ "a ESEARCH IN (mailboxes (\"\" \"../x\" \"&\" \"a//b\" \"\xff\" Workshop)) ALL" CR,
	  IN("Workshop", "1") "a OK Done" CR },
	{ "a ESEARCH IN (mailboxes Work*) ALL" CR, "a BAD Expected )" CR },
	{ "a ESEARCH IN (inboxes) FLAGGED" CR, IN("Work/Deep/Deeper", "1") "a OK Done" CR },
	{ "a ESEARCH IN (mailboxes INBOX subscribed) SUBJECT lunch" CR,
	  IN("INBOX", "1") IN("Workshop", "1") "a OK Done" CR },
	{ "a ESEARCH IN (personal mailboxes Work) FLAGGED" CR, IN("Work/Deep/Deeper", "1") "a OK Done" CR },
	{ "a ESEARCH IN (personal) BODY y" CR, "a OK Done" CR },
	{ "a ESEARCH IN (mailboxes Work) RETURN (MIN MAX COUNT) ALL" CR,
	  "* ESEARCH (TAG \"a\" MAILBOX \"Work\" UIDVALIDITY N) UID MIN 1 MAX 2 COUNT 2" CR "a OK Done" CR },
	{ "a ESEARCH IN (selected) ALL" CR, "a BAD Select a mailbox first" CR },
	{ "a ESEARCH IN (mailboxes Work selected) ALL" CR, "a BAD Select a mailbox first" CR },
	{ "a ESEARCH IN (selected-delayed) ALL" CR, "a BAD Unknown kind of mailboxes to search" CR },
	{ "a ESEARCH IN (personal) RETURN (UPDATE) ALL" CR, "a BAD UPDATE is for the selected mailbox alone" CR },
	{ "a ESEARCH ALL" CR, "a BAD Say where to search, or select a mailbox first" CR },
	{ "a ESEARCH IN () ALL" CR, "a BAD Unknown kind of mailboxes to search" CR },
	{ "a ESEARCH IN (nearby) ALL" CR, "a BAD Unknown kind of mailboxes to search" CR },
	{ "a ESEARCH IN (mailboxes) ALL" CR, "a BAD Expected a blank" CR },
	{ "a ESEARCH IN (personal) RETURN (SAVE) ALL" CR, "a BAD SAVE is for the selected mailbox alone" CR },
	{ "a ESEARCH IN (mailboxes Work) RETURN (CONTEXT MIN) ALL" CR,
	  "* ESEARCH (TAG \"a\" MAILBOX \"Work\" UIDVALIDITY N) UID MIN 1" CR "a OK Done" CR },
	{ "a ESEARCH IN (personal) 1:2" CR, "a BAD Message numbers and $ are of the selected mailbox alone" CR },
	{ "a ESEARCH IN (personal) CHARSET X-NOBODY SUBJECT x" CR,
	  "a NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1 ISO-8859-15 WINDOWS-1252 KOI8-R ISO-2022-JP SHIFT_JIS GB18030 "
	  "BIG5 EUC-KR)] Strings in that charset cannot be read" CR },
};

START_TEST(test_rows)
{
	ck_assert_str_eq(imapcase_ask(&c, rows[_i].say), rows[_i].want);
}
END_TEST

/* The selected one is searched as the client sees it. */
START_TEST(test_selected)
{
	imapcase_select(&c);
	imapcase_put(&c, "cur/7.g.h:2,", "Subject: lunch\n\nx\n");
	ck_assert_str_eq(imapcase_ask(&c, "a ESEARCH SUBJECT lunch" CR), IN("INBOX", "1") "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a ESEARCH IN (selected mailboxes Work) SUBJECT lunch" CR),
			 IN("INBOX", "1") IN("Work", "1") "a OK Done" CR);
}
END_TEST

/* RFC 7377: what only the selected mailbox has can be asked of it, if it is the only one. */
START_TEST(test_save)
{
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a ESEARCH IN (selected) RETURN (SAVE COUNT) 1" CR),
			 "* ESEARCH (TAG \"a\" MAILBOX \"INBOX\" UIDVALIDITY N) UID COUNT 1" CR "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a ESEARCH $" CR), IN("INBOX", "1") "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a ESEARCH IN (selected inboxes) RETURN (SAVE) ALL" CR),
			 "a BAD SAVE is for the selected mailbox alone" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a ESEARCH RETURN (SAVE) SUBJECT nothing" CR), "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a ESEARCH $" CR), "a OK Done" CR);
}
END_TEST

#define KEPT "* ESEARCH (TAG \"u\" MAILBOX \"INBOX\" UIDVALIDITY N) UID "

/* The selected mailbox is kept up to date, also one where nothing is found yet; and no other. */
START_TEST(test_update)
{
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "u ESEARCH IN (personal) RETURN (UPDATE COUNT) FLAGGED" CR),
			 "* ESEARCH (TAG \"u\" MAILBOX \"Work/Deep/Deeper\" UIDVALIDITY N) UID COUNT 1" CR
			 "u OK Done" CR);
	imapcase_move(&c, ".Work/cur/2.b.h:2,", ".Work/cur/2.b.h:2,F");
	imapcase_move(&c, "cur/1.a.h:2,S", "cur/1.a.h:2,FS");
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR),
			 "* 1 FETCH (FLAGS (\\Flagged \\Seen))" CR KEPT "ADDTO (0 1)" CR "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "u ESEARCH RETURN (UPDATE) ALL" CR),
			 "u BAD A search with that tag is being kept up to date" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b CANCELUPDATE \"u\"" CR), "b OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "u ESEARCH RETURN (UPDATE MIN) ALL" CR), KEPT "MIN 1" CR "u OK Done" CR);
	imapcase_put(&c, "cur/9.i.h:2,", "Subject: x\n\nx\n");
	ck_assert_str_eq(imapcase_ask(&c, "c NOOP" CR),
			 "* 2 EXISTS" CR "* 1 RECENT" CR KEPT "ADDTO (0 2)" CR "c OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "d ESEARCH IN (mailboxes Work) RETURN (UPDATE COUNT) ALL" CR),
			 "* NO [NOUPDATE \"d\"] That cannot be kept up to date" CR
			 "* ESEARCH (TAG \"d\" MAILBOX \"Work\" UIDVALIDITY N) UID COUNT 2" CR "d OK Done" CR);
}
END_TEST

/* However often they are asked for, mailboxes are listed once: 6000 times these would be 150 MB. */
START_TEST(test_many_times)
{
	struct rusage before, after;
	struct buf say;

	for (int i = 0; i < 100; i++)
		imapcase_make_folder(&c, arena_printf(&c.arena, "%0200d", i));
	buf_init(&say, 1 << 20);
	buf_put_str(&say, "a ESEARCH IN (subtree (Work");
	for (int i = 0; i < 6000; i++)
		buf_put_str(&say, " x");
	buf_put_char(&say, ')');
	for (int i = 0; i < 1500; i++)
		buf_put_str(&say, " personal inboxes subscribed");
	buf_put_str(&say, ") FLAGGED" CR);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &before), 0);
	ck_assert_str_eq(imapcase_ask(&c, buf_str(&say)), IN("Work/Deep/Deeper", "1") "a OK Done" CR);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &after), 0);
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 32 << 10);
	buf_clear(&say);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_selected);
	tcase_add_test(tc, test_save);
	tcase_add_test(tc, test_update);
	tcase_add_test(tc, test_many_times);
}

CHECK_MAIN(cmd_esearch, add_tests)
