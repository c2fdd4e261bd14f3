/* SPDX-License-Identifier: ISC */
#include "relay/active.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/station.h"
#include "support/tempdir.h"

enum { OK, LATER, NEVER };

static struct station s;
static int bounces;

static void setup(void)
{
	station_init(&s, "");
	station_start(&s);
	bounces = 0;
}

static void teardown(void)
{
	station_clear(&s);
}

static struct active *take(enum spool_box box, const char *id)
{
	struct arena a = { 0 };
	struct spool_message m;
	struct fault f;

	ck_assert_int_eq(spool_claim(&s.spool, box, id, SPOOL_CLAIM_WORK, &a, &m, &f), 1);
	return active_new(&s.rules, &m, &a);
}

static struct active *new_message(const char *sender, const char *recipients)
{
	return take(SPOOL_NEW, station_enqueue(&s, sender, recipients, "Subject: x\n\nbody\n"));
}

static struct fault outcome_of(int kind)
{
	static const struct fault outcomes[] = {
		[OK] = { .kind = FAULT_NONE, .reply = 250, .status = "2.0.0", .text = "250 Ok" },
		[LATER] = { .kind = FAULT_TEMP, .reply = 451, .status = "4.3.0", .text = "not now" },
		[NEVER] = { .kind = FAULT_PERM, .reply = 550, .status = "5.1.1", .text = "no such user" },
	};

	return outcomes[kind];
}

static void outcome(struct active *a, uint32_t index, int kind)
{
	struct answer answer = { .index = index,
				 .address = a->m.envelope.rcpts[index].address,
				 .peer = "mx[192.0.2.1]",
				 .remote = true,
				 .outcome = outcome_of(kind) };

	active_open_target(a, index);
	active_outcome(a, &answer);
}

static void target(struct active *a, uint32_t index, const char *address, const char *key, int kind)
{
	struct answer answer = {
		.index = index, .address = address, .key = key, .peer = "local", .outcome = outcome_of(kind)
	};

	a->rcpts[index].multi = true;
	active_open_target(a, index);
	active_outcome(a, &answer);
}

static void enqueued(void *ctx, const char *id)
{
	ck_assert_ptr_eq(ctx, &s);
	ck_assert(spool_is_id(span_str(id)));
	bounces++;
}

static int64_t finish(struct active *a)
{
	return active_finish(a, enqueued, &s);
}

START_TEST(test_all_sent)
{
	struct active *a = new_message("al@m.example", "a@x b@x");

	outcome(a, 0, OK);
	outcome(a, 1, OK);
	ck_assert_uint_eq(a->open, 0);
	ck_assert_int_eq(finish(a), 0);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert_str_eq(buf_str(&s.results),
			 "sent a@x 2.0.0 mx[192.0.2.1] 250 Ok\nsent b@x 2.0.0 mx[192.0.2.1] 250 Ok\n");
	ck_assert_int_eq(bounces, 0);
}
END_TEST

START_TEST(test_some_later)
{
	struct active *a = new_message("al@m.example", "a@x b@x c@x d@x");
	int64_t due;

	outcome(a, 0, LATER);
	outcome(a, 1, OK);
	outcome(a, 2, NEVER);
	outcome(a, 3, LATER);
	due = finish(a);
	/* A message that has just come is tried again after minimal_backoff. */
	ck_assert(station_is_in(due, 300));
	ck_assert_int_eq(bounces, 1);
	ck_assert_str_eq(station_queue(&s),
			 "new <> Q al@m.example\n"
			 "deferred <al@m.example> Q a@x [host mx[192.0.2.1] said: not now] D b@x [250 Ok]"
			 " F c@x [host mx[192.0.2.1] said: no such user] Q d@x [host mx[192.0.2.1] said: not now]\n");
}
END_TEST

/* One report for all that a sender is told of, and one dead letter. */
START_TEST(test_told_once)
{
	struct envelope_rcpt rcpts[] = { { .address = "a@x", .notify = ENVELOPE_NOTIFY_SUCCESS },
					 { .address = "b@x", .notify = ENVELOPE_NOTIFY_SUCCESS } };
	struct envelope e = { .sender = "al@m.example", .rcpts = rcpts, .n = 2 };
	struct active *a = take(SPOOL_NEW, station_enqueue_as(&s, &e, "Subject: x\n\nbody\n"));

	outcome(a, 0, OK);
	outcome(a, 1, OK);
	ck_assert_int_eq(finish(a), 0);
	ck_assert_int_eq(bounces, 1);
	a = new_message("", "a@x b@x c@x");
	outcome(a, 0, NEVER);
	outcome(a, 1, OK);
	outcome(a, 2, NEVER);
	ck_assert_int_eq(finish(a), 0);
	ck_assert_int_eq(bounces, 1);
	ck_assert_int_eq(station_mail_count("spool/dead"), 1);
}
END_TEST

/* What came of it is kept as far as there is room, and the rest is told. */
START_TEST(test_no_room_for_journal)
{
	struct active *a = new_message("al@m.example", "a@x b@x");
	struct rlimit before, limit;

	outcome(a, 0, OK);
	outcome(a, 1, LATER);
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)a->m.end;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	finish(a);
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_str_eq(station_queue(&s), "deferred <al@m.example> D a@x Q b@x\n");
	ck_assert_ptr_nonnull(strstr(buf_str(&s.trouble), "cannot write "));
}
END_TEST

/* Only who is still to get it is tried again; the log of an attempt is added to the earlier ones. */
START_TEST(test_again)
{
	struct active *a = new_message("al@m.example", "a@x b@x");
	struct spool_message m;
	struct fault f;
	char id[ENTROPY_ID + 1];

	memcpy(id, a->m.envelope.id, sizeof(id));
	outcome(a, 0, LATER);
	outcome(a, 1, LATER);
	finish(a);
	a = take(SPOOL_DEFERRED, id);
	outcome(a, 0, OK);
	outcome(a, 1, LATER);
	finish(a);
	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_DEFERRED, id, SPOOL_CLAIM_LOOK, &s.arena, &m, &f), 1);
	ck_assert_int_eq(m.envelope.rcpts[0].state, ENVELOPE_DELIVERED);
	ck_assert_str_eq(m.envelope.rcpts[0].last, "250 Ok");
	ck_assert_uint_eq(m.envelope.rcpts[0].attempts, 2);
	ck_assert_uint_eq(m.envelope.rcpts[1].attempts, 2);
	spool_release(&m);
	a = take(SPOOL_DEFERRED, id);
	outcome(a, 1, OK);
	ck_assert_int_eq(finish(a), 0);
	ck_assert_str_eq(station_queue(&s), "");
}
END_TEST

/* Recipients that expand to several targets: done ones are written down and do not come back. */
START_TEST(test_targets)
{
	struct active *a = new_message("al@m.example", "list@m.example other@m.example");
	char id[ENTROPY_ID + 1];

	memcpy(id, a->m.envelope.id, sizeof(id));
	target(a, 0, "al@m.example", "mailbox:al", OK);
	target(a, 0, "b@x", "remote:b@x", LATER);
	target(a, 0, "c@x", "remote:c@x", NEVER);
	outcome(a, 1, OK);
	finish(a);
	ck_assert_int_eq(bounces, 1);
	ck_assert_str_eq(station_queue(&s),
			 "new <> Q al@m.example\n"
			 "deferred <al@m.example> Q list@m.example [not now] done:remote:c@x done:mailbox:al"
			 " D other@m.example [250 Ok]\n");
	a = take(SPOOL_DEFERRED, id);
	target(a, 0, "b@x", "remote:b@x", OK);
	ck_assert_int_eq(finish(a), 0);
}
END_TEST

/* While targets are open the message is not over. */
START_TEST(test_open)
{
	struct active *a = new_message("al@m.example", "a@x b@x");

	active_open_target(a, 0);
	active_open_target(a, 1);
	active_open_target(a, 1);
	ck_assert_uint_eq(a->open, 3);
	active_close_target(a, 1);
	active_close_target(a, 0);
	active_close_target(a, 0);
	ck_assert_uint_eq(a->open, 1);
	ck_assert_uint_eq(a->rcpts[1].open, 1);
	active_abandon(a);
	ck_assert_str_eq(station_queue(&s), "new <al@m.example> Q a@x Q b@x\n");
}
END_TEST

static struct active *old_message(const char *sender, int64_t age)
{
	struct envelope_rcpt rcpt = { .address = "a@x" };
	struct envelope e = { .sender = sender, .rcpts = &rcpt, .n = 1, .arrived_us = (clock_wall() - age) * 1000000 };

	return take(SPOOL_NEW, station_enqueue_as(&s, &e, "Subject: x\n\nbody\n"));
}

START_TEST(test_backoff)
{
	static const struct {
		int64_t age;
		long pause;
	} rows[] = { { 0, 300 },     { 299, 300 },     { 300, 300 },  { 1000, 1000 },
		     { 3999, 3999 }, { 100000, 4000 }, { -5000, 300 } };
	struct active *a;

	for (int i = 0; i < COUNT(rows); i++)
		ck_assert_int_eq(relay_backoff(&s.rules, rows[i].age), rows[i].pause);
	a = old_message("al@m.example", 2000);
	outcome(a, 0, LATER);
	ck_assert(station_is_in(finish(a), 2000));
}
END_TEST

/* As if it had been tried at these times ago, until 0. */
static struct active *tried_message(const char *sender, unsigned notify, const int64_t *ago)
{
	struct envelope_rcpt rcpt = { .address = "a@x", .notify = notify };
	struct envelope e = {
		.sender = sender, .rcpts = &rcpt, .n = 1, .arrived_us = (clock_wall() - ago[0]) * 1000000
	};
	struct active *a = take(SPOOL_NEW, station_enqueue_as(&s, &e, "Subject: x\n\nbody\n"));
	const size_t first[] = { 0 };
	struct buf journal;
	struct fault f;

	buf_init(&journal, 1 << 16);
	for (; *ago; ago++)
		envelope_put_log(&journal, clock_wall() - *ago, ENVELOPE_QUEUED, "4.4.1", first, 1, "before");
	ck_assert_int_eq(spool_note(&a->m, buf_span(&journal), &f), 0);
	envelope_parse_journal(&a->arena, buf_span(&journal), &a->m.envelope);
	buf_clear(&journal);
	return a;
}

enum { DAY = 24 * 3600 };

static const int64_t five_days[] = { 5 * DAY + 10, 4 * DAY, 3 * DAY, 2 * DAY, 1 * DAY, 3600, 0 };

/* After maximal_queue_lifetime the last reason is final; a bounce has a time of its own. */
START_TEST(test_expired)
{
	static const int64_t seconds[] = { 200, 0 };
	struct active *a = tried_message("al@m.example", 0, five_days);

	s.rules.queue_lifetime -= 100;
	outcome(a, 0, LATER);
	ck_assert_int_eq(finish(a), 0);
	ck_assert_int_eq(bounces, 1);
	ck_assert_str_eq(buf_str(&s.results), "bounced a@x 4.3.0 mx[192.0.2.1] not now\n");
	ck_assert_str_eq(station_queue(&s), "new <> Q al@m.example\n");
	/* A bounce has a lifetime of its own. */
	s.rules.bounce_lifetime = 100;
	a = tried_message("", 0, seconds);
	outcome(a, 0, LATER);
	ck_assert_int_eq(finish(a), 0);
	ck_assert_int_eq(station_mail_count("spool/dead"), 1);
	a = tried_message("al@m.example", 0, seconds);
	outcome(a, 0, LATER);
	ck_assert_int_ne(finish(a), 0);
}
END_TEST

/* However old it is: what has not been tried is not given up; but with a lifetime of 0 one attempt is all. */
START_TEST(test_old)
{
	struct active *a = old_message("al@m.example", 3650 * INT64_C(86400));

	outcome(a, 0, LATER);
	ck_assert_int_ne(finish(a), 0);
	ck_assert_int_eq(bounces, 0);
	s.rules.queue_lifetime = 0;
	a = new_message("al@m.example", "a@x");
	outcome(a, 0, LATER);
	ck_assert_int_eq(finish(a), 0);
	ck_assert_int_eq(bounces, 1);
}
END_TEST

static void unreachable(struct active *a, bool untried, bool offline)
{
	struct answer answer = { .address = "a@x",
				 .outcome = outcome_of(LATER),
				 .retry_at = clock_wall() + 700,
				 .untried = untried,
				 .offline = offline };

	active_open_target(a, 0);
	active_outcome(a, &answer);
}

/* What waits for a dead destination is due with that; who has found out also has his own pause. */
START_TEST(test_dead_destination)
{
	struct active *a = old_message("al@m.example", 3000);

	unreachable(a, true, false);
	ck_assert(station_is_in(finish(a), 700));
	a = old_message("al@m.example", 3000);
	unreachable(a, false, false);
	ck_assert(station_is_in(finish(a), 3000));
	a = old_message("al@m.example", 0);
	unreachable(a, false, false);
	ck_assert(station_is_in(finish(a), 700));
}
END_TEST

/* Without a network the time does not run, and that is written down. */
START_TEST(test_offline)
{
	struct active *a = tried_message("al@m.example", 0, five_days);
	struct spool_message m;
	struct fault f;
	char id[ENTROPY_ID + 1];

	s.rules.queue_lifetime -= 100;
	memcpy(id, a->m.envelope.id, sizeof(id));
	unreachable(a, false, true);
	ck_assert_int_ne(finish(a), 0);
	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_DEFERRED, id, SPOOL_CLAIM_LOOK, &s.arena, &m, &f), 1);
	ck_assert(m.envelope.last_attempt->offline);
	spool_release(&m);
}
END_TEST

/* ---- delays ---- */

static const struct {
	const char *sender;
	unsigned notify;
	long after, age;
	enum envelope_by_mode by;
	bool told;
} delays[] = {
	{ "al@m.example", ENVELOPE_NOTIFY_UNSET, 0, 5 * 3600, 0, false },
	{ "al@m.example", ENVELOPE_NOTIFY_UNSET, 3600, 5 * 3600, 0, true },
	{ "al@m.example", ENVELOPE_NOTIFY_UNSET, 6 * 3600, 5 * 3600, 0, false },
	{ "al@m.example", ENVELOPE_NOTIFY_DELAY, 0, 5 * 3600, 0, true },
	{ "al@m.example", ENVELOPE_NOTIFY_DELAY, 0, 3 * 3600, 0, false },
	{ "al@m.example", ENVELOPE_NOTIFY_DELAY | ENVELOPE_NOTIFY_FAILURE, 600, 700, 0, true },
	{ "al@m.example", ENVELOPE_NOTIFY_FAILURE, 3600, 5 * 3600, 0, false },
	{ "al@m.example", ENVELOPE_NOTIFY_NEVER, 3600, 5 * 3600, 0, false },
	{ "", ENVELOPE_NOTIFY_UNSET, 3600, 5 * 3600, 0, false },
	{ "", ENVELOPE_NOTIFY_DELAY, 3600, 5 * 3600, 0, false },
	/* RFC 2852: late, and his sender wants to know. */
	{ "al@m.example", ENVELOPE_NOTIFY_UNSET, 0, 60, ENVELOPE_BY_NOTIFY, true },
	{ "al@m.example", ENVELOPE_NOTIFY_NEVER, 0, 60, ENVELOPE_BY_NOTIFY, false },
};

/* Once, also when the relay is another one. */
START_TEST(test_delayed)
{
	struct active *a = tried_message(delays[_i].sender, delays[_i].notify, (int64_t[]){ delays[_i].age, 0 });
	char id[ENTROPY_ID + 1];

	s.rules.delay_warning_time = delays[_i].after;
	memcpy(id, a->m.envelope.id, sizeof(id));
	a->m.envelope.deliver_by = (struct envelope_by){ .mode = delays[_i].by, .at = clock_wall() - 10 };
	outcome(a, 0, LATER);
	ck_assert_int_ne(finish(a), 0);
	ck_assert_int_eq(bounces, delays[_i].told);
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), delays[_i].told);
	a = take(SPOOL_DEFERRED, id);
	ck_assert_int_eq(a->m.envelope.rcpts[0].told, delays[_i].told);
	outcome(a, 0, LATER);
	finish(a);
	ck_assert_int_eq(bounces, delays[_i].told);
}
END_TEST

/* RFC 2852: returned when it is late, and tried at that time and not after it. */
START_TEST(test_deliver_by)
{
	struct active *a = new_message("al@m.example", "a@x");
	int64_t now = clock_wall();

	a->m.envelope.deliver_by = (struct envelope_by){ .mode = ENVELOPE_BY_RETURN, .at = now + 100 };
	outcome(a, 0, LATER);
	ck_assert_int_eq(finish(a), now + 100);
	a = new_message("al@m.example", "a@x");
	a->m.envelope.deliver_by = (struct envelope_by){ .mode = ENVELOPE_BY_RETURN, .at = now };
	outcome(a, 0, LATER);
	ck_assert_int_eq(finish(a), 0);
	ck_assert_int_eq(bounces, 1);
	ck_assert_ptr_nonnull(strstr(buf_str(&s.results), "bounced a@x 5.4.7 "));
}
END_TEST

/* A report that cannot be queued: the message stays, and its recipient fails again later. */
START_TEST(test_no_room_for_bounce)
{
	struct active *a = new_message("al@m.example", "a@x b@x");

	outcome(a, 0, NEVER);
	outcome(a, 1, OK);
	ck_assert_int_eq(rename(tempdir_path("spool/tmp"), tempdir_path("spool/gone")), 0);
	ck_assert_int_eq(remove(tempdir_path("spool/gone")), 0);
	ck_assert_int_ne(finish(a), 0);
	ck_assert_int_eq(bounces, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&s.trouble), "cannot create T/spool/tmp/"));
	ck_assert_int_eq(mkdir(tempdir_path("spool/tmp"), 0700), 0);
	ck_assert_ptr_nonnull(strstr(station_queue(&s), "deferred <al@m.example> Q a@x [cannot create T/spool/tmp/"));
	ck_assert_ptr_nonnull(strstr(station_queue(&s), " D b@x"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_all_sent);
	tcase_add_test(tc, test_some_later);
	tcase_add_test(tc, test_told_once);
	tcase_add_test(tc, test_no_room_for_journal);
	tcase_add_test(tc, test_again);
	tcase_add_test(tc, test_targets);
	tcase_add_test(tc, test_open);
	tcase_add_test(tc, test_backoff);
	tcase_add_test(tc, test_expired);
	tcase_add_test(tc, test_old);
	tcase_add_test(tc, test_dead_destination);
	tcase_add_test(tc, test_offline);
	tcase_add_loop_test(tc, test_delayed, 0, COUNT(delays));
	tcase_add_test(tc, test_deliver_by);
	tcase_add_test(tc, test_no_room_for_bounce);
}

CHECK_MAIN(active, add_tests)
