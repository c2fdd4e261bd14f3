/* SPDX-License-Identifier: ISC */
#include "imap/cmd.h"

#include "support/check_main.h"

START_TEST(test_find)
{
	ck_assert_str_eq(imap_command_find(SPAN("select"))->name, "SELECT");
	ck_assert_str_eq(imap_command_find(SPAN("NOOP"))->name, "NOOP");
	ck_assert_ptr_null(imap_command_find(SPAN("SELEC")));
	ck_assert_ptr_null(imap_command_find(SPAN("SELECTS")));
	ck_assert_ptr_null(imap_command_find(SPAN("")));
}
END_TEST

/* Whoever speaks of numbers may not be told that they change: RFC 9051 7.5.1. */
START_TEST(test_flags)
{
	static const char *const names[] = { "FETCH", "STORE", "SEARCH", "SORT", "THREAD", "COPY", "MOVE" };

	for (int i = 0; i < COUNT(names); i++) {
		const struct imap_command *c = imap_command_find(span_str(names[i]));

		if (!c)
			continue;
		ck_assert_msg(c->flags & IMAP_NUMBERS && c->flags & IMAP_HAS_UID, "%s", c->name);
		ck_assert_msg(!(c->flags & IMAP_HOLDS) == (names[i][0] == 'C' || names[i][0] == 'M'), "%s", c->name);
	}
	ck_assert(!(imap_command_find(SPAN("NOOP"))->flags & IMAP_HOLDS));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_flags);
}

CHECK_MAIN(commands, add_tests)
