/* SPDX-License-Identifier: ISC */
#include "pop3/session.h"

#include "support/check_main.h"
#include "support/fake_drop.h"

#define CR "\r\n"

static const struct {
	const char *in, *want, *log;
} rows[] = {
	{ "RETR 1" CR, "+OK 29 octets" CR "Subject: one" CR CR "hello" CR "..dot" CR "." CR, "begin 1\nend 1 29\n" },
	{ "RETR 2" CR, "+OK 23 octets" CR "Subject: two" CR CR "CR LF" CR "." CR, "begin 2\nend 2 23\n" },
	{ "RETR 3" CR, "+OK 24 octets" CR "Subject: three" CR CR "no end" CR "." CR, "begin 3\nend 3 24\n" },
	{ "RETR 4" CR "DELE 1" CR "RETR 1" CR,
	  "-ERR There is no such message" CR "+OK Marked to be deleted" CR "-ERR The message is deleted" CR, "" },
	{ "TOP 1 0" CR, "+OK Top of message follows" CR "Subject: one" CR CR "." CR, "begin 1\nend 1 part\n" },
	{ "TOP 1 1" CR, "+OK Top of message follows" CR "Subject: one" CR CR "hello" CR "." CR,
	  "begin 1\nend 1 part\n" },
	{ "TOP 1 18446744073709551614" CR,
	  "+OK Top of message follows" CR "Subject: one" CR CR "hello" CR "..dot" CR "." CR, "begin 1\nend 1 part\n" },
	{ "TOP 1" CR "TOP 1 x" CR "TOP x 1" CR "TOP 1 1 1" CR "TOP 9 1" CR,
	  "-ERR Syntax: TOP number lines" CR "-ERR Syntax: TOP number lines" CR "-ERR This is no message number" CR
	  "-ERR Syntax: TOP number lines" CR "-ERR There is no such message" CR,
	  "" },
	{ "RETR 3" CR "TOP 2 0" CR "NOOP" CR,
	  "+OK 24 octets" CR "Subject: three" CR CR "no end" CR "." CR "+OK Top of message follows" CR
	  "Subject: two" CR CR "." CR "+OK done" CR,
	  "begin 3\nend 3 24\nbegin 2\nend 2 part\n" },
};

START_TEST(test_messages)
{
	static const size_t pieces[] = { POP3_PIECE, 1, 5 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct fake_drop d;

		fake_drop_init(&d);
		fake_drop_log_in(&d);
		ck_assert_str_eq(fake_drop_say(&d, span_str(rows[_i].in), pieces[i]), rows[_i].want);
		ck_assert_str_eq(buf_str(&d.login.log), rows[_i].log);
		fake_drop_clear(&d);
	}
}
END_TEST

START_TEST(test_gone)
{
	struct fake_drop d;

	fake_drop_init(&d);
	fake_drop_log_in(&d);
	d.fail_begin = true;
	ck_assert_int_eq(strncmp(fake_drop_ask(&d, "RETR 1" CR), "-ERR [SYS/TEMP] ", 16), 0);
	ck_assert_int_eq(strncmp(fake_drop_ask(&d, "TOP 1 1" CR), "-ERR [SYS/TEMP] ", 16), 0);
	ck_assert_str_eq(fake_drop_ask(&d, "QUIT" CR), "+OK Bye" CR);
	ck_assert_str_eq(buf_str(&d.login.log), "");
	fake_drop_clear(&d);
}
END_TEST

/* Half a message has no end. */
START_TEST(test_bad_disk)
{
	struct fake_drop d;

	fake_drop_init(&d);
	fake_drop_log_in(&d);
	d.fail_read = true;
	ck_assert_ptr_null(strstr(fake_drop_ask(&d, "RETR 1" CR "NOOP" CR), CR "." CR));
	ck_assert(!pop3_session_is_open(&d.session));
	ck_assert_str_eq(buf_str(&d.login.log), "begin 1\nend 1 part\n");
	fake_drop_clear(&d);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_messages, 0, COUNT(rows));
	tcase_add_test(tc, test_gone);
	tcase_add_test(tc, test_bad_disk);
}

CHECK_MAIN(cmd_retr, add_tests)
