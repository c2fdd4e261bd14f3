/* SPDX-License-Identifier: ISC */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static int dir = -1;

static const struct lock_rules at_once = { .name = "x.lock", .guards = "x", .stale = 120 };
static const struct lock_rules with_names = { .name = "x.lock", .guards = "x", .stale = 120, .is_signed = true };

static void setup(void)
{
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
}

static void teardown(void)
{
	close(dir);
	tempdir_remove();
}

static void set_age(const char *name, int64_t seconds)
{
	struct timespec times[2] = { { .tv_sec = clock_wall() - seconds } };

	times[1] = times[0];
	ck_assert_int_eq(utimensat(dir, name, times, 0), 0);
}

static const char *host(void)
{
	static char name[HOST_NAME_MAX + 1];

	ck_assert_int_eq(gethostname(name, sizeof(name)), 0);
	return name;
}

/* A process number that nobody has. */
static long dead(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return pid;
}

START_TEST(test_take)
{
	struct lock l = { 0 }, other = { 0 };
	struct arena a = { 0 };
	struct span text;

	ck_assert_int_eq(lock_take(&l, dir, &at_once, &fault), 0);
	ck_assert(lock_is_held(&l));
	ck_assert_int_eq(disk_read_file(&a, dir, "x.lock", 1000, &text, &fault), 0);
	ck_assert_str_eq(arena_span(&a, text), arena_printf(&a, "%ld:%s", (long)getpid(), host()));
	ck_assert_int_eq(lock_take(&other, dir, &at_once, &fault), 1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	lock_release(&other);
	ck_assert(lock_is_held(&l));
	ck_assert_int_eq(lock_touch(&l, &fault), 0);
	lock_release(&l);
	ck_assert_int_ne(faccessat(dir, "x.lock", F_OK, 0), 0);
	ck_assert_int_eq(lock_take(&other, dir, &at_once, &fault), 0);
	lock_release(&other);
	arena_clear(&a);
}
END_TEST

START_TEST(test_wait)
{
	struct lock_rules patient = at_once;
	struct lock l = { 0 };
	pid_t pid;

	patient.wait = 30;
	ck_assert_int_eq(lock_take(&l, dir, &at_once, &fault), 0);
	pid = fork();
	if (pid == 0) {
		struct lock mine;

		_exit(lock_take(&mine, dir, &patient, NULL) == 0 ? 7 : 1);
	}
	usleep(30000);
	lock_release(&l);
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

/* Who holds it, how old it is, how old what it guards; whether it is taken over. */
static const struct {
	const char *owner; /* "dead", "alive", or the text as it is */
	long age, guarded_age;
	int want;
} rows[] = {
	{ "dead", 10, 10, 0 },		 { "dead", 0, 0, 1 },	{ "alive", 1000, 1000, 1 },
	{ "1:elsewhere", 100, 1000, 1 }, { "", 1000, 1000, 1 }, { "1:elsewhere", 1000, 10, 1 },
	{ "nonsense", 10, 10, 1 },
};

START_TEST(test_stale)
{
	struct arena a = { 0 };
	struct lock l = { 0 };
	const char *text = rows[_i].owner;

	if (strcmp(text, "dead") == 0)
		text = arena_printf(&a, "%ld:%s", dead(), host());
	else if (strcmp(text, "alive") == 0)
		text = arena_printf(&a, "1:%s", host());
	tempdir_write("x.lock", text, 0600);
	tempdir_write("x", "", 0600);
	set_age("x.lock", rows[_i].age);
	set_age("x", rows[_i].guarded_age);
	ck_assert_int_eq(lock_take(&l, dir, &at_once, &fault), rows[_i].want);
	lock_release(&l);
	arena_clear(&a);
}
END_TEST

/* Without a process of this machine the age decides; a lock's ctime cannot be set, so the limit is. */
START_TEST(test_old)
{
	struct lock_rules short_lived = at_once;
	struct lock l = { 0 };

	short_lived.stale = 0;
	tempdir_write("x.lock", "1:elsewhere", 0600);
	set_age("x.lock", 100);
	usleep(1100000);
	ck_assert_int_eq(lock_take(&l, dir, &short_lived, &fault), 0);
	lock_release(&l);
}
END_TEST

/* Left by a crash between its making and its signing. */
START_TEST(test_empty)
{
	struct lock l = { 0 };

	tempdir_write("x.lock", "", 0600);
	set_age("x.lock", LOCK_EMPTY - 10);
	ck_assert_int_eq(lock_take(&l, dir, &with_names, &fault), 1);
	set_age("x.lock", LOCK_EMPTY + 10);
	ck_assert_int_eq(lock_take(&l, dir, &at_once, &fault), 1);
	ck_assert_int_eq(lock_take(&l, dir, &with_names, &fault), 0);
	lock_release(&l);
}
END_TEST

START_TEST(test_taken_over)
{
	struct lock l = { 0 };

	ck_assert_int_eq(lock_take(&l, dir, &at_once, &fault), 0);
	ck_assert_int_eq(unlinkat(dir, "x.lock", 0), 0);
	tempdir_write("other", "", 0600);
	ck_assert_int_eq(renameat(dir, "other", dir, "x.lock"), 0);
	ck_assert(!lock_is_held(&l));
	ck_assert_int_eq(lock_touch(&l, &fault), -1);
	lock_release(&l);
	ck_assert_int_eq(faccessat(dir, "x.lock", F_OK, 0), 0);
}
END_TEST

START_TEST(test_impossible)
{
	struct lock_rules nowhere = { .name = "no/where.lock" };
	struct lock l = { 0 };

	ck_assert_int_eq(lock_take(&l, dir, &nowhere, &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* Many at once: never two have it. */
START_TEST(test_exclusive)
{
	struct lock_rules patient = at_once;
	int failed = 0;

	patient.wait = 50;
	for (int i = 0; i < 6; i++) {
		if (fork() != 0)
			continue;
		for (int k = 0; k < 20; k++) {
			struct lock l;
			int fd;

			if (lock_take(&l, dir, &patient, NULL) != 0)
				_exit(1);
			fd = openat(dir, "inside", O_WRONLY | O_CREAT | O_EXCL, 0600);
			if (fd < 0)
				_exit(2);
			close(fd);
			unlinkat(dir, "inside", 0);
			lock_release(&l);
		}
		_exit(0);
	}
	for (int i = 0; i < 6; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		failed += status != 0;
	}
	ck_assert_int_eq(failed, 0);
}
END_TEST

/* A file system that has no numbers of its own for files: the name in it says whose it is. */
START_TEST(test_other_number)
{
	struct lock_rules r = { .name = "x.lock", .stale = 60 };
	char text[200] = "", copy[1 + sizeof(text)];
	struct lock l;
	struct fault f;
	ssize_t n;
	int here = open(tempdir(), O_RDONLY | O_DIRECTORY), fd;

	ck_assert_int_eq(lock_take(&l, here, &r, &f), 0);
	fd = openat(here, "x.lock", O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	close(fd);
	ck_assert_int_eq(renameat(here, "x.lock", here, "old"), 0);
	tempdir_write("x.lock", text, 0600);
	ck_assert(lock_is_held(&l));
	snprintf(copy, sizeof(copy), "1%s", text);
	tempdir_write("x.lock", copy, 0600);
	ck_assert(!lock_is_held(&l));
	lock_release(&l);
	ck_assert_int_eq(access(tempdir_path("x.lock"), F_OK), 0);
	close(here);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_other_number);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_take);
	tcase_add_test(tc, test_wait);
	tcase_add_loop_test(tc, test_stale, 0, COUNT(rows));
	tcase_add_test(tc, test_old);
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_taken_over);
	tcase_add_test(tc, test_impossible);
	tcase_add_test(tc, test_exclusive);
}

CHECK_MAIN(lock, add_tests)
