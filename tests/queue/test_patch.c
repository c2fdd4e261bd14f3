/* SPDX-License-Identifier: ISC */
#include "queue/patch.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "support/check_main.h"

#define MESSAGE "List: <x/........>\n\nhi\n"
#define PATCHED "List: <x/abcdefgh>\n\nhi\n"
enum { AT = 9, SIZE = sizeof(MESSAGE) - 1 };

static const struct patch patch = { .at = AT, .text = "abcdefgh" };

static void put(void *to, const void *p, size_t n)
{
	buf_put(to, p, n);
}

/* Read in pieces of any size it is the same. */
START_TEST(test_pieces)
{
	for (size_t piece = 1; piece <= SIZE; piece++) {
		char text[] = MESSAGE;

		for (size_t at = 0; at < SIZE; at += piece)
			patch_apply(&patch, (off_t)at, text + at, SIZE - at < piece ? SIZE - at : piece);
		ck_assert_str_eq(text, PATCHED);
	}
}
END_TEST

START_TEST(test_none)
{
	char text[] = MESSAGE;

	patch_apply(&(struct patch){ .at = AT }, 0, text, SIZE);
	ck_assert_str_eq(text, MESSAGE);
}
END_TEST

START_TEST(test_feed)
{
	static const struct {
		struct patch patch;
		const char *want;
	} rows[] = {
		{ { AT, "abcdefgh" }, PATCHED }, { { 0, NULL }, MESSAGE },	  { { 0, "L" }, MESSAGE },
		{ { 0, PATCHED }, PATCHED },	 { { SIZE - 1, "\n" }, MESSAGE },
	};
	int fd = memfd_create("message", MFD_CLOEXEC);
	struct fault f;
	struct buf out;

	ck_assert_int_eq(pwrite(fd, "envelope" MESSAGE "log", 8 + SIZE + 3, 0), 8 + SIZE + 3);
	buf_init(&out, 1000);
	ck_assert_int_eq(patch_feed(&rows[_i].patch, fd, 8, SIZE, put, &out, "it", &f), 0);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	/* A file that is too short is a fault, wherever it ends. */
	for (off_t n = 8 + SIZE - 1; n >= 8; n--) {
		ck_assert_int_eq(ftruncate(fd, n), 0);
		if (rows[_i].patch.text && n - 8 >= rows[_i].patch.at)
			continue;
		ck_assert_int_eq(patch_feed(&rows[_i].patch, fd, 8, SIZE, put, &out, "it", &f), -1);
	}
	buf_clear(&out);
	close(fd);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_pieces);
	tcase_add_test(tc, test_none);
	tcase_add_loop_test(tc, test_feed, 0, 5);
}

CHECK_MAIN(patch, add_tests)
