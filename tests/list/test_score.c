/* SPDX-License-Identifier: ISC */
#include "list/score.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

#define NOON INT64_C(1795348800) /* 2026-11-22T12:00:00Z */
#define AL   "al@example.net"

enum { ROOM = 1 << 20 };

static struct list open_list(void)
{
	struct list l = {
		.name = "friends", .path = tempdir(), .dir = disk_open_dir(AT_FDCWD, tempdir(), NULL), .lock = -1
	};

	l.settings.bounce_score_days = 30;
	l.settings.bounce_score_limit = 5;
	return l;
}

static void close_list(struct list *l)
{
	close(l->dir);
	tempdir_remove();
}

/* What is told of AL when the file is this, at noon of 22 November 2026. */
static const struct {
	const char *what, *file, *want;
} rows[] = {
	{ "nothing", "", "0 counting missed " },
	{ "days add up",
	  "2026-11-20T12:00:00Z bounce al@example.net 2 5.1.1 10 x\n"
	  "2026-11-21T12:00:00Z bounce al@example.net 1 4.2.2 11 y\n",
	  "1.5 counting missed 10, 11 last 4.2.2 y" },
	{ "a day counts once, by its worst",
	  "2026-11-21T01:00:00Z bounce al@example.net 1 4.2.2 10 x\n"
	  "2026-11-21T02:00:00Z bounce al@example.net 2 5.1.1 11 x\n"
	  "2026-11-21T03:00:00Z bounce al@example.net 1 4.2.2 12 x\n",
	  "1 counting missed 10-12 last 4.2.2 x" },
	{ "others do not count", "2026-11-21T01:00:00Z bounce bo@example.net 2 5.1.1 10 x\n", "0 counting missed " },
	{ "what is old counts no more",
	  "2026-10-22T12:00:00Z bounce al@example.net 2 5.1.1 3 x\n"
	  "2026-10-24T12:00:00Z bounce al@example.net 2 5.1.1 4 x\n",
	  "1 counting missed 3, 4 last 5.1.1 x" },
	{ "what is nobody's blame does not count", "2026-11-21T01:00:00Z bounce al@example.net 0 5.7.26 10 DMARC\n",
	  "0 counting missed 10 last 5.7.26 DMARC" },
	{ "reset",
	  "2026-11-21T01:00:00Z bounce al@example.net 2 5.1.1 10 x\n"
	  "2026-11-21T02:00:00Z reset al@example.net 0 - - by hand\n",
	  "0 counting missed " },
	{ "a reset day can count again",
	  "2026-11-21T01:00:00Z bounce al@example.net 2 5.1.1 10 x\n"
	  "2026-11-21T02:00:00Z reset al@example.net 0 - - by hand\n"
	  "2026-11-21T03:00:00Z bounce al@example.net 2 5.1.1 11 x\n",
	  "1 counting missed 11 last 5.1.1 x" },
	{ "a post that many sent back does not count",
	  "2026-11-20T12:00:00Z bounce al@example.net 2 5.1.1 10 x\n"
	  "2026-11-21T01:00:00Z bounce al@example.net 2 5.1.1 11 x\n"
	  "2026-11-21T03:00:00Z pause - 31 5.1.1 11 -\n",
	  "1 counting missed 10, 11 last 5.1.1 x" },
	{ "nor one that is not known, of that day",
	  "2026-11-20T12:00:00Z bounce al@example.net 2 5.1.1 - x\n"
	  "2026-11-21T01:00:00Z bounce al@example.net 2 5.1.1 - x\n"
	  "2026-11-21T03:00:00Z pause - 31 5.1.1 - -\n",
	  "1 counting missed last 5.1.1 x" },
	{ "probed",
	  "2026-11-21T01:00:00Z bounce al@example.net 2 5.1.1 10 x\n"
	  "2026-11-21T02:00:00Z probe al@example.net 1 - - -\n",
	  "1 probed missed 10 last 5.1.1 x probes 1/0" },
	{ "it came back",
	  "2026-11-21T01:00:00Z bounce al@example.net 2 5.1.1 10 x\n"
	  "2026-11-21T02:00:00Z probe al@example.net 1 - - -\n"
	  "2026-11-21T03:00:00Z returned al@example.net 1 5.1.1 12 y\n",
	  "1 paused missed 10, 13-19 last 5.1.1 y probes 1/1" },
	{ "the second",
	  "2026-11-21T02:00:00Z probe al@example.net 1 - - -\n"
	  "2026-11-21T03:00:00Z returned al@example.net 1 5.1.1 12 y\n"
	  "2026-11-22T02:00:00Z probe al@example.net 2 - - -\n",
	  "0 probed missed 13-19 last 5.1.1 y probes 2/1" },
};

static const char *tell(struct arena *a, const struct score *s)
{
	const char *told;
	struct buf out;

	buf_init(&out, ROOM);
	score_put_halves(&out, s->halves);
	buf_printf(&out, " %s missed ", score_state_name(s->state));
	score_put_missed(&out, s, 19, 10);
	if (s->last)
		buf_printf(&out, "%slast %.*s %.*s", out.p[out.n - 1] == ' ' ? "" : " ", SPAN_ARG(s->status),
			   SPAN_ARG(s->text));
	if (s->probes)
		buf_printf(&out, " probes %u/%u", s->probes, s->returned);
	told = arena_span(a, buf_span(&out));
	buf_clear(&out);
	return told;
}

START_TEST(test_member)
{
	const char *const al[] = { AL };
	struct list l = open_list();
	struct arena a = { NULL };
	struct scores s;
	struct score *m;

	tempdir_write("bounces", rows[_i].file, 0600);
	ck_assert_int_eq(scores_read(&s, &l, al, 1, 0, NOON, NULL), 0);
	ck_assert_uint_eq(s.by_address.n, 1);
	ck_assert_str_eq(tell(&a, scores_find(&s, AL)), rows[_i].want);
	scores_close(&s);
	/* The same when all are asked for. */
	ck_assert_int_eq(scores_read(&s, &l, NULL, 0, 0, NOON, NULL), 0);
	m = scores_find(&s, AL);
	ck_assert_str_eq(m ? tell(&a, m) : "0 counting missed ", rows[_i].want);
	scores_close(&s);
	arena_clear(&a);
	close_list(&l);
}
END_TEST

START_TEST(test_post)
{
	const char *const some[] = { AL, "bo@example.net" };
	struct list l = open_list();
	struct scores s;

	tempdir_write("bounces",
		      "2026-11-21T01:00:00Z bounce al@example.net 2 5.1.1 10 x\n"
		      "2026-11-22T01:00:00Z bounce al@example.net 2 5.1.1 - x\n"
		      "2026-11-22T01:00:00Z bounce cy@example.net 2 5.1.1 10 x\n"
		      "2026-11-22T01:00:00Z pause - 2 5.1.1 11 -\n",
		      0600);
	ck_assert_int_eq(scores_read(&s, &l, some, 2, 10, NOON, NULL), 0);
	ck_assert(s.senders_back == 2 && !s.is_paused);
	ck_assert(scores_find(&s, AL)->seen_post && !scores_find(&s, some[1])->seen_post);
	ck_assert_ptr_null(scores_find(&s, "cy@example.net"));
	scores_close(&s);
	/* Posts that are not known are told apart by the day. */
	ck_assert_int_eq(scores_read(&s, &l, some, 2, 0, NOON, NULL), 0);
	ck_assert(s.senders_back == 1 && !s.is_paused && scores_find(&s, AL)->seen_post);
	scores_close(&s);
	ck_assert_int_eq(scores_read(&s, &l, some, 2, 11, NOON, NULL), 0);
	ck_assert(s.senders_back == 0 && s.is_paused);
	scores_close(&s);
	close_list(&l);
}
END_TEST

START_TEST(test_limit)
{
	struct list_settings settings = { .bounce_score_limit = 5 };
	struct score s = { .halves = 9 };

	ck_assert(!score_is_reached(&s, &settings));
	s.halves = 10;
	ck_assert(score_is_reached(&s, &settings));
	settings.bounce_score_limit = 0;
	ck_assert(!score_is_reached(&s, &settings));
}
END_TEST

START_TEST(test_missed)
{
	uint64_t list[] = { 1, 3, 4, 6, 7, 8, 20 };
	struct score s = { .missed = list, .nmissed = 7 };
	struct buf out;

	buf_init(&out, ROOM);
	score_put_missed(&out, &s, 30, 10);
	ck_assert_str_eq(buf_str(&out), "1, 3, 4, 6-8, 20");
	buf_reset(&out);
	score_put_missed(&out, &s, 30, 2);
	ck_assert_str_eq(buf_str(&out), "1, 3, 4 ...");
	buf_reset(&out);
	s.paused_at = 7;
	score_put_missed(&out, &s, 30, 10);
	ck_assert_str_eq(buf_str(&out), "1, 3, 4, 6, 7, 8-30");
	buf_clear(&out);
}
END_TEST

START_TEST(test_text)
{
	struct list_settings settings = { .bounce_score_limit = 5 };
	uint64_t list[] = { 12, 13 };
	struct score s = { .address = "al\033@example.net",
			   .missed = list,
			   .nmissed = 2,
			   .halves = 5,
			   .since = NOON,
			   .last = NOON + SCORE_DAY,
			   .status = SPAN("5.1.1"),
			   .text = SPAN("550 no") };
	struct score none = { .address = AL };
	struct buf out;

	buf_init(&out, ROOM);
	score_put_text(&out, &s, &settings, 20);
	ck_assert_str_eq(buf_str(&out), "al\\033@example.net: 2.5 of 5 since 2026-11-22\n"
					"    2026-11-23 5.1.1 550 no\n    missed: 12, 13\n");
	buf_reset(&out);
	s = (struct score){ .address = AL, .state = SCORE_PAUSED, .probes = 1, .probed = NOON };
	score_put_text(&out, &s, &settings, 20);
	ck_assert_str_eq(buf_str(&out), AL ": 0 of 5, probe 1 on 2026-11-22, paused\n");
	ck_assert(score_is_known(&s) && !score_is_known(&none));
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_text);
	tcase_add_loop_test(tc, test_member, 0, COUNT(rows));
	tcase_add_test(tc, test_post);
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_missed);
}

CHECK_MAIN(score, add_tests)
