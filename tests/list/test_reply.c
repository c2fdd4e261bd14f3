/* SPDX-License-Identifier: ISC */
#include "list/reply.h"

#include "support/check_main.h"
#include "support/listcase.h"

static const struct {
	const char *address;
	bool is;
} robots[] = {
	{ "al@example.net", false },	       { "MAILER-DAEMON@example.net", true },
	{ "noreply@example.net", true },       { "No-Reply@example.net", true },
	{ "list-request@example.net", true },  { "list-owner@example.net", true },
	{ "owner-list@example.net", true },    { "list+bounces@example.net", true },
	{ "bounces+1=2@example.net", true },   { "noreply-12@example.net", true },
	{ "requester@example.net", false },    { "bouncer@example.net", false },
	{ "al-request.x@example.net", false }, { "", false },
};

START_TEST(test_robot)
{
	ck_assert_int_eq(reply_is_robot(span_str(robots[_i].address)), robots[_i].is);
}
END_TEST

static const struct {
	const char *sender, *header;
	bool barred;
} messages[] = {
	{ "al@example.net", "From: al@example.net\n", false },
	{ "al@example.net", "From: al@example.net\nSubject: Re: Auto: mobiles\n", false },
	{ "al@example.net", "From: al@example.net\nSubject: automatic\n", false },
	{ "al@example.net", "From: al@example.net\nAuto-Submitted: no\n", false },
	{ "", "From: al@example.net\n", true },
	{ "al@example.net", "From: al@example.net\nAuto-Submitted: auto-generated\n", true },
	{ "al@example.net", "From: al@example.net\nSubject: Auto: x\n", true },
	{ "al@example.net", "From: al@example.net\nSubject: =?utf-8?b?T3V0IG9mIE9mZmljZTogeA==?=\n", true },
	{ "al@example.net", "From: al@example.net\nContent-Type: Multipart/Report; boundary=x\n", true },
};

START_TEST(test_bar)
{
	struct listcase c;

	listcase_begin(&c, NULL);
	listcase_incoming(&c, messages[_i].sender, "friends@example.org",
			  arena_printf(&c.arena, "%s\n", messages[_i].header));
	ck_assert_int_eq(reply_bar(&c.in) != NULL, messages[_i].barred);
	listcase_end(&c);
}
END_TEST

START_TEST(test_ours)
{
	static const char *const ours[] = { "friends@example.org", "FRIENDS-request@example.org",
					    "listmgr@example.org" };
	static const char *const others[] = { "al@example.org", "friends@example.net", "friend@example.org" };
	struct listcase c;

	listcase_begin(&c, NULL);
	for (int i = 0; i < COUNT(ours); i++) {
		ck_assert_msg(reply_is_ours(&c.run, span_str(ours[i])), "%s", ours[i]);
		ck_assert_msg(!reply_is_ours(&c.run, span_str(others[i])), "%s", others[i]);
	}
	listcase_end(&c);
}
END_TEST

static const struct {
	const char *to;
	bool is_due;
	int want;
} sends[] = {
	{ "al@example.net", false, 1 },	    { "noreply@example.net", false, 0 }, { "noreply@example.net", true, 1 },
	{ "friends@example.org", true, 0 }, { "no address", true, 0 },		 { "al@example.net\nBcc: x", true, 0 },
};

START_TEST(test_send)
{
	struct texts_vars vars = { .n = 0 };
	struct reply m = { .to = sends[_i].to, .text = "welcome", .vars = &vars, .is_due = sends[_i].is_due };
	struct listcase c;
	struct fault f = { 0 };

	listcase_begin(&c, NULL);
	texts_set_list(&vars, &c.arena, &c.list);
	texts_set(&vars, "address", sends[_i].to);
	ck_assert_msg(reply_send(&c.run, &m, &f) == sends[_i].want, "%s", f.text);
	ck_assert_uint_eq(c.n, sends[_i].want);
	if (c.n) {
		ck_assert_str_eq(c.sent[0].sender, "");
		ck_assert_str_eq(listcase_field(&c, 0, "From"), "friends list <friends+owner@example.org>");
		ck_assert_str_eq(listcase_field(&c, 0, "Auto-Submitted"), "auto-replied");
	}
	listcase_end(&c);
}
END_TEST

/* What is due is not counted; the rest is. */
START_TEST(test_count)
{
	struct texts_vars vars = { .n = 0 };
	struct reply m = { .to = "al@example.net", .text = "welcome", .vars = &vars, .is_due = _i };
	struct listcase c;

	listcase_begin(&c, (const char *const[]){ "reply_rate=3", NULL });
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(reply_send(&c.run, &m, NULL), _i || i < 3);
	listcase_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_robot, 0, COUNT(robots));
	tcase_add_loop_test(tc, test_bar, 0, COUNT(messages));
	tcase_add_test(tc, test_ours);
	tcase_add_loop_test(tc, test_send, 0, COUNT(sends));
	tcase_add_loop_test(tc, test_count, 0, 2);
}

CHECK_MAIN(reply, add_tests)
