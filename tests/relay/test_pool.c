/* SPDX-License-Identifier: ISC */
#include "relay/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/station.h"

static struct station s;
static struct pool pool;
static struct destinations all;
static struct fault fault;

static void setup(void)
{
	sigset_t term;

	/* As in the scheduler: a worker that is told to end before it has its own handlers ends all the same. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	station_init(&s, "");
	s.rules.process_limit = 4;
	station_start(&s);
	pool = (struct pool){ .rules = &s.rules };
	destinations_init(&all, 3, 3);
}

static void teardown(void)
{
	pool_end(&pool);
	/* All are gone, and none is left a zombie. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	destinations_clear(&all);
	station_clear(&s);
}

static struct destination *to(const char *command)
{
	struct worker_place place = { .kind = WORKER_PIPE, .nexthop = "x", .command = command };

	return destination_for(&all, &place);
}

static struct process *busy(struct destination *d)
{
	struct process *p = pool_worker(&pool, d, &fault);

	if (p)
		p->n++;
	/* Where it is known that the destination answers, all reach it. */
	if (p && d->proven)
		p->works = true;
	return p;
}

START_TEST(test_probe)
{
	struct destination *d = to("a");
	struct process *first = busy(d);

	ck_assert_ptr_nonnull(first);
	/* Until it is known that the destination answers, one job and no more. */
	ck_assert_ptr_null(busy(d));
	ck_assert_uint_eq(pool.n, 1);
	d->proven = true;
	ck_assert_ptr_ne(busy(d), first);
	ck_assert_uint_eq(pool.n, 2);
	ck_assert_uint_eq(d->nprocesses, 2);
}
END_TEST

START_TEST(test_destination_limit)
{
	struct destination *d = to("a");

	d->proven = true;
	for (int i = 0; i < 3 * WORKER_DEPTH; i++)
		ck_assert_ptr_nonnull(busy(d));
	ck_assert_uint_eq(d->nprocesses, 3);
	/* Evenly. */
	for (const struct process *p = pool.list; p; p = p->next)
		ck_assert_uint_eq(p->n, WORKER_DEPTH);
	ck_assert_ptr_null(busy(d));
	d->limit = 1;
	pool.list->n = 0;
	/* One that is there may be used, more are not made. */
	ck_assert_ptr_nonnull(busy(d));
}
END_TEST

/* Who delivers here gets many jobs that go to the disk together, and company only when it has enough of them. */
START_TEST(test_local)
{
	struct worker_place place = { .kind = WORKER_LOCAL };
	struct destination *d = destination_for(&all, &place);
	struct process *first = busy(d), *second;

	for (int i = 1; i < WORKER_BATCH / 2; i++)
		ck_assert_ptr_eq(busy(d), first);
	second = busy(d);
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_ne(second, first);
	/* Neither the number of its jobs nor their size may block the scheduler. */
	d->limit = 2;
	first->n = second->n = WORKER_BATCH;
	ck_assert_ptr_null(busy(d));
	first->n = second->n = WORKER_BATCH - 1;
	first->bytes = second->bytes = JOB_PACKET_MAX;
	ck_assert_ptr_null(busy(d));
	second->bytes = 0;
	ck_assert_ptr_eq(busy(d), second);
	/* What is slow has its process to itself, and so has what follows. */
	first->n = 1;
	first->bytes = 0;
	first->alone = true;
	ck_assert_ptr_null(busy(d));
	first->alone = false;
	first->slow = true;
	ck_assert_ptr_null(busy(d));
	first->n = 0;
	ck_assert_ptr_eq(busy(d), first);
}
END_TEST

START_TEST(test_process_limit)
{
	struct destination *d[5] = { to("a"), to("b"), to("c"), to("d"), to("e") };
	struct process *p;

	for (int i = 0; i < 4; i++)
		ck_assert_ptr_nonnull(busy(d[i]));
	ck_assert_ptr_null(busy(d[4]));
	/* Who does nothing makes room; of several the one that has done so longest. */
	for (p = pool.list; p; p = p->next) {
		p->n = p->destination != d[1] && p->destination != d[2];
		p->idle_since = p->destination == d[1] ? 2000 : 1000;
	}
	p = busy(d[4]);
	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_eq(p->destination, d[4]);
	ck_assert_uint_eq(pool.n, 4);
	ck_assert_uint_eq(d[1]->nprocesses, 1);
	ck_assert_uint_eq(d[2]->nprocesses, 0);
	ck_assert_ptr_eq(pool_by_socket(&pool, p->socket), p);
	ck_assert_ptr_null(pool_by_socket(&pool, -1));
}
END_TEST

/*
 * A worker ends when its socket is closed: also while others that were started later live on, as they have none of
 * its descriptors, and no lock of a message.
 */
START_TEST(test_retire)
{
	struct spool_message m;
	struct destination *d[2] = { to("a"), to("b") };
	const char *id = station_enqueue(&s, "al@m.example", "x@y", "x\n");
	struct process *first, *second;
	int64_t begin = clock_mono_ms();

	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_NEW, id, SPOOL_CLAIM_WORK, &s.arena, &m, &fault), 1);
	first = pool_worker(&pool, d[0], &fault);
	second = pool_worker(&pool, d[1], &fault);
	second->n = 1;
	spool_release(&m);
	while (spool_claim(&s.spool, SPOOL_NEW, id, SPOOL_CLAIM_WORK, &s.arena, &m, &fault) != 1) {
		ck_assert_int_lt(clock_mono_ms() - begin, 30000);
		usleep(1000);
	}
	spool_release(&m);
	pool_retire(&pool, first);
	ck_assert_uint_eq(pool.leaving, 1);
	while (pool.leaving > 0 && clock_mono_ms() - begin < 30000) {
		usleep(1000);
		pool_reap(&pool);
	}
	ck_assert_uint_eq(pool.leaving, 0);
	ck_assert_int_eq(kill(second->pid, 0), 0);
	ck_assert_uint_eq(d[0]->nprocesses, 0);
}
END_TEST

START_TEST(test_idle)
{
	struct process *p[3];
	struct destination *d[3] = { to("a"), to("b"), to("c") };

	for (int i = 0; i < 3; i++)
		p[i] = pool_worker(&pool, d[i], &fault);
	p[0]->idle_since = clock_mono_ms() - WORKER_IDLE_SECONDS * 1000 - 1;
	p[1]->idle_since = clock_mono_ms();
	p[2]->n = 1;
	pool_retire_idle(&pool, false);
	ck_assert_uint_eq(pool.n, 2);
	ck_assert_uint_eq(d[0]->nprocesses, 0);
	pool_retire_idle(&pool, true);
	ck_assert_uint_eq(pool.n, 1);
	ck_assert_ptr_eq(pool.list, p[2]);
}
END_TEST

/* A busy one does not end by itself: it is told to. */
START_TEST(test_end)
{
	struct destination *d = to("sleep 100");
	const char *id = station_enqueue(&s, "al@m.example", "x@y", "x\n");
	struct process *p = pool_worker(&pool, d, &fault);
	struct job_rcpt rcpt = { .address = "x@y" };
	struct station_worker w = { .station = &s, .socket = p->socket };
	int64_t begin;

	station_worker_send(&w, id, &rcpt, 1);
	p->n = 1;
	usleep(100000);
	begin = clock_mono_ms();
	pool_end(&pool);
	ck_assert_int_lt(clock_mono_ms() - begin, 50000);
	ck_assert_uint_eq(pool.n, 0);
}
END_TEST

/* Two have taken all places, and a third comes: it gets one as soon as a job is done. */
START_TEST(test_share)
{
	struct destination *a = to("a"), *b = to("b"), *c = to("c");
	struct process *list[4], *giver = NULL;
	int leaving = 0;

	a->proven = b->proven = true;
	for (int i = 0; i < 3; i++)
		list[i] = busy(a);
	list[3] = busy(b);
	ck_assert_uint_eq(pool.n, 4);
	ck_assert_ptr_null(busy(c));
	pool_share(&pool, 1);
	for (int i = 0; i < 4; i++) {
		leaving += list[i]->leaving;
		giver = list[i]->leaving ? list[i] : giver;
	}
	ck_assert_int_eq(leaving, 1);
	ck_assert_ptr_eq(giver->destination, a);
	/* It gets no more; the others do, but nobody who has one gets another. */
	for (int i = 0; i < 6; i++)
		ck_assert_ptr_ne(busy(a), giver);
	ck_assert_uint_eq(giver->n, 1);
	giver->n = 0;
	giver->idle_since = clock_mono_ms();
	pool_retire_idle(&pool, false);
	ck_assert_uint_eq(pool.n, 3);
	ck_assert_ptr_null(busy(a));
	ck_assert_ptr_nonnull(busy(c));
	ck_assert_uint_eq(c->nprocesses, 1);
	/* Nobody needs it any more. */
	pool_share(&pool, 1);
	pool_share(&pool, 0);
	for (const struct process *p = pool.list; p; p = p->next)
		ck_assert(!p->leaving);
	ck_assert_uint_eq(pool.starving, 0);
}
END_TEST

/* Where each has one, who has served for a while gives his. */
START_TEST(test_share_turns)
{
	const char *names[] = { "a", "b", "c", "d" };
	struct process *list[4];

	for (int i = 0; i < 4; i++)
		list[i] = busy(to(names[i]));
	pool_share(&pool, 1);
	for (int i = 0; i < 4; i++)
		ck_assert(!list[i]->leaving);
	list[2]->served = TURN_TASKS;
	pool_share(&pool, 1);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(list[i]->leaving, i == 2);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_probe);
	tcase_add_test(tc, test_share);
	tcase_add_test(tc, test_share_turns);
	tcase_add_test(tc, test_destination_limit);
	tcase_add_test(tc, test_local);
	tcase_add_test(tc, test_process_limit);
	tcase_add_test(tc, test_retire);
	tcase_add_test(tc, test_idle);
	tcase_add_test(tc, test_end);
}

CHECK_MAIN(pool, add_tests)
