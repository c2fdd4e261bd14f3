/* SPDX-License-Identifier: ISC */
#include "pop3/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/check_main.h"
#include "support/fake_drop.h"

#define CR "\r\n"

static const struct {
	const char *in, *want;
} rows[] = {
	{ "STAT" CR, "+OK 3 76" CR },
	{ "LIST" CR, "+OK 3 messages (76 octets)" CR "1 29" CR "2 23" CR "3 24" CR "." CR },
	{ "LIST 2" CR "LIST 02 " CR, "+OK 2 23" CR "+OK 2 23" CR },
	{ "LIST 4" CR "LIST 0" CR "LIST x" CR "LIST 1 2" CR,
	  "-ERR There is no such message" CR "-ERR This is no message number" CR "-ERR This is no message number" CR
	  "-ERR This is no message number" CR },
	{ "DELE 2" CR "STAT" CR "LIST" CR "LIST 2" CR,
	  "+OK Marked to be deleted" CR "+OK 2 53" CR "+OK 2 messages (53 octets)" CR "1 29" CR "3 24" CR "." CR
	  "-ERR The message is deleted" CR },
	{ "UIDL" CR, "+OK Unique ids follow" CR "1 id1" CR "2 id2" CR "3 id3" CR "." CR },
	{ "UIDL 3" CR "UIDL 4" CR, "+OK 3 id3" CR "-ERR There is no such message" CR },
	{ "DELE 1" CR "UIDL" CR "UIDL 1" CR, "+OK Marked to be deleted" CR "+OK Unique ids follow" CR "2 id2" CR
					     "3 id3" CR "." CR "-ERR The message is deleted" CR },
	{ "LAST" CR "RETR 3" CR "LAST" CR,
	  "+OK 1" CR "+OK 24 octets" CR "Subject: three" CR CR "no end" CR "." CR "+OK 3" CR },
	{ "DELE 2" CR "LAST" CR "RSET" CR "LAST" CR "TOP 3 0" CR "LAST" CR,
	  "+OK Marked to be deleted" CR "+OK 2" CR "+OK 3 messages (76 octets)" CR "+OK 1" CR
	  "+OK Top of message follows" CR "Subject: three" CR CR "." CR "+OK 1" CR },
};

START_TEST(test_lists)
{
	struct fake_drop d;

	fake_drop_init(&d);
	d.last = 1;
	fake_drop_log_in(&d);
	ck_assert_str_eq(fake_drop_ask(&d, rows[_i].in), rows[_i].want);
	fake_drop_clear(&d);
}
END_TEST

START_TEST(test_no_messages)
{
	struct fake_drop d;

	fake_drop_init(&d);
	fake_drop_set(&d, NULL, 0);
	fake_drop_log_in(&d);
	ck_assert_str_eq(fake_drop_ask(&d, "STAT" CR "LIST" CR "UIDL" CR "LAST" CR "RETR 1" CR "QUIT" CR),
			 "+OK 0 0" CR "+OK 0 messages (0 octets)" CR "." CR "+OK Unique ids follow" CR "." CR "+OK 0" CR
			 "-ERR There is no such message" CR "+OK Bye" CR);
	fake_drop_clear(&d);
}
END_TEST

/* A list without its end is none: the client asks again. */
START_TEST(test_no_id)
{
	struct fake_drop d;

	fake_drop_init(&d);
	fake_drop_log_in(&d);
	d.fail_uidl = true;
	ck_assert_str_eq(fake_drop_ask(&d, "UIDL 2" CR),
			 "-ERR [SYS/TEMP] The unique id of this message is not known now" CR);
	ck_assert_str_eq(fake_drop_ask(&d, "UIDL" CR "STAT" CR), "+OK Unique ids follow" CR "1 id1" CR);
	ck_assert(!pop3_session_is_open(&d.session));
	fake_drop_clear(&d);
}
END_TEST

/* As many as are served without slowing down; in parts, and all of them. */
START_TEST(test_many)
{
	enum { MANY = 100000 };
	const char **texts = arena_heap(MANY * sizeof(*texts));
	struct fake_drop d;
	const char *got, *line;

	for (size_t i = 0; i < MANY; i++)
		texts[i] = "x\n";
	fake_drop_init(&d);
	fake_drop_set(&d, texts, MANY);
	fake_drop_log_in(&d);
	got = fake_drop_ask(&d, "LIST" CR);
	line = strchr(got, '\n') + 1;
	for (size_t i = 1; i <= MANY; i++, line = strchr(line, '\n') + 1) {
		char want[32];

		snprintf(want, sizeof(want), "%zu 3\r\n", i);
		ck_assert_int_eq(strncmp(line, want, strlen(want)), 0);
	}
	ck_assert_str_eq(line, "." CR);
	got = fake_drop_ask(&d, "UIDL" CR);
	ck_assert_ptr_nonnull(strstr(got, "\n100000 id100000" CR "." CR));
	ck_assert_uint_le(d.most, POP3_OUT_MAX);
	fake_drop_clear(&d);
	free(texts);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_lists, 0, COUNT(rows));
	tcase_add_test(tc, test_no_messages);
	tcase_add_test(tc, test_no_id);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(cmd_list, add_tests)
