/* SPDX-License-Identifier: ISC */
#include "smtp/client.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/scripted.h"
#include "support/timeouts.h"

static struct client_rules rules = {
	.helo = "client.example",
	CLIENT_TIMEOUTS(20),
};
static struct client client;
static struct fault fault;

/* A session with a server that has these rules, as far as the greeting goes. */
static int greet(struct scripted *s, const struct scripted_rule *script, const char *extensions)
{
	int fd;

	rules = (struct client_rules){ .helo = "client.example",
				       CLIENT_TIMEOUTS(scripted_patience(script)),
				       .lmtp = rules.lmtp,
				       .trace = rules.trace,
				       .ctx = rules.ctx };
	*s = (struct scripted){ .extensions = extensions, .rules = script, .lmtp = rules.lmtp };
	fd = scripted_pair(s);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	client_init(&client, &rules);
	snprintf(client.address, sizeof(client.address), "192.0.2.1");
	return client_greet(&client, fd, "mx.example", &fault);
}

static void leave(struct scripted *s)
{
	client_clear(&client);
	scripted_end(s);
}

/* ---- greeting and hello ---- */

static const struct {
	struct scripted_rule script[3];
	enum fault_kind kind;
	int reply;
	const char *text;
	const char *packets; /* what the server was told in all */
} bad[] = {
	{ { { .on = "CONNECT", .say = "421 4.3.2 Too busy\r\n" } }, FAULT_TEMP, 421, "Too busy", "QUIT\r\n|" },
	{ { { .on = "CONNECT", .say = "554 5.7.1 Go away\r\n" } }, FAULT_TEMP, 554, "Go away", "QUIT\r\n|" },
	/* RFC 7504: never. */
	{ { { .on = "CONNECT", .say = "521 I take no mail\r\n" } }, FAULT_PERM, 521, "I take no mail", "QUIT\r\n|" },
	{ { { .on = "CONNECT", .say = "354 Send\r\n" } }, FAULT_TEMP, 354, "Unexpected reply: 354 Send", "QUIT\r\n|" },
	{ { { .on = "CONNECT", .say = "", .hang_up = true } },
	  FAULT_TEMP,
	  451,
	  "lost connection with mx.example[192.0.2.1] while receiving the greeting",
	  "" },
	{ { { .on = "CONNECT", .say = "220-mx.ex", .hang_up = true } },
	  FAULT_TEMP,
	  451,
	  "lost connection with mx.example[192.0.2.1] while receiving the greeting",
	  "" },
	{ { { .on = "CONNECT", .say = "" } },
	  FAULT_TEMP,
	  451,
	  "conversation timed out with mx.example[192.0.2.1] while receiving the greeting",
	  "" },
	{ { { .on = "CONNECT", .say = "220-a\r\n", .wait_ms = 10 } },
	  FAULT_TEMP,
	  451,
	  "conversation timed out with mx.example[192.0.2.1] while receiving the greeting",
	  "" },
	{ { { .on = "CONNECT", .say = "SSH-2.0-OpenSSH_9.2\r\n" } },
	  FAULT_TEMP,
	  0,
	  "Protocol error: the server's reply has no code: \"SSH-2.0-OpenSSH_9.2\\015\"",
	  "" },
	{ { { .on = "CONNECT", .say = "\r\n" } },
	  FAULT_TEMP,
	  0,
	  "Protocol error: the server's reply has no code: \"\\015\"",
	  "" },
	{ { { .on = "CONNECT", .say = "220-a\r\n250 b\r\n" } },
	  FAULT_TEMP,
	  0,
	  "Protocol error: the server's reply changes its code: \"250 b\\015\"",
	  "" },
	{ { { .on = "EHLO", .say = "421 4.3.2 Later\r\n" } },
	  FAULT_TEMP,
	  421,
	  "Later",
	  "EHLO client.example\r\n|QUIT\r\n|" },
	{ { { .on = "EHLO", .say = "502 What\r\n" }, { .on = "HELO", .say = "550 5.7.1 No\r\n" } },
	  FAULT_TEMP,
	  550,
	  "No",
	  "EHLO client.example\r\n|HELO client.example\r\n|QUIT\r\n|" },
	{ { { .on = "EHLO", .say = "250-a\r\n", .hang_up = true } },
	  FAULT_TEMP,
	  451,
	  "lost connection with mx.example[192.0.2.1] while EHLO",
	  "EHLO client.example\r\n|" },
	{ { { .on = "EHLO", .say = "" } },
	  FAULT_TEMP,
	  451,
	  "conversation timed out with mx.example[192.0.2.1] while EHLO",
	  "EHLO client.example\r\n|" },
	/* CR, NUL and escapes of a reply never get any further as they are (OpenSMTPD's CVE-2020-8794). */
	{ { { .on = "CONNECT", .say = "553-\r\n553\r\n" } }, FAULT_TEMP, 553, " ", "QUIT\r\n|" },
	{ { { .on = "CONNECT", .say = "554 a\rb\033[2J\r\n" } }, FAULT_TEMP, 554, "a\\015b\\033[2J", "QUIT\r\n|" },
};

START_TEST(test_bad_greeting)
{
	struct scripted s;
	int fd;

	ck_assert_int_eq(greet(&s, bad[_i].script, "PIPELINING"), -1);
	ck_assert_int_eq(fault.kind, bad[_i].kind);
	ck_assert_int_eq(fault.reply, bad[_i].reply);
	ck_assert_str_eq(fault.text, bad[_i].text);
	ck_assert(!client_is_connected(&client));
	scripted_end(&s);
	ck_assert_str_eq(s.heard->packets, bad[_i].packets);
	scripted_forget(&s);

	/* Half a reply of that server is no part of another one's. */
	s = (struct scripted){ .extensions = "PIPELINING", .lmtp = rules.lmtp };
	fd = scripted_pair(&s);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(client_greet(&client, fd, "mx2.example", &fault), 0);
	leave(&s);
	scripted_forget(&s);
}
END_TEST

static const struct {
	const char *extensions;
	unsigned want;
	uint64_t size, rcpt_max;
} offers[] = {
	{ "", 0, 0, 0 },
	{ "PIPELINING", SMTP_PIPELINING, 0, 0 },
	{ "pipelining 8bitmime size=1000", SMTP_PIPELINING | SMTP_8BITMIME | SMTP_SIZE, 1000, 0 },
	{ "SIZE", SMTP_SIZE, 0, 0 },
	{ "SIZE=huge", SMTP_SIZE, 0, 0 },
	{ "SIZE=99999999999999999999999", SMTP_SIZE, 0, 0 },
	{ "DSN SMTPUTF8 ENHANCEDSTATUSCODES CHUNKING",
	  SMTP_DSN | SMTP_SMTPUTF8 | SMTP_ENHANCEDSTATUSCODES | SMTP_CHUNKING, 0, 0 },
	{ "LIMITS=RCPTMAX=20", 0, 0, 0 },
	{ "PIPELININGS XDSN SIZE-5 X-SIZE=5", 0, 0, 0 },
};

START_TEST(test_extensions)
{
	struct scripted s;

	ck_assert_int_eq(greet(&s, NULL, offers[_i].extensions), 0);
	ck_assert_uint_eq(client.extensions, offers[_i].want);
	ck_assert_uint_eq(client.size_limit, offers[_i].size);
	client_quit(&client);
	ck_assert(!client_is_connected(&client));
	ck_assert_uint_eq(client.extensions, 0);
	leave(&s);
	ck_assert_str_eq(s.heard->packets, "EHLO client.example\r\n|QUIT\r\n|");
	scripted_forget(&s);
}
END_TEST

START_TEST(test_limits)
{
	static const struct scripted_rule script[] = {
		{ .on = "EHLO", .say = "250-mx\r\n250 LIMITS MAILMAX=5 RCPTMAX=20 RCPTDOMAINMAX=1\r\n" }, { .on = NULL }
	};
	struct scripted s;

	ck_assert_int_eq(greet(&s, script, ""), 0);
	ck_assert_uint_eq(client.rcpt_max, 20);
	leave(&s);
	scripted_forget(&s);
}
END_TEST

START_TEST(test_helo)
{
	static const struct scripted_rule script[] = { { .on = "EHLO", .say = "500 5.5.1 What?\r\n" }, { .on = NULL } };
	struct scripted s;

	ck_assert_int_eq(greet(&s, script, "PIPELINING"), 0);
	ck_assert_uint_eq(client.extensions, 0);
	leave(&s);
	ck_assert_str_eq(s.heard->packets, "EHLO client.example\r\n|HELO client.example\r\n|");
	scripted_forget(&s);
}
END_TEST

START_TEST(test_lhlo)
{
	static const struct scripted_rule script[] = { { .on = "LHLO", .say = "500 5.5.1 What?\r\n" }, { .on = NULL } };
	struct scripted s;

	rules.lmtp = true;
	ck_assert_int_eq(greet(&s, NULL, "PIPELINING"), 0);
	ck_assert_uint_eq(client.extensions, SMTP_PIPELINING);
	leave(&s);
	scripted_forget(&s);
	/* Never HELO: that would be another protocol. */
	ck_assert_int_eq(greet(&s, script, ""), -1);
	leave(&s);
	ck_assert_str_eq(s.heard->packets, "LHLO client.example\r\n|QUIT\r\n|");
	scripted_forget(&s);
	rules.lmtp = false;
}
END_TEST

/* ---- replies ---- */

static const struct scripted_rule dribbling[] = {
	{ .on = "CONNECT", .say = "220-mx.example\r\n220-says\r\n220 hello\r\n", .dribble = true }, { .on = NULL }
};

START_TEST(test_dribble)
{
	struct scripted s;

	ck_assert_int_eq(greet(&s, dribbling, "SIZE"), 0);
	leave(&s);
	scripted_forget(&s);
}
END_TEST

/* What says something without end is cut off by the clock or by a limit, whichever is first. */
START_TEST(test_flood)
{
	static char line[REPLY_LINE_MAX + 100];
	struct scripted_rule script[] = { { .on = "CONNECT", .say = NULL }, { .on = NULL } };
	static char lines[REPLY_LINES_MAX * 10];
	struct scripted s;
	size_t n = 0;

	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "220-", 4);
	script[0].say = line;
	ck_assert_int_eq(greet(&s, script, ""), -1);
	ck_assert_str_eq(fault.status, "4.5.0");
	ck_assert_ptr_nonnull(strstr(fault.text, "too long"));
	leave(&s);
	scripted_forget(&s);
	for (int i = 0; i < REPLY_LINES_MAX + 1; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "220-%d\r\n", i);
	script[0].say = lines;
	ck_assert_int_eq(greet(&s, script, ""), -1);
	ck_assert_str_eq(fault.status, "4.5.0");
	leave(&s);
	scripted_forget(&s);
}
END_TEST

START_TEST(test_commands)
{
	struct scripted s;

	ck_assert_int_eq(greet(&s, NULL, "PIPELINING"), 0);
	client_command(&client, "NOOP %s", "one");
	client_command(&client, "NOOP %d", 2);
	/* Together, and the replies one after the other. */
	ck_assert_int_eq(client_read_reply(&client, 1, "NOOP", &fault), 0);
	ck_assert_int_eq(client.reply.code, 250);
	ck_assert_str_eq(client.reply.status, "2.0.0");
	ck_assert_int_eq(client_read_reply(&client, 1, "NOOP", &fault), 0);
	ck_assert(!client_is_stale(&client));
	leave(&s);
	ck_assert_ptr_nonnull(strstr(s.heard->packets, "|NOOP one\r\nNOOP 2\r\n|"));
	scripted_forget(&s);
}
END_TEST

/* Nothing that holds a line end or a NUL becomes a command, nor what would have to be cut. */
START_TEST(test_injection)
{
	static const char *const words[] = { "x\r\nRCPT TO:<evil@example.org>", "x\ny", "x\001", "\177", NULL };
	char longest[5000];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (int i = 0; i < COUNT(words); i++) {
		struct scripted s;

		ck_assert_int_eq(greet(&s, NULL, "PIPELINING"), 0);
		client_command(&client, "NOOP %s", words[i] ? words[i] : longest);
		ck_assert_int_eq(client_read_reply(&client, 1, "NOOP", &fault), -1);
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
		ck_assert(!client_is_connected(&client));
		leave(&s);
		ck_assert_str_eq(s.heard->packets, "EHLO client.example\r\n|");
		scripted_forget(&s);
	}
}
END_TEST

/* A server that talks while we write: neither side may wait for the other for ever. */
START_TEST(test_both_write)
{
	enum { COMMANDS = 4000 };
	static char text[CLIENT_IN_MAX / COMMANDS - 10];
	static char say[sizeof(text) + 10];
	static struct scripted_rule script[] = { { .on = "NOOP", .say = say }, { .on = NULL } };
	struct scripted s;

	memset(text, 'y', sizeof(text) - 1);
	snprintf(say, sizeof(say), "250 %s\r\n", text);
	ck_assert_int_eq(greet(&s, script, "PIPELINING"), 0);
	for (int i = 0; i < COMMANDS; i++)
		client_command(&client, "NOOP %0100d", i);
	for (int i = 0; i < COMMANDS; i++)
		ck_assert_msg(client_read_reply(&client, 10, "NOOP", &fault) == 0, "%d: %s", i, fault.text);
	leave(&s);
	scripted_forget(&s);
}
END_TEST

START_TEST(test_stale)
{
	static const struct scripted_rule closing[] = { { .on = "NOOP", .hang_up = true }, { .on = NULL } };
	static const struct scripted_rule talking[] = { { .on = "NOOP", .say = "250 Ok\r\n421 Bye\r\n" },
							{ .on = NULL } };
	const struct scripted_rule *scripts[] = { closing, talking };

	for (int i = 0; i < COUNT(scripts); i++) {
		struct scripted s;

		ck_assert_int_eq(greet(&s, scripts[i], ""), 0);
		ck_assert(!client_is_stale(&client));
		client_command(&client, "NOOP");
		ck_assert_int_eq(client_read_reply(&client, 1, "NOOP", &fault), 0);
		/* It hangs up a moment after it has answered. */
		while (!client_is_stale(&client))
			usleep(1000);
		leave(&s);
		scripted_forget(&s);
	}
	ck_assert(client_is_stale(&client));
}
END_TEST

/* QUIT waits no longer than it is told to. */
START_TEST(test_quit)
{
	static const struct scripted_rule silent[] = { { .on = "QUIT", .say = "", .wait_ms = 60000 }, { .on = NULL } };
	struct scripted s;
	int64_t begin;

	ck_assert_int_eq(greet(&s, silent, ""), 0);
	begin = clock_mono_ms();
	client_quit(&client);
	ck_assert_int_lt(clock_mono_ms() - begin, 30000);
	client_quit(&client);
	leave(&s);
	scripted_forget(&s);
}
END_TEST

static void remember(void *ctx, char direction, struct span line)
{
	buf_printf(ctx, "%c %.*s\n", direction, SPAN_ARG(line));
}

START_TEST(test_trace)
{
	static const struct scripted_rule script[] = { { .on = "CONNECT", .say = "220-mx\r\n220 ready\r\n" },
						       { .on = "QUIT", .say = "221 2.0.0 Bye\033[2J\r\n" },
						       { .on = NULL } };
	struct scripted s;
	struct buf seen;

	buf_init(&seen, 10000);
	rules.trace = remember;
	rules.ctx = &seen;
	ck_assert_int_eq(greet(&s, script, "SIZE=5"), 0);
	client_quit(&client);
	rules.trace = NULL;
	ck_assert_str_eq(buf_str(&seen),
			 "< 220-mx\n< 220 ready\n> EHLO client.example\n< 250-scripted.example\n< 250-SIZE 5\n"
			 "< 250 HELP\n> QUIT\n< 221 2.0.0 Bye\\033[2J\n");
	buf_clear(&seen);
	leave(&s);
	scripted_forget(&s);
}
END_TEST

START_TEST(test_open)
{
	struct scripted s = { .extensions = "" };
	struct dial_target to;
	char text[64], peer[400];

	ck_assert_int_eq(scripted_listen(&s), 0);
	client_init(&client, &rules);
	snprintf(text, sizeof(text), "[127.0.0.1]:%d", s.port);
	ck_assert_int_eq(dial_parse(span_str(text), "25", &to, &fault), 0);
	ck_assert_int_eq(client_open(&client, &to, &fault), 0);
	ck_assert_str_eq(client_peer(&client, peer, sizeof(peer)), "127.0.0.1[127.0.0.1]");
	client_quit(&client);
	scripted_end(&s);
	ck_assert_int_eq(client_open(&client, &to, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	client_clear(&client);
	scripted_forget(&s);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_bad_greeting, 0, COUNT(bad));
	tcase_add_loop_test(tc, test_extensions, 0, COUNT(offers));
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_helo);
	tcase_add_test(tc, test_lhlo);
	tcase_add_test(tc, test_dribble);
	tcase_add_test(tc, test_flood);
	tcase_add_test(tc, test_commands);
	tcase_add_test(tc, test_injection);
	tcase_add_test(tc, test_both_write);
	tcase_add_test(tc, test_stale);
	tcase_add_test(tc, test_quit);
	tcase_add_test(tc, test_trace);
	tcase_add_test(tc, test_open);
}

CHECK_MAIN(client, add_tests)
