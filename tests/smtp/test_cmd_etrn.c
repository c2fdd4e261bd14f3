/* SPDX-License-Identifier: ISC */
#include "smtp/cmd.h"

#include "support/check_main.h"
#include "support/fake_host.h"

static const struct {
	unsigned may;
	const char *command, *reply, *flushed;
} rows[] = {
	{ SMTP_MAY_FLUSH, "ETRN far.example\r\n", "250 2.0.0 Queuing for far.example started\r\n",
	  "flush far.example\n" },
	{ SMTP_MAY_FLUSH, "etrn @far.example\r\n", "250 2.0.0 Queuing for @far.example started\r\n",
	  "flush @far.example\n" },
	{ SMTP_MAY_FLUSH, "ETRN down.example\r\n", "458 4.3.2 No relay\r\n", "" },
	{ SMTP_MAY_FLUSH, "ETRN #queue\r\n", "501 5.5.4 Syntax: ETRN domain\r\n", "" },
	{ SMTP_MAY_FLUSH, "ETRN a b\r\n", "501 5.5.4 Syntax: ETRN domain\r\n", "" },
	{ SMTP_MAY_FLUSH, "ETRN @\r\n", "501 5.5.4 Syntax: ETRN domain\r\n", "" },
	{ SMTP_MAY_FLUSH, "ETRN\r\n", "501 5.5.4 Syntax: ETRN domain\r\n", "" },
	{ 0, "ETRN far.example\r\n", "459 4.7.1 far.example is not allowed: only clients that may relay ask\r\n", "" },
};

START_TEST(test_etrn)
{
	struct fake_host h;

	fake_host_init(&h);
	h.client.may = rows[_i].may;
	fake_host_feed(&h, SPAN("EHLO c\r\n"), SMTP_PIECE);
	ck_assert_int_eq(strstr(buf_str(&h.replies), "ETRN\r\n") != NULL, rows[_i].may != 0);
	buf_reset(&h.replies);
	fake_host_feed(&h, span_str(rows[_i].command), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), rows[_i].reply);
	ck_assert_str_eq(buf_str(&h.accepted), rows[_i].flushed);
	fake_host_clear(&h);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_etrn, 0, COUNT(rows));
}

CHECK_MAIN(cmd_etrn, add_tests)
