/* SPDX-License-Identifier: ISC */
#include "list/quench.h"

#include "support/check_main.h"
#include "support/listcase.h"

static int ask(struct listcase *c, const char *question, const char *address)
{
	int rc = quench_allows(&c->run, question, address, NULL);

	if (rc > 0)
		ck_assert_int_eq(quench_note(&c->run, question, address, NULL), 0);
	return rc;
}

START_TEST(test_rates)
{
	static const char *const settings[] = { "subscribe_rate=2", "reply_rate=5", NULL };
	struct listcase c;

	listcase_begin(&c, settings);
	ck_assert_int_eq(ask(&c, "confirm-subscribe", "al@example.net"), 1);
	ck_assert_int_eq(ask(&c, "confirm-subscribe", "AL@Example.NET."), 1);
	ck_assert_int_eq(ask(&c, "confirm-subscribe", "al@example.net"), 0);
	/* Another question has its own count, another address everything. */
	ck_assert_int_eq(ask(&c, "confirm-unsubscribe", "al@example.net"), 1);
	ck_assert_int_eq(ask(&c, "confirm-subscribe", "bo@example.net"), 1);
	/* All are replies. */
	ck_assert_int_eq(ask(&c, NULL, "al@example.net"), 1);
	ck_assert_int_eq(ask(&c, NULL, "al@example.net"), 1);
	ck_assert_int_eq(ask(&c, NULL, "al@example.net"), 0);
	ck_assert_int_eq(ask(&c, "confirm-unsubscribe", "al@example.net"), 0);
	/* Also those of the site itself. */
	c.run.list = NULL;
	for (int i = 5; i < QUENCH_SITE_REPLIES; i++)
		ck_assert_int_eq(ask(&c, NULL, "al@example.net"), 1);
	ck_assert_int_eq(ask(&c, NULL, "al@example.net"), 0);
	listcase_end(&c);
}
END_TEST

START_TEST(test_no_directory)
{
	struct listcase c;
	struct list_places places;
	struct fault f = { 0 };

	listcase_begin(&c, NULL);
	places = *c.run.places;
	places.directory = "/nonexistent";
	c.run.places = &places;
	ck_assert_int_eq(quench_allows(&c.run, NULL, "al@example.net", &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_int_eq(quench_note(&c.run, NULL, "al@example.net", &f), -1);
	listcase_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_rates);
	tcase_add_test(tc, test_no_directory);
}

CHECK_MAIN(quench, add_tests)
