/* SPDX-License-Identifier: ISC */
#include "pop3/maildrop.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/uidlist.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static const struct maildrop_rules rules = { .pop3_uidl_format = "%f", .pop3_lock_session = true };
static const char *dir;
static struct maildrop drop, other;
static struct pop3_maildrop view;
static struct fault f;

static void set_up(void)
{
	dir = tempdir();
	f = (struct fault){ .kind = FAULT_NONE };
	drop = other = (struct maildrop){ .is_open = false };
}

static void tear_down(void)
{
	maildrop_close(&drop);
	tempdir_remove();
}

static const char *in_dir(const char *name)
{
	return tempdir_path(name);
}

static void put(const char *name, const char *text)
{
	static const char *const parts[] = { "new", "cur", "tmp" };

	for (int i = 0; i < COUNT(parts); i++)
		mkdir(in_dir(parts[i]), 0700);
	tempdir_write(name, text, 0600);
}

static bool exists(const char *name)
{
	return access(in_dir(name), F_OK) == 0;
}

static int open_drop(const struct maildrop_rules *r)
{
	return maildrop_open(&drop, dir, r, &view, &f);
}

START_TEST(test_sizes)
{
	put("cur/1.a.b,S=4,W=6:2,", "a\nb\n");
	put("new/2.a.b", "a\nb\n\nc");
	put("cur/3.a.b,W=999:2,S", "a\r\nb\r\n");
	ck_assert_int_eq(open_drop(&rules), 0);
	ck_assert_uint_eq(view.n, 3);
	ck_assert_uint_eq(view.size[0], 6);
	ck_assert_uint_eq(view.size[1], 9);
	ck_assert_uint_eq(view.size[2], 999);
	ck_assert_uint_eq(view.last, 3);
}
END_TEST

START_TEST(test_no_mailbox_yet)
{
	ck_assert_int_eq(maildrop_open(&drop, in_dir("x"), &rules, &view, &f), 0);
	ck_assert_uint_eq(view.n, 0);
	ck_assert_uint_eq(view.last, 0);
	ck_assert(exists("x/cur"));
}
END_TEST

static void read_all(size_t i, char *to, size_t room)
{
	size_t at = 0;
	long n;

	ck_assert_int_eq(maildrop_begin(&drop, i, &f), 0);
	while ((n = maildrop_read(&drop, to + at, 3 < room - at ? 3 : room - at, &f)) > 0)
		at += (size_t)n;
	ck_assert_int_eq(n, 0);
	to[at] = '\0';
}

/* What a name says of its file may be a lie; the session was told it, the next one knows better. */
START_TEST(test_read)
{
	char text[100];

	put("cur/1.a.b,S=4,W=100:2,", "a\nb\n");
	ck_assert_int_eq(open_drop(&rules), 0);
	ck_assert_uint_eq(view.size[0], 100);
	read_all(0, text, sizeof(text));
	maildrop_end(&drop, 0, 6);
	ck_assert_str_eq(text, "a\nb\n");
	ck_assert_uint_eq(view.size[0], 100);
	ck_assert_uint_eq(drop.retrieved, 1);
	ck_assert_uint_eq(drop.retrieved_octets, 6);
	maildrop_close(&drop);
	ck_assert_int_eq(open_drop(&rules), 0);
	ck_assert_uint_eq(view.size[0], 6);
	/* A part says nothing. */
	read_all(0, text, sizeof(text));
	maildrop_end(&drop, 0, POP3_PART);
	ck_assert_uint_eq(drop.retrieved, 0);
}
END_TEST

/* What was read ahead need not be there any more; what is asked for instead comes from its own file. */
START_TEST(test_prepare)
{
	static char large[3 * POP3_READ], text[sizeof(large) + 1];

	memset(large, 'x', sizeof(large) - 1);
	put("cur/1.a.b:2,", "first\n");
	put("cur/2.a.b:2,", "second\n");
	put("cur/3.a.b:2,", large);
	put("cur/4.a.b:2,", "");
	ck_assert_int_eq(open_drop(&rules), 0);
	maildrop_prepare(&drop, 1);
	ck_assert_int_eq(drop.fd, -1);
	unlink(in_dir("cur/2.a.b:2,"));
	read_all(1, text, sizeof(text));
	ck_assert_str_eq(text, "second\n");
	maildrop_end(&drop, 1, POP3_PART);
	ck_assert_int_eq(maildrop_begin(&drop, 1, &f), -1);
	maildrop_prepare(&drop, 1);
	ck_assert_int_eq(maildrop_begin(&drop, 1, &f), -1);
	maildrop_prepare(&drop, 0);
	read_all(2, text, sizeof(text));
	ck_assert_str_eq(text, large);
	maildrop_end(&drop, 2, sizeof(large) - 1);
	maildrop_prepare(&drop, 2);
	read_all(2, text, sizeof(text));
	ck_assert_str_eq(text, large);
	maildrop_end(&drop, 2, sizeof(large) - 1);
	maildrop_prepare(&drop, 3);
	read_all(3, text, sizeof(text));
	ck_assert_str_eq(text, "");
	maildrop_end(&drop, 3, 0);
	maildrop_prepare(&drop, 2);
}
END_TEST

START_TEST(test_gone)
{
	put("cur/1.a.b:2,", "a\n");
	put("cur/2.a.b:2,", "b\n");
	ck_assert_int_eq(open_drop(&rules), 0);
	unlink(in_dir("cur/1.a.b:2,"));
	ck_assert_int_eq(maildrop_begin(&drop, 0, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	/* That it is gone already is as good as if we had done it. */
	ck_assert_int_eq(maildrop_remove(&drop, 0, &f), 0);
	ck_assert_int_eq(maildrop_remove(&drop, 1, &f), 0);
	ck_assert(!exists("cur/2.a.b:2,"));
	ck_assert_uint_eq(drop.removed, 2);
}
END_TEST

START_TEST(test_uidl)
{
	struct buf out;

	buf_init(&out, 100);
	put("cur/1.a.b,S=2:2,", "a\n");
	ck_assert_int_eq(open_drop(&rules), 0);
	ck_assert_int_eq(maildrop_uidl(&drop, 0, &out, &f), 0);
	ck_assert_str_eq(buf_str(&out), "1.a.b,S=2");
	buf_clear(&out);
}
END_TEST

START_TEST(test_read_is_seen)
{
	struct maildrop_rules no_flags = rules;

	no_flags.pop3_no_flag_updates = true;
	put("new/1.a.b", "a\n");
	ck_assert_int_eq(open_drop(&no_flags), 0);
	maildrop_mark_read(&drop, 0);
	ck_assert(exists("new/1.a.b"));
	maildrop_close(&drop);
	ck_assert_int_eq(open_drop(&rules), 0);
	ck_assert(exists("new/1.a.b"));
	maildrop_mark_read(&drop, 0);
	ck_assert(exists("cur/1.a.b:2,S"));
	maildrop_mark_read(&drop, 0);
	ck_assert(exists("cur/1.a.b:2,S"));
}
END_TEST

START_TEST(test_lock)
{
	struct maildrop_rules shared = rules;

	shared.pop3_lock_session = false;
	ck_assert_int_eq(open_drop(&rules), 0);
	ck_assert(exists("dovecot-pop3-session.lock"));
	ck_assert_int_eq(maildrop_open(&other, dir, &shared, &view, &f), 0);
	maildrop_close(&other);
	maildrop_touch(&drop);
	maildrop_close(&drop);
	ck_assert(!exists("dovecot-pop3-session.lock"));
}
END_TEST

/* As long as another process has it and lives. */
START_TEST(test_in_use)
{
	int ready[2], status;
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (maildrop_open(&other, dir, &rules, &view, &f) != 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(open_drop(&rules), 1);
	ck_assert_ptr_nonnull(strstr(f.text, "another session"));
	ck_assert(exists("dovecot-pop3-session.lock"));
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(open_drop(&rules), 0);
}
END_TEST

/* The order that mail had at a server before is kept by O fields; who has none comes behind. */
START_TEST(test_order)
{
	struct buf out;

	put("cur/1.a.b:2,", "one\n");
	put("cur/2.a.b:2,", "two\n\n");
	put("cur/3.a.b:2,S", "three\n\n\n");
	put("cur/4.a.b:2,", "four\n\n\n\n");
	put(UIDLIST_FILE,
	    "3 V1 N5 G0123456789abcdef0123456789abcdef\n1 O7 :1.a.b\n2 :2.a.b\n3 S9 O2 Pxyz :3.a.b\n4 Ox :4.a.b\n");
	ck_assert_int_eq(open_drop(&rules), 0);
	for (int again = 0; again < 2; again++) {
		ck_assert_uint_eq(view.n, 4);
		ck_assert_uint_eq(view.size[0], 11);
		ck_assert_uint_eq(view.size[1], 5);
		ck_assert_uint_eq(view.size[2], 7);
		ck_assert_uint_eq(view.size[3], 12);
		ck_assert_uint_eq(view.last, 1);
		buf_init(&out, 100);
		ck_assert_int_eq(maildrop_uidl(&drop, 1, &out, &f), 0);
		ck_assert_str_eq(buf_str(&out), "1.a.b");
		buf_clear(&out);
		/* Again from the cache. */
		maildrop_close(&drop);
		ck_assert_int_eq(open_drop(&rules), 0);
	}
	ck_assert_int_eq(maildrop_remove(&drop, 0, &f), 0);
	ck_assert(!exists("cur/3.a.b:2,S"));
	maildrop_mark_read(&drop, 2);
	ck_assert(exists("cur/2.a.b:2,S"));
}
END_TEST

/* One that may not be read keeps nobody from the others. */
START_TEST(test_unreadable)
{
	static const char *const own[] = { "", "new", "cur", "tmp", "cur/1.a.b:2,", "cur/3.a.b:2,S" };
	bool is_root = geteuid() == 0;
	struct buf out;

	put("cur/1.a.b:2,", "one\n");
	put("cur/2.a.b:2,", "two\n\n");
	put("cur/3.a.b:2,S", "three\n\n\n");
	ck_assert_int_eq(chmod(in_dir("cur/2.a.b:2,"), 0), 0);
	for (int i = 0; is_root && i < COUNT(own); i++)
		ck_assert_int_eq(chown(in_dir(own[i]), 65533, 65533), 0);
	if (is_root)
		ck_assert_int_eq(seteuid(65533), 0);
	ck_assert_int_eq(open_drop(&rules), 0);
	ck_assert_uint_eq(view.n, 2);
	ck_assert_uint_eq(view.size[1], 11);
	ck_assert_uint_eq(view.last, 2);
	ck_assert_uint_eq(drop.unreadable, 1);
	ck_assert_str_eq(drop.first_unreadable, "2.a.b:2,");
	buf_init(&out, 100);
	ck_assert_int_eq(maildrop_uidl(&drop, 1, &out, &f), 0);
	ck_assert_str_eq(buf_str(&out), "3.a.b");
	buf_clear(&out);
	ck_assert_int_eq(maildrop_remove(&drop, 1, &f), 0);
	ck_assert(exists("cur/2.a.b:2,") && !exists("cur/3.a.b:2,S"));
	maildrop_close(&drop);
	if (is_root)
		ck_assert_int_eq(seteuid(0), 0);
	/* It has its number again as soon as it can be read. */
	ck_assert_int_eq(chmod(in_dir("cur/2.a.b:2,"), 0600), 0);
	ck_assert_int_eq(open_drop(&rules), 0);
	ck_assert_uint_eq(view.n, 2);
	ck_assert_uint_eq(view.size[1], 7);
}
END_TEST

/* What is missing at the end must not be taken for the end. */
START_TEST(test_shorter)
{
	char text[10];

	put("cur/1.a.b,W=20:2,", "0123456789abcdefghi\n");
	ck_assert_int_eq(open_drop(&rules), 0);
	ck_assert_int_eq(maildrop_begin(&drop, 0, &f), 0);
	ck_assert_int_eq(maildrop_read(&drop, text, sizeof(text), &f), 10);
	ck_assert_int_eq(truncate(in_dir("cur/1.a.b,W=20:2,"), 12), 0);
	ck_assert_int_eq(maildrop_read(&drop, text, sizeof(text), &f), 2);
	ck_assert_int_eq(maildrop_read(&drop, text, sizeof(text), &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "shorter"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_order);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_sizes);
	tcase_add_test(tc, test_no_mailbox_yet);
	tcase_add_test(tc, test_read);
	tcase_add_test(tc, test_prepare);
	tcase_add_test(tc, test_gone);
	tcase_add_test(tc, test_unreadable);
	tcase_add_test(tc, test_shorter);
	tcase_add_test(tc, test_uidl);
	tcase_add_test(tc, test_read_is_seen);
	tcase_add_test(tc, test_lock);
	tcase_add_test(tc, test_in_use);
}

CHECK_MAIN(maildrop, add_tests)
