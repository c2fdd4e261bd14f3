/* SPDX-License-Identifier: ISC */
#include "store/insert.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/mailbox.h"
#include "store/maildir.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct arena arena;
static struct insert into;
static int source;

static void setup(void)
{
	struct maildir md;

	ck_assert_int_eq(maildir_open(&md, tempdir_path("m"), true, &fault), 0);
	maildir_close(&md);
	tempdir_write("from/a", "a", 0600);
	tempdir_write("from/b", "b", 0600);
	source = open(tempdir_path("from"), O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(insert_open(&into, tempdir_path("m"), &fault), 0);
}

static void teardown(void)
{
	insert_close(&into);
	close(source);
	arena_clear(&arena);
	tempdir_remove();
}

static bool is_there(const char *name)
{
	return access(tempdir_path(name), F_OK) == 0;
}

static size_t messages(void)
{
	struct mailbox m;
	size_t n;

	ck_assert_int_eq(mailbox_open(&m, tempdir_path("m"), 0, &fault), 0);
	n = m.view.n;
	mailbox_close(&m);
	return n;
}

static int take(const char *name, enum insert_how how)
{
	const struct insert_terms terms = { 1, 2, MSGNAME_SEEN, "" };

	return insert_take(&into, source, name, how, &terms, &fault);
}

static const struct {
	enum insert_how how;
	bool after_commit, after_close; /* is it where it came from? */
} rows[] = {
	{ INSERT_LINK, true, true },
	{ INSERT_MOVE, false, true },
	{ INSERT_GIVE, false, false },
};

START_TEST(test_commit)
{
	ck_assert_int_eq(insert_begin(&into, 2, &fault), 0);
	ck_assert_int_eq(take("a", rows[_i].how), 0);
	ck_assert_int_eq(take("b", rows[_i].how), 0);
	ck_assert_int_eq(is_there("m/" INTENT_FILE), rows[_i].how != INSERT_MOVE);
	ck_assert_int_eq(insert_commit(&into, &fault), 0);
	ck_assert_uint_eq(into.first, 1);
	ck_assert_uint_gt(into.uidvalidity, 0);
	insert_close(&into);
	ck_assert_int_eq(is_there("from/a"), rows[_i].after_commit);
	ck_assert_uint_eq(messages(), 2);
	ck_assert(!is_there("m/" INTENT_FILE));
}
END_TEST

START_TEST(test_close)
{
	ck_assert_int_eq(insert_begin(&into, 2, &fault), 0);
	ck_assert_int_eq(take("a", rows[_i].how), 0);
	ck_assert_int_eq(take("none", rows[_i].how), -1);
	ck_assert_int_eq(errno, ENOENT);
	insert_close(&into);
	ck_assert_int_eq(is_there("from/a"), rows[_i].after_close);
	ck_assert_uint_eq(messages(), 0);
	ck_assert(!is_there("m/dovecot-uidlist.lock"));
	ck_assert(!is_there("m/" INTENT_FILE));
}
END_TEST

/* What cannot be announced is not done: nobody could take it back. */
START_TEST(test_not_announced)
{
	ck_assert_int_eq(insert_begin(&into, 2, &fault), 0);
	ck_assert_int_eq(mkdir(tempdir_path("m/" INTENT_FILE), 0700), 0);
	ck_assert_int_eq(take("a", INSERT_LINK), -1);
	ck_assert_int_eq(rmdir(tempdir_path("m/" INTENT_FILE)), 0);
	ck_assert_int_eq(rmdir(tempdir_path("m/cur")), 0);
}
END_TEST

/* Other software leaves out tmp/; a directory without cur/ is no Maildir. */
START_TEST(test_open)
{
	insert_close(&into);
	ck_assert_int_eq(rmdir(tempdir_path("m/tmp")), 0);
	ck_assert_int_eq(insert_open(&into, tempdir_path("m"), &fault), 0);
	ck_assert(is_there("m/tmp"));
	insert_close(&into);
	ck_assert_int_eq(insert_open(&into, tempdir_path("from"), &fault), -1);
	ck_assert(!is_there("from/tmp"));
	ck_assert_int_eq(insert_open(&into, tempdir_path("none"), &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* Somebody thought that our lock was stale: nothing is written, and nothing stays. */
START_TEST(test_lock_lost)
{
	ck_assert_int_eq(insert_begin(&into, 1, &fault), 0);
	ck_assert_int_eq(take("a", INSERT_MOVE), 0);
	ck_assert_int_eq(unlink(tempdir_path("m/dovecot-uidlist.lock")), 0);
	ck_assert_int_eq(insert_commit(&into, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert(is_there("from/a"));
	ck_assert_uint_eq(messages(), 0);
}
END_TEST

START_TEST(test_keyword)
{
	uint32_t bit;

	ck_assert_int_eq(insert_begin(&into, 1, &fault), 0);
	ck_assert_int_eq(insert_keyword(&into, SPAN("a"), &bit, &fault), 0);
	ck_assert_uint_eq(bit, 1);
	ck_assert_int_eq(insert_keyword(&into, SPAN("b"), &bit, &fault), 0);
	ck_assert_uint_eq(bit, 2);
	ck_assert_int_eq(insert_keyword(&into, SPAN("A"), &bit, &fault), 0);
	ck_assert_uint_eq(bit, 1);
	ck_assert_int_eq(insert_keyword(&into, SPAN("no keyword"), &bit, &fault), 0);
	ck_assert_uint_eq(bit, 0);
	/* One that cannot be written is an error, and not a message without it. */
	ck_assert_int_eq(unlink(tempdir_path("m/" KEYWORDS_FILE)), 0);
	ck_assert_int_eq(mkdir(tempdir_path("m/" KEYWORDS_FILE), 0700), 0);
	ck_assert_int_eq(insert_keyword(&into, SPAN("c"), &bit, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
}
END_TEST

/* What was reserved and not used is given back. */
START_TEST(test_quota)
{
	const struct quota_limits limits = { .octets = 10, .messages = 3 }, none = { .octets = 0 };
	struct quota q;
	int dir = open(tempdir_path("m"), O_RDONLY | O_DIRECTORY);

	ck_assert(!insert_is_limited(&into, &none));
	ck_assert_int_eq(insert_reserve(&into, &limits, 10, 3, &fault), 0);
	ck_assert_int_eq(quota_read(&q, dir, &limits, &fault), 0);
	ck_assert_int_eq(q.octets, 10);
	ck_assert_int_eq(q.messages, 3);
	insert_close(&into);
	ck_assert_int_eq(quota_read(&q, dir, &limits, &fault), 0);
	ck_assert_int_eq(q.octets, 0);
	ck_assert_int_eq(insert_open(&into, tempdir_path("m"), &fault), 0);
	ck_assert_int_eq(insert_reserve(&into, &limits, 0, 3, &fault), 0);
	insert_close(&into);
	ck_assert_int_eq(quota_read(&q, dir, &limits, &fault), 0);
	ck_assert_int_eq(q.messages, 0);
	ck_assert_int_eq(insert_open(&into, tempdir_path("m"), &fault), 0);
	ck_assert_int_eq(insert_reserve(&into, &limits, 11, 1, &fault), -1);
	ck_assert_int_eq(insert_reserve(&into, &limits, 1, 4, &fault), -1);
	ck_assert_str_eq(fault.status, "5.2.2");
	ck_assert(insert_is_limited(&into, &limits));
	/* Limits that others have set are in the file. */
	ck_assert(insert_is_limited(&into, &none));
	close(dir);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_commit, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_close, 0, COUNT(rows));
	tcase_add_test(tc, test_not_announced);
	tcase_add_test(tc, test_open);
	tcase_add_test(tc, test_lock_lost);
	tcase_add_test(tc, test_keyword);
	tcase_add_test(tc, test_quota);
}

CHECK_MAIN(insert, add_tests)
