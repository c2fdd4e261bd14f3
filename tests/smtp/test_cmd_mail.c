/* SPDX-License-Identifier: ISC */
#include "smtp/cmd.h"

#include <stdio.h>

#include "base/clock.h"
#include "message/date.h"
#include "support/check_main.h"
#include "support/fake_host.h"

/* The parameters reach the envelope, and those of the last transaction do not stay. */
START_TEST(test_parameters)
{
	struct fake_host h;
	const struct envelope *e = &h.session.envelope;

	fake_host_init(&h);
	fake_host_feed(&h,
		       SPAN("EHLO c\r\n"
			    "MAIL FROM:<al@x> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=e1\r\n"
			    "RCPT TO:<bo@x> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Bo@x\r\n"),
		       SMTP_PIECE);
	ck_assert_str_eq(e->sender, "al@x");
	ck_assert_int_eq(e->body, ENVELOPE_8BITMIME);
	ck_assert(e->smtputf8);
	ck_assert_int_eq(e->ret, ENVELOPE_RET_HDRS);
	ck_assert_str_eq(e->envid, "e1");
	ck_assert_int_eq(e->n, 1);
	ck_assert_int_eq(e->rcpts[0].notify, ENVELOPE_NOTIFY_SUCCESS | ENVELOPE_NOTIFY_DELAY);
	ck_assert_str_eq(e->rcpts[0].orcpt, "rfc822;b+o@x");
	ck_assert_int_eq(e->rcpts[0].state, ENVELOPE_QUEUED);
	fake_host_feed(&h, SPAN("RSET\r\nMAIL FROM:<cy@x>\r\n"), SMTP_PIECE);
	ck_assert_str_eq(e->sender, "cy@x");
	ck_assert_int_eq(e->body, ENVELOPE_7BIT);
	ck_assert(!e->smtputf8);
	ck_assert_int_eq(e->ret, ENVELOPE_RET_UNSET);
	ck_assert_ptr_null(e->envid);
	ck_assert_int_eq(e->n, 0);
	fake_host_clear(&h);
}
END_TEST

/* Many recipients keep their order and their own parameters. */
START_TEST(test_many_recipients)
{
	enum { MANY = 1000 };
	struct fake_host h;
	char text[64];

	fake_host_init(&h);
	h.server.recipient_limit = MANY;
	fake_host_feed(&h, SPAN("EHLO c\r\nMAIL FROM:<al>\r\n"), SMTP_PIECE);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "RCPT TO:<u%d@x>%s\r\n", i, i % 2 ? " NOTIFY=NEVER" : "");
		fake_host_feed(&h, span_str(text), SMTP_PIECE);
	}
	ck_assert_int_eq(h.session.envelope.n, MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "u%d@x", i);
		ck_assert_str_eq(h.session.envelope.rcpts[i].address, text);
		ck_assert_int_eq(h.session.envelope.rcpts[i].notify, i % 2 ? ENVELOPE_NOTIFY_NEVER : 0);
	}
	fake_host_clear(&h);
}
END_TEST

/* A fault's words are the reply, made safe. */
START_TEST(test_reply_text)
{
	struct fake_host h;

	fake_host_init(&h);
	fake_host_feed(&h, SPAN("EHLO c\r\nMAIL FROM:<al> SMTPUTF8\r\n"), SMTP_PIECE);
	buf_reset(&h.replies);
	fake_host_feed(&h, SPAN("RCPT TO:<no@\xc3\xa9>\r\nRCPT TO:<later@x>\r\nRCPT TO:<bo@\r\n"), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), "550 5.1.1 <no@\?\?>: no such user\r\n451 4.3.0 Try again later\r\n"
					      "501 5.1.3 Bad path syntax\r\n");
	ck_assert_int_eq(h.session.envelope.n, 0);
	fake_host_clear(&h);
}
END_TEST

/* What is wrong here is for the log, and not for the client; it has an id to ask for. */
START_TEST(test_private)
{
	struct fake_host h;
	struct span reply;

	fake_host_init(&h);
	h.client.may = 0;
	fake_host_feed(&h, SPAN("EHLO c\r\nMAIL FROM:<al>\r\n"), SMTP_PIECE);
	buf_reset(&h.replies);
	fake_host_feed(&h, SPAN("RCPT TO:<later@x>\r\n"), SMTP_PIECE);
	reply = buf_span(&h.replies);
	ck_assert_msg(span_starts(reply, SPAN("451 4.3.0 Local problem, try again later (")), "%s",
		      buf_str(&h.replies));
	ck_assert_uint_eq(reply.n, sizeof("451 4.3.0 Local problem, try again later ()\r\n") - 1 + ENTROPY_ID);
	ck_assert(strstr(reply.p, h.session.incident));
	ck_assert_str_eq(buf_str(&h.refused), "RCPT 451 Try again later\n");

	/* Of others' faults it is told. */
	fake_host_feed(&h, SPAN("RCPT TO:<no@x>\r\n"), SMTP_PIECE);
	ck_assert(strstr(buf_str(&h.replies), "550 5.1.1 <no@x>: no such user\r\n"));

	h.fail_begin = true;
	buf_reset(&h.replies);
	fake_host_feed(&h, SPAN("RCPT TO:<bo@x>\r\nDATA\r\n"), SMTP_PIECE);
	ck_assert_msg(strstr(buf_str(&h.replies), "452 4.3.1 Insufficient storage, try again later ("), "%s",
		      buf_str(&h.replies));
	fake_host_clear(&h);
}
END_TEST

/* What is offered depends on who it is, and on TLS; so does what is taken. */
static const struct {
	unsigned may;
	bool tls;
	const char *parameter, *reply;
	int priority;
} offers[] = {
	{ 0, false, "HOLDFOR=10", "555 5.5.4 Unsupported parameter: HOLDFOR\r\n", 0 },
	{ SMTP_MAY_HOLD, false, "HOLDFOR=10", "250 2.1.0 Ok\r\n", 0 },
	{ SMTP_MAY_HOLD, false, "HOLDFOR=4000", "501 5.5.4 A message is held for 3600 seconds at most\r\n", 0 },
	{ SMTP_MAY_HOLD, false, "HOLDUNTIL=2999-01-01T00:00:00Z",
	  "501 5.5.4 A message is held for 3600 seconds at most\r\n", 0 },
	{ 0, false, "REQUIRETLS", "555 5.5.4 Unsupported parameter: REQUIRETLS\r\n", 0 },
	{ 0, true, "REQUIRETLS", "250 2.1.0 Ok\r\n", 0 },
	{ 0, false, "MT-PRIORITY=3", "250 2.3.6 0 is the new priority of the message\r\n", 0 },
	{ 0, false, "MT-PRIORITY=-3", "250 2.1.0 Ok\r\n", -3 },
	{ SMTP_MAY_PRIORITY, false, "MT-PRIORITY=3", "250 2.1.0 Ok\r\n", 3 },
	{ 0, false, "BY=60;N", "250 2.1.0 Ok\r\n", 0 },
};

START_TEST(test_offers)
{
	static const struct tlsio_info info;
	struct fake_host h;
	char line[100];

	fake_host_init(&h);
	h.server.hold_limit = 3600;
	h.client.may = offers[_i].may;
	h.session.tls = offers[_i].tls ? &info : NULL;
	fake_host_feed(&h, SPAN("EHLO c\r\n"), SMTP_PIECE);
	ck_assert_int_eq(strstr(buf_str(&h.replies), "FUTURERELEASE 3600 20") != NULL,
			 (offers[_i].may & SMTP_MAY_HOLD) != 0);
	ck_assert_int_eq(strstr(buf_str(&h.replies), "REQUIRETLS\r\n") != NULL, offers[_i].tls);
	buf_reset(&h.replies);
	snprintf(line, sizeof(line), "MAIL FROM:<al@x> %s\r\n", offers[_i].parameter);
	fake_host_feed(&h, span_str(line), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), offers[_i].reply);
	ck_assert_int_eq(h.session.envelope.priority, offers[_i].priority);
	fake_host_clear(&h);
}
END_TEST

/* Each recipient has a sender of its own, by the address that the client has for it. */
static const struct {
	unsigned may;
	const char *mail, *rcpt, *reply;
	const char *sender; /* of the first recipient; NULL: it has none */
} verps[] = {
	{ SMTP_MAY_VERP, "<al@x> XVERP", "<bo@y>", "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n", "al+bo=y@x" },
	{ SMTP_MAY_VERP, "<al@x> XVERP=-=", "<bo@y>", "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n", "al-bo=y@x" },
	{ SMTP_MAY_VERP, "<al@x> XVERP", "<alias@y>", "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n", "al+alias=y@x" },
	{ SMTP_MAY_VERP, "<al@x> XVERP", "<alias>", "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n", "al+bo=y@x" },
	{ SMTP_MAY_VERP, "<al@x>", "<bo@y>", "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n", NULL },
	{ SMTP_MAY_VERP, "<> XVERP", "<bo@y>", "503 5.5.4 XVERP needs a sender\r\n503 5.5.1 Send MAIL first\r\n",
	  NULL },
	{ 0, "<al@x> XVERP", "<bo@y>", "555 5.5.4 Unsupported parameter: XVERP\r\n503 5.5.1 Send MAIL first\r\n",
	  NULL },
};

START_TEST(test_verp)
{
	struct fake_host h;
	char lines[100];

	fake_host_init(&h);
	h.client.may = verps[_i].may;
	h.server.verp_delimiters = "+=";
	fake_host_feed(&h, SPAN("EHLO c\r\n"), SMTP_PIECE);
	ck_assert_int_eq(strstr(buf_str(&h.replies), "XVERP\r\n") != NULL, verps[_i].may != 0);
	buf_reset(&h.replies);
	snprintf(lines, sizeof(lines), "MAIL FROM:%s\r\nRCPT TO:%s\r\n", verps[_i].mail, verps[_i].rcpt);
	fake_host_feed(&h, span_str(lines), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), verps[_i].reply);
	if (verps[_i].sender)
		ck_assert_str_eq(h.session.envelope.rcpts[0].sender, verps[_i].sender);
	else
		ck_assert(h.session.envelope.n == 0 || !h.session.envelope.rcpts[0].sender);
	fake_host_clear(&h);
}
END_TEST

/* How long a message may be held is told as seconds, and as the time that it will be then. */
START_TEST(test_hold_limit)
{
	struct fake_host h;
	struct buf before, after;
	const char *offer;

	fake_host_init(&h);
	h.server.hold_limit = 3600;
	h.client.may = SMTP_MAY_HOLD;
	buf_init(&before, 100);
	buf_init(&after, 100);
	date_put_rfc3339(&before, clock_wall() + 3600);
	fake_host_feed(&h, SPAN("EHLO c\r\n"), SMTP_PIECE);
	date_put_rfc3339(&after, clock_wall() + 3600);
	offer = strstr(buf_str(&h.replies), "FUTURERELEASE 3600 ") + strlen("FUTURERELEASE 3600 ");
	ck_assert_int_ge(strncmp(offer, buf_str(&before), before.n), 0);
	ck_assert_int_le(strncmp(offer, buf_str(&after), after.n), 0);
	buf_clear(&before);
	buf_clear(&after);
	fake_host_clear(&h);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_parameters);
	tcase_add_test(tc, test_many_recipients);
	tcase_add_test(tc, test_reply_text);
	tcase_add_test(tc, test_private);
	tcase_add_loop_test(tc, test_offers, 0, COUNT(offers));
	tcase_add_test(tc, test_hold_limit);
	tcase_add_loop_test(tc, test_verp, 0, COUNT(verps));
}

CHECK_MAIN(cmd_mail, add_tests)
