/* SPDX-License-Identifier: ISC */
#include "list/configure.h"

#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

static const struct {
	const char *before, *name, *value, *after;
} rows[] = {
	{ "", "posting", "open", "posting = open\n" },
	{ "# ours\nposting = members\nfooter=part\n", "posting", "open", "# ours\nposting = open\nfooter=part\n" },
	{ "posting=members\n", "footer", "part", "posting=members\nfooter = part\n" },
	{ "posting=members", "footer", "part", "posting=members\nfooter = part\n" },
	/* Several assignments become one, where the first stood. */
	{ "posting = a\nfooter = x\nposting = b\n", "posting", "c", "posting = c\nfooter = x\n" },
	/* A continuation goes with its line, remarks between them stay. */
	{ "topics = a\n# more\n  b\nfooter = x\n", "topics", "c", "topics = c\n# more\nfooter = x\n" },
	{ "topics = a\n  b\n", "footer", "x", "topics = a\n  b\nfooter = x\n" },
	/* Not a comment that looks like it, nor a longer name, nor a continuation. */
	{ "#posting = a\nposting2 = b\nfooter = c\n posting = d\n", "posting", "e",
	  "#posting = a\nposting2 = b\nfooter = c\n posting = d\nposting = e\n" },
	{ "posting = a\nfooter = x\n", "posting", NULL, "footer = x\n" },
	{ "footer = x\n", "posting", NULL, "footer = x\n" },
};

START_TEST(test_put)
{
	struct buf b;

	buf_init(&b, CONFIGURE_MAX);
	configure_put(&b, span_str(rows[_i].before), span_str(rows[_i].name), rows[_i].value);
	ck_assert_str_eq(buf_str(&b), rows[_i].after);
	buf_clear(&b);
}
END_TEST

START_TEST(test_set)
{
	static const char *const changes[] = { "posting=open", " subject_prefix = [f] ", "address" };
	struct fault f = { 0 };
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	tempdir_write("lists/friends/config", "# ours\naddress = f@example.org\n", 0600);
	ck_assert_msg(configure_set(&l, mailing_list_places(), changes, 3, &f) == 0, "%s", f.text);
	ck_assert_str_eq(mailing_list_file(&l, "config"), "# ours\nposting = open\nsubject_prefix = [f]\n");
	ck_assert_str_eq(mailing_list_file(&l, "config.new"), "");
	list_close(&l);
}
END_TEST

static const struct {
	const char *change, *want;
} wrong[] = {
	{ "postin=open", "did you mean posting?" },
	{ "posting=opn", "posting: " },
	{ "address=none", "address: " },
	{ "description=a\nposting=open", "control character" },
	{ "description=$nothing", "nothing" },
	{ "=x", "unknown parameter" },
};

/* Then nothing has changed. */
START_TEST(test_refused)
{
	const char *const changes[] = { "footer=part", wrong[_i].change };
	struct fault f = { 0 };
	const char *before;
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	before = mailing_list_file(&l, "config");
	ck_assert_int_eq(configure_set(&l, mailing_list_places(), changes, 2, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_USAGE);
	ck_assert_msg(strstr(f.text, wrong[_i].want), "%s", f.text);
	ck_assert_str_eq(mailing_list_file(&l, "config"), before);
	ck_assert_str_eq(mailing_list_file(&l, "config.new"), "");
	ck_assert_uint_eq(l.locked, 0);
	list_close(&l);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_loop_test(tc, test_put, 0, COUNT(rows));
	tcase_add_test(tc, test_set);
	tcase_add_loop_test(tc, test_refused, 0, COUNT(wrong));
}

CHECK_MAIN(configure, add_tests)
