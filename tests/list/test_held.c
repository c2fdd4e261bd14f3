/* SPDX-License-Identifier: ISC */
#include "list/held.h"

#include <unistd.h>

#include "list/posts.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/post_case.h"
#include "support/tempdir.h"

#define HASH "0123456789abcdef"
#define MESSAGE                                                                                                        \
	"From: Eve <eve@x.example>\nTo: friends@example.org\nSubject: =?utf-8?q?gr=C3=BCn?=\nMessage-ID: "             \
	"<1@x>\n\nhello\n"

static struct post_case c;
static const struct policy policy = {
	.verdict = POLICY_HOLD, .rule = "members", .why = "of a reason", .author = "eve@x.example"
};

static void hold(const char *config, const char *message, const char *id)
{
	struct fault f;

	if (!c.list.name)
		post_case_open(&c, config, "al@a\n");
	post_case_receive(&c, "eve@x.example", message);
	ck_assert_msg(held_add(&c.run, &policy, "beer", id, &f) == 0, "%s", f.text);
}

static void close_all(void)
{
	post_case_close(&c);
	c.list.name = NULL;
}

/* It waits once, and everybody is told once, however often it is brought. */
START_TEST(test_once)
{
	struct held *all;
	size_t n;
	struct fault f;

	hold("", MESSAGE, HASH);
	ck_assert_str_eq(post_case_queue(&c), "<> boss@example.net\n<> eve@x.example\n");
	hold("", MESSAGE, HASH);
	ck_assert_str_eq(post_case_queue(&c), "<> boss@example.net\n<> eve@x.example\n");
	ck_assert_int_eq(held_list(&c.list, &c.arena, &all, &n, &f), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(all[0].id, HASH);
	ck_assert_str_eq(all[0].rule, "members");
	ck_assert_str_eq(all[0].why, "of a reason");
	ck_assert_str_eq(all[0].author, "eve@x.example");
	ck_assert_str_eq(all[0].sender, "eve@x.example");
	ck_assert_str_eq(all[0].recipient, "friends@example.org");
	ck_assert_str_eq(all[0].topic, "beer");
	ck_assert_str_eq(all[0].subject, "grün");
	ck_assert_int_eq(all[0].when, c.run.now);
	ck_assert_int_eq(all[0].size, sizeof(MESSAGE) - 1);
	ck_assert(all[0].told);
	ck_assert_str_eq(post_case_log(&c), "held a post of eve@x.example: of a reason\n");
	close_all();
}
END_TEST

/* Killed before anybody was told: who brings it again sees to that. */
START_TEST(test_untold)
{
	struct fault f;
	struct held h;
	int fd;

	hold("", MESSAGE, HASH);
	ck_assert_int_eq(held_open(&c.list, &c.arena, HASH, &h, &fd, &f), 1);
	ck_assert_int_eq(pwrite(fd, "0", 1, 22), 1);
	close(fd);
	hold("", MESSAGE, HASH);
	ck_assert_str_eq(post_case_queue(&c),
			 "<> boss@example.net\n<> eve@x.example\n<> boss@example.net\n<> eve@x.example\n");
	ck_assert_int_eq(held_open(&c.list, &c.arena, HASH, &h, &fd, &f), 1);
	close(fd);
	ck_assert(h.told);
	close_all();
}
END_TEST

START_TEST(test_accept)
{
	uint64_t number;
	struct fault f;

	hold("verp=no", MESSAGE, HASH);
	ck_assert_int_eq(held_accept(&c.run, "fedcba9876543210", &f), 0);
	ck_assert_msg(held_accept(&c.run, HASH, &f) == 1, "%s", f.text);
	ck_assert_str_eq(post_case_queue(&c),
			 "<> boss@example.net\n<> eve@x.example\n<friends+bounces@example.org> al@a\n");
	ck_assert_int_eq(posts_find(&c.list, "<1@x>", &number, &f), 1);
	/* A second moderator is too late; and brought again it is a duplicate. */
	ck_assert_int_eq(held_accept(&c.run, HASH, &f), 0);
	ck_assert_int_eq(held_reject(&c.run, HASH, "", &f), 0);
	hold("", MESSAGE, posts_hash(&c.arena, SPAN("<1@x>"), &f));
	ck_assert_str_eq(post_case_queue(&c),
			 "<> boss@example.net\n<> eve@x.example\n<friends+bounces@example.org> al@a\n");
	ck_assert_str_eq(post_case_log(&c), "held a post of eve@x.example: of a reason\n"
					    "accepted a post of eve@x.example as number 1\n");
	close_all();
}
END_TEST

START_TEST(test_reject)
{
	struct fault f;

	hold("", MESSAGE, HASH);
	ck_assert_msg(held_reject(&c.run, HASH, "No cats, please.", &f) == 1, "%s", f.text);
	ck_assert_int_eq(held_reject(&c.run, HASH, "", &f), 0);
	ck_assert_str_eq(post_case_queue(&c), "<> boss@example.net\n<> eve@x.example\n<> eve@x.example\n");
	ck_assert_ptr_nonnull(strstr(post_case_text(&c, 2), "\nNo cats, please.\n"));
	close_all();
}
END_TEST

/* Only the first so many, and only for so long. */
START_TEST(test_limits)
{
	struct held *all;
	size_t n;
	struct fault f;

	hold("hold_limit=2\nheld_days=3", MESSAGE, "aaaaaaaaaaaaaaaa");
	c.run.now += 86400;
	hold("", MESSAGE, "bbbbbbbbbbbbbbbb");
	post_case_receive(&c, "eve@x.example", MESSAGE);
	ck_assert_int_eq(held_add(&c.run, &policy, "", "cccccccccccccccc", &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	c.run.now += 2 * 86400 + 1;
	ck_assert_int_eq(held_add(&c.run, &policy, "", "cccccccccccccccc", &f), 0);
	ck_assert_int_eq(held_list(&c.list, &c.arena, &all, &n, &f), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(all[0].id, "bbbbbbbbbbbbbbbb");
	c.run.now += 100 * 86400;
	ck_assert_int_eq(held_expire(&c.run, &f), 0);
	ck_assert_int_eq(held_list(&c.list, &c.arena, &all, &n, &f), 0);
	ck_assert_uint_eq(n, 0);
	close_all();
}
END_TEST

/* The oldest first; of two that came at once always the same. */
START_TEST(test_order)
{
	enum { N = 20 };
	struct held *all;
	struct fault f;
	int64_t now;
	size_t n;

	post_case_open(&c, "hold_limit=100", "al@a\n");
	now = c.run.now;
	for (int i = 0; i < N; i++) {
		c.run.now = now + i * 7 % N / 2;
		hold("", MESSAGE, arena_printf(&c.arena, "%016d", i));
	}
	ck_assert_int_eq(held_list(&c.list, &c.arena, &all, &n, &f), 0);
	ck_assert_uint_eq(n, N);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(all[i].when, now + i / 2);
	for (int i = 0; i < N; i += 2)
		ck_assert_int_lt(strcmp(all[i].id, all[i + 1].id), 0);
	close_all();
}
END_TEST

/* Whose author is not known is turned down without a word. */
START_TEST(test_no_author)
{
	const struct policy nobody = { .verdict = POLICY_HOLD, .rule = "members", .why = "of a reason", .author = "" };
	struct fault f;

	post_case_open(&c, "", "al@a\n");
	post_case_receive(&c, "", "Subject: x\n\nx\n");
	ck_assert_int_eq(held_add(&c.run, &nobody, "", HASH, &f), 0);
	ck_assert_int_eq(held_reject(&c.run, HASH, "", &f), 1);
	ck_assert_str_eq(post_case_queue(&c), "<> boss@example.net\n");
	close_all();
}
END_TEST

/* Names that are none of ours are nobody's, and never a path. */
START_TEST(test_names)
{
	static const char *const names[] = { "",
					     "..",
					     "../config",
					     "0123456789ABCDEF",
					     "0123456789abcde",
					     "0123456789abcdef0",
					     "../../../../etc",
					     ".new",
					     "../../etc/passwd",
					     "0123456789abcdef/.." };
	struct held h, *all;
	struct fault f;
	size_t n;
	int fd;

	hold("", MESSAGE, HASH);
	for (int i = 0; i < COUNT(names); i++) {
		ck_assert_int_eq(held_open(&c.list, &c.arena, names[i], &h, &fd, &f), 0);
		ck_assert_int_eq(held_accept(&c.run, names[i], &f), 0);
	}
	tempdir_write("lists/friends/held/fedcba9876543210", "what is this\n", 0600);
	ck_assert_int_eq(held_open(&c.list, &c.arena, "fedcba9876543210", &h, &fd, &f), -1);
	/* The others are shown all the same. */
	ck_assert_int_eq(held_list(&c.list, &c.arena, &all, &n, &f), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(all[0].id, HASH);
	close_all();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_once);
	tcase_add_test(tc, test_untold);
	tcase_add_test(tc, test_accept);
	tcase_add_test(tc, test_reject);
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_no_author);
	tcase_add_test(tc, test_names);
}

CHECK_MAIN(held, add_tests)
