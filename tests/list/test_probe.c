/* SPDX-License-Identifier: ISC */
#include "list/probe.h"

#include "list/posts.h"
#include "support/check_main.h"
#include "support/mailroom.h"
#include "support/tempdir.h"

#define AL "al@example.net"

static const char *const terms[] = { "bounce_score_limit=2", "remove_after=2", "probe_after=7d", NULL };

/* What the next look finds, and does: at noon of 22 November 2026, when the last post was the 19th. */
static const struct {
	const char *what, *flags, *ledger;
	const char *member;  /* his line afterwards, "" he is gone */
	const char *written; /* the last line of the ledger, behind its time; NULL: nothing was written */
	const char *sent;    /* the subject of what was sent to him, or to the owners; NULL: nothing was */
} rows[] = {
	{ "nothing", "", "", "Al@example.net\n", NULL, NULL },
	{ "too little", "", "2026-11-21T12:00:00Z bounce al@example.net 2 5.1.1 3 x\n", "Al@example.net\n", NULL,
	  NULL },
	{ "enough", "",
	  "2026-11-20T12:00:00Z bounce al@example.net 2 5.1.1 3 x\n2026-11-21T12:00:00Z bounce al@example.net 2 5.1.1 "
	  "4 x\n",
	  "Al@example.net\n", "probe al@example.net 1 - - -\n", "friends: does your address still work?" },
	{ "who is no member is not asked", NULL,
	  "2026-11-20T12:00:00Z bounce al@example.net 2 5.1.1 3 x\n2026-11-21T12:00:00Z bounce al@example.net 2 5.1.1 "
	  "4 x\n",
	  "", "reset al@example.net 0 - - no member\n", NULL },
	{ "a probe is under way", "", "2026-11-16T12:00:00Z probe al@example.net 1 - - -\n", "Al@example.net\n", NULL,
	  NULL },
	{ "it did not come back", "", "2026-11-15T12:00:00Z probe al@example.net 1 - - -\n", "Al@example.net\n",
	  "reset al@example.net 0 - - the probe did not come back\n", NULL },
	{ "he waits", " paused",
	  "2026-11-16T12:00:00Z probe al@example.net 1 - - -\n2026-11-16T13:00:00Z returned al@example.net 1 5.1.1 15 "
	  "x\n",
	  "Al@example.net paused\n", NULL, NULL },
	{ "who was killed before he paused him", "",
	  "2026-11-16T12:00:00Z probe al@example.net 1 - - -\n2026-11-16T13:00:00Z returned al@example.net 1 5.1.1 15 "
	  "x\n",
	  "Al@example.net paused\n", NULL, NULL },
	{ "the next probe", " paused",
	  "2026-11-15T12:00:00Z probe al@example.net 1 - - -\n2026-11-15T13:00:00Z returned al@example.net 1 5.1.1 15 "
	  "x\n",
	  "Al@example.net paused\n", "probe al@example.net 2 - - -\n", "friends: does your address still work?" },
	{ "that did not come back", " paused digest",
	  "2026-11-08T12:00:00Z probe al@example.net 1 - - -\n2026-11-08T13:00:00Z returned al@example.net 1 5.1.1 15 "
	  "x\n"
	  "2026-11-15T12:00:00Z probe al@example.net 2 - - -\n",
	  "Al@example.net digest\n", "reset al@example.net 0 - - the probe did not come back\n",
	  "friends: you get mail again" },
	{ "the last probe came back", " paused",
	  "2026-11-15T12:00:00Z probe al@example.net 1 - - -\n2026-11-15T13:00:00Z returned al@example.net 1 5.1.1 15 "
	  "x\n"
	  "2026-11-22T11:00:00Z probe al@example.net 2 - - -\n2026-11-22T11:01:00Z returned al@example.net 2 5.1.1 15 "
	  "x\n",
	  "", "reset al@example.net 0 - - removed\n", "friends: al@example.net was removed" },
	{ "who was removed by hand", NULL,
	  "2026-11-15T12:00:00Z probe al@example.net 1 - - -\n2026-11-15T13:00:00Z returned al@example.net 1 5.1.1 15 "
	  "x\n",
	  "", "reset al@example.net 0 - - no member\n", NULL },
};

static void begin(struct mailroom *c, const char *flags, const char *ledger)
{
	struct post p = { .number = 19, .when = MAILROOM_NOW, .hash = "abc" };

	mailroom_begin(c, "", terms);
	if (flags)
		tempdir_write("lists/friends/members", arena_printf(&c->arena, "Al@example.net%s\n", flags), 0600);
	tempdir_write("lists/friends/bounces", ledger, 0600);
	ck_assert_int_eq(posts_append(&c->list, &p, NULL), 0);
}

START_TEST(test_tick)
{
	const char *ledger = rows[_i].ledger, *file;
	struct mailroom c = { .n = 0 };
	struct fault f = { 0 };

	begin(&c, rows[_i].flags, ledger);
	ck_assert_msg(probe_tick(&c.run, &f) == 0, "%s", f.text);
	ck_assert_str_eq(mailing_list_file(&c.list, "members"), rows[_i].member);
	file = mailing_list_file(&c.list, "bounces");
	ck_assert(strncmp(file, ledger, strlen(ledger)) == 0);
	ck_assert_str_eq(file + strlen(ledger),
			 rows[_i].written ? arena_printf(&c.arena, "2026-11-22T12:00:00Z %s", rows[_i].written) : "");
	ck_assert_uint_eq(c.n, rows[_i].sent != NULL);
	if (rows[_i].sent)
		ck_assert_ptr_nonnull(
			strstr(mailroom_sent(&c, 0), arena_printf(&c.arena, "\nSubject: %s\n", rows[_i].sent)));
	/* There is nothing to be done a second time. */
	ck_assert_int_eq(probe_tick(&c.run, NULL), 0);
	ck_assert_str_eq(mailing_list_file(&c.list, "bounces"), file);
	mailroom_end(&c);
}
END_TEST

/* What it says, who it is from, and where it goes. */
START_TEST(test_probe)
{
	struct score s = { .address = AL, .status = SPAN("5.1.1"), .text = SPAN("550 no such user"), .paused_at = 15 };
	struct mailroom c = { .n = 0 };
	const char *text;

	begin(&c, "", "");
	ck_assert_int_eq(probe_send(&c.run, &s, NULL), 0);
	text = mailroom_sent(&c, 0);
	ck_assert_ptr_nonnull(strstr(text, "sender <friends+bounces-"));
	ck_assert_ptr_nonnull(strstr(text, "rcpt Q <Al@example.net>"));
	ck_assert_ptr_nonnull(strstr(text, "\nTo: Al@example.net\n"));
	ck_assert_ptr_nonnull(strstr(text, "  5.1.1 550 no such user\n"));
	ck_assert_ptr_nonnull(strstr(text, "missed: 16-19\n"));
	ck_assert_ptr_nonnull(strstr(text, "friends+get-N@example.org"));
	ck_assert_ptr_nonnull(strstr(text, "Auto-Submitted: auto-generated"));
	mailroom_end(&c);
}
END_TEST

START_TEST(test_forgive)
{
	struct mailroom c = { .n = 0 };

	begin(&c, " paused",
	      "2026-11-16T12:00:00Z probe al@example.net 1 - - -\n2026-11-16T13:00:00Z returned al@example.net 1 5.1.1 "
	      "15 x\n");
	ck_assert_int_eq(probe_forgive(&c.run, "bo@example.net", "by hand", NULL), 0);
	ck_assert_int_eq(probe_forgive(&c.run, AL, "by hand", NULL), 1);
	ck_assert_str_eq(mailing_list_file(&c.list, "members"), "Al@example.net\n");
	ck_assert_int_eq(probe_forgive(&c.run, AL, "by hand", NULL), 0);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "missed: 16-19\n"));
	mailroom_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_tick, 0, COUNT(rows));
	tcase_add_test(tc, test_probe);
	tcase_add_test(tc, test_forgive);
}

CHECK_MAIN(probe, add_tests)
