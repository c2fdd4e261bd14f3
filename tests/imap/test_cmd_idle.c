/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/stamp.h"
#include "support/imaptest.h"

#define WAIT "+ Waiting" CR
#define OK   "a OK Waited" CR

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.a.h:2,S", "1\n");
	imapcase_put(&c, "cur/2.a.h:2,", "2\n");
	imapcase_log_in(&c);
}

/* Nothing is selected: there is nothing to tell, and nothing to wait for. */
START_TEST(test_nothing)
{
	int ms;

	ck_assert_str_eq(imapcase_ask(&c, "a IDLE" CR), WAIT);
	ck_assert_int_eq(imap_session_watched(&c.s, &ms), -1);
	ck_assert_int_eq(ms, -1);
	ck_assert_str_eq(imapcase_look(&c), "");
	ck_assert_str_eq(imapcase_ask(&c, "DONE" CR), OK);
}
END_TEST

START_TEST(test_arrival)
{
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a IDLE" CR), WAIT);
	ck_assert(imap_session_is_idle(&c.s));
	imapcase_put(&c, "new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR);
	imapcase_move(&c, "cur/1.a.h:2,S", "cur/1.a.h:2,FS");
	ck_assert_str_eq(imapcase_look(&c), "* 1 FETCH (FLAGS (\\Flagged \\Seen))" CR);
	imapcase_remove(&c, "cur/2.a.h:2,");
	ck_assert_str_eq(imapcase_look(&c), "* 2 EXPUNGE" CR);
	ck_assert_str_eq(imapcase_ask(&c, "done" CR), OK);
}
END_TEST

/* The line that keeps a connection alive comes when it is time for it, and not before. */
START_TEST(test_notify)
{
	int ms;

	imapcase_select(&c);
	imapcase_ask(&c, "a IDLE" CR);
	imap_session_watched(&c.s, &ms);
	ck_assert(ms < 0 || ms > 1000);
	c.server.idle_notify = 3600;
	imap_session_watched(&c.s, &ms);
	ck_assert_int_ge(ms, 1000);
	imap_session_look(&c.s);
	ck_assert_uint_eq(c.out.n, 0);
	c.s.idle_told -= 3600 * 1000;
	imap_session_watched(&c.s, &ms);
	ck_assert_int_eq(ms, 0);
	imap_session_look(&c.s);
	ck_assert_str_eq(buf_str(&c.out), "* OK Still here" CR);
	buf_reset(&c.out);
	imap_session_look(&c.s);
	ck_assert_uint_eq(c.out.n, 0);
	ck_assert_str_eq(imapcase_ask(&c, "DONE" CR), OK);
	imap_session_watched(&c.s, &ms);
	ck_assert_int_eq(ms, -1);
}
END_TEST

/* What happened before it began is told at once. */
START_TEST(test_before)
{
	imapcase_select(&c);
	imapcase_put(&c, "new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_ask(&c, "a IDLE" CR), WAIT "* 3 EXISTS" CR "* 1 RECENT" CR);
	ck_assert_str_eq(imapcase_ask(&c, "DONE" CR), OK);
}
END_TEST

/* Only DONE ends it well, and what comes behind it is a command again. */
START_TEST(test_garbage)
{
	struct buf text;

	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a IDLE" CR "b NOOP" CR "c NOOP" CR),
			 WAIT "a BAD Expected DONE" CR "c OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a IDLE" CR "DONE" CR "c NOOP" CR), WAIT OK "c OK Done" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a IDLE x" CR), "a BAD Too many arguments, or something is behind them" CR);
	buf_init(&text, 2 << 20);
	while (text.n < 1 << 20)
		buf_put_str(&text, "garbage ");
	ck_assert_str_eq(imapcase_ask(&c, "a IDLE" CR), WAIT);
	ck_assert_str_eq(imapcase_say(&c, buf_span(&text), IMAP_PIECE),
			 "a BAD [TOOBIG] The command is too long" CR "* BYE The command is too long" CR);
	buf_clear(&text);
}
END_TEST

START_TEST(test_stop)
{
	imapcase_select(&c);
	imapcase_ask(&c, "a IDLE" CR);
	imap_session_stop(&c.s, "Going down");
	ck_assert_str_eq(buf_str(&c.out), "* BYE Going down" CR);
}
END_TEST

/* The session gives back its memory and goes on to wait. */
START_TEST(test_rest)
{
	imapcase_select(&c);
	imapcase_ask(&c, "a IDLE" CR);
	imap_session_rest(&c.s);
	imapcase_put(&c, "new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR);
	ck_assert_str_eq(imapcase_ask(&c, "DONE" CR), OK);
}
END_TEST

/* Its mod-sequences too, where there are many; whoever looks and finds nothing has not been awake. */
START_TEST(test_rest_modseq)
{
	for (int i = 100; i < 400; i++)
		imapcase_put(&c, arena_printf(&c.arena, "cur/%d.a.h:2,", i), "x\n");
	imapcase_ask(&c, "x LOGIN al secret" CR "x ENABLE QRESYNC" CR);
	imapcase_select(&c);
	imapcase_ask(&c, "a IDLE" CR);
	imap_session_rest(&c.s);
	ck_assert(c.s.modseq.resting);
	ck_assert(!imap_session_look(&c.s));
	ck_assert(c.s.modseq.resting);
	imapcase_move(&c, "cur/300.a.h:2,", "cur/300.a.h:2,F");
	ck_assert_ptr_nonnull(strstr(imapcase_look(&c), "FLAGS (\\Flagged) MODSEQ (N))" CR));
	ck_assert(!c.s.modseq.resting);
	imap_session_rest(&c.s);
	ck_assert(c.s.modseq.resting);
	ck_assert_str_eq(imapcase_ask(&c, "DONE" CR "b UID FETCH 1 MODSEQ" CR),
			 OK "* 1 FETCH (UID 1 MODSEQ (N))" CR "b OK Fetched" CR);
}
END_TEST

static void make_old(const char *path)
{
	const struct timespec times[2] = { { .tv_sec = 1700000000 }, { .tv_sec = 1700000000 } };

	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path(path), times, 0), 0);
}

/* What was just changed is looked at once more when its times can be trusted, and then only what is new. */
START_TEST(test_settle)
{
	int ms;

	imapcase_select(&c);
	imapcase_ask(&c, "a IDLE" CR);
	imapcase_put(&c, "new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR);
	ck_assert(!c.s.box->view.settled);
	imap_session_watched(&c.s, &ms);
	ck_assert(ms > 0 && ms <= STAMP_SETTLE_MS + 1000);
	make_old("m/cur");
	make_old("m/new");
	c.s.settles = clock_mono_ms();
	imap_session_watched(&c.s, &ms);
	ck_assert_int_eq(ms, 0);
	imap_session_look(&c.s);
	ck_assert_uint_eq(c.out.n, 0);
	ck_assert(c.s.box->view.settled);
	imap_session_watched(&c.s, &ms);
	ck_assert(ms < 0 || ms > STAMP_SETTLE_MS + 1000);
	ck_assert_str_eq(imapcase_ask(&c, "DONE" CR), OK);
}
END_TEST

static void settle(void)
{
	c.s.settles = clock_mono_ms();
	imap_session_look(&c.s);
}

/* While mail keeps coming it is put off, and done at last. */
START_TEST(test_settle_again)
{
	imapcase_select(&c);
	imapcase_ask(&c, "a IDLE" CR);
	settle();
	ck_assert(c.s.box_seen && c.s.settles == 0);
	imapcase_put(&c, "new/3.a.h", "3\n");
	ck_assert_str_eq(imapcase_look(&c), "* 3 EXISTS" CR "* 1 RECENT" CR);
	imapcase_put(&c, "new/4.a.h", "4\n");
	ck_assert_str_eq(imapcase_look(&c), "* 4 EXISTS" CR "* 2 RECENT" CR);
	settle();
	ck_assert(!c.s.box->view.settled && c.s.settles != 0);
	/* One comes just when it is time. */
	imapcase_put(&c, "new/5.a.h", "5\n");
	c.s.settles = clock_mono_ms();
	ck_assert_str_eq(imapcase_glance(&c), "* 5 EXISTS" CR "* 3 RECENT" CR);
	ck_assert(!c.s.box->view.settled && c.s.settles != 0);
	make_old("m/cur");
	make_old("m/new");
	settle();
	ck_assert(c.s.box->view.settled && c.s.settles == 0);
	ck_assert_str_eq(imapcase_ask(&c, "DONE" CR), OK);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_nothing);
	tcase_add_test(tc, test_arrival);
	tcase_add_test(tc, test_notify);
	tcase_add_test(tc, test_before);
	tcase_add_test(tc, test_garbage);
	tcase_add_test(tc, test_stop);
	tcase_add_test(tc, test_rest);
	tcase_add_test(tc, test_rest_modseq);
	tcase_add_test(tc, test_settle);
	tcase_add_test(tc, test_settle_again);
}

CHECK_MAIN(cmd_idle, add_tests)
