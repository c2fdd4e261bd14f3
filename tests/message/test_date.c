/* SPDX-License-Identifier: ISC */
#include "message/date.h"
#include "support/check_main.h"

#include <time.h>

static const struct {
	int64_t when;
	const char *zone, *want;
} writes[] = {
	{ 0, "UTC0", "Thu, 1 Jan 1970 00:00:00 +0000" },
	{ 880127706, "EST5EDT", "Fri, 21 Nov 1997 10:55:06 -0500" },
	{ 880127706, "CST+6", "Fri, 21 Nov 1997 09:55:06 -0600" },
	{ 951782400, "UTC0", "Tue, 29 Feb 2000 00:00:00 +0000" },
	{ 1751328000, "CET-1CEST,M3.5.0,M10.5.0/3", "Tue, 1 Jul 2025 02:00:00 +0200" },
	{ 1735689600, "IST-5:30", "Wed, 1 Jan 2025 05:30:00 +0530" },
	{ 1735689600, "NST3:30", "Tue, 31 Dec 2024 20:30:00 -0330" },
	{ 4102444800, "UTC0", "Fri, 1 Jan 2100 00:00:00 +0000" },
	{ -1, "UTC0", "Wed, 31 Dec 1969 23:59:59 +0000" },
};

START_TEST(test_put)
{
	struct date got;
	struct buf out;

	buf_init(&out, 100);
	setenv("TZ", writes[_i].zone, 1);
	tzset();
	date_put(&out, writes[_i].when);
	ck_assert_str_eq(buf_str(&out), writes[_i].want);
	ck_assert_int_eq(date_parse(buf_span(&out), &got), 0);
	ck_assert_int_eq(got.when, writes[_i].when);
	buf_reset(&out);
	date_put_utc(&out, writes[_i].when);
	ck_assert(span_ends_nocase(buf_span(&out), SPAN(" +0000")));
	ck_assert_int_eq(date_parse(buf_span(&out), &got), 0);
	ck_assert_int_eq(got.when, writes[_i].when);
	buf_clear(&out);
}
END_TEST

START_TEST(test_asctime)
{
	char out[DATE_ASCTIME];

	setenv("TZ", "NST3:30", 1);
	tzset();
	date_asctime(out, 1751328000);
	ck_assert_str_eq(out, "Tue Jul  1 00:00:00 2025");
	date_asctime(out, 880127706);
	ck_assert_str_eq(out, "Fri Nov 21 15:55:06 1997");
}
END_TEST

static const struct {
	const char *in;
	int64_t when;
	int zone;
	bool known;
} reads[] = {
	{ "Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360, true },
	{ "21 Nov 1997 09:55:06 -0600", 880127706, -360, true },
	{ "Fri,21 Nov 1997 09:55 -0600", 880127700, -360, true },
	{ "\r\n Fri , 21\r\n Nov 1997 09 : 55 : 06 -0600 (CST)\r\n", 880127706, -360, true },
	{ "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n           -0330 (Newfoundland Time)",
	  -27723480, -210, true },
	{ "21 Nov 97 09:55:06 GMT", 880106106, 0, true },
	{ "Fri, 21 Nov 97 09(comment):   55  :  06 -0600", 880127706, -360, true },
	{ "21 nov 097 09:55:06 UT", 880106106, 0, true },
	{ "Mon, 01 Jan 49 00:00:00 +0000", 2493072000, 0, true },
	{ "01 Jan 50 00:00:00 +0000", -631152000, 0, true },
	{ "21 Nov 1997 09:55:06 EST", 880124106, -300, true },
	{ "21 Nov 1997 09:55:06 pdt", 880131306, -420, true },
	{ "21 Nov 1997 09:55:06 A", 880106106, 0, false },
	{ "21 Nov 1997 09:55:06 CEST", 880106106, 0, false },
	{ "21 Nov 1997 09:55:06 -0000", 880106106, 0, false },
	{ "21 Nov 1997 09:55:06", 880106106, 0, false },
	{ "Sat, 31 Dec 2016 23:59:60 +0000", 1483228800, 0, true },
	{ "Tue, 29 Feb 2000 00:00:00 +0000", 951782400, 0, true },
	{ "Sun, 31 Dec 9999 23:59:59 +0000", 253402300799, 0, true },
	{ "1 Jan 1900 00:00:00 +0000", -2208988800, 0, true },
	{ "Sept, 1-Sep-1997 00:00:00 +0000", 0, 0, false },
	{ "Mon, 1-Sep-1997 00:00:00 +0000", 873072000, 0, true },
	{ "Monday, 1 September 1997 00:00:00 +0000", 873072000, 0, true },
	{ "21 Nov 1997 09:55:06 +0545", 880085406, 345, true },
	/* None. */
	{ "", 0, 0, false },
	{ "Fri", 0, 0, false },
	{ "Xyz, 21 Nov 1997 09:55:06 -0600", 0, 0, false },
	{ "31 Feb 1997 00:00:00 +0000", 0, 0, false },
	{ "29 Feb 1900 00:00:00 +0000", 0, 0, false },
	{ "0 Nov 1997 00:00:00 +0000", 0, 0, false },
	{ "32 Dec 1997 00:00:00 +0000", 0, 0, false },
	{ "21 Foo 1997 00:00:00 +0000", 0, 0, false },
	{ "21 Nov 1 00:00:00 +0000", 0, 0, false },
	{ "21 Nov 1899 00:00:00 +0000", 0, 0, false },
	{ "21 Nov 19970 00:00:00 +0000", 0, 0, false },
	{ "21 Nov 1997 24:00:00 +0000", 0, 0, false },
	{ "21 Nov 1997 00:60:00 +0000", 0, 0, false },
	{ "21 Nov 1997 00:00:61 +0000", 0, 0, false },
	{ "21 Nov 1997 00 +0000", 0, 0, false },
	{ "21 Nov 1997 00:00:00 +060", 0, 0, false },
	{ "21 Nov 1997 00:00:00 +0060", 0, 0, false },
	{ "21 Nov 1997 00:00:00 +0000 x", 0, 0, false },
	{ "21 Nov 1997 00:00:00 +0000 (", 880070400, 0, true },
	{ "1997-11-21T09:55:06Z", 0, 0, false },
	{ "99999999999999999999 Nov 1997 00:00:00 +0000", 0, 0, false },
};

START_TEST(test_parse)
{
	struct date got = { .when = 4711 };
	bool none = reads[_i].when == 0;

	ck_assert_int_eq(date_parse(span_str(reads[_i].in), &got), none ? -1 : 0);
	ck_assert_msg(got.when == (none ? 4711 : reads[_i].when), "%s: %lld", reads[_i].in, (long long)got.when);
	ck_assert_int_eq(got.zone, reads[_i].zone);
	ck_assert_int_eq(got.zone_known, reads[_i].known);
}
END_TEST

/* Every day of four centuries, against the C library. */
START_TEST(test_days)
{
	for (int64_t when = -2208988800; when < 10413792000; when += 86400 * 3 + 3661) {
		struct date got = { 0 };
		struct buf out;

		buf_init(&out, 100);
		date_put_utc(&out, when);
		ck_assert_int_eq(date_parse(buf_span(&out), &got), 0);
		ck_assert_int_eq(got.when, when);
		buf_clear(&out);
	}
}
END_TEST

static const struct {
	const char *text;
	int64_t want; /* -1: it is none */
} internet[] = {
	{ "2026-11-22T08:00:00Z", 1795334400 },
	{ "2026-11-22t08:00:00z", 1795334400 },
	{ "2026-11-22T09:00:00+01:00", 1795334400 },
	{ "2026-11-22T02:30:00-05:30", 1795334400 },
	{ "2026-11-22T08:00:00.999Z", 1795334400 },
	{ "2024-02-29T00:00:00Z", 1709164800 },
	{ "2026-02-29T00:00:00Z", -1 },
	{ "2026-11-22T08:00:00", -1 },
	{ "2026-11-22 08:00:00Z", -1 },
	{ "2026-11-22T08:00Z", -1 },
	{ "2026-11-22T24:00:00Z", -1 },
	{ "2026-11-22T08:00:00.Z", -1 },
	{ "2026-11-22T08:00:00+0100", -1 },
	{ "2026-11-22T08:00:00Zx", -1 },
	{ "26-11-22T08:00:00Z", -1 },
	{ "2026-13-22T08:00:00Z", -1 },
	{ "2026-00-22T08:00:00Z", -1 },
	{ "2026-11-00T08:00:00Z", -1 },
	{ "2026-11-22", -1 },
	{ "", -1 },
};

START_TEST(test_rfc3339)
{
	int64_t got = -1;
	int rc = date_parse_rfc3339(span_str(internet[_i].text), &got);
	struct buf out;

	ck_assert_int_eq(rc, internet[_i].want < 0 ? -1 : 0);
	ck_assert_int_eq(got, internet[_i].want);
	if (rc < 0)
		return;
	buf_init(&out, 100);
	date_put_rfc3339(&out, got);
	got = -1;
	ck_assert_int_eq(date_parse_rfc3339(buf_span(&out), &got), 0);
	ck_assert_int_eq(got, internet[_i].want);
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *text;
	int64_t when; /* -1: it is none */
	int zone;
} imap_rows[] = {
	{ "17-Jul-1996 02:44:25 -0700", 837596665, -420 },
	{ " 1-Jan-1970 00:00:00 +0000", 0, 0 },
	{ "1-Jan-1970 01:30:00 +0130", 0, 90 },
	{ "29-feb-2000 23:59:60 +0000", 951868800, 0 },
	{ "31-Dec-9999 23:59:59 +0000", INT64_C(253402300799), 0 },
	{ "29-Feb-1999 00:00:00 +0000", -1, 0 },
	{ "99-Zzz-9999 00:00:00 +0000", -1, 0 },
	{ "00-Jan-1999 00:00:00 +0000", -1, 0 },
	{ "1-Jan-1999 24:00:00 +0000", -1, 0 },
	{ "1-Jan-1999 00:00:00", -1, 0 },
	{ "1-Jan-1999 00:00:00 GMT", -1, 0 },
	{ "1-Jan-1999 00:00:00 +0060", -1, 0 },
	{ "1-Jan-1999 00:00:00 +00000", -1, 0 },
	{ "1-January-1999 00:00:00 +0000", -1, 0 },
	{ "1-Jan-99 00:00:00 +0000", -1, 0 },
	{ "1-Jan-1899 00:00:00 +0000", -1, 0 },
	{ "", -1, 0 },
	{ "-", -1, 0 },
	{ "1-", -1, 0 },
	{ "1-Jan-", -1, 0 },
};

START_TEST(test_imap)
{
	struct date got = { .when = -1 };
	int rc = date_parse_imap(span_str(imap_rows[_i].text), &got);

	ck_assert_int_eq(rc, imap_rows[_i].when < 0 ? -1 : 0);
	ck_assert_int_eq(got.when, imap_rows[_i].when);
	ck_assert_int_eq(got.zone, imap_rows[_i].zone);
}
END_TEST

START_TEST(test_put_imap)
{
	struct date got;
	struct buf out;

	buf_init(&out, 100);
	setenv("TZ", writes[_i].zone, 1);
	tzset();
	date_put_imap(&out, writes[_i].when);
	ck_assert_uint_eq(out.n, 26);
	ck_assert_int_eq(date_parse_imap(buf_span(&out), &got), 0);
	ck_assert_int_eq(got.when, writes[_i].when);
	buf_clear(&out);
}
END_TEST

START_TEST(test_imap_day)
{
	int64_t day = 7;

	ck_assert_int_eq(date_parse_imap_day(SPAN("01-Jan-1970"), &day), 0);
	ck_assert_int_eq(day, 0);
	ck_assert_int_eq(date_parse_imap_day(SPAN("2-Mar-2000"), &day), 0);
	ck_assert_int_eq(day, 11018);
	ck_assert_int_eq(date_parse_imap_day(SPAN("2-Mar-2000 "), &day), -1);
	ck_assert_int_eq(date_parse_imap_day(SPAN("32-Mar-2000"), &day), -1);
	ck_assert_int_eq(day, 11018);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_put, 0, COUNT(writes));
	tcase_add_loop_test(tc, test_parse, 0, COUNT(reads));
	tcase_add_test(tc, test_asctime);
	tcase_add_test(tc, test_days);
	tcase_add_loop_test(tc, test_rfc3339, 0, COUNT(internet));
	tcase_add_loop_test(tc, test_imap, 0, COUNT(imap_rows));
	tcase_add_loop_test(tc, test_put_imap, 0, COUNT(writes));
	tcase_add_test(tc, test_imap_day);
}

CHECK_MAIN(date, add_tests)
