/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "store/stamp.h"
#include "support/imaptest.h"

static const struct {
	const char *name, *text;
} messages[] = {
	{ "cur/100.a.h:2,S", "From: Zoe <ann@example.com>\nTo: bob@example.org\nSubject: Lunch\nMessage-ID: <1@x>\n"
			     "Date: Wed, 14 Jan 1970 10:00:00 +0000\n\nx\n" },
	{ "cur/200.b.h:2,", "From: bob@example.org\nSubject: Re: lunch\nMessage-ID: <2@x>\nReferences: <1@x>\n"
			    "Date: Wed, 14 Jan 1970 11:00:00 +0000\n\nxx\n" },
	{ "cur/300.c.h:2,",
	  "From: carla@example.net\nSubject: Budget\nMessage-ID: <3@x>\n"
	  "Date: Mon, 12 Jan 1970 10:00:00 +0000\n\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n" },
	{ "cur/400.d.h:2,S", "From: dan@example.net\nSubject: AW: Lunch\nMessage-ID: <4@x>\nIn-Reply-To: <1@x>\n"
			     "Date: Wed, 14 Jan 1970 12:00:00 +0000\n\nx\n" },
};

static void setup(void)
{
	imapcase_init(&c);
	for (size_t i = 0; i < COUNT(messages); i++)
		imapcase_put(&c, messages[i].name, messages[i].text);
	imapcase_select(&c);
}

static const struct {
	const char *say, *want;
} rows[] = {
	{ "a SORT (DATE) UTF-8 ALL" CR, "* SORT 3 1 2 4" CR "a OK Done" CR },
	{ "a SORT (REVERSE DATE) us-ascii ALL" CR, "* SORT 4 2 1 3" CR "a OK Done" CR },
	{ "a UID SORT (SUBJECT REVERSE DATE) UTF-8 NOT 3" CR, "* SORT 4 2 1" CR "a OK Done" CR },
	{ "a SORT (SIZE) UTF-8 3:4" CR, "* SORT 4 3" CR "a OK Done" CR },
	{ "a SORT (FROM) UTF-8 ALL" CR, "* SORT 1 2 3 4" CR "a OK Done" CR },
	{ "a SORT (DISPLAYFROM) UTF-8 ALL" CR, "* SORT 2 3 4 1" CR "a OK Done" CR },
	{ "a SORT (DATE) UTF-8 DRAFT" CR, "* SORT" CR "a OK Done" CR },
	{ "a SORT (DATE) UTF-8 BODY xx" CR, "* SORT 3 2" CR "a OK Done" CR },
	{ "a SORT RETURN () (DATE) UTF-8 ALL" CR, "* ESEARCH (TAG \"a\") ALL 3,1,2,4" CR "a OK Done" CR },
	{ "a UID SORT RETURN (PARTIAL 1:2 COUNT) (DATE) UTF-8 ALL" CR,
	  "* ESEARCH (TAG \"a\") UID PARTIAL (1:2 3,1) COUNT 4" CR "a OK Done" CR },
	{ "a SORT RETURN (SAVE) (DATE) UTF-8 SEEN" CR "b SEARCH $" CR,
	  "a OK Done" CR "* SEARCH 1 4" CR "b OK Done" CR },
	{ "x ENABLE IMAP4rev2" CR "a SORT (DATE) UTF-8 ALL" CR,
	  "* ENABLED IMAP4rev2" CR "x OK As you like" CR "* SORT 3 1 2 4" CR "a OK Done" CR },
	{ "a SORT (COLOUR) UTF-8 ALL" CR, "a BAD Unknown sort key" CR },
	{ "a SORT (DATE) ALL" CR, "a BAD An argument is missing" CR },
	{ "a SORT () UTF-8 ALL" CR, "a BAD Unknown sort key" CR },
	{ "a THREAD REFERENCES UTF-8 ALL" CR, "* THREAD (3)(1 (2)(4))" CR "a OK Done" CR },
	{ "a UID THREAD ORDEREDSUBJECT UTF-8 ALL" CR, "* THREAD (3)(1 2)(4)" CR "a OK Done" CR },
	{ "a THREAD REFS UTF-8 ALL" CR, "* THREAD (3)(1 (2)(4))" CR "a OK Done" CR },
	{ "a THREAD REFERENCES UTF-8 2:4" CR, "* THREAD (3)((2)(4))" CR "a OK Done" CR },
	{ "a THREAD REFERENCES UTF-8 DRAFT" CR, "* THREAD" CR "a OK Done" CR },
	{ "a THREAD BRAID UTF-8 ALL" CR, "a BAD Unknown algorithm" CR },
	{ "a THREAD REFERENCES X-NOBODY ALL" CR,
	  "a NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1 ISO-8859-15 WINDOWS-1252 KOI8-R ISO-2022-JP SHIFT_JIS GB18030 "
	  "BIG5 EUC-KR)] Strings in that charset cannot be read" CR },
};

START_TEST(test_rows)
{
	ck_assert_str_eq(imapcase_ask(&c, rows[_i].say), rows[_i].want);
	/* And when all that was read is kept. */
	if (rows[_i].say[0] == 'a')
		ck_assert_str_eq(imapcase_ask(&c, rows[_i].say), rows[_i].want);
}
END_TEST

/* A message that went away is in no answer. */
START_TEST(test_vanished)
{
	imapcase_remove(&c, "cur/100.a.h:2,S");
	ck_assert_str_eq(imapcase_ask(&c, "a SORT (DATE) UTF-8 ALL" CR), "* SORT 3 2 4" CR "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a THREAD REFERENCES UTF-8 ALL" CR),
			 "* THREAD (3)((2)(4))" CR "a OK Done" CR);
}
END_TEST

static void arrive(const char *name, const char *subject)
{
	imapcase_put(&c, name, arena_printf(&c.arena, "Subject: %s\n\nx\n", subject));
}

/* Four messages by their subjects, and what becomes of that; places are true one after the other. */
START_TEST(test_update)
{
	imapcase_ask(&c, "x STORE 1:4 +FLAGS.SILENT (\\Deleted)" CR "x EXPUNGE" CR);
	arrive("cur/500.a.h:2,", "b");
	arrive("cur/501.a.h:2,", "d");
	arrive("cur/502.a.h:2,S", "c");
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "x NOOP" CR), "* 3 EXISTS" CR));
	ck_assert_str_eq(imapcase_ask(&c, "a SORT RETURN (UPDATE PARTIAL 1:2) (SUBJECT) UTF-8 UNSEEN" CR),
			 "* ESEARCH (TAG \"a\") PARTIAL (1:2 1,2)" CR "a OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "b UID SORT RETURN (UPDATE CONTEXT COUNT) (REVERSE SUBJECT) UTF-8 ALL" CR),
			 "* ESEARCH (TAG \"b\") UID COUNT 3" CR "b OK Done" CR);
	arrive("cur/503.a.h:2,", "a");
	arrive("cur/504.a.h:2,", "cc");
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "x NOOP" CR),
				     "* ESEARCH (TAG \"a\") ADDTO (1 4 3 5)" CR
				     "* ESEARCH (TAG \"b\") UID ADDTO (2 9 5 8)" CR "x OK"));
	/* By flags, which changes one of them: a, b, cc, d without b; and with c. */
	imapcase_move(&c, "cur/500.a.h:2,", "cur/500.a.h:2,S");
	imapcase_move(&c, "cur/502.a.h:2,S", "cur/502.a.h:2,");
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "x NOOP" CR),
				     "* 3 FETCH (FLAGS (\\Recent))" CR "* ESEARCH (TAG \"a\") REMOVEFROM (2 1)" CR
				     "* ESEARCH (TAG \"a\") ADDTO (2 3)" CR "x OK"));
	/* Of a, c, cc, d both ends go: by the numbers of before, and from behind. A look within the same tick sees
	 * none. */
	usleep(STAMP_TICK_MS * 1000 + 5000);
	imapcase_remove(&c, "cur/501.a.h:2,");
	imapcase_remove(&c, "cur/503.a.h:2,");
	ck_assert_str_eq(imapcase_ask(&c, "x NOOP" CR), "* ESEARCH (TAG \"a\") REMOVEFROM (4 2 1 4)" CR
							"* ESEARCH (TAG \"b\") UID REMOVEFROM (5 8 1 6)" CR
							"* 2 EXPUNGE" CR "* 3 EXPUNGE" CR "x OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "x CANCELUPDATE \"a\" \"b\"" CR), "x OK Done" CR);
	arrive("cur/505.a.h:2,", "a");
	ck_assert_ptr_null(strstr(imapcase_ask(&c, "x NOOP" CR), "ESEARCH"));
}
END_TEST

/* New messages come with what is to be told of them, and only those. */
START_TEST(test_update_fetch)
{
	imapcase_ask(&c, "a SORT RETURN (UPDATE (UID) COUNT) (ARRIVAL) UTF-8 UNSEEN" CR);
	arrive("cur/500.a.h:2,", "b");
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "x NOOP" CR), "* 5 FETCH (UID 5)" CR "* ESEARCH (TAG \"a\") "));
	imapcase_move(&c, "cur/500.a.h:2,", "cur/500.a.h:2,S");
	ck_assert_ptr_null(strstr(imapcase_ask(&c, "x NOOP" CR), "(UID 5)"));
	ck_assert_str_eq(imapcase_ask(&c, "a SORT RETURN (UPDATE (NONSENSE)) (ARRIVAL) UTF-8 UNSEEN" CR),
			 "a BAD Unknown item of FETCH" CR);
	ck_assert_str_eq(imapcase_ask(&c, "d SORT RETURN (UPDATE COUNT) (ARRIVAL) UTF-8 1:2" CR),
			 "* ESEARCH (TAG \"d\") COUNT 2" CR "* NO [NOUPDATE \"d\"] That cannot be kept up to date" CR
			 "d OK Done" CR);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_vanished);
	tcase_add_test(tc, test_update);
	tcase_add_test(tc, test_update_fetch);
}

CHECK_MAIN(cmd_sort, add_tests)
