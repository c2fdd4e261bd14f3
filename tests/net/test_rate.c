/* SPDX-License-Identifier: ISC */
#include "net/rate.h"

#include <sys/wait.h>
#include <unistd.h>

#include "support/check_main.h"

static struct rate r;

static void setup(void)
{
	struct fault f;

	ck_assert_int_eq(rate_init(&r, &f), 0);
}

static void teardown(void)
{
	rate_clear(&r);
}

static struct addr client(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

/* Each row: who comes, at which second, and how often that was. */
static const struct {
	const char *who;
	int64_t second;
	uint32_t want;
} visits[] = {
	{ "192.0.2.1", 0, 1 },	{ "192.0.2.1", 1, 2 },	  { "192.0.2.2", 1, 1 },  { "2001:db8::", 1, 1 },
	{ "192.0.2.1", 59, 3 }, { "192.0.2.1", 60, 1 },	  { "192.0.2.1", 61, 2 }, { "192.0.2.2", 61, 1 },
	{ "2001:db8::", 2, 2 }, { "192.0.2.1", 1000, 1 },
};

START_TEST(test_minutes)
{
	for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
		struct addr a = client(visits[i].who);

		ck_assert_msg(rate_count(&r, &a, visits[i].second * 1000) == visits[i].want, "row %zu", i);
	}
}
END_TEST

/* All processes count together. */
START_TEST(test_processes)
{
	struct addr a = client("192.0.2.1");

	for (int i = 0; i < 5; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			rate_count(&r, &a, 0);
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	}
	ck_assert_uint_eq(rate_count(&r, &a, 0), 6);
}
END_TEST

/* More clients than there are places: who comes all the time keeps his. */
START_TEST(test_crowd)
{
	/* One a millisecond, so that all of it is within a minute. */
	enum { VISITS = 10 * RATE_CLIENTS, OFTEN = 64 };
	struct addr busy = client("192.0.2.1"), other = client("2001:db8::");
	uint32_t count = 0;

	for (uint32_t i = 1; i <= VISITS; i++) {
		memcpy(other.bytes + 4, &i, sizeof(i));
		ck_assert_uint_eq(rate_count(&r, &other, i), 1);
		if (i % OFTEN == 0)
			count = rate_count(&r, &busy, i);
	}
	ck_assert_uint_eq(count, VISITS / OFTEN);
}
END_TEST

START_TEST(test_off)
{
	struct rate none = { .places = NULL };
	struct addr a = client("192.0.2.1");

	ck_assert_uint_eq(rate_count(&none, &a, 0), 0);
	rate_clear(&none);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_minutes);
	tcase_add_test(tc, test_processes);
	tcase_add_test(tc, test_crowd);
	tcase_add_test(tc, test_off);
}

CHECK_MAIN(rate, add_tests)
