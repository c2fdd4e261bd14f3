/* SPDX-License-Identifier: ISC */
#include "store/fanout.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct arena arena;

static void teardown(void)
{
	arena_clear(&arena);
	tempdir_remove();
}

/* How many files there are in a directory; *st is of the last. */
static int look(const char *path, struct stat *st)
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	int n = 0;

	while (dir && (d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.') {
			ck_assert_int_eq(stat(arena_printf(&arena, "%s/%s", path, d->d_name), st), 0);
			n++;
		}
	if (dir)
		closedir(dir);
	return n;
}

static int in(const char *maildir, const char *part)
{
	struct stat st;

	return look(arena_printf(&arena, "%s/%s", maildir, part), &st);
}

static const char *const *paths(size_t n)
{
	const char **list = arena_alloc(&arena, n * sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = tempdir_path(arena_printf(&arena, "u%zu", i));
	return list;
}

START_TEST(test_links)
{
	static const size_t numbers[] = { 1, 2, 5, FANOUT_MAX };
	size_t n = numbers[_i];
	const char *const *list = paths(n);
	struct fanout o;
	struct stat st, first = { 0 };

	ck_assert_int_eq(fanout_begin(&o, &arena, list, n, &fault), 0);
	fanout_put(&o, "one\n", 4);
	fanout_put(&o, "two\n", 4);
	ck_assert_int_eq(fanout_commit(&o, &fault), 0);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(look(arena_printf(&arena, "%s/new", list[i]), &st), 1);
		ck_assert_int_eq(in(list[i], "tmp"), 0);
		ck_assert_uint_eq(st.st_nlink, n);
		ck_assert_int_eq(st.st_size, 8);
		if (i == 0)
			first = st;
		ck_assert_uint_eq(st.st_ino, first.st_ino);
	}
}
END_TEST

/* A mailbox on another file system gets a copy. */
START_TEST(test_other_file_system)
{
	char other[] = "/dev/shm/letterbox-fanout.XXXXXX";
	const char *list[3] = { tempdir_path("here"), other, tempdir_path("too") };
	struct stat here, there;
	struct fanout o;

	if (!mkdtemp(other) || stat(tempdir(), &here) < 0 || stat(other, &there) < 0)
		return;
	if (here.st_dev != there.st_dev) {
		ck_assert_int_eq(fanout_begin(&o, &arena, list, 3, &fault), 0);
		fanout_put(&o, "text\n", 5);
		ck_assert_int_eq(fanout_commit(&o, &fault), 0);
		ck_assert_int_eq(look(arena_printf(&arena, "%s/new", other), &there), 1);
		ck_assert_uint_eq(there.st_nlink, 1);
		ck_assert_int_eq(there.st_size, 5);
		ck_assert_int_eq(in(other, "tmp"), 0);
		ck_assert_int_eq(look(arena_printf(&arena, "%s/new", list[2]), &here), 1);
		ck_assert_uint_eq(here.st_nlink, 2);
	}
	for (const char *const *part = (const char *const[]){ "tmp", "new", "cur", NULL }; *part; part++) {
		const char *path = arena_printf(&arena, "%s/%s", other, *part);
		DIR *dir = opendir(path);

		for (const struct dirent *d; dir && (d = readdir(dir)) != NULL;)
			unlinkat(dirfd(dir), d->d_name, 0);
		if (dir)
			closedir(dir);
		rmdir(path);
	}
	rmdir(other);
}
END_TEST

START_TEST(test_cannot_begin)
{
	const char *const *list = paths(3);
	int first = open("/dev/null", O_RDONLY), next;
	struct fanout o;

	close(first);
	tempdir_write("u2", "a file", 0600);
	ck_assert_int_eq(fanout_begin(&o, &arena, list, 3, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_int_eq(in(list[0], "tmp"), 0);
	next = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(next, first);
	close(next);
}
END_TEST

START_TEST(test_abort)
{
	const char *const *list = paths(2);
	struct fanout o;

	ck_assert_int_eq(fanout_begin(&o, &arena, list, 2, &fault), 0);
	fanout_put(&o, "x", 1);
	fanout_abort(&o);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(in(list[i], "tmp"), 0);
		ck_assert_int_eq(in(list[i], "new"), 0);
	}
}
END_TEST

START_TEST(test_full_disk)
{
	static char large[50000];
	const char *const *list = paths(2);
	struct rlimit limit, before;
	struct fanout o;
	int rc;

	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 20000;
	ck_assert_int_eq(fanout_begin(&o, &arena, list, 2, &fault), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	fanout_put(&o, large, sizeof(large));
	rc = fanout_commit(&o, &fault);
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(fault.reply, 452);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(in(list[i], "tmp"), 0);
		ck_assert_int_eq(in(list[i], "new"), 0);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_links, 0, 4);
	tcase_add_test(tc, test_other_file_system);
	tcase_add_test(tc, test_cannot_begin);
	tcase_add_test(tc, test_abort);
	tcase_add_test(tc, test_full_disk);
}

CHECK_MAIN(fanout, add_tests)
