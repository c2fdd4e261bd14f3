/* SPDX-License-Identifier: ISC */
#include "relay/flush.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/relaycase.h"

START_TEST(test_concerns)
{
	static const struct {
		const char *address, *domain;
		enum envelope_state state;
		bool want;
	} rows[] = {
		{ "a@x.example", "x.example", ENVELOPE_QUEUED, true },
		{ "a@X.Example", "x.eXAMPLE", ENVELOPE_QUEUED, true },
		{ "a@x.example", "x.example", ENVELOPE_DELIVERED, false },
		{ "a@x.example", "x.example", ENVELOPE_FAILED, false },
		{ "a@y.x.example", "x.example", ENVELOPE_QUEUED, false },
		{ "a@y.x.example", "@x.example", ENVELOPE_QUEUED, true },
		{ "a@x.example", "@x.example", ENVELOPE_QUEUED, true },
		{ "a@yx.example", "@x.example", ENVELOPE_QUEUED, false },
		{ "\"x.example@\"@z", "x.example", ENVELOPE_QUEUED, false },
		{ "a", "x.example", ENVELOPE_QUEUED, false },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct envelope_rcpt r[] = { { .address = "first@other.example", .state = ENVELOPE_QUEUED },
					     { .address = rows[i].address, .state = rows[i].state } };
		const struct envelope e = { .sender = "", .rcpts = r, .n = 2 };

		ck_assert_msg(flush_concerns(&e, rows[i].domain) == rows[i].want, "%s in %s", rows[i].address,
			      rows[i].domain);
	}
}
END_TEST

START_TEST(test_no_domain)
{
	static const char *const rows[] = { "", "@", "a b", "a@b", "x\ny", "@@x" };
	char longest[SPOOL_DOMAIN_MAX + 1] = "";

	begin("", NULL);
	memset(longest, 'x', SPOOL_DOMAIN_MAX);
	ck_assert_int_eq(relay_flush_destination(&s.spool, longest, &fault), -1);
	for (int i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(relay_flush_destination(&s.spool, rows[i], &fault), -1);
		ck_assert_int_eq(fault.reply, 501);
	}
	/* Nobody is there to be told. */
	ck_assert_int_eq(relay_flush_destination(&s.spool, longest + 1, &fault), 0);
	ck_assert_int_eq(relay_flush_destination(&s.spool, "x.example", &fault), 0);
}
END_TEST

static const struct scripted_rule busy[] = { { .on = "RCPT", .nth = 1, .say = "450 4.2.1 Later\r\n" },
					     { .on = "RCPT", .nth = 2, .say = "450 4.2.1 Later\r\n" },
					     { .on = NULL } };

START_TEST(test_once)
{
	struct relay_run how = { .mode = RELAY_ONCE, .domain = "y" };
	enum relay_end end;

	begin("", busy);
	letter("a@x");
	letter("b@y");
	station_run(&s);
	ck_assert_int_eq(station_count(&s, SPOOL_DEFERRED), 2);
	ck_assert_int_eq(relay_run(&s.rules, &how, &end, &fault), 0);
	ck_assert_int_eq(server.heard->messages, 1);
	ck_assert_str_eq(station_queue(&s), "deferred <al@m.example> Q a@x [host " MX " said: Later]\n");
}
END_TEST

static pid_t start_daemon(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct relay_run how = { .mode = RELAY_DAEMON };
		enum relay_end end;

		s.rules.on_result = NULL;
		s.rules.on_trouble = NULL;
		_exit(relay_run(&s.rules, &how, &end, &fault) < 0);
	}
	while (!spool_kick(&s.spool, "0123456789ABCDEF"))
		usleep(1000);
	return pid;
}

static void wait_for(const int *count, int want)
{
	for (int i = 0; i < 6000 && *count < want; i++)
		usleep(5000);
	ck_assert_int_eq(*count, want);
}

/* A destination that the daemon has found dead gets one probe for the asking, and mail when it is back. */
START_TEST(test_dead)
{
	static const struct scripted_rule rules[] = {
		{ .on = "CONNECT", .nth = 1, .say = "421 4.3.2 Not now\r\n", .hang_up = true },
		{ .on = "CONNECT", .nth = 2, .say = "421 4.3.2 Not now\r\n", .hang_up = true },
		{ .on = NULL }
	};
	pid_t pid;

	begin("", rules);
	for (int i = 0; i < 5; i++)
		letter("a@x");
	pid = start_daemon();
	wait_for(&server.heard->connections, 1);
	/* New mail is no reason to probe. */
	ck_assert(spool_kick(&s.spool, letter("a@x")));
	while (station_count(&s, SPOOL_DEFERRED) < 6)
		usleep(5000);
	ck_assert_int_eq(server.heard->connections, 1);
	ck_assert_int_eq(relay_flush_destination(&s.spool, "x", &fault), 1);
	wait_for(&server.heard->connections, 2);
	usleep(100000);
	ck_assert_int_eq(server.heard->connections, 2);
	ck_assert_int_eq(relay_flush_destination(&s.spool, "y", &fault), 1);
	usleep(50000);
	ck_assert_int_eq(server.heard->connections, 2);
	/* Who asks while it is being probed gets no other probe. */
	for (int i = 0; i < 300 && server.heard->connections == 2; i++) {
		ck_assert_int_eq(relay_flush_destination(&s.spool, "x", &fault), 1);
		usleep(100000);
	}
	wait_for(&server.heard->messages, 6);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	ck_assert_str_eq(station_queue(&s), "");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_concerns);
	tcase_add_test(tc, test_no_domain);
	tcase_add_test(tc, test_once);
	tcase_add_test(tc, test_dead);
}

CHECK_MAIN(flush, add_tests)
