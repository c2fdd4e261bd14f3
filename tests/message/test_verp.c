/* SPDX-License-Identifier: ISC */
#include "message/verp.h"

#include "support/check_main.h"

START_TEST(test_delimiters)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "+=", true },	  { "-=", true },  { "==", true },  { "", false },    { "+", false },
		{ "+=-", false }, { "+a", false }, { "@=", false }, { "=\n", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(verp_is_delimiters(span_str(rows[i].text)) == rows[i].good, "\"%s\"", rows[i].text);
	/* A NUL is no end of the list of those that are allowed. */
	ck_assert(!verp_is_delimiters(SPAN("+\0")));
}
END_TEST

START_TEST(test_sender)
{
	static const struct {
		const char *sender, *recipient, *delimiters, *want;
	} rows[] = {
		{ "owner@example.org", "al@example.net", "+=", "owner+al=example.net@example.org" },
		{ "a-b@example.org", "c+d@example.net", "-=", "a-b-c+d=example.net@example.org" },
		{ "owner@example.org", "al@[192.0.2.1]", "+=", NULL },
		{ "owner@example.org", "\"a b\"@example.net", "+=", NULL },
		{ "owner@example.org", "d\303\266rte@example.net", "+=", "owner+d\303\266rte=example.net@example.org" },
		{ "", "al@example.net", "+=", NULL },
		{ "owner", "al@example.net", "+=", NULL },
		{ "owner@example.org", "al", "+=", NULL },
	};
	struct arena a = { NULL };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *made =
			verp_sender(&a, span_str(rows[i].sender), span_str(rows[i].recipient), rows[i].delimiters);

		if (rows[i].want)
			ck_assert_str_eq(made, rows[i].want);
		else
			ck_assert_msg(!made, "%s, %s: %s", rows[i].sender, rows[i].recipient, made);
	}
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, test_delimiters);
	tcase_add_test(t, test_sender);
}

CHECK_MAIN(verp, add_tests)
