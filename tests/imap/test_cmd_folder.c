/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/imaptest.h"

/* Whatever the name: nothing is made or removed but folders of this Maildir. */
static const char *const names[] = { "../x", "..",    ".",	 "a/../../x", "~root",	    "cur",	 "new",
				     "tmp",  "a/cur", ".hidden", "%",	      "\"\\\\2e\"", "INBOX/../x" };

START_TEST(test_names)
{
	const char *said;
	struct stat before, after;

	imapcase_put(&c, "../beside", "x");
	imapcase_put(&c, "cur/1.h:2,", "x");
	ck_assert_int_eq(stat(tempdir(), &before), 0);
	said = imapcase_ask(&c, arena_printf(&c.arena, "a CREATE %s" CR, names[_i]));
	ck_assert_msg(strstr(said, "a OK") || strstr(said, "a BAD") || strstr(said, "a NO"), "%s", said);
	said = imapcase_ask(&c, arena_printf(&c.arena, "a RENAME %s other/place" CR, names[_i]));
	said = imapcase_ask(&c, "a DELETE other/place" CR);
	said = imapcase_ask(&c, arena_printf(&c.arena, "a DELETE %s" CR, names[_i]));
	ck_assert_ptr_null(strstr(said, "a OK"));
	ck_assert_int_eq(stat(tempdir(), &after), 0);
	ck_assert_uint_eq(before.st_nlink, after.st_nlink);
	ck_assert(imapcase_is_there(&c, "../beside"));
	ck_assert(imapcase_is_there(&c, "cur/1.h:2,"));
}
END_TEST

START_TEST(test_dots)
{
	static const char *const dots[] = { "../x", "..", ".", "a/../../x", "a/.", "INBOX/../x" };

	for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
		const char *said = imapcase_ask(&c, arena_printf(&c.arena, "a CREATE %s" CR, dots[i]));

		ck_assert_msg(strstr(said, "a NO [CANNOT]"), "%s: %s", dots[i], said);
	}
}
END_TEST

/* Another UIDVALIDITY, so that no client takes one for the other. */
START_TEST(test_made_again)
{
	uint64_t first;

	imapcase_ask(&c, "a CREATE x" CR);
	imapcase_ask_raw(&c, "a STATUS x (UIDVALIDITY)" CR);
	first = imapcase_number(&c, "UIDVALIDITY");
	imapcase_ask(&c, "a DELETE x" CR);
	imapcase_ask(&c, "a CREATE x" CR);
	imapcase_ask_raw(&c, "a STATUS x (UIDVALIDITY)" CR);
	ck_assert_uint_gt(imapcase_number(&c, "UIDVALIDITY"), first);
}
END_TEST

/* It goes on, by its new name. */
START_TEST(test_rename_selected)
{
	imapcase_ask(&c, "a CREATE x/y" CR);
	imapcase_ask(&c, "a SELECT x/y" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a RENAME x/y z" CR), "a OK Renamed" CR);
	imapcase_put(&c, ".z/new/1.h", "x");
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* 1 EXISTS" CR "* 1 RECENT" CR "a OK Done" CR);
	ck_assert_str_eq(c.s.name, "z");
}
END_TEST

/* What LIST shows as no mailbox has a name all the same: RFC 9051 6.3.6. */
START_TEST(test_rename_parent)
{
	imapcase_ask(&c, "a CREATE x/y" CR "a SELECT x/y" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a RENAME x z" CR "a LIST \"\" %" CR "a LIST \"\" z/%" CR),
			 "a OK Renamed" CR "* LIST (\\HasNoChildren) \"/\" \"INBOX\"" CR
			 "* LIST (\\NonExistent \\Noselect \\HasChildren) \"/\" \"z\"" CR "a OK That is all" CR
			 "* LIST (\\HasNoChildren) \"/\" \"z/y\"" CR "a OK That is all" CR);
	ck_assert_str_eq(c.s.name, "z/y");
	ck_assert_str_eq(imapcase_ask(&c, "a RENAME x z" CR), "a NO [NONEXISTENT] there is no folder of that name" CR);
}
END_TEST

START_TEST(test_quota)
{
	c.s.mail.quota_rule = "*:bytes=10";
	imapcase_put(&c, ".x/cur/1.h,S=8:2,", "12345678");
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND INBOX {5+}" CR "12345" CR),
			 "a NO [OVERQUOTA] the mailbox is full" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a DELETE x" CR), "a OK Deleted" CR);
	imapcase_ask(&c, "a APPEND INBOX {5+}" CR "12345" CR);
	ck_assert_ptr_nonnull(strstr(buf_str(&c.said), "a OK [APPENDUID"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, log_in_client, teardown);
	tcase_add_loop_test(tc, test_names, 0, COUNT(names));
	tcase_add_test(tc, test_dots);
	tcase_add_test(tc, test_made_again);
	tcase_add_test(tc, test_rename_selected);
	tcase_add_test(tc, test_rename_parent);
	tcase_add_test(tc, test_quota);
}

CHECK_MAIN(cmd_folder, add_tests)
