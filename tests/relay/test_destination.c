/* SPDX-License-Identifier: ISC */
#include "relay/destination.h"

#include <stdio.h>

#include "base/clock.h"
#include "support/check_main.h"

static struct destinations all;
static struct active one, two;

static void setup(void)
{
	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	one.m.envelope = (struct envelope){ .id = "AAAAAAAAAAAAAAAA",
					    .arrived_us = 5000000,
					    .message_at = 100,
					    .message_size = 20,
					    .ret = ENVELOPE_RET_HDRS,
					    .body = ENVELOPE_8BITMIME };
	destinations_init(&all, 20);
}

static void teardown(void)
{
	arena_clear(&one.arena);
	arena_clear(&two.arena);
	destinations_clear(&all);
}

static struct destination *to(const char *nexthop)
{
	return destination_for(&all, &(struct worker_place){ .kind = WORKER_SMTP, .nexthop = nexthop });
}

static void add(struct destination *d, struct active *a, const char *address, const char *sender,
		const char *delivered_to)
{
	destination_add(d, a, &(struct job_rcpt){ .address = address }, sender, delivered_to, 3);
}

START_TEST(test_places)
{
	const struct worker_place places[] = {
		{ .kind = WORKER_LOCAL },
		{ .kind = WORKER_SMTP, .nexthop = "[a]:25" },
		{ .kind = WORKER_LMTP, .nexthop = "[a]:25" },
		{ .kind = WORKER_SMTP, .nexthop = "[b]:25" },
		{ .kind = WORKER_PIPE, .nexthop = "a", .command = "uux" },
		{ .kind = WORKER_PIPE, .nexthop = "b", .command = "uux" },
		{ .kind = WORKER_PIPE, .nexthop = "a", .command = "cat" },
	};
	struct destination *found[COUNT(places)];

	for (int i = 0; i < COUNT(places); i++) {
		found[i] = destination_for(&all, &places[i]);
		ck_assert_uint_eq(found[i]->limit, 20);
		ck_assert_int_eq(found[i]->place.kind, places[i].kind);
		for (int k = 0; k < i; k++)
			ck_assert_ptr_ne(found[i], found[k]);
	}
	for (int i = 0; i < COUNT(places); i++)
		ck_assert_ptr_eq(destination_for(&all, &places[i]), found[i]);
}
END_TEST

/* Two places whose names are long, and differ at their ends. */
START_TEST(test_long_places)
{
	char first[3000], second[3000];

	memset(first, 'x', sizeof(first) - 1);
	first[sizeof(first) - 1] = '\0';
	memcpy(second, first, sizeof(first));
	second[sizeof(second) - 2] = 'y';
	ck_assert_ptr_ne(destination_for(&all, &(struct worker_place){ .kind = WORKER_PIPE, .command = first }),
			 destination_for(&all, &(struct worker_place){ .kind = WORKER_PIPE, .command = second }));
}
END_TEST

START_TEST(test_one_task)
{
	struct destination *d = to("[a]:25");
	struct task *t;

	add(d, &one, "a@x", "s@x", NULL);
	add(d, &one, "b@x", "s@x", NULL);
	add(d, &one, "c@x", "s@x", NULL);
	/* The limit of recipients. */
	add(d, &one, "d@x", "s@x", NULL);
	t = destination_take(d);
	ck_assert_ptr_eq(t->active, &one);
	ck_assert_uint_eq(t->job.n, 3);
	ck_assert_str_eq(t->job.rcpts[2].address, "c@x");
	ck_assert_str_eq(t->job.id, "AAAAAAAAAAAAAAAA");
	ck_assert_int_eq(t->job.at, 100);
	ck_assert_int_eq(t->job.size, 20);
	ck_assert_int_eq(t->job.arrived, 5);
	ck_assert(t->job.is_8bit);
	ck_assert_str_eq(t->job.ret, "HDRS");
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(t->open[i], 1);
	t = destination_take(d);
	ck_assert_uint_eq(t->job.n, 1);
	ck_assert_ptr_null(d->head);
	/* What was taken is not added to any more. */
	add(d, &one, "e@x", "s@x", NULL);
	ck_assert_uint_eq(t->job.n, 1);
	t = destination_take(d);
	ck_assert_str_eq(t->job.rcpts[0].address, "e@x");
}
END_TEST

/* What differs in more than the recipient cannot go in one transaction. */
START_TEST(test_kept_apart)
{
	struct destination *d = to("[a]:25");
	static const struct {
		int which;
		const char *sender, *delivered_to;
	} rows[] = {
		{ 1, "s@x", NULL },	 { 1, "owner@x", NULL },  { 1, "owner@x", "l@m" },
		{ 1, "owner@x", "k@m" }, { 2, "owner@x", "k@m" },
	};
	uint32_t numbers[COUNT(rows)];

	for (int i = 0; i < COUNT(rows); i++)
		add(d, rows[i].which == 1 ? &one : &two, "a@x", rows[i].sender, rows[i].delivered_to);
	for (int i = 0; i < COUNT(rows); i++) {
		struct task *t = destination_take(d);

		ck_assert_uint_eq(t->job.n, 1);
		ck_assert_str_eq(t->job.sender, rows[i].sender);
		ck_assert_pstr_eq(t->job.delivered_to, rows[i].delivered_to);
		numbers[i] = t->job.number;
		for (int k = 0; k < i; k++)
			ck_assert_uint_ne(numbers[i], numbers[k]);
	}
	ck_assert_ptr_null(d->head);
}
END_TEST

/* No task grows beyond what a packet takes. */
START_TEST(test_bytes)
{
	struct destination *d = to("[a]:25");
	static char long_address[1001];
	uint32_t n = 0;

	memset(long_address, 'x', 1000);
	for (int i = 0; i < 200; i++)
		destination_add(d, &one, &(struct job_rcpt){ .address = long_address }, "s@x", NULL, 1000);
	while (d->head) {
		struct task *t = destination_take(d);
		size_t bytes = 0;

		for (uint32_t i = 0; i < t->job.n; i++)
			bytes += job_rcpt_size(&t->job.rcpts[i]);
		ck_assert_uint_lt(bytes, JOB_PACKET_MAX);
		n += t->job.n;
	}
	ck_assert_uint_eq(n, 200);
}
END_TEST

START_TEST(test_put_back)
{
	struct destination *d = to("[a]:25");
	struct task *t;

	add(d, &one, "a@x", "s@x", NULL);
	t = destination_take(d);
	t->open[0] = 5;
	destination_put_back(d, t);
	add(d, &two, "b@x", "s@x", NULL);
	/* First again, and as it was. */
	ck_assert_ptr_eq(destination_take(d), t);
	ck_assert_uint_eq(t->open[0], 5);
	destination_put_back(d, t);
	ck_assert_ptr_eq(destination_take(d), t);
	ck_assert_ptr_eq(destination_take(d)->active, &two);
	ck_assert_ptr_null(d->head);
	add(d, &two, "c@x", "s@x", NULL);
	ck_assert_ptr_nonnull(d->head);
}
END_TEST

START_TEST(test_dead)
{
	struct destination *d = to("[a]:25");

	ck_assert(!destination_is_dead(d));
	d->dead_until = clock_mono_ms() + 10000;
	ck_assert(destination_is_dead(d));
	d->dead_until = clock_mono_ms() - 1;
	ck_assert(!destination_is_dead(d));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_places);
	tcase_add_test(tc, test_long_places);
	tcase_add_test(tc, test_one_task);
	tcase_add_test(tc, test_kept_apart);
	tcase_add_test(tc, test_bytes);
	tcase_add_test(tc, test_put_back);
	tcase_add_test(tc, test_dead);
}

CHECK_MAIN(destination, add_tests)
