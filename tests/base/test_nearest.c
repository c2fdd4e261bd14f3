/* SPDX-License-Identifier: ISC */
#include "base/nearest.h"
#include "support/check_main.h"

static const char *const names[] = { "myhostname", "mydomain", "mynetworks", "relayhost", "-v", "", "queue_directory" };

static const struct {
	const char *word, *want;
} rows[] = {
	{ "myhostnam", "myhostname" },
	{ "myhostnames", "myhostname" },
	{ "myhsotname", "myhostname" },
	{ "mydomian", "mydomain" },
	{ "relay_host", "relayhost" },
	{ "RELAYHOST", NULL },
	{ "queue_dir", NULL },
	{ "queue_directori", "queue_directory" },
	{ "-x", "-v" },
	{ "something", NULL },
	{ "relayhost", "relayhost" },
	{ "", "" },
};

START_TEST(test_nearest)
{
	struct nearest n;
	const char *got;

	nearest_init(&n, span_str(rows[_i].word));
	for (int i = 0; i < COUNT(names); i++)
		nearest_offer(&n, names[i]);
	got = nearest_name(&n);
	ck_assert_pstr_eq(got, rows[_i].want);
}
END_TEST

START_TEST(test_long_words_have_no_neighbour)
{
	char word[NEAREST_MAX + 2];
	struct nearest n;

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	nearest_init(&n, span_str(word));
	nearest_offer(&n, word);
	ck_assert_ptr_null(nearest_name(&n));
	nearest_init(&n, span_of(word, NEAREST_MAX));
	nearest_offer(&n, word + 1);
	ck_assert_ptr_eq(nearest_name(&n), word + 1);
	nearest_init(&n, span_of(word, NEAREST_MAX));
	nearest_offer(&n, word);
	ck_assert_ptr_null(nearest_name(&n));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_nearest, 0, COUNT(rows));
	tcase_add_test(tc, test_long_words_have_no_neighbour);
}

CHECK_MAIN(nearest, add_tests)
