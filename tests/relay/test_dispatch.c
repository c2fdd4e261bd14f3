/* SPDX-License-Identifier: ISC */
#include "relay/dispatch.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/relaycase.h"

/* A server that cannot be reached costs one probe, not one for each message. */
START_TEST(test_dead)
{
	enum { N = 30 };
	static const struct scripted_rule rules[] = {
		{ .on = "CONNECT", .say = "421 4.3.2 Not now\r\n", .hang_up = true }, { .on = NULL }
	};
	const char *results;
	int suspended = 0;

	begin("", rules);
	for (int i = 0; i < N; i++)
		letter("a@x");
	letter("bo@m.example");
	station_run(&s);
	results = buf_str(&s.results);
	ck_assert_int_eq(server.heard->connections, 1);
	ck_assert_int_eq(station_count(&s, SPOOL_DEFERRED), N);
	ck_assert(has(results, "deferred a@x 4.3.2 none Not now\n"));
	for (const char *p = results;
	     (p = strstr(p, "deferred a@x 4.3.2 none delivery temporarily suspended: Not now\n")); p++)
		suspended++;
	ck_assert_int_eq(suspended, N - 1);
	/* Others do not suffer. */
	ck_assert(has(results, "sent bo@m.example"));
}
END_TEST

/* One that takes two connections and no more gets all messages through those. */
START_TEST(test_connection_limit)
{
	enum { N = 60 };
	static const struct scripted_rule rules[] = { { .on = "MAIL", .wait_ms = 5 }, { .on = NULL } };

	begin("", rules);
	scripted_forget(&server);
	server.limit = 2;
	ck_assert_int_eq(scripted_listen(&server), 0);
	route_clear(&s.village.route);
	station_relay_to(&s, server.port);
	ck_assert_int_eq(route_init(&s.village.route, &fault), 0);
	for (int i = 0; i < N; i++)
		letter("a@x");
	station_run(&s);
	ck_assert_msg(!has(buf_str(&s.results), "deferred"), "%s", buf_str(&s.results));
	ck_assert_int_eq(server.heard->messages, N);
	ck_assert_str_eq(station_queue(&s), "");
	/* It is not knocked at for each message again. */
	ck_assert_int_le(server.heard->connections, 12);
}
END_TEST

START_TEST(test_concurrency)
{
	enum { N = 40 };
	static const struct scripted_rule rules[] = { { .on = ".", .wait_ms = 30 }, { .on = NULL } };
	int64_t begun;

	begin("", rules);
	for (int i = 0; i < N; i++)
		letter("a@x");
	begun = clock_mono_ms();
	station_run(&s);
	ck_assert_int_eq(server.heard->messages, N);
	/* destination_concurrency_limit is 5, and that many work at a time. */
	ck_assert_int_eq(server.heard->most, 5);
	ck_assert_int_lt(clock_mono_ms() - begun, N * 30 * 9 / 10);
	ck_assert_int_le(server.heard->connections, 5);
}
END_TEST

/* Recipients of one destination go in one transaction, as many as the limit allows. */
START_TEST(test_recipients)
{
	int n = 0;

	begin("", NULL);
	s.rules.destination_recipient_limit = 2;
	letter("a@x b@y c@x d@z e@x");
	station_run(&s);
	ck_assert_int_eq(server.heard->messages, 3);
	for (const char *p = server.heard->packets; (p = strstr(p, "RCPT TO:")); p++)
		n++;
	ck_assert_int_eq(n, 5);
}
END_TEST

/* A worker that is killed: what it was doing is tried again by another one, and nothing is lost. */
START_TEST(test_killed_worker)
{
	enum { N = 3 };
	static const struct scripted_rule rules[] = {
		{ .on = "MAIL", .nth = 1, .say = "", .wait_ms = 2000, .hang_up = true }, { .on = NULL }
	};
	pid_t killer;

	begin("", rules);
	for (int i = 0; i < N; i++)
		letter("a@x");
	killer = fork();
	if (killer == 0) {
		char command[200];

		while (server.heard->counts[0] == 0)
			usleep(1000);
		/* The worker is the child of our parent that is neither we nor the server. */
		snprintf(command, sizeof(command),
			 "for p in $(cat /proc/%d/task/%d/children); do [ $p = %d ] || [ $p = %d ] || { kill -9 $p; "
			 "break; }; done",
			 (int)getppid(), (int)getppid(), (int)getpid(), (int)server.pid);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(1);
	}
	station_run(&s);
	ck_assert_msg(station_queue(&s)[0] == '\0', "%s%s%s", station_queue(&s), buf_str(&s.results),
		      buf_str(&s.trouble));
	ck_assert_int_eq(server.heard->messages, N);
	ck_assert(has(buf_str(&s.trouble), "the delivery process ended unexpectedly\n"));
	waitpid(killer, NULL, WNOHANG);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_dead);
	tcase_add_test(tc, test_connection_limit);
	tcase_add_test(tc, test_concurrency);
	tcase_add_test(tc, test_recipients);
	tcase_add_test(tc, test_killed_worker);
}

CHECK_MAIN(dispatch, add_tests)
