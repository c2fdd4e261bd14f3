/* SPDX-License-Identifier: ISC */
#include "imap/catenate.h"

#include <dirent.h>

#include "support/imaptest.h"

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.h:2,", "Subject: one\nTo: a\n\nbody\n");
	imapcase_put(&c, ".x/cur/2.h:2,", "Subject: two\n\ntext\n");
	imapcase_select(&c);
}

/* What is put together of one URL: the file in tmp/, while it is there. */
static const struct {
	const char *url, *want;
} rows[] = {
	{ "/INBOX/;UID=1", "Subject: one\r\nTo: a\r\n\r\nbody\r\n" },
	{ "/INBOX/;UID=1/;SECTION=TEXT", "body\r\n" },
	{ "/INBOX/;UID=1/;SECTION=HEADER.FIELDS.NOT%20(TO)", "Subject: one\r\n\r\n" },
	{ "/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(TO)/;PARTIAL=1.3", "o: " },
	{ "/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(TO)/;PARTIAL=100.3", "" },
	{ "/INBOX/;UID=1/;PARTIAL=25", "dy\r\n" },
	{ "/INBOX/;UID=1/;PARTIAL=25.3", "dy\r" },
	{ "/INBOX/;UID=1/;PARTIAL=1000", "" },
	{ "/x/;UID=1/;SECTION=1", "text\r\n" },
	{ ";UID=1/;SECTION=1", "body\r\n" },
};

START_TEST(test_rows)
{
	const char *said, *at;

	said = imapcase_ask(&c, arena_printf(&c.arena,
					     "a APPEND x CATENATE (TEXT {1+}" CR "[ URL \"%s\" TEXT {1+}" CR "])" CR
					     "b SELECT x" CR "b FETCH 2 BODY.PEEK[]" CR,
					     rows[_i].url));
	at = strstr(said, "}" CR "[");
	ck_assert_msg(at != NULL, "%s", said);
	ck_assert_msg(strncmp(at + 4, rows[_i].want, strlen(rows[_i].want)) == 0, "%s", at);
}
END_TEST

/* Pieces of ten octets each, again and again: no message is larger than it may be. */
START_TEST(test_too_big)
{
	c.server.append_limit = 40;
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND x CATENATE (URL \"/INBOX/;UID=1\" URL \"/INBOX/;UID=1\")" CR),
			 "a NO [TOOBIG] A message has at most 40 octets" CR);
	ck_assert_str_eq(
		imapcase_ask(&c, "a APPEND x CATENATE (URL \"/INBOX/;UID=1\" TEXT {12+}" CR "123456789012)" CR),
		"a NO [TOOBIG] A message has at most 40 octets" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a STATUS x (MESSAGES)" CR),
			 "* STATUS \"x\" (MESSAGES 1)" CR "a OK That is it" CR);
}
END_TEST

START_TEST(test_gone)
{
	imapcase_remove(&c, "cur/1.h:2,");
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND x CATENATE (URL \"/INBOX/;UID=1\")" CR),
			 "* 1 EXPUNGE" CR "a NO [BADURL \"/INBOX/;UID=1\"] There is nothing of that name" CR);
}
END_TEST

/* A URL that cannot be quoted is not said again. */
START_TEST(test_unquotable)
{
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND x CATENATE (URL {4+}" CR "a" CR "b)" CR),
			 "a NO [BADURL] There is nothing of that name" CR);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_too_big);
	tcase_add_test(tc, test_gone);
	tcase_add_test(tc, test_unquotable);
}

CHECK_MAIN(catenate, add_tests)
