/* SPDX-License-Identifier: ISC */
#include "relay/destination.h"

#include <stdio.h>

#include "base/clock.h"
#include "support/check_main.h"

static struct destinations all;
static struct active one, two;
static struct envelope_rcpt rcpts[10000];

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
	one.m.envelope.rcpts = two.m.envelope.rcpts = rcpts;
	destinations_init(&all, 20, 20);
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
	a->m.envelope.rcpts = rcpts;
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
	ck_assert_uint_eq(d->n, 0);
	/* What was taken is not added to any more. */
	add(d, &one, "e@x", "s@x", NULL);
	ck_assert_uint_eq(t->job.n, 1);
	t = destination_take(d);
	ck_assert_str_eq(t->job.rcpts[0].address, "e@x");
}
END_TEST

/* Recipients who have the same patch, or none, go together. */
START_TEST(test_patches)
{
	struct destination *d = to("[a]:25");
	static const char *const puts[] = { NULL, "abc", "xyz" };
	static const struct {
		uint32_t n;
		const char *patch;
	} want[] = { { 2, NULL }, { 1, "abc" }, { 1, "xyz" } };

	one.m.envelope.patch_at = 7;
	one.m.envelope.patch_size = 3;
	for (uint32_t i = 0; i < COUNT(puts); i++)
		rcpts[i].put = puts[i];
	for (uint32_t i = 0; i < 4; i++)
		destination_add(d, &one, &(struct job_rcpt){ .index = i ? i - 1 : 0, .address = "a@x" }, "s@x", NULL,
				9);
	for (int i = 0; i < COUNT(want); i++) {
		struct task *t = destination_take(d);

		ck_assert_uint_eq(t->job.n, want[i].n);
		ck_assert_pstr_eq(t->job.patch.text, want[i].patch);
		ck_assert_int_eq(t->job.patch.at, 7);
	}
	memset(rcpts, 0, sizeof(rcpts));
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
	ck_assert_uint_eq(d->n, 0);
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
	while (d->n > 0) {
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
	ck_assert_uint_eq(d->n, 0);
	add(d, &two, "c@x", "s@x", NULL);
	ck_assert_uint_eq(d->n, 1);
}
END_TEST

/* A message with many recipients in many tasks does not come before those that have one. */
START_TEST(test_fair)
{
	static const struct {
		int which;
		const char *address;
	} want[] = { { 1, "1a@x" }, { 2, "2a@x" }, { 1, "1b@x" }, { 2, "2b@x" }, { 1, "1c@x" }, { 1, "1d@x" } };
	struct destination *d = to("[a]:25");
	struct active late = { .m.envelope = { .id = "CCCCCCCCCCCCCCCC" } };
	const char *many[] = { "1a@x", "1b@x", "1c@x", "1d@x" };

	one.several = two.several = true;
	for (int i = 0; i < 4; i++)
		destination_add(d, &one, &(struct job_rcpt){ .address = many[i] }, "s@x", NULL, 1);
	destination_add(d, &two, &(struct job_rcpt){ .address = "2a@x" }, "s@x", NULL, 1);
	destination_add(d, &two, &(struct job_rcpt){ .address = "2b@x" }, "s@x", NULL, 1);
	for (int i = 0; i < COUNT(want); i++) {
		struct task *t = destination_take(d);

		ck_assert_str_eq(t->job.rcpts[0].address, want[i].address);
		ck_assert_ptr_eq(t->active, want[i].which == 1 ? &one : &two);
		/* Who comes now does not begin at the rounds that are over: those who are there need not wait. */
		if (i == 3)
			add(d, &late, "3a@x", "s@x", NULL);
		if (i == 4)
			ck_assert_str_eq(destination_take(d)->job.rcpts[0].address, "3a@x");
	}
	ck_assert_uint_eq(d->n, 0);
	arena_clear(&late.arena);
}
END_TEST

START_TEST(test_priority)
{
	static const int priorities[] = { 0, -9, 3, 9, 3 };
	static const int want[] = { 3, 2, 4, 0, 1 };
	struct destination *d = to("[a]:25");
	struct active messages[COUNT(priorities)] = { 0 };

	for (int i = 0; i < COUNT(priorities); i++) {
		messages[i].m.envelope.priority = priorities[i];
		add(d, &messages[i], "a@x", "s@x", NULL);
	}
	for (int i = 0; i < COUNT(want); i++)
		ck_assert_ptr_eq(destination_take(d)->active, &messages[want[i]]);
	for (int i = 0; i < COUNT(priorities); i++)
		arena_clear(&messages[i].arena);
}
END_TEST

/* Many tasks in any order come out in theirs. */
START_TEST(test_many)
{
	enum { N = 500 };
	struct destination *d = to("[a]:25");
	struct task *first;

	for (int i = 0; i < N; i++)
		destination_add(d, &one, &(struct job_rcpt){ .index = (uint32_t)i, .address = "a@x" }, "s@x", NULL, 1);
	first = destination_take(d);
	destination_put_back(d, first);
	ck_assert_uint_eq(d->n, N);
	for (uint32_t i = 0; i < N; i++)
		ck_assert_uint_eq(destination_take(d)->job.rcpts[0].index, i);
}
END_TEST

START_TEST(test_turns)
{
	struct destination *a = to("[a]:25"), *b = to("[b]:25"), *c = to("[c]:25"), *d;

	ck_assert_ptr_null(destinations_next(&all));
	add(a, &one, "a@x", "s@x", NULL);
	add(b, &one, "a@x", "s@x", NULL);
	add(b, &one, "b@x", "s@x", NULL);
	add(c, &one, "a@x", "s@x", NULL);
	ck_assert_uint_eq(all.nwaiting, 3);
	ck_assert_ptr_eq(destinations_next(&all), a);
	destinations_put_back(&all, a);
	ck_assert_ptr_eq(destinations_next(&all), b);
	ck_assert_ptr_eq(destinations_next(&all), c);
	destination_take(c);
	/* It has none any more. */
	destinations_put_back(&all, c);
	b->next_waiting = NULL;
	destinations_put_first(&all, b);
	ck_assert_uint_eq(all.nwaiting, 2);
	ck_assert_ptr_eq(destinations_next(&all), b);
	d = destinations_next(&all);
	ck_assert_ptr_eq(d, a);
	destinations_put_first(&all, NULL);
	ck_assert_ptr_null(destinations_next(&all));
	add(c, &one, "a@x", "s@x", NULL);
	ck_assert_ptr_eq(destinations_next(&all), c);
}
END_TEST

/* From 5 to 20 by one for each delivery without a failure; slowly where it was too much. */
START_TEST(test_window)
{
	struct destinations few;
	struct destination *d;
	int n = 0;

	destinations_init(&few, 20, 5);
	d = destination_for(&few, &(struct worker_place){ .kind = WORKER_LOCAL });
	ck_assert_uint_eq(d->limit, 20);
	d = destination_for(&few, &(struct worker_place){ .kind = WORKER_SMTP, .nexthop = "a" });
	ck_assert_uint_eq(d->limit, 5);
	while (d->limit < 20 && n < 10000) {
		destination_grow(d);
		n++;
	}
	ck_assert_int_eq(n, 15);
	for (int i = 0; i < 1000; i++)
		destination_grow(d);
	ck_assert_uint_eq(d->limit, 20);
	destination_shrink(d, 7);
	ck_assert_uint_eq(d->limit, 7);
	for (int i = 0; i < LIMIT_RAISE - 1; i++)
		destination_grow(d);
	ck_assert_uint_eq(d->limit, 7);
	destination_grow(d);
	ck_assert_uint_eq(d->limit, 8);
	destination_shrink(d, 0);
	ck_assert_uint_eq(d->limit, 1);
	destinations_clear(&few);
}
END_TEST

static long pause_of(const struct destination *d)
{
	return (long)((d->dead_until - d->died) / 1000);
}

START_TEST(test_dead)
{
	static const long pauses[] = { 300, 600, 1200, 2400, 4000, 4000 };
	const struct fault why = { .kind = FAULT_TEMP, .reply = 451, .status = "4.4.1", .text = "no" };
	struct destination *d = to("[a]:25");

	ck_assert(!destination_is_dead(d));
	for (int i = 0; i < COUNT(pauses); i++) {
		destination_die(d, 300, 4000, &why);
		ck_assert(destination_is_dead(d));
		ck_assert_int_eq(pause_of(d), pauses[i]);
		ck_assert_str_eq(d->why.text, "delivery temporarily suspended: no");
		d->dead_until = clock_mono_ms() - 1;
		ck_assert(!destination_is_dead(d));
	}
	destination_live(d);
	ck_assert(d->proven);
	destination_die(d, 300, 4000, &why);
	ck_assert_int_eq(pause_of(d), 300);
	/* Asked for before it was found dead, and after. */
	destination_revive(d, d->died - 1);
	ck_assert(destination_is_dead(d));
	destination_revive(d, 0);
	ck_assert(destination_is_dead(d));
	destination_revive(d, d->died + 1);
	ck_assert(!destination_is_dead(d));
	/* For ever: it does not overflow. */
	for (int i = 0; i < 1000; i++)
		destination_die(d, 1, 1L << 30, &why);
	ck_assert_int_eq(pause_of(d), 1L << 30);
}
END_TEST

/* Who was put off until the pause was over comes by himself. */
START_TEST(test_put_off)
{
	const struct fault why = { .kind = FAULT_TEMP };
	struct destination *d = to("[a]:25");

	destination_die(d, 300, 4000, &why);
	tray_add(&d->put_off, "AAAAAAAAAAAAAAAA");
	destination_revive(d, d->died + 1);
	destination_die(d, 300, 4000, &why);
	ck_assert_uint_eq(tray_count(&d->put_off), 1);
	d->dead_until = clock_mono_ms() - 1;
	destination_die(d, 300, 4000, &why);
	ck_assert_uint_eq(tray_count(&d->put_off), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_places);
	tcase_add_test(tc, test_long_places);
	tcase_add_test(tc, test_one_task);
	tcase_add_test(tc, test_kept_apart);
	tcase_add_test(tc, test_patches);
	tcase_add_test(tc, test_bytes);
	tcase_add_test(tc, test_put_back);
	tcase_add_test(tc, test_fair);
	tcase_add_test(tc, test_priority);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_turns);
	tcase_add_test(tc, test_window);
	tcase_add_test(tc, test_dead);
	tcase_add_test(tc, test_put_off);
}

CHECK_MAIN(destination, add_tests)
