/* SPDX-License-Identifier: ISC */
#include "store/summary.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

enum { VALIDITY = 77, SOME = 2000 };

static struct summary s;
static struct cache view;
static int dir = -1;

static void open_it(void)
{
	summary_init(&s, dir, VALIDITY, false);
}

static void setup(void)
{
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(mkdirat(dir, "tmp", 0700), 0);
	cache_init(&view);
	open_it();
}

static void teardown(void)
{
	summary_clear(&s);
	cache_clear(&view);
	close(dir);
	tempdir_remove();
}

static struct span text_of(char out[200], uint32_t uid, enum summary_kind kind)
{
	int n = snprintf(out, 200, "%u of %u, %*s", (unsigned)kind, (unsigned)uid, (int)(uid % 150), "");

	return span_of(out, (size_t)n);
}

static void add_only(enum summary_kind kind, uint32_t uid)
{
	char text[200];

	summary_add(&s, kind, uid, text_of(text, uid, kind));
}

static void add(enum summary_kind kind, uint32_t uid)
{
	add_only(kind, uid);
	summary_drain(&s);
}

static bool has(enum summary_kind kind, uint32_t uid)
{
	struct span got;
	char text[200];

	if (!summary_find(&s, kind, uid, &got))
		return false;
	ck_assert(span_is(got, text_of(text, uid, kind)));
	return true;
}

static void fill_view(uint32_t step)
{
	cache_resize(&view, SOME / step);
	for (uint32_t i = 0; i < SOME / step; i++)
		view.uid[i] = (i + 1) * step;
}

static off_t size_of_file(void)
{
	struct stat st;

	return fstatat(dir, SUMMARY_FILE, &st, 0) < 0 ? -1 : st.st_size;
}

static const uint32_t odd_order[] = { 5, 3, 9, 1, 4294967295, 2, 7 };

/* In any order, found before and after the file is opened again. */
START_TEST(test_round_trip)
{
	ck_assert(!has(SUMMARY_ENVELOPE, 1));
	for (size_t i = 0; i < sizeof(odd_order) / sizeof(odd_order[0]); i++) {
		add(SUMMARY_ENVELOPE, odd_order[i]);
		if (i % 2)
			summary_flush(&s);
		add(SUMMARY_STRUCTURE, odd_order[i]);
	}
	summary_flush(&s);
	for (int again = 0; again < 3; again++) {
		for (size_t i = 0; i < sizeof(odd_order) / sizeof(odd_order[0]); i++) {
			ck_assert(has(SUMMARY_ENVELOPE, odd_order[i]));
			ck_assert(has(SUMMARY_STRUCTURE, odd_order[i]));
			ck_assert(!has(SUMMARY_PREVIEW, odd_order[i]));
		}
		ck_assert(!has(SUMMARY_ENVELOPE, 4));
		summary_rest(&s);
		if (again == 1) {
			summary_clear(&s);
			open_it();
		}
	}
}
END_TEST

/* Put in order: the same is found, what is about messages that are gone is not kept. */
START_TEST(test_tidy)
{
	off_t before;

	for (uint32_t uid = SOME; uid > 0; uid--) {
		add(SUMMARY_FIELDS, uid);
		add(SUMMARY_ENVELOPE, uid);
		add(SUMMARY_ENVELOPE, uid);
	}
	summary_flush(&s);
	before = size_of_file();
	fill_view(2);
	summary_tidy(&s, &view);
	ck_assert_int_lt(size_of_file(), before / 2);
	for (uint32_t uid = 1; uid <= SOME; uid++) {
		ck_assert(has(SUMMARY_FIELDS, uid) == (uid % 2 == 0));
		ck_assert(has(SUMMARY_ENVELOPE, uid) == (uid % 2 == 0));
	}
	before = size_of_file();
	summary_tidy(&s, &view);
	ck_assert_int_eq(size_of_file(), before);
	for (uint32_t uid = 1; uid <= SOME; uid++)
		add(SUMMARY_PREVIEW, uid);
	summary_flush(&s);
	for (uint32_t uid = 1; uid <= SOME; uid++)
		ck_assert(has(SUMMARY_PREVIEW, uid));
	ck_assert(has(SUMMARY_FIELDS, 2));
}
END_TEST

/* Two sessions, and one that puts the file in order under the other's hands. */
START_TEST(test_two)
{
	struct summary other;

	summary_init(&other, dir, VALIDITY, false);
	add(SUMMARY_DATE, 1);
	summary_flush(&s);
	summary_add(&other, SUMMARY_DATE, 2, SPAN("x"));
	summary_flush(&other);
	ck_assert(!has(SUMMARY_DATE, 2));
	for (uint32_t uid = 3; uid <= SOME; uid++) {
		add(SUMMARY_DATE, uid);
		add(SUMMARY_ENVELOPE, uid);
		add(SUMMARY_FIELDS, uid);
	}
	fill_view(1);
	summary_tidy(&s, &view);
	summary_add(&other, SUMMARY_PREVIEW, 2, SPAN("later"));
	summary_flush(&other);
	summary_rest(&s);
	summary_clear(&s);
	s = other;
	ck_assert(has(SUMMARY_DATE, 1));
	ck_assert(has(SUMMARY_DATE, SOME));
}
END_TEST

/* Somebody holds the lock: nothing is waited for, nothing is kept, nothing breaks. */
START_TEST(test_locked)
{
	int fd;

	add(SUMMARY_DATE, 1);
	summary_flush(&s);
	fd = openat(dir, SUMMARY_FILE, O_RDWR);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	add(SUMMARY_DATE, 2);
	summary_flush(&s);
	ck_assert(has(SUMMARY_DATE, 1));
	ck_assert(!has(SUMMARY_DATE, 2));
	close(fd);
	add(SUMMARY_DATE, 2);
	summary_flush(&s);
	ck_assert(has(SUMMARY_DATE, 2));
}
END_TEST

/* Every single octet damaged, and every length: what is found is right, and what is added again is found. */
START_TEST(test_damage)
{
	char bytes[4096];
	ssize_t n;
	int fd;

	for (uint32_t uid = 1; uid <= 3; uid++)
		add(SUMMARY_ENVELOPE, uid);
	summary_flush(&s);
	fd = openat(dir, SUMMARY_FILE, O_RDWR);
	n = pread(fd, bytes, sizeof(bytes), 0);
	close(fd);
	ck_assert_int_gt(n, 100);
	for (ssize_t at = 0; at < 2 * n; at++) {
		bytes[at % n] ^= 0x40;
		fd = openat(dir, SUMMARY_FILE, O_RDWR | O_CREAT | O_TRUNC, 0600);
		ck_assert_int_eq(write(fd, bytes, (size_t)(at < n ? n : at - n)), at < n ? n : at - n);
		close(fd);
		bytes[at % n] ^= 0x40;
		summary_clear(&s);
		open_it();
		for (uint32_t uid = 1; uid <= 3; uid++)
			if (!has(SUMMARY_ENVELOPE, uid))
				add(SUMMARY_ENVELOPE, uid);
		summary_flush(&s);
		summary_rest(&s);
		for (uint32_t uid = 1; uid <= 3; uid++)
			ck_assert(has(SUMMARY_ENVELOPE, uid));
	}
}
END_TEST

/* A record of a tidy file is damaged: what was added in its place is kept; without that the file is given up. */
START_TEST(test_damage_tidy)
{
	int fd;

	for (uint32_t uid = 1; uid <= SOME; uid++) {
		add(SUMMARY_ENVELOPE, uid);
		add(SUMMARY_FIELDS, uid);
	}
	fill_view(1);
	summary_tidy(&s, &view);
	fd = openat(dir, SUMMARY_FILE, O_RDWR);
	ck_assert_int_eq(pwrite(fd, "\377\377\377\377", 4, size_of_file() - 10), 4);
	close(fd);
	ck_assert(!has(SUMMARY_ENVELOPE, SOME));
	if (_i)
		add(SUMMARY_ENVELOPE, SOME);
	summary_flush(&s);
	ck_assert(has(SUMMARY_ENVELOPE, SOME) == (_i > 0));
	ck_assert(has(SUMMARY_FIELDS, SOME));
	for (uint32_t uid = 1; uid <= SOME; uid++) {
		add(SUMMARY_PREVIEW, uid);
		add(SUMMARY_STRUCTURE, uid);
		add(SUMMARY_STRUCTURE, uid);
	}
	summary_tidy(&s, &view);
	ck_assert_int_eq(size_of_file() > 0, _i);
	ck_assert(has(SUMMARY_ENVELOPE, SOME) == (_i > 0));
	add(SUMMARY_ENVELOPE, 1);
	summary_flush(&s);
	ck_assert(has(SUMMARY_ENVELOPE, 1));
}
END_TEST

/* Another uidvalidity, a link, a FIFO, too large a record, a folder that is read only. */
START_TEST(test_foreign)
{
	static char large[SUMMARY_RECORD_MAX + 1];
	struct span ignored;

	add(SUMMARY_DATE, 1);
	summary_add(&s, SUMMARY_DATE, 2, span_of(large, sizeof(large)));
	summary_add(&s, SUMMARY_DATE, 3, span_of(large, sizeof(large) - 1));
	summary_clear(&s);
	summary_init(&s, dir, VALIDITY + 1, true);
	ck_assert(!has(SUMMARY_DATE, 1));
	add(SUMMARY_DATE, 4);
	summary_clear(&s);
	open_it();
	ck_assert(has(SUMMARY_DATE, 1));
	ck_assert(!summary_find(&s, SUMMARY_DATE, 2, &ignored));
	ck_assert(summary_find(&s, SUMMARY_DATE, 3, &ignored));
	ck_assert_uint_eq(ignored.n, SUMMARY_RECORD_MAX);
	ck_assert(!has(SUMMARY_DATE, 4));
	summary_clear(&s);

	ck_assert_int_eq(renameat(dir, SUMMARY_FILE, dir, "other"), 0);
	ck_assert_int_eq(symlinkat("other", dir, SUMMARY_FILE), 0);
	open_it();
	ck_assert(!has(SUMMARY_DATE, 1));
	summary_clear(&s);
	ck_assert_int_eq(unlinkat(dir, SUMMARY_FILE, 0), 0);
	ck_assert_int_eq(mkfifoat(dir, SUMMARY_FILE, 0600), 0);
	open_it();
	ck_assert(!has(SUMMARY_DATE, 1));
	add(SUMMARY_DATE, 1);
	summary_flush(&s);
	ck_assert(has(SUMMARY_DATE, 1));
}
END_TEST

/* What was found stays while things are added, however much, also when others have put another file in its place. */
START_TEST(test_found_stays)
{
	char text[200];
	struct span got;

	add(SUMMARY_ENVELOPE, 1);
	summary_flush(&s);
	ck_assert(summary_find(&s, SUMMARY_ENVELOPE, 1, &got));
	ck_assert_int_eq(unlinkat(dir, SUMMARY_FILE, 0), 0);
	for (uint32_t uid = 1; uid <= 2 * SOME; uid++)
		add_only(SUMMARY_STRUCTURE, uid);
	ck_assert(span_is(got, text_of(text, 1, SUMMARY_ENVELOPE)));
	summary_drain(&s);
	ck_assert(!has(SUMMARY_ENVELOPE, 1));
	ck_assert(has(SUMMARY_STRUCTURE, 1) && has(SUMMARY_STRUCTURE, SOME));
	ck_assert(!has(SUMMARY_STRUCTURE, 2 * SOME));
}
END_TEST

/* A little waits for more. */
START_TEST(test_drain)
{
	add(SUMMARY_STRUCTURE, 1);
	ck_assert(size_of_file() < 0);
	for (uint32_t uid = 2; uid <= SOME; uid++)
		add_only(SUMMARY_STRUCTURE, uid);
	summary_drain(&s);
	ck_assert(size_of_file() > SUMMARY_PIECE);
	ck_assert(has(SUMMARY_STRUCTURE, 1) && has(SUMMARY_STRUCTURE, SOME));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_round_trip);
	tcase_add_test(tc, test_tidy);
	tcase_add_test(tc, test_two);
	tcase_add_test(tc, test_locked);
	tcase_add_test(tc, test_damage);
	tcase_add_loop_test(tc, test_damage_tidy, 0, 2);
	tcase_add_test(tc, test_foreign);
	tcase_add_test(tc, test_found_stays);
	tcase_add_test(tc, test_drain);
}

CHECK_MAIN(summary, add_tests)
