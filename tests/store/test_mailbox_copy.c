/* SPDX-License-Identifier: ISC */
#include "store/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/maildir.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static const struct quota_limits no_limits;
static struct fault fault;
static struct arena arena;
static struct mailbox from, to;
static struct mailbox_copied copied;
static const char *target;

static void make(const char *name)
{
	struct maildir md;

	ck_assert_int_eq(maildir_open(&md, tempdir_path(name), true, &fault), 0);
	maildir_close(&md);
}

static void setup(void)
{
	from.dir = to.dir = -1;
	make("m");
	make("m/.to");
	tempdir_write("m/.to/maildirfolder", "", 0600);
	target = tempdir_path("m/.to");
	tempdir_write("m/cur/1.h,S=2,W=3:2,S", "a\n", 0600);
	tempdir_write("m/cur/2.h:2,Fb", "b", 0600);
	tempdir_write("m/new/3.h", "c", 0600);
	tempdir_write("m/dovecot-keywords", "0 unused\n1 Work\n", 0600);
	tempdir_write("m/.to/dovecot-keywords", "0 taken\n", 0600);
	ck_assert_int_eq(mailbox_open(&from, tempdir_path("m"), 0, &fault), 0);
}

static void teardown(void)
{
	mailbox_close(&from);
	mailbox_close(&to);
	arena_clear(&arena);
	tempdir_remove();
}

/* "uid=letters ..." of those that are there. */
static const char *view(struct mailbox *m, const char *path)
{
	const char *all = "";
	struct cache_name name;

	mailbox_close(m);
	ck_assert_msg(mailbox_open(m, path, 0, &fault) == 0, "%s", fault.text);
	for (size_t i = 0; i < m->view.n; i++) {
		ck_assert_int_eq(mailbox_find_name(m, i, &name), 0);
		all = arena_printf(&arena, "%s%s%u=%s", all, *all ? " " : "", m->view.uid[i],
				   strchr(name.name, ':') ? strchr(name.name, ':') + 3 : "");
	}
	return all;
}

static int copy(const size_t *which, size_t n)
{
	return mailbox_copy(&from, &arena, which, n, target, &no_limits, &copied, &fault);
}

static int move(const size_t *which, size_t n)
{
	return mailbox_move(&from, &arena, which, n, target, &copied, &fault);
}

static struct stat stat_of(struct mailbox *m, size_t i)
{
	struct stat st;
	int fd = mailbox_open_message(m, i, &st, &fault);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return st;
}

static const size_t all[] = { 0, 1, 2 };

START_TEST(test_copy)
{
	ck_assert_int_eq(copy(all, 3), 0);
	ck_assert_uint_eq(copied.n, 3);
	ck_assert_uint_eq(copied.first, 1);
	ck_assert_uint_eq(copied.uid[2], from.view.uid[2]);
	ck_assert(!copied.missed);
	/* The keyword has another letter there. */
	ck_assert_str_eq(view(&to, target), "1=S 2=Fb 3=");
	ck_assert_uint_eq(copied.uidvalidity, to.view.uidvalidity);
	ck_assert_uint_eq(to.view.size[0], 3);
	ck_assert_int_eq(mailbox_load_keywords(&to, &fault), 0);
	ck_assert_str_eq(to.keywords.names[1], "Work");
	ck_assert_ptr_null(to.keywords.names[2]);
	/* A link, and so the same date. */
	ck_assert_uint_eq(stat_of(&to, 1).st_ino, stat_of(&from, 1).st_ino);
	ck_assert_str_eq(view(&from, tempdir_path("m")), "1=S 2=Fb 3=");
}
END_TEST

START_TEST(test_twice)
{
	target = tempdir_path("m");
	ck_assert_int_eq(copy(all, 2), 0);
	ck_assert_int_eq(copy(all, 2), 0);
	ck_assert_uint_eq(copied.first, 6);
	ck_assert_str_eq(view(&from, target), "1=S 2=Fb 3= 4=S 5=Fb 6=S 7=Fb");
}
END_TEST

/* Copies of copies, too. */
START_TEST(test_guid)
{
	struct cache_name name;

	ck_assert_int_eq(copy(all, 1), 0);
	view(&to, target);
	ck_assert_int_eq(mailbox_find_name(&to, 0, &name), 0);
	ck_assert_str_eq(name.guid, "1.h,S=2,W=3");
	ck_assert_int_eq(mailbox_copy(&to, &arena, all, 1, tempdir_path("m"), &no_limits, &copied, &fault), 0);
	view(&from, tempdir_path("m"));
	ck_assert_int_eq(mailbox_find_name(&from, 3, &name), 0);
	ck_assert_str_eq(name.guid, "1.h,S=2,W=3");
}
END_TEST

START_TEST(test_move)
{
	static const size_t some[] = { 0, 2 };
	ino_t inode = stat_of(&from, 2).st_ino;

	ck_assert_int_eq(move(some, 2), 0);
	ck_assert_uint_eq(copied.n, 2);
	ck_assert(cache_is_gone(&from.view, 0) && !cache_is_gone(&from.view, 1) && cache_is_gone(&from.view, 2));
	ck_assert_str_eq(view(&to, target), "1=S 2=");
	ck_assert_uint_eq(stat_of(&to, 1).st_ino, inode);
	ck_assert_str_eq(view(&from, tempdir_path("m")), "2=Fb");
}
END_TEST

/* Renamed or gone since we looked. */
START_TEST(test_meanwhile)
{
	const char *old = tempdir_path("m/cur/2.h:2,Fb");

	ck_assert_int_eq(unlink(tempdir_path("m/cur/1.h,S=2,W=3:2,S")), 0);
	ck_assert_int_eq(rename(old, tempdir_path("m/cur/2.h:2,T")), 0);
	ck_assert_int_eq(_i ? move(all, 3) : copy(all, 3), 0);
	ck_assert(copied.missed);
	ck_assert_uint_eq(copied.n, 2);
	ck_assert_uint_eq(copied.uid[0], 2);
	ck_assert_str_eq(view(&to, target), "1=T 2=");
	ck_assert_str_eq(view(&from, tempdir_path("m")), _i ? "" : "2=T 3=");
}
END_TEST

START_TEST(test_all_gone)
{
	ck_assert_int_eq(unlink(tempdir_path("m/cur/1.h,S=2,W=3:2,S")), 0);
	ck_assert_int_eq(copy(all, 1), 0);
	ck_assert_uint_eq(copied.n, 0);
	ck_assert(copied.missed);
}
END_TEST

START_TEST(test_no_folder)
{
	target = tempdir_path("m/.none");
	ck_assert_int_eq(_i ? move(all, 3) : copy(all, 3), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* Something that is no file has the message's name; nothing is copied, or moved, then. */
START_TEST(test_undone)
{
	ck_assert_int_eq(chmod(tempdir_path("m/.to"), 0500), 0);
	ck_assert_int_eq(unlink(tempdir_path("m/cur/2.h:2,Fb")), 0);
	ck_assert_int_eq(mkdir(tempdir_path("m/cur/2.h:2,Fb"), 0700), 0);
	ck_assert_int_eq(copy(all, 3), -1);
	ck_assert_str_eq(view(&to, target), "");
	ck_assert_str_eq(view(&from, tempdir_path("m")), "1=S 3=");
}
END_TEST

START_TEST(test_quota)
{
	const struct quota_limits limits = { .octets = 9 };

	ck_assert_int_eq(mailbox_copy(&from, &arena, all, 3, target, &limits, &copied, &fault), 0);
	ck_assert_int_eq(mailbox_copy(&from, &arena, all, 1, target, &limits, &copied, &fault), -1);
	ck_assert_str_eq(fault.status, "5.2.2");
	/* A move needs no room. */
	ck_assert_int_eq(move(all, 3), 0);
	ck_assert_str_eq(view(&to, target), "1=S 2=Fb 3= 4=S 5=Fb 6=");
}
END_TEST

static int remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

/* On another file system: copied, with the date. */
START_TEST(test_elsewhere)
{
	char dir[] = "/dev/shm/letterbox-copy.XXXXXX", path[100];
	struct timespec times[2] = { { .tv_sec = 5 }, { .tv_sec = 86400 } };
	struct stat here, there;
	struct maildir md;

	if (!mkdtemp(dir))
		return;
	ck_assert_int_eq(stat(dir, &there), 0);
	ck_assert_int_eq(stat(tempdir_path("m"), &here), 0);
	if (here.st_dev != there.st_dev) {
		snprintf(path, sizeof(path), "%s/m", dir);
		ck_assert_int_eq(maildir_open(&md, path, true, &fault), 0);
		maildir_close(&md);
		ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("m/cur/2.h:2,Fb"), times, 0), 0);
		target = path;
		ck_assert_msg(copy(all, 3) == 0, "%s", fault.text);
		ck_assert_str_eq(view(&to, target), "1=S 2=Fa 3=");
		ck_assert_int_eq(stat_of(&to, 1).st_mtime, 86400);
		ck_assert_int_eq(stat_of(&to, 1).st_size, 1);
	}
	mailbox_close(&to);
	ck_assert_int_eq(nftw(dir, remove_one, 10, FTW_DEPTH | FTW_PHYS), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_copy);
	tcase_add_test(tc, test_twice);
	tcase_add_test(tc, test_guid);
	tcase_add_test(tc, test_move);
	tcase_add_loop_test(tc, test_meanwhile, 0, 2);
	tcase_add_test(tc, test_all_gone);
	tcase_add_loop_test(tc, test_no_folder, 0, 2);
	tcase_add_test(tc, test_undone);
	tcase_add_test(tc, test_quota);
	tcase_add_test(tc, test_elsewhere);
}

CHECK_MAIN(mailbox_copy, add_tests)
