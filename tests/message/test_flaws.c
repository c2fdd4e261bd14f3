/* SPDX-License-Identifier: ISC */
#include "message/flaws.h"
#include "support/check_main.h"

static const struct {
	struct span field;
	unsigned want;
	size_t line;
} rows[] = {
	{ SPAN_INIT("Subject: x\n"), 0, 0 },
	{ SPAN_INIT("Subject: x\r\n\ty\r\n"), 0, 0 },
	{ SPAN_INIT("Subject : x\n"), FLAW_BLANK_COLON, 0 },
	{ SPAN_INIT("Subject: x\n \n"), FLAW_BLANK_LINE, 1 },
	{ SPAN_INIT("Subject:\n x\n"), 0, 0 },
	{ SPAN_INIT("Subject: x\n y\n \xc3\xa9\n"), FLAW_8BIT, 2 },
	{ SPAN_INIT("Subject: a\rb\n"), FLAW_BARE_CR, 0 },
	{ SPAN_INIT("Subject: a\0b\x7f\n"), FLAW_CONTROL, 0 },
};

START_TEST(test_rows)
{
	struct span rest = rows[_i].field;
	struct header_field field;
	size_t line;

	ck_assert_int_eq(header_next(&rest, &field), 1);
	ck_assert_uint_eq(flaws_find(&field, &line), rows[_i].want);
	ck_assert_uint_eq(line, rows[_i].line);
}
END_TEST

START_TEST(test_single)
{
	ck_assert_uint_gt(flaws_single(SPAN("content-type"), false), 0);
	ck_assert_uint_gt(flaws_single(SPAN("SUBJECT"), true), 0);
	ck_assert_uint_eq(flaws_single(SPAN("Subject"), false), 0);
	ck_assert_uint_eq(flaws_single(SPAN("Received"), true), 0);
	ck_assert_uint_ne(flaws_single(SPAN("To"), true), flaws_single(SPAN("Cc"), true));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_single);
}

CHECK_MAIN(flaws, add_tests)
