/* SPDX-License-Identifier: ISC */
#include "relay/worker.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/nameserver.h"
#include "support/scripted.h"
#include "support/station.h"

static struct station s;
static struct scripted server;
static struct station_worker w;
static char nexthop[64];

static void setup(void)
{
	station_init(&s, "");
	station_start(&s);
	server = (struct scripted){ .extensions = "PIPELINING DSN 8BITMIME" };
}

static void teardown(void)
{
	scripted_forget(&server);
	station_clear(&s);
}

static void start(const struct scripted_rule *rules)
{
	struct worker_place place = { .kind = server.lmtp ? WORKER_LMTP : WORKER_SMTP, .nexthop = nexthop };

	server.rules = rules;
	ck_assert_int_eq(scripted_listen(&server), 0);
	snprintf(nexthop, sizeof(nexthop), "[127.0.0.1]:%d", server.port);
	station_worker_start(&s, &w, &place);
}

static const char *letter(const char *sender, const char *recipients)
{
	return station_enqueue(&s, sender, recipients, "Subject: x\n\n.body\n");
}

static void give(const char *id)
{
	station_worker_send(&w, id, NULL, 0);
}

#define MX "127.0.0.1[127.0.0.1]"

START_TEST(test_delivery)
{
	start(NULL);
	give(letter("al@m.example", "a@x b@x"));
	ck_assert_str_eq(station_worker_answers(&w), "connected\n"
						     "outcome 0 a@x " MX " remote ok 2.0.0 250 2.0.0 Ok\n"
						     "outcome 1 b@x " MX " remote ok 2.0.0 250 2.0.0 Ok\n"
						     "end 1\n");
	ck_assert_int_eq(station_worker_end(&w), 0);
	ck_assert_str_eq(server.heard->bodies, "Subject: x\r\n\r\n..body\r\n.\r\n");
	ck_assert_ptr_nonnull(strstr(server.heard->packets, "|QUIT\r\n|"));
}
END_TEST

START_TEST(test_job_fields)
{
	struct job_rcpt rcpt = { .index = 5, .address = "a@x", .orcpt = "rfc822;l@m", .notify = 2 };
	struct job job = { .rcpts = &rcpt, .n = 1, .delivered_to = "l@m.example", .ret = "HDRS" };
	struct envelope_rcpt to = { .address = "l@m.example" };
	struct envelope e = {
		.sender = "al@m.example", .rcpts = &to, .n = 1, .envid = "E1", .body = ENVELOPE_8BITMIME
	};

	start(NULL);
	station_worker_send_job(&w, station_enqueue_as(&s, &e, "Subject: x\n\n\xc3\xbc\n"), &job);
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), "outcome 5 a@x " MX " remote ok"));
	station_worker_end(&w);
	ck_assert_ptr_nonnull(strstr(server.heard->packets,
				     "|MAIL FROM:<al@m.example> BODY=8BITMIME RET=HDRS ENVID=E1\r\n"
				     "RCPT TO:<a@x> NOTIFY=SUCCESS ORCPT=rfc822;l@m\r\nDATA\r\n|"));
	ck_assert_str_eq(server.heard->bodies, "Delivered-To: l@m.example\r\nSubject: x\r\n\r\n\xc3\xbc\r\n.\r\n");
}
END_TEST

START_TEST(test_outcomes)
{
	static const struct scripted_rule rules[] = { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 Unknown\r\n" },
						      { .on = "RCPT", .nth = 2, .say = "450 4.2.1 Later\r\n" },
						      { .on = NULL } };

	start(rules);
	give(letter("al@m.example", "a@x b@x c@x"));
	ck_assert_str_eq(station_worker_answers(&w), "connected\n"
						     "outcome 0 a@x " MX " remote permanent 5.1.1 Unknown\n"
						     "outcome 1 b@x " MX " remote temporary 4.2.1 Later\n"
						     "outcome 2 c@x " MX " remote ok 2.0.0 250 2.0.0 Ok\n"
						     "end 1\n");
	station_worker_end(&w);
}
END_TEST

/* One connection for all; the commands of the next message ride behind the one before. */
START_TEST(test_kept_connection)
{
	enum { N = 6 };
	const char *ids[N];
	int ahead = 0;

	for (int i = 0; i < N; i++)
		ids[i] = letter("al@m.example", "a@x");
	start(NULL);
	for (int i = 0; i < N; i++)
		give(ids[i]);
	for (int i = 0; i < N; i++)
		ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), "outcome 0 a@x " MX " remote ok"));
	/* Later again: it is still there. */
	give(letter("al@m.example", "a@x"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), "remote ok"));
	station_worker_end(&w);
	ck_assert_int_eq(server.heard->connections, 1);
	ck_assert_int_eq(server.heard->messages, N + 1);
	for (const char *p = server.heard->packets; (p = strstr(p, "\r\n.\r\nMAIL FROM")); p++)
		ahead++;
	ck_assert_int_ge(ahead, 1);
}
END_TEST

/* Nobody there, or nobody who wants to: the scheduler is told that it is not about the message. */
static const struct {
	struct scripted_rule rule;
	const char *want;
} downs[] = {
	{ { .on = "CONNECT", .say = "421 4.3.2 Busy\r\n" }, "outcome 0 a@x none down temporary 4.3.2 Busy\nend 1\n" },
	{ { .on = "CONNECT", .say = "554 5.7.1 No\r\n" }, "outcome 0 a@x none down temporary 4.7.1 No\nend 1\n" },
	{ { .on = "CONNECT", .say = "", .hang_up = true },
	  "outcome 0 a@x none down temporary 4.4.2 lost connection with " MX " while receiving the greeting\nend 1\n" },
	{ { .on = "EHLO", .say = "", .hang_up = true },
	  "connected\noutcome 0 a@x none down temporary 4.4.2 lost connection with " MX " while EHLO\nend 1\n" },
};

START_TEST(test_down)
{
	const struct scripted_rule rules[] = { downs[_i].rule, { .on = NULL } };

	start(rules);
	give(letter("al@m.example", "a@x"));
	ck_assert_str_eq(station_worker_answers(&w), downs[_i].want);
	station_worker_end(&w);
}
END_TEST

START_TEST(test_refused)
{
	start(NULL);
	scripted_end(&server);
	give(letter("al@m.example", "a@x b@x"));
	const char *said = station_worker_answers(&w);

	ck_assert_ptr_nonnull(strstr(said, "outcome 0 a@x none down temporary 4.4.1 connect to 127.0.0.1[127.0.0.1]:"));
	ck_assert_ptr_nonnull(strstr(said, "outcome 1 b@x none down temporary 4.4.1"));
	/* And it lives on, for the next try. */
	give(letter("al@m.example", "a@x"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), "Connection refused\nend 2\n"));
	ck_assert_int_eq(station_worker_end(&w), 0);
}
END_TEST

START_TEST(test_bad_nexthop)
{
	struct worker_place place = { .kind = WORKER_SMTP, .nexthop = "[::1" };

	station_worker_start(&s, &w, &place);
	give(letter("al@m.example", "a@x"));
	ck_assert_str_eq(
		station_worker_answers(&w),
		"outcome 0 a@x none down temporary 4.3.5 \"[::1\" is not host, [host]:port or unix:path\nend 1\n");
	station_worker_end(&w);
}
END_TEST

/*
 * The server goes away at some point of the second of three messages. No message may be lost, none said to
 * be sent that was not taken; what the server had not seen yet goes out on a new connection at once.
 */
static const struct {
	struct scripted_rule rule;
	const char *second;
} deaths[] = {
	{ { .on = ".", .nth = 1, .hang_up = true }, "ok" },
	{ { .on = "MAIL", .nth = 2, .say = "", .hang_up = true }, "ok" },
	{ { .on = "RCPT", .nth = 2, .say = "", .hang_up = true }, "temporary" },
	{ { .on = "DATA", .nth = 2, .say = "", .hang_up = true }, "temporary" },
	{ { .on = ".", .nth = 2, .say = "", .hang_up = true }, "temporary" },
	{ { .on = ".", .nth = 2, .hang_up = true }, "ok" },
	{ { .on = "MAIL", .nth = 2, .say = "421 4.7.0 Enough for today\r\n", .hang_up = true }, "temporary" },
	{ { .on = "RCPT", .nth = 2, .say = "421 4.3.2 Bye\r\n", .hang_up = true }, "temporary" },
	{ { .on = "DATA", .nth = 2, .say = "421 4.3.2 Bye\r\n", .hang_up = true }, "temporary" },
	{ { .on = ".", .nth = 2, .say = "421 4.3.2 Bye\r\n", .hang_up = true }, "temporary" },
	{ { .on = ".", .nth = 2, .say = "554 5.6.0 Spam\r\n" }, "permanent" },
};

START_TEST(test_death)
{
	const struct scripted_rule rules[] = { deaths[_i].rule, { .on = NULL } };
	const char *want[3] = { "ok", deaths[_i].second, "ok" };
	char part[100];
	int sent = 0;

	start(rules);
	for (int i = 0; i < 3; i++)
		give(letter("al@m.example", "a@x"));
	for (int i = 0; i < 3; i++) {
		const char *said = station_worker_answers(&w);

		snprintf(part, sizeof(part), " %s ", want[i]);
		ck_assert_msg(strstr(said, part) != NULL, "message %d: %s", i + 1, said);
		ck_assert_msg(strstr(said, " down ") == NULL, "message %d: %s", i + 1, said);
		sent += strcmp(want[i], "ok") == 0;
	}
	station_worker_end(&w);
	ck_assert_int_eq(server.heard->messages, sent);
}
END_TEST

/* A kept connection that the server closed while nothing was to do. */
START_TEST(test_closed_when_idle)
{
	static const struct scripted_rule rules[] = {
		{ .on = ".", .nth = 1, .say = "250 2.0.0 Ok\r\n421 4.4.2 Idle\r\n", .hang_up = true }, { .on = NULL }
	};

	start(rules);
	give(letter("al@m.example", "a@x"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), " remote ok"));
	usleep(100000);
	give(letter("al@m.example", "a@x"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), " remote ok"));
	station_worker_end(&w);
	ck_assert_int_eq(server.heard->connections, 2);
	ck_assert_int_eq(server.heard->messages, 2);
}
END_TEST

START_TEST(test_lmtp)
{
	static const struct scripted_rule rules[] = { { .on = ".", .nth = 2, .say = "552 5.2.2 b is full\r\n" },
						      { .on = NULL } };

	server.lmtp = true;
	start(rules);
	give(letter("al@m.example", "a@x b@x"));
	ck_assert_str_eq(station_worker_answers(&w), "connected\n"
						     "outcome 0 a@x " MX " remote ok 2.0.0 250 2.0.0 Ok\n"
						     "outcome 1 b@x " MX " remote permanent 5.2.2 b is full\n"
						     "end 1\n");
	station_worker_end(&w);
	ck_assert_int_eq(strncmp(server.heard->packets, "LHLO m.example\r\n|", 17), 0);
}
END_TEST

/* What no server could be given is not said to be temporary. */
START_TEST(test_smtputf8)
{
	struct envelope_rcpt to = { .address = "gr\xc3\xbc\xc3\x9f@x" };
	struct envelope e = { .sender = "al@m.example", .rcpts = &to, .n = 1, .smtputf8 = true };

	start(NULL);
	give(station_enqueue_as(&s, &e, "Subject: x\n\n"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), " permanent 5.6.7 message needs SMTPUTF8"));
	station_worker_end(&w);
}
END_TEST

/* ---- several hosts: the scripted server is 127.0.0.1 and "second"; on 127.0.0.2, "first", nobody listens ---- */

static struct nameserver names;

static const char zone[] = "far.example MX 5 first.example\n"
			   "far.example MX 10 second.example\n"
			   "first.example A 127.0.0.2\n"
			   "second.example A 127.0.0.1\n"
			   "twice.example MX 5 second.example\n"
			   "twice.example MX 10 again.example\n"
			   "twice.example MX 15 third.example\n"
			   "again.example A 127.0.0.1\n"
			   "third.example A 127.0.0.1\n"
			   "down.example MX 5 first.example\n"
			   "null.example MX 0 .\n"
			   "unsure.example RCODE 2\n";

static void start_for(const char *domain, const struct scripted_rule *rules)
{
	struct worker_place place = { .kind = WORKER_SMTP, .nexthop = domain };

	nameserver_start(&names, zone);
	server.rules = rules;
	ck_assert_int_eq(scripted_listen(&server), 0);
	s.rules.hosts.dns_servers = names.address;
	s.rules.hosts.port = server.port;
	station_worker_start(&s, &w, &place);
}

static void end_both(void)
{
	station_worker_end(&w);
	nameserver_end(&names);
}

#define SECOND "second.example[127.0.0.1]"

START_TEST(test_second_mx)
{
	start_for("far.example", NULL);
	give(letter("al@m.example", "a@far.example"));
	ck_assert_str_eq(station_worker_answers(&w), "connected\n"
						     "outcome 0 a@far.example " SECOND " remote ok 2.0.0 250 2.0.0 Ok\n"
						     "end 1\n");
	end_both();
}
END_TEST

/* Who greets with an error, or goes away before the reply to MAIL, is left for the next one. */
static const struct scripted_rule left[] = {
	{ .on = "CONNECT", .nth = 1, .say = "421 4.3.2 Busy\r\n" },
	{ .on = "CONNECT", .nth = 1, .say = "554 5.7.1 No\r\n" },
	{ .on = "CONNECT", .nth = 1, .say = "521 5.3.2 Never\r\n" },
	{ .on = "CONNECT", .nth = 1, .say = "", .hang_up = true },
	{ .on = "EHLO", .nth = 1, .say = "", .hang_up = true },
	{ .on = "MAIL", .nth = 1, .say = "", .hang_up = true },
};

START_TEST(test_next_mx)
{
	const struct scripted_rule rules[] = { left[_i], { .on = NULL } };

	start_for("twice.example", rules);
	give(letter("al@m.example", "a@twice.example"));
	ck_assert_ptr_nonnull(
		strstr(station_worker_answers(&w),
		       "outcome 0 a@twice.example again.example[127.0.0.1] remote ok 2.0.0 250 2.0.0 Ok\n"));
	end_both();
	ck_assert_int_eq(server.heard->messages, 1);
	ck_assert_int_eq(server.heard->connections, 2);
}
END_TEST

/* What a host has said of the message counts: the next one is not asked. */
START_TEST(test_final_reply)
{
	static const struct scripted_rule rules[] = { { .on = "MAIL", .say = "450 4.7.1 Greylisted\r\n" },
						      { .on = NULL } };

	start_for("twice.example", rules);
	give(letter("al@m.example", "a@twice.example"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), SECOND " remote temporary 4.7.1 Greylisted\n"));
	end_both();
	ck_assert_int_eq(server.heard->connections, 1);
}
END_TEST

START_TEST(test_session_limit)
{
	static const struct scripted_rule rules[] = { { .on = "CONNECT", .say = "421 4.3.2 Busy\r\n" },
						      { .on = NULL } };

	s.rules.hosts.session_limit = _i;
	start_for("twice.example", rules);
	give(letter("al@m.example", "a@twice.example"));
	ck_assert_str_eq(station_worker_answers(&w),
			 "outcome 0 a@twice.example none down temporary 4.3.2 Busy\nend 1\n");
	end_both();
	ck_assert_int_eq(server.heard->connections, _i ? _i : 3);
}
END_TEST

static const struct {
	const char *domain;
	const char *want;
} nowhere[] = {
	{ "null.example", "permanent 5.1.10 domain null.example accepts no mail (null MX)" },
	{ "none.example", "permanent 5.1.2 domain none.example does not exist" },
	{ "unsure.example", "temporary 4.4.3 looking up MX for unsure.example: the name servers fail" },
	{ "down.example", "temporary 4.4.1 connect to first.example[127.0.0.2]:" },
};

START_TEST(test_nowhere)
{
	start_for(nowhere[_i].domain, NULL);
	give(letter("al@m.example", "a@x"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w),
				     arena_printf(&s.arena, "outcome 0 a@x none down %s", nowhere[_i].want)));
	end_both();
}
END_TEST

START_TEST(test_bad_dns_servers)
{
	struct worker_place place = { .kind = WORKER_SMTP, .nexthop = "x" };

	s.rules.hosts.dns_servers = "nonsense";
	station_worker_start(&s, &w, &place);
	give(letter("al@m.example", "a@x"));
	ck_assert_ptr_nonnull(
		strstr(station_worker_answers(&w), "none down temporary 5.3.5 dns_servers: \"nonsense\""));
	station_worker_end(&w);
}
END_TEST

/* What one message needs and a host lacks says nothing of mail that needs less: the destination is not down. */
START_TEST(test_require_tls)
{
	struct envelope_rcpt to = { .address = "a@x" };
	struct envelope e = { .sender = "al@m.example", .rcpts = &to, .n = 1, .require_tls = true };
	const char *wants[] = {
		"outcome 0 a@x none permanent 5.7.30 message needs REQUIRETLS, and there is no TLS with host "
		"127.0.0.1\n",
		"connected\n"
		"outcome 0 a@x none permanent 5.7.30 message needs REQUIRETLS, and host 127.0.0.1 cannot be trusted: "
		"TLS is "
		"demanded, and " MX " does not offer it\n",
	};

	s.rules.tlspolicy.level = _i ? TLSPOLICY_MAY : TLSPOLICY_NONE;
	start(NULL);
	give(station_enqueue_as(&s, &e, "Subject: x\n\nbody\n"));
	ck_assert_str_eq(station_worker_answers(&w), arena_printf(&s.arena, "%send 1\n", wants[_i]));
	ck_assert_ptr_null(strstr(server.heard->packets, "MAIL"));
	station_worker_end(&w);
}
END_TEST

/* ... and what needs less has a connection of its own. */
START_TEST(test_needs_differ)
{
	struct envelope_rcpt to = { .address = "a@x" };
	struct envelope e = { .sender = "al@m.example", .rcpts = &to, .n = 1, .require_tls = true };

	s.rules.tlspolicy.level = TLSPOLICY_MAY;
	start(NULL);
	give(letter("al@m.example", "a@x"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), "connected\noutcome 0 a@x " MX " remote ok"));
	give(station_enqueue_as(&s, &e, "Subject: x\n\nsecret\n"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), "outcome 0 a@x none permanent 5.7.30"));
	give(letter("al@m.example", "a@x"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), "outcome 0 a@x " MX " remote ok"));
	station_worker_end(&w);
	ck_assert_int_eq(server.heard->connections, 3);
	ck_assert_ptr_null(strstr(server.heard->bodies, "secret"));
}
END_TEST

START_TEST(test_table_trouble)
{
	s.rules.tlspolicy = (struct tlspolicy_rules){ .level = TLSPOLICY_MAY, .maps = "/nonexistent/policy" };
	start(NULL);
	give(letter("al@m.example", "a@x"));
	ck_assert_ptr_nonnull(strstr(station_worker_answers(&w), "outcome 0 a@x none down temporary 4.3.5"));
	station_worker_end(&w);
	ck_assert_int_eq(server.heard->connections, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_require_tls, 0, 2);
	tcase_add_test(tc, test_needs_differ);
	tcase_add_test(tc, test_table_trouble);
	tcase_add_test(tc, test_delivery);
	tcase_add_test(tc, test_job_fields);
	tcase_add_test(tc, test_outcomes);
	tcase_add_test(tc, test_kept_connection);
	tcase_add_loop_test(tc, test_down, 0, COUNT(downs));
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_bad_nexthop);
	tcase_add_loop_test(tc, test_death, 0, COUNT(deaths));
	tcase_add_test(tc, test_closed_when_idle);
	tcase_add_test(tc, test_lmtp);
	tcase_add_test(tc, test_smtputf8);
	tcase_add_test(tc, test_second_mx);
	tcase_add_loop_test(tc, test_next_mx, 0, COUNT(left));
	tcase_add_test(tc, test_final_reply);
	tcase_add_loop_test(tc, test_session_limit, 0, 4);
	tcase_add_loop_test(tc, test_nowhere, 0, COUNT(nowhere));
	tcase_add_test(tc, test_bad_dns_servers);
}

CHECK_MAIN(remote, add_tests)
