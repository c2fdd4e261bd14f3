/* SPDX-License-Identifier: ISC */
#include "message/mutf7.h"

#include "support/check_main.h"

static const struct {
	const char *utf8, *encoded;
} rows[] = {
	{ "", "" },
	{ "Drafts", "Drafts" },
	{ "a&b", "a&-b" },
	{ "&", "&-" },
	{ "Entw\xc3\xbcrfe", "Entw&APw-rfe" },
	{ "\xe5\x8f\xb0\xe5\x8c\x97", "&U,BTFw-" },
	{ "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	  "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
	{ "\xf0\x9f\x93\xac", "&2D3c7A-" },
	{ "\xc3\xbc&\xc3\xbc", "&APw-&-&APw-" },
	{ "a-b", "a-b" },
};

START_TEST(test_both_ways)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_int_eq(mutf7_put(&out, span_str(rows[_i].utf8)), 0);
	ck_assert_str_eq(buf_str(&out), rows[_i].encoded);
	buf_reset(&out);
	ck_assert_int_eq(mutf7_parse(&out, span_str(rows[_i].encoded)), 0);
	ck_assert_str_eq(buf_str(&out), rows[_i].utf8);
	buf_clear(&out);
}
END_TEST

/* A "/" or a NUL in disguise, what could be written shorter, what is cut off, and what is no text. */
static const char *const bad[] = {
	"&",	 "&AC8-", "&AC4ALg-", "&AAA-", "&AA0ACg-",   "&AG0-",	 "&APw",     "&APx-", "&AP-",	"&APwA-",
	"&2D0-", "&3AA-", "&A-",      "&!-",   "&APw-&APw-", "&2D3YPQ-", "\xc3\xbc", "a\x01", "&AP8=-", "&AAAAAA-",
};

START_TEST(test_bad)
{
	struct buf out;

	buf_init(&out, 1000);
	buf_put_str(&out, "before");
	ck_assert_int_eq(mutf7_parse(&out, span_str(bad[_i])), -1);
	ck_assert_str_eq(buf_str(&out), "before");
	buf_clear(&out);
}
END_TEST

START_TEST(test_no_text)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_int_eq(mutf7_put(&out, SPAN("\xc0\xaf")), -1);
	ck_assert_int_eq(mutf7_put(&out, SPAN("\xed\xa0\x80")), -1);
	ck_assert_int_eq(mutf7_put(&out, span_of("a\0b", 3)), -1);
	ck_assert_int_eq(mutf7_put(&out, SPAN("a\r\nb")), -1);
	ck_assert_uint_eq(out.n, 0);
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_both_ways, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	tcase_add_test(tc, test_no_text);
}

CHECK_MAIN(mutf7, add_tests)
