/* SPDX-License-Identifier: ISC */
#include "store/intent.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/maildir.h"
#include "store/mailbox.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static int dir, cur;
static struct fault f;

static void setup(void)
{
	struct maildir md;

	ck_assert_int_eq(maildir_open(&md, tempdir_path("m"), true, &f), 0);
	maildir_close(&md);
	tempdir_write("m/dovecot-uidlist", "3 V5 N3 G18cf150821ab026ba014000083ecc375\n1 :1.h\n2 :2.h,S=2\n", 0600);
	tempdir_write("m/cur/1.h:2,", "1\n", 0600);
	tempdir_write("m/cur/2.h,S=2:2,S", "2\n", 0600);
	dir = open(tempdir_path("m"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cur = open(tempdir_path("m/cur"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void teardown(void)
{
	close(dir);
	close(cur);
	tempdir_remove();
}

static bool is_there(const char *name)
{
	return access(tempdir_path(name), F_OK) == 0;
}

/* What was left over, which files were there, and what becomes of it. */
static const struct {
	const char *what, *text;
	bool three, four;
	int want;
	bool want_three;
} rows[] = {
	{ "nothing was done", "", false, false, 0, false },
	{ "the first was", "3.h:2,\n", true, false, 1, false },
	{ "the first of two", "3.h:2,\n4.h:2,S\n", true, false, 1, false },
	{ "both, but no records", "3.h:2,\n4.h:2,S\n", true, true, 1, false },
	{ "named and not done", "3.h:2,\n", false, false, 0, false },
	{ "a name without its end was never used", "3.h:2,", true, false, 0, true },
	{ "all of it, as the last has a record", "3.h:2,\n2.h,S=2:2,S\n", true, false, 0, true },
	{ "not what has a record", "1.h:2,\n3.h:2,\n", true, false, 1, false },
	{ "names that are none", "../cur/1.h:2,\n.\n\n3.h:2,\n/etc/passwd\n", true, false, 1, false },
};

START_TEST(test_left)
{
	tempdir_write("m/" INTENT_FILE, rows[_i].text, 0600);
	if (rows[_i].three)
		tempdir_write("m/cur/3.h:2,", "3\n", 0600);
	if (rows[_i].four)
		tempdir_write("m/cur/4.h:2,S", "4\n", 0600);
	ck_assert_msg(intent_settle(dir, cur, &f) == rows[_i].want, "%s", rows[_i].what);
	ck_assert_msg(is_there("m/cur/3.h:2,") == rows[_i].want_three, "%s", rows[_i].what);
	ck_assert(!is_there("m/cur/4.h:2,S"));
	ck_assert(is_there("m/cur/1.h:2,") && is_there("m/cur/2.h,S=2:2,S") && is_there("m/new"));
	ck_assert(!is_there("m/" INTENT_FILE));
	ck_assert_int_eq(intent_settle(dir, cur, &f), 0);
}
END_TEST

/* As long as the writer lives nobody else touches it; then whoever opens the mailbox next does. */
START_TEST(test_killed)
{
	/* The child has another temporary directory. */
	const char *name = tempdir_path("m/cur/3.h:2,");
	int status, told[2];
	struct mailbox m;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(told), 0);
	pid = fork();
	if (pid == 0) {
		struct intent t = { .is_open = false };

		if (intent_open(&t, dir, &f) < 0 || intent_add(&t, "3.h:2,", &f) < 0)
			_exit(1);
		close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		if (write(told[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(told[0], &byte, 1), 1);
	ck_assert_int_eq(intent_settle(dir, cur, &f), 0);
	ck_assert(is_there("m/cur/3.h:2,"));
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(mailbox_open(&m, tempdir_path("m"), 0, &f), 0);
	ck_assert_uint_eq(m.view.n, 2);
	ck_assert(!is_there("m/cur/3.h:2,") && !is_there("m/" INTENT_FILE));
	mailbox_close(&m);
	close(told[0]);
	close(told[1]);
}
END_TEST

START_TEST(test_life)
{
	struct intent t = { .is_open = false }, other = { .is_open = false };
	struct mailbox m;

	intent_close(&t);
	ck_assert_int_eq(intent_open(&t, dir, &f), 0);
	ck_assert_int_eq(intent_open(&other, dir, &f), -1);
	ck_assert_int_eq(intent_add(&t, "3.h:2,", &f), 0);
	ck_assert(is_there("m/" INTENT_FILE));
	intent_close(&t);
	ck_assert(!is_there("m/" INTENT_FILE));
	/* A link is not followed. */
	ck_assert_int_eq(symlinkat("cur/1.h:2,", dir, INTENT_FILE), 0);
	ck_assert_int_eq(intent_settle(dir, cur, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	/* Nor is anything given a UID as long as it is there. */
	tempdir_write("m/cur/9.h:2,", "9\n", 0600);
	ck_assert_int_eq(mailbox_open(&m, tempdir_path("m"), 0, &f), -1);
	ck_assert_int_eq(unlinkat(dir, INTENT_FILE, 0), 0);
	ck_assert_int_eq(mailbox_open(&m, tempdir_path("m"), 0, &f), 0);
	ck_assert_uint_eq(m.view.uid[2], 3);
	mailbox_close(&m);
}
END_TEST

/* What is not understood is left as it is, and is an error. */
START_TEST(test_unreadable)
{
	tempdir_write("m/cur/3.h:2,", "3\n", 0600);
	tempdir_write("m/" INTENT_FILE, "3.h:2,\n", 0600);
	ck_assert_int_eq(renameat(dir, "dovecot-uidlist", dir, "kept"), 0);
	ck_assert_int_eq(mkdirat(dir, "dovecot-uidlist", 0700), 0);
	ck_assert_int_eq(intent_settle(dir, cur, &f), -1);
	ck_assert_int_eq(unlinkat(dir, "dovecot-uidlist", AT_REMOVEDIR), 0);
	ck_assert_int_eq(renameat(dir, "kept", dir, "dovecot-uidlist"), 0);
	ck_assert_int_eq(truncate(tempdir_path("m/" INTENT_FILE), INTENT_FILE_MAX + 1), 0);
	ck_assert_int_eq(intent_settle(dir, cur, &f), -1);
	ck_assert(is_there("m/cur/3.h:2,") && is_there("m/" INTENT_FILE));
}
END_TEST

START_TEST(test_longest_name)
{
	struct intent t = { .is_open = false };
	char name[NAME_MAX + 2] = "", path[NAME_MAX + 20];

	memset(name, '3', NAME_MAX);
	snprintf(path, sizeof(path), "m/cur/%s", name);
	tempdir_write(path, "3\n", 0600);
	ck_assert_int_eq(intent_open(&t, dir, &f), 0);
	ck_assert_int_eq(intent_add(&t, name, &f), 0);
	name[NAME_MAX] = '3';
	ck_assert_int_eq(intent_add(&t, name, &f), -1);
	/* As if it had been killed. */
	close(t.fd);
	ck_assert_int_eq(intent_settle(dir, cur, &f), 1);
	ck_assert(!is_there(path));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_left, 0, COUNT(rows));
	tcase_add_test(tc, test_killed);
	tcase_add_test(tc, test_life);
	tcase_add_test(tc, test_unreadable);
	tcase_add_test(tc, test_longest_name);
}

CHECK_MAIN(intent, add_tests)
