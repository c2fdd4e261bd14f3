/* SPDX-License-Identifier: ISC */
#include "pop3/session.h"

#include "support/check_main.h"
#include "support/fake_drop.h"

#define CR "\r\n"

static const struct {
	const char *in, *log; /* until the connection is gone */
} rows[] = {
	{ "DELE 1" CR "DELE 3" CR "QUIT" CR, "remove 1\nremove 3\n" },
	{ "DELE 1" CR "DELE 3" CR, "" },
	{ "DELE 1" CR "RSET" CR "QUIT" CR, "" },
	{ "DELE 1" CR "DELE 1" CR "QUIT" CR, "remove 1\n" },
	{ "DELE 1" CR "QUIT now" CR, "" },
	{ "RETR 2" CR, "begin 2\nend 2 23\nread 2\n" },
	{ "RETR 2" CR "QUIT" CR, "begin 2\nend 2 23\nread 2\n" },
	{ "RETR 2" CR "RSET" CR "QUIT" CR, "begin 2\nend 2 23\nread 2\n" },
	{ "RETR 2" CR "DELE 2" CR "QUIT" CR, "begin 2\nend 2 23\nremove 2\n" },
	{ "RETR 2" CR "DELE 2" CR, "begin 2\nend 2 23\nread 2\n" },
	{ "TOP 2 0" CR "QUIT" CR, "begin 2\nend 2 part\n" },
};

START_TEST(test_what_is_done)
{
	struct fake_drop d;

	fake_drop_init(&d);
	fake_drop_log_in(&d);
	fake_drop_ask(&d, rows[_i].in);
	pop3_session_clear(&d.session);
	ck_assert_str_eq(buf_str(&d.login.log), rows[_i].log);
	fake_drop_clear(&d);
}
END_TEST

START_TEST(test_answers)
{
	struct fake_drop d;

	fake_drop_init(&d);
	fake_drop_log_in(&d);
	ck_assert_str_eq(fake_drop_ask(&d, "DELE 1" CR "DELE 1" CR "DELE 9" CR "DELE x" CR "RSET" CR),
			 "+OK Marked to be deleted" CR "-ERR The message is deleted" CR
			 "-ERR There is no such message" CR "-ERR This is no message number" CR
			 "+OK 3 messages (76 octets)" CR);
	fake_drop_clear(&d);
}
END_TEST

START_TEST(test_failure)
{
	struct fake_drop d;

	fake_drop_init(&d);
	fake_drop_log_in(&d);
	d.fail_remove = true;
	ck_assert_str_eq(fake_drop_ask(&d, "RETR 2" CR "DELE 1" CR "DELE 2" CR "DELE 3" CR "QUIT" CR),
			 "+OK 23 octets" CR "Subject: two" CR CR "CR LF" CR "." CR "+OK Marked to be deleted" CR
			 "+OK Marked to be deleted" CR "+OK Marked to be deleted" CR
			 "-ERR [SYS/TEMP] 1 of 3 messages could not be deleted" CR);
	ck_assert_str_eq(buf_str(&d.login.log), "begin 2\nend 2 23\nremove 1\nremove 3\nread 2\n");
	ck_assert(!pop3_session_is_open(&d.session));
	fake_drop_clear(&d);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_what_is_done, 0, COUNT(rows));
	tcase_add_test(tc, test_answers);
	tcase_add_test(tc, test_failure);
}

CHECK_MAIN(cmd_dele, add_tests)
