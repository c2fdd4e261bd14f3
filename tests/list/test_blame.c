/* SPDX-License-Identifier: ISC */
#include "list/blame.h"

#include "support/check_main.h"

static const struct {
	const char *status;
	enum blame want;
} rows[] = {
	{ "5.1.1", BLAME_WHOLE }, { "5.1.2", BLAME_WHOLE },  { "5.1.10", BLAME_WHOLE }, { "5.1.7", BLAME_NONE },
	{ "5.1.8", BLAME_NONE },  { "5.2.1", BLAME_WHOLE },  { "5.2.2", BLAME_HALF },	{ "4.2.2", BLAME_HALF },
	{ "5.2.3", BLAME_NONE },  { "5.3.4", BLAME_NONE },   { "5.3.0", BLAME_HALF },	{ "5.4.4", BLAME_WHOLE },
	{ "5.4.1", BLAME_WHOLE }, { "4.4.1", BLAME_HALF },   { "4.4.7", BLAME_HALF },	{ "5.4.310", BLAME_HALF },
	{ "5.5.0", BLAME_HALF },  { "5.5.2", BLAME_NONE },   { "5.6.0", BLAME_NONE },	{ "5.6.1", BLAME_NONE },
	{ "5.7.1", BLAME_NONE },  { "5.7.26", BLAME_NONE },  { "5.7.509", BLAME_NONE }, { "4.7.1", BLAME_NONE },
	{ "4.1.1", BLAME_HALF },  { "5.0.0", BLAME_HALF },   { "5.8.1", BLAME_NONE },	{ "2.1.5", BLAME_NONE },
	{ "", BLAME_HALF },	  { "rubbish", BLAME_HALF },
};

START_TEST(test_status)
{
	ck_assert_msg(blame_of_status(rows[_i].status) == rows[_i].want, "%s", rows[_i].status);
}
END_TEST

START_TEST(test_action)
{
	struct dsn_recipient r = { .known = true, .action = REPORT_FAILED, .status = "5.1.1" };

	ck_assert_int_eq(blame_of(&r), BLAME_WHOLE);
	r.action = REPORT_DELAYED;
	ck_assert_int_eq(blame_of(&r), BLAME_NONE);
	r.action = REPORT_DELIVERED;
	ck_assert_int_eq(blame_of(&r), BLAME_NONE);
	r.action = REPORT_FAILED;
	r.known = false;
	ck_assert_int_eq(blame_of(&r), BLAME_NONE);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_status, 0, COUNT(rows));
	tcase_add_test(tc, test_action);
}

CHECK_MAIN(blame, add_tests)
