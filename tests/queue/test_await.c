/* SPDX-License-Identifier: ISC */
#include "queue/await.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct spool spool;
static struct spool_writer writer;
static struct await waiter;

/* A message for two, watched from before it is accepted. */
static void begin(void)
{
	struct envelope_rcpt rcpts[] = { { .address = "bo@x", .state = ENVELOPE_QUEUED },
					 { .address = "carla@x", .state = ENVELOPE_QUEUED } };
	struct envelope e = { .sender = "al@x", .origin = "test", .rcpts = rcpts, .n = 2, .arrived_us = 1 };
	struct fault f;

	ck_assert_msg(spool_open(&spool, tempdir_path("spool"), "root", &f) == 0, "%s", f.text);
	ck_assert_int_eq(spool_begin(&spool, &writer, &e, 0, &f), 0);
	ck_assert_int_eq(await_open(&waiter, &spool, e.id, &f), 0);
	spool_put(&writer, "x\n", 2);
	ck_assert_int_eq(spool_commit(&writer, &f), 0);
}

static void end(void)
{
	await_close(&waiter);
	spool_close(&spool);
	tempdir_remove();
}

/* What a relay does: an attempt, another box, the states, and away with it. */
static void deliver(bool remove)
{
	static const size_t rcpt[] = { 0, 1 };
	struct arena a = { 0 };
	struct spool_message m;
	struct buf lines;
	struct fault f;

	ck_assert_int_eq(spool_find(&spool, waiter.id, SPOOL_CLAIM_WORK, &a, &m, &f), 1);
	buf_init(&lines, 1000);
	envelope_put_log(&lines, 900, ENVELOPE_QUEUED, "4.4.1", rcpt, 2, "timed out");
	ck_assert_int_eq(spool_note(&m, buf_span(&lines), &f), 0);
	ck_assert_int_eq(spool_defer(&m, 1, &f), 0);
	buf_reset(&lines);
	envelope_put_log(&lines, 900, ENVELOPE_DELIVERED, "2.0.0", rcpt, 1, "250 ok");
	envelope_put_log(&lines, 900, ENVELOPE_FAILED, "5.1.1", rcpt + 1, 1, "550 no such user");
	ck_assert_int_eq(spool_note(&m, buf_span(&lines), &f), 0);
	ck_assert_int_eq(spool_mark(&m, 0, ENVELOPE_DELIVERED, &f), 0);
	ck_assert_int_eq(spool_mark(&m, 1, ENVELOPE_FAILED, &f), 0);
	if (remove)
		ck_assert_int_eq(spool_remove(&m, &f), 0);
	spool_release(&m);
	buf_clear(&lines);
	arena_clear(&a);
}

static void check_outcome(const struct envelope *e)
{
	ck_assert_int_eq(e->rcpts[0].state, ENVELOPE_DELIVERED);
	ck_assert_str_eq(e->rcpts[0].last, "250 ok");
	ck_assert_int_eq(e->rcpts[1].state, ENVELOPE_FAILED);
	ck_assert_str_eq(e->rcpts[1].last, "550 no such user");
	ck_assert_str_eq(e->rcpts[1].status, "5.1.1");
}

/* With _i 0 the file stays; it is done all the same. */
START_TEST(test_before)
{
	struct arena a = { 0 };
	struct envelope e;
	struct fault f;

	begin();
	deliver(_i == 1);
	ck_assert_int_eq(await_wait(&waiter, 0, &a, &e, &f), 1);
	check_outcome(&e);
	arena_clear(&a);
	end();
}
END_TEST

/* While we wait; with and without inotify. */
START_TEST(test_during)
{
	struct arena a = { 0 };
	struct envelope e;
	struct fault f;
	pid_t pid;
	int status;

	begin();
	if (_i == 1) {
		close(waiter.notify);
		waiter.notify = -1;
	}
	pid = fork();
	if (pid == 0) {
		usleep(100000);
		deliver(true);
		_exit(0);
	}
	ck_assert_int_eq(await_wait(&waiter, clock_mono_ms() + 20000, &a, &e, &f), 1);
	check_outcome(&e);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	arena_clear(&a);
	end();
}
END_TEST

START_TEST(test_time)
{
	struct arena a = { 0 };
	struct envelope e;
	struct fault f;
	int64_t before = clock_mono_ms();

	begin();
	ck_assert_int_eq(await_wait(&waiter, before + 200, &a, &e, &f), 0);
	ck_assert_int_ge(clock_mono_ms(), before + 200);
	ck_assert_int_eq(e.rcpts[0].state, ENVELOPE_QUEUED);
	ck_assert_ptr_null(e.rcpts[0].last);
	arena_clear(&a);
	end();
}
END_TEST

START_TEST(test_deleted)
{
	struct arena a = { 0 };
	struct envelope e;
	struct fault f;

	begin();
	ck_assert_int_eq(unlinkat(spool.box[SPOOL_NEW], waiter.id, 0), 0);
	ck_assert_int_eq(await_wait(&waiter, clock_mono_ms() + 20000, &a, &e, &f), 1);
	ck_assert_int_eq(e.rcpts[0].state, ENVELOPE_QUEUED);
	arena_clear(&a);
	end();
}
END_TEST

START_TEST(test_no_such)
{
	struct fault f;

	begin();
	await_close(&waiter);
	ck_assert_int_eq(await_open(&waiter, &spool, "1GQ8M0D4V7WYC2K3", &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	end();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_before, 0, 2);
	tcase_add_loop_test(tc, test_during, 0, 2);
	tcase_add_test(tc, test_time);
	tcase_add_test(tc, test_deleted);
	tcase_add_test(tc, test_no_such);
}

CHECK_MAIN(await, add_tests)
