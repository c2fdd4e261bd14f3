/* SPDX-License-Identifier: ISC */
#include "message/bidi.h"

#include "support/check_main.h"

/* Samples of the tables D.1 and D.2 of RFC 3454, their ends among them, and of neither. */
static const struct {
	uint32_t c;
	enum bidi_direction want;
} samples[] = {
	{ 'A', BIDI_LEFT },	{ 'z', BIDI_LEFT },	 { 0xaa, BIDI_LEFT },	{ 0xd7, BIDI_NONE },
	{ 0x3b1, BIDI_LEFT },	{ 0x5be, BIDI_RIGHT },	 { 0x5d0, BIDI_RIGHT }, { 0x61b, BIDI_RIGHT },
	{ 0x627, BIDI_RIGHT },	{ 0x6dd, BIDI_NONE },	 { 0x710, BIDI_RIGHT }, { 0x200f, BIDI_RIGHT },
	{ 0x4e00, BIDI_LEFT },	{ 0x8000, BIDI_LEFT },	 { 0xac00, BIDI_LEFT }, { 0xfb1d, BIDI_RIGHT },
	{ 0xfb1e, BIDI_NONE },	{ 0xfefc, BIDI_RIGHT },	 { 0xff21, BIDI_LEFT }, { '1', BIDI_NONE },
	{ 0x661, BIDI_NONE },	{ ' ', BIDI_NONE },	 { '-', BIDI_NONE },	{ 0x20000, BIDI_LEFT },
	{ 0x1f600, BIDI_NONE }, { 0x10ffff, BIDI_NONE }, { 0x300, BIDI_NONE },	{ 0, BIDI_NONE },
};

START_TEST(test_direction)
{
	ck_assert_msg(bidi_direction(samples[_i].c) == samples[_i].want, "U+%04X", (unsigned)samples[_i].c);
}
END_TEST

START_TEST(test_table)
{
	for (size_t i = 0; i < bidi_nranges; i++) {
		ck_assert_uint_le(bidi_ranges[i].first, bidi_ranges[i].last);
		ck_assert(i == 0 || bidi_ranges[i - 1].last < bidi_ranges[i].first);
		ck_assert(bidi_ranges[i].direction == BIDI_LEFT || bidi_ranges[i].direction == BIDI_RIGHT);
	}
}
END_TEST

static const struct {
	const char *text;
	bool want;
} texts[] = {
	{ "", true },
	{ "plain", true },
	{ "123", true },
	/* RFC 3454 6 and RFC 4013 3: alef and a digit; between two of them it may be. */
	{ "\xd8\xa7\x31", false },
	{ "\xd8\xa7\x31\xd8\xa8", true },
	{ "\x31\xd8\xa7", false },
	{ "\xd8\xa7", true },
	{ "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", true },
	{ "\xd7\xa9 \xd7\x9d", true },
	{ "\xd7\xa9x\xd7\x9d", false },
	{ "x\xd7\xa9", false },
	{ "\xd7\xa9-", false },
};

START_TEST(test_text)
{
	ck_assert_msg(bidi_is_plain(span_str(texts[_i].text)) == texts[_i].want, "%s", texts[_i].text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_direction, 0, COUNT(samples));
	tcase_add_test(tc, test_table);
	tcase_add_loop_test(tc, test_text, 0, COUNT(texts));
}

CHECK_MAIN(bidi, add_tests)
