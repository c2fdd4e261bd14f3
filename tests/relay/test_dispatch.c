/* SPDX-License-Identifier: ISC */
#include "relay/dispatch.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/descriptors.h"
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

/* Where no worker can be started the run ends all the same, and the mail is kept. */
START_TEST(test_no_worker)
{
	begin("", NULL);
	letter("a@x");
	letter("bo@m.example");
	/* Signals and two messages. */
	descriptors_allow(3);
	station_run(&s);
	descriptors_restore();
	ck_assert_int_eq(station_count(&s, SPOOL_DEFERRED), 2);
	ck_assert(has(buf_str(&s.results), "cannot create a socket for a worker: Too many open files"));
	make_due();
	station_run(&s);
	ck_assert(has(buf_str(&s.results), "sent bo@m.example"));
	ck_assert_str_eq(station_queue(&s), "");
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

	begin("", rules);
	for (int i = 0; i < N; i++)
		letter("a@x");
	station_run(&s);
	ck_assert_int_eq(server.heard->messages, N);
	/* destination_concurrency_limit is 5, and that many work at a time. */
	ck_assert_int_eq(server.heard->most, 5);
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
		{ .on = "MAIL", .nth = 1, .say = "", .wait_ms = 60000, .hang_up = true }, { .on = NULL }
	};
	pid_t killer;

	begin("", rules);
	/* One worker: whose message it is that gets no reply depends on nothing else. */
	s.rules.destination_concurrency_limit = s.rules.initial_destination_concurrency = 1;
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

/* ---- nobody waits for the end of another's mail ---- */

/* After how many results of others the first one with this text came. */
static int results_before(const char *text)
{
	const char *all = buf_str(&s.results), *found = strstr(all, text);
	int n = 0;

	ck_assert_msg(found, "%s", all);
	for (const char *p = all; p < found; p++)
		n += *p == '\n';
	return n;
}

static const char *many_recipients(struct envelope *e, int n)
{
	e->rcpts = arena_alloc(&s.arena, (size_t)n * sizeof(*e->rcpts));
	e->n = (size_t)n;
	e->sender = "al@m.example";
	for (int i = 0; i < n; i++)
		e->rcpts[i].address = arena_printf(&s.arena, "r%d@big.example", i);
	return station_enqueue_as(&s, e, MESSAGE);
}

/* A process that kills those of each of two lines of the file, which are to come. */
static pid_t kill_twice(const char *pids)
{
	pid_t killer = fork();

	if (killer == 0) {
		execl("/bin/sh", "sh", "-c",
		      "for n in 1 2; do until set -- $(sed -n ${n}p \"$0\" 2>/dev/null) && [ $# -eq 2 ]; do "
		      "sleep 0.02; done; kill -9 $1 $2; done",
		      pids, (char *)NULL);
		_exit(127);
	}
	return killer;
}

/* One message that each worker dies of is not tried for ever; those that were with it are delivered. */
START_TEST(test_poison)
{
	const char *pids = tempdir_path("pids"), *results;
	char aliases[400];
	pid_t killer;

	ck_assert_int_eq(chmod(tempdir(), 0777), 0);
	snprintf(aliases, sizeof(aliases), "poison: \"|echo $PPID $$ >>%s; exec sleep 20\"\n", pids);
	begin(aliases, NULL);
	letter("al@m.example");
	letter("poison@m.example");
	letter("bo@m.example");
	killer = kill_twice(pids);
	station_run(&s);
	waitpid(killer, NULL, WNOHANG);
	results = buf_str(&s.results);
	ck_assert(has(results, "sent al@m.example"));
	ck_assert(has(results, "sent bo@m.example"));
	ck_assert(has(results, "deferred poison@m.example 4.3.0 none the delivery process ended unexpectedly\n"));
	ck_assert_int_eq(station_count(&s, SPOOL_DEFERRED), 1);
}
END_TEST

/* A worker that dies of one recipient when it has answered for another: that one does not get it twice. */
START_TEST(test_answered)
{
	const char *pids = tempdir_path("pids");
	char aliases[800], once[100] = "";
	pid_t killer;
	FILE *file;

	ck_assert_int_eq(chmod(tempdir(), 0777), 0);
	snprintf(aliases, sizeof(aliases),
		 "once: \"|echo once >>%s.once\"\npoison: \"|echo $PPID $$ >>%s; exec sleep 20\"\n", pids, pids);
	begin(aliases, NULL);
	letter("once@m.example poison@m.example");
	killer = kill_twice(pids);
	station_run(&s);
	kill(killer, SIGKILL);
	waitpid(killer, NULL, 0);
	ck_assert(has(buf_str(&s.results),
		      "deferred poison@m.example 4.3.0 none the delivery process ended unexpectedly\n"));
	ck_assert(has(buf_str(&s.results), "sent once@m.example "));
	file = fopen(tempdir_path("pids.once"), "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(once, 1, sizeof(once) - 1, file), 5);
	fclose(file);
	ck_assert_str_eq(once, "once\n");
}
END_TEST

/* What waits beside a destination that has its share is not forgotten, and what comes behind it has room. */
START_TEST(test_crowd)
{
	enum { N = 20, ROOM = 8 };
	static const struct scripted_rule rules[] = { { .on = ".", .wait_ms = 20 }, { .on = NULL } };
	const char *ids[N + 2] = { NULL };

	begin("", rules);
	s.rules.destination_concurrency_limit = s.rules.initial_destination_concurrency = 1;
	s.rules.active_limit = ROOM;
	/* In this order. */
	for (int i = 0; i < N; i++)
		ids[i] = letter("a@x");
	ids[N] = letter("bo@m.example");
	station_run_ids(&s, ids);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert_int_eq(server.heard->messages, N);
	/* Not when those in front of it have left but the last that there is room for. */
	ck_assert_int_lt(results_before("sent bo@m.example"), N - ROOM);
}
END_TEST

/* 10,000 recipients and, behind them, one, for the same server. */
START_TEST(test_one_big_message)
{
	enum { N = 10000 };
	static const struct scripted_rule rules[] = { { .on = ".", .wait_ms = 5 }, { .on = NULL } };
	struct envelope big = { 0 };

	begin("", rules);
	s.rules.destination_concurrency_limit = s.rules.initial_destination_concurrency = 2;
	s.rules.on_trouble = NULL;
	many_recipients(&big, N);
	letter("small@x");
	station_run(&s);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert_int_eq(server.heard->messages, N / 50 + 1);
	/* It had its turn at once; a new connection for it may take as long as a few transactions of the other. */
	ck_assert_int_le(results_before("sent small@x"), N / 2);
}
END_TEST

/* A destination with much mail, more than there is room for, and one that comes last, with all places taken. */
START_TEST(test_one_big_destination)
{
	enum { N = 70 };
	static const struct scripted_rule rules[] = { { .on = ".", .wait_ms = 3 }, { .on = NULL } };

	begin("", rules);
	s.rules.process_limit = 2;
	s.rules.active_limit = 16;
	for (int i = 0; i < N; i++)
		letter("a@x");
	letter("bo@m.example");
	station_run(&s);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert_int_eq(server.heard->messages, N);
	ck_assert_int_le(results_before("sent bo@m.example"), N / 2);
}
END_TEST

/* More destinations than processes: all are served, in turns. */
START_TEST(test_many_destinations)
{
	enum { PLACES = 6, EACH = 12 };
	char name[32];

	begin("", NULL);
	s.rules.process_limit = 3;
	s.village.route.default_transport = NULL;
	route_clear(&s.village.route);
	s.village.route.default_transport = "pipe:cat";
	ck_assert_int_eq(route_init(&s.village.route, &fault), 0);
	for (int i = 0; i < EACH; i++)
		for (int k = 0; k < PLACES; k++) {
			snprintf(name, sizeof(name), "a@place%d.example", k);
			letter(name);
		}
	station_run(&s);
	ck_assert_str_eq(station_queue(&s), "");
	for (int k = 0; k < PLACES; k++) {
		snprintf(name, sizeof(name), "sent a@place%d.example", k);
		results_before(name);
	}
}
END_TEST

/* ---- the window ---- */

/* It begins with as many as configured, and gets more with success. */
START_TEST(test_window)
{
	enum { N = 60 };
	static const struct scripted_rule rules[] = { { .on = ".", .wait_ms = 10 }, { .on = NULL } };

	begin("", rules);
	s.rules.initial_destination_concurrency = 1;
	for (int i = 0; i < N; i++)
		letter("a@x");
	station_run(&s);
	ck_assert_int_eq(server.heard->messages, N);
	/* Two after the first, three after two more, ...: five after ten. */
	ck_assert_int_ge(server.heard->most, 2);
	ck_assert_int_le(server.heard->most, 5);
}
END_TEST

/* ---- priority ---- */

START_TEST(test_priority)
{
	static const char *const names[] = { "low@x", "none@x", "high@x" };
	static const int priorities[] = { -3, 0, 9 };

	begin("", NULL);
	s.rules.destination_concurrency_limit = s.rules.initial_destination_concurrency = 1;
	for (int i = 0; i < 3; i++) {
		struct envelope_rcpt rcpt = { .address = names[i] };
		struct envelope e = { .sender = "al@m.example", .rcpts = &rcpt, .n = 1, .priority = priorities[i] };

		station_enqueue_as(&s, &e, MESSAGE);
	}
	station_run(&s);
	ck_assert_int_eq(results_before("sent high@x"), 0);
	ck_assert_int_eq(results_before("sent none@x"), 1);
	ck_assert_int_eq(results_before("sent low@x"), 2);
}
END_TEST

/* ---- the dead ---- */

static bool no_network(void)
{
	return false;
}

static int64_t due_of(const char *id)
{
	struct spool_message m;

	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_DEFERRED, id, SPOOL_CLAIM_LOOK, &s.arena, &m, &fault), 1);
	spool_release(&m);
	return m.due;
}

/* Nothing is used up, nor written down as a try that counts. */
START_TEST(test_offline)
{
	static const struct scripted_rule rules[] = {
		{ .on = "CONNECT", .say = "421 4.3.2 Not now\r\n", .hang_up = true }, { .on = NULL }
	};
	struct spool_message m;
	const char *id;

	begin("", rules);
	s.rules.is_online = no_network;
	id = letter("a@x");
	station_run(&s);
	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_DEFERRED, id, SPOOL_CLAIM_LOOK, &s.arena, &m, &fault), 1);
	ck_assert(m.envelope.last_attempt->offline);
	spool_release(&m);
	ck_assert(station_is_in(due_of(id), 300));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_dead);
	tcase_add_test(tc, test_no_worker);
	tcase_add_test(tc, test_connection_limit);
	tcase_add_test(tc, test_concurrency);
	tcase_add_test(tc, test_recipients);
	tcase_add_test(tc, test_killed_worker);
	tcase_add_test(tc, test_answered);
	tcase_add_test(tc, test_crowd);
	tcase_add_test(tc, test_poison);
	tcase_add_test(tc, test_one_big_message);
	tcase_add_test(tc, test_one_big_destination);
	tcase_add_test(tc, test_many_destinations);
	tcase_add_test(tc, test_window);
	tcase_add_test(tc, test_priority);
	tcase_add_test(tc, test_offline);
}

CHECK_MAIN(dispatch, add_tests)
