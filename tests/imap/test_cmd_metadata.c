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
}

CHECK_MAIN(cmd_metadata, add_tests)
