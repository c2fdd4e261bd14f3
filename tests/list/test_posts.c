/* SPDX-License-Identifier: ISC */
#include "list/posts.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

#define NOON INT64_C(1795348800) /* 2026-11-22T12:00:00Z */

static struct list open_list(void)
{
	return (struct list){ .path = tempdir(), .dir = disk_open_dir(AT_FDCWD, tempdir(), NULL) };
}

static void close_list(struct list *l)
{
	close(l->dir);
	tempdir_remove();
}

/* 80 bits of SHA-256 of "abc": ba7816bf 8f01cfea 4141. */
START_TEST(test_hash)
{
	struct arena a = { NULL };
	const char *hash = posts_hash(&a, SPAN("abc"), NULL);

	ck_assert_str_eq(hash, "q9w1dfwf077ymga1");
	arena_clear(&a);
}
END_TEST

START_TEST(test_file)
{
	struct list l = open_list();
	struct arena a = { NULL };
	struct post p = { .when = NOON, .octets = 100, .from = SPAN("carla@example.org"), .subject = SPAN("a b\n%") };
	struct post got;
	struct span text;
	uint64_t number;

	ck_assert_int_eq(posts_last(&l, &number, NULL), 0);
	ck_assert_uint_eq(number, 0);
	ck_assert_int_eq(posts_find(&l, "<1@x>", &number, NULL), 0);
	for (p.number = 1; p.number < 2000; p.number++) {
		p.hash = posts_hash(&a, span_str(arena_printf(&a, "<%d@x>", (int)p.number)), NULL);
		if (p.number < 5 || p.number > 1996)
			ck_assert_int_eq(posts_append(&l, &p, NULL), 0);
	}
	ck_assert_int_eq(posts_last(&l, &number, NULL), 0);
	ck_assert_uint_eq(number, 1999);
	ck_assert_int_eq(posts_find(&l, "<3@x>", &number, NULL), 1);
	ck_assert_uint_eq(number, 3);
	ck_assert_int_eq(posts_find(&l, "<1000@x>", &number, NULL), 0);
	ck_assert_int_eq(posts_read(&l, &a, &text, NULL), 0);
	ck_assert_int_eq(posts_next(&text, &a, &got), 1);
	ck_assert(got.number == 1 && got.when == NOON && got.octets == 100);
	ck_assert(span_is(got.from, p.from) && span_is(got.subject, p.subject));
	arena_clear(&a);
	close_list(&l);
}
END_TEST

/* A hash counts where the hash stands, and not in a subject, a torn line or a comment. */
START_TEST(test_place)
{
	struct list l = open_list();
	struct arena a = { NULL };
	struct post got;
	uint64_t number;

	tempdir_write("posts",
		      "# HASH xyz \n"
		      "1 2026-11-22T12:00:00Z abc 1 xyz xyz xyz \n"
		      "2 2026-11-22T12:00:00Z xyz 1 - -\n"
		      "3 2026-11-22T12:00:00Z torn 1 - su",
		      0600);
	ck_assert_int_eq(posts_find_hash(&l, &a, "xyz", &got, NULL), 1);
	ck_assert_uint_eq(got.number, 2);
	ck_assert_int_eq(posts_find_hash(&l, &a, "torn", &got, NULL), 0);
	ck_assert_int_eq(posts_last(&l, &number, NULL), 0);
	ck_assert_uint_eq(number, 2);
	arena_clear(&a);
	close_list(&l);
}
END_TEST

START_TEST(test_long_subject)
{
	struct list l = open_list();
	struct arena a = { NULL };
	char subject[4000];
	struct post p = { .number = 1, .when = NOON, .hash = "abc" }, got;
	struct span text;

	for (size_t i = 0; i < sizeof(subject); i += 2)
		memcpy(subject + i, "\303\266", 2);
	p.subject = span_of(subject, sizeof(subject));
	ck_assert_int_eq(posts_append(&l, &p, NULL), 0);
	ck_assert_int_eq(posts_read(&l, &a, &text, NULL), 0);
	ck_assert_int_eq(posts_next(&text, &a, &got), 1);
	ck_assert_uint_eq(got.subject.n, POSTS_SUBJECT_MAX + 3);
	ck_assert(span_ends_nocase(got.subject, SPAN("\303\266...")));
	arena_clear(&a);
	close_list(&l);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_hash);
	tcase_add_test(tc, test_file);
	tcase_add_test(tc, test_place);
	tcase_add_test(tc, test_long_subject);
}

CHECK_MAIN(posts, add_tests)
