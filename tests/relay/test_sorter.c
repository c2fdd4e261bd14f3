/* SPDX-License-Identifier: ISC */
#include "relay/sorter.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/relaycase.h"

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
	enum { MEMBERS = 3000, PACKETS = 8 };
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
	/* One is sent with fewer than 50 when a worker is ready before the next packet has come. */
	ck_assert_int_ge(messages, MEMBERS / 50);
	ck_assert_int_le(messages, MEMBERS / 50 + PACKETS);
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

/* ---- what the author wants to know ---- */

static void letter_with(const char *recipient, unsigned notify, const char *orcpt)
{
	struct envelope_rcpt rcpt = { .address = recipient, .notify = notify, .orcpt = orcpt };
	struct envelope e = { .sender = "al@m.example", .rcpts = &rcpt, .n = 1, .envid = "QQ7" };

	station_enqueue_as(&s, &e, MESSAGE);
}

/* RFC 3461 5.2.7.1: what is forwarded to one address is asked for as it was here, by the name that the author used. */
START_TEST(test_forwarded_dsn)
{
	begin("away: a@x\n", NULL);
	letter_with("away@m.example", ENVELOPE_NOTIFY_SUCCESS | ENVELOPE_NOTIFY_DELAY, NULL);
	station_run(&s);
	ck_assert_msg(has(server.heard->packets, "RCPT TO:<a@x> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;away@m.example\r\n"),
		      "%s", server.heard->packets);
	ck_assert(has(server.heard->packets, " ENVID=QQ7\r\n"));
	/* The next host reports. */
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 0);
	letter_with("away@m.example", ENVELOPE_NOTIFY_NEVER, "rfc822;first@y");
	station_run(&s);
	ck_assert(has(server.heard->packets, "RCPT TO:<a@x> NOTIFY=NEVER ORCPT=rfc822;first@y\r\n"));
}
END_TEST

/* 5.2.7.2: of several, the author is told that there are, once, and no more of success. */
START_TEST(test_expanded)
{
	static const struct scripted_rule rules[] = { { .on = "RCPT", .nth = 1, .say = "450 4.2.1 Later\r\n" },
						      { .on = NULL } };
	const char *report;

	begin("all: bo, a@x, b@x\n", rules);
	letter_with("all@m.example", ENVELOPE_NOTIFY_SUCCESS | ENVELOPE_NOTIFY_FAILURE, NULL);
	station_run(&s);
	ck_assert(has(server.heard->packets, "RCPT TO:<b@x> NOTIFY=FAILURE ORCPT=rfc822;all@m.example\r\n"));
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 1);
	report = station_mail(&s, "home/al/Maildir");
	ck_assert(has(report, "Subject: Mail Expansion Report\n"));
	ck_assert(has(report, "Final-Recipient: rfc822; all@m.example\nAction: expanded\nStatus: 2.0.0\n"));
	ck_assert(has(report, "Original-Envelope-Id: QQ7\n"));
	ck_assert(!has(report, "Action: delivered\n"));
	make_due();
	station_run(&s);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 1);
}
END_TEST

/* Who wants to know of nothing but success does not hear of a member's failure. */
START_TEST(test_expanded_only)
{
	begin("all: a@x, b@x\n", NULL);
	letter_with("all@m.example", ENVELOPE_NOTIFY_SUCCESS, NULL);
	station_run(&s);
	ck_assert(has(server.heard->packets, "RCPT TO:<b@x> NOTIFY=NEVER ORCPT=rfc822;all@m.example\r\n"));
}
END_TEST

/* 5.2.7.3: a list has an owner, and reports are his; that it has the message is all that the author hears. */
START_TEST(test_list_dsn)
{
	static const struct scripted_rule rules[] = { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 Unknown\r\n" },
						      { .on = NULL } };

	begin("list: a@x, b@x\nowner-list: bo\n", rules);
	letter_with("list@m.example", ENVELOPE_NOTIFY_NEVER, NULL);
	station_run(&s);
	ck_assert(has(server.heard->packets, "RCPT TO:<b@x>\r\n"));
	ck_assert(!has(server.heard->packets, "ENVID"));
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 1);
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 0);
	letter_with("list@m.example", ENVELOPE_NOTIFY_SUCCESS, NULL);
	station_run(&s);
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 1);
	ck_assert(has(station_mail(&s, "home/al/Maildir"), "Action: expanded\n"));
}
END_TEST

/* ---- when ---- */

static const char *letter_until(int64_t hold_until)
{
	struct envelope_rcpt rcpt = { .address = "a@x" };
	struct envelope e = { .sender = "al@m.example", .rcpts = &rcpt, .n = 1, .hold_until = hold_until };

	return station_enqueue_as(&s, &e, MESSAGE);
}

static void run_all(void)
{
	struct relay_run how = { .mode = RELAY_ONCE, .all = true };
	enum relay_end end;

	ck_assert_int_eq(relay_run(&s.rules, &how, &end, &fault), 0);
}

/* RFC 4865: not before its time, whoever asks; then as new mail. */
START_TEST(test_hold)
{
	const char *ids[] = { NULL, NULL };
	struct spool_message m;
	int64_t year = clock_wall() + 365 * 86400;

	begin("", NULL);
	ids[0] = letter_until(year);
	station_run(&s);
	station_run_ids(&s, ids);
	run_all();
	ck_assert_int_eq(server.heard->messages, 0);
	ck_assert_str_eq(station_queue(&s), "deferred <al@m.example> Q a@x\n");
	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_DEFERRED, ids[0], SPOOL_CLAIM_LOOK, &s.arena, &m, &fault), 1);
	ck_assert_int_eq(m.due, year);
	spool_release(&m);
	/* An operator may let it go before. */
	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_DEFERRED, ids[0], SPOOL_CLAIM_WORK, &s.arena, &m, &fault), 1);
	ck_assert_int_eq(spool_defer(&m, clock_wall(), &fault), 0);
	spool_release(&m);
	station_run(&s);
	ck_assert_int_eq(server.heard->messages, 1);
	/* A time that is over is none. */
	letter_until(clock_wall() - 5);
	station_run(&s);
	ck_assert_int_eq(server.heard->messages, 2);
}
END_TEST

/* Put off by a clock that was wrong: it is tried all the same. */
START_TEST(test_wrong_clock)
{
	struct spool_message m;
	const char *id;

	begin("", NULL);
	id = letter("a@x");
	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_NEW, id, SPOOL_CLAIM_WORK, &s.arena, &m, &fault), 1);
	ck_assert_int_eq(spool_defer(&m, clock_wall() + 365 * 86400, &fault), 0);
	spool_release(&m);
	station_run(&s);
	ck_assert_int_eq(server.heard->messages, 1);
	ck_assert_str_eq(station_queue(&s), "");
}
END_TEST

/* RFC 2852: too late, so it is not tried, and its sender has it back. */
START_TEST(test_late)
{
	struct envelope_rcpt rcpts[] = { { .address = "a@x" }, { .address = "b@x" } };
	struct envelope e = { .sender = "al@m.example",
			      .rcpts = rcpts,
			      .n = 2,
			      .deliver_by = { .mode = ENVELOPE_BY_RETURN, .at = clock_wall() - 1 } };

	begin("", NULL);
	station_enqueue_as(&s, &e, MESSAGE);
	station_run(&s);
	ck_assert_int_eq(server.heard->connections, 0);
	ck_assert(has(buf_str(&s.results), "bounced b@x 5.4.7 "));
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 1);
	ck_assert(has(station_mail(&s, "home/al/Maildir"), "Status: 5.4.7\n"));
	/* With the other mode it is. */
	e.deliver_by.mode = ENVELOPE_BY_NOTIFY;
	station_enqueue_as(&s, &e, MESSAGE);
	station_run(&s);
	ck_assert_int_eq(server.heard->messages, 1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_mixed);
	tcase_add_test(tc, test_ids);
	tcase_add_test(tc, test_alias_partly);
	tcase_add_test(tc, test_alias_large);
	tcase_add_test(tc, test_owner);
	tcase_add_test(tc, test_forwarded);
	tcase_add_test(tc, test_bounce_of_bounce);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_forwarded_dsn);
	tcase_add_test(tc, test_expanded);
	tcase_add_test(tc, test_expanded_only);
	tcase_add_test(tc, test_list_dsn);
	tcase_add_test(tc, test_hold);
	tcase_add_test(tc, test_wrong_clock);
	tcase_add_test(tc, test_late);
}

CHECK_MAIN(sorter, add_tests)
