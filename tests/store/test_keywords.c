/* SPDX-License-Identifier: ISC */
#include "store/keywords.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct keywords k;
static struct lock lock;
static struct arena arena;
static int dir = -1;

static void setup(void)
{
	memset(&k, 0, sizeof(k));
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(lock_take(&lock, dir, &lock_uidlist, &fault), 0);
}

static void teardown(void)
{
	lock_release(&lock);
	keywords_clear(&k);
	arena_clear(&arena);
	close(dir);
	tempdir_remove();
}

static const char *content(void)
{
	struct span text;

	ck_assert_int_eq(disk_read_file(&arena, dir, KEYWORDS_FILE, 1 << 20, &text, &fault), 0);
	return arena_span(&arena, text);
}

START_TEST(test_parse)
{
	keywords_parse(&k, SPAN("0 $Forwarded\n3 Work\n25 z\n26 no\n-1 no\nx no\n4\n5 \n6 a b\n7 \\Seen\n\n8 last"));
	for (int i = 0; i < MSGNAME_KEYWORDS; i++)
		ck_assert_msg((k.names[i] != NULL) == (i == 0 || i == 3 || i == 25 || i == 8), "%d", i);
	ck_assert_int_eq(keywords_find(&k, SPAN("work")), 3);
	ck_assert_int_eq(keywords_find(&k, SPAN("wor")), -1);
	ck_assert_int_eq(keywords_find(&k, SPAN("last")), 8);
}
END_TEST

START_TEST(test_add)
{
	tempdir_write(KEYWORDS_FILE, "1 b\n", 0600);
	ck_assert_int_eq(keywords_read(&k, dir, &fault), 0);
	ck_assert_int_eq(keywords_add(&k, dir, &lock, SPAN("B"), &fault), 1);
	ck_assert_int_eq(keywords_add(&k, dir, &lock, SPAN("a"), &fault), 0);
	ck_assert_int_eq(keywords_add(&k, dir, &lock, SPAN("c"), &fault), 2);
	ck_assert_str_eq(content(), "0 a\n1 b\n2 c\n");
	/* Another reader sees that it changed, though all was in one second. */
	tempdir_write(KEYWORDS_FILE, "0 x\n", 0600);
	ck_assert_int_eq(keywords_read(&k, dir, &fault), 0);
	ck_assert_str_eq(k.names[0], "x");
	ck_assert_ptr_null(k.names[1]);
	ck_assert_int_eq(unlinkat(dir, KEYWORDS_FILE, 0), 0);
	ck_assert_int_eq(keywords_read(&k, dir, &fault), 0);
	ck_assert_ptr_null(k.names[0]);
}
END_TEST

START_TEST(test_full)
{
	char name[16];

	for (int i = 0; i < MSGNAME_KEYWORDS; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		ck_assert_int_eq(keywords_add(&k, dir, &lock, span_str(name), &fault), i);
	}
	ck_assert_int_eq(keywords_add(&k, dir, &lock, SPAN("more"), &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_int_eq(keywords_add(&k, dir, &lock, SPAN("K25"), &fault), 25);
}
END_TEST

START_TEST(test_unlocked)
{
	lock_release(&lock);
	ck_assert_int_eq(keywords_add(&k, dir, &lock, SPAN("a"), &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_int_eq(keywords_find(&k, SPAN("a")), -1);
}
END_TEST

static const struct {
	const char *name;
	bool valid;
} names[] = {
	{ "$Junk", true }, { "a", true },	{ "", false },	       { "a b", false },
	{ "a(", false },   { "\\Seen", false }, { "a]", false },       { "a*", false },
	{ "a%", false },   { "a\"", false },	{ "\xc3\xbc", false }, { "a\n", false },
};

START_TEST(test_valid)
{
	ck_assert_int_eq(keywords_is_valid(span_str(names[_i].name)), names[_i].valid);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_parse);
	tcase_add_test(tc, test_add);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_unlocked);
	tcase_add_loop_test(tc, test_valid, 0, COUNT(names));
}

CHECK_MAIN(keywords, add_tests)
