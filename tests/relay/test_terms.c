/* SPDX-License-Identifier: ISC */
#include "relay/terms.h"

#include <stdlib.h>
#include <time.h>

#include "support/check_main.h"

/* 2025-11-24T16:00:00Z */
#define NOW INT64_C(1764000000)

static const struct {
	const char *text;
	int64_t when; /* 0: it is none */
} times[] = {
	{ "+2h", NOW + 7200 },
	{ "+90", NOW + 90 },
	{ "+0", NOW },
	{ "@1764000001", NOW + 1 },
	{ "2025-11-24T16:00:05Z", NOW + 5 },
	{ "2025-11-24 16:01Z", NOW + 60 },
	{ "2025-11-24T17:00+01:00", NOW },
	{ "2025-11-24T11:30:00-0430", NOW },
	/* TZ is an hour east of UTC. */
	{ "2025-11-24T17:00", NOW },
	{ "2025-11-24 17:00:01", NOW + 1 },
	{ "2028-02-29T00:00Z", 1835395200 },
	{ "", 0 },
	{ "+", 0 },
	{ "2h", 0 },
	{ "@", 0 },
	{ "@-5", 0 },
	{ "+-5", 0 },
	{ "tomorrow", 0 },
	{ "2025-11-24", 0 },
	{ "2025-11-24T16:00:05X", 0 },
	{ "2025-11-24T16:00:05+1", 0 },
	{ "2025-11-24T16:00:05+99:00", 0 },
	{ "2025-11-24T16:00:05+01:60", 0 },
	{ "2025-11-24T16:00:05+01x00", 0 },
	{ "2025-11-24T25:00Z", 0 },
	{ "2027-02-29T00:00Z", 0 },
	{ "2026-02-31T00:00", 0 },
	{ "2026-11-24T16:00Z\nX", 0 },
	/* Over, or too far away. */
	{ "@1", 0 },
	{ "2025-11-24T15:59:59Z", 0 },
	{ "@9999999999", 0 },
	{ "@99999999999999999999", 0 },
};

START_TEST(test_hold)
{
	struct envelope e = { 0 };
	struct fault f = { 0 };

	setenv("TZ", "LOC-1", 1);
	tzset();
	ck_assert_int_eq(terms_set_hold(&e, times[_i].text, NOW, &f), times[_i].when ? 0 : -1);
	ck_assert_int_eq(e.hold_until, times[_i].when);
	if (!times[_i].when)
		ck_assert_int_eq(f.kind, FAULT_USAGE);
}
END_TEST

static const struct {
	const char *text;
	int64_t after;
	enum envelope_by_mode mode;
} durations[] = {
	{ "2h", 7200, ENVELOPE_BY_RETURN },
	{ "30", 30, ENVELOPE_BY_RETURN },
	{ "30s,return", 30, ENVELOPE_BY_RETURN },
	{ "1d,notify", 86400, ENVELOPE_BY_NOTIFY },
	{ "1d,NOTIFY", 86400, ENVELOPE_BY_NOTIFY },
	{ "", 0, 0 },
	{ "0", 0, 0 },
	{ "-5", 0, 0 },
	{ ",notify", 0, 0 },
	{ "2h,perhaps", 0, 0 },
	{ "2h notify", 0, 0 },
	{ "1000000000", 0, 0 },
	{ "1111111111111111111111111111111111111111111111111", 0, 0 },
};

START_TEST(test_deadline)
{
	struct envelope e = { 0 };
	struct fault f = { 0 };

	ck_assert_int_eq(terms_set_deadline(&e, durations[_i].text, NOW, &f), durations[_i].after ? 0 : -1);
	if (!durations[_i].after) {
		ck_assert_int_eq(f.kind, FAULT_USAGE);
		return;
	}
	ck_assert_int_eq(e.deliver_by.mode, durations[_i].mode);
	ck_assert_int_eq(e.deliver_by.at, NOW + durations[_i].after);
	/* It begins when it may be delivered. */
	e.hold_until = NOW + 1000;
	ck_assert_int_eq(terms_set_deadline(&e, durations[_i].text, NOW, &f), 0);
	ck_assert_int_eq(e.deliver_by.at, NOW + 1000 + durations[_i].after);
	ck_assert_int_eq(envelope_check(&(struct envelope){ .sender = "",
							    .rcpts = &(struct envelope_rcpt){ .address = "a@b" },
							    .n = 1,
							    .deliver_by = e.deliver_by },
					&f),
			 0);
}
END_TEST

START_TEST(test_priority)
{
	static const struct {
		const char *text;
		int rc, want;
	} rows[] = { { "0", 0, 0 },   { "9", 0, 9 },	{ "-9", 0, -9 },   { "+3", 0, 3 },
		     { "10", -1, 0 }, { "-10", -1, 0 }, { "high", -1, 0 }, { "", -1, 0 },
		     { "-", -1, 0 },  { "+-3", -1, 0 }, { "3 ", -1, 0 } };

	for (int i = 0; i < COUNT(rows); i++) {
		struct envelope e = { 0 };
		struct fault f;

		ck_assert_int_eq(terms_set_priority(&e, rows[i].text, &f), rows[i].rc);
		ck_assert_int_eq(e.priority, rows[i].want);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_hold, 0, COUNT(times));
	tcase_add_loop_test(tc, test_deadline, 0, COUNT(durations));
	tcase_add_test(tc, test_priority);
}

CHECK_MAIN(terms, add_tests)
