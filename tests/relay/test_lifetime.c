/* SPDX-License-Identifier: ISC */
#include "relay/lifetime.h"

#include "support/check_main.h"

enum { DAY = 24 * 3600, ATTEMPTS = 10 };

#define NOW    INT64_C(1800000000)
#define SECOND INT64_C(1000000)

static const struct relay_rules rules = {
	.minimal_backoff = 300, .maximal_backoff = 4000, .queue_lifetime = 5 * DAY, .bounce_lifetime = DAY
};

/* `at`: times of attempts, negative where offline, 0 at the end. */
static void make(struct envelope *e, struct envelope_attempt attempts[ATTEMPTS], const int64_t *at)
{
	*e = (struct envelope){ .sender = "al@m.example", .arrived_us = (NOW - 10 * DAY) * SECOND };
	for (int i = 0; at[i]; i++) {
		attempts[i] = (struct envelope_attempt){ .at = at[i] < 0 ? -at[i] : at[i], .offline = at[i] < 0 };
		if (i > 0)
			attempts[i - 1].next = &attempts[i];
		e->attempts = attempts;
		e->last_attempt = &attempts[i];
	}
}

static const struct {
	int64_t at[ATTEMPTS];
	bool offline;
	int64_t used;
} used[] = {
	/* Never tried: nothing is used up, however old it is. */
	{ { 0 }, false, 0 },
	{ { NOW - 300 }, false, 300 },
	{ { NOW - 300 }, true, 0 },
	{ { NOW - 900, NOW - 600, NOW - 300 }, false, 900 },
	/* Off for a week: as a day. */
	{ { NOW - 7 * DAY, NOW - 300 }, false, DAY + 300 },
	{ { NOW - 7 * DAY - 300, NOW - 7 * DAY }, false, DAY + 300 },
	/* Begun in 1970, then the clock was set. */
	{ { 50, 350, NOW - 300 }, false, 300 + DAY + 300 },
	/* Set back by a year, and by a minute. */
	{ { NOW + 365 * DAY, NOW - 300 }, false, 300 },
	{ { NOW + 60 }, false, 0 },
	/* Without a network. */
	{ { NOW - 900, -(NOW - 600), -(NOW - 300) }, false, 300 },
	{ { NOW - 900, -(NOW - 600), NOW - 300 }, false, 600 },
	{ { NOW - 6 * DAY, NOW - 5 * DAY, NOW - 4 * DAY, NOW - 3 * DAY, NOW - 2 * DAY, NOW - DAY }, false, 6 * DAY },
};

START_TEST(test_used)
{
	struct envelope_attempt attempts[ATTEMPTS];
	struct envelope e;

	make(&e, attempts, used[_i].at);
	ck_assert_int_eq(lifetime_used(&rules, &e, NOW, used[_i].offline), used[_i].used);
	ck_assert_int_eq(lifetime_is_over(&rules, &e, NOW, used[_i].offline), used[_i].used > rules.queue_lifetime);
	e.sender = "";
	ck_assert_int_eq(lifetime_is_over(&rules, &e, NOW, used[_i].offline),
			 lifetime_used(&rules, &e, NOW, used[_i].offline) > DAY);
}
END_TEST

/* A lifetime of 0 is one attempt; a short one is not stretched. */
START_TEST(test_short)
{
	struct relay_rules short_rules = rules;
	struct envelope_attempt attempts[ATTEMPTS];
	struct envelope e;

	make(&e, attempts, (const int64_t[]){ 0 });
	short_rules.queue_lifetime = 0;
	ck_assert(lifetime_is_over(&short_rules, &e, NOW, false));
	ck_assert(lifetime_is_over(&short_rules, &e, NOW, true));
	make(&e, attempts, (const int64_t[]){ NOW - 3700, 0 });
	short_rules.queue_lifetime = 3600;
	ck_assert(lifetime_is_over(&short_rules, &e, NOW, false));
}
END_TEST

static const struct {
	int64_t arrived, hold, first, now, age;
	long pause;
} ages[] = {
	{ NOW - 1000, 0, 0, NOW, 1000, 1000 },
	{ NOW - 10, 0, 0, NOW, 10, 300 },
	{ NOW - DAY, 0, 0, NOW, DAY, 4000 },
	/* It was to be tried later. */
	{ NOW - DAY, NOW - 1000, 0, NOW, 1000, 1000 },
	/* From the future. */
	{ NOW + DAY, 0, 0, NOW, 0, 300 },
	{ NOW + DAY, 0, NOW - 700, NOW, 700, 700 },
	/* Queued by a clock that was not set. */
	{ 1000, 0, 0, NOW, 0, 300 },
	{ 1000, 0, NOW - 2000, NOW, 2000, 2000 },
	{ 1000, 0, 1300, NOW, 0, 300 },
	/* The clock is not set yet. */
	{ 1000, 0, 0, 1500, 500, 500 },
	{ NOW, 0, 0, 1500, 0, 300 },
};

START_TEST(test_age)
{
	struct envelope_attempt first = { .at = ages[_i].first };
	struct envelope e = { .sender = "",
			      .arrived_us = ages[_i].arrived * SECOND,
			      .hold_until = ages[_i].hold,
			      .attempts = ages[_i].first ? &first : NULL };

	ck_assert_int_eq(lifetime_age(&e, ages[_i].now), ages[_i].age);
	ck_assert_int_eq(lifetime_due(&rules, &e, ages[_i].now), ages[_i].now + ages[_i].pause);
}
END_TEST

START_TEST(test_end)
{
	struct envelope_attempt attempts[ATTEMPTS];
	struct envelope e;

	make(&e, attempts, (const int64_t[]){ NOW - 1000, 0 });
	ck_assert_int_eq(lifetime_end(&rules, &e, NOW), NOW + 5 * DAY - 1000);
	ck_assert(!lifetime_is_late(&e, NOW));
	e.deliver_by = (struct envelope_by){ .mode = ENVELOPE_BY_RETURN, .at = NOW + 60 };
	ck_assert_int_eq(lifetime_end(&rules, &e, NOW), NOW + 60);
	ck_assert(!lifetime_is_late(&e, NOW));
	ck_assert(lifetime_is_late(&e, NOW + 60));
	e.deliver_by.mode = ENVELOPE_BY_NOTIFY;
	ck_assert_int_eq(lifetime_end(&rules, &e, NOW), NOW + 5 * DAY - 1000);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_used, 0, COUNT(used));
	tcase_add_test(tc, test_short);
	tcase_add_loop_test(tc, test_age, 0, COUNT(ages));
	tcase_add_test(tc, test_end);
}

CHECK_MAIN(lifetime, add_tests)
