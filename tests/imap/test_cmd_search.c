/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "support/imaptest.h"

static const struct {
	const char *name;
	int64_t arrived;
	const char *text;
} messages[] = {
	{ "cur/100.a.h:2,S", 864000,
	  "From: Ann <ann@example.com>\nTo: Bob <bob@example.org>\nSubject: Lunch\nMessage-ID: <1@x>\n"
	  "Date: Tue, 13 Jan 1970 23:30:00 -0500\n\nShall we go at noon?\n" },
	{ "cur/200.b.h:2,FS", 950400,
	  "From: bob@example.org\nTo: ann@example.com\nCc: carla@example.com\nSubject: Re: lunch\n"
	  "Message-ID: <2@x>\nIn-Reply-To: <1@x>\nDate: Wed, 14 Jan 1970 10:00:00 +0000\n\nYes, NOON is fine.\n" },
	{ "cur/300.c.h:2,a", 1036800,
	  "From: =?utf-8?q?J=C3=B6rg?= <j@example.net>\nTo: ann@example.com\nBcc: secret@example.com\n"
	  "Subject: =?iso-8859-1?q?Gr=FC=DFe?=\nMessage-ID: <3@x>\nDate: Mon, 12 Jan 1970 10:00:00 +0000\n"
	  "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\nX-Tag: one\nX-Tag: two\n\n"
	  "ZsO8ciBkaWNoCg==\n" },
	{ "cur/400.d.h:2,RST", 1123200, "Subject: zebra\nMessage-ID: <4@x>\n\nlast of all, and some more of it\n" },
	{ "cur/500.e.h:2,D", 1209600, "Subject: [list] Lunch (fwd)\nFrom: Zoe <a@example.com>\n\n\n" },
};

static void setup(void)
{
	char dated[128];

	setenv("TZ", "UTC", 1);
	tzset();
	imapcase_init(&c);
	imapcase_put(&c, "dovecot-keywords", "0 Work\n");
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct timespec times[2] = { { .tv_sec = messages[i].arrived }, { .tv_sec = messages[i].arrived } };

		imapcase_put(&c, messages[i].name, messages[i].text);
		snprintf(dated, sizeof(dated), "%s/m/%s", tempdir(), messages[i].name);
		ck_assert_int_eq(utimensat(AT_FDCWD, dated, times, 0), 0);
	}
	imapcase_select(&c);
}

/* The program, and the numbers that SEARCH finds. */
static const struct {
	const char *keys, *want;
} rows[] = {
	{ "ALL", " 1 2 3 4 5" },
	{ "1:*", " 1 2 3 4 5" },
	{ "*", " 5" },
	{ "2,4:9", " 2 4 5" },
	{ "UID 1:2,5", " 1 2 5" },
	{ "SEEN", " 1 2 4" },
	{ "UNSEEN", " 3 5" },
	{ "FLAGGED", " 2" },
	{ "ANSWERED UNFLAGGED", " 4" },
	{ "OR DELETED DRAFT", " 4 5" },
	{ "UNDELETED UNDRAFT UNANSWERED", " 1 2 3" },
	{ "KEYWORD work", " 3" },
	{ "UNKEYWORD WORK", " 1 2 4 5" },
	{ "KEYWORD nobody", "" },
	{ "UNKEYWORD nobody", " 1 2 3 4 5" },
	{ "RECENT", "" },
	{ "OLD", " 1 2 3 4 5" },
	{ "NOT (SEEN FLAGGED)", " 1 3 4 5" },
	{ "OR (1 SEEN) (OR 3 NOT 1:4)", " 1 3 5" },
	{ "FROM ann", " 1" },
	{ "FROM EXAMPLE.COM", " 1 5" },
	{ "FROM \"j\xc3\xb6rg\"", " 3" },
	{ "TO \"bob <\"", " 1" },
	{ "CC carla", " 2" },
	{ "BCC secret", " 3" },
	{ "SUBJECT lunch", " 1 2 5" },
	{ "SUBJECT \"gr\xc3\xbc\xc3\x9f"
	  "e\"",
	  " 3" },
	{ "CHARSET ISO-8859-1 SUBJECT {5+}" CR "gr\xfc\xdf"
	  "e",
	  " 3" },
	{ "HEADER Message-ID 3@", " 3" },
	{ "HEADER X-Tag two", " 3" },
	{ "HEADER X-Tag \"\"", " 3" },
	{ "HEADER From \"\"", " 1 2 3 5" },
	{ "BODY noon", " 1 2" },
	{ "BODY lunch", "" },
	{ "TEXT lunch", " 1 2 5" },
	{ "TEXT \"f\xc3\xbcr dich\"", " 3" },
	{ "OR BODY noon TEXT zebra", " 1 2 4" },
	{ "NOT TEXT e", "" },
	{ "SEEN NOT BODY noon", " 4" },
	{ "SENTON 13-Jan-1970", " 1" },
	{ "SENTBEFORE 13-Jan-1970", " 3" },
	{ "SENTSINCE 14-Jan-1970", " 2" },
	{ "ON 12-Jan-1970", " 2" },
	{ "BEFORE 12-Jan-1970", " 1" },
	{ "SINCE 13-Jan-1970", " 3 4 5" },
	{ "YOUNGER 3600", "" },
	{ "OLDER 3600", " 1 2 3 4 5" },
	{ "SAVEDON 1-Jan-1970", " 1 2 3 4 5" },
	{ "SAVEDBEFORE 1-Jan-1970", "" },
	{ "SAVEDATESUPPORTED", " 1 2 3 4 5" },
	{ "LARGER 300", " 3" },
	{ "SMALLER 70", " 5" },
	{ "EMAILID 400_2ed_2eh", " 4" },
	{ "EMAILID none", "" },
	{ "THREADID T1", "" },
	{ "THREADID T5261d2b5a614cb59f0994c6f8326da6e", " 1 2" },
	{ "THREADID T420b58271725efffa368b99e69ffad9b", " 5" },
	{ "SEEN NOT THREADID T5261d2b5a614cb59f0994c6f8326da6e", " 4" },
	{ "THREADID t5261d2b5a614cb59f0994c6f8326da6e", "" },
	{ "MODSEQ 9223372036854775806", "" },
};

START_TEST(test_keys)
{
	char say[256], want[256];

	/* MODSEQ switches CONDSTORE on, and the client hears of it. */
	imapcase_ask(&c, "x ENABLE CONDSTORE" CR);
	snprintf(say, sizeof(say), "a SEARCH %s" CR, rows[_i].keys);
	snprintf(want, sizeof(want), "* SEARCH%s" CR "a OK Done" CR, rows[_i].want);
	ck_assert_str_eq(imapcase_ask(&c, say), want);
}
END_TEST

/* What is said, and all that is answered. */
static const struct {
	const char *say, *want;
} dialogues[] = {
	{ "a UID SEARCH 2:3" CR, "* SEARCH 2 3" CR "a OK Done" CR },
	{ "a SEARCH RETURN () SEEN" CR, "* ESEARCH (TAG \"a\") ALL 1:2,4" CR "a OK Done" CR },
	{ "a UID SEARCH RETURN (MIN MAX COUNT) SEEN" CR,
	  "* ESEARCH (TAG \"a\") UID MIN 1 MAX 4 COUNT 3" CR "a OK Done" CR },
	{ "a SEARCH RETURN (MIN COUNT) DRAFT UNDRAFT" CR, "* ESEARCH (TAG \"a\") COUNT 0" CR "a OK Done" CR },
	{ "a SEARCH RETURN (PARTIAL -1:-2) ALL" CR, "* ESEARCH (TAG \"a\") PARTIAL (-1:-2 4:5)" CR "a OK Done" CR },
	{ "x ENABLE IMAP4rev2" CR "a SEARCH SEEN" CR "b SEARCH 5 SEEN" CR,
	  "* ENABLED IMAP4rev2" CR "x OK As you like" CR "* ESEARCH (TAG \"a\") ALL 1:2,4" CR "a OK Done" CR
	  "* ESEARCH (TAG \"b\")" CR "b OK Done" CR },
	/* RFC 5182: "$" */
	{ "a SEARCH RETURN (SAVE) SEEN" CR "b SEARCH $ UNFLAGGED" CR "c UID SEARCH UID $ FLAGGED" CR,
	  "a OK Done" CR "* SEARCH 1 4" CR "b OK Done" CR "* SEARCH 2" CR "c OK Done" CR },
	{ "a SEARCH RETURN (SAVE MIN) SEEN" CR "b SEARCH $" CR,
	  "* ESEARCH (TAG \"a\") MIN 1" CR "a OK Done" CR "* SEARCH 1" CR "b OK Done" CR },
	{ "a SEARCH RETURN (SAVE COUNT) SEEN" CR "b SEARCH RETURN (SAVE) $ FLAGGED" CR "c SEARCH $" CR,
	  "* ESEARCH (TAG \"a\") COUNT 3" CR "a OK Done" CR "b OK Done" CR "* SEARCH 2" CR "c OK Done" CR },
	{ "a SEARCH $" CR, "* SEARCH" CR "a OK Done" CR },
	{ "a SEARCH RETURN (SAVE) CHARSET X-NOBODY SEEN" CR,
	  "a NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1 ISO-8859-15 WINDOWS-1252 KOI8-R ISO-2022-JP SHIFT_JIS GB18030 "
	  "BIG5 EUC-KR)] Strings in that charset cannot be read" CR },
	{ "a SEARCH" CR, "a BAD An argument is missing" CR },
	{ "a SEARCH RETURN (RELEVANCY) ALL" CR, "a BAD Unknown return option" CR },
	{ "a SEARCH (SEEN" CR, "a BAD An argument is missing" CR },
	{ "x ENABLE UIDONLY" CR "a SEARCH ALL" CR "b UID SEARCH 1:3" CR "c UID SEARCH UID 1:3" CR,
	  "* ENABLED UIDONLY" CR "x OK As you like" CR "a BAD [UIDREQUIRED] UIDONLY is enabled: say UID SEARCH" CR
	  "b BAD [UIDREQUIRED] Message numbers are not used with UIDONLY" CR "* SEARCH 1 2 3" CR "c OK Done" CR },
};

START_TEST(test_dialogues)
{
	ck_assert_str_eq(imapcase_ask(&c, dialogues[_i].say), dialogues[_i].want);
}
END_TEST

/* "$" are messages and not numbers: RFC 5182 2.1. */
START_TEST(test_saved_moves)
{
	imapcase_ask(&c, "a SEARCH RETURN (SAVE) 2:4" CR);
	imapcase_remove(&c, "cur/200.b.h:2,FS");
	imapcase_ask(&c, "b NOOP" CR);
	ck_assert_str_eq(imapcase_ask(&c, "c SEARCH $" CR), "* SEARCH 2 3" CR "c OK Done" CR);
	imapcase_ask(&c, "d SELECT INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "e SEARCH $" CR), "* SEARCH" CR "e OK Done" CR);
}
END_TEST

/* The MODSEQ of what is found is told: RFC 7162 3.1.5, 3.1.10. */
START_TEST(test_modseq)
{
	char say[100], want[200];
	uint64_t before;

	imapcase_ask_raw(&c, "a SEARCH MODSEQ 1 3" CR);
	before = imapcase_number(&c, "MODSEQ");
	imapcase_ask(&c, "b STORE 2 -FLAGS (\\Flagged)" CR);
	snprintf(say, sizeof(say), "c SEARCH MODSEQ %ju" CR, (uintmax_t)before + 1);
	snprintf(want, sizeof(want), "* SEARCH 2 (MODSEQ ");
	ck_assert_msg(strncmp(imapcase_ask_raw(&c, say), want, strlen(want)) == 0, "%s", buf_str(&c.said));
	snprintf(say, sizeof(say), "d SEARCH RETURN (ALL) MODSEQ \"/flags/\\\\Seen\" all %ju" CR,
		 (uintmax_t)before + 1);
	snprintf(want, sizeof(want), "* ESEARCH (TAG \"d\") ALL 2 MODSEQ %ju" CR "d OK Done" CR,
		 (uintmax_t)imapcase_number(&c, "MODSEQ"));
	ck_assert_str_eq(imapcase_ask_raw(&c, say), want);
}
END_TEST

/* What vanishes meanwhile is not found; what was renamed is. */
START_TEST(test_vanished)
{
	imapcase_remove(&c, "cur/100.a.h:2,S");
	imapcase_move(&c, "cur/200.b.h:2,FS", "cur/200.b.h:2,S");
	ck_assert_str_eq(imapcase_ask(&c, "a SEARCH BODY noon" CR), "* SEARCH 2" CR "a OK Done" CR);
}
END_TEST

/* RFC 5267: the client hears of what fits any more, or does not, whoever changed it. */
START_TEST(test_update)
{
	ck_assert_str_eq(imapcase_ask(&c, "a SEARCH RETURN (UPDATE COUNT) SEEN" CR),
			 "* ESEARCH (TAG \"a\") COUNT 3" CR "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b UID SEARCH RETURN (UPDATE) SUBJECT lunch UNSEEN" CR),
			 "* ESEARCH (TAG \"b\") UID ALL 5" CR "b OK Done" CR);
	/* By this client. */
	ck_assert_str_eq(imapcase_ask(&c, "c STORE 1 -FLAGS.SILENT (\\Seen)" CR "d NOOP" CR),
			 "c OK Stored" CR "* ESEARCH (TAG \"a\") REMOVEFROM (0 1)" CR
			 "* ESEARCH (TAG \"b\") UID ADDTO (0 1)" CR "d OK Done" CR);
	/* By another, and new mail. Numbers that do not fit any more are those of before, others those of now. */
	imapcase_remove(&c, "cur/200.b.h:2,FS");
	imapcase_move(&c, "cur/300.c.h:2,a", "cur/300.c.h:2,Sa");
	imapcase_put(&c, "cur/600.f.h:2,", "Subject: lunch\n\nx\n");
	ck_assert_str_eq(imapcase_ask(&c, "e NOOP" CR),
			 "* ESEARCH (TAG \"a\") REMOVEFROM (0 2)" CR "* 2 EXPUNGE" CR "* 5 EXISTS" CR "* 1 RECENT" CR
			 "* 2 FETCH (FLAGS (\\Seen Work))" CR "* ESEARCH (TAG \"a\") ADDTO (0 2)" CR
			 "* ESEARCH (TAG \"b\") UID ADDTO (0 6)" CR "e OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "f CANCELUPDATE \"a\"" CR "g STORE 2 -FLAGS.SILENT (\\Seen)" CR "h NOOP" CR),
			 "f OK Done" CR "g OK Stored" CR "h OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "i CANCELUPDATE \"a\"" CR),
			 "i BAD There is no search with that tag to be updated" CR);
	ck_assert_str_eq(imapcase_ask(&c, "j CANCELUPDATE \"b\"" CR "k STORE 1 +FLAGS.SILENT (\\Seen)" CR "l NOOP" CR),
			 "j OK Done" CR "k OK Stored" CR "l OK Done" CR);
}
END_TEST

/* A tag names one of them: RFC 5267 4.3. */
START_TEST(test_update_tag)
{
	static const char refused[] = "a BAD A search with that tag is being kept up to date" CR;

	imapcase_ask(&c, "a SEARCH RETURN (UPDATE COUNT) SEEN" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a UID SEARCH RETURN (UPDATE) ALL" CR), refused);
	ck_assert_str_eq(imapcase_ask(&c, "a SORT RETURN (UPDATE) (DATE) UTF-8 ALL" CR), refused);
	ck_assert_str_eq(imapcase_ask(&c, "a SEARCH RETURN (COUNT) FLAGGED" CR),
			 "* ESEARCH (TAG \"a\") COUNT 1" CR "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b STORE 1 -FLAGS.SILENT (\\Seen)" CR "c NOOP" CR),
			 "b OK Stored" CR "* ESEARCH (TAG \"a\") REMOVEFROM (0 1)" CR "c OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "d CANCELUPDATE \"a\"" CR "a SEARCH RETURN (UPDATE COUNT) ALL" CR),
			 "d OK Done" CR "* ESEARCH (TAG \"a\") COUNT 5" CR "a OK Done" CR);
}
END_TEST

/* What cannot be kept is refused, and is a search like any other. */
START_TEST(test_no_update)
{
	ck_assert_str_eq(imapcase_ask(&c, "a SEARCH RETURN (UPDATE) 1:2" CR),
			 "* ESEARCH (TAG \"a\") ALL 1:2" CR "* NO [NOUPDATE \"a\"] That cannot be kept up to date" CR
			 "a OK Done" CR);
	for (int i = 0; i < 8; i++) {
		char say[50];

		snprintf(say, sizeof(say), "d%d SEARCH RETURN (UPDATE) SEEN" CR, i);
		ck_assert_ptr_null(strstr(imapcase_ask(&c, say), "NOUPDATE"));
	}
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "e SEARCH RETURN (UPDATE) SEEN" CR), "NOUPDATE"));
	/* They end with the mailbox. */
	imapcase_ask(&c, "f SELECT INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "g STORE 1 -FLAGS.SILENT (\\Seen)" CR "h NOOP" CR),
			 "g OK Stored" CR "h OK Done" CR);
}
END_TEST

/* What is searched for a second time comes from the summary. */
START_TEST(test_again)
{
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(imapcase_ask(&c, "a SEARCH SUBJECT lunch" CR), "* SEARCH 1 2 5" CR "a OK Done" CR);
		ck_assert_str_eq(imapcase_ask(&c, "a SEARCH SINCE 13-Jan-1970" CR), "* SEARCH 3 4 5" CR "a OK Done" CR);
	}
}
END_TEST

/* Who waits hears how far it is: here always, and without that not within ten seconds. RFC 9585. */
START_TEST(test_progress)
{
	ck_assert_ptr_null(strstr(imapcase_ask(&c, "a SEARCH BODY x" CR), "INPROGRESS"));
	c.server.progress_ms = -1;
	ck_assert_str_eq(imapcase_ask(&c, "b SEARCH SUBJECT nothing" CR),
			 "* OK [INPROGRESS (\"b\" 1 5)] Still searching" CR
			 "* OK [INPROGRESS (\"b\" 2 5)] Still searching" CR
			 "* OK [INPROGRESS (\"b\" 3 5)] Still searching" CR
			 "* OK [INPROGRESS (\"b\" 4 5)] Still searching" CR "* SEARCH" CR "b OK Done" CR);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "b SORT (SUBJECT) UTF-8 ALL" CR), "[INPROGRESS (\"b\" 4 5)]"));
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "b THREAD REFERENCES UTF-8 ALL" CR), "[INPROGRESS (\"b\" 4 5)]"));
	/* Of several mailboxes the end is not known, and none begins anew. */
	imapcase_put(&c, ".Work/cur/900.a.h:2,", "Subject: a\n\na\n");
	imapcase_put(&c, ".Work/cur/901.b.h:2,", "Subject: b\n\nb\n");
	imapcase_ask(&c, "b ESEARCH IN (personal) SUBJECT nothing" CR);
	ck_assert_ptr_nonnull(strstr(buf_str(&c.said), "[INPROGRESS (\"b\" 4 NIL)]"));
	ck_assert_ptr_nonnull(strstr(buf_str(&c.said), "[INPROGRESS (\"b\" 6 NIL)]"));
	ck_assert_ptr_null(strstr(strstr(buf_str(&c.said), " 4 NIL"), " 1 NIL"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_keys, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_dialogues, 0, COUNT(dialogues));
	tcase_add_test(tc, test_saved_moves);
	tcase_add_test(tc, test_modseq);
	tcase_add_test(tc, test_vanished);
	tcase_add_test(tc, test_update);
	tcase_add_test(tc, test_update_tag);
	tcase_add_test(tc, test_no_update);
	tcase_add_test(tc, test_progress);
	tcase_add_test(tc, test_again);
}

CHECK_MAIN(cmd_search, add_tests)
