/* SPDX-License-Identifier: ISC */
#include "route/localpart.h"

#include "support/check_main.h"

struct row {
	const char *delimiters, *address;
	const char *want; /* "local|user|detail|domain" */
};

static const struct row rows[] = {
	{ "+", "al@m.example", "al|al||m.example" },
	{ "+", "al", "al|al||" },
	{ "+", "al+lists@m.example", "al+lists|al|lists|m.example" },
	{ "+", "al+a+b", "al+a+b|al|a+b|" },
	{ "+", "al+", "al+|al||" },
	{ "+", "+al", "+al|+al||" },
	{ "+", "++al", "++al|+|al|" },
	{ "", "al+x", "al+x|al+x||" },
	{ NULL, "al+x", "al+x|al+x||" },
	{ "+-", "al-x+y", "al-x+y|al|x+y|" },
	{ "-", "al-x", "al-x|al|x|" },
	{ "-", "owner-list", "owner-list|owner-list||" },
	{ "-", "list-request", "list-request|list-request||" },
	{ "+-", "owner-list+x", "owner-list+x|owner-list+x||" },
	{ "-", "mailer-daemon", "mailer-daemon|mailer-daemon||" },
	{ "-", "Postmaster", "Postmaster|Postmaster||" },
	{ "+", "root+x", "root+x|root|x|" },
	{ "+", "\"al\"@m.example", "al|al||m.example" },
	{ "+", "\"a \\\"b\\\\\"@m.example", "a \"b\\|a \"b\\||m.example" },
	{ "+", "\"\\al\"@m.example", "al|al||m.example" },
	{ "+", "\"al\\\"", "al\\|al\\||" },
	{ "+", "\"al+x y\"", "al+x y|al|x y|" },
	{ "+", "\"\"@m.example", "|||m.example" },
	{ "+", "\"a@b\"@m.example", "a@b|a@b||m.example" },
	{ "+", "../../x@m.example", "../../x|../../x||m.example" },
	{ "+", "al+/../../tmp", "al+/../../tmp|al|/../../tmp|" },
	{ "+", "", "|||" },
};

START_TEST(test_split)
{
	const struct row *row = &rows[_i];
	struct arena a = { 0 };
	struct localpart p;

	localpart_split(&a, row->delimiters, span_str(row->address), &p);
	ck_assert_str_eq(arena_printf(&a, "%.*s|%.*s|%.*s|%.*s", SPAN_ARG(p.local), SPAN_ARG(p.user),
				      SPAN_ARG(p.detail), SPAN_ARG(p.domain)),
			 row->want);
	arena_clear(&a);
}
END_TEST

START_TEST(test_administrator)
{
	static const char *const yes[] = { "postmaster", "POSTMASTER", "Mailer-Daemon", "root" };
	static const char *const no[] = { "", "postmaste", "postmasters", "roo", "al" };

	for (int i = 0; i < COUNT(yes); i++)
		ck_assert_msg(localpart_is_administrator(span_str(yes[i])), "%s", yes[i]);
	for (int i = 0; i < COUNT(no); i++)
		ck_assert_msg(!localpart_is_administrator(span_str(no[i])), "%s", no[i]);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_split, 0, COUNT(rows));
	tcase_add_test(tc, test_administrator);
}

CHECK_MAIN(localpart, add_tests)
