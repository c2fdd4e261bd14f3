/* SPDX-License-Identifier: ISC */
#include "list/forward.h"

#include "list/members.h"
#include "support/check_main.h"
#include "support/listcase.h"

static const struct {
	const char *text;
	int want;
} rows[] = {
	{ "From: a@b.example\n\nhello\n", 0 },
	{ "From: a@b.example\n\ncaf\xc3\xa9\n", 0 },
	{ "X-Loop: other@example.org\nFrom: a@b.example\n\nhello\n", 0 },
	{ "From: a@b.example\nx-loop:  Friends+Owner@example.org\n\nhello\n", -1 },
	/* In the body it is only text. */
	{ "From: a@b.example\n\nX-Loop: friends+owner@example.org\n", 0 },
};

START_TEST(test_forward)
{
	const struct member second = { .address = SPAN("second@example.net") };
	struct listcase c;
	struct fault f = { 0 };

	listcase_begin(&c, NULL);
	members_add(&c.list, "owners", &second, NULL);
	listcase_incoming(&c, "a@b.example", "friends+owner@example.org", rows[_i].text);
	ck_assert_msg(forward_to_owners(&c.run, &f) == rows[_i].want, "%s", f.text);
	ck_assert_uint_eq(c.n, rows[_i].want == 0);
	if (c.n) {
		ck_assert_str_eq(c.sent[0].to, "boss@example.net second@example.net");
		ck_assert_str_eq(c.sent[0].sender, "friends+bounces@example.org");
		ck_assert_str_eq(c.sent[0].text,
				 arena_printf(&c.arena, "X-Loop: friends+owner@example.org\n%s", rows[_i].text));
	}
	listcase_end(&c);
}
END_TEST

START_TEST(test_nobody)
{
	struct listcase c;
	struct fault f = { 0 };

	listcase_begin(&c, NULL);
	members_remove(&c.list, "owners", "boss@example.net", NULL);
	listcase_incoming(&c, "a@b.example", "friends+owner@example.org", rows[0].text);
	ck_assert_int_eq(forward_to_owners(&c.run, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_PERM);
	listcase_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_forward, 0, COUNT(rows));
	tcase_add_test(tc, test_nobody);
}

CHECK_MAIN(forward, add_tests)
