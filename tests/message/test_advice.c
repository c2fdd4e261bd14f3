/* SPDX-License-Identifier: ISC */
#include "message/advice.h"

#include <string.h>

#include "support/check_main.h"

START_TEST(test_advice)
{
	static const struct {
		const char *status, *begin; /* NULL: it says nothing */
	} rows[] = {
		{ "5.1.1", "There is no such mailbox." },
		{ "4.1.1", "There is no such mailbox." },
		{ "5.1.10", "The domain says that it takes no mail." },
		{ "5.1.11", NULL },
		{ "5.7.1", "The recipient's system refuses the message: its rules" },
		{ "5.7.26", "The recipient's system refuses the message for reasons" },
		{ "5.7.30", "The message may only travel encrypted" },
		{ "5.0.0", NULL },
		{ "2.1.1", NULL },
		{ "5.71", NULL },
		{ "5", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		const char *got = advice_for(rows[i].status);

		if (!rows[i].begin) {
			ck_assert_ptr_null(got);
			continue;
		}
		ck_assert_ptr_nonnull(got);
		ck_assert_msg(strncmp(got, rows[i].begin, strlen(rows[i].begin)) == 0, "%s", got);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_advice);
}

CHECK_MAIN(advice, add_tests)
