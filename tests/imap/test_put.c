/* SPDX-License-Identifier: ISC */
#include "imap/put.h"
#include "support/check_main.h"

#include <time.h>

static struct buf out;

static void begin(void)
{
	buf_init(&out, 1 << 20);
}

static const struct {
	struct span text;
	bool utf8;
	struct span string, astring;
} strings[] = {
	{ SPAN_INIT(""), false, SPAN_INIT("\"\""), SPAN_INIT("\"\"") },
	{ SPAN_INIT("abc"), false, SPAN_INIT("\"abc\""), SPAN_INIT("abc") },
	{ SPAN_INIT("NIL"), false, SPAN_INIT("\"NIL\""), SPAN_INIT("\"NIL\"") },
	{ SPAN_INIT("a b"), false, SPAN_INIT("\"a b\""), SPAN_INIT("\"a b\"") },
	{ SPAN_INIT("a\"b\\c"), false, SPAN_INIT("\"a\\\"b\\\\c\""), SPAN_INIT("\"a\\\"b\\\\c\"") },
	{ SPAN_INIT("a)b"), false, SPAN_INIT("\"a)b\""), SPAN_INIT("\"a)b\"") },
	{ SPAN_INIT("{1}"), false, SPAN_INIT("\"{1}\""), SPAN_INIT("\"{1}\"") },
	{ SPAN_INIT("a\r\n* BYE"), false, SPAN_INIT("{8}\r\na\r\n* BYE"), SPAN_INIT("{8}\r\na\r\n* BYE") },
	{ SPAN_INIT("a\tb"), false, SPAN_INIT("\"a\tb\""), SPAN_INIT("\"a\tb\"") },
	{ SPAN_INIT("a\0b"), false,
	  SPAN_INIT("{3}\r\na\x80"
		    "b"),
	  SPAN_INIT("{3}\r\na\x80"
		    "b") },
	{ SPAN_INIT("\xc3\xa4"), false, SPAN_INIT("{2}\r\n\xc3\xa4"), SPAN_INIT("{2}\r\n\xc3\xa4") },
	{ SPAN_INIT("\xc3\xa4"), true, SPAN_INIT("\"\xc3\xa4\""), SPAN_INIT("\"\xc3\xa4\"") },
	{ SPAN_INIT("\xc3"), true, SPAN_INIT("{1}\r\n\xc3"), SPAN_INIT("{1}\r\n\xc3") },
};

START_TEST(test_strings)
{
	begin();
	imap_put_string(&out, strings[_i].text, strings[_i].utf8);
	ck_assert(span_is(buf_span(&out), strings[_i].string));
	buf_reset(&out);
	imap_put_nstring(&out, strings[_i].text, strings[_i].utf8);
	ck_assert(span_is(buf_span(&out), strings[_i].string));
	buf_reset(&out);
	imap_put_astring(&out, strings[_i].text, strings[_i].utf8);
	ck_assert(span_is(buf_span(&out), strings[_i].astring));
	buf_clear(&out);
}
END_TEST

START_TEST(test_nil_and_long)
{
	char text[IMAP_QUOTED_MAX + 1];

	begin();
	imap_put_nstring(&out, span_of(NULL, 0), false);
	ck_assert_str_eq(buf_str(&out), "NIL");
	buf_reset(&out);
	memset(text, 'x', sizeof(text));
	imap_put_string(&out, span_of(text, IMAP_QUOTED_MAX), false);
	ck_assert_int_eq(out.p[0], '"');
	buf_reset(&out);
	imap_put_astring(&out, span_of(text, IMAP_QUOTED_MAX + 1), false);
	ck_assert(span_starts(buf_span(&out), SPAN("{1001}\r\nxxx")));
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *name;
	bool utf8;
	const char *want;
} names[] = {
	{ "INBOX", false, "\"INBOX\"" },
	{ "a/b c", false, "\"a/b c\"" },
	{ "Entw\xc3\xbcrfe", false, "\"Entw&APw-rfe\"" },
	{ "Entw\xc3\xbcrfe", true, "\"Entw\xc3\xbcrfe\"" },
	{ "a&b", false, "\"a&-b\"" },
	{ "a&b", true, "\"a&b\"" },
	{ "odd \"name\"", false, "\"odd \\\"name\\\"\"" },
	{ "\xff", false, "{1}\r\n\xff" },
};

START_TEST(test_mailboxes)
{
	begin();
	imap_put_mailbox(&out, names[_i].name, names[_i].utf8);
	ck_assert_str_eq(buf_str(&out), names[_i].want);
	buf_clear(&out);
}
END_TEST

START_TEST(test_flags)
{
	struct keywords k = { .names = { [0] = "$Junk", [25] = "last" } };
	static const struct {
		uint32_t flags;
		bool recent;
		const char *want;
	} rows[] = {
		{ 0, false, "()" },
		{ 0, true, "(\\Recent)" },
		{ MSGNAME_SEEN, false, "(\\Seen)" },
		{ MSGNAME_SEEN | MSGNAME_ANSWERED | MSGNAME_DRAFT | MSGNAME_FLAGGED | MSGNAME_DELETED, true,
		  "(\\Answered \\Flagged \\Deleted \\Seen \\Draft \\Recent)" },
		{ MSGNAME_PASSED, false, "()" },
		{ 1, false, "($Junk)" },
		{ MSGNAME_SEEN | 1 | 1 << 25, false, "(\\Seen $Junk last)" },
		{ 2, false, "()" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		begin();
		imap_put_flags(&out, rows[i].flags, &k, rows[i].recent);
		ck_assert_str_eq(buf_str(&out), rows[i].want);
		buf_clear(&out);
	}
}
END_TEST

START_TEST(test_date_time)
{
	setenv("TZ", "CST6", 1);
	tzset();
	begin();
	imap_put_date_time(&out, 880127706);
	ck_assert_str_eq(buf_str(&out), "\"21-Nov-1997 09:55:06 -0600\"");
	buf_clear(&out);
}
END_TEST

START_TEST(test_uids)
{
	static const uint32_t uid[] = { 4, 5, 6, 9, 11, 12, UINT32_MAX };

	begin();
	imap_put_uids(&out, uid, 0);
	ck_assert_str_eq(buf_str(&out), "");
	imap_put_uids(&out, uid, 1);
	buf_put_char(&out, ' ');
	imap_put_uids(&out, uid, COUNT(uid));
	ck_assert_str_eq(buf_str(&out), "4 4:6,9,11:12,4294967295");
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_strings, 0, COUNT(strings));
	tcase_add_test(tc, test_nil_and_long);
	tcase_add_loop_test(tc, test_mailboxes, 0, COUNT(names));
	tcase_add_test(tc, test_flags);
	tcase_add_test(tc, test_date_time);
	tcase_add_test(tc, test_uids);
}

CHECK_MAIN(put, add_tests)
