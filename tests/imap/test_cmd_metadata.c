/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "store/metadata.h"
#include "support/imaptest.h"

/* Octets that no string can have come and go as a literal8. */
START_TEST(test_bytes)
{
	static const char set[] = "a SETMETADATA INBOX (/private/x ~{4+}" CR "a\0\r\n)" CR;
	static const char want[] = "* METADATA \"INBOX\" (/private/x ~{4}" CR "a\0\r\n)" CR "a OK That is it" CR;

	ck_assert_str_eq(imapcase_say(&c, span_of(set, sizeof(set) - 1), 1), "a OK Written down" CR);
	imapcase_ask_raw(&c, "a GETMETADATA INBOX /private/x" CR);
	ck_assert(span_is(buf_span(&c.said), span_of(want, sizeof(want) - 1)));
}
END_TEST

START_TEST(test_limits)
{
	const char *said = "";
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i <= METADATA_ENTRIES_MAX; i++) {
		buf_reset(&text);
		buf_printf(&text, "a SETMETADATA INBOX (/private/%d \"x\")" CR, i);
		said = imapcase_ask(&c, buf_str(&text));
	}
	ck_assert_str_eq(said, "a NO [METADATA TOOMANY] a folder has at most 100 entries" CR);
	buf_reset(&text);
	buf_put_str(&text, "a GETMETADATA INBOX (");
	for (int i = 0; i <= METADATA_ENTRIES_MAX; i++)
		buf_printf(&text, "%s/private/%d", i ? " " : "", i);
	buf_put_str(&text, ")" CR);
	ck_assert_str_eq(imapcase_ask(&c, buf_str(&text)), "a BAD Too many entries" CR);
	buf_clear(&text);
}
END_TEST

/* A value that is too large is refused by its size, whether the client waits or not: RFC 5464 4.3. */
START_TEST(test_large)
{
	static const char refused[] = "a NO [METADATA MAXSIZE 61440] The value is too large" CR;
	struct buf text;

	buf_init(&text, 1 << 20);
	ck_assert_str_eq(imapcase_ask(&c, "a SETMETADATA INBOX (/shared/comment {61441}" CR), refused);
	buf_put_str(&text, "a SETMETADATA INBOX (/shared/comment ~{100000+}" CR);
	for (int i = 0; i < 100000; i++)
		buf_put_char(&text, 'x');
	buf_put_str(&text, " /private/comment \"y\")" CR);
	ck_assert_str_eq(imapcase_ask(&c, buf_str(&text)), refused);
	ck_assert_str_eq(imapcase_ask(&c, "a GETMETADATA INBOX /private/comment" CR),
			 "* METADATA \"INBOX\" (/private/comment NIL)" CR "a OK That is it" CR);
	buf_reset(&text);
	buf_put_str(&text, "a SETMETADATA INBOX (/shared/comment {61440+}" CR);
	for (int i = 0; i < 61440; i++)
		buf_put_char(&text, 'x');
	buf_put_str(&text, ")" CR);
	ck_assert_str_eq(imapcase_ask(&c, buf_str(&text)), "a OK Written down" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a GETMETADATA (MAXSIZE 61439) INBOX /shared/comment" CR),
			 "a OK [METADATA LONGENTRIES 61440] That is it" CR);
	buf_clear(&text);
}
END_TEST

/* RFC 5464 3.2.1.1; it is an entry like others of a mailbox. */
START_TEST(test_read_only)
{
	ck_assert_str_eq(imapcase_ask(&c, "a SETMETADATA \"\" (/private/x \"1\" /Shared/Admin \"mailto:a@b\")" CR),
			 "a NO [CANNOT] /shared/admin is for reading only" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a GETMETADATA \"\" (/shared/admin /private/x)" CR),
			 "* METADATA \"\" (/shared/admin NIL /private/x NIL)" CR "a OK That is it" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a SETMETADATA INBOX (/shared/admin \"x\")" CR), "a OK Written down" CR);
}
END_TEST

/* They follow the mailbox; INBOX keeps its own, and the new one has them, too: RFC 5464 4.1. */
START_TEST(test_renamed)
{
	imapcase_ask(&c,
		     "a CREATE x" CR "a SETMETADATA x (/shared/comment \"of x\")" CR
		     "a SETMETADATA INBOX (/shared/comment \"of INBOX\")" CR "a RENAME x y" CR "a RENAME INBOX z" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a GETMETADATA y /shared/comment" CR "a GETMETADATA INBOX /shared/comment" CR
					  "a GETMETADATA z /shared/comment" CR),
			 "* METADATA \"y\" (/shared/comment \"of x\")" CR "a OK That is it" CR
			 "* METADATA \"INBOX\" (/shared/comment \"of INBOX\")" CR "a OK That is it" CR
			 "* METADATA \"z\" (/shared/comment \"of INBOX\")" CR "a OK That is it" CR);
	/* What was removed leaves none behind. */
	ck_assert_str_eq(imapcase_ask(&c, "a DELETE y" CR "a CREATE y" CR "a GETMETADATA y /shared/comment" CR),
			 "a OK Deleted" CR "a OK [MAILBOXID (G)] Created" CR "* METADATA \"y\" (/shared/comment NIL)" CR
			 "a OK That is it" CR);
}
END_TEST

/* What others wrote into the file is no answer but an entry. */
START_TEST(test_file)
{
	imapcase_put(&c, "letterbox.metadata", "/private/x a%0D%0Ab OK\n/private/y \"\\\n");
	ck_assert_str_eq(imapcase_ask(&c, "a GETMETADATA (DEPTH infinity) INBOX /private" CR),
			 "* METADATA \"INBOX\" (/private/x {7}" CR "a" CR "b OK /private/y \"\\\"\\\\\")" CR
			 "a OK That is it" CR);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, log_in_client, teardown);
	tcase_add_test(tc, test_bytes);
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_file);
	tcase_add_test(tc, test_large);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_renamed);
}

CHECK_MAIN(cmd_metadata, add_tests)
