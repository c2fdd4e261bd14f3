/* SPDX-License-Identifier: ISC */
#include "list/owners.h"

#include "support/check_main.h"
#include "support/mailroom.h"
#include "support/tempdir.h"

START_TEST(test_read)
{
	struct mailroom c;
	const char *const *to;
	size_t n;

	mailroom_begin(&c, "", NULL);
	tempdir_write("lists/friends/owners", "# us\nboss@example.net\nnobody at all\nBo@example.com name=\"Bo\"\n",
		      0600);
	ck_assert_int_eq(owners_read(&c.list, "owners", &c.arena, &to, &n, NULL), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(to[0], "boss@example.net");
	ck_assert_str_eq(to[1], "Bo@example.com");
	ck_assert_int_eq(owners_read(&c.list, "moderators", &c.arena, &to, &n, NULL), 0);
	ck_assert_uint_eq(n, 0);
	mailroom_end(&c);
}
END_TEST

START_TEST(test_tell)
{
	struct texts_vars vars = { .n = 0 };
	struct mailroom c;
	const char *text;

	mailroom_begin(&c, "", NULL);
	texts_set(&vars, "address", "al@example.net");
	texts_set(&vars, "reason", "abuse");
	ck_assert_int_eq(owners_tell(&c.run, "owner-complaint", &vars, NULL), 0);
	ck_assert_uint_eq(c.n, 1);
	text = mailroom_sent(&c, 0);
	ck_assert_ptr_nonnull(strstr(text, "sender <>\nrcpt Q <boss@example.net>\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nTo: friends+owner@example.org\n"));
	ck_assert_ptr_nonnull(strstr(text, "friends@example.org as unwanted: abuse\n"));
	/* With nobody there it is told to nobody. */
	tempdir_write("lists/friends/owners", "", 0600);
	vars.n = 0;
	ck_assert_int_eq(owners_tell(&c.run, "owner-complaint", &vars, NULL), 0);
	ck_assert_uint_eq(c.n, 1);
	mailroom_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_read);
	tcase_add_test(tc, test_tell);
}

CHECK_MAIN(owners, add_tests)
