/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/pile.h"
#include "support/check_main.h"
#include "support/tempdir.h"

enum { ROOM = 1 << 20 };

#define MBOX                                                                                                           \
	"From a@b Sun Nov 22 06:00:00 2026\nSubject: 1\n\n>From x\n\nFrom a@b Sun Nov 22 06:00:01 2026\nSubject: "     \
	"2\n\ny\n"

/* All messages of it, each in brackets, behind its name. */
static void read_pile(const char *path, bool hold, struct buf *out)
{
	struct span piece;
	struct pile p;
	int rc;

	buf_init(out, ROOM);
	ck_assert_int_eq(pile_open(&p, path, NULL), 0);
	while ((rc = pile_next(&p, NULL)) > 0) {
		char bytes[1000];
		uint64_t size;
		int fd;

		buf_printf(out, "%s[", tempdir_hide(p.name));
		if (hold) {
			ck_assert_int_eq(pile_hold(&p, &fd, &size, NULL), 0);
			ck_assert_int_eq(disk_read_at(fd, bytes, (size_t)size, 0, "", NULL), 0);
			buf_put(out, bytes, (size_t)size);
		} else {
			while ((rc = pile_piece(&p, &piece, NULL)) > 0)
				buf_put_span(out, piece);
			ck_assert_int_eq(rc, 0);
		}
		buf_put_str(out, "]");
	}
	ck_assert_int_eq(rc, 0);
	pile_close(&p);
}

static void check(const char *path, const char *want)
{
	for (int hold = 0; hold < 2; hold++) {
		struct buf out;

		read_pile(path, hold, &out);
		ck_assert_str_eq(buf_str(&out), want);
		buf_clear(&out);
	}
}

START_TEST(test_file)
{
	check(tempdir_write("m", "Subject: x\n\ny\n", 0644), "T/m[Subject: x\n\ny\n]");
	check(tempdir_write("empty", "", 0644), "T/empty[]");
	check(tempdir_write("short", "Fro", 0644), "T/short[Fro]");
}
END_TEST

START_TEST(test_mbox)
{
	check(tempdir_write("mbox", MBOX, 0644), "T/mbox:1[Subject: 1\n\nFrom x\n]T/mbox:2[Subject: 2\n\ny\n]");
}
END_TEST

START_TEST(test_maildir)
{
	tempdir_write("md/cur/20:2,S", "Subject: 2\n\n", 0644);
	tempdir_write("md/cur/30:2,", "Subject: 3\n\n", 0644);
	tempdir_write("md/new/10", "Subject: 1\n\n", 0644);
	tempdir_write("md/new/.hidden", "x", 0644);
	ck_assert_int_eq(mkfifo(tempdir_path("md/new/15"), 0644), 0);
	ck_assert_int_eq(symlink("/etc/passwd", tempdir_path("md/new/16")), 0);
	check(tempdir_path("md"),
	      "T/md/new/10[Subject: 1\n\n]T/md/cur/20:2,S[Subject: 2\n\n]T/md/cur/30:2,[Subject: 3\n\n]");
	tempdir_write("none/x", "y", 0644);
}
END_TEST

/* One that is gone when its turn comes is passed over. */
START_TEST(test_gone)
{
	struct pile p;

	tempdir_write("md/cur/1:2,", "a", 0644);
	tempdir_write("md/cur/2:2,", "b", 0644);
	tempdir_write("md/new/3", "c", 0644);
	ck_assert_int_eq(pile_open(&p, tempdir_path("md"), NULL), 0);
	ck_assert_int_eq(pile_next(&p, NULL), 1);
	ck_assert_int_eq(unlink(tempdir_path("md/cur/2:2,")), 0);
	ck_assert_int_eq(pile_next(&p, NULL), 1);
	ck_assert_str_eq(tempdir_hide(p.name), "T/md/new/3");
	ck_assert_int_eq(pile_next(&p, NULL), 0);
	pile_close(&p);
}
END_TEST

/* Standard input, a pipe: a message, and an mbox. */
START_TEST(test_stdin)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), 0);
	ck_assert_int_eq(write(ends[1], _i ? MBOX : "Subject: x\n\n", strlen(_i ? MBOX : "Subject: x\n\n")),
			 strlen(_i ? MBOX : "Subject: x\n\n"));
	close(ends[1]);
	struct buf out;

	read_pile("-", false, &out);
	ck_assert_str_eq(buf_str(&out),
			 _i ? "standard input:1[Subject: 1\n\nFrom x\n]standard input:2[Subject: 2\n\ny\n]"
			    : "standard input[Subject: x\n\n]");
	buf_clear(&out);
	close(ends[0]);
}
END_TEST

START_TEST(test_faults)
{
	struct fault f;
	struct pile p;

	tempdir_write("dir/x", "y", 0644);
	ck_assert_int_eq(pile_open(&p, tempdir_path("dir"), &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "no Maildir"));
	ck_assert_int_eq(pile_open(&p, tempdir_path("none"), &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "cannot open"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_test(tc, test_file);
	tcase_add_test(tc, test_mbox);
	tcase_add_test(tc, test_maildir);
	tcase_add_test(tc, test_gone);
	tcase_add_loop_test(tc, test_stdin, 0, 2);
	tcase_add_test(tc, test_faults);
}

CHECK_MAIN(pile, add_tests)
