/* SPDX-License-Identifier: ISC */
#include "relay/scheduler.h"

#include <signal.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/relaycase.h"

/* ---- once ---- */

START_TEST(test_sent)
{
	begin("", NULL);
	letter("a@x bo@m.example");
	station_run(&s);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert(has(buf_str(&s.results), "sent a@x 2.0.0 " MX " 250 2.0.0 Ok\n"));
	ck_assert(has(buf_str(&s.results), "sent bo@m.example 2.0.0 local delivered to maildir:T/home/bo/Maildir\n"));
	ck_assert_str_eq(buf_str(&s.trouble), "");
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 1);
	ck_assert_int_eq(server.heard->messages, 1);
	/* An empty queue is soon done. */
	station_run(&s);
	ck_assert_str_eq(buf_str(&s.results), "");
}
END_TEST

/* ---- the daemon ---- */

static pid_t start_daemon(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct relay_run how = { .mode = RELAY_DAEMON };
		enum relay_end end;
		struct fault f;

		s.rules.on_result = NULL;
		s.rules.on_trouble = NULL;
		if (relay_run(&s.rules, &how, &end, &f) < 0)
			_exit(9);
		_exit(end == RELAY_RELOAD ? 2 : 0);
	}
	while (!spool_kick(&s.spool, "0123456789ABCDEF"))
		usleep(1000);
	return pid;
}

/* The time is a fraction of that after which a daemon looks by itself. */
static bool wait_for_messages(int n)
{
	for (int i = 0; i < 6000 && server.heard->messages < n; i++)
		usleep(5000);
	return server.heard->messages >= n;
}

static int end_daemon(pid_t pid, int number)
{
	int status;

	kill(pid, number);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(test_daemon)
{
	pid_t pid;
	int status;

	begin("", NULL);
	letter("a@x");
	pid = start_daemon();
	ck_assert(wait_for_messages(1));
	/* Woken, not polling. */
	for (int i = 0; i < 3; i++) {
		usleep(100000);
		ck_assert(spool_kick(&s.spool, letter("a@x")));
		ck_assert(wait_for_messages(2 + i));
	}
	status = end_daemon(pid, SIGTERM);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert(!spool_kick(&s.spool, "0123456789ABCDEF"));
	ck_assert_str_eq(station_queue(&s), "");
}
END_TEST

START_TEST(test_kick_all)
{
	static const struct scripted_rule rules[] = { { .on = "RCPT", .nth = 1, .say = "450 4.2.1 Later\r\n" },
						      { .on = NULL } };
	pid_t pid;

	begin("", rules);
	letter("a@x");
	station_run(&s);
	ck_assert_int_eq(station_count(&s, SPOOL_DEFERRED), 1);
	pid = start_daemon();
	usleep(300000);
	ck_assert_int_eq(server.heard->messages, 0);
	ck_assert(spool_kick(&s.spool, ""));
	ck_assert(wait_for_messages(1));
	end_daemon(pid, SIGTERM);
}
END_TEST

/* What stands in the FIFO while nobody reads it. */
static void write_trigger(pid_t pid, const char *bytes, size_t n)
{
	int fd = open(tempdir_path("spool/trigger"), O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	kill(pid, SIGSTOP);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	kill(pid, SIGCONT);
	close(fd);
}

/* The id of a new message did not fit into the FIFO, whole or at all: the relay looks for itself. */
START_TEST(test_lost_trigger)
{
	enum { FULL = 64 << 10 };
	static const char flush[] = "@nobody.example\n";
	static char full[FULL];
	pid_t pid;

	begin("", NULL);
	pid = start_daemon();
	letter("a@x");
	write_trigger(pid, "0123456789ABC\n", 14);
	ck_assert(wait_for_messages(1));
	/* All that is in it makes sense, but as it is full there may have been more. */
	letter("a@x");
	for (size_t i = 0; i < FULL; i++)
		full[i] = flush[i % (sizeof(flush) - 1)];
	ck_assert_int_eq(FULL % (sizeof(flush) - 1), 0);
	write_trigger(pid, full, FULL);
	ck_assert(wait_for_messages(2));
	end_daemon(pid, SIGTERM);
}
END_TEST

START_TEST(test_reload)
{
	int status;

	begin("", NULL);
	status = end_daemon(start_daemon(), SIGHUP);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}
END_TEST

/* What is under way may finish; what was waiting stays in the queue. */
START_TEST(test_drain)
{
	static const struct scripted_rule rules[] = { { .on = ".", .wait_ms = 500 }, { .on = NULL } };
	int status;
	pid_t pid;

	begin("", rules);
	s.rules.destination_concurrency_limit = 1;
	s.rules.active_limit = 1;
	for (int i = 0; i < 5; i++)
		letter("a@x");
	pid = start_daemon();
	while (server.heard->counts[0] == 0)
		usleep(1000);
	status = end_daemon(pid, SIGTERM);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_int_ge(server.heard->messages, 1);
	ck_assert_int_lt(server.heard->messages, 5);
	/* All is either there or here. */
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), 5 - server.heard->messages);
}
END_TEST

/* What a server is about to answer when the end is told is waited for. */
START_TEST(test_grace)
{
	static const struct scripted_rule rules[] = { { .on = ".", .wait_ms = 700 }, { .on = NULL } };
	int status;
	pid_t pid;

	begin("", rules);
	letter("a@x");
	pid = start_daemon();
	for (int i = 0; i < 600 && server.heard->connections == 0; i++)
		usleep(5000);
	status = end_daemon(pid, SIGTERM);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_int_eq(server.heard->messages, 1);
	ck_assert_str_eq(station_queue(&s), "");
}
END_TEST

/* Ended while one recipient hangs: that the other has the message is not forgotten. */
START_TEST(test_end_remembers)
{
	static const struct scripted_rule rules[] = { { .on = "MAIL", .nth = 1, .say = "", .wait_ms = 60000 },
						      { .on = NULL } };
	int64_t begun;
	int status;
	pid_t pid;

	begin("", rules);
	s.rules.client.mail_timeout = 60;
	letter("a@x bo@m.example");
	pid = start_daemon();
	while (station_mail_count("home/bo/Maildir") == 0)
		usleep(1000);
	kill(pid, SIGTERM);
	usleep(200000);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	/* The second time it waits no more, the first alone would take RELAY_GRACE; two that come together are one. */
	begun = clock_mono_ms();
	while (waitpid(pid, &status, WNOHANG) == 0) {
		kill(pid, SIGTERM);
		usleep(200000);
	}
	ck_assert_int_lt(clock_mono_ms() - begun, RELAY_GRACE * 1000 / 2);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	make_due();
	station_run(&s);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 1);
}
END_TEST

/* Two relays on one spool: each message once. */
START_TEST(test_two_relays)
{
	enum { N = 60 };
	static const struct scripted_rule rules[] = { { .on = ".", .wait_ms = 3 }, { .on = NULL } };
	pid_t pid[2];
	int status;

	begin("", rules);
	for (int i = 0; i < N; i++)
		letter("a@x");
	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			struct relay_run how = { .mode = RELAY_ONCE };
			enum relay_end end;
			struct fault f;

			s.rules.on_result = NULL;
			_exit(relay_run(&s.rules, &how, &end, &f) < 0);
		}
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(server.heard->messages, N);
	ck_assert_str_eq(station_queue(&s), "");
}
END_TEST

START_TEST(test_wait)
{
	static const struct scripted_rule rules[] = { { .on = ".", .nth = 1, .wait_ms = 400 }, { .on = NULL } };
	const char *ids[] = { NULL, NULL };
	struct relay_run how = { .mode = RELAY_ONCE, .ids = ids, .wait = true };
	enum relay_end end;
	pid_t pid;

	begin("", rules);
	ids[0] = letter("a@x");
	pid = start_daemon();
	while (server.heard->counts[0] == 0)
		usleep(1000);
	ck_assert_int_eq(relay_run(&s.rules, &how, &end, &fault), 0);
	ck_assert_int_eq(server.heard->messages, 1);
	end_daemon(pid, SIGTERM);
	ck_assert_int_eq(server.heard->messages, 1);
}
END_TEST

START_TEST(test_next)
{
	int64_t when;

	begin("", NULL);
	ck_assert_int_eq(relay_next(&s.spool, &when, &fault), 0);
	letter("a@x");
	ck_assert_int_eq(relay_next(&s.spool, &when, &fault), 1);
	ck_assert_int_le(when, clock_wall());
	scripted_end(&server);
	station_run(&s);
	ck_assert_int_eq(relay_next(&s.spool, &when, &fault), 1);
	ck_assert(station_is_in(when, 300));
	/* The first of all, in whatever order they are found. */
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(utimensat(s.spool.box[SPOOL_NEW], letter("a@x"),
					   (struct timespec[]){ { 0 }, { .tv_sec = 1000 + i * 7 % 8 } }, 0),
				 0);
	ck_assert_int_eq(relay_next(&s.spool, &when, &fault), 1);
	ck_assert_int_eq(when, 1000);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_sent);
	tcase_add_test(tc, test_daemon);
	tcase_add_test(tc, test_kick_all);
	tcase_add_test(tc, test_lost_trigger);
	tcase_add_test(tc, test_reload);
	tcase_add_test(tc, test_drain);
	tcase_add_test(tc, test_grace);
	tcase_add_test(tc, test_end_remembers);
	tcase_add_test(tc, test_two_relays);
	tcase_add_test(tc, test_wait);
	tcase_add_test(tc, test_next);
}

CHECK_MAIN(scheduler, add_tests)
