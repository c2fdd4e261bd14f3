/* SPDX-License-Identifier: ISC */
#include "route/targets.h"

#include <stdio.h>

#include "support/check_main.h"

static const struct fault unknown = { .kind = FAULT_PERM, .text = "unknown" };
static const struct fault loop = { .kind = FAULT_PERM, .text = "loop" };

#define AL .as = { .name = "al" }
#define BO .as = { .name = "bo" }

struct row {
	struct route_target a, b;
	bool same;
};

static const struct row rows[] = {
	{ { .kind = ROUTE_REMOTE, .recipient = "x@a.example" },
	  { .kind = ROUTE_REMOTE, .recipient = "x@A.Example" },
	  true },
	{ { .kind = ROUTE_REMOTE, .recipient = "x@a.example" },
	  { .kind = ROUTE_REMOTE, .recipient = "X@a.example" },
	  false },
	{ { .kind = ROUTE_MAILBOX, .recipient = "al@m", AL, .detail = "" },
	  { .kind = ROUTE_MAILBOX, .recipient = "AL@localhost", AL, .detail = "" },
	  true },
	{ { .kind = ROUTE_MAILBOX, .recipient = "al@m", AL, .detail = "" },
	  { .kind = ROUTE_MAILBOX, .recipient = "al+x@m", AL, .detail = "x" },
	  false },
	{ { .kind = ROUTE_MAILBOX, .recipient = "al@m", AL, .detail = "" },
	  { .kind = ROUTE_MAILBOX, .recipient = "bo@m", BO, .detail = "" },
	  false },
	{ { .kind = ROUTE_COMMAND, .recipient = "a@m", AL, .argument = "x" },
	  { .kind = ROUTE_COMMAND, .recipient = "b@m", AL, .argument = "x" },
	  true },
	{ { .kind = ROUTE_COMMAND, .recipient = "a@m", AL, .argument = "x" },
	  { .kind = ROUTE_COMMAND, .recipient = "a@m", BO, .argument = "x" },
	  false },
	{ { .kind = ROUTE_COMMAND, .recipient = "a@m", AL, .argument = "/x" },
	  { .kind = ROUTE_FILE, .recipient = "a@m", AL, .argument = "/x" },
	  false },
	{ { .kind = ROUTE_DISCARD, .recipient = "a@m" }, { .kind = ROUTE_DISCARD, .recipient = "b@m" }, true },
	{ { .kind = ROUTE_FAULT, .recipient = "a@m", .fault = &unknown },
	  { .kind = ROUTE_FAULT, .recipient = "a@m", .fault = &unknown },
	  true },
	{ { .kind = ROUTE_FAULT, .recipient = "a@m", .fault = &unknown },
	  { .kind = ROUTE_FAULT, .recipient = "a@m", .fault = &loop },
	  false },
};

START_TEST(test_add)
{
	const struct row *row = &rows[_i];
	struct arena a = { 0 };
	struct route_targets out;
	struct targets t;

	targets_init(&t);
	ck_assert_int_eq(targets_add(&t, &row->a), 0);
	ck_assert_int_eq(targets_add(&t, &row->b), 0);
	targets_finish(&t, &a, &out);
	ck_assert_uint_eq(out.n, row->same ? 1 : 2);
	if (row->a.recipient)
		ck_assert_str_eq(out.v[0].recipient, row->a.recipient);
	arena_clear(&a);
}
END_TEST

START_TEST(test_limit)
{
	struct arena a = { 0 };
	struct route_targets out;
	struct targets t;

	targets_init(&t);
	for (int i = 0; i <= ROUTE_TARGETS; i++) {
		struct route_target target = { .kind = ROUTE_REMOTE, .recipient = arena_printf(&a, "%d@a.example", i) };

		ck_assert_int_eq(targets_add(&t, &target), i < ROUTE_TARGETS ? 0 : -1);
	}
	ck_assert_int_eq(targets_add(&t, &(struct route_target){ .kind = ROUTE_REMOTE, .recipient = "7@a.example" }),
			 0);
	targets_finish(&t, &a, &out);
	ck_assert_uint_eq(out.n, ROUTE_TARGETS);
	ck_assert_str_eq(out.v[ROUTE_TARGETS - 1].recipient, "99999@a.example");
	arena_clear(&a);
}
END_TEST

START_TEST(test_give_up)
{
	struct arena a = { 0 };
	struct targets t;

	targets_init(&t);
	ck_assert_int_eq(targets_add(&t, &rows[0].a), 0);
	targets_finish(&t, &a, NULL);
	ck_assert_ptr_null(t.v);
	ck_assert_ptr_null(a.blocks);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_add, 0, COUNT(rows));
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_give_up);
}

CHECK_MAIN(targets, add_tests)
