/* SPDX-License-Identifier: ISC */
#include "smtp/transaction.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/scripted.h"
#include "support/timeouts.h"

static struct client_rules rules;

/* PROMPT_MS: within that, on the busiest machine, who does not wait for a reply in vain; the others have more patience.
 */
enum { RCPTS = 3, PROMPT_MS = 10000 };

struct letter {
	struct transaction t;
	struct transaction_rcpt rcpts[RCPTS];
	struct letter *following;
};

static struct client client;
static struct fault fault;
static struct scripted server;

static int body(const char *text, size_t n)
{
	int fd = memfd_create("message", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	/* The message begins somewhere within the file. */
	ck_assert_int_eq(pwrite(fd, "not this\n", 9, 0), 9);
	ck_assert_int_eq(pwrite(fd, text, n, 9), (ssize_t)n);
	return fd;
}

static void make(struct letter *l, const char *sender, const char *text, size_t n)
{
	static const char *const names[RCPTS] = { "a@x", "b@x", "c@x" };

	*l = (struct letter){ .t = { .sender = sender, .n = n, .at = 9, .size = (off_t)strlen(text) } };
	l->t.rcpts = l->rcpts;
	for (size_t i = 0; i < n; i++)
		l->rcpts[i].address = names[i];
	l->t.fd = body(text, strlen(text));
}

static void open_to(const struct scripted_rule *script, const char *extensions, bool lmtp)
{
	int fd;

	server = (struct scripted){ .rules = script, .extensions = extensions, .lmtp = lmtp };
	rules = (struct client_rules){ .helo = "c", CLIENT_TIMEOUTS(scripted_patience(script)), .lmtp = lmtp };
	fd = scripted_pair(&server);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	client_init(&client, &rules);
	ck_assert_msg(client_greet(&client, fd, "mx", &fault) == 0, "%s", fault.text);
	fault = (struct fault){ .kind = FAULT_NONE };
}

static void leave(void)
{
	client_clear(&client);
	scripted_end(&server);
}

static struct transaction *following(void *ctx)
{
	struct letter *l = ctx;

	return l->following ? &l->following->t : NULL;
}

static int run(struct letter *l)
{
	return transaction_run(&client, &l->t, following, l, &fault);
}

static const char *packets(void)
{
	const char *after = strchr(server.heard->packets, '|');

	return after ? after + 1 : "";
}

/* ---- what goes out ---- */

START_TEST(test_pipelined)
{
	struct letter l;

	open_to(NULL, "PIPELINING", false);
	make(&l, "s@x", "Subject: x\n\nhi\n", 2);
	ck_assert_int_eq(run(&l), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(l.rcpts[i].outcome.kind, FAULT_NONE);
		ck_assert_int_eq(l.rcpts[i].outcome.reply, 250);
		ck_assert_str_eq(l.rcpts[i].outcome.status, "2.0.0");
		ck_assert_str_eq(l.rcpts[i].outcome.text, "250 2.0.0 Ok");
		ck_assert(l.rcpts[i].remote);
	}
	ck_assert(l.t.answered);
	leave();
	ck_assert_str_eq(packets(), "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|"
				    "Subject: x\r\n\r\nhi\r\n.\r\n|");
	scripted_forget(&server);
}
END_TEST

START_TEST(test_not_pipelined)
{
	struct letter l;

	open_to(NULL, "", false);
	make(&l, "", "x\n", 2);
	ck_assert_int_eq(run(&l), 0);
	leave();
	ck_assert_str_eq(packets(), "MAIL FROM:<>\r\n|RCPT TO:<a@x>\r\n|RCPT TO:<b@x>\r\n|DATA\r\n|x\r\n.\r\n|");
	scripted_forget(&server);
}
END_TEST

/* Parameters are said to whom offers them. */
static const struct {
	const char *extensions, *mail, *rcpt;
} offers[] = {
	{ "PIPELINING", "MAIL FROM:<s@x>", "RCPT TO:<a@x>" },
	/* How large it is in 7 bits is not known yet. */
	{ "PIPELINING SIZE", "MAIL FROM:<s@x>", "RCPT TO:<a@x>" },
	{ "PIPELINING SIZE=1000 8BITMIME", "MAIL FROM:<s@x> SIZE=4 BODY=8BITMIME", "RCPT TO:<a@x>" },
	{ "PIPELINING DSN", "MAIL FROM:<s@x> RET=HDRS ENVID=Q+20+2B",
	  "RCPT TO:<a@x> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb@x" },
	{ "PIPELINING 8BITMIME DSN SIZE", "MAIL FROM:<s@x> SIZE=4 BODY=8BITMIME RET=HDRS ENVID=Q+20+2B",
	  "RCPT TO:<a@x> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb@x" },
};

START_TEST(test_parameters)
{
	struct letter l;
	char want[400];

	open_to(NULL, offers[_i].extensions, false);
	make(&l, "s@x", "x\ny\n", 1);
	l.t.is_8bit = true;
	l.t.ret = "HDRS";
	l.t.envid = "Q +";
	l.rcpts[0].notify = 2 | 4;
	l.rcpts[0].orcpt = "rfc822;a+b@x";
	ck_assert_int_eq(run(&l), 0);
	leave();
	snprintf(want, sizeof(want), "%s\r\n%s\r\nDATA\r\n|x\r\ny\r\n.\r\n|", offers[_i].mail, offers[_i].rcpt);
	ck_assert_str_eq(packets(), want);
	scripted_forget(&server);
}
END_TEST

static const struct {
	const char *in, *out;
} bodies[] = {
	{ "", ".\r\n" },
	{ "x", "x\r\n.\r\n" },
	{ ".\n", "..\r\n.\r\n" },
	{ "a\n.\nb\n", "a\r\n..\r\nb\r\n.\r\n" },
	{ "..x\n.y", "...x\r\n..y\r\n.\r\n" },
	/* What others have taken for an end of data. */
	{ "a\r\n.\r\nMAIL FROM:<e@x>\r\n", "a\r\n..\r\nMAIL FROM:<e@x>\r\n.\r\n" },
	{ "a\r.\rb\n", "a . b\r\n.\r\n" },
	{ "a\n.\rb\n", "a\r\n.. b\r\n.\r\n" },
	{ "a\r\r\n.\r\r\nb\n", "a \r\n.. \r\nb\r\n.\r\n" },
	{ "a\r", "a \r\n.\r\n" },
};

START_TEST(test_body)
{
	struct letter l;

	open_to(NULL, "PIPELINING", false);
	make(&l, "s@x", bodies[_i].in, 1);
	ck_assert_int_eq(run(&l), 0);
	leave();
	ck_assert_str_eq(server.heard->bodies, bodies[_i].out);
	ck_assert_int_eq(server.heard->messages, 1);
	scripted_forget(&server);
}
END_TEST

/* Dots at the ends of all pieces that the message is read and sent in. */
START_TEST(test_large_body)
{
	enum { SIZE = 7 * 42000 };
	static char text[SIZE + 1];
	const char *p;
	struct letter l;
	size_t n = 0;

	for (size_t i = 0; i < SIZE; i++)
		text[i] = i % 7 == 6 ? '\n' : i % 7 == 0 ? '.' : 'x';
	text[SIZE - 1] = '\n';
	open_to(NULL, "PIPELINING", false);
	make(&l, "s@x", text, 1);
	l.t.prefix = "Delivered-To: a@y\n";
	ck_assert_int_eq(run(&l), 0);
	ck_assert_int_eq(l.rcpts[0].outcome.kind, FAULT_NONE);
	leave();
	p = server.heard->bodies;
	ck_assert_int_eq(strncmp(p, "Delivered-To: a@y\r\n", 19), 0);
	for (p += 19; strcmp(p, ".\r\n") != 0; p += strcspn(p, "\n") + 1) {
		size_t line = strcspn(p, "\r");

		ck_assert_int_eq(p[0], '.');
		ck_assert_int_eq(p[1], '.');
		ck_assert_int_eq(strncmp(p + 1, text + n, line - 1), 0);
		ck_assert_int_eq(p[line + 1], '\n');
		n += line;
	}
	ck_assert_uint_eq(n, SIZE);
	scripted_forget(&server);
}
END_TEST

/* Across the edge of two pieces, also of the message in 7 bits. */
START_TEST(test_patch)
{
	enum { PIECE = 32 << 10, SIZE = 2 * PIECE };
	static const struct {
		off_t at;
		bool takes_8bit;
		const char *want;
	} rows[] = {
		{ 2, true, "A:-abc-zxxx" },
		{ PIECE - 3, true, "\r\nxxxxx-abc-zxxx" },
		{ PIECE - 3, false, "\r\nxxxxx-abc-zxxx" },
	};
	static char text[SIZE + 1];
	struct letter l;

	for (size_t i = 0; i < SIZE; i++)
		text[i] = i % 60 == 59 ? '\n' : 'x';
	memcpy(text, "A: ", 3);
	memcpy(text + 56, "\n\n\xc3\xbc", 4);
	open_to(NULL, rows[_i].takes_8bit ? "PIPELINING 8BITMIME" : "PIPELINING", false);
	make(&l, "s@x", text, 1);
	l.t.patch = (struct patch){ .at = rows[_i].at, .text = "-abc-z" };
	ck_assert_int_eq(run(&l), 0);
	leave();
	ck_assert_ptr_nonnull(strstr(server.heard->bodies, rows[_i].want));
	ck_assert_int_eq(strstr(server.heard->bodies, "=C3=BC") == NULL, rows[_i].takes_8bit);
	scripted_forget(&server);
}
END_TEST

/* ---- outcomes ---- */

enum { SENT, LATER, NEVER };

/*
 * What is wanted: the result, the first recipient's reply code, the outcome of each recipient (sent, later, never), and
 * the first one's text if it matters.
 */
struct row {
	const char *want;
	struct scripted_rule script[5];
};

static const struct row rows[] = {
	{ "0 250 SSS 250 2.0.0 Ok", { { .on = NULL } } },
	/* MAIL */
	{ "0 451 LLL Later", { { .on = "MAIL", .say = "451 4.3.0 Later\r\n" } } },
	{ "0 550 NNN No", { { .on = "MAIL", .say = "550 5.7.1 No\r\n" } } },
	{ "-1 421 LLL Bye", { { .on = "MAIL", .say = "421 4.3.2 Bye\r\n", .hang_up = true } } },
	{ "-1 451 LLL lost connection with mx[] while sending MAIL FROM",
	  { { .on = "MAIL", .say = "", .hang_up = true } } },
	{ "-1 451 LLL", { { .on = "MAIL", .say = "", .wait_ms = 30000 } } },
	{ "-1 451 LLL", { { .on = "MAIL", .say = "25", .hang_up = true } } },
	{ "-1 451 LLL Protocol error: the server's reply has no code: \"hello\\015\"",
	  { { .on = "MAIL", .say = "hello\r\n" } } },
	{ "0 354 LLL Unexpected reply: 354 What", { { .on = "MAIL", .say = "354 What\r\n" } } },
	/* RCPT */
	{ "0 550 NSS Unknown", { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 Unknown\r\n" } } },
	{ "0 451 LSS Greylisted", { { .on = "RCPT", .nth = 1, .say = "451 4.7.1 Greylisted\r\n" } } },
	{ "0 452 LNL Too many",
	  { { .on = "RCPT", .nth = 1, .say = "452 4.5.3 Too many\r\n" },
	    { .on = "RCPT", .nth = 2, .say = "550 No\r\n" },
	    { .on = "RCPT", .nth = 3, .say = "450 Later\r\n" } } },
	{ "-1 451 LLL", { { .on = "RCPT", .nth = 2, .say = "421 4.3.2 Bye\r\n", .hang_up = true } } },
	{ "-1 550 NLL Unknown",
	  { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 Unknown\r\n" },
	    { .on = "RCPT", .nth = 2, .say = "", .hang_up = true } } },
	{ "-1 451 LLL", { { .on = "RCPT", .nth = 3, .say = "", .wait_ms = 30000 } } },
	/* DATA */
	{ "0 451 LLL Later", { { .on = "DATA", .say = "451 4.3.0 Later\r\n" } } },
	{ "0 554 NNN No", { { .on = "DATA", .say = "554 5.7.1 No\r\n" } } },
	{ "0 250 LLL Unexpected reply: 250 Ok", { { .on = "DATA", .say = "250 Ok\r\n" } } },
	{ "-1 451 LLL lost connection with mx[] while sending DATA", { { .on = "DATA", .say = "", .hang_up = true } } },
	{ "0 550 NLL Unknown",
	  { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 Unknown\r\n" },
	    { .on = "DATA", .say = "451 4.3.0 Later\r\n" } } },
	/* the end of the message */
	{ "0 451 LLL Later", { { .on = ".", .say = "451 4.3.0 Later\r\n" } } },
	{ "0 554 NNN Spam", { { .on = ".", .say = "554 5.6.0 Spam\r\n" } } },
	{ "0 354 LLL", { { .on = ".", .say = "354 What\r\n" } } },
	{ "-1 451 LLL lost connection with mx[] while sending end of data",
	  { { .on = ".", .say = "", .hang_up = true } } },
	{ "-1 451 LLL conversation timed out with mx[] while sending end of data", { { .on = ".", .say = "" } } },
	{ "-1 421 LLL Bye", { { .on = ".", .say = "421 4.3.2 Bye\r\n", .hang_up = true } } },
	{ "0 250 SSS 250 2.0.0 Queued", { { .on = ".", .say = "250-2.0.0 Queued\r\n250 2.0.0 as 5\r\n" } } },
	{ "0 250 SSS 250 2.0.0 Ok", { { .on = ".", .say = "250 2.0.0 Ok\r\n", .dribble = true } } },
	/* Accepted is accepted, even if the connection goes in the same breath. */
	{ "0 250 SSS 250 2.0.0 Ok", { { .on = ".", .say = "250 2.0.0 Ok\r\n", .hang_up = true } } },
	{ "0 450 LNN Later",
	  { { .on = "RCPT", .nth = 1, .say = "450 4.2.0 Later\r\n" }, { .on = ".", .say = "554 5.6.0 Spam\r\n" } } },
};

static void is_outcome(const struct transaction_rcpt *r, int want)
{
	static const enum fault_kind kinds[] = { FAULT_NONE, FAULT_TEMP, FAULT_PERM };

	ck_assert_msg(r->outcome.kind == kinds[want], "%s: %d %s", r->address, r->outcome.reply, r->outcome.text);
	ck_assert_int_ne(r->outcome.reply, 0);
	ck_assert_str_ne(r->outcome.text, "");
}

static void outcome_with(const struct row *row, const char *extensions)
{
	static const char letters[] = "SLN"; /* in the order of the values */
	struct letter l;
	int64_t begin = clock_mono_ms();
	int rc, reply, n = 0;
	char outcomes[4];

	ck_assert_int_eq(sscanf(row->want, "%d %d %3s %n", &rc, &reply, outcomes, &n), 3);
	open_to(row->script, extensions, false);
	make(&l, "s@x", "Subject: x\n\nhi\n", RCPTS);
	ck_assert_int_eq(run(&l), rc);
	for (int i = 0; i < RCPTS; i++)
		is_outcome(&l.rcpts[i], (int)(strchr(letters, outcomes[i]) - letters));
	ck_assert_int_eq(l.rcpts[0].outcome.reply, reply);
	if (row->want[n])
		ck_assert_str_eq(l.rcpts[0].outcome.text, row->want + n);
	ck_assert_int_lt(clock_mono_ms() - begin, PROMPT_MS);
	ck_assert(rc == 0 || !client_is_connected(&client));
	leave();
	scripted_forget(&server);
}

START_TEST(test_outcome)
{
	outcome_with(&rows[_i], "PIPELINING");
	outcome_with(&rows[_i], "");
}
END_TEST

/* All refused, and the server takes DATA nevertheless: it gets an empty message, whose reply is nobody's. */
START_TEST(test_all_refused)
{
	static const struct scripted_rule script[] = { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 Unknown\r\n" },
						       { .on = "DATA", .nth = 1, .say = "354 Go on\r\n" },
						       { .on = NULL } };
	struct letter l, more;

	open_to(script, "PIPELINING", false);
	make(&l, "s@x", "secret\n", 1);
	make(&more, "t@x", "y\n", 1);
	ck_assert_int_eq(run(&l), 0);
	is_outcome(&l.rcpts[0], NEVER);
	ck_assert_str_eq(l.rcpts[0].outcome.text, "Unknown");
	ck_assert_int_eq(run(&more), 0);
	is_outcome(&more.rcpts[0], SENT);
	leave();
	ck_assert_str_eq(server.heard->bodies, ".\r\ny\r\n.\r\n");
	scripted_forget(&server);
}
END_TEST

/* After a transaction that was left half-way the next begins with RSET. */
START_TEST(test_reset)
{
	static const struct scripted_rule script[] = { { .on = "RCPT", .nth = 1, .say = "550 No\r\n" },
						       { .on = NULL } };
	static const char *const want[] = {
		"MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n|RSET\r\nMAIL FROM:<t@x>\r\nRCPT "
		"TO:<a@x>\r\nDATA\r\n|y\r\n.\r\n|",
		"MAIL FROM:<s@x>\r\n|RCPT TO:<a@x>\r\n|RSET\r\n|MAIL FROM:<t@x>\r\n|RCPT "
		"TO:<a@x>\r\n|DATA\r\n|y\r\n.\r\n|",
	};
	struct letter l, more;

	open_to(script, _i ? "" : "PIPELINING", false);
	make(&l, "s@x", "x\n", 1);
	make(&more, "t@x", "y\n", 1);
	ck_assert_int_eq(run(&l), 0);
	ck_assert_int_eq(run(&more), 0);
	is_outcome(&l.rcpts[0], NEVER);
	is_outcome(&more.rcpts[0], SENT);
	leave();
	ck_assert_str_eq(packets(), want[_i]);
	ck_assert_int_eq(server.heard->messages, 1);
	scripted_forget(&server);
}
END_TEST

/* A server that answers what it was not asked yet is out of step: nothing may count as sent that was not. */
START_TEST(test_reply_before_command)
{
	static const struct scripted_rule script[] = { { .on = "MAIL",
							 .say = "250 Ok\r\n250 Ok\r\n354 Go\r\n250 Ok\r\n" },
						       { .on = "RCPT", .say = "550 5.1.1 No\r\n" },
						       { .on = NULL } };
	struct letter l;

	open_to(script, "", false);
	make(&l, "s@x", "x\n", 1);
	run(&l);
	leave();
	ck_assert_int_eq(server.heard->messages, 0);
	ck_assert_int_ne(l.rcpts[0].outcome.kind, FAULT_NONE);
	scripted_forget(&server);
}
END_TEST

/* ---- LMTP ---- */

START_TEST(test_lmtp)
{
	static const struct scripted_rule script[] = { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 Unknown\r\n" },
						       { .on = ".", .nth = 1, .say = "250 2.1.5 for b\r\n" },
						       { .on = ".", .nth = 2, .say = "452 4.2.2 c is full\r\n" },
						       { .on = NULL } };
	struct letter l, more;

	open_to(script, "PIPELINING", true);
	make(&l, "s@x", "x\n", 3);
	ck_assert_int_eq(run(&l), 0);
	is_outcome(&l.rcpts[0], NEVER);
	is_outcome(&l.rcpts[1], SENT);
	is_outcome(&l.rcpts[2], LATER);
	ck_assert_str_eq(l.rcpts[1].outcome.text, "250 2.1.5 for b");
	ck_assert_str_eq(l.rcpts[2].outcome.text, "c is full");
	/* In step: the next one gets its own replies. */
	make(&more, "s@x", "y\n", 2);
	ck_assert_int_eq(run(&more), 0);
	is_outcome(&more.rcpts[0], SENT);
	is_outcome(&more.rcpts[1], SENT);
	leave();
	scripted_forget(&server);
}
END_TEST

START_TEST(test_lmtp_breaks_off)
{
	static const struct scripted_rule script[] = { { .on = ".", .nth = 1, .say = "250 2.1.5 for a\r\n" },
						       { .on = ".", .nth = 2, .say = "", .hang_up = true },
						       { .on = NULL } };
	struct letter l;

	open_to(script, "PIPELINING", true);
	make(&l, "s@x", "x\n", 3);
	ck_assert_int_eq(run(&l), -1);
	is_outcome(&l.rcpts[0], SENT);
	is_outcome(&l.rcpts[1], LATER);
	is_outcome(&l.rcpts[2], LATER);
	leave();
	scripted_forget(&server);
}
END_TEST

/* No recipient, no reply after the message (RFC 2033 4.2): nothing may wait for one. */
START_TEST(test_lmtp_all_refused)
{
	static const struct scripted_rule script[] = { { .on = "RCPT", .say = "550 5.1.1 Unknown\r\n" },
						       { .on = "DATA", .say = "354 Go on\r\n" },
						       { .on = NULL } };
	struct letter l;
	int64_t begin = clock_mono_ms();

	open_to(script, "PIPELINING", true);
	make(&l, "s@x", "x\n", 2);
	run(&l);
	is_outcome(&l.rcpts[0], NEVER);
	is_outcome(&l.rcpts[1], NEVER);
	ck_assert_int_lt(clock_mono_ms() - begin, PROMPT_MS);
	leave();
	scripted_forget(&server);
}
END_TEST

/* ---- known without asking ---- */

START_TEST(test_size_limit)
{
	struct letter l, more;

	open_to(NULL, "PIPELINING SIZE=10", false);
	make(&l, "s@x", "0123456789\n", 2);
	ck_assert_int_eq(run(&l), 0);
	for (int i = 0; i < 2; i++) {
		is_outcome(&l.rcpts[i], NEVER);
		ck_assert_int_eq(l.rcpts[i].outcome.reply, 552);
		ck_assert_str_eq(l.rcpts[i].outcome.status, "5.3.4");
		ck_assert_str_eq(l.rcpts[i].outcome.text, "message size 11 exceeds the limit 10 of host mx");
		ck_assert(!l.rcpts[i].remote);
	}
	make(&more, "s@x", "012345678\n", 1);
	ck_assert_int_eq(run(&more), 0);
	is_outcome(&more.rcpts[0], SENT);
	leave();
	ck_assert_str_eq(packets(), "MAIL FROM:<s@x> SIZE=10\r\nRCPT TO:<a@x>\r\nDATA\r\n|012345678\r\n.\r\n|");
	scripted_forget(&server);
}
END_TEST

START_TEST(test_smtputf8)
{
	struct letter l;

	open_to(NULL, "PIPELINING", false);
	make(&l, "s@x", "x\n", 1);
	l.t.smtputf8 = true;
	l.rcpts[0].address = "gr\xc3\xbc\xc3\x9f@x";
	ck_assert_int_eq(run(&l), 0);
	is_outcome(&l.rcpts[0], NEVER);
	ck_assert_str_eq(l.rcpts[0].outcome.status, "5.6.7");
	leave();
	ck_assert_str_eq(packets(), "");
	scripted_forget(&server);
	open_to(NULL, "PIPELINING SMTPUTF8", false);
	transaction_rewind(&l.t);
	ck_assert_int_eq(l.rcpts[0].outcome.reply, 0);
	ck_assert_int_eq(run(&l), 0);
	is_outcome(&l.rcpts[0], SENT);
	leave();
	ck_assert_str_eq(packets(),
			 "MAIL FROM:<s@x> SMTPUTF8\r\nRCPT TO:<gr\xc3\xbc\xc3\x9f@x>\r\nDATA\r\n|x\r\n.\r\n|");
	scripted_forget(&server);
}
END_TEST

static const struct {
	const char *extensions, *mail; /* NULL: it is refused */
	int64_t hold, by;
	int mode;
	bool trace, require_tls;
	int priority;
	const char *status, *verp;
} terms[] = {
	{ "PIPELINING", "MAIL FROM:<s@x>\r", 0, 0, 0, false, false, 0, "", NULL },
	{ "FUTURERELEASE=1000 DELIVERBY MT-PRIORITY REQUIRETLS", "MAIL FROM:<s@x>\r", 0, 0, 0, false, false, 0, "",
	  NULL },
	{ "DELIVERBY MT-PRIORITY", "MAIL FROM:<s@x> BY=1000;R MT-PRIORITY=-4\r", 0, 1000, 'R', false, false, -4, "",
	  NULL },
	{ "DELIVERBY MT-PRIORITY", "MAIL FROM:<s@x> BY=-5;NT MT-PRIORITY=9\r", 0, -5, 'N', true, false, 9, "", NULL },
	/* Who does not offer it is not told. */
	{ "PIPELINING", "MAIL FROM:<s@x>\r", 0, 1000, 'R', false, false, 4, "", NULL },
	/* "r": it is a stranger's, who wants to have it back rather than late. */
	{ "PIPELINING", NULL, 0, 1000, 'r', false, false, 0, "5.3.3", NULL },
	{ "DELIVERBY", "MAIL FROM:<s@x> BY=1000;R\r", 0, 1000, 'r', false, false, 0, "", NULL },
	{ "REQUIRETLS", "MAIL FROM:<s@x> REQUIRETLS\r", 0, 0, 0, false, true, 0, "", NULL },
	{ "PIPELINING", NULL, 0, 0, 0, false, true, 0, "5.7.30", NULL },
	{ "FUTURERELEASE", "MAIL FROM:<s@x> HOLDFOR=1000\r", 1000, 0, 0, false, false, 0, "", NULL },
	{ "PIPELINING", NULL, 1000, 0, 0, false, false, 0, "4.3.3", NULL },
	/* Its time has come. */
	{ "PIPELINING", "MAIL FROM:<s@x>\r", -1000, 0, 0, false, false, 0, "", NULL },
	{ "XVERP", "MAIL FROM:<s@x> XVERP=+=\r", 0, 0, 0, false, false, 0, "", "+=" },
	{ "PIPELINING", NULL, 0, 0, 0, false, false, 0, "4.3.3", "+=" },
};

/* Whether it was done within the second that has begun: what is said counts them. */
static bool run_terms(struct letter *l, int i)
{
	int64_t now = clock_wall();

	open_to(NULL, terms[i].extensions, false);
	make(l, "s@x", "Subject: x\n\nbody\n", 1);
	l->t.hold_until = terms[i].hold ? now + terms[i].hold : 0;
	l->t.deliver_by = (struct envelope_by){ .mode = terms[i].mode == 'r' ? 'R' : terms[i].mode,
						.at = now + terms[i].by,
						.trace = terms[i].trace,
						.strict = terms[i].mode == 'r' };
	l->t.priority = terms[i].priority;
	l->t.require_tls = terms[i].require_tls;
	l->t.verp = terms[i].verp;
	ck_assert_int_eq(transaction_run(&client, &l->t, NULL, NULL, &fault), 0);
	return clock_wall() == now;
}

START_TEST(test_terms)
{
	struct letter l;

	while (!run_terms(&l, _i)) {
		leave();
		scripted_forget(&server);
	}
	if (terms[_i].mail) {
		ck_assert_msg(strstr(server.heard->packets, terms[_i].mail), "%s", server.heard->packets);
		ck_assert_int_eq(l.rcpts[0].outcome.kind, FAULT_NONE);
	} else {
		ck_assert_ptr_null(strstr(server.heard->packets, "MAIL"));
		ck_assert_str_eq(l.rcpts[0].outcome.status, terms[_i].status);
	}
	leave();
	scripted_forget(&server);
}
END_TEST

/* A domain has a form that everybody knows; a local part has not. */
START_TEST(test_domain_in_ascii)
{
	struct letter l;

	open_to(NULL, "PIPELINING", false);
	make(&l, "s@m\xc3\xbcller.example", "x\n", 1);
	l.t.smtputf8 = true;
	l.rcpts[0].address = "al@b\xc3\xbc\x63her.example";
	ck_assert_int_eq(run(&l), 0);
	is_outcome(&l.rcpts[0], SENT);
	leave();
	ck_assert_str_eq(packets(), "MAIL FROM:<s@xn--mller-kva.example>\r\n"
				    "RCPT TO:<al@xn--bcher-kva.example>\r\nDATA\r\n|x\r\n.\r\n|");
	scripted_forget(&server);
}
END_TEST

/* Nobody needs what the client only offered; a server that cannot do it gets the message all the same. */
START_TEST(test_needless_smtputf8)
{
	struct letter l;

	open_to(NULL, "PIPELINING", false);
	make(&l, "s@x", "Subject: x\n\n\xc3\xbc\n", 1);
	l.t.smtputf8 = true;
	ck_assert_int_eq(run(&l), 0);
	is_outcome(&l.rcpts[0], SENT);
	leave();
	ck_assert_ptr_nonnull(strstr(packets(), "MAIL FROM:<s@x>\r\n"));
	scripted_forget(&server);
	open_to(NULL, "PIPELINING", false);
	make(&l, "s@x", "Subject: \xc3\xbc\n\nbody\n", 1);
	l.t.smtputf8 = true;
	ck_assert_int_eq(run(&l), 0);
	ck_assert_str_eq(l.rcpts[0].outcome.status, "5.6.7");
	leave();
	scripted_forget(&server);
}
END_TEST

/* RFC 6152 3: who takes 7 bits gets 7 bits; who takes 8, what there is. */
START_TEST(test_8bit)
{
	static const char text[] = "Subject: x\nContent-Type: text/plain; charset=utf-8\nMIME-Version: 1.0\n"
				   "Content-Transfer-Encoding: 8bit\n\n.Gr\xc3\xbc\xc3\x9f"
				   "e\n";
	struct letter l;

	/* Also when nobody had said so. */
	for (int said = 0; said < 2; said++) {
		open_to(NULL, "PIPELINING SIZE", false);
		make(&l, "s@x", text, 1);
		l.t.is_8bit = said;
		l.t.prefix = "Delivered-To: a@m\n";
		ck_assert_int_eq(run(&l), 0);
		is_outcome(&l.rcpts[0], SENT);
		leave();
		ck_assert_int_eq(strstr(packets(), "MAIL FROM:<s@x>\r\n") != NULL, said);
		ck_assert_str_eq(server.heard->bodies,
				 "Delivered-To: a@m\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n"
				 "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
				 "=2EGr=C3=BC=C3=9Fe\r\n.\r\n");
		scripted_forget(&server);
	}
	open_to(NULL, "PIPELINING SIZE 8BITMIME", false);
	make(&l, "s@x", text, 1);
	l.t.is_8bit = true;
	ck_assert_int_eq(run(&l), 0);
	leave();
	ck_assert_ptr_nonnull(strstr(packets(), " BODY=8BITMIME\r\n"));
	ck_assert_ptr_nonnull(strstr(server.heard->bodies, "\r\n..Gr\xc3\xbc\xc3\x9f"
							   "e\r\n"));
	scripted_forget(&server);
	/* Said to be 8-bit, and is not. */
	open_to(NULL, "PIPELINING", false);
	make(&l, "s@x", "Subject: x\n\nplain=\n", 1);
	l.t.is_8bit = true;
	ck_assert_int_eq(run(&l), 0);
	leave();
	ck_assert_str_eq(server.heard->bodies, "Subject: x\r\n\r\nplain=\r\n.\r\n");
	scripted_forget(&server);
}
END_TEST

/* More than a piece, and more than what is queued at a time. */
START_TEST(test_8bit_large)
{
	struct letter l;
	struct buf text;
	size_t lines = 0, wanted = 0;

	buf_init(&text, 4 << 20);
	buf_put_str(&text, "Subject: x\n\n");
	for (; text.n < 500000; wanted++)
		buf_put_str(&text, "Gr\xc3\xbc\xc3\x9f"
				   "e, und noch ein paar Worte dazu\n");
	open_to(NULL, "PIPELINING", false);
	make(&l, "s@x", buf_str(&text), 1);
	l.t.is_8bit = true;
	ck_assert_int_eq(run(&l), 0);
	is_outcome(&l.rcpts[0], SENT);
	leave();
	for (const char *p = server.heard->bodies; (p = strstr(p, "Gr=C3=BC=C3=9Fe, und noch")); p++)
		lines++;
	ck_assert_uint_eq(lines, wanted);
	for (const char *p = server.heard->bodies; *p; p++)
		ck_assert_int_eq(*p & 0x80, 0);
	buf_clear(&text);
	scripted_forget(&server);
}
END_TEST

/* ---- one behind the other ---- */

START_TEST(test_look_ahead)
{
	struct letter one, two, three;

	open_to(NULL, "PIPELINING", false);
	make(&one, "1@x", "one\n", 1);
	make(&two, "2@x", "two\n", 1);
	make(&three, "3@x", "three\n", 1);
	one.following = &two;
	two.following = &three;
	ck_assert_int_eq(run(&one), 0);
	ck_assert(two.t.begun);
	ck_assert(!two.t.answered);
	ck_assert_int_eq(run(&two), 0);
	ck_assert_int_eq(run(&three), 0);
	is_outcome(&one.rcpts[0], SENT);
	is_outcome(&two.rcpts[0], SENT);
	is_outcome(&three.rcpts[0], SENT);
	leave();
	/* One packet a message. */
	ck_assert_str_eq(packets(), "MAIL FROM:<1@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n|"
				    "one\r\n.\r\nMAIL FROM:<2@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n|"
				    "two\r\n.\r\nMAIL FROM:<3@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n|"
				    "three\r\n.\r\n|");
	ck_assert_str_eq(server.heard->bodies, "one\r\n.\r\ntwo\r\n.\r\nthree\r\n.\r\n");
	scripted_forget(&server);
}
END_TEST

START_TEST(test_look_ahead_not_pipelined)
{
	struct letter one, two;

	open_to(NULL, "", false);
	make(&one, "1@x", "one\n", 1);
	make(&two, "2@x", "two\n", 1);
	one.following = &two;
	ck_assert_int_eq(run(&one), 0);
	ck_assert(!two.t.begun);
	ck_assert_int_eq(run(&two), 0);
	leave();
	ck_assert_int_eq(server.heard->messages, 2);
	scripted_forget(&server);
}
END_TEST

/*
 * The connection dies somewhere in two messages. Whatever is said to have been sent was accepted, whatever was
 * accepted and answered is said to have been sent; nothing is left without an outcome.
 */
static const struct {
	struct scripted_rule rule;
	int one, two;  /* outcomes */
	bool answered; /* the server has seen the second */
} deaths[] = {
	{ { .on = ".", .nth = 1, .say = "", .hang_up = true }, LATER, LATER, false },
	{ { .on = ".", .nth = 1, .say = "250 Ok\r\n", .hang_up = true }, SENT, LATER, false },
	{ { .on = ".", .nth = 1, .say = "421 4.3.2 Bye\r\n", .hang_up = true }, LATER, LATER, false },
	{ { .on = ".", .nth = 1, .say = "550 5.6.0 Spam\r\n" }, NEVER, SENT, true },
	{ { .on = "MAIL", .nth = 2, .say = "", .hang_up = true }, SENT, LATER, false },
	{ { .on = "MAIL", .nth = 2, .say = "421 4.7.0 Enough\r\n", .hang_up = true }, SENT, LATER, true },
	{ { .on = "MAIL", .nth = 2, .say = "550 5.7.1 No\r\n" }, SENT, NEVER, true },
	{ { .on = "RCPT", .nth = 2, .say = "", .hang_up = true }, SENT, LATER, true },
	{ { .on = "RCPT", .nth = 2, .say = "550 5.1.1 No\r\n" }, SENT, NEVER, true },
	{ { .on = "DATA", .nth = 2, .say = "", .hang_up = true }, SENT, LATER, true },
	{ { .on = "DATA", .nth = 2, .say = "451 4.3.0 Later\r\n" }, SENT, LATER, true },
	{ { .on = ".", .nth = 2, .say = "", .hang_up = true }, SENT, LATER, true },
	{ { .on = ".", .nth = 2, .say = "250 Ok\r\n", .hang_up = true }, SENT, SENT, true },
};

START_TEST(test_death)
{
	const struct scripted_rule script[] = { deaths[_i].rule, { .on = NULL } };
	struct letter one, two;

	open_to(script, "PIPELINING", false);
	make(&one, "1@x", "one\n", 1);
	make(&two, "2@x", "two\n", 1);
	one.following = &two;
	run(&one);
	is_outcome(&one.rcpts[0], deaths[_i].one);
	if (client_is_connected(&client)) {
		run(&two);
		is_outcome(&two.rcpts[0], deaths[_i].two);
	}
	ck_assert_int_eq(two.t.answered, deaths[_i].answered);
	leave();
	ck_assert_int_eq(server.heard->messages, (deaths[_i].one == SENT) + (deaths[_i].two == SENT));
	scripted_forget(&server);
	if (deaths[_i].answered)
		return;
	/* Nothing of it had reached the server: anew on another connection. */
	open_to(NULL, "PIPELINING", false);
	transaction_rewind(&two.t);
	ck_assert_int_eq(run(&two), 0);
	is_outcome(&two.rcpts[0], SENT);
	leave();
	ck_assert_int_eq(server.heard->messages, 1);
	scripted_forget(&server);
}
END_TEST

/* A queue file that turns out to be shorter: the message must not be ended as if it were whole. */
START_TEST(test_short_file)
{
	struct letter l;

	open_to(NULL, "PIPELINING", false);
	make(&l, "s@x", "only this\n", 1);
	l.t.size += 100;
	ck_assert_int_eq(run(&l), -1);
	is_outcome(&l.rcpts[0], LATER);
	ck_assert(!client_is_connected(&client));
	leave();
	ck_assert_int_eq(server.heard->messages, 0);
	scripted_forget(&server);
}
END_TEST

START_TEST(test_many_recipients)
{
	enum { MANY = 1000 };
	static const struct scripted_rule script[] = { { .on = "RCPT", .nth = 500, .say = "550 5.1.1 No\r\n" },
						       { .on = NULL } };
	static struct transaction_rcpt rcpts[MANY];
	struct letter l;

	open_to(script, "PIPELINING", false);
	make(&l, "s@x", "x\n", 1);
	l.t.rcpts = rcpts;
	l.t.n = MANY;
	for (int i = 0; i < MANY; i++)
		rcpts[i].address = "a-recipient-with-a-rather-long-address@some.department.example.org";
	ck_assert_msg(run(&l) == 0, "%s", fault.text);
	for (int i = 0; i < MANY; i++)
		is_outcome(&rcpts[i], i == 499 ? NEVER : SENT);
	leave();
	scripted_forget(&server);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_pipelined);
	tcase_add_test(tc, test_not_pipelined);
	tcase_add_loop_test(tc, test_parameters, 0, COUNT(offers));
	tcase_add_loop_test(tc, test_body, 0, COUNT(bodies));
	tcase_add_test(tc, test_large_body);
	tcase_add_loop_test(tc, test_patch, 0, 3);
	tcase_add_loop_test(tc, test_outcome, 0, COUNT(rows));
	tcase_add_test(tc, test_all_refused);
	tcase_add_loop_test(tc, test_reset, 0, 2);
	tcase_add_test(tc, test_reply_before_command);
	tcase_add_test(tc, test_lmtp);
	tcase_add_test(tc, test_lmtp_breaks_off);
	tcase_add_test(tc, test_lmtp_all_refused);
	tcase_add_test(tc, test_size_limit);
	tcase_add_test(tc, test_smtputf8);
	tcase_add_test(tc, test_domain_in_ascii);
	tcase_add_test(tc, test_needless_smtputf8);
	tcase_add_test(tc, test_8bit);
	tcase_add_test(tc, test_8bit_large);
	tcase_add_loop_test(tc, test_terms, 0, COUNT(terms));
	tcase_add_test(tc, test_look_ahead);
	tcase_add_test(tc, test_look_ahead_not_pipelined);
	tcase_add_loop_test(tc, test_death, 0, COUNT(deaths));
	tcase_add_test(tc, test_short_file);
	tcase_add_test(tc, test_many_recipients);
}

CHECK_MAIN(transaction, add_tests)
