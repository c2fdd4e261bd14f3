/* SPDX-License-Identifier: ISC */
#include "list/digest.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "list/digest_mail.h"
#include "store/mailbox.h"
#include "support/check_main.h"
#include "support/mailroom.h"
#include "support/tempdir.h"

#define MEMBERS                                                                                                        \
	"al@example.net digest\nbo@example.net digest plain\ncy@example.net\ndi@example.net digest nomail\n"           \
	"ed@example.net digest paused\n"

enum { DAY = 24 * 3600 };

static void begin(struct mailroom *c, const char *digest, const char *other)
{
	const char *const terms[] = { digest, other, NULL };

	setenv("TZ", "UTC0", 1);
	tzset();
	mailroom_begin(c, MEMBERS, terms);
}

/* Its UID is the next of the folder, as its number is the next of the list. */
static void send_post(struct mailroom *c, const char *folder, uint64_t number)
{
	const struct post p = { .number = number,
				.when = c->run.now,
				.hash = arena_printf(&c->arena, "h%d", (int)number),
				.octets = 100,
				.from = SPAN("carla@example.org"),
				.subject = span_str(arena_printf(&c->arena, "lunch %d", (int)number)) };
	const char *path = tempdir_path(arena_printf(&c->arena, "lists/friends/%s", folder));
	struct mailbox box;

	if (number == 1)
		ck_assert_int_eq(mailbox_open(&box, path, MAILBOX_CREATE, NULL), 0);
	else
		ck_assert_int_eq(mailbox_open(&box, path, 0, NULL), 0);
	mailbox_close(&box);
	tempdir_write(
		arena_printf(&c->arena, "lists/friends/%s/cur/%d.M1P1.x:2,", folder, (int)number),
		arena_printf(&c->arena,
			     "Received: x\nFrom: Carla <carla@example.org>\nSubject: lunch %d\n\nWho comes to %d?\n",
			     (int)number, (int)number),
		0600);
	ck_assert_int_eq(mailbox_open(&box, path, 0, NULL), 0);
	ck_assert_uint_eq(box.view.uid[box.view.n - 1], number);
	mailbox_close(&box);
	ck_assert_int_eq(posts_append(&c->list, &p, NULL), 0);
}

static void run(struct mailroom *c, bool force)
{
	struct fault f = { 0 };

	ck_assert_msg(digest_run(&c->run, force, &f) == 0, "%s", f.text);
}

static const struct {
	const char *digest;
	size_t posts;
	uint64_t octets;
	int64_t first, now; /* seconds after Sunday 2026-11-22T12:00:00Z */
	bool want;
} dues[] = {
	{ "no", 100, 1000, 0, 100 * DAY, false },
	{ "daily", 0, 0, 0, DAY, false },
	{ "daily", 1, 100, 0, 43199, false },
	{ "daily", 1, 100, 0, 43200, true },
	{ "weekly", 1, 100, 0, 43199, false },
	{ "weekly", 1, 100, 0, 43200, true },
	{ "weekly", 1, 100, 43200, 43200 + 6 * DAY, false },
	{ "weekly", 1, 100, 43200, 43200 + 7 * DAY, true },
	{ "5 posts", 4, 100, 0, 100 * DAY, false },
	{ "5 posts", 5, 100, 0, 0, true },
	{ "weekly", 50, 100, 0, 0, true },
	{ "weekly", 1, 1 << 20, 0, 0, true },
};

START_TEST(test_due)
{
	const struct list_settings s = { .digest = dues[_i].digest, .digest_max = 50, .digest_max_size = 1 << 20 };

	setenv("TZ", "UTC0", 1);
	tzset();
	ck_assert(digest_is_due(&s, dues[_i].posts, dues[_i].octets, MAILROOM_NOW + dues[_i].first,
				MAILROOM_NOW + dues[_i].now) == dues[_i].want);
}
END_TEST

START_TEST(test_run)
{
	struct mailroom c;
	struct digest_state s;

	begin(&c, "digest=2 posts", NULL);
	send_post(&c, "archive", 1);
	run(&c, false);
	ck_assert_uint_eq(c.n, 0);
	send_post(&c, "archive", 2);
	run(&c, false);
	/* One message a form, for those who want it. */
	ck_assert_uint_eq(c.n, 2);
	ck_assert_int_eq(digest_read_state(&c.list, &s, NULL), 1);
	ck_assert(s.last == 2 && s.volume == 2026 && s.issue == 1);
	ck_assert_ptr_null(strstr(mailroom_sent(&c, 0), "cy@example.net"));
	ck_assert_ptr_null(strstr(mailroom_sent(&c, 0), "di@example.net"));
	ck_assert_ptr_null(strstr(mailroom_sent(&c, 0), "ed@example.net"));
	run(&c, false);
	run(&c, true);
	ck_assert_uint_eq(c.n, 2);
	/* The next issue, and in the next year a new volume. */
	send_post(&c, "archive", 3);
	run(&c, true);
	ck_assert_uint_eq(c.n, 4);
	ck_assert_int_eq(digest_read_state(&c.list, &s, NULL), 1);
	ck_assert(s.last == 3 && s.volume == 2026 && s.issue == 2);
	c.run.now += 100 * DAY;
	send_post(&c, "archive", 4);
	run(&c, true);
	ck_assert_int_eq(digest_read_state(&c.list, &s, NULL), 1);
	ck_assert(s.last == 4 && s.volume == 2027 && s.issue == 1);
	mailroom_end(&c);
}
END_TEST

/* More than fits into one: several. */
START_TEST(test_limits)
{
	struct mailroom c;

	begin(&c, "digest=weekly", "digest_max=2");
	for (uint64_t number = 1; number <= 5; number++)
		send_post(&c, "archive", number);
	run(&c, false);
	ck_assert_uint_eq(c.n, 4);
	run(&c, true);
	ck_assert_uint_eq(c.n, 6);
	ck_assert_str_eq(mailing_list_file(&c.list, "digest"), "last 5\nvolume 2026\nissue 3\n");
	mailroom_end(&c);
}
END_TEST

/* Who begins with digests does not get what is old. */
START_TEST(test_begin)
{
	struct mailroom c;

	begin(&c, "digest=daily", NULL);
	c.run.now -= 3 * DAY;
	send_post(&c, "archive", 1);
	c.run.now += 3 * DAY;
	send_post(&c, "archive", 2);
	run(&c, true);
	ck_assert_str_eq(mailing_list_file(&c.list, "digest"), "last 2\nvolume 2026\nissue 1\n");
	ck_assert_ptr_null(strstr(mailroom_sent(&c, 0), "lunch 1"));
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "lunch 2"));
	mailroom_end(&c);
}
END_TEST

/* Without an archive posts are kept until they are in a digest; one that is gone is left out. */
START_TEST(test_undigested)
{
	struct mailbox box;
	struct mailroom c;

	begin(&c, "digest=weekly", "archive=no");
	for (uint64_t number = 1; number <= 3; number++)
		send_post(&c, "undigested", number);
	ck_assert_int_eq(unlink(tempdir_path("lists/friends/undigested/cur/2.M1P1.x:2,")), 0);
	run(&c, true);
	ck_assert_uint_eq(c.n, 2);
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "lunch 1"));
	ck_assert_ptr_null(strstr(mailroom_sent(&c, 0), "lunch 2"));
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "lunch 3"));
	ck_assert_int_eq(mailbox_open(&box, tempdir_path("lists/friends/undigested"), 0, NULL), 0);
	ck_assert_uint_eq(box.view.n, 0);
	mailbox_close(&box);
	mailroom_end(&c);
}
END_TEST

/* Nobody wants one: what was sent until now is not for who wants one tomorrow. */
START_TEST(test_nobody)
{
	struct mailroom c;

	begin(&c, "digest=weekly", NULL);
	tempdir_write("lists/friends/members", "cy@example.net\n", 0600);
	send_post(&c, "archive", 1);
	run(&c, true);
	ck_assert_uint_eq(c.n, 0);
	ck_assert_str_eq(mailing_list_file(&c.list, "digest"), "last 1\nvolume 0\nissue 0\n");
	mailroom_end(&c);
}
END_TEST

static void write_draft(struct mailroom *c, const char *name)
{
	tempdir_write(arena_printf(&c->arena, "lists/friends/digests/%s", name), "x", 0600);
}

/* Killed between two steps: what was decided is sent, once; what was not is made anew. */
START_TEST(test_killed)
{
	struct mailroom c;
	struct stat st;

	begin(&c, "digest=weekly", NULL);
	send_post(&c, "archive", 1);
	tempdir_write("lists/friends/digest", "last 1\nvolume 2026\nissue 1\n", 0600);
	write_draft(&c, "0000000001-mime.0123456789ABCDEF");
	write_draft(&c, "0000000002-mime.1123456789ABCDEF");
	write_draft(&c, "not ours");
	run(&c, false);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(c.ids[0], "0123456789ABCDEF");
	ck_assert_int_eq(stat(tempdir_path("spool/new/0123456789ABCDEF"), &st), 0);
	ck_assert_int_eq(stat(tempdir_path("lists/friends/digests/0000000002-mime.1123456789ABCDEF"), &st), -1);
	ck_assert_int_eq(stat(tempdir_path("lists/friends/digests/not ours"), &st), 0);
	run(&c, false);
	ck_assert_uint_eq(c.n, 1);
	mailroom_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_due, 0, COUNT(dues));
	tcase_add_test(tc, test_run);
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_begin);
	tcase_add_test(tc, test_undigested);
	tcase_add_test(tc, test_nobody);
	tcase_add_test(tc, test_killed);
}

CHECK_MAIN(digest, add_tests)
