/* SPDX-License-Identifier: ISC */
#include "message/charset.h"
#include "base/entropy.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *charset;
	struct span in;
	unsigned how;
	const char *want;
	size_t broken;
} rows[] = {
	{ "utf-8", SPAN_INIT("caf\xc3\xa9\n"), 0, "caf\xc3\xa9\n", 0 },
	{ "UTF8", SPAN_INIT("a\xff\xc3"), 0, "a" BAD BAD, 2 },
	{ "utf-8", SPAN_INIT("a\xff\xc3"), CHARSET_EXACT, "a" BAD "FF" BAD "C3", 2 },
	{ "utf-8", SPAN_INIT(BAD), CHARSET_EXACT, BAD "EF" BAD "BF" BAD "BD", 1 },
	{ "utf-8", SPAN_INIT(BAD), 0, BAD, 0 },
	{ "utf-8", SPAN_INIT("\xed\xa0\x80"), 0, BAD BAD BAD, 3 },
	{ "utf-8", SPAN_INIT("a\tb\n\x1b\x7f"), CHARSET_LINE, "a\tb" BAD BAD BAD, 3 },
	{ "utf-8", SPAN_INIT("\xc2\x9b"), CHARSET_LINE, BAD, 1 },
	{ "utf-8", SPAN_INIT("\xc2\x9b"), CHARSET_LINE | CHARSET_EXACT, BAD "C2" BAD "9B", 1 },
	{ "us-ascii", SPAN_INIT("ab\xe9"), 0, "ab" BAD, 1 },
	{ "ISO-8859-1", SPAN_INIT("\xe9\x80\x81"), 0, "\xc3\xa9\xe2\x82\xac" BAD, 1 },
	{ "windows-1252", SPAN_INIT("\x93x\x94"), 0, "\xe2\x80\x9cx\xe2\x80\x9d", 0 },
	{ "latin1*de", SPAN_INIT("\xe9"), 0, "\xc3\xa9", 0 },
	{ "iso-8859-15", SPAN_INIT("\xa4"), 0, "\xe2\x82\xac", 0 },
	{ "koi8-r", SPAN_INIT("\xc1\n"), 0, "\xd0\xb0\n", 0 },
	{ "cp1251", SPAN_INIT("\xe0"), 0, "\xd0\xb0", 0 },
	{ "gb2312", SPAN_INIT("\xc4\xe3\xba\xc3"), 0, "\xe4\xbd\xa0\xe5\xa5\xbd", 0 },
	{ "big5", SPAN_INIT("\xa7\x41"), 0, "\xe4\xbd\xa0", 0 },
	{ "ks_c_5601-1987", SPAN_INIT("\xb0\xa1"), 0, "\xea\xb0\x80", 0 },
	{ "shift_jis", SPAN_INIT("\x93\xfa\x96{"), 0, "\xe6\x97\xa5\xe6\x9c\xac", 0 },
	{ "shift_jis", SPAN_INIT("\x93"), CHARSET_EXACT, BAD "93", 1 },
	{ "iso-2022-jp", SPAN_INIT("a\x1b$BF|K\\\x1b(Bb"), CHARSET_LINE,
	  "a\xe6\x97\xa5\xe6\x9c\xac"
	  "b",
	  0 },
	{ "euc-jp", SPAN_INIT("\xc6\xfc"), 0, "\xe6\x97\xa5", 0 },
	{ "utf-16le", SPAN_INIT("a\0\xe9\0"), 0, "a\xc3\xa9", 0 },
	{ "utf-7", SPAN_INIT("a+AOk-"), 0, "a\xc3\xa9", 0 },
};

START_TEST(test_rows)
{
	struct span in = rows[_i].in;
	struct charset c;
	struct buf out;

	buf_init(&out, ROOM);
	for (size_t piece = 1; piece <= in.n + 1; piece++) {
		buf_reset(&out);
		ck_assert_int_eq(charset_open(&c, span_str(rows[_i].charset), rows[_i].how), 0);
		for (size_t i = 0; i < in.n; i += piece)
			charset_feed(&c, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), &out);
		charset_end(&c, &out);
		ck_assert_str_eq(buf_str(&out), rows[_i].want);
		ck_assert_uint_eq(c.broken, rows[_i].broken);
		ck_assert_uint_le(out.n, in.n * CHARSET_GROWTH + CHARSET_ROOM);
		charset_close(&c);
	}
	buf_clear(&out);
}
END_TEST

START_TEST(test_names)
{
	static const char *const unknown[] = { "", "x-none", "ISO-2022-CN-EXT", "utf-8//TRANSLIT", "../x", "utf-8 x" };
	struct charset c;
	struct buf out;
	size_t broken;

	ck_assert_str_eq(charset_name(SPAN("Latin1")), "iso-8859-1");
	ck_assert_str_eq(charset_name(SPAN("KS_C_5601-1987")), "euc-kr");
	for (int i = 0; i < COUNT(unknown); i++) {
		ck_assert_ptr_null(charset_name(span_str(unknown[i])));
		ck_assert_int_eq(charset_open(&c, span_str(unknown[i]), 0), -1);
	}
	buf_init(&out, ROOM);
	ck_assert_int_eq(charset_put(&out, SPAN("x-none"), SPAN("a\xe9\xc3\xa9"), CHARSET_EXACT, &broken), -1);
	ck_assert_str_eq(buf_str(&out), "a" BAD "E9\xc3\xa9");
	ck_assert_uint_eq(broken, 1);
	buf_clear(&out);
}
END_TEST

/* Every charset of the table is one that iconv has here; else the table promises too much. */
START_TEST(test_all)
{
	static const char *const names[] = {
		"iso-8859-2",	"iso-8859-3",	"iso-8859-4",	"iso-8859-5",	"iso-8859-6",	"iso-8859-7",
		"iso-8859-8",	"iso-8859-9",	"iso-8859-10",	"iso-8859-13",	"iso-8859-14",	"iso-8859-16",
		"windows-1250", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257",
		"windows-1258", "windows-874",	"koi8-u",	"iso-2022-kr",	"utf-16",	"utf-16be",
		"utf-32",	"macintosh",	"ibm437",	"ibm850",	"ibm852",	"ibm866",
	};
	struct charset c;

	for (int i = 0; i < COUNT(names); i++) {
		ck_assert_msg(charset_open(&c, span_str(names[i]), 0) == 0, "%s", names[i]);
		charset_close(&c);
	}
}
END_TEST

START_TEST(test_has_ascii)
{
	static const struct {
		const char *name;
		bool want;
	} ascii[] = { { "utf-8", true },	{ "koi8-r", true }, { "shift_jis", true },
		      { "iso-2022-jp", false }, { "utf-7", false }, { "utf-16le", false } };
	struct charset c;

	ck_assert_int_eq(charset_open(&c, span_str(ascii[_i].name), 0), 0);
	ck_assert_int_eq(charset_has_ascii(&c), ascii[_i].want);
	charset_close(&c);
}
END_TEST

/* Nothing is lost: U+FFFD and two digits are the byte. */
START_TEST(test_exact)
{
	unsigned char random[2000];
	struct buf out, back;

	buf_init(&out, ROOM);
	buf_init(&back, ROOM);
	entropy_fill(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i += 3)
		random[i] = i % 2 ? 0xef : 0xbf;
	charset_put(&out, SPAN("utf-8"), span_of((char *)random, sizeof(random)), CHARSET_EXACT | CHARSET_LINE, NULL);
	ck_assert(utf8_is_valid(buf_span(&out)));
	for (size_t i = 0; i < out.n; i++) {
		if (!span_starts(span_from(buf_span(&out), i), SPAN(BAD))) {
			buf_put_char(&back, out.p[i]);
			continue;
		}
		buf_put_char(&back, (char)(hex_value(out.p[i + 3]) << 4 | hex_value(out.p[i + 4])));
		i += 4;
	}
	ck_assert(span_is(buf_span(&back), span_of((char *)random, sizeof(random))));
	buf_clear(&out);
	buf_clear(&back);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_all);
	tcase_add_loop_test(tc, test_has_ascii, 0, 6);
	tcase_add_loop_test(tc, test_exact, 0, 20);
}

CHECK_MAIN(charset, add_tests)
