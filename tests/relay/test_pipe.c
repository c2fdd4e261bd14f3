/* SPDX-License-Identifier: ISC */
#include "relay/worker.h"

#include <stdio.h>

#include "support/check_main.h"
#include "support/station.h"
#include "support/tempdir.h"

static struct station s;

static void setup(void)
{
	station_init(&s, "");
	station_start(&s);
}

static void teardown(void)
{
	station_clear(&s);
}

/* What a command makes of a message. "$args" in it is a program that shows its arguments, each in brackets. */
static const char *run(const char *command, const char *sender, const char *recipients, const char *text)
{
	const char *show = tempdir_write("show", "#!/bin/sh\nfor a; do printf '[%s]' \"$a\"; done\n", 0755);
	const char *at = strstr(command, "$args"), *said;
	struct worker_place place = { .kind = WORKER_PIPE, .nexthop = "x", .command = command };
	struct station_worker w;

	if (at)
		place.command = arena_printf(&s.arena, "%.*s%s%s", (int)(at - command), command, show, at + 5);
	station_worker_start(&s, &w, &place);
	station_worker_send(&w, station_enqueue(&s, sender, recipients, text), NULL, 0);
	said = station_worker_answers(&w);
	ck_assert_int_eq(station_worker_end(&w), 0);
	return said;
}

static const struct {
	const char *command, *sender, *recipients, *args;
} rows[] = {
	{ "$args -r - host!rmail ($recipient)", "s@t", "A@Host.example b@c",
	  "[-r][-][host!rmail][(A@Host.example)][(b@c)]" },
	{ "flags=u $args $recipient", "s@t", "Al.X@Host.example", "[al.x@Host.example]" },
	{ "flags=hu $args $user at $domain", "s@t", "Al@Host.example", "[al][at][host.example]" },
	{ "flags= $args -f $sender -- $recipient", "s@t", "a@b", "[-f][s@t][--][a@b]" },
	{ "$args -f $sender", "", "a@b", "[-f][MAILER-DAEMON]" },
	{ "$args -f$sender", "-x@t", "a@b", "[-f-x@t]" },
	{ "$args $$ $HOME $other", "s@t", "a@b", "[$$][$HOME][$other]" },
	/* No shell is between. */
	{ "$args $recipient", "s@t", "$(id)@b `id`@b;id|id>x@b", "[$(id)@b][`id`@b;id|id>x@b]" },
	{ "$args  	two   words ", "s@t", "a@b", "[two][words]" },
	{ "$args flags=x", "s@t", "a@b", "[flags=x]" },
};

START_TEST(test_arguments)
{
	const char *said = run(rows[_i].command, rows[_i].sender, rows[_i].recipients, "x\n"), *end;
	char want[300];

	snprintf(want, sizeof(want), " pipe ok 2.0.0 delivered to command: %s\n", rows[_i].args);
	end = strstr(said, want);
	ck_assert_msg(end != NULL, "%s", said);
	/* All recipients have the command's outcome. */
	if (strchr(rows[_i].recipients, ' '))
		ck_assert_ptr_nonnull(strstr(end + 1, want));
}
END_TEST

/* What a program would take for an option is refused, and the others get theirs. */
START_TEST(test_options)
{
	ck_assert_str_eq(run("$args $recipient", "s@t", "-oQ/tmp@b a@b --help@b", "x\n"),
			 "outcome 0 -oQ/tmp@b pipe permanent 5.1.3 address \"-oQ/tmp@b\" cannot be given to a command\n"
			 "outcome 2 --help@b pipe permanent 5.1.3 address \"--help@b\" cannot be given to a command\n"
			 "outcome 1 a@b pipe ok 2.0.0 delivered to command: [a@b]\nend 1\n");
	ck_assert_str_eq(run("$args $domain", "s@t", "a@-x", "x\n"),
			 "outcome 0 a@-x pipe permanent 5.1.3 address \"a@-x\" cannot be given to a command\nend 1\n");
	ck_assert_str_eq(
		run("$args $sender", "-X/tmp/x@t", "a@b", "x\n"),
		"outcome 0 a@b pipe permanent 5.1.7 sender \"-X/tmp/x@t\" cannot be given to a command\nend 1\n");
}
END_TEST

START_TEST(test_input)
{
	static const struct {
		const char *flags, *before;
	} kinds[] = {
		{ "", "From s@t  Sat Nov 22 06:00:00 2025 remote from m.example " },
		{ "flags=F ", "From s@t  Sat Nov 22 06:00:00 2025 remote from m.example " },
		{ "flags=R ", "Return-Path: <s@t> " },
		{ "flags=RD ", "Return-Path: <s@t> Delivered-To: a@b " },
		{ "flags=h ", "" },
	};
	char want[300];

	for (int i = 0; i < COUNT(kinds); i++) {
		snprintf(want, sizeof(want),
			 "outcome 0 a@b pipe ok 2.0.0 delivered to command: %sSubject: x  body\nend 1\n",
			 kinds[i].before);
		ck_assert_str_eq(
			run(arena_printf(&s.arena, "%scat", kinds[i].flags), "s@t", "a@b", "Subject: x\n\nbody\n"),
			want);
	}
}
END_TEST

START_TEST(test_failure)
{
	ck_assert_str_eq(run("false", "s@t", "a@b c@d", "x\n"),
			 "outcome 0 a@b pipe permanent 5.3.0 command exited with 1 (unknown exit status)\n"
			 "outcome 1 c@d pipe permanent 5.3.0 command exited with 1 (unknown exit status)\nend 1\n");
	/* A program that is not there may come. */
	ck_assert_ptr_nonnull(strstr(run("/nonexistent/uux -", "s@t", "a@b", "x\n"), "outcome 0 a@b pipe temporary "));
}
END_TEST

/* As many arguments as there are recipients: each of them, or none. */
START_TEST(test_many)
{
	static struct job_rcpt rcpts[JOB_RCPT_MAX];
	struct worker_place place = { .kind = WORKER_PIPE, .nexthop = "x" };
	struct station_worker w;

	place.command = arena_printf(&s.arena, "%s $user $domain $recipient",
				     tempdir_write("count", "#!/bin/sh\necho $#\n", 0755));
	for (uint32_t i = 0; i < JOB_RCPT_MAX; i++)
		rcpts[i] = (struct job_rcpt){ .index = i, .address = "a@b" };
	station_worker_start(&s, &w, &place);
	station_worker_send(&w, station_enqueue(&s, "s@t", "a@b", "x\n"), rcpts, JOB_RCPT_MAX);
	ck_assert_ptr_nonnull(
		strstr(station_worker_answers(&w), "outcome 999 a@b pipe ok 2.0.0 delivered to command: 3000\n"));
	station_worker_end(&w);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_arguments, 0, COUNT(rows));
	tcase_add_test(tc, test_options);
	tcase_add_test(tc, test_input);
	tcase_add_test(tc, test_failure);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(pipe, add_tests)
