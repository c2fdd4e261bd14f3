/* SPDX-License-Identifier: ISC */
#include "store/uidvalidity.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static int dir = -1;

static void setup(void)
{
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY);
}

static void teardown(void)
{
	close(dir);
	tempdir_remove();
}

static bool has(const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

START_TEST(test_first)
{
	int64_t now = clock_wall();
	uint32_t a = uidvalidity_next(dir), b = uidvalidity_next(dir);
	char name[64];

	ck_assert_uint_ge(a, now);
	ck_assert_uint_le(a, now + 10);
	ck_assert_uint_eq(b, a + 1);
	snprintf(name, sizeof(name), "dovecot-uidvalidity.%08x", b);
	ck_assert(has(name) && has("dovecot-uidvalidity"));
}
END_TEST

/* As Dovecot left them, whole or in parts. */
static const struct {
	const char *last, *number;
	uint32_t want;
} rows[] = {
	{ "6b02ab23", "6b02ab23", 0x6b02ab24 }, { "6b02ab20", "6b02ab23", 0x6b02ab24 },
	{ NULL, "6b02ab23", 0x6b02ab24 },	{ "garbage!", "6b02ab23", 0x6b02ab24 },
	{ "", "6b02ab23", 0x6b02ab24 },		{ "00000001", "7fffffff", 0x80000000 },
};

START_TEST(test_files)
{
	char name[64];

	snprintf(name, sizeof(name), "dovecot-uidvalidity.%s", rows[_i].number);
	tempdir_write(name, "", 0444);
	if (rows[_i].last)
		tempdir_write("dovecot-uidvalidity", rows[_i].last, 0600);
	ck_assert_uint_eq(uidvalidity_next(dir), rows[_i].want);
	ck_assert_uint_eq(uidvalidity_next(dir), rows[_i].want + 1);
	ck_assert(!has(name));
}
END_TEST

START_TEST(test_unusable)
{
	int64_t now = clock_wall();

	ck_assert_uint_ge(uidvalidity_next(-1), now);
}
END_TEST

/* Several at once: nobody gets the same. */
START_TEST(test_many)
{
	uint32_t all[40], got;
	int pipes[2], n = 0;

	uidvalidity_next(dir);
	ck_assert_int_eq(pipe(pipes), 0);
	for (int i = 0; i < 4; i++) {
		if (fork() != 0)
			continue;
		for (int k = 0; k < 10; k++) {
			got = uidvalidity_next(dir);
			if (write(pipes[1], &got, sizeof(got)) != sizeof(got))
				_exit(1);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	close(pipes[1]);
	for (; read(pipes[0], &got, sizeof(got)) == sizeof(got); all[n++] = got)
		for (int i = 0; i < n; i++)
			ck_assert_uint_ne(all[i], got);
	ck_assert_int_eq(n, 40);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_first);
	tcase_add_loop_test(tc, test_files, 0, COUNT(rows));
	tcase_add_test(tc, test_unusable);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(uidvalidity, add_tests)
