/* SPDX-License-Identifier: ISC */
#include "relay/worker.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/station.h"
#include "support/tempdir.h"

static struct station s;
static struct station_worker w;

#define MESSAGE "Subject: x\nX-Mark: here\n\nbody\n"

static void setup(void)
{
	tempdir();
}

static void teardown(void)
{
	station_clear(&s);
}

static void start(const char *aliases)
{
	struct worker_place place = { .kind = WORKER_LOCAL };

	station_init(&s, aliases);
	station_start(&s);
	station_worker_start(&s, &w, &place);
}

static const char *deliver(const char *recipients, const char *text)
{
	station_worker_send(&w, station_enqueue(&s, "x@y", recipients, text), NULL, 0);
	return station_worker_answers(&w);
}

static void ends(void)
{
	ck_assert_int_eq(station_worker_end(&w), 0);
}

#define TO(address, user) "outcome 0 " address " local ok 2.0.0 delivered to maildir:T/home/" user "/Maildir\n"

START_TEST(test_mailbox)
{
	start("");
	ck_assert_str_eq(deliver("al+lists@m.example", MESSAGE),
			 "targets 0 1\n" TO("al+lists@m.example", "al") "end 1\n");
	ends();
	ck_assert_str_eq(station_mail(&s, "home/al/Maildir"),
			 "Return-Path: <x@y>\nDelivered-To: al+lists@m.example\n" MESSAGE);
}
END_TEST

/* An alias to several: one file with as many links. Different recipients of one message too. */
START_TEST(test_shared)
{
	struct stat st;
	char path[600];
	DIR *dir;

	start("list: al, bo, carla\n");
	ck_assert_str_eq(deliver("list@m.example", MESSAGE),
			 "targets 0 3 multi\n" TO("al@m.example", "al") TO("bo@m.example", "bo")
				 TO("carla@m.example", "carla") "end 1\n");
	ends();
	ck_assert_str_eq(station_mail(&s, "home/bo/Maildir"), "Return-Path: <x@y>\n" MESSAGE);
	dir = opendir(tempdir_path("home/carla/Maildir/new"));
	ck_assert_ptr_nonnull(dir);
	for (const struct dirent *d; dir && (d = readdir(dir)) != NULL;) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", tempdir_path("home/carla/Maildir/new"), d->d_name);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_uint_eq(st.st_nlink, 3);
	}
	closedir(dir);
}
END_TEST

/* One mailbox by two addresses gets the message once. */
START_TEST(test_same_mailbox)
{
	start("");
	ck_assert_str_eq(deliver("al+a@m.example bo@m.example al+b@m.example", MESSAGE),
			 "targets 0 1\ntargets 1 1\ntargets 2 1\n" TO(
				 "al+a@m.example",
				 "al") "outcome 1 bo@m.example local ok 2.0.0 delivered to maildir:T/home/bo/Maildir\n"
				       "outcome 2 al+b@m.example local ok 2.0.0 delivered to "
				       "maildir:T/home/al/Maildir\nend 1\n");
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 1);
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 1);
	ends();
}
END_TEST

/* What the message has for each of them: no file is shared then, and a command reads its own, too. */
START_TEST(test_patch)
{
	static const char text[] = "List: <x/....>\n\nbody\n";
	struct envelope_rcpt rcpts[] = {
		{ .address = "al@m.example", .put = "abcd" },
		{ .address = "bo@m.example", .put = "efgh" },
		{ .address = "carla@m.example" },
		{ .address = "command@m.example", .put = "ijkl" },
	};
	struct envelope e = { .sender = "l@y", .rcpts = rcpts, .n = 4, .patch_at = 9, .patch_size = 4 };

	station_init(&s, "command: \"|cat\"\n");
	ck_assert_int_eq(chmod(tempdir(), 0777), 0);
	station_start(&s);
	station_enqueue_as(&s, &e, text);
	station_run(&s);
	ck_assert_str_eq(station_queue(&s), "");
	ck_assert_ptr_nonnull(strstr(station_mail(&s, "home/al/Maildir"), "\nList: <x/abcd>\n\nbody\n"));
	ck_assert_ptr_nonnull(strstr(station_mail(&s, "home/bo/Maildir"), "\nList: <x/efgh>\n\nbody\n"));
	ck_assert_ptr_nonnull(strstr(station_mail(&s, "home/carla/Maildir"), "\nList: <x/....>\n\nbody\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&s.results), "List: <x/ijkl>"));
}
END_TEST

/* Another owner's mailbox is written as that owner, and shares nothing. */
START_TEST(test_other_owner)
{
	struct stat st;

	if (geteuid() != 0)
		return;
	start("list: al, eve, bo\n");
	ck_assert_int_eq(chown(tempdir_path("home/eve"), 65534, 65534), 0);
	ck_assert_str_eq(deliver("list@m.example", MESSAGE),
			 "targets 0 3 multi\n" TO("al@m.example", "al") TO("bo@m.example", "bo")
				 TO("eve@m.example", "eve") "end 1\n");
	ends();
	ck_assert_int_eq(stat(tempdir_path("home/eve/Maildir"), &st), 0);
	ck_assert_int_eq(st.st_uid, 65534);
	ck_assert_int_eq(station_mail_count("home/eve/Maildir"), 1);
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 1);
}
END_TEST

START_TEST(test_kinds)
{
	const char *said, *mbox = tempdir_path("mbox"), *dir = tempdir_path("folder");
	struct span text;
	struct fault f;
	struct arena a = { 0 };
	char aliases[2000];

	/* Files and commands have the rights of nobody, where root's alias file names them. */
	snprintf(
		aliases, sizeof(aliases),
		"file: %s\nfolder: %s/\ncommand: \"|cat; echo $LOCAL/$DOMAIN/$SENDER/$EXTENSION/$ORIGINAL_RECIPIENT\"\n"
		"black: /dev/null\naway: c@d.example\nmany: al, c@d.example, c@e.example, gone\n",
		mbox, dir);
	ck_assert_int_eq(chmod(tempdir(), 0777), 0);
	start(aliases);
	ck_assert_str_eq(deliver("file@m.example", MESSAGE),
			 "targets 0 1\nslow 1\noutcome 0 file@m.example local ok 2.0.0 delivered to T/mbox\nend 1\n");
	ck_assert_int_eq(disk_read_file(&a, -100, mbox, 10000, &text, &f), 0);
	ck_assert_str_eq(arena_span(&a, text),
			 "From x@y Sat Nov 22 06:00:00 2025\nReturn-Path: <x@y>\nDelivered-To: file@m.example\n" MESSAGE
			 "\n");
	said = deliver("folder@m.example", MESSAGE);
	ck_assert_ptr_nonnull(strstr(said, "delivered to T/folder/\n"));
	ck_assert_int_eq(station_mail_count("folder"), 1);
	said = deliver("command+x@m.example", "Subject: x\n\n");
	ck_assert_str_eq(
		said,
		"targets 0 1\nslow 3\noutcome 0 command+x@m.example local ok 2.0.0 delivered to command: "
		"From x@y  Sat Nov 22 06:00:00 2025 Return-Path: <x@y> Delivered-To: command+x@m.example Subject: x  "
		"command+x/m.example/x@y//command+x@m.example\nend 3\n");
	/* No shell is to find anything of interest in an address. */
	said = deliver("command+$x{`id`}|y@m.example", "Subject: x\n\n");
	ck_assert_ptr_nonnull(strstr(said, "command+_x__id___y/m.example/x@y//command+_x__id___y@m.example\n"));
	said = deliver("black@m.example", MESSAGE);
	ck_assert_str_eq(said, "targets 0 1\noutcome 0 black@m.example local ok 2.0.0 discarded\nend 5\n");
	said = deliver("away@m.example", MESSAGE);
	ck_assert_str_eq(said, "targets 0 1\nforward 0 c@d.example - away@m.example remote:c@d.example\nend 6\n");
	said = deliver("many@m.example", MESSAGE);
	ck_assert_str_eq(
		said,
		"targets 0 4 multi\nforward 0 c@d.example - many@m.example remote:c@d.example\n"
		"forward 0 c@e.example - many@m.example remote:c@e.example\n"
		"outcome 0 gone@m.example local permanent 5.1.1 <gone@m.example>: there is no such user here\n" TO(
			"al@m.example", "al") "end 7\n");
	arena_clear(&a);
	ends();
}
END_TEST

/* Targets that are done are not delivered to again. */
START_TEST(test_done)
{
	struct job_rcpt rcpt = { .address = "list@m.example" };
	struct spool_message m;
	const char *id;
	struct fault f;

	start("list: al, bo, c@d.example\n");
	id = station_enqueue(&s, "x@y", "list@m.example other@m.example", MESSAGE);
	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_NEW, id, SPOOL_CLAIM_WORK, &s.arena, &m, &f), 1);
	ck_assert_int_eq(spool_note(&m,
				    SPAN("done 0 mailbox:al\nlog 1 Q 4.0.0 0 x\ndone 0 remote:c@d.example\n"
					 "done 1 mailbox:bo\ndone 0 mailbox:b"),
				    &f),
			 0);
	spool_release(&m);
	station_worker_send(&w, id, &rcpt, 1);
	ck_assert_str_eq(station_worker_answers(&w), "targets 0 1 multi\n" TO("bo@m.example", "bo") "end 1\n");
	ends();
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 0);
}
END_TEST

START_TEST(test_owner_alias)
{
	start("list: al, c@d.example\nowner-list: bo\n");
	ck_assert_str_eq(deliver("list@m.example", MESSAGE),
			 "targets 0 2 multi\n"
			 "forward 0 c@d.example owner-list@m.example list@m.example remote:c@d.example\n" TO(
				 "al@m.example", "al") "end 1\n");
	ends();
	ck_assert_ptr_nonnull(strstr(station_mail(&s, "home/al/Maildir"), "Return-Path: <owner-list@m.example>\n"));
}
END_TEST

/* What has another envelope sender is another file. */
START_TEST(test_two_senders)
{
	start("list: al\nowner-list: carla\n");
	deliver("list@m.example bo@m.example", MESSAGE);
	ends();
	ck_assert_ptr_nonnull(strstr(station_mail(&s, "home/al/Maildir"), "Return-Path: <owner-list@m.example>\n"));
	ck_assert_ptr_nonnull(strstr(station_mail(&s, "home/bo/Maildir"), "Return-Path: <x@y>\n"));
}
END_TEST

/* Who already had it is not given it again, wherever in the header that is said. */
START_TEST(test_loop)
{
	start("");
	ck_assert_str_eq(deliver("al@m.example", "Received: x\nDelivered-To: al@M.Example\nSubject: x\n\n"),
			 "outcome 0 al@m.example local permanent 5.4.6 mail forwarding loop for al@m.example\nend 1\n");
	ck_assert_str_eq(
		deliver("al@m.example", "Subject: x\nDelivered-To: bo@m.example\n\nDelivered-To: al@m.example\n"),
		"targets 0 1\n" TO("al@m.example", "al") "end 2\n");
	ends();
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 1);
}
END_TEST

START_TEST(test_forward_file)
{
	start("");
	village_forward(&s.village, "al", "\\al, c@d.example, \"|exit 75\"\n");
	ck_assert_str_eq(deliver("al@m.example", MESSAGE),
			 "targets 0 3 multi\nforward 0 c@d.example - al@m.example remote:c@d.example\nslow 1\n"
			 "outcome 0 al@m.example local temporary 4.3.0 command exited with 75 (temporary failure)\n" TO(
				 "al@m.example", "al") "end 1\n");
	ends();
}
END_TEST

/* A mailbox that cannot be written to is a matter of time. */
START_TEST(test_mailbox_trouble)
{
	const char *said;

	start("");
	tempdir_write("home/al/Maildir", "a file", 0600);
	said = deliver("al@m.example bo@m.example", MESSAGE);
	ck_assert_ptr_nonnull(
		strstr(said, "outcome 0 al@m.example local temporary 4.3.0 cannot open Maildir T/home/al/Maildir"));
	/* And bo? He comes with the next try at the latest; he is not said to have got what he has not. */
	ck_assert_int_eq(strstr(said, "outcome 1 bo@m.example local ok") != NULL,
			 station_mail_count("home/bo/Maildir") == 1);
	ck_assert_ptr_nonnull(strstr(said, "outcome 1 bo@m.example local"));
	ends();
}
END_TEST

static int find_list(void *ctx, struct arena *a, struct span local, struct span domain, bool is_local,
		     struct route_list *out, struct fault *f)
{
	(void)ctx;
	(void)a;
	(void)domain;
	(void)is_local;
	(void)f;
	*out = (struct route_list){ .name = span_is(local, SPAN("site")) ? "" : "friends",
				    .as = { .name = "me", .uid = geteuid(), .gid = getegid(), .home = "/" } };
	return span_starts(local, SPAN("friends")) || span_is(local, SPAN("site"));
}

/* The command gets the message as it is, and says in its own words what is wrong. */
START_TEST(test_list)
{
	static const char *const words[] = { "/bin/sh", "-c", "shift 2; echo \"$@\" $(cat) $RECIPIENT", "sh", NULL };
	static const char *const failing[] = { "/bin/sh", "-c", "echo 5.7.1 only members may post; exit 77", NULL };
	struct worker_place place = { .kind = WORKER_LOCAL };

	station_init(&s, "");
	station_start(&s);
	s.village.call.find_list = find_list;
	s.rules.list_command = words;
	station_worker_start(&s, &w, &place);
	ck_assert_str_eq(
		deliver("friends+help@m.example", "Subject: x\n\nbody\n"),
		"targets 0 1\nslow 1\noutcome 0 friends+help@m.example local ok 2.0.0 delivered to command: "
		"x@y --recipient friends+help@m.example friends Subject: x body friends+help@m.example\nend 1\n");
	ck_assert_ptr_nonnull(
		strstr(deliver("site@m.example", "a: b\n\n"), "x@y --recipient site@m.example a: b site@m.example\n"));
	ends();
	s.rules.list_command = failing;
	station_worker_start(&s, &w, &place);
	ck_assert_ptr_nonnull(
		strstr(deliver("friends@m.example", "a: b\n\n"), "local permanent 5.7.1 only members may post\n"));
	ends();
	s.rules.list_command = NULL;
	station_worker_start(&s, &w, &place);
	ck_assert_ptr_nonnull(strstr(deliver("friends@m.example", "a: b\n\n"),
				     "local temporary 4.3.5 this program was built without listmgr\n"));
	ends();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_list);
	tcase_add_test(tc, test_mailbox);
	tcase_add_test(tc, test_shared);
	tcase_add_test(tc, test_same_mailbox);
	tcase_add_test(tc, test_patch);
	tcase_add_test(tc, test_other_owner);
	tcase_add_test(tc, test_kinds);
	tcase_add_test(tc, test_done);
	tcase_add_test(tc, test_owner_alias);
	tcase_add_test(tc, test_two_senders);
	tcase_add_test(tc, test_loop);
	tcase_add_test(tc, test_forward_file);
	tcase_add_test(tc, test_mailbox_trouble);
}

CHECK_MAIN(local, add_tests)
