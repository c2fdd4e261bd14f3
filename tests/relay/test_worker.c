/* SPDX-License-Identifier: ISC */
#include "relay/worker.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/station.h"

static struct station s;

static void setup(void)
{
	station_init(&s, "");
	station_start(&s);
}

static void teardown(void)
{
	station_clear(&s);
}

START_TEST(test_life)
{
	static const struct worker_place places[] = { { .kind = WORKER_LOCAL },
						      { .kind = WORKER_SMTP, .nexthop = "[127.0.0.1]:1" },
						      { .kind = WORKER_LMTP, .nexthop = "/nowhere" },
						      { .kind = WORKER_PIPE, .nexthop = "x", .command = "true" } };
	struct station_worker w;

	/* Each ends by itself when there is nobody who gives it work. */
	station_worker_start(&s, &w, &places[_i]);
	ck_assert_int_eq(station_worker_end(&w), 0);
}
END_TEST

/* One job after the other, each with its end; what was asked is what is answered. */
START_TEST(test_jobs)
{
	struct worker_place place = { .kind = WORKER_LOCAL };
	const char *one = station_enqueue(&s, "x@y", "al@m.example bo@m.example", "Subject: 1\n\n");
	const char *two = station_enqueue(&s, "x@y", "nobody-here@m.example", "Subject: 2\n\n");
	struct station_worker w;

	station_worker_start(&s, &w, &place);
	station_worker_send(&w, one, NULL, 0);
	ck_assert_str_eq(station_worker_answers(&w),
			 "targets 0 1\ntargets 1 1\n"
			 "outcome 0 al@m.example local ok 2.0.0 delivered to maildir:T/home/al/Maildir\n"
			 "outcome 1 bo@m.example local ok 2.0.0 delivered to maildir:T/home/bo/Maildir\n"
			 "end 1\n");
	station_worker_send(&w, two, NULL, 0);
	ck_assert_str_eq(station_worker_answers(&w),
			 "targets 0 1\noutcome 0 nobody-here@m.example local permanent 5.1.1 <nobody-here@m.example>: "
			 "there is no such user here\nend 2\n");
	ck_assert_int_eq(station_worker_end(&w), 0);
}
END_TEST

/* A worker has neither the spool's descriptors nor another's socket; its command not even the worker's. */
START_TEST(test_descriptors)
{
	struct worker_place place = { .kind = WORKER_PIPE, .nexthop = "x", .command = "ls /proc/self/fd" };
	const char *id = station_enqueue(&s, "x@y", "a@b", "x\n");
	struct station_worker other, w;
	int count = 0;

	station_worker_start(&s, &other, &place);
	station_worker_start(&s, &w, &place);
	station_worker_send(&w, id, NULL, 0);
	ck_assert_str_eq(station_worker_answers(&w),
			 "outcome 0 a@b pipe ok 2.0.0 delivered to command: 0 1 2 3\nend 1\n");
	/* It waits for work: 0 1 2, its socket, and the queue file of its last job. */
	for (int fd = 0; fd < 100; fd++) {
		char path[100];

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)w.pid, fd);
		count += access(path, F_OK) == 0;
	}
	ck_assert_int_eq(count, 5);
	ck_assert_int_eq(station_worker_end(&w), 0);
	ck_assert_int_eq(station_worker_end(&other), 0);
}
END_TEST

/* Who faces the network is not root. */
START_TEST(test_rights)
{
	struct worker_place place = { .kind = WORKER_PIPE, .nexthop = "x", .command = "id -un" };
	const char *id = station_enqueue(&s, "x@y", "a@b", "x\n");
	struct station_worker w;

	if (geteuid() != 0)
		return;
	s.spool.owner = s.spool.group = 65534;
	station_worker_start(&s, &w, &place);
	s.spool.owner = s.spool.group = 0;
	station_worker_send(&w, id, NULL, 0);
	ck_assert_str_eq(station_worker_answers(&w),
			 "outcome 0 a@b pipe ok 2.0.0 delivered to command: nobody\nend 1\n");
	ck_assert_int_eq(station_worker_end(&w), 0);
}
END_TEST

/* TERM ends it, INT (a terminal's Ctrl-C reaches everybody) does not. */
START_TEST(test_signals)
{
	struct worker_place place = { .kind = WORKER_LOCAL };
	const char *id = station_enqueue(&s, "x@y", "al@m.example", "x\n");
	struct station_worker w;
	int status;

	station_worker_start(&s, &w, &place);
	station_worker_send(&w, id, NULL, 0);
	station_worker_answers(&w);
	kill(w.pid, SIGINT);
	kill(w.pid, SIGPIPE);
	station_worker_send(&w, id, NULL, 0);
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), "end 2\n"));
	kill(w.pid, SIGTERM);
	ck_assert_str_eq(station_worker_answers(&w), "dead\n");
	status = station_worker_end(&w);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}
END_TEST

START_TEST(test_killed)
{
	struct worker_place place = { .kind = WORKER_PIPE, .nexthop = "x", .command = "sleep 10" };
	const char *id = station_enqueue(&s, "x@y", "a@b", "x\n");
	struct station_worker w;

	station_worker_start(&s, &w, &place);
	station_worker_send(&w, id, NULL, 0);
	kill(w.pid, SIGKILL);
	ck_assert_str_eq(station_worker_answers(&w), "dead\n");
	ck_assert(WIFSIGNALED(station_worker_end(&w)));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_life, 0, 4);
	tcase_add_test(tc, test_jobs);
	tcase_add_test(tc, test_descriptors);
	tcase_add_test(tc, test_rights);
	tcase_add_test(tc, test_signals);
	tcase_add_test(tc, test_killed);
}

CHECK_MAIN(worker, add_tests)
