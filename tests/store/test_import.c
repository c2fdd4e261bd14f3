/* SPDX-License-Identifier: ISC */
#include "store/import.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/mailbox.h"
#include "support/check_main.h"
#include "support/tempdir.h"

#define F1 "From a@b Sat Nov 22 10:00:00 2025\n"
#define F2 "From c@d Sun Nov 23 10:00:00 2025\n"

static struct arena arena;

static void teardown(void)
{
	arena_clear(&arena);
	tempdir_remove();
}

/* The only message in new/ or cur/: "new|", "cur:FLAGS|", and its text. Its time is in *date. */
static const char *find(int64_t *date)
{
	static const char *const places[] = { "new", "cur" };
	const char *got = "nothing";

	for (size_t i = 0; i < COUNT(places); i++) {
		DIR *d = opendir(tempdir_path(arena_printf(&arena, "m/%s", places[i])));
		const struct dirent *e;
		struct span text;
		struct stat st;

		ck_assert_ptr_nonnull(d);
		while ((e = readdir(d))) {
			const char *flags = strchr(e->d_name, ':');

			if (e->d_name[0] == '.')
				continue;
			ck_assert_int_eq(disk_read_file(&arena, dirfd(d), e->d_name, 5 << 20, &text, NULL), 0);
			ck_assert_int_eq(fstatat(dirfd(d), e->d_name, &st, 0), 0);
			*date = st.st_mtim.tv_sec;
			ck_assert_str_eq(got, "nothing");
			got = arena_printf(&arena, "%s%s|%.*s", places[i], flags ? flags : "", SPAN_ARG(text));
		}
		closedir(d);
	}
	return got;
}

static const struct {
	const char *mbox, *want;
} rows[] = {
	{ F1 "Subject: a\n\nx\n\n", "new|Subject: a\n\nx\n" },
	{ F1 "Subject: a\r\n\r\nx\r\n\r\ny\r\n\n", "new|Subject: a\n\nx\n\ny\n" },
	{ F1 "Subject: a\nStatus: O\n\nx\n\n", "cur:2,|Subject: a\n\nx\n" },
	{ F1 "Status: RO\nSubject: a\nX-Status: AF\n\nx\n\n", "cur:2,FRS|Subject: a\n\nx\n" },
	{ F1 "X-Status: TD\nX-UID: 12\nX-IMAPbase: 1 2 work\nA: b\n\nx\n\n", "cur:2,DT|A: b\n\nx\n" },
	{ F1 "X-Keywords: work home\n\tlater\nA: b\n\n\n", "cur:2,abc|A: b\n\n" },
	{ F1 "A: b\nno field\nStatus: RO\n\nx\n\n", "new|A: b\nno field\nStatus: RO\n\nx\n" },
	/* No header's end, no header, nothing. */
	{ F1 "A: b\nStatus: R\n", "cur:2,S|A: b\n" },
	{ F1 "\nStatus: R\n", "new|\nStatus: R\n" },
	{ F1, "new|" },
	{ F1 "A: b\n\n>From me\n>>From you\n", "new|A: b\n\nFrom me\n>From you\n" },
	{ F1 "From: Mail System Internal Data <MAILER-DAEMON@h>\n"
	     "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\nStatus: RO\n\nThis text\n\n",
	  "nothing" },
	/* What other mailboxes left in front of the header. */
	{ F1 F2 ">From e@f Sat Nov 22 10:00:00 2025\nStatus: R\nA: b\n\n>From x\n", "cur:2,S|A: b\n\nFrom x\n" },
	{ "From \r\nDate: Sat, 22 Nov 2025 11:00:00 +0100\r\nX-Mozilla-Status: 1007\r\n"
	  "X-Mozilla-Status2: 00800000\r\nX-Mozilla-Keys: $label1 NonJunk \r\nA: b\r\n\r\n",
	  "cur:2,FRSab|Date: Sat, 22 Nov 2025 11:00:00 +0100\nA: b\n" },
	{ F1 "X-Mozilla-Status: 0008\nX-Mozilla-Keys:\nA: b\n\n", "cur:2,T|A: b\n" },
	{ F1 "X-Mozilla-Status:\nX-Mozilla-Status: f?\n1: b\n\n", "new|1: b\n" },
	{ "", "nothing" },
};

START_TEST(test_import)
{
	struct fault f = { .text = "" };
	int64_t date = 0;
	const char *got;
	size_t n;

	tempdir_write("mbox", rows[_i].mbox, 0600);
	ck_assert_msg(import_mbox(tempdir_path("mbox"), tempdir_path("m"), &n, &f) == 0, "%s", f.text);
	got = find(&date);
	ck_assert_str_eq(got, rows[_i].want);
	ck_assert_uint_eq(n, strcmp(got, "nothing") != 0);
	if (n)
		ck_assert_int_eq(date, 1763805600);
}
END_TEST

/* UIDs are given in the order of the file, keywords keep their letters. */
START_TEST(test_order)
{
	struct mailbox m;
	struct fault f;
	size_t n;

	tempdir_write("mbox", F1 "Subject: 1\nX-Keywords: work\n\n\n" F2 "Subject: 22\n\n\n" F1 "Subject: 333\n\n\n",
		      0600);
	ck_assert_int_eq(import_mbox(tempdir_path("mbox"), tempdir_path("m"), &n, &f), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(mailbox_open(&m, tempdir_path("m"), 0, &f), 0);
	ck_assert_int_eq(mailbox_load_keywords(&m, &f), 0);
	ck_assert_str_eq(m.keywords.names[0], "work");
	ck_assert_uint_eq(m.view.n, 3);
	ck_assert_int_eq(mailbox_load_sizes(&m, NULL, &f), 0);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(m.view.size[i], strlen("Subject: 1\r\n\r\n") + i);
	ck_assert_uint_eq(m.view.flags[0], 1);
	mailbox_close(&m);
}
END_TEST

/* A header that is larger than what is looked at, and more messages than are settled at a time. */
START_TEST(test_much)
{
	struct buf b;
	struct fault f;
	int64_t date;
	size_t n;
	int fd;

	buf_init(&b, 4 << 20);
	buf_put_str(&b, F1 "Status: R\n");
	for (size_t i = 0; i <= IMPORT_HEADER_MAX / 64; i++)
		buf_printf(&b, "X-Filler: %054zu\n", i);
	buf_put_str(&b, "\nx\n");
	fd = open(tempdir_path("mbox"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_eq(write(fd, b.p, b.n), (ssize_t)b.n);
	close(fd);
	ck_assert_int_eq(import_mbox(tempdir_path("mbox"), tempdir_path("m"), &n, &f), 0);
	ck_assert_uint_eq(strlen(find(&date)), b.n - strlen(F1) + strlen("new|"));
	buf_reset(&b);
	for (size_t i = 0; i < 3 * IMPORT_BATCH + 1; i++)
		buf_put_str(&b, F1 "A: b\n\n\n");
	tempdir_write("mbox", buf_str(&b), 0600);
	ck_assert_int_eq(import_mbox(tempdir_path("mbox"), tempdir_path("n"), &n, &f), 0);
	ck_assert_uint_eq(n, 3 * IMPORT_BATCH + 1);
	buf_clear(&b);
}
END_TEST

START_TEST(test_refused)
{
	struct fault f;
	size_t n;

	tempdir_write("mbox", "Subject: no mbox\n", 0600);
	ck_assert_int_eq(import_mbox(tempdir_path("mbox"), tempdir_path("m"), &n, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_PERM);
	ck_assert_int_ne(access(tempdir_path("m"), F_OK), 0);
	tempdir_write("file", "", 0600);
	tempdir_write("mbox", F1 "A: b\n\n\n", 0600);
	ck_assert_int_eq(import_mbox(tempdir_path("mbox"), tempdir_path("file"), &n, &f), -1);
	ck_assert_uint_eq(n, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_import, 0, COUNT(rows));
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_much);
	tcase_add_test(tc, test_refused);
}

CHECK_MAIN(import, add_tests)
