/* SPDX-License-Identifier: ISC */
#include "relay/worklist.h"

#include "base/clock.h"
#include "support/check_main.h"
#include "support/station.h"

#define A "AAAAAAAAAAAAAAAA"
#define B "BBBBBBBBBBBBBBBB"
#define C "CCCCCCCCCCCCCCCC"

static void takes(struct worklist *w, const char *want, bool want_asked)
{
	struct worklist_turn turn;

	ck_assert(worklist_take(w, &turn));
	ck_assert_str_eq(turn.id, want);
	ck_assert_int_eq(turn.asked != 0, want_asked);
}

START_TEST(test_order)
{
	struct worklist w;
	struct worklist_turn turn;

	worklist_init(&w);
	ck_assert(!worklist_is_due(&w));
	ck_assert(!worklist_take(&w, &turn));
	worklist_defer(&w, clock_wall() - 10, C);
	ck_assert(worklist_is_due(&w));
	worklist_add(&w, B, false);
	worklist_add(&w, A, true);
	/* What has just come, in order, before what is due. */
	takes(&w, B, false);
	takes(&w, A, true);
	takes(&w, C, false);
	ck_assert(!worklist_is_due(&w));
	worklist_defer(&w, clock_wall() + 100, C);
	ck_assert(!worklist_is_due(&w));
	ck_assert(!worklist_take(&w, &turn));
	worklist_clear(&w);
}
END_TEST

START_TEST(test_wake)
{
	struct worklist w;
	int64_t now = clock_mono_ms();

	worklist_init(&w);
	w.rescan = now + 50000;
	ck_assert_int_eq(worklist_wake(&w), now + 50000);
	worklist_defer(&w, clock_wall() + 100, A);
	ck_assert_int_eq(worklist_wake(&w), now + 50000);
	worklist_defer(&w, clock_wall() + 10, B);
	ck_assert_int_le(llabs(worklist_wake(&w) - now - 10000), 1100);
	worklist_defer(&w, 0, C);
	ck_assert_int_le(worklist_wake(&w), now);
	worklist_clear(&w);
}
END_TEST

/* Neither a flood of new mail nor a long backlog keeps the others waiting for its end. */
START_TEST(test_shares)
{
	struct worklist w;
	int new = 0, released = 0, due = 0;

	worklist_init(&w);
	for (int i = 0; i < 1000; i++) {
		worklist_add(&w, A, true);
		worklist_release(&w, B);
		worklist_defer(&w, clock_wall() - 10, C);
	}
	for (int i = 0; i < 800; i++) {
		struct worklist_turn turn;

		ck_assert(worklist_take(&w, &turn));
		new += turn.id[0] == 'A';
		released += turn.id[0] == 'B';
		due += turn.id[0] == 'C';
	}
	ck_assert_int_eq(new, 600);
	ck_assert_int_eq(released, 100);
	ck_assert_int_eq(due, 100);
	worklist_clear(&w);
}
END_TEST

static void defer(struct station *s, const char *id, int64_t when)
{
	struct spool_message m;
	struct fault f;

	ck_assert_int_eq(spool_claim(&s->spool, SPOOL_NEW, id, SPOOL_CLAIM_WORK, &s->arena, &m, &f), 1);
	ck_assert_int_eq(spool_defer(&m, when, &f), 0);
	spool_release(&m);
}

START_TEST(test_scan)
{
	struct station s;
	struct worklist w;
	const char *new, *due, *later;
	struct worklist_turn turn;
	struct fault f;

	station_init(&s, "");
	station_start(&s);
	due = station_enqueue(&s, "al@m.example", "bo@m.example", "x\n");
	later = station_enqueue(&s, "al@m.example", "bo@m.example", "x\n");
	new = station_enqueue(&s, "al@m.example", "bo@m.example", "x\n");
	defer(&s, due, clock_wall() - 10);
	defer(&s, later, clock_wall() + 1000);
	worklist_init(&w);
	worklist_add(&w, A, true);
	worklist_add(&w, B, false);
	w.turns = 0;
	ck_assert_int_eq(worklist_scan(&w, &s.spool, false, 4000, &f), 0);
	/* B is not in the spool any more, and forgotten. */
	takes(&w, A, true);
	takes(&w, new, false);
	takes(&w, due, false);
	ck_assert(!worklist_take(&w, &turn));
	/* Twice is once. */
	w.turns = 0;
	ck_assert_int_eq(worklist_scan(&w, &s.spool, false, 4000, &f), 0);
	w.turns = 0;
	ck_assert_int_eq(worklist_scan(&w, &s.spool, false, 4000, &f), 0);
	takes(&w, new, false);
	takes(&w, due, false);
	ck_assert(!worklist_take(&w, &turn));
	/* All of it, due or not. */
	w.turns = 0;
	ck_assert_int_eq(worklist_scan(&w, &s.spool, true, 4000, &f), 0);
	takes(&w, new, false);
	for (int i = 0; i < 2; i++) {
		ck_assert(worklist_take(&w, &turn));
		ck_assert_int_gt(turn.asked, 0);
		ck_assert(strcmp(turn.id, due) == 0 || strcmp(turn.id, later) == 0);
	}
	/* All of it, for who waits for a domain; asked for again meanwhile it is not gone through twice. */
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(worklist_flush(&w, &s.spool, SPAN("m.example"), &f), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(worklist_take(&w, &turn));
		ck_assert_int_gt(turn.asked, 0);
		ck_assert_str_eq(turn.domain, "m.example");
	}
	ck_assert(!worklist_take(&w, &turn) || !turn.domain);
	worklist_clear(&w);
	station_clear(&s);
}
END_TEST

/* What is due in a year was put off by a clock that was wrong, or is kept by its sender: it is looked at once. */
START_TEST(test_clock)
{
	struct station s;
	struct worklist w;
	struct worklist_turn turn;
	const char *id;
	struct fault f;

	station_init(&s, "");
	station_start(&s);
	id = station_enqueue(&s, "al@m.example", "bo@m.example", "x\n");
	defer(&s, id, clock_wall() + 365 * 86400);
	worklist_init(&w);
	ck_assert_int_eq(worklist_scan(&w, &s.spool, false, 4000, &f), 0);
	takes(&w, id, false);
	ck_assert_int_eq(worklist_scan(&w, &s.spool, false, 4000, &f), 0);
	ck_assert(!worklist_take(&w, &turn));
	/* The clock has been set by an hour since. */
	w.offset -= 3600;
	ck_assert_int_eq(worklist_scan(&w, &s.spool, false, 4000, &f), 0);
	takes(&w, id, false);
	worklist_clear(&w);
	station_clear(&s);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_wake);
	tcase_add_test(tc, test_scan);
	tcase_add_test(tc, test_shares);
	tcase_add_test(tc, test_clock);
}

CHECK_MAIN(worklist, add_tests)
