/* SPDX-License-Identifier: ISC */
#include "store/specialuse.h"

#include "store/maildir.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct arena arena;
static struct fault fault;
static struct folders tree;

static void setup(void)
{
	static const char *const names[] = { "Sent", "Sent Messages", "Work", "Spam" };
	struct maildir md;

	ck_assert_int_eq(maildir_open(&md, tempdir_path("m"), true, &fault), 0);
	maildir_close(&md);
	ck_assert_int_eq(folders_open(&tree, tempdir_path("m"), &fault), 0);
	for (int i = 0; i < COUNT(names); i++)
		ck_assert_int_eq(folders_create(&tree, span_str(names[i]), &fault), 0);
}

static void teardown(void)
{
	folders_close(&tree);
	arena_clear(&arena);
	tempdir_remove();
}

/* "folder=\Use ..." of those that have one. */
static const char *all(void)
{
	const char *const *names, *text = "";
	struct buf out;
	unsigned *uses;
	size_t n;

	ck_assert_int_eq(folders_list(&tree, &arena, &names, &n, &fault), 0);
	ck_assert_int_eq(specialuse_load(&tree, &arena, names, n, &uses, &fault), 0);
	buf_init(&out, 1000);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&out);
		specialuse_put(&out, uses[i]);
		if (uses[i])
			text = arena_printf(&arena, "%s%s%s=%s", text, *text ? ", " : "", names[i], buf_str(&out));
	}
	buf_clear(&out);
	return text;
}

START_TEST(test_words)
{
	ck_assert_uint_eq(specialuse_find(SPAN("\\sENT")), SPECIALUSE_SENT);
	ck_assert_uint_eq(specialuse_find(SPAN("\\Noinferiors")), 0);
	ck_assert_uint_eq(specialuse_find(SPAN("Sent")), 0);
	ck_assert_uint_eq(specialuse_parse(SPAN("\\Important  \\x \\All")), SPECIALUSE_ALL | SPECIALUSE_IMPORTANT);
}
END_TEST

START_TEST(test_usual)
{
	ck_assert_str_eq(all(), "Sent=\\Sent, Spam=\\Junk");
	ck_assert_int_eq(folders_remove(&tree, SPAN("Sent"), &fault), 0);
	ck_assert_str_eq(all(), "Sent Messages=\\Sent, Spam=\\Junk");
}
END_TEST

START_TEST(test_set)
{
	ck_assert_int_eq(specialuse_set(&tree, SPAN("Work"), SPECIALUSE_SENT | SPECIALUSE_FLAGGED, &fault), 0);
	ck_assert_str_eq(all(), "Spam=\\Junk, Work=\\Flagged \\Sent");
	ck_assert_int_eq(folders_rename(&tree, SPAN("Work"), SPAN("a/b"), &fault), 0);
	ck_assert_str_eq(all(), "Spam=\\Junk, a/b=\\Flagged \\Sent");
	ck_assert_int_eq(specialuse_set(&tree, SPAN("a/b"), 0, &fault), 0);
	ck_assert_str_eq(all(), "Sent=\\Sent, Spam=\\Junk");
	ck_assert_int_eq(specialuse_set(&tree, SPAN("none"), SPECIALUSE_SENT, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_int_eq(specialuse_set(&tree, SPAN("INBOX"), SPECIALUSE_IMPORTANT, &fault), 0);
	ck_assert_str_eq(all(), "INBOX=\\Important, Sent=\\Sent, Spam=\\Junk");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_words);
	tcase_add_test(tc, test_usual);
	tcase_add_test(tc, test_set);
}

CHECK_MAIN(specialuse, add_tests)
