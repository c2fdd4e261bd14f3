/* SPDX-License-Identifier: ISC */
#include "store/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct arena arena;

static void teardown(void)
{
	arena_clear(&arena);
	tempdir_remove();
}

/* The only file in a directory, "" if there is none. */
static const char *only(const char *where)
{
	const char *path = tempdir_path(where), *found = "";
	DIR *dir = opendir(path);
	const struct dirent *d;

	ck_assert_ptr_nonnull(dir);
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		ck_assert_str_eq(found, "");
		found = arena_printf(&arena, "%s/%s", path, d->d_name);
	}
	closedir(dir);
	return found;
}

static bool is_empty(const char *where)
{
	return only(where)[0] == '\0';
}

static const char *content(const char *path)
{
	struct span text;

	ck_assert_int_eq(disk_read_file(&arena, AT_FDCWD, path, 1 << 20, &text, &fault), 0);
	return arena_span(&arena, text);
}

static void open_new(struct maildir *md, const char *name)
{
	ck_assert_int_eq(maildir_open(md, tempdir_path(name), true, &fault), 0);
}

/* ---- delivery ---- */

static const struct {
	const char *text;
	int s, w;
} texts[] = {
	{ "", 0, 0 },
	{ "\n", 1, 2 },
	{ "Subject: x\n\nbody\n", 17, 20 },
	{ "no end", 6, 6 },
};

START_TEST(test_deliver)
{
	struct maildir md;
	struct maildir_writer w;
	struct stat st;
	const char *path;
	regex_t name;

	open_new(&md, "al/Maildir");
	ck_assert_int_eq(maildir_begin(&md, &w, &fault), 0);
	ck_assert(!is_empty("al/Maildir/tmp"));
	/* In pieces. */
	for (const char *p = texts[_i].text; *p; p++)
		maildir_put(&w, p, 1);
	ck_assert(is_empty("al/Maildir/new"));
	ck_assert_int_eq(maildir_sync(&w, &fault), 0);
	ck_assert_int_eq(maildir_commit(&w, &fault), 0);
	maildir_close(&md);
	ck_assert(is_empty("al/Maildir/tmp"));
	ck_assert(is_empty("al/Maildir/cur"));
	path = only("al/Maildir/new");
	ck_assert_str_eq(content(path), texts[_i].text);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_int_eq(regcomp(&name,
				 arena_printf(&arena, "/[0-9]{9,}\\.M[0-9]{6}P%dQ[0-9]+\\.[^/:,]+,S=%d,W=%d$",
					      (int)getpid(), texts[_i].s, texts[_i].w),
				 REG_EXTENDED | REG_NOSUB),
			 0);
	ck_assert_msg(regexec(&name, path, 0, NULL, 0) == 0, "%s", path);
	regfree(&name);
}
END_TEST

START_TEST(test_created)
{
	static const char *const parts[] = {
		"a", "a/b", "a/b/Maildir", "a/b/Maildir/tmp", "a/b/Maildir/new", "a/b/Maildir/cur"
	};
	struct maildir md;
	struct stat st;
	mode_t mask = umask(0);

	ck_assert_int_eq(maildir_open(&md, tempdir_path("a/b/Maildir"), false, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_int_ne(access(tempdir_path("a"), F_OK), 0);
	ck_assert_int_eq(maildir_open(&md, tempdir_path("a/b/Maildir///"), true, &fault), 0);
	ck_assert_str_eq(tempdir_hide(md.path), "T/a/b/Maildir");
	maildir_close(&md);
	maildir_close(&md);
	umask(mask);
	for (int i = 0; i < COUNT(parts); i++) {
		ck_assert_int_eq(stat(tempdir_path(parts[i]), &st), 0);
		ck_assert(S_ISDIR(st.st_mode));
		ck_assert_uint_eq(st.st_mode & 07777, 0700);
	}
	/* One that misses a part is completed. */
	ck_assert_int_eq(rmdir(tempdir_path("a/b/Maildir/new")), 0);
	open_new(&md, "a/b/Maildir");
	maildir_close(&md);
}
END_TEST

START_TEST(test_cannot_open)
{
	char longest[PATH_MAX + 10];
	struct maildir md;

	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_int_eq(maildir_open(&md, longest, true, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_int_eq(maildir_open(&md, "", true, &fault), -1);
	tempdir_write("file", "", 0600);
	ck_assert_int_eq(maildir_open(&md, tempdir_path("file"), true, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_int_eq(md.tmp, -1);
	ck_assert_int_eq(md.new, -1);
}
END_TEST

START_TEST(test_abort)
{
	struct maildir md;
	struct maildir_writer w;

	open_new(&md, "al");
	ck_assert_int_eq(maildir_begin(&md, &w, &fault), 0);
	maildir_put(&w, "x", 1);
	maildir_abort(&w);
	maildir_abort(&w);
	ck_assert(is_empty("al/tmp"));
	ck_assert(is_empty("al/new"));
	maildir_close(&md);
}
END_TEST

START_TEST(test_names_differ)
{
	struct maildir md;
	struct maildir_writer w[50];

	open_new(&md, "al");
	for (int i = 0; i < COUNT(w); i++) {
		ck_assert_int_eq(maildir_begin(&md, &w[i], &fault), 0);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(w[i].name, w[k].name);
	}
	for (int i = 0; i < COUNT(w); i++)
		maildir_abort(&w[i]);
	maildir_close(&md);
}
END_TEST

START_TEST(test_full_disk)
{
	static char body[40000];
	struct rlimit limit, before;
	struct maildir md;
	struct maildir_writer w;

	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	open_new(&md, "al");
	for (rlim_t max = 1; max < sizeof(body); max += 9000) {
		int rc;

		limit = before;
		limit.rlim_cur = max;
		ck_assert_int_eq(maildir_begin(&md, &w, &fault), 0);
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
		for (size_t i = 0; i < sizeof(body); i += 1000)
			maildir_put(&w, body + i, 1000);
		rc = maildir_sync(&w, &fault);
		setrlimit(RLIMIT_FSIZE, &before);
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
		ck_assert_int_eq(fault.reply, 452);
		maildir_abort(&w);
		ck_assert(is_empty("al/tmp"));
		ck_assert(is_empty("al/new"));
	}
	maildir_close(&md);
}
END_TEST

/* ---- several ---- */

START_TEST(test_together)
{
	struct maildir_parked files[3];
	struct maildir_writer w;
	struct maildir md;

	open_new(&md, "al");
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(maildir_begin(&md, &w, &fault), 0);
		maildir_put(&w, "one\ntwo\n", 8);
		ck_assert_int_eq(maildir_park(&w, &files[i], &fault), 0);
		/* The writer has nothing more to do with it. */
		maildir_abort(&w);
	}
	ck_assert(is_empty("al/new"));
	ck_assert_int_eq(maildir_publish(&md, &files[0], &fault), 0);
	ck_assert_str_eq(content(only("al/new")), "one\ntwo\n");
	/* What cannot have its name is gone. */
	ck_assert_int_eq(unlinkat(md.tmp, files[1].name, 0), 0);
	ck_assert_int_eq(maildir_publish(&md, &files[1], &fault), -1);
	ck_assert_int_eq(files[1].fd, -1);
	ck_assert_int_eq(maildir_publish(&md, &files[2], &fault), 0);
	ck_assert(is_empty("al/tmp"));
	files[0].next = &files[2];
	ck_assert_int_eq(maildir_settle(&md, &files[0], &fault), 0);
	ck_assert_int_eq(files[0].fd, -1);
	ck_assert_int_eq(files[2].fd, -1);
	maildir_retract(&md, files[0].final);
	ck_assert_str_eq(content(only("al/new")), "one\ntwo\n");
	maildir_close(&md);
}
END_TEST

/* ---- other mailboxes ---- */

static void begin_with(struct maildir *md, struct maildir_writer *w)
{
	open_new(md, "al");
	ck_assert_int_eq(maildir_begin(md, w, &fault), 0);
	maildir_put(w, "one\ntwo\n", 8);
	ck_assert_int_eq(maildir_sync(w, &fault), 0);
}

START_TEST(test_link)
{
	struct maildir md, other;
	struct maildir_writer w;
	struct stat one, two;

	begin_with(&md, &w);
	open_new(&other, "bo");
	ck_assert_int_eq(maildir_link(&w, &other, &fault), 0);
	/* It cannot be there twice. */
	ck_assert_int_eq(maildir_link(&w, &other, &fault), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(maildir_commit(&w, &fault), 0);
	maildir_close(&other);
	maildir_close(&md);
	ck_assert_int_eq(stat(only("al/new"), &one), 0);
	ck_assert_int_eq(stat(only("bo/new"), &two), 0);
	ck_assert_uint_eq(one.st_ino, two.st_ino);
	ck_assert_uint_eq(one.st_nlink, 2);
	ck_assert_ptr_nonnull(strstr(only("bo/new"), ",S=8,W=10"));
}
END_TEST

START_TEST(test_copy)
{
	struct maildir md, other;
	struct maildir_writer w;
	struct stat st;

	begin_with(&md, &w);
	open_new(&other, "bo");
	ck_assert_int_eq(maildir_copy(&w, &other, &fault), 0);
	maildir_abort(&w);
	maildir_close(&other);
	maildir_close(&md);
	ck_assert(is_empty("al/new"));
	ck_assert(is_empty("bo/tmp"));
	ck_assert_int_eq(stat(only("bo/new"), &st), 0);
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_str_eq(content(only("bo/new")), "one\ntwo\n");
	ck_assert_ptr_nonnull(strstr(only("bo/new"), ",S=8,W=10"));
}
END_TEST

static int64_t counted(const char *name)
{
	const struct quota_limits none = { .octets = 0 };
	int dir = open(tempdir_path(name), O_RDONLY | O_DIRECTORY);
	struct quota q;

	ck_assert_int_eq(quota_read(&q, dir, &none, &fault), 0);
	close(dir);
	return q.messages;
}

/* What is taken back is not counted. */
START_TEST(test_retract)
{
	const struct account who = { .name = "al", .quota_rule = "*:messages=5" };
	struct maildir md;
	struct maildir_writer w;

	begin_with(&md, &w);
	ck_assert_int_eq(maildir_set_quota(&md, &who, &fault), 0);
	ck_assert_int_eq(maildir_commit(&w, &fault), 0);
	ck_assert_int_eq(counted("al"), 1);
	maildir_retract(&md, strrchr(only("al/new"), '/') + 1);
	ck_assert(is_empty("al/new"));
	ck_assert_int_eq(counted("al"), 0);
	maildir_close(&md);
}
END_TEST

/* A folder's messages count in the Maildir that it is in. */
START_TEST(test_quota_of_folder)
{
	const struct account who = { .name = "al" };
	struct maildir md;
	struct maildir_writer w;

	open_new(&md, "al");
	maildir_close(&md);
	tempdir_write("al/maildirsize", "10S\n3 1\n", 0600);
	for (int i = 0; i < 2; i++) {
		open_new(&md, "al/.folder");
		if (i == 1)
			tempdir_write("al/.folder/maildirfolder", "", 0600);
		ck_assert_int_eq(maildir_set_quota(&md, &who, &fault), 0);
		ck_assert_int_eq(maildir_begin(&md, &w, &fault), 0);
		maildir_put(&w, "12345678", 8);
		ck_assert_int_eq(maildir_commit(&w, &fault), i == 1 ? -1 : 0);
		maildir_close(&md);
	}
	ck_assert_str_eq(fault.status, "5.2.2");
	ck_assert(is_empty("al/.folder/tmp"));
}
END_TEST

START_TEST(test_gone_meanwhile)
{
	const struct account who = { .name = "al", .quota_rule = "*:messages=5" };
	struct maildir md;
	struct maildir_writer w;

	begin_with(&md, &w);
	ck_assert_int_eq(maildir_set_quota(&md, &who, &fault), 0);
	ck_assert_int_eq(rename(tempdir_path("al/new"), tempdir_path("al/old")), 0);
	ck_assert_int_eq(unlink(only("al/tmp")), 0);
	ck_assert_int_eq(maildir_commit(&w, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert(is_empty("al/old"));
	ck_assert_int_eq(counted("al"), 0);
	maildir_close(&md);
}
END_TEST

/* What would be refused is known before; what cannot be known is not refused. */
START_TEST(test_check_quota)
{
	struct account who = { .name = "al", .quota_rule = "*:bytes=1000:messages=2" };
	const char *path = tempdir_path("q");
	struct maildir md;
	struct fault f;

	ck_assert_int_eq(maildir_check_quota(path, &who, 5000, &f), 0);
	ck_assert_int_eq(maildir_open(&md, path, true, &f), 0);
	maildir_close(&md);
	ck_assert_int_eq(maildir_check_quota(path, &who, 1000, &f), 0);
	ck_assert_int_eq(maildir_check_quota(path, &who, 1001, &f), -1);
	ck_assert_int_eq(f.reply, 552);
	who.quota_full_tempfail = true;
	ck_assert_int_eq(maildir_check_quota(path, &who, 1001, &f), -1);
	ck_assert_int_eq(f.reply, 452);
	who.quota_rule = "nonsense";
	ck_assert_int_eq(maildir_check_quota(path, &who, 1001, &f), 0);
	who.quota_rule = NULL;
	tempdir_write("q/maildirsize", "10S,0C\n0 0\n", 0600);
	ck_assert_int_eq(maildir_check_quota(path, &who, 11, &f), -1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_check_quota);
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_deliver, 0, COUNT(texts));
	tcase_add_test(tc, test_created);
	tcase_add_test(tc, test_cannot_open);
	tcase_add_test(tc, test_abort);
	tcase_add_test(tc, test_names_differ);
	tcase_add_test(tc, test_full_disk);
	tcase_add_test(tc, test_together);
	tcase_add_test(tc, test_link);
	tcase_add_test(tc, test_copy);
	tcase_add_test(tc, test_gone_meanwhile);
	tcase_add_test(tc, test_retract);
	tcase_add_test(tc, test_quota_of_folder);
}

CHECK_MAIN(maildir, add_tests)
