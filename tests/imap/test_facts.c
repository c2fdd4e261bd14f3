/* SPDX-License-Identifier: ISC */
#include "imap/facts.h"

#include "support/sourcetest.h"

/* Sent in the order 3, 1, 2; the last says nothing of it, and has the time of its file. */
static void setup(void)
{
	make_box();
	tempdir_write("box/cur/1.h:2,", "Date: Sat, 22 Nov 2025 10:00:00 +0000\nSubject: b\n\n1\n", 0600);
	tempdir_write("box/cur/2.h:2,", "Subject: Re: a\n\n22\n", 0600);
	tempdir_write("box/cur/3.h:2,", "Date: Sat, 22 Nov 2025 10:00:00 +0100\nSubject: C\n\n333\n", 0600);
	open_box();
}

static const struct {
	const char *keys;
	uint32_t want[3];
} rows[] = {
	{ "(DATE)", { 3, 1, 2 } },
	{ "(SUBJECT)", { 2, 1, 3 } },
	{ "(REVERSE SUBJECT)", { 3, 1, 2 } },
	{ "(SIZE)", { 2, 1, 3 } },
};

START_TEST(test_sort)
{
	struct arena a = { 0 };
	struct sort_keys keys;
	struct imap_parse p;
	struct sort sort;

	imap_parse_init(&p, &a, span_str(rows[_i].keys), false);
	ck_assert_int_eq(sort_parse(&p, &keys), 0);
	sort_init(&sort, &keys, &a, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(facts_add_to_sort(&sort, sort_needs(&keys), &source, i, &fault), 0);
	sort_run(&sort);
	ck_assert_uint_eq(sort.n, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(sort.number[i], rows[_i].want[i]);
	arena_clear(&a);
}
END_TEST

/* It goes there once. */
START_TEST(test_turn)
{
	facts_turn(&source, 1);
	ck_assert_uint_eq(source.uid, 2);
	facts_turn(&source, 1);
	ck_assert_uint_eq(source.uid, 2);
	facts_turn(&source, 0);
	ck_assert_uint_eq(source.uid, 1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_sort, 0, COUNT(rows));
	tcase_add_test(tc, test_turn);
}

CHECK_MAIN(facts, add_tests)
