/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay/relay.h"
#include "support/check_main.h"
#include "support/scripted.h"
#include "support/station.h"
#include "support/tempdir.h"

static struct station s;
static struct scripted server;
static struct fault fault;

#define MESSAGE "Subject: x\n\nbody\n"
#define MX	"127.0.0.1[127.0.0.1]"

/* A relay with these aliases and a server with these rules for all other machines. */
static void begin(const char *aliases, const struct scripted_rule *rules)
{
	server = (struct scripted){ .extensions = "PIPELINING DSN", .rules = rules };
	ck_assert_int_eq(scripted_listen(&server), 0);
	station_init(&s, aliases);
	station_relay_to(&s, server.port);
	station_start(&s);
}

static void teardown(void)
{
	scripted_forget(&server);
	station_clear(&s);
}

static const char *letter(const char *recipients)
{
	return station_enqueue(&s, "al@m.example", recipients, MESSAGE);
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* Everything that is deferred becomes due. */
static void make_due(void)
{
	struct spool_scan scan;
	struct spool_entry e;
	struct timespec past[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = clock_wall() - 5 } };

	ck_assert_int_eq(spool_scan_open(&scan, &s.spool, SPOOL_DEFERRED, &fault), 0);
	while (spool_scan_next(&scan, &e) > 0)
		ck_assert_int_eq(utimensat(s.spool.box[SPOOL_DEFERRED], e.id, past, 0), 0);
	spool_scan_close(&scan);
}

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

START_TEST(test_mixed)
{
	static const struct scripted_rule rules[] = { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 Unknown\r\n" },
						      { .on = "RCPT", .nth = 2, .say = "450 4.2.1 Later\r\n" },
						      { .on = NULL } };

	begin("", rules);
	letter("a@x b@x c@x");
	station_run(&s);
	/* The bounce is delivered in the same run. */
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 1);
	ck_assert(has(station_mail(&s, "home/al/Maildir"), "Final-Recipient: rfc822; a@x\n"));
	ck_assert(!has(station_mail(&s, "home/al/Maildir"), "Final-Recipient: rfc822; b@x\n"));
	ck_assert_str_eq(station_queue(&s),
			 "deferred <al@m.example> F a@x [host " MX " said: Unknown] Q b@x [host " MX " said: Later]"
			 " D c@x [250 2.0.0 Ok]\n");
	/* Not due yet: nothing happens. Then only b is tried. */
	station_run(&s);
	ck_assert_str_eq(buf_str(&s.results), "");
	make_due();
	station_run(&s);
	ck_assert_str_eq(buf_str(&s.results), "sent b@x 2.0.0 " MX " 250 2.0.0 Ok\n");
	ck_assert_str_eq(station_queue(&s), "");
}
END_TEST

START_TEST(test_ids)
{
	const char *two, *ids[] = { NULL, "0123456789ABCDEF", NULL };

	begin("", NULL);
	letter("a@x");
	two = letter("b@x");
	ids[0] = two;
	station_run_ids(&s, ids);
	ck_assert_str_eq(buf_str(&s.results), "sent b@x 2.0.0 " MX " 250 2.0.0 Ok\n");
	ck_assert_str_eq(station_queue(&s), "new <al@m.example> Q a@x\n");
}
END_TEST

/* A list of which one member fails: only that one is tried again, and the others have it once. */
START_TEST(test_alias_partly)
{
	static const struct scripted_rule rules[] = { { .on = "RCPT", .nth = 2, .say = "450 4.2.1 Later\r\n" },
						      { .on = NULL } };

	begin("list: bo, carla, a@x, b@y, c@z, |exit 75\n", rules);
	letter("list@m.example");
	station_run(&s);
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 1);
	ck_assert_int_eq(server.heard->messages, 1);
	ck_assert(has(station_queue(&s), "done:mailbox:carla"));
	ck_assert(has(station_queue(&s), "done:remote:a@x"));
	ck_assert(!has(station_queue(&s), "done:remote:b@y"));
	ck_assert(!has(station_queue(&s), "done:command"));
	make_due();
	station_run(&s);
	ck_assert(has(buf_str(&s.results), "sent b@y "));
	ck_assert(has(buf_str(&s.results), "deferred list@m.example 4.3.0 local command exited with 75"));
	ck_assert(!has(buf_str(&s.results), " a@x "));
	ck_assert(!has(buf_str(&s.results), "sent bo@"));
	ck_assert_int_eq(server.heard->messages, 2);
	make_due();
	station_run(&s);
	ck_assert(!has(buf_str(&s.results), "sent"));
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 1);
}
END_TEST

/* The same with more members than a packet between two processes holds. */
START_TEST(test_alias_large)
{
	enum { MEMBERS = 3000 };
	static const struct scripted_rule rules[] = { { .on = "RCPT", .nth = 1234, .say = "450 4.2.1 Later\r\n" },
						      { .on = NULL } };
	struct buf aliases;
	int messages;

	buf_init(&aliases, 1 << 20);
	buf_put_str(&aliases, "list: a@x");
	for (int i = 1; i < MEMBERS; i++)
		buf_printf(&aliases, ", somebody-with-a-name-%d@department.example", i);
	buf_put_char(&aliases, '\n');
	begin(buf_str(&aliases), rules);
	letter("list@m.example");
	station_run(&s);
	messages = server.heard->messages;
	ck_assert_int_eq(messages, MEMBERS / 50);
	make_due();
	station_run(&s);
	ck_assert_msg(has(buf_str(&s.results), "sent somebody-with-a-name-"), "%s%s", buf_str(&s.results),
		      buf_str(&s.trouble));
	ck_assert_int_eq(server.heard->messages, messages + 1);
	ck_assert_str_eq(station_queue(&s), "");
	buf_clear(&aliases);
}
END_TEST

/* owner-NAME hears of failures, not the author. */
START_TEST(test_owner)
{
	static const struct scripted_rule rules[] = { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 Unknown\r\n" },
						      { .on = NULL } };

	begin("list: a@x\nowner-list: bo\n", rules);
	letter("list@m.example");
	station_run(&s);
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 0);
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 1);
	ck_assert(has(server.heard->packets, "MAIL FROM:<owner-list@m.example>"));
	ck_assert_str_eq(station_queue(&s), "");
}
END_TEST

/* Who forwards to himself through another machine: Delivered-To ends it. */
START_TEST(test_forwarded)
{
	begin("away: a@x\n", NULL);
	letter("away@m.example");
	station_run(&s);
	ck_assert_int_eq(strncmp(server.heard->bodies, "Delivered-To: away@m.example\r\n", 30), 0);
	station_enqueue(&s, "al@m.example", "away@m.example", "Delivered-To: away@m.example\nSubject: x\n\n");
	station_run(&s);
	ck_assert(has(buf_str(&s.results),
		      "bounced away@m.example 5.4.6 local mail forwarding loop for away@m.example\n"));
}
END_TEST

START_TEST(test_bounce_of_bounce)
{
	static const struct scripted_rule rules[] = { { .on = "RCPT", .say = "550 5.1.1 Unknown\r\n" },
						      { .on = NULL } };

	begin("", rules);
	station_enqueue(&s, "s@x", "a@x", MESSAGE);
	station_run(&s);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert_int_eq(station_mail_count("spool/dead"), 1);
	ck_assert(has(station_mail(&s, "spool/dead"), "Final-Recipient: rfc822; a@x\n"));
	/* One message and one report were tried. */
	ck_assert(has(buf_str(&s.results), "bounced a@x 5.1.1 "));
	ck_assert(has(buf_str(&s.results), "bounced s@x 5.1.1 "));
	ck_assert(has(buf_str(&s.trouble), "undeliverable bounce kept in T/spool/dead: "));
}
END_TEST

START_TEST(test_damaged)
{
	begin("", NULL);
	letter("a@x");
	tempdir_write("spool/new/0000000000000000", "rubbish", 0600);
	tempdir_write("spool/deferred/0000000000000001", "", 0600);
	ck_assert_int_eq(symlink("/etc/passwd", tempdir_path("spool/new/0000000000000002")), 0);
	ck_assert_int_eq(mkfifo(tempdir_path("spool/new/0000000000000003"), 0600), 0);
	make_due();
	station_run(&s);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert_int_eq(server.heard->messages, 1);
	ck_assert_int_eq(station_count(&s, SPOOL_CORRUPT), 4);
	ck_assert(has(buf_str(&s.trouble), "not a queue file of version 1\n"));
	station_run(&s);
	ck_assert_str_eq(buf_str(&s.trouble), "");
}
END_TEST

/* ---- destinations ---- */

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
	for (int i = 0; i < 500 && !spool_kick(&s.spool, "0123456789ABCDEF"); i++)
		usleep(10000);
	return pid;
}

static bool wait_for_messages(int n, int ms)
{
	for (int i = 0; i < ms / 5 && server.heard->messages < n; i++)
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
	ck_assert(wait_for_messages(1, 3000));
	/* Woken, not polling. */
	for (int i = 0; i < 3; i++) {
		usleep(100000);
		ck_assert(spool_kick(&s.spool, letter("a@x")));
		ck_assert(wait_for_messages(2 + i, 1000));
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
	ck_assert(!wait_for_messages(1, 300));
	ck_assert(spool_kick(&s.spool, ""));
	ck_assert(wait_for_messages(1, 1000));
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
	int64_t begun;
	int status;
	pid_t pid;

	begin("", rules);
	s.rules.destination_concurrency_limit = 1;
	s.rules.active_limit = 1;
	for (int i = 0; i < 5; i++)
		letter("a@x");
	pid = start_daemon();
	usleep(100000);
	begun = clock_mono_ms();
	status = end_daemon(pid, SIGTERM);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_int_lt(clock_mono_ms() - begun, 3000);
	ck_assert_int_ge(server.heard->messages, 1);
	/* All is either there or here. */
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), 5 - server.heard->messages);
}
END_TEST

/* Ended while one recipient hangs: that the other has the message is not forgotten. */
START_TEST(test_end_remembers)
{
	static const struct scripted_rule rules[] = { { .on = "MAIL", .nth = 1, .say = "", .wait_ms = 60000 },
						      { .on = NULL } };
	int status;
	pid_t pid;

	begin("", rules);
	s.rules.client.mail_timeout = 60;
	letter("a@x bo@m.example");
	pid = start_daemon();
	for (int i = 0; i < 300 && station_mail_count("home/bo/Maildir") == 0; i++)
		usleep(10000);
	/* The second time it waits no more. */
	kill(pid, SIGTERM);
	usleep(200000);
	status = end_daemon(pid, SIGTERM);
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
	int64_t begun;
	pid_t pid;

	begin("", rules);
	ids[0] = letter("a@x");
	pid = start_daemon();
	usleep(100000);
	begun = clock_mono_ms();
	ck_assert_int_eq(relay_run(&s.rules, &how, &end, &fault), 0);
	ck_assert_int_ge(clock_mono_ms() - begun, 200);
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
	ck_assert_int_le(llabs(when - clock_wall() - 300), 2);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_sent);
	tcase_add_test(tc, test_mixed);
	tcase_add_test(tc, test_ids);
	tcase_add_test(tc, test_alias_partly);
	tcase_add_test(tc, test_alias_large);
	tcase_add_test(tc, test_owner);
	tcase_add_test(tc, test_forwarded);
	tcase_add_test(tc, test_bounce_of_bounce);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_dead);
	tcase_add_test(tc, test_connection_limit);
	tcase_add_test(tc, test_concurrency);
	tcase_add_test(tc, test_recipients);
	tcase_add_test(tc, test_killed_worker);
	tcase_add_test(tc, test_daemon);
	tcase_add_test(tc, test_kick_all);
	tcase_add_test(tc, test_reload);
	tcase_add_test(tc, test_drain);
	tcase_add_test(tc, test_end_remembers);
	tcase_add_test(tc, test_two_relays);
	tcase_add_test(tc, test_wait);
	tcase_add_test(tc, test_next);
}

CHECK_MAIN(scheduler, add_tests)
