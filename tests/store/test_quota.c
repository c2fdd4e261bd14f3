/* SPDX-License-Identifier: ISC */
#include "store/quota.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct arena arena;
static struct quota q;
static const struct quota_limits none = { 0 }, thousand = { .octets = 1000, .messages = 10 },
				 octets = { .octets = 1000 }, messages = { .messages = 10 };
static int dir = -1;

/* 100 + 7 octets in INBOX, 50 in a folder. */
static void setup(void)
{
	tempdir_write("tmp/.x", "", 0600);
	tempdir_write("cur/1.h,S=100:2,S", "short", 0600);
	tempdir_write("new/2.h", "7octets", 0600);
	tempdir_write(".a.b/cur/3.h,S=50:2,", "", 0600);
	tempdir_write(".a.b/new/.x", "", 0600);
	tempdir_write("..trash/cur/4.h,S=900:2,", "", 0600);
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY);
}

static void teardown(void)
{
	close(dir);
	arena_clear(&arena);
	tempdir_remove();
}

static const char *content(void)
{
	struct span text;

	if (disk_read_file(&arena, dir, "maildirsize", 1 << 20, &text, &fault) < 0)
		return "none";
	return arena_span(&arena, text);
}

/* ---- rules ---- */

static const struct {
	const char *rule;
	int64_t octets, messages; /* -1: it is none */
} rules[] = {
	{ "", 0, 0 },
	{ "*:storage=1G", 1 << 30, 0 },
	{ "*:storage=10", 10240, 0 },
	{ "*:bytes=10", 10, 0 },
	{ "*:storage=5m:messages=1000", 5 << 20, 1000 },
	{ "?:messages=3", 0, 3 },
	{ "*:storage=2b", 2, 0 },
	{ "*", 0, 0 },
	{ "Trash:storage=1G", -1, -1 },
	{ "*:storage=+10%", -1, -1 },
	{ "*:storage=", -1, -1 },
	{ "*:storage=-1", -1, -1 },
	{ "*:storage=99999999999999999999", -1, -1 },
	{ "*:storage=9999999999T", -1, -1 },
	{ "*:size=1", -1, -1 },
	{ "storage=1G", -1, -1 },
};

START_TEST(test_rule)
{
	struct quota_limits got;

	ck_assert_int_eq(quota_parse_rule(rules[_i].rule, &got, &fault), rules[_i].octets < 0 ? -1 : 0);
	if (rules[_i].octets < 0) {
		ck_assert_int_eq(fault.kind, FAULT_PERM);
		ck_assert_str_eq(fault.status, "5.3.5");
		return;
	}
	ck_assert_int_eq(got.octets, rules[_i].octets);
	ck_assert_int_eq(got.messages, rules[_i].messages);
}
END_TEST

/* ---- the file ---- */

#define HUGE_LINE "999999999999999999 1\n"
#define HUGE_LINES                                                                                                     \
	"1000S,10C\n" HUGE_LINE HUGE_LINE HUGE_LINE HUGE_LINE HUGE_LINE HUGE_LINE HUGE_LINE HUGE_LINE HUGE_LINE        \
		HUGE_LINE

static const struct {
	const char *file; /* NULL: none */
	const struct quota_limits *limits;
	int64_t octets, messages;
	const char *after; /* NULL: as before */
} files[] = {
	{ NULL, &none, 0, 0, "none" },
	{ NULL, &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ "1000S,10C\n500 5\n", &thousand, 500, 5, NULL },
	{ "1000S,10C\n500 5\n-100 -1\n20 1\n", &thousand, 420, 5, NULL },
	{ "1000S,10C\n500 5\n20 1", &thousand, 500, 5, NULL },
	{ "  1000S,10C\n500 5\n", &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ "1000S,10C\n    500      5\n", &thousand, 500, 5, NULL },
	{ "2000S,10C\n500 5\n", &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ "2000S\n500 5\n", &none, 500, 5, NULL },
	{ "0S\n500 5\n", &none, 500, 5, NULL },
	{ "1000S,10C\n900 5\n200 1\n", &thousand, 1100, 6, NULL },
	{ "1000S,10C\n1100 5\n", &thousand, 1100, 5, NULL },
	{ "1000S,10C\n-5 1\n", &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ "1000S,10C\n", &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ "1000S,10C\nx y\n", &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ "1000S,10C\n9999999999999999999 1\n", &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ "1000S,10C\n500 5\nx y\n", &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ HUGE_LINES, &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ "", &thousand, 157, 3, "1000S,10C\n157 3\n" },
	{ "garbage\n", &none, 157, 3, "0S\n157 3\n" },
	{ NULL, &octets, 157, 3, "1000S\n157 3\n" },
	{ NULL, &messages, 157, 3, "10C\n157 3\n" },
};

START_TEST(test_read)
{
	if (files[_i].file)
		tempdir_write("maildirsize", files[_i].file, 0600);
	ck_assert_int_eq(quota_read(&q, dir, files[_i].limits, &fault), 0);
	ck_assert_int_eq(q.octets, files[_i].octets);
	ck_assert_int_eq(q.messages, files[_i].messages);
	ck_assert_str_eq(content(), files[_i].after ? files[_i].after : files[_i].file);
}
END_TEST

/* No room, and old or added up from several lines: counted again before anybody is refused. */
START_TEST(test_old)
{
	struct timespec times[2] = { { .tv_sec = clock_wall() - QUOTA_OLD - 5 },
				     { .tv_sec = clock_wall() - QUOTA_OLD - 5 } };

	tempdir_write("maildirsize", "1000S,10C\n1100 5\n", 0600);
	ck_assert_int_eq(utimensat(dir, "maildirsize", times, 0), 0);
	ck_assert_int_eq(quota_read(&q, dir, &thousand, &fault), 0);
	ck_assert_int_eq(quota_check(&q, dir, 1, 1, &fault), 0);
	ck_assert_int_eq(q.octets, 157);
	tempdir_write("maildirsize", "1000S,10C\n900 5\n99 1\n", 0600);
	ck_assert_int_eq(quota_read(&q, dir, &thousand, &fault), 0);
	ck_assert_int_eq(quota_check(&q, dir, 1, 1, &fault), 0);
	ck_assert_int_eq(q.octets, 999);
	ck_assert_int_eq(quota_check(&q, dir, 2, 1, &fault), 0);
	ck_assert_int_eq(q.octets, 157);
	ck_assert_int_eq(quota_check(&q, dir, 844, 1, &fault), -1);
	ck_assert_str_eq(content(), "1000S,10C\n157 3\n");
	tempdir_write("maildirsize", "1000S,10C\n1100 5\n", 0600);
	ck_assert_int_eq(quota_read(&q, dir, &thousand, &fault), 0);
	ck_assert_int_eq(quota_check(&q, dir, 1, 1, &fault), -1);
}
END_TEST

/* It is made shorter before it is too long. */
START_TEST(test_long)
{
	ck_assert_int_eq(quota_read(&q, dir, &thousand, &fault), 0);
	for (int i = 0; i < 1300; i++)
		quota_note(dir, i % 2 ? -1 : 1, 0);
	ck_assert_uint_gt(strlen(content()), QUOTA_FILE_MAX);
	ck_assert_int_eq(quota_read(&q, dir, &thousand, &fault), 0);
	ck_assert_str_eq(content(), "1000S,10C\n157 3\n");
}
END_TEST

START_TEST(test_check)
{
	struct quota full = { .limits = thousand, .octets = 990, .messages = 9, .exact = true };

	ck_assert_int_eq(quota_check(&full, dir, 10, 1, &fault), 0);
	ck_assert_int_eq(quota_check(&full, dir, 11, 1, &fault), -1);
	ck_assert_int_eq(fault.reply, 552);
	ck_assert_str_eq(fault.status, "5.2.2");
	full.limits.tempfail = true;
	ck_assert_int_eq(quota_check(&full, dir, 11, 1, &fault), -1);
	ck_assert_int_eq(fault.reply, 452);
	full.messages = 10;
	ck_assert_int_eq(quota_check(&full, dir, 0, 1, &fault), -1);
	/* One that takes the place of another: RFC 8508 3.4. */
	ck_assert_int_eq(quota_check(&full, dir, 10, 0, &fault), 0);
	ck_assert_int_eq(quota_check(&full, dir, 11, 0, &fault), -1);
	full.octets = 2000;
	ck_assert_int_eq(quota_check(&full, dir, 0, 0, &fault), 0);
	ck_assert_int_eq(quota_check(&full, dir, -5, 0, &fault), 0);
	ck_assert_int_eq(quota_check(&full, dir, 1, 0, &fault), -1);
	full.octets = 990;
	full.limits = none;
	ck_assert_int_eq(quota_check(&full, dir, INT64_MAX / 2, 1, &fault), 0);
}
END_TEST

/* Several messages are as many after it was counted again as before. */
START_TEST(test_several)
{
	tempdir_write("maildirsize", "1000S,10C\n100 9\n1 1\n", 0600);
	ck_assert_int_eq(quota_read(&q, dir, &thousand, &fault), 0);
	ck_assert_int_eq(quota_check(&q, dir, 1, 8, &fault), -1);
	ck_assert_int_eq(q.messages, 3);
	ck_assert_int_eq(quota_check(&q, dir, 1, 7, &fault), 0);
}
END_TEST

/* A name may say anything; what is added to it stays a number, too. */
START_TEST(test_lying_names)
{
	tempdir_write("cur/5.h,S=9223372036854775806:2,", "", 0600);
	tempdir_write("cur/6.h,S=9223372036854775806:2,", "", 0600);
	ck_assert_int_eq(quota_recalculate(&q, dir, &thousand, &fault), 0);
	ck_assert_int_eq(q.messages, 5);
	ck_assert_int_eq(quota_check(&q, dir, INT64_MAX / 2, 1, &fault), -1);
	quota_note(dir, -INT64_MAX, -1);
	ck_assert_int_eq(quota_read(&q, dir, &thousand, &fault), 0);
	ck_assert_int_eq(q.messages, 5);
}
END_TEST

START_TEST(test_note)
{
	quota_note(dir, 5, 1);
	ck_assert_str_eq(content(), "none");
	tempdir_write("maildirsize", "0S\n5 1\n", 0600);
	quota_note(dir, 100, 1);
	quota_note(dir, -5, -1);
	ck_assert_str_eq(content(), "0S\n5 1\n100 1\n-5 -1\n");
}
END_TEST

START_TEST(test_root)
{
	struct stat want, got;
	int folder = openat(dir, ".a.b", O_RDONLY | O_DIRECTORY), root = quota_root(folder);

	ck_assert_int_eq(fstat(folder, &want) + fstat(root, &got), 0);
	ck_assert_uint_eq(got.st_ino, want.st_ino);
	close(root);
	tempdir_write(".a.b/maildirfolder", "", 0600);
	root = quota_root(folder);
	ck_assert_int_eq(fstat(dir, &want) + fstat(root, &got), 0);
	ck_assert_uint_eq(got.st_ino, want.st_ino);
	close(root);
	close(folder);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_rule, 0, COUNT(rules));
	tcase_add_loop_test(tc, test_read, 0, COUNT(files));
	tcase_add_test(tc, test_old);
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_check);
	tcase_add_test(tc, test_several);
	tcase_add_test(tc, test_lying_names);
	tcase_add_test(tc, test_note);
	tcase_add_test(tc, test_root);
}

CHECK_MAIN(quota, add_tests)
