/* SPDX-License-Identifier: ISC */
#include "relay/author.h"

#include <stdlib.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/village.h"

static struct village v;

static void start(void)
{
	village_init(&v, "");
	village_start(&v);
}

static const struct {
	const char *text, *want; /* want NULL: refused */
} senders[] = {
	{ "al", "al@m.example" },
	{ "al@x.example", "al@x.example" },
	{ "<al@x.example>", "al@x.example" },
	{ "Al Example <al@x.example>", "al@x.example" },
	{ "al@x.example (Al)", "al@x.example" },
	{ "\"a b\"@x.example", "\"a b\"@x.example" },
	{ "", "" },
	{ "<>", "" },
	{ "al+tag=x@x.example", "al+tag=x@x.example" },
	{ "m\xc3\xbcller@x.example", "m\xc3\xbcller@x.example" },
	{ "a,b", NULL },
	{ "a@b@c", NULL },
	{ "a@", NULL },
	{ "@x.example", NULL },
	{ "a b", NULL },
	{ "<a", NULL },
	{ "a\nb", NULL },
	{ "a\x7f", NULL },
	{ " ", NULL },
};

START_TEST(test_sender)
{
	const char *out = NULL;
	struct fault f;
	int rc;

	start();
	rc = author_parse_sender(&v.arena, &v.route, senders[_i].text, &out, &f);
	ck_assert_msg((rc == 0) == (senders[_i].want != NULL), "row %d: %d %s", _i, rc, out ? out : "");
	if (rc == 0)
		ck_assert_str_eq(out, senders[_i].want);
	else
		ck_assert_int_eq(f.kind, FAULT_PERM);
	village_clear(&v);
}
END_TEST

START_TEST(test_given)
{
	struct author author;
	struct fault f;

	start();
	ck_assert_int_eq(setenv("NAME", "Somebody\nElse", 1), 0);
	ck_assert_int_eq(author_find(&v.arena, &v.users, &v.route, "bo", "Bo", true, &author, &f), 0);
	ck_assert_str_eq(author.sender, "bo@m.example");
	ck_assert_str_eq(author.full_name, "Bo");
	ck_assert_int_eq(author_find(&v.arena, &v.users, &v.route, "bo", NULL, true, &author, &f), 0);
	ck_assert_str_eq(author.full_name, "Somebody Else");
	ck_assert_int_eq(author_find(&v.arena, &v.users, &v.route, "bo", "B\no", true, &author, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_PERM);
	unsetenv("NAME");
	village_clear(&v);
}
END_TEST

/* Who this process is does not depend on what its environment says. */
START_TEST(test_self)
{
	struct account self;
	struct author author;
	struct fault f;

	start();
	unsetenv("NAME");
	ck_assert_int_eq(setenv("LOGNAME", "evil", 1), 0);
	ck_assert_int_eq(setenv("USER", "evil", 1), 0);
	ck_assert_int_ge(users_self(&v.users, &v.arena, &self, &f), 0);
	ck_assert_int_eq(author_find(&v.arena, &v.users, &v.route, NULL, NULL, true, &author, &f), 0);
	ck_assert_str_eq(author.sender, arena_printf(&v.arena, "%s@m.example", self.name));
	ck_assert_ptr_nonnull(author.full_name);
	village_clear(&v);
}
END_TEST

START_TEST(test_check)
{
	struct fault f;

	ck_assert_int_eq(author_check("-V", NULL, 3, &f), 0);
	ck_assert_int_eq(author_check("-V", "abc", 3, &f), 0);
	ck_assert_int_eq(author_check("-V", "abcd", 3, &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "-V"));
	ck_assert_int_eq(author_check("-V", "a\r", 3, &f), -1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_sender, 0, COUNT(senders));
	tcase_add_test(tc, test_given);
	tcase_add_test(tc, test_self);
	tcase_add_test(tc, test_check);
}

CHECK_MAIN(author, add_tests)
