/* SPDX-License-Identifier: ISC */
#include "message/casemap.h"

#include "base/utf8.h"
#include "support/check_main.h"

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "Hello, World [1]~", "HELLO, WORLD [1]~" },
	/* u with diaeresis, composed and not; both become the same */
	{ "f\xc3\xbcr", "FU\xcc\x88R" },
	{ "FU\xcc\x88R", "FU\xcc\x88R" },
	/* simple mappings only: sharp s stays, RFC 5051 2 */
	{ "stra\xc3\x9f"
	  "e",
	  "STRA\xc3\x9f"
	  "E" },
	/* Greek, both small sigmas; Cyrillic; Georgian, which has no titlecase */
	{ "\xcf\x83\xcf\x82\xce\xa3", "\xce\xa3\xce\xa3\xce\xa3" },
	{ "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", "\xd0\x9f\xd0\xa0\xd0\x98\xd0\x92\xd0\x95\xd0\xa2" },
	/* i with short (decomposed) against plain */
	{ "\xd0\xb9", "\xd0\x98\xcc\x86" },
	/* the Kelvin sign, a long s, full-width letters, a ligature, a circled 1 */
	{ "\xe2\x84\xaa", "K" },
	{ "\xc5\xbf", "S" },
	{ "\xef\xbd\x81\xef\xbc\xba", "AZ" },
	{ "o\xef\xac\x83"
	  "ce",
	  "OffiCE" },
	{ "\xe2\x91\xa0", "1" },
	/* two accents, one upon the other */
	{ "\xe1\xba\xbf", "E\xcc\x82\xcc\x81" },
	/* titlecase and not upper case: dz */
	{ "\xc7\x86", "Dz\xcc\x8c" },
	/* Hangul: LV and LVT; the last syllable; what follows it is none */
	{ "\xea\xb0\x80", "\xe1\x84\x80\xe1\x85\xa1" },
	{ "\xed\x95\x9c", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab" },
	{ "\xed\x9e\xa3", "\xe1\x84\x92\xe1\x85\xb5\xe1\x87\x82" },
	{ "\xed\x9e\xa4", "\xed\x9e\xa4" },
	/* Deseret, every second letter of Coptic, a mathematical letter, a CJK compatibility ideograph */
	{ "\xf0\x90\x90\xa8", "\xf0\x90\x90\x80" },
	{ "\xe2\xb2\x81\xe2\xb2\x80\xe2\xb2\x83", "\xe2\xb2\x80\xe2\xb2\x80\xe2\xb2\x82" },
	{ "\xf0\x9d\x94\x98", "U" },
	{ "\xef\xa4\x80", "\xe8\xb1\x88" },
	/* nothing to map: an ideograph, an emoji; nothing known: the last character */
	{ "\xe6\x97\xa5\xf0\x9f\x93\xac\xf4\x8f\xbf\xbf", "\xe6\x97\xa5\xf0\x9f\x93\xac\xf4\x8f\xbf\xbf" },
	/* no characters */
	{ "a\xff\xc3", "A\xff\xc3" },
};

START_TEST(test_put)
{
	struct buf out;

	buf_init(&out, 100 + CASEMAP_ROOM);
	casemap_put(&out, span_str(rows[_i].text));
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
}
END_TEST

/* Every character becomes characters, and no more than was said. */
START_TEST(test_all)
{
	struct buf one, out;

	buf_init(&one, 100);
	buf_init(&out, 100 + CASEMAP_ROOM);
	for (uint32_t c = 1; c < 0x110000; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		buf_reset(&one);
		buf_reset(&out);
		utf8_put(&one, c);
		casemap_put(&out, buf_span(&one));
		if (out.overflow || out.n == 0 || out.n > CASEMAP_GROWTH * one.n || !utf8_is_valid(buf_span(&out)))
			ck_abort_msg("U+%04X", (unsigned)c);
	}
	buf_clear(&one);
	buf_clear(&out);
}
END_TEST

START_TEST(test_long)
{
	struct buf in, out;

	buf_init(&in, 100000);
	buf_init(&out, 100000 + CASEMAP_ROOM);
	for (int i = 0; i < 3000; i++)
		buf_put_str(&in, "ab\xc3\xa9");
	casemap_put(&out, buf_span(&in));
	ck_assert_uint_eq(out.n, 3000 * 5);
	for (int i = 0; i < 3000; i++)
		ck_assert_mem_eq(out.p + i * 5, "ABE\xcc\x81", 5);
	buf_clear(&in);
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_put, 0, COUNT(rows));
	tcase_add_test(tc, test_all);
	tcase_add_test(tc, test_long);
}

CHECK_MAIN(casemap, add_tests)
