/* SPDX-License-Identifier: ISC */
#include "list/post.h"

#include <fcntl.h>
#include <unistd.h>

#include "list/posts.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/post_case.h"

#define POST(id) "From: Al <al@a>\nTo: friends@example.org\nSubject: hi\n" id "\nhello\n"
#define WITH_ID	 POST("Message-ID: <1@a>\n")

static struct post_case c;
static const struct list_target whole = { .role = LIST_POST, .name = "friends", .word = "", .rest = "" };

static void run(const char *sender, const char *text)
{
	struct fault f;

	post_case_receive(&c, sender, text);
	ck_assert_msg(post_run(&c.run, &whole, &f) == 0, "%s", f.text);
}

START_TEST(test_sent)
{
	struct envelope e;
	const char *text;

	post_case_open(&c, "subject_prefix=[f %d]\nfooter=auto", "al@a\nbo@b\ncarla@b nomail\n");
	run("al@a", WITH_ID);
	ck_assert_str_eq(post_case_queue(&c), "<friends+bounces@example.org> al@a bo@b\n");
	e = post_case_envelope(&c, 0);
	ck_assert_ptr_nonnull(strstr(e.rcpts[0].sender, "friends+bounces-"));
	ck_assert_ptr_nonnull(strstr(e.envid, "-post-1"));
	text = post_case_text(&c, 0);
	ck_assert_ptr_nonnull(strstr(text, "\nSubject: [f 1] hi\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n\nhello\n\n____\nfriends, friends@example.org\n"));
	ck_assert_str_eq(post_case_log(&c), "sent post 1 of al@a\n");
	post_case_close(&c);
}
END_TEST

/* The same once more, from whichever side it comes: not again. */
START_TEST(test_duplicate)
{
	post_case_open(&c, "verp=no", "al@a\n");
	run("al@a", WITH_ID);
	run("al@a", "Received: another way\n" WITH_ID);
	run("al@a", POST(""));
	run("al@a", POST(""));
	ck_assert_str_eq(post_case_queue(&c),
			 "<friends+bounces@example.org> al@a\n<friends+bounces@example.org> al@a\n");
	ck_assert_ptr_nonnull(strstr(post_case_text(&c, 1), ".list@mx.example.org>\n"));
	ck_assert_str_eq(post_case_log(&c), "sent post 1 of al@a\ndropped a post of al@a: it was sent as number 1\n"
					    "sent post 2 of al@a\ndropped a post of al@a: it was sent as number 2\n");
	post_case_close(&c);
}
END_TEST

/* What comes back from the list's own member is dropped: a list that is a member of itself, or of its member. */
START_TEST(test_loop)
{
	const char *text;

	post_case_open(&c, "verp=no\nposting=open", "al@a\nfoes@example.org\n");
	run("al@a", WITH_ID);
	text = post_case_text(&c, 0);
	run("foes+bounces@example.org", text);
	ck_assert_ptr_nonnull(strstr(post_case_log(&c), "dropped a post of al@a: it was sent by this list already"));
	run("foes+bounces@example.org",
	    arena_printf(&c.arena, "List-Id: <foes.example.org>\nMessage-ID: <2@a>\n%s", strstr(text, "X-BeenThere")));
	ck_assert_str_eq(post_case_queue(&c), "<friends+bounces@example.org> al@a foes@example.org\n");
	post_case_close(&c);
}
END_TEST

START_TEST(test_nobody)
{
	uint64_t number;
	struct fault f;

	post_case_open(&c, "posting=open", "al@a nomail\n");
	run("al@a", WITH_ID);
	ck_assert_str_eq(post_case_queue(&c), "");
	ck_assert_int_eq(posts_find(&c.list, "<1@a>", &number, &f), 1);
	ck_assert_int_eq(faccessat(c.list.dir, "archive/cur", F_OK, 0), 0);
	post_case_close(&c);
}
END_TEST

START_TEST(test_others)
{
	post_case_open(&c, "posting=moderators\nacknowledge=yes", "al@a\n");
	run("al@a", WITH_ID);
	ck_assert_str_eq(post_case_queue(&c), "<> al@a\n");
	ck_assert_ptr_nonnull(strstr(post_case_text(&c, 0), "only moderators"));
	run("", WITH_ID);
	ck_assert_str_eq(post_case_log(&c), "refused a post of al@a: only moderators may write to this list\n"
					    "dropped a post of al@a: it has the null sender: a bounce, or an automatic "
					    "answer\n");
	run("boss@example.net", "From: boss@example.net\nTo: friends@example.org\nMessage-ID: <2@a>\n\nhello\n");
	ck_assert_str_eq(post_case_queue(&c), "<> al@a\n<friends+bounces@example.org> al@a\n<> boss@example.net\n");
	post_case_close(&c);
}
END_TEST

START_TEST(test_held)
{
	post_case_open(&c, "", "");
	run("al@a", WITH_ID);
	ck_assert_str_eq(post_case_queue(&c), "<> boss@example.net\n<> al@a\n");
	post_case_close(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_sent);
	tcase_add_test(tc, test_duplicate);
	tcase_add_test(tc, test_loop);
	tcase_add_test(tc, test_nobody);
	tcase_add_test(tc, test_others);
	tcase_add_test(tc, test_held);
}

CHECK_MAIN(post, add_tests)
