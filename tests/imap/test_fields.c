/* SPDX-License-Identifier: ISC */
#include "imap/fields.h"

#include "support/check_main.h"

START_TEST(test_find)
{
	struct fields f;

	fields_find(SPAN("junk line\r\nSUBJECT: one\r\n two\r\nSubject: later\r\n: none\r\nMessage-id:<a@b>\r\n"
			 "Cc:\r\nDate : x\r\n\r\nFrom: not here\r\n"),
		    &f);
	ck_assert(span_is(f.body[FIELD_SUBJECT], SPAN(" one\r\n two")));
	ck_assert(span_is(f.body[FIELD_MESSAGE_ID], SPAN("<a@b>")));
	ck_assert(f.body[FIELD_CC].p && f.body[FIELD_CC].n == 0);
	ck_assert(span_is(f.body[FIELD_DATE], SPAN(" x")));
	ck_assert(!f.body[FIELD_FROM].p);
	fields_find(span_of(NULL, 0), &f);
	ck_assert(!f.body[FIELD_SUBJECT].p);
}
END_TEST

static const struct {
	const char *body, *want;
} texts[] = {
	{ " plain ", "plain" },
	{ "", "" },
	{ " two\r\n  lines", "two  lines" },
	{ " =?utf-8?q?f=C3=BCr?= =?iso-8859-1?q?_=FC?=", "f\xc3\xbcr \xc3\xbc" },
	{ " a=?b", "a=?b" },
	{ " 8 bit \xc3\xbc", "8 bit \xc3\xbc" },
};

START_TEST(test_text)
{
	struct arena a = { 0 };
	struct buf out;

	buf_init(&out, 1000);
	fields_put_text(&out, &a, span_str(texts[_i].body));
	ck_assert_str_eq(buf_str(&out), texts[_i].want);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *body, *want;
	bool is_reply;
} subjects[] = {
	{ " Re: [list] =?utf-8?q?f=C3=BCr?= dich", "FU\xcc\x88R DICH", true },
	{ "lunch", "LUNCH", false },
};

START_TEST(test_base_subject)
{
	struct arena a = { 0 };
	struct buf out;
	bool is_reply;

	buf_init(&out, FIELDS_MAPPED_MAX);
	fields_put_base_subject(&out, &a, span_str(subjects[_i].body), &is_reply);
	ck_assert_str_eq(buf_str(&out), subjects[_i].want);
	ck_assert_int_eq(is_reply, subjects[_i].is_reply);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *header;
	bool is_date;
	int64_t when, day;
} dates[] = {
	{ "Date: Thu, 1 Jan 1970 00:00:10 +0000\n\n", true, 10, 0 },
	/* the day is the sender's: RFC 9051 6.4.4, SENTON "disregarding time and timezone" */
	{ "Date: Fri, 2 Jan 1970 01:00:00 +0200\n\n", true, 82800, 1 },
	{ "Date: Wed, 31 Dec 1969 23:00:00 -0500\n\n", true, 14400, -1 },
	{ "Date: Wed, 31 Dec 1969 00:00:00 +0000\n\n", true, -86400, -1 },
	{ "Date: soon\n\n", false, 0, 0 },
	{ "\n", false, 0, 0 },
};

START_TEST(test_date)
{
	struct fields f;
	int64_t when = 0, day = 0;

	fields_find(span_str(dates[_i].header), &f);
	ck_assert_int_eq(fields_date(&f, &when, &day), dates[_i].is_date);
	ck_assert_int_eq(when, dates[_i].when);
	ck_assert_int_eq(day, dates[_i].day);
}
END_TEST

static const struct {
	const char *body, *local, *shown;
} addresses[] = {
	{ " joe@example.com", "joe", "joe@example.com" },
	{ " Joe Q <joe@example.com>, other@x", "joe", "Joe Q" },
	{ " \"Joe \\\"Q\\\"\" <joe@example.com>", "joe", "Joe \"Q\"" },
	{ " =?utf-8?q?J=C3=B6?= <j@x>", "j", "J\xc3\xb6" },
	{ " \"a b\"@x", "a b", "\"a b\"@x" },
	{ " <a@b@c>, d@e", "d", "d@e" },
	{ " friends: a@b, c@d;", "a", "a@b" },
	{ " undisclosed:;", "", "" },
	{ "", "", "" },
	{ " @@@", "", "" },
};

START_TEST(test_address)
{
	struct arena a = { 0 };
	struct buf out;

	buf_init(&out, FIELDS_TEXT_MAX);
	fields_put_address(&out, &a, span_str(addresses[_i].body), false);
	ck_assert_str_eq(buf_str(&out), addresses[_i].local);
	buf_reset(&out);
	fields_put_address(&out, &a, span_str(addresses[_i].body), true);
	ck_assert_str_eq(buf_str(&out), addresses[_i].shown);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_find);
	tcase_add_loop_test(tc, test_text, 0, COUNT(texts));
	tcase_add_loop_test(tc, test_base_subject, 0, COUNT(subjects));
	tcase_add_loop_test(tc, test_date, 0, COUNT(dates));
	tcase_add_loop_test(tc, test_address, 0, COUNT(addresses));
}

CHECK_MAIN(fields, add_tests)
