/* SPDX-License-Identifier: ISC */
#include "store/mboxread.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/disk.h"
#include "store/mbox.h"
#include "support/check_main.h"
#include "support/tempdir.h"

#define F1 "From al@example.org Sat Nov 22 06:00:00 2025\n"
#define F2 "From bo Sun Nov 23 06:00:00 2025\n"

static struct fault fault;
static struct arena arena;

static void teardown(void)
{
	arena_clear(&arena);
	tempdir_remove();
}

/* All messages, each in brackets behind its offset. */
static const char *read_all(const char *path)
{
	struct mboxread_message message;
	struct mboxread r;
	struct span piece;
	struct buf all;
	const char *copy;
	int rc;

	ck_assert_msg(mboxread_open(&r, path, &fault) == 0, "%s", fault.text);
	buf_init(&all, 1 << 20);
	while ((rc = mboxread_next(&r, &message, &fault)) > 0) {
		buf_printf(&all, "%jd[", (intmax_t)message.offset);
		while ((rc = mboxread_piece(&r, &piece, &fault)) > 0)
			buf_put_span(&all, piece);
		ck_assert_int_eq(rc, 0);
		buf_put_char(&all, ']');
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(mboxread_next(&r, &message, &fault), 0);
	mboxread_close(&r);
	copy = arena_str(&arena, buf_str(&all));
	buf_clear(&all);
	return copy;
}

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ F1 "Subject: a\n\nbody\n\n", "0[Subject: a\n\nbody\n]" },
	{ F1 "Subject: a\n\nbody\n", "0[Subject: a\n\nbody\n]" },
	{ F1 "Subject: a\n\nbody", "0[Subject: a\n\nbody]" },
	{ F1 "a\n\n" F2 "b\n\n", "0[a\n]48[b\n]" },
	{ F1 "a\n\n\n" F2 "b\n\n\n", "0[a\n\n]49[b\n\n]" },
	{ F1 "\n" F2 "\n", "0[]46[]" },
	{ F1 "a\n\nFrom here on all is well\n\n", "0[a\n\nFrom here on all is well\n]" },
	{ F1 "a\n" F2 "b\n", "0[a\n]47[b\n]" },
	{ F1 "a\nFrom bo Nov 23 06:00:00 2025\nb\n", "0[a\nFrom bo Nov 23 06:00:00 2025\nb\n]" },
	{ F1 "a\nFrom bo Sun Now 23 06:00:00 2025\nb\n", "0[a\nFrom bo Sun Now 23 06:00:00 2025\nb\n]" },
	{ F1 F2 "a\n", "0[" F2 "a\n]" },
	{ "From \r\nA: b\r\n\r\nx\r\n\r\nFrom \r\nX-Mozilla-Status: 0001\r\n\r\ny\r\n",
	  "0[A: b\r\n\r\nx\r\n]20[X-Mozilla-Status: 0001\r\n\r\ny\r\n]" },
	{ F1 "a\n\nFrom bo Sat, 22 Nov 2025 06:00:00 +0000\nb\n", "0[a\n]48[b\n]" },
	{ F1 "a\n\nFrom \nhere\n", "0[a\n\nFrom \nhere\n]" },
	{ F1 ">From me\n>>From you\n> From\n>Fr\n\n", "0[From me\n>From you\n> From\n>Fr\n]" },
	{ F1 "Content-Length: 1000\n\nx\n\n" F2 "b\n\n", "0[Content-Length: 1000\n\nx\n]70[b\n]" },
	{ "From x\na\n\n" F1 "b\n\n", "0[a\n]10[b\n]" },
	{ "From al Sat Nov 22 06:00:00 2025\r\na\r\n\r\nFrom bo Sat Nov 22 06:00 +0100 2025\r\nb\r\n\r\n",
	  "0[a\r\n]39[b\r\n]" },
};

START_TEST(test_read)
{
	ck_assert_str_eq(read_all(tempdir_write("mbox", rows[_i].text, 0600)), rows[_i].want);
	ck_assert_int_ne(access(tempdir_path("mbox.lock"), F_OK), 0);
}
END_TEST

static const struct {
	const char *line;
	int64_t when;
} dates[] = {
	{ "al@example.org Sat Nov 22 06:00:00 2025", 1763791200 },
	{ "a b c Sat Nov 22 06:00:00 2025 +0100", 1763787600 },
	{ "17823@xxx Sat Nov 22 06:00:00 +0000 2025", 1763791200 },
	{ "al Sat Nov 22 06:00:00 EST 2025", 1763809200 },
	{ "al Sat Nov 22 06:00:00 XYZ 2025", 1763791200 },
	{ "al Sat Nov 22 06:00:00 2025 remote from host", 1763791200 },
	{ "al Sat, 22 Nov 2025 06:00:00 +0100", 1763787600 },
	{ "al Nov 22 06:00 2025", 1763791200 },
	{ "al", 0 },
	{ "al Sat Foo 22 06:00:00 2025", 0 },
};

START_TEST(test_date)
{
	struct mboxread_message message;
	struct mboxread r;

	tempdir_write("mbox", arena_printf(&arena, "From %s\nx\n", dates[_i].line), 0600);
	ck_assert_int_eq(mboxread_open(&r, tempdir_path("mbox"), &fault), 0);
	ck_assert_int_eq(mboxread_next(&r, &message, &fault), 1);
	ck_assert_str_eq(message.from, dates[_i].line);
	ck_assert_int_eq(message.date, dates[_i].when);
	mboxread_close(&r);
}
END_TEST

/* What store/mbox.h wrote comes back, whatever it holds; a message may be skipped. */
START_TEST(test_with_mbox)
{
	enum { LONG = 300000 };
	static const char text[] = "From me\n>From you\n\nFrom al Sat Nov 22 06:00:00 2025\n\nend\n";
	char *line = arena_alloc(&arena, LONG + 2);
	struct mbox_writer w;

	memset(line, 'x', LONG);
	line[LONG] = '\n';
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(mbox_begin(&w, tempdir_path("mbox"), "al", 1763791200, &fault), 0);
		mbox_put(&w, text, sizeof(text) - 1);
		mbox_put(&w, line, LONG + 1);
		ck_assert_int_eq(mbox_commit(&w, &fault), 0);
	}
	const char *got = read_all(tempdir_path("mbox"));
	const char *want = arena_printf(&arena, "0[%s%s]", text, line);

	ck_assert_int_eq(strncmp(got, want, strlen(want)), 0);
	ck_assert_uint_eq(strlen(got), 2 * strlen(want) + 5);
}
END_TEST

START_TEST(test_skip)
{
	struct mboxread_message message;
	struct mboxread r;
	struct span piece;

	tempdir_write("mbox", F1 "a\n\nb\n\n" F2 "c\n\n", 0600);
	ck_assert_int_eq(mboxread_open(&r, tempdir_path("mbox"), &fault), 0);
	ck_assert_int_eq(mboxread_next(&r, &message, &fault), 1);
	ck_assert_int_eq(mboxread_piece(&r, &piece, &fault), 1);
	ck_assert_int_eq(mboxread_next(&r, &message, &fault), 1);
	ck_assert_int_eq(mboxread_piece(&r, &piece, &fault), 1);
	ck_assert(span_is(piece, SPAN("c\n")));
	mboxread_close(&r);
}
END_TEST

START_TEST(test_refused)
{
	struct mboxread r;

	tempdir_write("mbox", "Subject: no mbox\n", 0600);
	ck_assert_int_eq(mboxread_open(&r, tempdir_path("mbox"), &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_int_eq(mboxread_open(&r, tempdir_path("none"), &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(mboxread_open(&r, tempdir(), &fault), -1);
	ck_assert_int_ne(access(tempdir_path("mbox.lock"), F_OK), 0);
}
END_TEST

/* No message is passed over in silence. */
START_TEST(test_long_line)
{
	struct mboxread_message message;
	struct mboxread r;
	char line[MBOXREAD_LINE_MAX + 1];

	memset(line, 'x', MBOXREAD_LINE_MAX);
	line[MBOXREAD_LINE_MAX] = '\0';
	tempdir_write("mbox", arena_printf(&arena, "From %s\nA: b\n\n" F2 "c\n", line), 0600);
	ck_assert_int_eq(mboxread_open(&r, tempdir_path("mbox"), &fault), 0);
	ck_assert_int_eq(mboxread_next(&r, &message, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	mboxread_close(&r);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_read, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_date, 0, COUNT(dates));
	tcase_add_test(tc, test_with_mbox);
	tcase_add_test(tc, test_skip);
	tcase_add_test(tc, test_long_line);
	tcase_add_test(tc, test_refused);
}

CHECK_MAIN(mboxread, add_tests)
