/* SPDX-License-Identifier: ISC */
#include "support/check_main.h"
#include "support/imapcase.h"
#include "support/tempdir.h"

#define CR "\r\n"

static struct imapcase c;

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

static void teardown(void)
{
	imapcase_clear(&c);
	tempdir_remove();
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

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_vanished);
}

CHECK_MAIN(cmd_sort, add_tests)
