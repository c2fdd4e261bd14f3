/* SPDX-License-Identifier: ISC */
#include "smtp/cmd.h"

#include "support/check_main.h"
#include "support/fake_host.h"

#define GREETING "220 mx.example ESMTP\r\n"

static const struct {
	const char *command, *reply, *told, *helo;
	enum smtp_state state;
} rows[] = {
	{ "XCLIENT ADDR=192.0.2.9\r\n", GREETING, "xclient 192.0.2.9 - -\n", "", SMTP_START },
	{ "xclient addr=192.0.2.9 name=c.example\r\n", GREETING, "xclient 192.0.2.9 c.example -\n", "", SMTP_START },
	{ "XCLIENT NAME=[UNAVAILABLE] ADDR=[TEMPUNAVAIL] LOGIN=a+2Bb\r\n", GREETING, "xclient   a+b\n", "",
	  SMTP_START },
	{ "XCLIENT HELO=x.example PROTO=ESMTP PORT=25 DESTADDR=192.0.2.1 DESTPORT=25\r\n", GREETING, "xclient - - -\n",
	  "x.example", SMTP_READY },
	{ "XCLIENT PROTO=[UNAVAILABLE]\r\n", GREETING, "xclient - - -\n", "", SMTP_START },
	{ "XCLIENT PROTO=smtp\r\n", GREETING, "xclient - - -\n", "", SMTP_START },
	{ "XCLIENT HELO=[UNAVAILABLE]\r\n", GREETING, "xclient - - -\n", "", SMTP_START },
	{ "XCLIENT ADDR=wrong\r\n", "501 5.5.4 Bad address\r\n", "", "c", SMTP_READY },
	{ "XCLIENT FROM=x\r\n", "501 5.5.4 Unknown attribute: FROM\r\n", "", "c", SMTP_READY },
	{ "XCLIENT NAME\r\n", "501 5.5.4 Bad value: NAME\r\n", "", "c", SMTP_READY },
	{ "XCLIENT NAME=a+0Ab\r\n", "501 5.5.4 Bad value: NAME=a+0Ab\r\n", "", "c", SMTP_READY },
	{ "XCLIENT PROTO=LMTP\r\n", "501 5.5.4 Bad value: PROTO=LMTP\r\n", "", "c", SMTP_READY },
	{ "XCLIENT\r\n", "501 5.5.4 Syntax: XCLIENT name=value ...\r\n", "", "c", SMTP_READY },
};

START_TEST(test_xclient)
{
	struct fake_host h;

	fake_host_init(&h);
	h.client.may = SMTP_MAY_XCLIENT;
	fake_host_feed(&h, SPAN("EHLO c\r\n"), SMTP_PIECE);
	ck_assert_ptr_nonnull(strstr(buf_str(&h.replies), SMTP_XCLIENT_KEYWORD "\r\n"));
	buf_reset(&h.replies);
	fake_host_feed(&h, span_str(rows[_i].command), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), rows[_i].reply);
	ck_assert_str_eq(buf_str(&h.accepted), rows[_i].told);
	ck_assert_str_eq(h.session.helo, rows[_i].helo);
	ck_assert_int_eq(h.session.state, rows[_i].state);
	/* What was refused has changed nothing. */
	ck_assert_int_eq(h.session.esmtp, rows[_i].told[0] == '\0' || strstr(rows[_i].command, "PROTO=ESMTP"));
	fake_host_clear(&h);
}
END_TEST

/* A value that would not fit where a name is kept is refused. */
START_TEST(test_long)
{
	struct fake_host h;
	struct buf line;

	fake_host_init(&h);
	h.client.may = SMTP_MAY_XCLIENT;
	buf_init(&line, 10000);
	buf_put_str(&line, "XCLIENT HELO=");
	for (int i = 0; i < SMTP_HELO_MAX + 1; i++)
		buf_put_char(&line, 'x');
	buf_put_str(&line, "\r\n");
	fake_host_feed(&h, buf_span(&line), SMTP_PIECE);
	ck_assert_int_eq(strncmp(buf_str(&h.replies), "501 5.5.4 Bad value", 19), 0);
	ck_assert_str_eq(h.session.helo, "");
	buf_clear(&line);
	fake_host_clear(&h);
}
END_TEST

/* Not in a transaction, and not for everybody. */
START_TEST(test_refused)
{
	struct fake_host h;

	fake_host_init(&h);
	fake_host_feed(&h, SPAN("EHLO c\r\n"), SMTP_PIECE);
	ck_assert_ptr_null(strstr(buf_str(&h.replies), "XCLIENT"));
	buf_reset(&h.replies);
	fake_host_feed(&h, SPAN("XCLIENT ADDR=192.0.2.9\r\n"), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), "550 5.7.0 Not from this client\r\n");
	ck_assert_str_eq(buf_str(&h.accepted), "");
	fake_host_clear(&h);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_xclient, 0, COUNT(rows));
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_refused);
}

CHECK_MAIN(cmd_xclient, add_tests)
