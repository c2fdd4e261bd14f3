/* SPDX-License-Identifier: ISC */
#include "relay/batch.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/check_main.h"
#include "support/station.h"
#include "support/tempdir.h"

static struct station s;
static struct station_worker w;

enum { BOXES = 2 * BATCH_MAILBOXES + 1 };

/* A command, and a Maildir file for each box. */
static const char *aliases(struct arena *a)
{
	const char *text = "run: |true\n";

	for (int i = 0; i < BOXES; i++)
		text = arena_printf(a, "%sbox%d: %s/boxes/box%d/\n", text, i, tempdir(), i);
	return text;
}

static void setup(void)
{
	struct worker_place place = { .kind = WORKER_LOCAL };
	struct arena a = { 0 };

	/* Who delivers into what an alias of root's names is nobody. */
	ck_assert_int_eq(mkdir(tempdir_path("boxes"), 0777), 0);
	ck_assert_int_eq(chmod(tempdir_path("boxes"), 0777), 0);
	station_init(&s, aliases(&a));
	arena_clear(&a);
	station_start(&s);
	station_worker_start(&s, &w, &place);
}

static void teardown(void)
{
	station_clear(&s);
}

/* Jobs that all wait before the worker takes the first. */
static void send_at_once(const char *const *recipients, size_t n)
{
	ck_assert_int_eq(kill(w.pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(w.pid, NULL, WUNTRACED), w.pid);
	for (size_t i = 0; i < n; i++)
		station_worker_send(&w, station_enqueue(&s, "x@y", recipients[i], "Subject: x\n\nbody\n"), NULL, 0);
	ck_assert_int_eq(kill(w.pid, SIGCONT), 0);
}

#define TO(address, user) "outcome 0 " address " local ok 2.0.0 delivered to maildir:T/home/" user "/Maildir\n"

START_TEST(test_together)
{
	const char *recipients[] = { "al@m.example", "bo@m.example", "al+x@m.example" };

	send_at_once(recipients, 3);
	/* By mailbox, and no job is over before all are settled. */
	ck_assert_str_eq(station_worker_answers(&w),
			 "targets 0 1\ntargets 0 1\ntargets 0 1\n" TO("al@m.example", "al") TO("al+x@m.example", "al")
				 TO("bo@m.example", "bo") "end 1\nend 2\nend 3\n");
	ck_assert_int_eq(station_worker_end(&w), 0);
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 2);
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 1);
}
END_TEST

/* What may take its time is not waited for by what has been delivered. */
START_TEST(test_command_behind)
{
	const char *recipients[] = { "al@m.example", "run@m.example" };

	send_at_once(recipients, 2);
	ck_assert_str_eq(
		station_worker_answers(&w),
		"targets 0 1\ntargets 0 1\n" TO(
			"al@m.example",
			"al") "slow 2\noutcome 0 run@m.example local ok 2.0.0 delivered to command\nend 1\nend 2\n");
	ck_assert_int_eq(station_worker_end(&w), 0);
}
END_TEST

/* Nor by what has not been begun. */
START_TEST(test_behind_command)
{
	const char *recipients[] = { "run@m.example", "al@m.example", "bo@m.example" };

	send_at_once(recipients, 3);
	ck_assert_str_eq(station_worker_answers(&w),
			 "targets 0 1\nslow 1\nback 2\nback 3\n"
			 "outcome 0 run@m.example local ok 2.0.0 delivered to command\nend 1\n");
	ck_assert_int_eq(station_worker_end(&w), 0);
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 0);
}
END_TEST

/* One that cannot have its name is not in the way of the others of its mailbox. */
START_TEST(test_one_full)
{
	const char *recipients[] = { "al@m.example", "al@m.example" };
	const char *answers, *dir = tempdir_path("home/al/Maildir");
	struct arena a = { 0 };

	/* Room for one message. */
	ck_assert_int_eq(mkdir(dir, 0777), 0);
	tempdir_write("home/al/Maildir/maildirsize", "1C\n0 0\n", 0666);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(chmod(arena_printf(&a, "%s/maildirsize", dir), 0666), 0);
	for (size_t i = 0; i < 3; i++) {
		static const char *const parts[] = { "tmp", "new", "cur" };
		const char *part = arena_printf(&a, "%s/%s", dir, parts[i]);

		ck_assert_int_eq(mkdir(part, 0777), 0);
		ck_assert_int_eq(chmod(part, 0777), 0);
	}
	arena_clear(&a);
	send_at_once(recipients, 2);
	answers = station_worker_answers(&w);
	ck_assert_str_eq(
		answers,
		"targets 0 1\ntargets 0 1\n" TO(
			"al@m.example",
			"al") "outcome 0 al@m.example local permanent 5.2.2 the mailbox is full\nend 1\nend 2\n");
	ck_assert_int_eq(station_worker_end(&w), 0);
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 1);
}
END_TEST

/* Settled in between for want of room, every recipient is answered once. */
START_TEST(test_many)
{
	struct job_rcpt rcpts[BOXES];
	const char *line;
	int outcomes = 0;

	for (uint32_t i = 0; i < BOXES; i++)
		rcpts[i] = (struct job_rcpt){ .index = i, .address = arena_printf(&s.arena, "box%u@m.example", i) };
	station_worker_send(&w, station_enqueue(&s, "x@y", "al@m.example", "Subject: x\n\n"), rcpts, BOXES);
	for (line = station_worker_answers(&w); (line = strstr(line, "outcome ")); line++)
		outcomes++;
	ck_assert_int_eq(outcomes, BOXES);
	for (uint32_t i = 0; i < BOXES; i++)
		ck_assert_int_eq(station_mail_count(arena_printf(&s.arena, "boxes/box%u", i)), 1);
	ck_assert_int_eq(station_worker_end(&w), 0);
}
END_TEST

START_TEST(test_open)
{
	struct arena a = { 0 };
	struct batch b;
	struct batch_mailbox *first, *other;
	struct batch_landing landings[BATCH_MESSAGES];
	const char *path = tempdir_path("m0");
	struct fault f;

	batch_init(&b, NULL, &a);
	first = batch_open(&b, path, &f);
	ck_assert_ptr_nonnull(first);
	for (int i = 1; i < BATCH_MAILBOXES; i++) {
		ck_assert(!batch_is_full(&b));
		other = batch_open(&b, arena_printf(&a, "%s-%d", path, i), &f);
		ck_assert_ptr_nonnull(other);
		ck_assert_ptr_ne(other, first);
	}
	ck_assert(batch_is_full(&b));
	ck_assert_ptr_eq(batch_open(&b, path, &f), first);
	ck_assert_ptr_null(batch_open(&b, "", &f));
	batch_settle(&b);
	/* It is full of messages, too. */
	first = batch_open(&b, path, &f);
	for (int i = 0; i < BATCH_MESSAGES; i++) {
		ck_assert(!batch_is_full(&b));
		batch_add(&b, first, &landings[i]);
	}
	ck_assert(batch_is_full(&b));
	maildir_close(&first->maildir);
	arena_clear(&a);
	ck_assert_int_eq(station_worker_end(&w), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_together);
	tcase_add_test(tc, test_command_behind);
	tcase_add_test(tc, test_behind_command);
	tcase_add_test(tc, test_one_full);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_open);
}

CHECK_MAIN(batch, add_tests)
