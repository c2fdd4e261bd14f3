/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/outdir.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct outdir o;

static void setup(void)
{
	ck_assert_int_eq(outdir_open(&o, tempdir_path("out/deep"), true, NULL), 0);
}

static void teardown(void)
{
	outdir_close(&o);
	tempdir_remove();
}

/* Write a file; the name that it got. */
static const char *save(const char *prefix, const char *wanted, const char *otherwise, const char *content)
{
	struct outdir_file file;

	ck_assert_int_eq(outdir_begin(&o, prefix, span_str(wanted), otherwise, &file, NULL), 0);
	ck_assert_int_eq(outdir_put(&file, span_str(content), NULL), 0);
	ck_assert_int_eq(outdir_end(&file, 0, NULL), 0);
	ck_assert_uint_eq(file.size, strlen(content));
	return file.name;
}

static void check_content(const char *name, const char *want)
{
	struct arena a = { 0 };
	struct span content;

	ck_assert_int_eq(disk_read_file(&a, o.fd, name, 1000, &content, NULL), 0);
	ck_assert(span_is(content, span_str(want)));
	arena_clear(&a);
}

START_TEST(test_names)
{
	ck_assert_str_eq(save("", "plan.pdf", "x", "1"), "plan.pdf");
	ck_assert_str_eq(save("", "plan.pdf", "x", "2"), "plan-2.pdf");
	ck_assert_str_eq(save("", "../plan.pdf", "x", "3"), "plan-3.pdf");
	ck_assert_str_eq(save("", "plan-2.pdf", "x", "4"), "plan-2-2.pdf");
	ck_assert_str_eq(save("", "", "part-1.txt", "5"), "part-1.txt");
	ck_assert_str_eq(save("", "..", "part-1.txt", "6"), "part-1-2.txt");
	ck_assert_str_eq(save("7-", "plan.pdf", "x", "7"), "7-plan.pdf");
	check_content("plan.pdf", "1");
	check_content("plan-2.pdf", "2");
	check_content("plan-3.pdf", "3");
}
END_TEST

/* What is there already stays as it is, links are not followed, whether they lead somewhere or not. */
START_TEST(test_taken)
{
	const char *there = tempdir_write("out/deep/a", "old", 0644);

	ck_assert_int_eq(symlink(there, tempdir_path("out/deep/b")), 0);
	ck_assert_int_eq(symlink("/nowhere/at/all", tempdir_path("out/deep/c")), 0);
	ck_assert_int_eq(mkdir(tempdir_path("out/deep/d"), 0755), 0);
	ck_assert_str_eq(save("", "a", "x", "new"), "a-2");
	ck_assert_str_eq(save("", "b", "x", "new"), "b-2");
	ck_assert_str_eq(save("", "c", "x", "new"), "c-2");
	ck_assert_str_eq(save("", "d", "x", "new"), "d-2");
	check_content("a", "old");
}
END_TEST

/* Both ways of munpack. */
START_TEST(test_replace)
{
	tempdir_write("out/deep/a", "old", 0644);
	o.dotted = true;
	ck_assert_str_eq(save("", "a", "x", "1"), "a.1");
	o.replace = true;
	tempdir_write("out/deep/b", "old", 0644);
	ck_assert_str_eq(save("", "b", "x", "1"), "b");
	ck_assert_str_eq(save("", "b", "x", "2"), "b.1");
	check_content("b", "1");
	ck_assert_int_eq(symlink(tempdir_write("precious", "p", 0644), tempdir_path("out/deep/l")), 0);
	ck_assert_str_eq(save("", "l", "x", "new"), "l");
	check_content("l", "new");
	check_content("../../precious", "p");
}
END_TEST

START_TEST(test_abort)
{
	struct outdir_file file;

	ck_assert_int_eq(outdir_begin(&o, "", SPAN("a"), "x", &file, NULL), 0);
	ck_assert_int_eq(outdir_put(&file, SPAN("half"), NULL), 0);
	outdir_abort(&file);
	outdir_abort(&file);
	ck_assert_int_eq(access(tempdir_path("out/deep/a"), F_OK), -1);
}
END_TEST

START_TEST(test_time)
{
	struct outdir_file file;
	struct stat st;

	ck_assert_int_eq(outdir_begin(&o, "", SPAN("a"), "x", &file, NULL), 0);
	ck_assert_int_eq(outdir_end(&file, 1000000000, NULL), 0);
	ck_assert_int_eq(stat(tempdir_path("out/deep/a"), &st), 0);
	ck_assert_int_eq(st.st_mtime, 1000000000);
}
END_TEST

START_TEST(test_faults)
{
	struct outdir other;
	struct outdir_file file;
	struct fault f;

	ck_assert_int_eq(outdir_open(&other, tempdir_path("none"), false, &f), -1);
	outdir_close(&other);
	/* A disk that is full. */
	ck_assert_int_eq(outdir_begin(&o, "", SPAN("a"), "x", &file, NULL), 0);
	close(file.fd);
	file.fd = open("/dev/full", O_WRONLY);
	ck_assert_int_eq(outdir_put(&file, SPAN("x"), &f), -1);
	ck_assert_str_eq(f.status, "4.3.1");
	outdir_abort(&file);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_taken);
	tcase_add_test(tc, test_replace);
	tcase_add_test(tc, test_abort);
	tcase_add_test(tc, test_time);
	tcase_add_test(tc, test_faults);
}

CHECK_MAIN(outdir, add_tests)
