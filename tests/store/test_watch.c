/* SPDX-License-Identifier: ISC */
#include "store/watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/maildir.h"
#include "support/check_main.h"
#include "support/descriptors.h"
#include "support/tempdir.h"

enum { PATIENCE_MS = 10000 };

static struct watch w;

static void setup(void)
{
	struct maildir md;
	struct fault f;

	watch_init(&w);
	ck_assert_int_eq(maildir_open(&md, tempdir_path("m"), true, &f), 0);
	maildir_close(&md);
	tempdir_write("m/cur/1.h:2,", "a", 0600);
	tempdir_write("m/new/2.h", "b", 0600);
}

static void teardown(void)
{
	watch_clear(&w);
	tempdir_remove();
}

static void move(const char *from, const char *to)
{
	const char *old = tempdir_path(from);

	ck_assert_int_eq(rename(old, tempdir_path(to)), 0);
}

/* The id that is told next, as a session waits for it; -1 when nothing is told. */
static int wait_for_news(int patience_ms)
{
	uint32_t id;

	for (int waited = 0;;) {
		struct pollfd p = { .fd = watch_fd(&w), .events = POLLIN };
		int ms = watch_wait_ms(&w);

		if (watch_next(&w, &id))
			return (int)id;
		if (waited >= patience_ms)
			return -1;
		ms = ms < 0 || ms > 100 ? 100 : ms + 1;
		/* poll(2) is no good while there may be no descriptors. */
		if (p.fd < 0)
			usleep((useconds_t)ms * 1000);
		else
			poll(&p, 1, ms);
		waited += ms;
	}
}

/* What inotify has to say is there at once. */
static int news(void)
{
	uint32_t id;

	return watch_next(&w, &id) ? (int)id : -1;
}

static void deliver(void)
{
	tempdir_write("m/tmp/3.h", "c", 0600);
	move("m/tmp/3.h", "m/new/3.h");
}

static void copy_in(void)
{
	const char *from = tempdir_path("m/new/2.h");

	ck_assert_int_eq(link(from, tempdir_path("m/cur/4.h:2,")), 0);
}

static void set_flag(void)
{
	move("m/cur/1.h:2,", "m/cur/1.h:2,S");
}

static void take_over(void)
{
	move("m/new/2.h", "m/cur/2.h:2,");
}

static void take_over_read(void)
{
	move("m/new/2.h", "m/cur/2.h:2,S");
}

static void take_away(void)
{
	move("m/new/2.h", "m/tmp/2.h");
}

static void remove_one(void)
{
	ck_assert_int_eq(unlink(tempdir_path("m/cur/1.h:2,")), 0);
}

static void write_beside(void)
{
	tempdir_write("m/dovecot-uidlist", "x", 0600);
	tempdir_write("m/tmp/5.h", "x", 0600);
}

static void deliver_and_flag(void)
{
	deliver();
	set_flag();
}

static const struct {
	const char *what;
	void (*happens)(void);
	int want;
	bool is_arrival;
} rows[] = {
	{ "a delivery", deliver, 7, true },
	{ "a copy", copy_in, 7, false },
	{ "a flag", set_flag, 7, false },
	{ "another session moves it to cur/", take_over, -1, false },
	{ "an MUA moves it to cur/ and marks it read", take_over_read, 7, false },
	{ "it leaves new/ for elsewhere", take_away, 7, false },
	{ "a removal", remove_one, 7, false },
	{ "files that are no messages", write_beside, -1, false },
	{ "a delivery and a flag", deliver_and_flag, 7, false },
};

START_TEST(test_folder)
{
	watch_add(&w, 7, WATCH_FOLDER, tempdir_path("m"));
	ck_assert_int_ge(watch_fd(&w), 0);
	ck_assert_int_gt(watch_wait_ms(&w), WATCH_POLL_MS);
	ck_assert(watch_sees_all(&w, 7) == disk_is_local(tempdir_path("m")));
	ck_assert_int_eq(news(), -1);
	rows[_i].happens();
	ck_assert_msg(news() == rows[_i].want, "%s", rows[_i].what);
	ck_assert_msg(watch_is_arrival(&w) == rows[_i].is_arrival, "%s", rows[_i].what);
	/* Once. */
	ck_assert_int_eq(news(), -1);
}
END_TEST

/* Behind a move that is nobody's news there is one that is. */
START_TEST(test_both)
{
	watch_add(&w, 7, WATCH_FOLDER, tempdir_path("m"));
	take_over();
	deliver();
	ck_assert_int_eq(news(), 7);
	ck_assert(watch_is_arrival(&w));
	ck_assert_int_eq(news(), -1);
}
END_TEST

/* Half of it is polled: nobody can say what else there was. */
START_TEST(test_half)
{
	ck_assert_int_eq(rename(tempdir_path("m/cur"), tempdir_path("m/away")), 0);
	watch_add(&w, 7, WATCH_FOLDER, tempdir_path("m"));
	ck_assert_int_le(watch_wait_ms(&w), WATCH_POLL_MS);
	ck_assert(!watch_sees_all(&w, 7));
	deliver();
	ck_assert_int_eq(news(), 7);
	ck_assert(!watch_is_arrival(&w));
}
END_TEST

/* Without an instance of inotify: the same, but later. A move to cur/ is told then, as only the times are known. */
START_TEST(test_polled)
{
	descriptors_allow(0);
	watch_add(&w, 7, WATCH_FOLDER, tempdir_path("m"));
	ck_assert_int_eq(watch_fd(&w), -1);
	ck_assert_int_le(watch_wait_ms(&w), WATCH_POLL_MS);
	/* The files that were made before, in the same tick of the clock. */
	wait_for_news(2 * WATCH_POLL_MS);
	descriptors_restore();
	rows[_i].happens();
	descriptors_allow(0);
	if (rows[_i].want >= 0)
		ck_assert_msg(wait_for_news(PATIENCE_MS) == 7, "%s", rows[_i].what);
	descriptors_restore();
	/* There are instances again. */
	for (int ms = 0; watch_fd(&w) < 0 && ms < PATIENCE_MS; ms += 100)
		wait_for_news(100);
	ck_assert_int_ge(watch_fd(&w), 0);
	ck_assert_int_gt(watch_wait_ms(&w), WATCH_POLL_MS);
}
END_TEST

static void replace_file(void)
{
	tempdir_write("m/tmp/x", "another", 0600);
	move("m/tmp/x", "m/notes");
}

/* A file that comes, is replaced by another, and goes; what else happens beside it is not told. */
START_TEST(test_file)
{
	watch_add(&w, 3, WATCH_FILE, tempdir_path("m/notes"));
	ck_assert_int_eq(news(), -1);
	replace_file();
	ck_assert_int_eq(news(), 3);
	tempdir_write("m/notes.lock", "x", 0600);
	deliver();
	ck_assert_int_eq(news(), -1);
	replace_file();
	ck_assert_int_eq(news(), 3);
	ck_assert_int_eq(unlink(tempdir_path("m/notes")), 0);
	ck_assert_int_eq(news(), 3);
	ck_assert_int_eq(news(), -1);
}
END_TEST

START_TEST(test_file_polled)
{
	descriptors_allow(0);
	watch_add(&w, 3, WATCH_FILE, tempdir_path("m/notes"));
	ck_assert_int_eq(wait_for_news(2 * WATCH_POLL_MS), -1);
	descriptors_restore();
	replace_file();
	descriptors_allow(0);
	ck_assert_int_eq(wait_for_news(PATIENCE_MS), 3);
	descriptors_restore();
}
END_TEST

/* A folder that is not there yet, or is removed and made again. */
START_TEST(test_comes_later)
{
	struct maildir md;
	struct fault f;

	watch_add(&w, 9, WATCH_FOLDER, tempdir_path("other"));
	ck_assert_int_eq(news(), -1);
	ck_assert_int_eq(maildir_open(&md, tempdir_path("other"), true, &f), 0);
	maildir_close(&md);
	ck_assert_int_eq(wait_for_news(PATIENCE_MS), 9);
	wait_for_news(2 * WATCH_POLL_MS);
	ck_assert_int_eq(rmdir(tempdir_path("other/new")), 0);
	ck_assert_int_eq(wait_for_news(PATIENCE_MS), 9);
	ck_assert_int_eq(mkdir(tempdir_path("other/new"), 0700), 0);
	ck_assert_int_eq(wait_for_news(PATIENCE_MS), 9);
}
END_TEST

static const struct {
	const char *name;
	bool want;
} names[] = {
	{ "m/.Work/cur", true },	{ "m/.Work.b/maildirfolder", true },
	{ "m/subscriptions", true },	{ "m/..letterbox-removed.x/cur", false },
	{ "m/letterbox.cache", false }, { "m/subscriptions.lock", false },
	{ "m/new/6.h", false },
};

START_TEST(test_tree)
{
	watch_add(&w, 3, WATCH_TREE, tempdir_path("m"));
	tempdir_write(names[_i].name, "", 0600);
	ck_assert_msg((news() == 3) == names[_i].want, "%s", names[_i].name);
}
END_TEST

START_TEST(test_tree_renames)
{
	ck_assert_int_eq(mkdir(tempdir_path("m/.a"), 0700), 0);
	watch_add(&w, 3, WATCH_TREE, tempdir_path("m"));
	move("m/.a", "m/.b");
	ck_assert_int_eq(news(), 3);
	ck_assert_int_eq(rmdir(tempdir_path("m/.b")), 0);
	ck_assert_int_eq(news(), 3);
}
END_TEST

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Two that are the same directory; and who waits for nothing has no instance. */
START_TEST(test_remove)
{
	int before = open_files();

	watch_add(&w, 1, WATCH_FOLDER, tempdir_path("m"));
	watch_add(&w, 2, WATCH_FOLDER, tempdir_path("m"));
	watch_add(&w, 3, WATCH_TREE, tempdir_path("m"));
	ck_assert_int_eq(open_files(), before + 1);
	watch_remove(&w, 1);
	deliver();
	ck_assert_int_eq(news(), 2);
	ck_assert_int_eq(news(), -1);
	watch_remove(&w, 2);
	watch_remove(&w, 2);
	set_flag();
	ck_assert_int_eq(news(), -1);
	watch_remove(&w, 3);
	ck_assert_int_eq(open_files(), before);
	ck_assert_int_eq(watch_wait_ms(&w), -1);
	watch_add(&w, 1, WATCH_FOLDER, tempdir_path("m"));
	move("m/cur/1.h:2,S", "m/cur/1.h:2,");
	ck_assert_int_eq(news(), 1);
}
END_TEST

START_TEST(test_many)
{
	for (uint32_t i = 0; i < WATCH_MAX + 10; i++)
		watch_add(&w, i, WATCH_FOLDER, tempdir_path("m"));
	deliver();
	for (int i = 0; i < WATCH_MAX; i++)
		ck_assert_int_eq(news(), i);
	ck_assert_int_eq(news(), -1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_folder, 0, COUNT(rows));
	tcase_add_test(tc, test_both);
	tcase_add_test(tc, test_half);
	tcase_add_loop_test(tc, test_polled, 2, 3);
	tcase_add_test(tc, test_file);
	tcase_add_test(tc, test_file_polled);
	tcase_add_test(tc, test_comes_later);
	tcase_add_loop_test(tc, test_tree, 0, COUNT(names));
	tcase_add_test(tc, test_tree_renames);
	tcase_add_test(tc, test_remove);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(watch, add_tests)
