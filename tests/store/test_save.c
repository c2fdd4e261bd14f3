/* SPDX-License-Identifier: ISC */
#include "store/save.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/mailbox.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static const struct quota_limits no_limits;
static struct fault fault;
static struct arena arena;
static struct save save;
static struct mailbox box;
static const char *path;

static void setup(void)
{
	struct maildir md;

	path = tempdir_path("m");
	box.dir = -1;
	ck_assert_int_eq(maildir_open(&md, path, true, &fault), 0);
	maildir_close(&md);
	ck_assert_int_eq(save_open(&save, path, &fault), 0);
}

static void teardown(void)
{
	save_close(&save);
	mailbox_close(&box);
	arena_clear(&arena);
	tempdir_remove();
}

static int count(const char *part)
{
	DIR *dir = opendir(arena_printf(&arena, "%s/%s", path, part));
	const struct dirent *d;
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((d = readdir(dir)))
		n += d->d_name[0] != '.';
	closedir(dir);
	return n;
}

static int add(const char *text, uint32_t flags)
{
	struct save_terms terms = { .flags = flags, .when = SAVE_NOW };

	if (save_begin(&save, &fault) < 0)
		return -1;
	save_put(&save, text, strlen(text));
	return save_end(&save, &terms, &fault);
}

/* "uid=letters:text ..." */
static const char *view(void)
{
	const char *all = "";
	struct cache_name name;
	struct stat st;

	mailbox_close(&box);
	ck_assert_msg(mailbox_open(&box, path, 0, &fault) == 0, "%s", fault.text);
	for (size_t i = 0; i < box.view.n; i++) {
		int fd = mailbox_open_message(&box, i, &st, &fault);
		char text[200];
		ssize_t n = read(fd, text, sizeof(text));

		ck_assert_int_ge(n, 0);
		close(fd);
		ck_assert_int_eq(mailbox_find_name(&box, i, &name), 0);
		all = arena_printf(&arena, "%s%s%u=%s:%.*s", all, *all ? " " : "", box.view.uid[i],
				   strchr(name.name, ':') ? strchr(name.name, ':') + 3 : "", (int)n, text);
	}
	return all;
}

static const struct {
	const char *text, *want;
	uint64_t virtual;
} rows[] = {
	{ "a\r\nb\r\n", "a\nb\n", 6 },
	{ "a\nb", "a\nb", 4 },
	{ "", "", 0 },
	{ "\r", "\r", 1 },
	{ "a\rb\r\r", "a\rb\r\r", 5 },
	{ "a\r\r\nb", "a\r\r\nb", 5 },
	{ "\r\n\r\n", "\n\n", 4 },
	{ "\r\n\n", "\n\n", 4 },
};

/* Whatever the pieces; and what its name says is what is counted. */
START_TEST(test_lines)
{
	struct save_terms terms = { .when = SAVE_NOW };
	const char *text = rows[_i].text;
	struct cache_name name;
	struct msgname parsed;

	ck_assert_int_eq(add(text, 0), 0);
	ck_assert_int_eq(save_begin(&save, &fault), 0);
	for (size_t i = 0; i < strlen(text); i++)
		save_put(&save, text + i, 1);
	ck_assert_int_eq(save_end(&save, &terms, &fault), 0);
	ck_assert_int_eq(save_commit(&save, &no_limits, &fault), 0);
	ck_assert_uint_eq(save.n, 2);
	ck_assert_str_eq(view(), arena_printf(&arena, "1=:%s 2=:%s", rows[_i].want, rows[_i].want));
	ck_assert_int_eq(mailbox_find_name(&box, 1, &name), 0);
	msgname_parse(span_str(name.name), &parsed);
	ck_assert_uint_eq(parsed.virtual, rows[_i].virtual);
	ck_assert_uint_eq(parsed.size, strlen(rows[_i].want));
}
END_TEST

START_TEST(test_terms)
{
	const struct span keywords[] = { SPAN("$Work"), SPAN("other"), SPAN("$work") };
	struct save_terms terms = { .flags = MSGNAME_SEEN, .keywords = keywords, .keywords_n = 3, .when = 86400 };
	struct stat st;
	int fd;

	ck_assert_int_eq(save_begin(&save, &fault), 0);
	ck_assert_int_eq(save_end(&save, &terms, &fault), 0);
	ck_assert_int_eq(save_commit(&save, &no_limits, &fault), 0);
	ck_assert_str_eq(view(), "1=Sab:");
	ck_assert_uint_eq(save.first, 1);
	ck_assert_uint_eq(save.uidvalidity, box.view.uidvalidity);
	fd = mailbox_open_message(&box, 0, &st, &fault);
	close(fd);
	ck_assert_int_eq(st.st_mtime, 86400);
	ck_assert_int_eq(mailbox_load_keywords(&box, &fault), 0);
	ck_assert_str_eq(box.keywords.names[1], "other");
}
END_TEST

/* No letter is left: the message is saved all the same. */
START_TEST(test_too_many_keywords)
{
	for (int i = 0; i < 30; i++) {
		struct span keyword = span_str(arena_printf(&arena, "k%d", i));
		struct save_terms terms = { .keywords = &keyword, .keywords_n = 1, .when = SAVE_NOW };

		ck_assert_int_eq(save_begin(&save, &fault), 0);
		ck_assert_int_eq(save_end(&save, &terms, &fault), 0);
	}
	ck_assert_int_eq(save_commit(&save, &no_limits, &fault), 0);
	view();
	ck_assert_uint_eq(box.view.flags[25], UINT32_C(1) << 25);
	ck_assert_uint_eq(box.view.flags[29], 0);
}
END_TEST

/* UIDs go on behind those that are there, also those that deliveries will get. */
START_TEST(test_uids)
{
	tempdir_write("m/new/1.h", "d", 0600);
	view();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(add("a\n", 0), 0);
		ck_assert_int_eq(add("b\n", MSGNAME_DRAFT), 0);
		ck_assert_int_eq(save_commit(&save, &no_limits, &fault), 0);
		ck_assert_uint_eq(save.first, 2 + 2 * (uint32_t)i);
		save_close(&save);
		ck_assert_int_eq(save_open(&save, path, &fault), 0);
	}
	tempdir_write("m/new/2.h", "e", 0600);
	ck_assert_str_eq(view(), "1=:d 2=:a\n 3=D:b\n 4=:a\n 5=D:b\n 6=:e");
	ck_assert_int_eq(count("tmp"), 0);
}
END_TEST

/* The uidlist is mended, or made, before it is added to. */
static const char *const uidlists[] = {
	NULL,
	"3 V5 N9 G18cf150821ab026ba014000083ecc375\n8 :1.h",
	"1 5 9\n8 1.h\n",
	"garbage\n",
	"3 V5 N9 G18cf150821ab026ba014000083ecc375\n8 :1.h\n9 no colon\n",
};

START_TEST(test_mended)
{
	tempdir_write("m/cur/1.h:2,", "d", 0600);
	if (uidlists[_i])
		tempdir_write("m/" UIDLIST_FILE, uidlists[_i], 0600);
	ck_assert_int_eq(add("a\n", 0), 0);
	ck_assert_msg(save_commit(&save, &no_limits, &fault) == 0, "%s", fault.text);
	view();
	ck_assert_uint_eq(box.view.n, 2);
	ck_assert_uint_eq(box.view.uid[1], save.first);
	ck_assert_uint_eq(box.view.uidvalidity, save.uidvalidity);
	ck_assert_uint_gt(save.first, box.view.uid[0]);
}
END_TEST

START_TEST(test_given_up)
{
	ck_assert_int_eq(add("a\n", 0), 0);
	ck_assert_int_eq(save_begin(&save, &fault), 0);
	save_put(&save, "b", 1);
	ck_assert_int_eq(count("tmp"), 2);
	save_drop(&save);
	ck_assert_int_eq(count("tmp"), 1);
	save_close(&save);
	ck_assert_int_eq(count("tmp"), 0);
	ck_assert_int_eq(count("cur"), 0);
	ck_assert_int_eq(save_open(&save, tempdir_path("none"), &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(test_refused)
{
	save.n = SAVE_MAX;
	ck_assert_int_eq(save_begin(&save, &fault), -1);
	ck_assert_int_eq(fault.reply, 552);
	save.n = 0;
	/* One of them has gone: all or none. */
	ck_assert_int_eq(add("a\n", 0), 0);
	ck_assert_int_eq(add("b\n", 0), 0);
	ck_assert_int_eq(unlink(arena_printf(&arena, "%s/tmp/%s", path, save.messages[1].tmp)), 0);
	ck_assert_int_eq(save_commit(&save, &no_limits, &fault), -1);
	save_close(&save);
	ck_assert_str_eq(view(), "");
	/* There is no place to write it. */
	ck_assert_int_eq(save_open(&save, path, &fault), 0);
	ck_assert_int_eq(rmdir(tempdir_path("m/tmp")), 0);
	ck_assert_int_eq(save_begin(&save, &fault), -1);
}
END_TEST

START_TEST(test_quota)
{
	const struct quota_limits limits = { .octets = 10 };

	ck_assert_int_eq(add("12345\n", 0), 0);
	ck_assert_int_eq(save_commit(&save, &limits, &fault), 0);
	save_close(&save);
	ck_assert_int_eq(save_open(&save, path, &fault), 0);
	ck_assert_int_eq(add("1\n", 0), 0);
	ck_assert_int_eq(add("23\n", 0), 0);
	ck_assert_int_eq(save_commit(&save, &limits, &fault), -1);
	ck_assert_str_eq(fault.status, "5.2.2");
	save_close(&save);
	ck_assert_str_eq(view(), "1=:12345\n");
	ck_assert_int_eq(save_open(&save, path, &fault), 0);
	ck_assert_int_eq(add("123\n", 0), 0);
	ck_assert_int_eq(save_commit(&save, &limits, &fault), 0);
}
END_TEST

/* The disk is full after so many octets in any file: all or nothing, and a name for each UID. */
START_TEST(test_full_disk)
{
	struct rlimit before, limit;
	char text[301] = "";

	memset(text, 'x', sizeof(text) - 1);
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert_int_eq(add("first\n", 0), 0);
	ck_assert_int_eq(save_commit(&save, &no_limits, &fault), 0);
	for (rlim_t octets = 0; octets < 500; octets += 10) {
		int rc;

		save_close(&save);
		ck_assert_int_eq(save_open(&save, path, &fault), 0);
		limit = before;
		limit.rlim_cur = octets;
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
		rc = add("short", 0) < 0 || add(text, 0) < 0 || save_commit(&save, &no_limits, &fault) < 0 ? -1 : 0;
		save_close(&save);
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
		ck_assert_int_eq(count("tmp"), 0);
		ck_assert_int_eq(count("cur") % 2, 1);
		ck_assert_int_eq(rc == 0, octets >= 300);
		if (rc == 0)
			break;
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
		ck_assert_int_eq(count("cur"), 1);
	}
	view();
	ck_assert_uint_eq(box.view.n, 3);
	ck_assert_uint_eq(box.view.uid[2], box.view.uid[1] + 1);
}
END_TEST

/* Many at once: each UID once, and in the order in which it was told. */
START_TEST(test_rivals)
{
	enum { RIVALS = 4, EACH = 15 };

	for (int i = 0; i < RIVALS; i++) {
		if (fork() != 0)
			continue;
		for (int k = 0; k < EACH; k++) {
			struct save mine;
			struct save_terms terms = { .when = SAVE_NOW };

			if (save_open(&mine, path, &fault) < 0)
				_exit(1);
			for (int j = 0; j < 2; j++)
				if (save_begin(&mine, &fault) < 0 || save_end(&mine, &terms, &fault) < 0)
					_exit(1);
			if (save_commit(&mine, &no_limits, &fault) < 0)
				_exit(1);
			save_close(&mine);
		}
		_exit(0);
	}
	for (int i = 0; i < RIVALS; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	view();
	ck_assert_uint_eq(box.view.n, 2 * RIVALS * EACH);
	ck_assert_uint_eq(box.view.uid[box.view.n - 1], 2 * RIVALS * EACH);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_lines, 0, COUNT(rows));
	tcase_add_test(tc, test_terms);
	tcase_add_test(tc, test_too_many_keywords);
	tcase_add_test(tc, test_uids);
	tcase_add_loop_test(tc, test_mended, 0, COUNT(uidlists));
	tcase_add_test(tc, test_given_up);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_quota);
	tcase_add_test(tc, test_full_disk);
	tcase_add_test(tc, test_rivals);
}

CHECK_MAIN(save, add_tests)
