/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

#include "support/imaptest.h"

static int count(const char *part)
{
	DIR *dir = opendir(tempdir_path(arena_printf(&c.arena, "m/%s", part)));
	const struct dirent *d;
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((d = readdir(dir)))
		n += d->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* A megabyte in pieces of any size: nothing of it is taken for a command. */
START_TEST(test_large)
{
	static const size_t pieces[] = { 1000, 7, 8192 };
	struct buf text;

	buf_init(&text, 2 << 20);
	buf_put_str(&text, "a APPEND INBOX {900000+}" CR);
	for (int i = 0; i < 90000; i++)
		buf_put_str(&text, "b LOGOUT" CR);
	buf_put_str(&text, CR "c NOOP" CR);
	ck_assert_str_eq(imapcase_say(&c, buf_span(&text), pieces[_i]), "a OK [APPENDUID N 1] Saved" CR "c OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a STATUS INBOX (SIZE)" CR),
			 "* STATUS \"INBOX\" (SIZE 900000)" CR "a OK That is it" CR);
	buf_clear(&text);
}
END_TEST

/* RFC 7888, and what went wrong elsewhere: what follows a refusal is no command. */
START_TEST(test_refused)
{
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND none {12+}" CR "x LOGOUT" CR CR CR "b NOOP" CR),
			 "a NO [TRYCREATE] There is no such mailbox" CR "b OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND INBOX {2000000+}" CR),
			 "a NO [TOOBIG] A message has at most 1000000 octets" CR);
}
END_TEST

/* ENOSPC in the literal, or behind it: nothing is left. */
START_TEST(test_full_disk)
{
	struct rlimit before, limit;
	const char *said;

	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (rlim_t octets = 0; octets < 60; octets += 20) {
		limit = before;
		limit.rlim_cur = octets;
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
		said = imapcase_ask(&c, "a APPEND INBOX {3+}" CR "abc {40+}" CR
					"abcdefghijklmnopqrstuvwxyz12345678901234" CR "b NOOP" CR);
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
		ck_assert_str_eq(said, "a NO [OVERQUOTA] There is no room" CR "b OK Done" CR);
		ck_assert_int_eq(count("tmp"), 0);
		ck_assert_int_eq(count("cur"), 0);
	}
}
END_TEST

START_TEST(test_broken_off)
{
	imapcase_ask(&c, "a APPEND INBOX {3+}" CR "abc {10+}" CR "abc");
	ck_assert_int_eq(count("tmp"), 2);
	imap_session_stop(&c.s, "Going down");
	ck_assert_int_eq(count("tmp"), 0);
	ck_assert_int_eq(count("cur"), 0);
}
END_TEST

/* The rest of the command is wrong: nothing is saved. */
START_TEST(test_then_wrong)
{
	imapcase_ask(&c, "a APPEND INBOX {3+}" CR "abc {3+}" CR "def x" CR);
	ck_assert_str_eq(buf_str(&c.said), "a BAD Expected the message, as a literal" CR);
	ck_assert_int_eq(count("tmp"), 0);
	ck_assert_int_eq(count("cur"), 0);
}
END_TEST

/* A part that is not there: nothing is saved, and no UID is taken. */
START_TEST(test_bad_part)
{
	uint64_t next;

	imapcase_ask_raw(&c, "a STATUS INBOX (MESSAGES UIDNEXT)" CR);
	next = imapcase_number(&c, "UIDNEXT");
	ck_assert_uint_gt(next, 0);
	ck_assert_ptr_nonnull(
		strstr(imapcase_ask(&c, "b APPEND INBOX CATENATE (TEXT {3+}" CR "abc URL \"/INBOX/;UID=99\")" CR),
		       "b NO [BADURL"));
	imapcase_ask_raw(&c, "c STATUS INBOX (MESSAGES UIDNEXT)" CR);
	ck_assert_uint_eq(imapcase_number(&c, "UIDNEXT"), next);
}
END_TEST

/* Room is needed for the difference only, also when there is too much already: RFC 8508 3.4. */
START_TEST(test_replace_full)
{
	c.s.mail.quota_rule = "*:bytes=20:messages=1";
	imapcase_put(&c, "cur/1.a.h,S=16:2,", "0123456789abcde\n");
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND INBOX {1+}" CR "x" CR), "a NO [OVERQUOTA] the mailbox is full" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a REPLACE 1 INBOX {21+}" CR "0123456789abcdefghijk" CR),
			 "a NO [OVERQUOTA] the mailbox is full" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a REPLACE 1 INBOX {20+}" CR "0123456789abcdefghij" CR),
			 "* OK [APPENDUID N 2] The new message is there" CR "* 1 EXPUNGE" CR "* 1 EXISTS" CR
			 "* 1 RECENT" CR "a OK Replaced" CR);
	c.s.mail.quota_rule = "*:bytes=10:messages=1";
	ck_assert_str_eq(imapcase_ask(&c, "a REPLACE 1 INBOX {18+}" CR "0123456789abcdefgh" CR),
			 "* OK [APPENDUID N 3] The new message is there" CR "* 1 EXPUNGE" CR "* 1 EXISTS" CR
			 "* 1 RECENT" CR "a OK Replaced" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a GETQUOTA \"\"" CR),
			 "* QUOTA \"\" (STORAGE 1 1 MESSAGE 1 1)" CR "a OK That is it" CR);
}
END_TEST

/* RFC 6855 4. */
START_TEST(test_catenate_utf8)
{
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND INBOX CATENATE (UTF8 (~{15+}" CR "Subject: \xc3\xbc" CR CR
					  ") TEXT {2+}" CR "hi UTF8 (~{1+}" CR "!))" CR),
			 "* 1 EXISTS" CR "* 1 RECENT" CR "a OK [APPENDUID N 1] Saved" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a FETCH 1 BODY.PEEK[]" CR),
			 "* 1 FETCH (BODY[] {18}" CR "Subject: \xc3\xbc" CR CR "hi!)" CR "a OK Fetched" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND INBOX CATENATE (UTF8 ~{1+}" CR "!)" CR), "a BAD Expected (" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a APPEND INBOX CATENATE (UTF8 (~{1+}" CR "!)" CR),
			 "a BAD An argument is missing" CR);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, log_in_client, teardown);
	tcase_add_loop_test(tc, test_large, 0, 3);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_bad_part);
	tcase_add_test(tc, test_full_disk);
	tcase_add_test(tc, test_broken_off);
	tcase_add_test(tc, test_then_wrong);
	tcase_add_test(tc, test_replace_full);
	tcase_add_test(tc, test_catenate_utf8);
}

CHECK_MAIN(cmd_append, add_tests)
