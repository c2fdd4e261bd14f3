/* SPDX-License-Identifier: ISC */
/* What penalty.c needs of it, test_penalty.c has: garbage, links, many processes. */
#include "base/tally.h"

#include <fcntl.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

enum { HEAD = 16 + TALLY_SECRET, WORDS = 64 };

static const struct tally_form from_first = { "letterbox test1\n", "tests", WORDS, 86400, true };
static const struct tally_form from_last = { "letterbox test2\n", "tests", WORDS, 86400, false };

static int dir(void)
{
	int fd;

	tempdir_remove();
	fd = open(tempdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* As if so many hours had passed since. */
static void age(int fd, long hours)
{
	uint64_t words[WORDS];
	int file = openat(fd, "tally", O_RDWR);

	ck_assert_int_eq(pread(file, words, sizeof(words), HEAD), sizeof(words));
	for (int i = 0; i < WORDS; i++) {
		uint64_t then = (words[i] >> 16) & 0xffff;

		if (words[i] & 0xff)
			words[i] = (words[i] & ~UINT64_C(0xffff0000)) |
				   ((then - (uint64_t)(hours * 3600 / TALLY_TICK)) & 0xffff) << 16;
	}
	ck_assert_int_eq(pwrite(file, words, sizeof(words), HEAD), sizeof(words));
	close(file);
}

START_TEST(test_window)
{
	const struct tally_form *form = _i ? &from_first : &from_last;
	struct tally t;
	struct fault f;
	int fd = dir();

	ck_assert_msg(tally_open(&t, form, fd, "tally", &f) == 0, "%s", f.text);
	ck_assert_uint_eq(tally_add(&t, SPAN("al")), 1);
	ck_assert_uint_eq(tally_add(&t, SPAN("al")), 2);
	ck_assert_uint_eq(tally_count(&t, SPAN("bo")), 0);
	age(fd, 13);
	ck_assert_uint_eq(tally_add(&t, SPAN("al")), 3);
	age(fd, 13);
	ck_assert_uint_eq(tally_count(&t, SPAN("al")), _i ? 0 : 3);
	ck_assert_uint_eq(tally_add(&t, SPAN("al")), _i ? 1 : 4);
	tally_close(&t);
	ck_assert_uint_eq(tally_count(&t, SPAN("al")), 0);
	ck_assert_uint_eq(tally_add(&t, SPAN("al")), 1);
	close(fd);
}
END_TEST

START_TEST(test_marked)
{
	struct tally t;
	struct fault f;
	unsigned count = 1;

	ck_assert_int_eq(tally_share(&t, &from_last, &f), 0);
	ck_assert_uint_eq(tally_add_marked(&t, SPAN("al"), SPAN("a")), 1);
	ck_assert_uint_eq(tally_add_marked(&t, SPAN("al"), SPAN("a")), 1);
	/* One in 256 is taken for the last. */
	for (const char *mark = "bcdefgh"; *mark && count == 1; mark++)
		count = tally_add_marked(&t, SPAN("al"), span_of(mark, 1));
	ck_assert_uint_eq(count, 2);
	for (int i = 0; i < 1000; i++)
		tally_add(&t, SPAN("al"));
	ck_assert_uint_eq(tally_count(&t, SPAN("al")), TALLY_COUNT_MAX);
	tally_close(&t);
}
END_TEST

/* What was another table begins anew. */
START_TEST(test_form)
{
	struct tally t;
	struct fault f;
	int fd = dir();

	ck_assert_int_eq(tally_open(&t, &from_first, fd, "tally", &f), 0);
	tally_add(&t, SPAN("al"));
	tally_close(&t);
	ck_assert_int_eq(tally_open(&t, &from_last, fd, "tally", &f), 0);
	ck_assert_uint_eq(tally_count(&t, SPAN("al")), 0);
	tally_close(&t);
	close(fd);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_window, 0, 2);
	tcase_add_test(tc, test_marked);
	tcase_add_test(tc, test_form);
}

CHECK_MAIN(tally, add_tests)
